"""The cutter of docs/protocol.md section 16: FastCDC 2020 as the Rust crate cuts. Written from that page alone."""

from hashlib import md5

GEAR = [int.from_bytes(md5(bytes([value]) * 64).digest()[:8], "big") for value in range(256)]
STRICT, LOOSE = 0x0000D90303537000, 0x0000D90313530000
MINIMUM, AVERAGE, MAXIMUM = 8_192, 32_768, 57_344


def cut(data, seed):
    """The parts of a file; the seed is 8 bytes, big-endian."""
    xor = int.from_bytes(seed, "big")
    gear = [value ^ xor for value in GEAR]
    parts, at = [], 0
    while at < len(data):
        length = _next(data[at : at + MAXIMUM], gear)
        parts.append(data[at : at + length])
        at += length
    return parts


def _next(data, gear):
    n = len(data)
    if n <= MINIMUM:
        return n
    h = 0
    for p in range(MINIMUM, n & ~1):
        h = (2 * h + gear[data[p]]) & 0xFFFFFFFFFFFFFFFF
        if h & (STRICT if p < AVERAGE else LOOSE) == 0:
            return p
    return n
