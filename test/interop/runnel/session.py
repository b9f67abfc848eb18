"""A conversation with a device (section 10.12), of the side that begins it, over one channel. It is not resumed."""

import asyncio
import os
import time

from cryptography.exceptions import InvalidTag

from layouts import Reader
from primitives import Handshake, Refused, lp8, lp16, montgomery_private, montgomery_public, need, open_record
from primitives import public_key, seal_record, u
from runnel.channel import BAD, DONE, RESET, Channel, Closed
from runnel.link import now_ms

STATUS = ("accepted", "NoService", "NotAllowed", "Busy", "NoSession")
DATA, END, ACK, PING, PONG, RESET_RECORD = range(6)
ROOM = 262_144
PIECE = 16_384
ACCEPT_WITHIN_S = 12
PING_AFTER_S, DEAD_AFTER_S = 15, 45


class NotAccepted(Exception):
    """The other side does not want this conversation."""


class Session:
    def __init__(self, channel, keys):
        self.channel, (self.send_key, self.receive_key) = channel, keys
        self.sealed = self.opened = 0
        self.written, self.acknowledged, self.may_write = 0, 0, ROOM
        self.received, self.came, self.moved = 0, bytearray(), asyncio.Event()
        self.ended_here = self.ended_there = False
        self.over, self.heard, self.turn = None, time.monotonic(), asyncio.Lock()
        self.reading, self.watching = asyncio.create_task(self._read()), asyncio.create_task(self._watch())

    @staticmethod
    async def open(link, device, seed, service, certificate=b""):
        """Opens one with `service` of a device. Raises NotAccepted, Closed, LinkDown or Refused."""
        noise = Handshake(
            montgomery_private(seed), os.urandom(32), montgomery_public(device), True, b"runnel v1 session" + device
        )
        hello = u(now_ms(), 8) + bytes([1, 0]) + public_key(seed) + os.urandom(16) + u(0, 8)
        message1 = noise.write1(hello + lp8(service.encode()) + lp16(certificate))
        channel = Channel(link, device, message1)
        try:
            r = Reader(noise.read2(await asyncio.wait_for(channel.accepted, ACCEPT_WITHIN_S)))
            status, _, _ = r.u(1), r.u(8), r.lp16()
            r.end()
            need(status < len(STATUS), "bad-kind")
            if status:
                raise NotAccepted(STATUS[status])
            session = Session(channel, noise.split())
            await session._record(ACK, u(0, 8) + u(ROOM, 4))  # which opens it for the other side
            return session
        except (InvalidTag, Refused, asyncio.TimeoutError) as error:
            channel.close(BAD)
            raise Closed(f"{type(error).__name__} {error}") from None

    async def _record(self, kind, body=b""):
        async with self.turn:  # records leave in the order of their counters
            text = seal_record(self.send_key, self.sealed, bytes([kind]) + body)[2:]
            self.sealed += 1
            await self.channel.send(text)

    async def _acknowledge(self):
        await self._record(ACK, u(self.received, 8) + u(ROOM, 4))

    async def _read(self):
        try:
            while not self._is_over():
                record = open_record(self.receive_key, self.opened, await self.channel.receive())
                self.opened += 1
                self.heard = time.monotonic()
                await self._take(Reader(record))
                self.moved.set()
            self.channel.close(DONE)
            self.over = Closed("Done")
        except (Closed, InvalidTag) as error:
            self.over = error
        except Refused as error:
            await self._record(RESET_RECORD, b"\2" + str(error).encode())
            self.channel.close(RESET)
            self.over = error
        self.watching.cancel()
        self.moved.set()

    async def _watch(self):
        while time.monotonic() - self.heard < DEAD_AFTER_S:
            await asyncio.sleep(PING_AFTER_S)
            if time.monotonic() - self.heard >= PING_AFTER_S:
                await self._record(PING, os.urandom(8))
        self.channel.close(RESET)

    def _is_over(self):
        return self.ended_here and self.ended_there and self.acknowledged == self.written

    async def _take(self, r):
        kind = r.u(1)
        if kind == DATA:
            need(1 <= r.left <= 65_494 and not self.ended_there, "bad-length")
            self.came += r.rest()
            self.received = self.received + r.at - 1
            await self._acknowledge()
        elif kind == END:
            r.end()
            need(not self.ended_there, "END twice")
            self.ended_there = True
            self.received += 1
            await self._acknowledge()
        elif kind == ACK:
            received, room = r.u(8), r.u(4)
            r.end()
            need(received <= self.written, "an ACK of what was not sent")
            self.acknowledged = max(self.acknowledged, received)
            self.may_write = max(self.may_write, received + room)
        elif kind in (PING, PONG):
            token = r.take(8)
            r.end()
            if kind == PING:
                await self._record(PONG, token)
        elif kind == RESET_RECORD:
            code, text = r.u(1), r.rest()
            raise Closed(f"reset {code} {text.decode(errors='replace')}")
        else:
            raise Refused("bad-kind")

    async def _moves(self):
        if self.over:
            raise self.over
        self.moved.clear()
        await self.moved.wait()

    async def write(self, data):
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            while self.written + len(piece) > self.may_write:
                await self._moves()
            self.written += len(piece)
            await self._record(DATA, piece)

    async def read(self, length):
        while len(self.came) < length:
            need(not self.ended_there, "the conversation ended")
            await self._moves()
        data, self.came = bytes(self.came[:length]), self.came[length:]
        return data

    async def end(self):
        """Says that nothing more comes, and waits for the other side's end."""
        self.written += 1
        self.ended_here = True
        await self._record(END)
        await self.reading
