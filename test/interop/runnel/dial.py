"""The handshake of the initiator (section 8)."""

import asyncio
import os

from cryptography.exceptions import InvalidTag

from layouts import decode_hello
from primitives import Handshake, Refused, lp16, montgomery_private, montgomery_public, need, public_key, u
from runnel.link import Link, LinkDown, now_ms


async def dial(device, host, port, seed):
    """A link that is up; `device` is the key that the other side must have."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 10)
    try:
        return await asyncio.wait_for(_shake(reader, writer, device, seed), 10)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, OSError, ValueError, InvalidTag, Refused) as error:
        writer.close()
        raise LinkDown(f"handshake: {type(error).__name__} {error}") from None


async def _shake(reader, writer, device, seed):
    noise = Handshake(montgomery_private(seed), os.urandom(32), montgomery_public(device), True)
    hello = u(now_ms(), 8) + bytes([1, 1]) + bytes(4) + bytes([254]) + public_key(seed)
    writer.write(lp16(noise.write1(hello)))
    length = int.from_bytes(await reader.readexactly(2), "big")
    need(48 <= length <= 512, "bad-length")
    theirs = decode_hello(noise.read2(await reader.readexactly(length)))
    need(theirs["device"] == device, "bad-key")
    need(theirs["lowestVersion"] <= 1, "bad-version")
    return Link(reader, writer, noise.split(), min(254, theirs["rank"] + 1))
