"""One link to a router (sections 8, 9 and 10.8): records, frames, and questions with their answers."""

import asyncio
import os
import time
from collections import deque

from cryptography.exceptions import InvalidTag

from layouts import Reader, decode_announce, decode_data, decode_frames, decode_nack
from primitives import Refused, lp16, need, open_record, seal_record, u

PING, PONG, INTEREST, DATA, NACK, ANNOUNCE = 0x01, 0x02, 0x10, 0x11, 0x12, 0x14
OPEN, ACCEPT, BYTES, CREDIT, CLOSE = range(0x18, 0x1D)
NO_ROUTE, LINK_DOWN = 1, 4  # of CLOSE
MAX_RECORDS = 2**36


class LinkDown(Exception):
    """The link ended."""


class Nacked(Exception):
    def __init__(self, reason, retry_ms):
        super().__init__(reason)
        self.reason, self.retry_ms = reason, retry_ms


def now_ms():
    return int(time.time() * 1000)


class Question:
    """An Interest that waits for its answer."""

    def __init__(self, answer_bytes):
        self.answer_bytes, self.payload, self.total = answer_bytes, bytearray(), None
        self.first, self.done, self.moved = None, asyncio.get_running_loop().create_future(), time.monotonic()


class Link:
    def __init__(self, reader, writer, keys, rank):
        self.reader, self.writer, self.rank = reader, writer, rank
        self.send_key, self.receive_key = keys
        self.sent = self.received = 0
        self.questions, self.token = {}, int.from_bytes(os.urandom(4), "big")
        self.rows = {}  # live Interests by token (row.py)
        self.channels, self.channel = {}, int.from_bytes(os.urandom(4), "big") | 1  # by number (channel.py)
        self.outstanding, self.allowed, self.waiting = 0, 262_144, deque()
        self.heard = time.monotonic()
        self.owed_since = None
        self.dropped = {}
        self.bytes_read = 0
        self.ended = None
        self.send(ANNOUNCE, 0, bytes([rank, 0]))
        self.tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]

    async def close(self):
        for task in self.tasks:
            task.cancel()
        self.writer.close()

    def send(self, kind, flags, body):
        need(self.sent < MAX_RECORDS, "too-many")
        self.writer.write(seal_record(self.send_key, self.sent, bytes([kind, flags]) + lp16(body)))
        self.sent += 1

    def _drop(self, why):
        self.dropped[why] = self.dropped.get(why, 0) + 1

    def _end(self, why):
        for question in list(self.questions.values()):
            if not question.done.done():
                question.done.set_exception(LinkDown(why))
        self.questions.clear()
        for row in list(self.rows.values()):
            row.over(LinkDown(why))
        self.rows.clear()
        for channel in list(self.channels.values()):
            channel.closed(LINK_DOWN)
        self.channels.clear()
        while self.waiting:
            _, turn = self.waiting.popleft()
            if not turn.done():
                turn.set_exception(LinkDown(why))
        self.writer.close()
        self.ended = why

    async def _receive(self):
        why = "closed"
        try:
            while self.received < MAX_RECORDS:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
                need(length >= 17, "short record")
                frames = open_record(self.receive_key, self.received, await self.reader.readexactly(length))
                self.received += 1
                self.bytes_read += length + 2
                self.heard = time.monotonic()
                try:
                    for frame in decode_frames(frames):
                        self._frame(*frame)
                except Refused as error:
                    self._drop(str(error))
        except (OSError, asyncio.IncompleteReadError, InvalidTag, Refused) as error:
            why = f"{type(error).__name__} {error}"
        self._end(why)

    async def _watch(self):
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            owed = [self.owed_since] if self.owed_since else []
            owed += [question.moved for question in self.questions.values()]
            if owed and now - max(self.heard, min(owed)) > 20:
                self._end("dead")
            elif now - self.heard > 15 and self.owed_since is None:
                self.owed_since = now
                self.send(PING, 0, os.urandom(8))

    def _frame(self, kind, flags, body):
        try:
            if kind == PING and len(body) == 8:
                self.send(PONG, 0, body)
            elif kind == PONG:
                self.owed_since = None
            elif kind == DATA:
                self._data(flags, decode_data(body))
            elif kind == NACK:
                nack = decode_nack(body)
                self.allowed = nack["bytesAllowed"]
                why = Nacked(nack["reason"], nack["retryMs"])
                row = self.rows.pop(nack["token"], None)
                row.over(why) if row else self._finish(nack["token"], why)
            elif kind == ANNOUNCE:
                rank = min(254, decode_announce(body)["rank"] + 1)
                if rank != self.rank:
                    self.rank = rank
                    self.send(ANNOUNCE, 0, bytes([rank, 0]))
            elif kind == INTEREST:
                self.send(NACK, 0, Reader(body).take(4) + bytes([1, 0, 0]) + u(65_536, 4))
            elif kind == OPEN:
                self.send(CLOSE, 0, Reader(body).take(4) + bytes([NO_ROUTE]))
            elif ACCEPT <= kind <= CLOSE:
                r = Reader(body)
                channel = self.channels.get(r.u(4))
                need(channel, "not open")
                channel.frame(kind, r)
            elif not kind & 0x80:
                self._drop(f"frame {kind:02x}")
        except Refused as error:
            self._drop(f"frame {kind:02x} {error}")

    def _data(self, flags, data):
        self.allowed = data["bytesAllowed"]
        if data["token"] in self.rows:
            return self.rows[data["token"]].piece(flags, data)
        question = self.questions.get(data["token"])
        if question is None:
            return self._drop("token not in use")
        if question.first is None:
            question.total = data["total"]
            question.first = {"flags": flags, "hops": data["hops"], "ageS": data["ageS"]}
        right = data["total"] == question.total <= question.answer_bytes
        if not right or data["offset"] != len(question.payload):
            return self._finish(data["token"], Refused("bad-piece"))
        question.payload += data["payload"]
        question.moved = time.monotonic()
        if len(question.payload) == question.total:
            self._finish(data["token"], {**question.first, "payload": bytes(question.payload)})

    def _finish(self, token, result):
        question = self.questions.pop(token, None)
        if question is None:
            return self._drop("token not in use")
        self.outstanding -= question.answer_bytes
        self._grant()
        if not question.done.done():
            failed = isinstance(result, Exception)
            question.done.set_exception(result) if failed else question.done.set_result(result)

    def _grant(self):
        """Lets questions go, in order, as long as what is outstanding stays within the allowance."""
        while self.waiting:
            size, turn = self.waiting[0]
            if self.outstanding and self.outstanding + size > self.allowed:
                return
            self.waiting.popleft()
            if not turn.cancelled():
                self.outstanding += size
                turn.set_result(None)

    def new_token(self):
        self.token = self.token % (2**32 - 1) + 1
        return self.token

    def interest(self, token, kind, key, question, answer_bytes, flags, lifetime_ms):
        body = u(token, 4) + u(lifetime_ms, 2) + bytes([32, self.rank, kind]) + u(answer_bytes, 3) + key + question
        self.send(INTEREST, flags, body)

    async def ask(self, kind, key, question, answer_bytes, flags=0, lifetime_ms=8_000):
        """The answer: its payload, flags, hops and ageS. Raises Nacked, Refused, LinkDown or TimeoutError."""
        if self.ended:
            raise LinkDown(self.ended)
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append((answer_bytes, turn))
        self._grant()
        await turn
        token, waits = self.new_token(), Question(answer_bytes)
        self.questions[token] = waits
        self.interest(token, kind, key, question, answer_bytes, flags, lifetime_ms)
        while True:
            left = waits.moved + lifetime_ms / 1000 + 0.5 - time.monotonic()
            done, _ = await asyncio.wait([waits.done], timeout=max(0.0, left))
            if done:
                return waits.done.result()
            if time.monotonic() - waits.moved > lifetime_ms / 1000:
                self._finish(token, asyncio.TimeoutError("no answer"))
