"""Layouts as tables of (name, field), read and written by the same table. Section 1 of docs/protocol.md says the kinds."""

from layouts import Reader, utf8
from primitives import Refused, need, u


class Field:
    def __init__(self, read, write):
        self.read, self.write = read, write


def number(size, most=None, least=0):
    def read(r):
        value = r.u(size)
        need(least <= value and (most is None or value <= most), "bad-range")
        return value

    return Field(read, lambda value: u(value, size))


def fixed(length):
    def write(value):
        assert len(value) == length
        return value

    return Field(lambda r: r.take(length), write)


def counted(size, most=None, least=0, text=False):
    """Bytes behind their length, or UTF-8."""

    def read(r):
        length = r.u(size)
        need(most is None or length <= most, "too-long")
        need(least <= length, "bad-length")
        data = r.take(length)
        return utf8(data) if text else data

    def write(value):
        data = value.encode() if text else value
        return u(len(data), size) + data

    return Field(read, write)


def rest(least, most, text=False):
    """All that is left, or UTF-8."""

    def read(r):
        data = r.rest()
        need(len(data) >= least, "too-short")
        need(len(data) <= most, "too-long")
        return utf8(data) if text else data

    return Field(read, lambda value: value.encode() if text else value)


def optional(size, length):
    """Bytes of this length behind it, or None behind 0."""

    def read(r):
        data = r.take(r.u(size))
        need(len(data) in (0, length), "bad-length")
        return data or None

    return Field(read, lambda value: u(len(value or b""), size) + (value or b""))


def word(size, words):
    """One of these, by number."""

    def read(r):
        value = r.u(size)
        need(value in words, "bad-kind")
        return words[value]

    numbers = {word: value for value, word in words.items()}
    return Field(read, lambda value: u(numbers[value], size))


def constant(data):
    def read(r):
        need(r.take(len(data)) == data, "bad-version")

    return Field(read, lambda _: data)


def group(*fields):
    return Field(lambda r: _read(fields, r), lambda value: _write(fields, value))


def many(size, most, field, least=0):
    def read(r):
        n = r.u(size)
        need(least <= n <= most, "bad-count")
        return [field.read(r) for _ in range(n)]

    return Field(read, lambda values: u(len(values), size) + b"".join(map(field.write, values)))


def times(n, field):
    return Field(lambda r: [field.read(r) for _ in range(n)], lambda values: b"".join(map(field.write, values)))


def either(size, kinds):
    """A kind and the fields of it: {number: (word, fields)}."""

    def read(r):
        kind = r.u(size)
        need(kind in kinds, "bad-kind")
        return {"kind": kinds[kind][0], **_read(kinds[kind][1], r)}

    def write(value):
        kind, fields = next((kind, fields) for kind, (word_, fields) in kinds.items() if word_ == value["kind"])
        return u(kind, size) + _write(fields, value)

    return Field(read, write)


def decode(fields, data):
    r = Reader(data)
    value = _read(fields, r)
    r.end()
    return value


def encode(fields, value):
    return _write(fields, value)


def decode_message(messages, data):
    """A message of a service: {type: (word, fields)}, behind it the number that the asker chose."""
    r = Reader(data)
    kind = r.u(1)
    need(kind in messages, "bad-type")
    word_, fields = messages[kind]
    message = {"type": word_, "request": r.u(4), **_read(fields, r)}
    r.end()
    return message


def encode_message(messages, message):
    for kind, (word_, fields) in messages.items():
        if word_ == message["type"]:
            return u(kind, 1) + u(message["request"], 4) + _write(fields, message)
    raise Refused("bad-type")


def _read(fields, r):
    value = {}
    for name, field in fields:
        each = field.read(r)
        if name:
            value[name] = each
    return value


def _write(fields, value):
    return b"".join(field.write(value[name] if name else None) for name, field in fields)
