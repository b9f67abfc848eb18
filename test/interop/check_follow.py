"""Holds the program that follows (runnel/follow.py) against rows that answer by hand, right and wrong.

    python3 check_follow.py

Ends with OK, or with the first thing that was shown twice, left out, or not noticed.
"""

import asyncio
import contextlib
import io
import sys
from types import SimpleNamespace

sys.dont_write_bytecode = True

from layouts import head_answer_rest
from primitives import lp16, public_key
from runnel.ask import CONFLICT, STALE, Upstream
from runnel.follow import Follower
from runnel.forge import LOG, Forged
from runnel.link import Nacked
from runnel.log import Forked

KEY = public_key(LOG)
PAGE = [b"\1"]
for number, text in enumerate((b"a", b"b", b"c", b"d")):
    PAGE.append(PAGE[-1] + Forged().lines(text, first=number))


class Live(Forged):
    """The other side of a link over which a log is followed: it tells states when the check says so."""

    def __init__(self):
        super().__init__()
        self.rows, self.ended, self.asked, self.have, self.token = {}, None, asyncio.Queue(), {}, 0

    def new_token(self):
        self.token += 1
        return self.token

    def interest(self, token, kind, key, question, answer_bytes, flags, lifetime_ms):
        have = int.from_bytes(question[:8], "big"), question[8:40]
        if answer_bytes and (token not in self.have or have[0] > self.have[token][0]):
            self.have[token] = have
        self.asked.put_nowait((token, have[0], answer_bytes))

    def tell(self, token, page, flags=0, other=(b"", b"")):
        """What this row was not given yet of a state."""
        head = self.head(page)
        payload = lp16(head) + lp16(other[0]) + lp16(other[1]) + head_answer_rest(page, *self.have[token])
        self.have[token] = self._of(head)
        piece = {"offset": 0, "hops": 1, "ageS": 0, "total": len(payload), "payload": payload}
        self.rows[token].piece(flags, piece)

    @staticmethod
    def _of(head):
        return int.from_bytes(head[33:41], "big"), head[97:129]


class Case:
    def __init__(self, credit=200_000):
        self.link, self.shown, self.show_event = Live(), [], asyncio.Event()
        self.upstream = Upstream(self.link, 60)
        options = SimpleNamespace(lifetime_ms=60_000, credit=credit, renew_s=20)
        self.follower = Follower(self, KEY, None, None, 0, options, self._show)
        self.task = asyncio.create_task(self.follower.run())

    async def up(self):
        return self.upstream

    async def _show(self, upstream, entry):
        self.shown.append(entry["bytes"])
        self.show_event.set()

    async def asked(self):
        return await asyncio.wait_for(self.link.asked.get(), 5)

    async def shows(self, *texts):
        while len(self.shown) < len(texts) and not self.task.done():
            self.show_event.clear()
            await asyncio.wait_for(self.show_event.wait(), 5)
        assert self.shown == list(texts), self.shown

    async def end(self):
        self.task.cancel()
        await asyncio.wait([self.task])


async def in_order(case):
    token, have, _ = await case.asked()
    assert have == 0
    for page in PAGE[1:]:
        case.link.tell(token, page)
    await case.shows(b"a", b"b", b"c", b"d")


async def from_what_the_row_told(case):
    """An answer that is lower, and the next one, which goes on from that."""
    token, _, _ = await case.asked()
    case.link.tell(token, PAGE[3])
    await case.shows(b"a", b"b", b"c")
    case.link.have[token] = (0, bytes(32))
    case.link.tell(token, PAGE[1], STALE)
    case.link.tell(token, PAGE[4])
    await case.shows(b"a", b"b", b"c", b"d")
    assert case.link.asked.empty(), "it was not asked anew"


async def after_a_nack(case):
    """Another token, with the state that is held by then."""
    token, _, _ = await case.asked()
    case.link.tell(token, PAGE[2])
    await case.shows(b"a", b"b")
    case.link.rows.pop(token).over(Nacked("Expired", 0))
    again, have, _ = await case.asked()
    assert (again != token, have) == (True, 2)
    case.link.tell(again, PAGE[3])
    await case.shows(b"a", b"b", b"c")


async def half_of_the_credit(case):
    token, _, credit = await case.asked()
    case.link.tell(token, PAGE[1])
    await case.shows(b"a")
    assert await case.asked() == (token, 1, credit)


async def wrong(case):
    """What does not hash to the page that the head names: the row is ended, and another one asked."""
    token, _, _ = await case.asked()
    case.link.tell(token, PAGE[1])
    await case.shows(b"a")
    case.link.have[token] = (2, case.link._of(case.link.head(PAGE[2]))[1])
    case.link.tell(token, PAGE[3])
    assert await case.asked() == (token, 0, 0), "it is ended"
    again, have, _ = await case.asked()
    assert (again != token, have) == (True, 1)
    case.link.tell(again, PAGE[4])
    await case.shows(b"a", b"b", b"c", b"d")


async def forked(case):
    """What both states have in common is shown, and then the fork."""
    token, _, _ = await case.asked()
    case.link.tell(token, PAGE[2])
    await case.shows(b"a", b"b")
    other = PAGE[3] + case.link.lines(b"another", first=3)
    proof = case.link.head(other), other
    case.link.tell(token, PAGE[4], CONFLICT, proof)
    await asyncio.wait([case.task], timeout=5)
    assert isinstance(case.task.exception(), Forked), case.task
    await case.shows(b"a", b"b", b"c")


CASES = ((in_order, 200_000), (from_what_the_row_told, 200_000), (after_a_nack, 200_000), (half_of_the_credit, 500))
CASES += ((wrong, 200_000), (forked, 200_000))


async def main():
    for check, credit in CASES:
        case = Case(credit)
        notes = io.StringIO()
        with contextlib.redirect_stderr(notes):
            try:
                await check(case)
            except BaseException as error:
                error.add_note(f"in {check.__name__}: {notes.getvalue()}")
                raise
            finally:
                await case.end()
    print("OK")


if __name__ == "__main__":
    asyncio.run(main())
