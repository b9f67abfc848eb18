"""A program that follows a log (section 10.10): nothing is missed and nothing comes twice, whatever happens to the links."""

import asyncio
import json
import sys
import time

from layouts import compare_heads, verify_head_answer
from primitives import Refused
from runnel.ask import CONFLICT, STALE, NoAnswer, Upstream
from runnel.link import LinkDown, Nacked, now_ms
from runnel.log import Forked, Log, continues, shared_entries
from runnel.row import Row

FAILURES = (LinkDown, OSError, NoAnswer, asyncio.TimeoutError)


def note(**what):
    print(json.dumps(what), file=sys.stderr, flush=True)


class Dialler:
    """The upstream that is up, for all who follow over it: who finds it down dials it again."""

    def __init__(self, dial, max_age_s):
        self.dial, self.max_age_s, self.upstream, self.lock = dial, max_age_s, None, asyncio.Lock()

    async def up(self):
        async with self.lock:
            if self.upstream is None or self.upstream.link.ended:
                self.upstream = Upstream(await self.dial(), self.max_age_s)
                note(linked=True)
            return self.upstream


class Follower:
    def __init__(self, dialler, log, secret, held, first, options, show):
        self.dialler, self.log, self.secret, self.held = dialler, log, secret, held
        self.next, self.options, self.show = first, options, show

    async def run(self):
        """Shows entries as they are written; ends with Forked."""
        pause = 1
        while True:
            try:
                upstream = await self.dialler.up()
                if self.held and self.held["length"] > self.next:
                    await self._show(upstream)
                row = Row(upstream.link, self.log, self.options.lifetime_ms, self.options.credit)
                row.given = self.held
                try:
                    async for confirmed in self._answers(upstream, row):
                        pause = 1 if confirmed else pause
                finally:
                    row.close()
            except Nacked as nack:
                note(nack=nack.reason)
            except Refused as refused:
                note(refused=str(refused))
            except FAILURES as error:
                note(down=str(error))
            await asyncio.sleep(pause)
            pause = min(30, 2 * pause)

    async def _answers(self, upstream, row):
        """Whether each answer says that this neighbour keeps the log up to date."""
        row.ask(self.held)
        note(asked=row.token)
        told_silent = False
        while True:
            due = row.asked_at + self.options.renew_s - time.monotonic()
            if due <= 0 or row.used > row.credit // 2:
                row.ask(self.held)
                note(renewed=row.token)
                continue
            try:
                came = await asyncio.wait_for(row.came.get(), min(due, 1))
            except asyncio.TimeoutError:
                if row.is_silent() and not told_silent:
                    note(silent=row.token)
                told_silent = row.is_silent()
                continue
            if isinstance(came, Exception):
                raise came
            await self._take(upstream, row, came)
            if came["flags"] & STALE:
                note(stale=came["ageS"])
            yield not came["flags"] & STALE

    async def _take(self, upstream, row, answer):
        before = row.given["page"] if row.given else b"\1"
        came, other = verify_head_answer(self.log, answer["payload"], before, now_ms())
        row.given = came
        if answer["flags"] & CONFLICT and other and compare_heads(came, other) == "fork":
            await self._forked(upstream, came, other)
        if self.held and not await continues(upstream, self.held, came):
            await self._forked(upstream, self.held, came)
        if self.held is None or (came["length"], came["timeMs"]) > (self.held["length"], self.held["timeMs"]):
            self.held = came
            await self._show(upstream)

    async def _show(self, upstream, readable=None):
        log = Log.of_head(upstream, self.secret, self.held)
        log.readable = log.length if readable is None else min(log.length, readable)
        async for entry in log.entries(self.next):
            await self.show(upstream, entry)
            self.next = entry["sequence"] + 1

    async def _forked(self, upstream, one, other):
        self.held = max(one, other, key=lambda head: head["length"])
        shared = await shared_entries(upstream, one, other)
        await self._show(upstream, shared)
        raise Forked(f"the writer signed two states that differ from entry {shared} on")
