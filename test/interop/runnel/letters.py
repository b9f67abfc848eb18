"""Sending a letter (section 20.6): whom to seal it to, and what is said to a custodian until it has signed a receipt."""

import asyncio
import os

import inbox as i
from fields import decode_message, encode_message
from layouts import CLOCK_AHEAD_MS, decode_card
from primitives import H, need, u, verify
from runnel.link import now_ms
from runnel.session import Session

DAY_MS = 86_400_000
SERVICE = "runnel.inbox"
TRIES = 3


class NotTaken(Exception):
    """A custodian refused."""


def key_of(card, now):
    """The inbox record of a card that counts now, or None."""
    newest = {}
    for record in decode_card(card):
        if record["type"] == "inbox" and record["timeMs"] <= now + CLOCK_AHEAD_MS:
            if record["key"] not in newest or record["timeMs"] > newest[record["key"]]["timeMs"]:
                newest[record["key"]] = record
    current = [each for each in newest.values() if each["fromMs"] <= now < each["untilMs"]]
    if current:
        return max(current, key=lambda record: record["fromMs"])

    def away(record):
        return record["fromMs"] - now if now < record["fromMs"] else now - record["untilMs"]

    near = [each for each in newest.values() if away(each) <= DAY_MS]
    return min(near, key=away, default=None)


async def recipients(upstream, name):
    """((device, inbox key) of each device that has one, the custodians that keep letters to them)."""
    for max_age in (60, 0):
        certificate, cards = await upstream.name(name, None, max_age)
        records = {device: key_of(cards[device][1], now_ms()) for device in certificate["devices"] if device in cards}
        records = {device: record for device, record in records.items() if record}
        if records:
            break
    to = [(device, record["key"]) for device, record in records.items()]
    return to, list(dict.fromkeys(custodian for record in records.values() for custodian in record["custodians"]))


def seal_letter(identity, name, to, subject, body):
    """(ENVELOPE, its class): from a name of one's own to the devices of another."""
    letter = {"sender": identity.name, "certificate": identity.certificate, "device": identity.device}
    letter |= {"timeMs": now_ms(), "id": os.urandom(16), "kind": 0, "subject": subject, "body": body}
    ephemerals = [os.urandom(32) for _ in to]
    fields = {**letter, "files": [], "tickets": []}
    envelope, text = i.seal_envelope(name, to, identity.seed, fields, os.urandom(32), ephemerals)
    return envelope, i.class_of(len(text))


class Custodian:
    """A conversation with one, as a stranger."""

    def __init__(self, session, device):
        self.session, self.device, self.request = session, device, 0

    @staticmethod
    async def open(link, device, seed):
        return Custodian(await Session.open(link, device, seed, SERVICE), device)

    async def _ask(self, **message):
        self.request += 1
        said = encode_message(i.MESSAGES, {**message, "request": self.request})
        await self.session.write(u(len(said), 4) + said)
        while True:
            length = int.from_bytes(await self.session.read(4), "big")
            need(5 <= length <= 65_536, "bad-length")
            answer = decode_message(i.MESSAGES, await self.session.read(length))
            if answer["request"] == self.request:
                return answer

    async def deliver(self, name, envelope, size):
        """The receipt, verified."""
        for _ in range(TRIES):
            welcome = await self._ask(type="hello", inbox=name)
            if welcome["type"] == "refused":
                raise NotTaken(welcome["reason"])
            need(welcome["type"] == "welcome", "bad-type")
            bits, day = welcome["bits"][size], welcome["day"]
            if bits == 255:
                raise NotTaken("full")
            # Beside the link, which has to answer its PINGs.
            nonce = await asyncio.to_thread(i.solve, name, day, size, envelope, bits)
            admission = {"kind": "puzzle", "day": day, "nonce": nonce}
            answer = await self._ask(type="deliver", admission=admission, envelope=envelope)
            if answer["type"] == "receipt":
                return self._verified(answer["receipt"], envelope)
            need(answer["type"] == "refused", "bad-type")
            if answer["reason"] not in ("easy", "day"):
                break
        raise NotTaken(answer["reason"])

    def _verified(self, receipt, envelope):
        need(receipt["envelope"] == H(envelope) and receipt["custodian"] == self.device, "bad-name")
        verify("receipt", self.device, i.receipt_body(receipt), receipt["signature"])
        return receipt

    async def witness(self, receipt):
        answer = await self._ask(type="witness", receipt=receipt)
        need(answer["type"] == "done", "bad-type")
