"""Makes again what stands in the vectors about packets (section 21)."""

import packets as p
from making import b, raw
from primitives import address, public_key, u, x25519_public


def packet(v, seeds):
    secrets = {side: b(secret) for side, secret in v["keys"]["secrets"].file.items()}
    devices = {"a": public_key(seeds["device"]), "b": public_key(seeds["secondDevice"])}
    sides = {side: (devices[side], x25519_public(secret)) for side, secret in secrets.items()}
    for side, each in zip("ab", v["messages"].each()):
        each.is_(ephemeral=sides[side][1])
    for kinds, key in ((p.MESSAGES, "messages"), (p.PROBES, "probes")):
        for each in v[key].each():
            each.is_(encoded=p.write(kinds, raw(each.file)))
    keys = v["keys"]
    shared = p.agree(secrets["a"], sides["b"][1])
    generation = keys["generation"]
    a_to_b = p.key(shared, generation, sides["a"], sides["b"])
    keys.is_(shared=shared, aToB=a_to_b, bToA=p.key(shared, generation, sides["b"], sides["a"]))
    packet_ = echo_request(address(0, devices["a"]), address(0, devices["b"]), 7)
    v.is_(packet=packet_)
    probe, whole = p.write(p.PROBES, raw(v["probes"][0].file)), b"\x08" + packet_
    contents = [b"\0" + u(len(probe), 1) + probe, whole, *p.pieces(whole, 1, 32)]
    for counter, (each, content) in enumerate(zip(v["datagrams"].each(), contents, strict=True)):
        each.is_(content=content, datagram=p.seal(a_to_b, counter, v["index"], content))


def echo_request(source, destination, identifier):
    """An ICMPv6 echo request with sequence 1 and no data (RFC 4443)."""
    rest = b"\x80\0\0\0" + u(identifier, 2) + u(1, 2)
    words = source + destination + u(len(rest), 4) + u(58, 4) + rest
    total = sum(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    rest = rest[:2] + u(~total & 0xFFFF, 2) + rest[4:]
    return b"\x60\0\0\0" + u(len(rest), 2) + b"\x3a\x40" + source + destination + rest
