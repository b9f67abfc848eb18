"""A live Interest over one link (section 10.10): its answers in order, renewals, credit, and how it ends."""

import asyncio
import time

from primitives import Refused, u
from runnel.ask import HEAD, MOST, STALE_OK
from runnel.link import LinkDown

LIVE = 0x01
MAX_AGE_S = 20
SILENT_S = 4


class Row:
    """What comes is a dict with payload, flags, hops and ageS; of a row that is over, the exception that says why."""

    def __init__(self, link, log, lifetime_ms, credit):
        self.link, self.log, self.lifetime_ms, self.credit = link, log, lifetime_ms, credit
        self.token, self.came = link.new_token(), asyncio.Queue()
        self.whole, self.used, self.waiting_since = None, 0, None
        self.given = None  # the state that this row told last, from which its next answer goes on
        if link.ended:
            raise LinkDown(link.ended)
        link.rows[self.token] = self

    def ask(self, head):
        """Opens or renews it, with the newest state that is held, or None."""
        self.asked_at = self.waiting_since = time.monotonic()
        self.used = 0
        self._interest(head, self.credit)

    def close(self):
        """Ends it; no answer comes to that."""
        if self.link.rows.pop(self.token, None) and not self.link.ended:
            self._interest(None, 0)

    def _interest(self, head, answer_bytes):
        have = u(head["length"], 8) + head["openPage"] if head else bytes(40)
        question = have + u(MAX_AGE_S, 4)
        self.link.interest(self.token, HEAD, self.log, question, answer_bytes, LIVE | STALE_OK, self.lifetime_ms)

    def is_silent(self):
        """Nothing came within 4 s of a question or renewal."""
        return self.waiting_since is not None and time.monotonic() - self.waiting_since > SILENT_S

    def piece(self, flags, data):
        if data["offset"] == 0:
            self.whole = {"flags": flags, "hops": data["hops"], "ageS": data["ageS"], "total": data["total"], "payload": b""}
        whole = self.whole
        right = whole and data["total"] == whole["total"] <= MOST[HEAD] and data["offset"] == len(whole["payload"])
        # What was on its way when it was renewed counts in the credit before.
        if not right or self.used + data["total"] > 2 * self.credit:
            self.close()
            return self.over(Refused("bad-piece"))
        whole["payload"] += data["payload"]
        if len(whole["payload"]) == whole["total"]:
            self.used += whole["total"]
            self.whole = self.waiting_since = None
            self.came.put_nowait(whole)

    def over(self, why):
        self.came.put_nowait(why)
