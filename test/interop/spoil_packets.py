"""Sends packets of protocol 253 that are wrong in one place each, and one that is right, to a stream's address: the right one
alone is answered.

    spoil_packets.py ADDRESS
"""

import socket
import sys

from ask_packet import NACK, ask, checksum, question, u


def main(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, 253) as to:
        to.settimeout(5)
        to.connect((address, 0))
        source, destination = (socket.inet_pton(socket.AF_INET6, at) for at in (to.getsockname()[0], address))

        def sealed(packet):
            return packet[:2] + checksum(source, destination, packet[:2] + bytes(2) + packet[4:]) + packet[4:]

        rest = bytes(32), bytes(32), 0, 0
        right = question(source, destination, 7, *rest)
        to.send(right[:-1] + u(right[-1] ^ 1, 1))  # a checksum of other bytes
        to.send(right[:3])  # no header
        to.send(sealed(right + bytes(1_300)))  # longer than questions are
        to.send(sealed(u(2, 1) + right[1:]))  # a later version
        to.send(sealed(u(0x0111, 2) + right[2:]))  # 17 frames
        to.send(sealed(right[:5] + u(1, 1) + right[6:]))  # LIVE
        kind, answer = ask(to, address, 8, *rest)
        assert kind == NACK and answer[4] == 1
        print("the only answer is to the question")


main(sys.argv[1])
