"""Verified answers (sections 4, 6, 7 and 10): a name with its cards, a head with its page, a chunk."""

import asyncio

from layouts import certificate_order, check_chunk, compare_heads, verify_head_answer, verify_name_answer
from primitives import u
from runnel.link import Nacked, now_ms
from runnel.log import continues

NAME, HEAD, CHUNK = 1, 2, 3
STALE_OK = 0x10
CACHED, CONFLICT, STALE = 1, 2, 4
MOST = {NAME: 2_097_152, HEAD: 123_300, CHUNK: 61_440}


class NoAnswer(Exception):
    """Nobody who was asked has it."""


class Upstream:
    def __init__(self, link, max_age_s, stale_ok=True):
        self.link, self.max_age_s, self.flags = link, max_age_s, STALE_OK if stale_ok else 0
        self.asked, self.recent = {}, {}
        self.said = {"hops": 0, "cached": 0, "stale": 0, "ageS": 0, "answers": 0}

    async def _ask(self, kind, key, question, answer_bytes, flags=0):
        size, busy, silent = min(answer_bytes, MOST[kind]), 0, 0
        while True:
            try:
                answer = await self.link.ask(kind, key, question, size, flags)
                break
            except Nacked as nack:
                if nack.reason in ("Busy", "Quota") and busy < 3:
                    busy += 1
                    await asyncio.sleep(max(20, nack.retry_ms) / 1000)
                elif nack.reason == "TooBig" and size < MOST[kind]:
                    size = MOST[kind]
                else:
                    raise NoAnswer(nack.reason) from None
            except asyncio.TimeoutError:
                silent += 1
                if silent == 3:
                    raise NoAnswer("silence") from None
        said = self.said
        said["answers"] += 1
        said["hops"] = max(said["hops"], answer["hops"])
        said["cached"] += answer["flags"] & CACHED
        if kind != CHUNK:
            said["stale"] |= answer["flags"] & STALE
        return answer

    def _age(self, answer, times):
        age = max([answer["ageS"], (now_ms() - max(times)) // 1000] if times else [answer["ageS"]])
        self.said["ageS"] = max(self.said["ageS"], age)

    async def name(self, name, held, max_age_s):
        """The certificate and its cards {device: (head, chunk)}. `held` is the same of earlier, or None."""
        certificate, cards = held or (None, {})
        versions = [cards[d][0]["version"] if d in cards else 0 for d in certificate["devices"]] if certificate else []
        have = (certificate["k"], certificate["serial"]) if certificate else (0, 0)
        question = u(have[0], 1) + u(have[1], 4) + u(len(versions), 1)
        question += b"".join(u(version, 8) for version in versions) + u(max_age_s, 4)
        answer = await self._ask(NAME, name, question, 131_072, self.flags)
        came, answered = verify_name_answer(name, answer["payload"], now_ms())
        if certificate and certificate_order(came) < certificate_order(certificate):
            return certificate, cards
        kept = {}
        for device, (head, chunk) in zip(came["devices"], answered):
            old = cards.get(device)
            if head and chunk is None and old and old[0]["chunk"] == head["chunk"]:
                chunk = old[1]
            if head and chunk is not None:
                kept[device] = (head, chunk)
            if old and (device not in kept or not card_supersedes(kept[device][0], old[0])):
                kept[device] = old
        self._age(answer, [head["timeMs"] for head, _ in kept.values()])
        return came, kept

    async def head(self, log, held):
        """The head with its page, and one that it forks from, or None. `held` is one of earlier, or None."""
        have = u(held["length"], 8) + held["openPage"] if held else bytes(40)
        answer = await self._ask(HEAD, log, have + u(self.max_age_s, 4), MOST[HEAD], self.flags)
        came, other = verify_head_answer(log, answer["payload"], held["page"] if held else b"\1", now_ms())
        self._age(answer, [came["timeMs"]])
        if answer["flags"] & CONFLICT and other and compare_heads(came, other) == "fork":
            return came, other
        if held and not await continues(self, held, came):
            return came, held
        if held and (came["length"], came["timeMs"]) < (held["length"], held["timeMs"]):
            return held, None
        return came, None

    async def chunk(self, name, via, most=61_440):
        """A chunk that hashes to its name; equal questions join."""
        if name in self.recent:
            return self.recent[name]
        if name not in self.asked:
            self.asked[name] = asyncio.create_task(self._chunk(name, via, most))
            self.asked[name].add_done_callback(lambda task: self.asked.pop(name, task.cancelled() or task.exception()))
        return await asyncio.shield(self.asked[name])

    async def _chunk(self, name, via, most):
        answer = await self._ask(CHUNK, name, via + bytes(8), most)
        check_chunk(name, answer["payload"])
        self.recent[name] = answer["payload"]
        while len(self.recent) > 256:
            self.recent.pop(next(iter(self.recent)))
        return answer["payload"]


def card_supersedes(head, held):
    if head["version"] == held["version"] and head["chunk"] != held["chunk"]:
        return False
    return (head["version"], head["timeMs"]) >= (held["version"], held["timeMs"])

