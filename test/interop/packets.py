"""Packets (section 21 of docs/protocol.md): messages, keys and datagrams. Written from that page alone."""

from fields import decode, encode, fixed, group, many, number
from layouts import Reader
from primitives import KDF, _dh, need, open_record, seal_record, u

GENERATION = ("generation", number(4, least=1))
ADDRESS = group(("address", fixed(16)), ("port", number(2, least=1)))
MESSAGES = {
    1: ("keys", [GENERATION, ("index", number(4, 2**31 - 1, 1)), ("ephemeral", fixed(32))]),
    2: ("ready", [GENERATION]),
    3: ("using", [GENERATION]),
    4: ("candidates", [("addresses", many(1, 8, ADDRESS))]),
}
PROBES = {1: ("challenge", [("token", fixed(8))]), 2: ("response", [("token", fixed(8))])}
PIECE = [("kind", number(1)), ("id", number(4)), ("offset", number(2)), ("total", number(2, 1_281))]


def read(kinds, data):
    kind = Reader(data).u(1)
    need(kind in kinds, "bad-type")
    word, fields = kinds[kind]
    return {"type": word, **decode(fields, data[1:])}


def write(kinds, said):
    kind, fields = next((kind, fields) for kind, (word, fields) in kinds.items() if word == said["type"])
    return u(kind, 1) + encode(fields, said)


def agree(private, public):
    return _dh(private, public)


def key(shared, generation, sealer, opener):
    """A side is its device key and its ephemeral key."""
    return KDF("runnel v1 packet keys", shared, u(generation, 4), *sealer, *opener)


def seal(key_, counter, index, content):
    return b"\1\0\0\0" + u(index, 4) + u(counter, 8) + seal_record(key_, counter, content)[2:]


def open_datagram(key_, datagram):
    need(datagram[:4] == b"\1\0\0\0", "bad-type")
    counter = int.from_bytes(datagram[8:16], "big")
    return int.from_bytes(datagram[4:8], "big"), counter, open_record(key_, counter, datagram[16:])


def pieces(content, id_, size):
    for offset in range(0, len(content), size):
        yield encode(PIECE, {"kind": 9, "id": id_, "offset": offset, "total": len(content)}) + content[offset : offset + size]


def join(pieces_):
    whole = b""
    for piece in pieces_:
        head = decode(PIECE, piece[:9])
        need(head["kind"] == 9 and head["offset"] == len(whole), "bad-order")
        whole += piece[9:]
    need(len(whole) == head["total"], "bad-length")
    return whole
