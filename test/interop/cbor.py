"""As much of CBOR (RFC 8949) as the API of docs/protocol.md section 12 needs: one value, all of its bytes."""

import struct

BREAK = object()
SIMPLE = {20: False, 21: True, 22: None, 23: None}


def decode(data):
    value, at = _value(data, 0)
    if at != len(data):
        raise ValueError("trailing bytes")
    return value


def _value(data, at):
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7 and low in (25, 26, 27):
        size = 1 << low - 24
        number = struct.unpack(">" + {2: "e", 4: "f", 8: "d"}[size], data[at : at + size])[0]
        # An integer may be written as floating point of the same value.
        return int(number) if number.is_integer() else number, at + size
    count = low
    if 24 <= low <= 27:
        size = 1 << low - 24
        count, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major == 7:
        return (BREAK, at) if low == 31 else (SIMPLE[count], at)
    if major < 2:
        return (count if major == 0 else -1 - count), at
    if major < 4:
        if low == 31:
            raise ValueError("a string of indefinite length")
        text = data[at : at + count]
        if len(text) != count:
            raise ValueError("too short")
        return (text if major == 2 else text.decode()), at + count
    if major == 6:
        return _value(data, at)
    values = []
    while low == 31 or len(values) < count * (major - 3):
        value, at = _value(data, at)
        if value is BREAK:
            break
        values.append(value)
    return (values if major == 4 else dict(zip(values[::2], values[1::2]))), at
