"""Checks of packets (section 21)."""

import packets as p
from checks import agrees, b, refuses, same
from primitives import address, public_key, x25519_public


def packet(v, seeds):
    for kinds, key in ((p.MESSAGES, "messages"), (p.PROBES, "probes")):
        for each in v[key]:
            encoded = b(each["encoded"])
            said = p.read(kinds, encoded)
            agrees(said, each, "encoded")
            same(p.write(kinds, said), encoded)
            refuses("trailing", p.read, kinds, encoded + b"\0")
            refuses("too-short", p.read, kinds, encoded[:-1])
            refuses("bad-type", p.read, kinds, b"\x09" + encoded[1:])
        same({each["type"] for each in v[key]}, {word for word, _ in kinds.values()})
    keys, sides = v["keys"], {}
    for side, seed in (("a", seeds["device"]), ("b", seeds["secondDevice"])):
        sides[side] = public_key(b(seed)), x25519_public(b(keys["secrets"][side]))
    shared = b(keys["shared"])
    same(p.agree(b(keys["secrets"]["a"]), sides["b"][1]), shared)
    same(p.agree(b(keys["secrets"]["b"]), sides["a"][1]), shared)
    same(p.key(shared, keys["generation"], sides["a"], sides["b"]).hex(), keys["aToB"])
    same(p.key(shared, keys["generation"], sides["b"], sides["a"]).hex(), keys["bToA"])
    opened = []
    for counter, each in enumerate(v["datagrams"]):
        index, found, content = p.open_datagram(b(keys["aToB"]), b(each["datagram"]))
        same((index, found, content.hex()), (v["index"], counter, each["content"]))
        opened.append(content)
    probe, whole, *rest = opened
    same((probe[0], probe[1]), (0, len(probe) - 2))
    same(p.read(p.PROBES, probe[2:])["type"], "challenge")
    same(whole, b"\x08" + b(v["packet"]))
    same(p.join(rest), whole)
    same(b(v["packet"])[8:40], address(0, sides["a"][0]) + address(0, sides["b"][0]))
