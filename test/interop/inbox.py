"""The inbox (section 20 of docs/protocol.md): letters, tickets, puzzles, messages. Written from that page alone."""

from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fields import constant, counted, decode, either, encode, fixed, group, many, number, times, word
from hpke import open_from, seal_to
from layouts import verify_certificate
from primitives import H, Refused, need, sign, u, verify

CLASSES = range(6)
MAX_ENVELOPE = 36_403
INFO = b"runnel v1 inbox"

RECIPIENT = [("device", fixed(32)), ("enc", fixed(32)), ("wrapped", fixed(48))]
ENVELOPE_FRONT = [
    (None, constant(b"\1")),
    ("inbox", fixed(32)),
    ("class", number(1, 5)),
    ("recipients", many(1, 32, group(*RECIPIENT), 1)),
]
TICKET = [("inbox", fixed(32)), ("serial", fixed(16)), ("untilMs", number(8)), ("device", fixed(32)), ("signature", fixed(64))]
FILE = [("name", counted(1, text=True)), ("bytes", number(8)), ("link", counted(2, 400, text=True))]
LETTER = [
    ("sender", fixed(32)),
    ("certificate", counted(2)),
    ("device", fixed(32)),
    ("timeMs", number(8)),
    ("id", fixed(16)),
    ("kind", number(1, 1)),
    ("subject", counted(1, text=True)),
    ("body", counted(4)),
    ("files", many(1, 16, group(*FILE))),
    ("tickets", many(1, 32, group(*TICKET))),
    ("signature", fixed(64)),
]
ADMISSION = either(1, {0: ("ticket", TICKET), 1: ("puzzle", [("day", number(4)), ("nonce", number(8))])})
RECEIPT = [
    ("envelope", fixed(32)),
    ("bytes", number(8)),
    ("untilMs", number(8)),
    ("kind", number(1, 1)),
    ("custodian", fixed(32)),
    ("signature", fixed(64)),
]
SERIAL, STRENGTH = [("serial", fixed(16))], [("strength", number(1))]
LISTED = [("id", fixed(32)), ("bytes", number(4)), ("from", either(1, {0: ("ticket", SERIAL), 1: ("puzzle", STRENGTH)}))]
REASONS = "unspecified policy noInbox badEnvelope day easy spent badTicket full notOwner busy failed".split()
REFUSED = [("reason", word(1, dict(enumerate(REASONS)))), ("bits", number(1)), ("retryS", number(4))]
RECEIPTS = ("receipts", many(1, 3, group(*RECEIPT)))
MESSAGES = {
    1: ("hello", [("inbox", fixed(32))]),
    2: ("welcome", [("day", number(4)), ("bits", times(6, number(1)))]),
    3: ("deliver", [("admission", ADMISSION), ("envelope", counted(2, MAX_ENVELOPE))]),
    4: ("receipt", [("receipt", group(*RECEIPT))]),
    5: ("refused", REFUSED),
    6: ("register", [("untilMs", number(8)), ("quota", number(8)), ("certificate", counted(2))]),
    7: ("registered", [("untilMs", number(8)), ("quota", number(8))]),
    8: ("list", [("contacts", number(2)), ("strangers", number(2))]),
    9: ("listed", [("more", number(4)), ("displaced", number(4)), ("envelopes", many(2, 1_024, group(*LISTED)))]),
    10: ("fetch", [("id", fixed(32))]),
    11: ("fetched", [("envelope", counted(2, MAX_ENVELOPE)), RECEIPTS]),
    12: ("acknowledge", [("ids", many(2, 1_024, fixed(32)))]),
    13: ("done", []),
    14: ("revoke", [("untilMs", number(8)), ("serials", many(2, 1_024, fixed(16)))]),
    15: ("witness", [("receipt", group(*RECEIPT))]),
    16: ("arrived", []),
}
REVOKED = [("serial", fixed(16)), ("untilMs", number(8))]
# What a custodian writes down (section 11).
BOX = [
    (None, constant(b"\1")),
    ("untilMs", number(8)),
    ("quota", number(8)),
    ("displaced", number(4)),
    ("certificate", counted(2)),
    ("revoked", many(2, 4_096, group(*REVOKED))),
]
ON_SHELF = [
    ("id", fixed(32)),
    ("bytes", number(4)),
    ("atMs", number(8)),
    ("gone", number(1, 1)),
    ("devices", many(1, 32, group(("device", fixed(32)), ("acknowledged", number(1, 1))))),
    ("from", either(1, {0: ("ticket", REVOKED), 1: ("puzzle", [*STRENGTH, ("day", number(4))])})),
    RECEIPTS,
]
SHELF = [(None, constant(b"\1")), ("envelopes", many(1, 64, group(*ON_SHELF)))]


