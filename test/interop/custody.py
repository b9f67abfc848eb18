"""Custody (section 19 of docs/protocol.md): messages, receipts and proofs. Written from that page alone."""

from fields import constant, counted, decode, encode, fixed, group, many, number, optional, word
from primitives import KDF, MAC, verify

REASONS = "policy denied quota tooLarge tooLong busy missing badHead clock fork unknown".split()
REASONS = {number_: word_ for number_, word_ in enumerate(REASONS, 1)}

RECEIPT = [
    ("head", fixed(32)),
    ("log", fixed(32)),
    ("bytes", number(8)),
    ("untilMs", number(8)),
    ("custodian", fixed(32)),
    ("signature", fixed(64)),
]
KEPT = [("log", fixed(32)), ("head", fixed(32)), ("bytes", number(8)), ("untilMs", number(8))]
OFFER = [
    ("wantUntilMs", number(8)),
    (None, constant(b"\0")),
    ("headBytes", counted(2, 207, 207)),
    ("page", counted(2, 61_440, 1)),
    ("name", optional(2, 32)),
]
MESSAGES = {
    1: ("offer", OFFER),
    2: ("receipt", [("receipt", group(*RECEIPT))]),
    3: ("refused", [("reason", word(1, REASONS)), ("retryS", number(4)), ("text", counted(1, 200, text=True))]),
    4: ("progress", [("bytes", number(8)), ("ofBytes", number(8))]),
    5: ("challenge", [("log", fixed(32)), ("nonce", fixed(32)), ("names", many(1, 16, fixed(32), 1))]),
    6: ("proof", [("proofs", many(1, 16, fixed(32), 1))]),
    7: ("withdraw", [("log", fixed(32))]),
    8: ("withdrawn", [("log", fixed(32))]),
    9: ("list", [("after", fixed(32))]),
    10: ("listed", [("listed", many(2, 256, group(*KEPT)))]),
}


def verify_receipt(data):
    receipt = decode(RECEIPT, data)
    verify("receipt", receipt["custodian"], data[:-64], receipt["signature"])
    return receipt


def receipt_body(receipt):
    return encode(RECEIPT[:-1], receipt)


def proof(nonce, custodian, chunk):
    return MAC(KDF("runnel v1 audit", nonce, custodian), chunk)
