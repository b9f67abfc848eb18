"""Channels and sessions (sections 10.11 and 10.12 of docs/protocol.md) as layouts. Written from that page alone."""

from fields import constant, counted, either, fixed, number, rest, word

REASONS = "Done NoRoute Busy Expired LinkDown Bad Reset Hops".split()
REASONS = dict(enumerate(REASONS + [f"Unknown{number_}" for number_ in range(len(REASONS), 256)]))
STATUS = dict(enumerate("accepted NoService NotAllowed Busy NoSession".split()))
CODES = dict(enumerate("closed ending bad busy".split()))

CHANNEL = ("channel", number(4, least=1))
MESSAGE = ("message", rest(1, 2_048))
FRAMES = {
    0x18: [CHANNEL, ("hops", number(1, 32)), ("rank", number(1, 254)), ("device", fixed(32)), MESSAGE],
    0x19: [CHANNEL, MESSAGE],
    0x1A: [CHANNEL, ("sealed", rest(17, 65_511))],
    0x1B: [CHANNEL, ("bytes", number(4, least=1))],
    0x1C: [CHANNEL, ("reason", word(1, REASONS))],
}

CALL = [
    ("timeMs", number(8)),
    (None, constant(b"\1")),
    ("resume", word(1, {0: False, 1: True})),
    ("device", fixed(32)),
    ("id", fixed(16)),
    ("received", number(8)),
    ("service", counted(1, 63, 1, text=True)),
    ("certificate", counted(2, 2_048)),
]
ANSWER = [("status", word(1, STATUS)), ("received", number(8)), ("certificate", counted(2, 2_048))]

TOKEN = [("token", fixed(8))]
RECORD = [
    (
        "said",
        either(
            1,
            {
                0: ("data", [("bytes", rest(1, 65_494))]),
                1: ("end", []),
                2: ("ack", [("received", number(8)), ("room", number(4))]),
                3: ("ping", TOKEN),
                4: ("pong", TOKEN),
                5: ("reset", [("code", word(1, CODES)), ("text", rest(0, 200, text=True))]),
            },
        ),
    )
]
