"""A channel to a device (section 10.11), of the side that opens it: its frames, and its credit in both directions."""

import asyncio

from primitives import Refused, need, u
from runnel.link import ACCEPT, BYTES, CLOSE, CREDIT, OPEN, LinkDown

REASONS = {0: "Done", 1: "NoRoute", 2: "Busy", 3: "Expired", 4: "LinkDown", 5: "Bad", 6: "Reset", 7: "Hops"}
DONE, BAD, RESET = 0, 5, 6
WINDOW = 65_536
MOST_HOPS = 32


class Closed(Exception):
    """The channel was closed; its text is the reason."""


class Channel:
    def __init__(self, link, device, message1):
        if link.ended:
            raise LinkDown(link.ended)
        self.link, self.device = link, device
        self.may_send, self.may_come = WINDOW, WINDOW
        self.accepted = asyncio.get_running_loop().create_future()
        self.came, self.more = asyncio.Queue(), asyncio.Event()
        self.reason = None
        link.channel = (link.channel + 2) % 2**32
        self.number = link.channel
        link.channels[self.number] = self
        link.send(OPEN, 0, u(self.number, 4) + bytes([MOST_HOPS, link.rank]) + device + message1)

    def frame(self, kind, r):
        try:
            if kind == ACCEPT:
                need(not self.accepted.done() and 1 <= r.left <= 2_048, "accepted before")
                self.accepted.set_result(r.rest())
            elif kind == BYTES:
                need(self.accepted.done() and 17 <= r.left <= min(65_511, self.may_come), "beyond the credit")
                sealed = r.rest()
                self.may_come -= len(sealed)
                self.came.put_nowait(sealed)
            elif kind == CREDIT:
                more = r.u(4)
                r.end()
                need(more >= 1 and self.may_send + more <= 4_194_304, "too much credit")
                self.may_send += more
                self.more.set()
            elif kind == CLOSE:
                reason = r.u(1)
                r.end()
                self.link.channels.pop(self.number, None)
                self.closed(reason)
        except Refused:
            self.close(BAD)

    def closed(self, reason):
        """It is closed; what came before is still read."""
        self.reason = Closed(REASONS.get(reason, f"Unknown{reason}"))
        if not self.accepted.done():
            self.accepted.set_exception(self.reason)
        self.came.put_nowait(self.reason)
        self.more.set()

    def close(self, reason):
        if self.link.channels.pop(self.number, None) and not self.link.ended:
            self.link.send(CLOSE, 0, u(self.number, 4) + bytes([reason]))
            self.closed(reason)

    async def send(self, sealed):
        while self.reason is None and self.may_send < len(sealed):
            self.more.clear()
            await self.more.wait()
        if self.reason:
            raise self.reason
        self.may_send -= len(sealed)
        self.link.send(BYTES, 0, u(self.number, 4) + sealed)

    async def receive(self):
        """The sealed bytes of the next BYTES; what they took is granted again."""
        came = await self.came.get()
        if isinstance(came, Exception):
            raise came
        if self.reason is None:
            self.may_come += len(came)
            self.link.send(CREDIT, 0, u(self.number, 4) + u(len(came), 4))
        return came
