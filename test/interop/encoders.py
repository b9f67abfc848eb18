"""The layouts of docs/protocol.md as encoders, the other direction of layouts.py. Written from that page alone."""

from ask_packet import checksum
from primitives import H, KDF, card_scope, encode_text, lp8, lp16, public_key, run_scope, seal, sign, u
from layouts import EMPTY_ROOT, PLACES, REASONS, decode_page, encode_run

NAME, LOG, DEVICE, SECRET = range(4)


# Section 2


def link(target, key, label, secret, path):
    text = (label + "." if label else "") + encode_text({"name": NAME, "log": LOG}[target], key)
    return text + ("+" + encode_text(SECRET, secret) if secret else "") + "".join("/" + name for name in path)


def neighbour(device, host, port):
    return f"{encode_text(DEVICE, device)}@{f'[{host}]' if ':' in host else host}:{port}"


# Section 4


def ladder(seeds):
    rungs = [KDF("runnel v1 rung", public_key(seed)) for seed in seeds]
    return b"\1" + u(len(rungs), 1) + b"".join(rungs)


def certificate_body(ladder, k, serial, rung_key, time, devices, closings):
    body = lp16(ladder) + u(k, 1) + u(serial, 4) + rung_key + u(time, 8)
    return body + u(len(devices), 1) + b"".join(devices) + closings


def joint_certificate(ladder, one, other):
    """What is signed above two certificates of one rung and the same closings (section 4.4)."""
    assert (one["k"], one["closings"]) == (other["k"], other["closings"])
    return {
        "k": one["k"],
        "serial": max(one["serial"], other["serial"]) + 1,
        "timeMs": max(one["timeMs"], other["timeMs"]),
        "devices": sorted({*one["devices"], *other["devices"]}),
        "closings": one["closings"],
    }


def card_head_body(name, device, version, chunk, time, max_age):
    return b"\2" + name + device + u(version, 8) + chunk + u(time, 8) + u(max_age, 4)


# Section 6


def member_body(name, device, visibility, label):
    return name + device + u(visibility, 1) + lp8(label.encode())


def stream_body(name, device_seed, log_seed, time, label, visibility):
    """The body of a stream record, with its signature."""
    member = sign("member", log_seed, member_body(name, public_key(device_seed), visibility, label))
    return u(time, 8) + lp8(label.encode()) + public_key(log_seed) + u(visibility, 1) + member


def sealed_stream(secret, body):
    """(id, sealed) of a sealed record."""
    return seal(card_scope(secret), 6, b"", body.ljust(224, b"\0"))


def card(records):
    """records: (type, body)."""
    return b"\6" + b"".join(u(kind, 1) + lp16(body) for kind, body in records)


def hint(time, petname):
    return u(time, 8) + lp8(petname.encode())


def inbox(r):
    times = u(r["timeMs"], 8) + r["key"] + u(r["fromMs"], 8) + u(r["untilMs"], 8)
    return times + u(len(r["custodians"]), 1) + b"".join(r["custodians"])


def closings(devices):
    text = b"".join(
        each["device"] + lp16(each["cardHead"]) + u(len(each["logs"]), 2) + b"".join(map(closed_log, each["logs"]))
        for each in devices
    )
    return b"\7" + u(len(devices), 1) + text


def closed_log(log):
    return log["log"] + u(log["length"], 8) + log["closedRoot"] + log["openPage"]


def reference(id, child, kind, size):
    return id + u(child, 1) + u(kind, 1) + u(size, 8)


def note(n):
    counts = u(n["added"], 4) + u(n["changed"], 4) + u(n["removed"], 4)
    return b"\1" + u(n["files"], 8) + u(n["bytes"], 8) + u(n["mode"], 2) + counts + lp8(n["name"].encode())


def tree(level, children):
    text = b"".join(c["name"] + u(c["entries"], 8) + u(c["bytes"], 8) + u(c["reachable"], 8) for c in children)
    return b"\2" + u(level, 1) + u(len(children), 2) + text


def part(K, text):
    """(id, chunk)"""
    id, sealed = seal(K, 3, b"", text)
    return id, b"\3" + sealed


def node(K, level, children):
    """(id, chunk); children: (chunk name, id, bytes)."""
    id, sealed = seal(K, 4, b"", b"".join(id + u(size, 8) for _, id, size in children))
    return id, b"\4" + u(level, 1) + u(len(children), 2) + b"".join(name for name, _, _ in children) + id + sealed


# Section 7