def open_envelope(data):
    """Its parts in clear, with `sealed` and what stands before it as `front`."""
    need(len(data) <= MAX_ENVELOPE, "too-long")
    n = data[34] if len(data) > 34 else 0
    front = data[: 35 + 112 * n]
    e = decode(ENVELOPE_FRONT, front)
    need(len({each["device"] for each in e["recipients"]}) == n, "bad-order")
    need(len(data) - len(front) == (1_024 << e["class"]) + 16, "bad-length")
    return {**e, "front": front, "sealed": data[len(front) :]}


def unwrap(e, device, private):
    """The content key, of the recipient that is this device."""
    [to] = [each for each in e["recipients"] if each["device"] == device]
    return open_from(private, to["enc"], INFO, e["inbox"] + device, to["wrapped"])


def open_letter(e, content_key):
    """The bytes of the letter."""
    try:
        text = AESGCM(content_key).decrypt(bytes(12), e["sealed"], e["front"])
    except InvalidTag:
        raise Refused("bad-seal") from None
    length = int.from_bytes(text[:4], "big")
    need(length <= len(text) - 4, "bad-length")
    need(not any(text[4 + length :]), "bad-padding")
    return text[4 : 4 + length]


def binding(inbox, recipients, letter_body):
    """What the sender's device signs: `recipients` are (device, enc)."""
    return inbox + u(len(recipients), 1) + b"".join(device + enc for device, enc in recipients) + H(letter_body)


def verify_letter(e, data):
    letter = decode(LETTER, data)
    certificate = verify_certificate(letter["sender"], letter["certificate"])
    need(letter["device"] in certificate["devices"], "not-member")
    to = [(each["device"], each["enc"]) for each in e["recipients"]]
    verify("envelope", letter["device"], binding(e["inbox"], to, data[:-64]), letter["signature"])
    return letter


def class_of(letter_bytes):
    return next(each for each in CLASSES if 4 + letter_bytes <= 1_024 << each)


def seal_envelope(inbox, to, device_seed, letter, content_key, ephemerals):
    """(ENVELOPE, LETTER): `to` are (device, inbox key), `letter` its fields but the signature, ephemerals one a device."""
    wrapped = [
        (device, *seal_to(key, ephemeral, INFO, inbox + device, content_key))
        for (device, key), ephemeral in zip(to, ephemerals, strict=True)
    ]
    body = encode(LETTER[:-1], letter)
    bound = binding(inbox, [(device, enc) for device, enc, _ in wrapped], body)
    text = body + sign("envelope", device_seed, bound)
    size = class_of(len(text))
    front = b"\1" + inbox + u(size, 1) + u(len(to), 1) + b"".join(b"".join(each) for each in wrapped)
    padded = (u(len(text), 4) + text).ljust(1_024 << size, b"\0")
    return front + AESGCM(content_key).encrypt(bytes(12), padded, front), text


def make_ticket(inbox, device, device_seed, serial, until_ms):
    body = encode(TICKET[:-1], {"inbox": inbox, "serial": serial, "untilMs": until_ms, "device": device})
    return body + sign("ticket", device_seed, body)


def puzzle_bits(inbox, day, size, envelope, nonce):
    """The leading zero bits of an answer."""
    digest = H(b"runnel v1 puzzle", inbox, u(day, 4), u(size, 1), H(envelope), u(nonce, 8))
    return 256 - int.from_bytes(digest, "big").bit_length()


@cache  # an answer is good at every custodian that wants so many bits
def solve(inbox, day, size, envelope, bits):
    """The first nonce that has so many bits."""
    nonce = 0
    while puzzle_bits(inbox, day, size, envelope, nonce) < bits:
        nonce += 1
    return nonce


def receipt_body(receipt):
    return encode(RECEIPT[:-1], receipt)
