"""Asks a stream's address for a chunk by raw IPv6 packets (section 22 of docs/protocol.md), and writes it, verified.

    ask_packet.py LABEL.NAME CHUNK [BYTES [ADDRESS]]

CHUNK is in hexadecimal; BYTES: in parts of so many, 0 for all at once; ADDRESS: that of a device instead of the stream's.
"""

import base64
import socket
import sys

from blake3 import blake3

INTEREST, DATA, NACK = 0x10, 0x11, 0x12


def u(value, size):
    return value.to_bytes(size, "big")


def checksum(source, destination, packet):
    words = source + destination + u(len(packet), 4) + u(253, 4) + packet + bytes(len(packet) % 2)
    total = sum(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return u(total ^ 0xFFFF, 2)


def question(source, address, token, chunk, via, first, length):
    """A packet with one Interest."""
    body = u(token, 4) + u(4_000, 2) + u(32, 1) + u(0, 1) + u(3, 1) + u(length or 61_440, 3) + chunk
    body += via + u(first, 4) + u(length, 4)
    frame = u(INTEREST, 1) + u(0, 1) + u(len(body), 2) + body
    return u(0x0101, 2) + checksum(source, address, u(0x0101, 2) + bytes(2) + frame) + frame


def ask(to, address, token, *rest):
    """The type and the body of what answers one Interest."""
    source, destination = (socket.inet_pton(socket.AF_INET6, at) for at in (to.getsockname()[0], address))
    to.send(question(source, destination, token, *rest))
    while True:
        packet = to.recv(65_536)
        assert checksum(destination, source, packet) == bytes(2) and packet[:2] == u(0x0101, 2)
        kind, answer = packet[4], packet[8:]
        if kind in (DATA, NACK) and answer[:4] == u(token, 4):
            return kind, answer


def fetch(link, chunk, length=0, address=None):
    label, name = link.split(".")
    via = base64.b32decode(name.upper())[:32]
    stream = blake3(via + label.encode(), derive_key_context="runnel v1 address").digest(12)
    address = address or socket.inet_ntop(socket.AF_INET6, bytes.fromhex("20010021") + stream)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, 253) as to:
        to.settimeout(5)
        to.connect((address, 0))
        data, total, token = b"", None, 0
        while total is None or len(data) < total:
            token += 1
            kind, answer = ask(to, address, token, chunk, via, len(data), length)
            assert kind == DATA, f"Nack {answer[4]}"
            total = int.from_bytes(answer[8:12], "big")
            data += answer[21:]
    assert blake3(data).digest() == chunk
    return data


if __name__ == "__main__":
    link, chunk, length, *address = [*sys.argv[1:], "0"][: max(3, len(sys.argv) - 1)]
    sys.stdout.buffer.write(fetch(link, bytes.fromhex(chunk), int(length), *address))