class Writer:
    """A log as its writer has it: what is appended is one run, in a new page where the open one has no room."""

    def __init__(self, seed, secret, max_age):
        self.seed, self.log, self.max_age = seed, public_key(seed), max_age
        self.K, self.page, self.length, self.closed = run_scope(self.log, secret), b"\1", 0, []

    def append(self, entries, children=()):
        """entries: (timeMs, flags, bytes)."""
        run = encode_run(self.K, self.length, entries, children)
        if len(self.page) + len(run) > 61_440:
            self.closed.append(self.page)
            self.page = b"\1"
        self.page += run
        self.length += len(entries)

    def trees(self):
        """The chunk above the closed pages; a log of this size has one."""
        keys = ("entries", "bytes", "reachable")
        infos = [{"name": H(page), **{key: decode_page(page)[key] for key in keys}} for page in self.closed]
        return tree(0, infos), {key: sum(info[key] for info in infos) for key in keys}

    def head(self, time, said=None):
        """(fields, body); `said` stands in place of what is not known of closed pages."""
        open_page, root, sums = decode_page(self.page), EMPTY_ROOT, {"entries": 0, "bytes": 0, "reachable": 0}
        if self.closed:
            chunk, sums = self.trees()
            root, sums["reachable"] = H(chunk), sums["reachable"] + len(chunk)
        h = {"log": self.log, "length": self.length, "bytes": sums["bytes"] + open_page["bytes"]}
        h |= {"reachable": sums["reachable"] + open_page["reachable"], "closedLength": sums["entries"], "closedRoot": root}
        h |= {"openPage": H(self.page), "openBytes": len(self.page), "timeMs": time, "maxAgeS": self.max_age}
        h |= said or {}
        body = b"\1" + self.log + u(h["length"], 8) + u(h["bytes"], 8) + u(h["reachable"], 8) + u(h["closedLength"], 8)
        body += h["closedRoot"] + h["openPage"] + u(h["openBytes"], 2) + u(time, 8) + u(self.max_age, 4)
        return {**h, "signature": sign("head", self.seed, body)}, body


# Sections 8 to 10


def hello(h):
    versions = u(h["lowestVersion"], 1) + u(h["highestVersion"], 1)
    return u(h["timeMs"], 8) + versions + u(h["features"], 4) + u(h["rank"], 1) + h["device"]


def interest(i):
    q = i["question"]
    body = u(i["token"], 4) + u(i["lifetimeMs"], 2) + u(i["hops"], 1) + u(i["rank"], 1) + u(i["kind"], 1)
    body += u(i["answerBytes"], 3) + i["key"]
    if i["kind"] == 1:
        body += u(q["haveK"], 1) + u(q["haveSerial"], 4) + u(len(q["versions"]), 1)
        return body + b"".join(u(version, 8) for version in q["versions"]) + u(q["maxAgeS"], 4)
    if i["kind"] == 2:
        return body + u(q["haveLength"], 8) + q["haveOpenPage"] + u(q["maxAgeS"], 4)
    return body + q["via"] + bytes(8)


def data(d):
    numbers = u(d["token"], 4) + u(d["offset"], 4) + u(d["total"], 4) + u(d["bytesAllowed"], 4)
    return numbers + u(d["hops"], 1) + u(d["ageS"], 4) + d["payload"]


def nack(n):
    reason = {name: number for number, name in REASONS.items()}[n["reason"]]
    return u(n["token"], 4) + u(reason, 1) + u(n["retryMs"], 2) + u(n["bytesAllowed"], 4)


def announce(a):
    def route(r):
        return u(r["kind"], 1) + r["key"] + u(r["lifetimeS"], 2) + u(r["cost"], 1) + lp8(r.get("proof", b""))

    return u(a["rank"], 1) + u(len(a["routes"]), 1) + b"".join(map(route, a["routes"]))


def proof(device_seed, until):
    return u(until, 8) + sign("announce", device_seed, public_key(device_seed) + u(until, 8))


def udp(s):
    return u(s["port"], 2) + s["cookie"]


def observed(o):
    address = o["address"]
    return (bytes(10) + b"\xff\xff" + address if len(address) == 4 else address) + u(o["port"], 2)


def label(said):
    return u(said["channel"], 4) + u(said["index"], 4) + u(said["label"], 4)


# Section 11


def record(place, items):
    text = b"".join(u(kind, 1) + u(len(body), 4) + body for kind, body in map(store_item, items))
    checked = u(PLACES[place], 1) + u(len(text), 4) + text
    return b"RNL1" + u(len(text), 4) + H(checked)[:16] + text


def store_item(item):
    """(type, body)"""
    kind = item["type"]
    seen = u(item["ageS"], 4) + u(item["seenMs"], 8) if "seenMs" in item else b""
    if kind == "chunk":
        return 1, item["name"] + item["bytes"]
    if kind == "run":
        return 2, item["log"] + u(item["position"], 2) + item["bytes"]
    if kind == "head":
        return 3, seen + item["headBytes"] + item.get("page", b"")
    if kind == "name":
        return 4, seen + item["certificateBytes"]
    if kind == "card":
        return 5, seen + item["headBytes"]
    if kind == "value":
        return 6, lp16(item["key"].encode()) + item["bytes"]
    if kind == "forget":
        return 7, item["name"]
    return 8, b"".join(lp16(item[each]["headBytes"]) + lp16(item[each]["page"]) for each in ("first", "second"))


# Section 12


def cbor(value):
    """RFC 8949, definite lengths, each number in the fewest bytes."""
    if value is None or value is True or value is False:
        return bytes([{False: 0xF4, True: 0xF5, None: 0xF6}[value]])
    if isinstance(value, int):
        return _count(0, value) if value >= 0 else _count(1, -1 - value)
    if isinstance(value, bytes):
        return _count(2, len(value)) + value
    if isinstance(value, str):
        return _count(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _count(4, len(value)) + b"".join(map(cbor, value))
    return _count(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())


def _count(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = 1 << next(step for step in range(4) if number < 1 << (8 << step))
    return bytes([major << 5 | 24 + size.bit_length() - 1]) + number.to_bytes(size, "big")


def stream_packet(p):
    frames = b"".join(u(frame["type"], 1) + u(frame["flags"], 1) + lp16(frame["body"]) for frame in p["frames"])
    head = u(1, 1) + u(len(p["frames"]), 1)
    return head + checksum(p["from"], p["to"], head + bytes(2) + frames) + frames
