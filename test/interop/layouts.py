"""The layouts of docs/protocol.md (sections 4, 6, 7, 9, 10 and 11) as decoders that refuse what the page refuses.

Written from that page alone. A decoder takes bytes and gives a dict, or raises Refused.
"""

from ask_packet import checksum
from primitives import H, KDF, MAC, Refused, card_scope, lp8, lp16, need, open_sealed, seal, u, verify

MAX_CHUNK = 61_440
EMPTY_ROOT = KDF("runnel v1 empty")
CLOCK_AHEAD_MS = 600_000


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        need(self.at + length <= len(self.data), "too-short")
        self.at += length
        return self.data[self.at - length : self.at]

    def u(self, size):
        value = int.from_bytes(self.take(size), "big")
        need(value < 2**53, "too-large")
        return value

    def lp8(self, most=255):
        length = self.u(1)
        need(length <= most, "too-long")
        return self.take(length)

    def lp16(self, most=65_535):
        length = self.u(2)
        need(length <= most, "too-long")
        return self.take(length)

    @property
    def left(self):
        return len(self.data) - self.at

    def rest(self):
        return self.take(self.left)

    def end(self):
        need(self.left == 0, "trailing")


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad-text") from None


# Section 4


def decode_ladder(data):
    r = Reader(data)
    need(r.u(1) == 1, "bad-version")
    n = r.u(1)
    need(1 <= n <= 16, "bad-count")
    rungs = [r.take(32) for _ in range(n)]
    r.end()
    return rungs


def decode_certificate(data):
    r = Reader(data)
    ladder = r.lp16()
    rungs = decode_ladder(ladder)
    c = {"ladder": ladder, "rungs": rungs, "k": r.u(1), "serial": r.u(4), "rungKey": r.take(32), "timeMs": r.u(8)}
    m = r.u(1)
    need(1 <= m <= 32, "bad-count")
    c["devices"] = [r.take(32) for _ in range(m)]
    c["closings"], c["signature"] = r.take(32), r.take(64)
    r.end()
    need(c["k"] < len(rungs), "bad-rank")
    need(len(set(c["devices"])) == m, "bad-order")
    c["body"] = data[:-64]
    return c


def verify_certificate(name, data):
    c = decode_certificate(data)
    need(KDF("runnel v1 name", c["ladder"]) == name, "bad-name")
    need(KDF("runnel v1 rung", c["rungKey"]) == c["rungs"][c["k"]], "bad-rank")
    verify("cert", c["rungKey"], c["body"], c["signature"])
    return c


def certificate_order(c):
    """A key for sorting: the greatest counts."""
    return c["k"], c["serial"], bytes(255 - byte for byte in H(c["body"]))


def decode_card_head(data):
    r = Reader(data)
    need(r.u(1) == 2, "bad-kind")
    h = {"name": r.take(32), "device": r.take(32), "version": r.u(8), "chunk": r.take(32), "timeMs": r.u(8)}
    h["maxAgeS"], h["signature"], h["body"] = r.u(4), r.take(64), data[:-64]
    r.end()
    return h


def verify_card_head(name, certificate, data, now_ms):
    h = decode_card_head(data)
    need(h["name"] == name, "bad-name")
    need(h["device"] in certificate["devices"], "not-member")
    need(h["timeMs"] <= now_ms + CLOCK_AHEAD_MS, "future-time")
    verify("card", h["device"], h["body"], h["signature"])
    return h


# Section 6


def check_chunk(name, data):
    need(1 <= len(data) <= MAX_CHUNK, "too-long")
    need(1 <= data[0] <= 7, "bad-kind")
    need(H(data) == name, "bad-hash")


def decode_page(data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 1, "bad-kind")
    page = {"runs": [], "entries": 0, "bytes": 0, "reachable": len(data), "children": 0, "first": 0}
    while r.left:
        run = decode_run(r.lp16(61_437))
        if not page["runs"]:
            page["first"] = run["first"]
        need(run["first"] == page["first"] + page["entries"], "bad-order")
        page["entries"] += run["count"]
        page["bytes"] += run["entryBytes"]
        page["children"] += len(run["children"])
        page["reachable"] += sum(reachable for _, reachable in run["children"])
        page["runs"].append({**run, "end": r.at})
    need(page["children"] <= 256, "bad-count")
    need(page["reachable"] < 2**53, "too-large")
    return page


def decode_run(body):
    r = Reader(body)
    children = [(r.take(32), r.u(8)) for _ in range(r.u(1))]
    run = {"children": children, "first": r.u(8), "count": r.u(2), "id": r.take(32), "sealed": r.rest()}
    need(run["count"] >= 1, "bad-count")
    need(run["first"] + run["count"] < 2**53, "too-large")
    run["entryBytes"] = len(run["sealed"]) - 11 * run["count"]
    need(0 <= run["entryBytes"] <= 32_768 * run["count"], "bad-length")
    return run


def open_run(K, run):
    r = Reader(open_sealed(K, 1, u(run["first"], 8), run["id"], run["sealed"]))
    entries = []
    for _ in range(run["count"]):
        entry = {"timeMs": r.u(8), "flags": r.u(1), "bytes": r.lp16(32_768)}
        need(entry["flags"] in (0, 1, 3), "bad-flags")
        if entry["flags"] & 1:
            entry["reference"] = decode_reference(entry["bytes"][:42], len(run["children"]))
        if entry["flags"] & 2:
            entry["note"] = decode_note(entry["bytes"][42:])
        entries.append(entry)
    r.end()
    return entries


def encode_run(K, first, entries, children=()):
    """entries: (timeMs, flags, bytes)."""
    text = b"".join(u(time, 8) + u(flags, 1) + lp16(data) for time, flags, data in entries)
    id, sealed = seal(K, 1, u(first, 8), text)
    clear = u(len(children), 1) + b"".join(child + u(reachable, 8) for child, reachable in children)
    return lp16(clear + u(first, 8) + u(len(entries), 2) + id + sealed)


def decode_reference(data, children):
    r = Reader(data)
    reference = {"id": r.take(32), "child": r.u(1), "kind": r.u(1), "bytes": r.u(8)}
    r.end()
    need(reference["kind"] <= 1, "bad-kind")
    need(reference["child"] < children, "bad-index")
    return reference


def decode_note(data):
    r = Reader(data)
    need(r.u(1) == 1, "bad-version")
    note = {"files": r.u(8), "bytes": r.u(8), "mode": r.u(2), "added": r.u(4), "changed": r.u(4), "removed": r.u(4)}
    note["name"] = utf8(r.lp8())
    r.end()
    need(note["mode"] <= 0o777, "bad-range")
    if note["name"]:
        check_item_name(note["name"])
    return note


def decode_tree(data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 2, "bad-kind")
    level, n = r.u(1), r.u(2)
    need(level <= 6, "too-deep")
    need(1 <= n <= 256, "bad-count")
    children = [{"name": r.take(32), "entries": r.u(8), "bytes": r.u(8), "reachable": r.u(8)} for _ in range(n)]
    r.end()
    need(all(child["entries"] >= 1 for child in children), "bad-count")
    return {"level": level, "children": children}


def tree_sums(data, tree):
    sums = {key: sum(child[key] for child in tree["children"]) for key in ("entries", "bytes", "reachable")}
    sums["reachable"] += len(data)
    return sums


def open_part(K, id, data):
    need(2 <= len(data) <= MAX_CHUNK and data[0] == 3, "bad-kind")
    return open_sealed(K, 3, b"", id, data[1:])


def open_node(K, id, data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 4, "bad-kind")
    level, n = r.u(1), r.u(2)
    need(level <= 6, "too-deep")
    need(n <= 256 and (n > 0 or level == 0), "bad-count")
    names = [r.take(32) for _ in range(n)]
    need(r.take(32) == id, "bad-seal")
    listed = Reader(open_sealed(K, 4, b"", id, r.rest()))
    children = [{"name": name, "id": listed.take(32), "bytes": listed.u(8)} for name in names]
    listed.end()
    for child in children:
        need(child["bytes"] >= 1 and (level > 0 or child["bytes"] <= 61_439), "bad-range")
    return {"level": level, "children": children, "bytes": sum(child["bytes"] for child in children)}


def check_item_name(name):
    need(name not in ("", ".", "..") and "/" not in name and "\0" not in name, "bad-path")
    need(len(name.encode()) <= 255, "too-long")


def check_target(directory, target):
    need(target != "" and not target.startswith("/") and "\0" not in target, "bad-path")
    steps = [step for step in target.split("/") if step not in ("", ".")]
    climbs = next((index for index, step in enumerate(steps) if step != ".."), len(steps))
    need(climbs <= len(directory) and ".." not in steps[climbs:], "bad-path")


KINDS = ("file", "directory", "symlink", "more")


def open_directory(K, id, data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 5, "bad-kind")
    n = r.u(2)
    need(n <= 256, "bad-count")
    children = [r.take(32) for _ in range(n)]
    need(len(set(children)) == n, "bad-order")
    need(r.take(32) == id, "bad-seal")
    listed = Reader(open_sealed(K, 5, b"", id, r.rest()))
    items, used = [], 0
    while listed.left:
        item = {"name": utf8(listed.lp8())}
        check_item_name(item["name"])
        kind = listed.u(1)
        need(kind <= 3, "bad-kind")
        item["kind"] = KINDS[kind]
        if kind == 2:
            item["target"] = utf8(listed.lp16(4_096))
        else:
            if kind < 2:
                item["mode"], item["bytes"] = listed.u(2), listed.u(8)
                need(item["mode"] <= 0o777, "bad-range")
            index = listed.u(1)
            need(index < n, "bad-index")
            need(index <= used, "not-canonical")
            used = max(used, index + 1)
            item["child"], item["id"] = children[index], listed.take(32)
        items.append(item)
    need(used == n, "bad-count")
    for before, item in zip(items, items[1:]):
        need(before["name"].encode() < item["name"].encode(), "bad-order")
        need((before["kind"] == "more") == (item["kind"] == "more"), "bad-kind")
    return items


def encode_item(item, index):
    name, kind = lp8(item["name"].encode()), KINDS.index(item["kind"])
    if kind == 2:
        return name + b"\2" + lp16(item["target"].encode())
    numbers = u(item["mode"], 2) + u(item["bytes"], 8) if kind < 2 else b""
    return name + u(kind, 1) + numbers + u(index, 1) + item["id"]


def encode_directory(K, items):
    """id, chunk and reachable, where each item with a child has its own reachable."""
    children = list(dict.fromkeys(item["child"] for item in items if "child" in item))
    text = b"".join(encode_item(item, children.index(item["child"]) if "child" in item else 0) for item in items)
    id, sealed = seal(K, 5, b"", text)
    chunk = b"\5" + u(len(children), 2) + b"".join(children) + id + sealed
    below = {item["child"]: item["reachable"] for item in reversed(items) if "child" in item}
    return id, chunk, len(chunk) + sum(below.values())


def build_directory(K, items):
    """All chunks of a directory in order, the topmost last: (id, chunk, reachable)."""
    chunks, level = [], 0
    items = sorted(items, key=lambda item: item["name"].encode())
    while True:
        groups = split_directory(K, items, level)
        made = [encode_directory(K, group) for group in groups]
        chunks += made
        if len(made) == 1:
            return chunks
        items = [
            {"kind": "more", "name": group[0]["name"], "child": H(chunk), "id": id, "reachable": reachable}
            for group, (id, chunk, reachable) in zip(groups, made)
        ]
        level += 1


def split_directory(K, items, level):
    def cost(item):
        return len(encode_item(item, 0)) + (32 if "child" in item else 0)

    if len(items) <= 256 and 35 + sum(map(cost, items)) <= MAX_CHUNK:
        return [items]
    groups, total = [], 0
    for item in items:
        marked = MAC(K, b"\5", item["name"].encode())[level] & 63 == 0
        last = groups[-1] if groups else None
        full = last and (len(last) == 256 or total + cost(item) > MAX_CHUNK)
        if last is None or full or (len(last) >= 32 and marked):
            groups.append([])
            total = 35
        groups[-1].append(item)
        total += cost(item)
    return groups


def decode_label(data):
    label = utf8(data)
    need(1 <= len(label) <= 63 and set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"), "bad-label")
    need(label[0] != "-" and label[-1] != "-", "bad-label")
    return label


def _stream(r, visibility):
    record = {"type": "stream", "timeMs": r.u(8), "label": decode_label(r.lp8(63)), "log": r.take(32)}
    need(r.u(1) == visibility, "bad-kind")
    return {**record, "visibility": visibility, "signature": r.take(64)}


def _inbox(r):
    record = {"type": "inbox", "timeMs": r.u(8), "key": r.take(32), "fromMs": r.u(8), "untilMs": r.u(8)}
    need(0 <= record["untilMs"] - record["fromMs"] <= 1_209_600_000, "bad-range")
    n = r.u(1)
    need(1 <= n <= 4, "bad-count")
    record["custodians"] = [r.take(32) for _ in range(n)]
    need(len(set(record["custodians"])) == n, "bad-order")
    return record


def decode_card(data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 6, "bad-kind")
    records = []
    while r.left:
        need(len(records) < 1_024, "bad-count")
        kind, body = r.u(1), Reader(r.lp16())
        if kind == 1:
            records.append(_stream(body, 0))
        elif kind == 2:
            records.append({"type": "sealed", "id": body.take(32), "sealed": body.take(224)})
        elif kind == 3:
            records.append(_inbox(body))
        elif kind == 5:
            records.append({"type": "hint", "timeMs": body.u(8), "petname": utf8(body.lp8(63))})
            need(records[-1]["petname"], "bad-length")
        else:
            records.append({"type": "unknown", "kind": kind, "body": body.rest()})
        body.end()
    return records


def open_stream_record(secret, record):
    r = Reader(open_sealed(card_scope(secret), 6, b"", record["id"], record["sealed"]))
    opened = _stream(r, 1)
    need(not any(r.rest()), "bad-padding")
    return opened


def verify_member(name, device, record):
    body = name + device + u(record["visibility"], 1) + lp8(record["label"].encode())
    verify("member", record["log"], body, record["signature"])
    return body


def decode_closings(data):
    r = Reader(data)
    need(len(data) <= MAX_CHUNK and r.u(1) == 7, "bad-kind")
    d = r.u(1)
    need(d <= 32, "bad-count")
    devices = []
    for _ in range(d):
        device, head, count = r.take(32), r.lp16(181), r.u(2)
        need(count <= 256, "bad-count")
        need(not head or decode_card_head(head)["device"] == device, "not-member")
        logs = [
            {"log": r.take(32), "length": r.u(8), "closedRoot": r.take(32), "openPage": r.take(32)} for _ in range(count)
        ]
        devices.append({"device": device, "cardHead": head, "logs": logs})
    r.end()
    logs = [log["log"] for device in devices for log in device["logs"]]
    need(len(set(logs)) == len(logs) and len({device["device"] for device in devices}) == d, "bad-order")
    return devices


# Section 7


def decode_head(data):
    r = Reader(data)
    need(r.u(1) == 1, "bad-version")
    h = {"log": r.take(32), "length": r.u(8), "bytes": r.u(8), "reachable": r.u(8), "closedLength": r.u(8)}
    h |= {"closedRoot": r.take(32), "openPage": r.take(32), "openBytes": r.u(2), "timeMs": r.u(8), "maxAgeS": r.u(4)}
    h |= {"signature": r.take(64), "body": data[:-64]}
    r.end()
    return h


def verify_head(log, data, page, now_ms):
    h = decode_head(data)
    need(h["log"] == log, "bad-name")
    need(h["closedLength"] <= h["length"], "bad-count")
    need((h["closedLength"] == 0) == (h["closedRoot"] == EMPTY_ROOT), "bad-count")
    need(1 <= h["openBytes"] <= MAX_CHUNK, "bad-range")
    need((h["openBytes"] == 1) == (h["closedLength"] == h["length"]), "bad-count")
    need(h["timeMs"] <= now_ms + CLOCK_AHEAD_MS, "future-time")
    verify("head", log, h["body"], h["signature"])
    need(len(page) == h["openBytes"], "bad-length")
    need(H(page) == h["openPage"], "bad-hash")
    p = decode_page(page)
    need(p["entries"] == h["length"] - h["closedLength"], "bad-count")
    need(not p["runs"] or p["first"] == h["closedLength"], "bad-count")
    closed_bytes, closed_reachable = h["bytes"] - p["bytes"], h["reachable"] - p["reachable"]
    if h["closedLength"] == 0:
        need(closed_bytes == 0 and closed_reachable == 0, "bad-count")
    else:
        need(closed_bytes >= 0 and closed_reachable >= h["closedLength"], "bad-count")
    return {**h, "page": page}


def compare_heads(a, b):
    """'continues', 'fork' or 'undecided', from two verified heads and their open pages (rules 1 to 4)."""
    x, y = sorted((a, b), key=lambda head: head["length"])
    same_root = x["closedRoot"] == y["closedRoot"]
    if x["length"] == y["length"]:
        return "continues" if same_root and x["openPage"] == y["openPage"] else "fork"
    if x["closedLength"] == y["closedLength"]:
        return "continues" if same_root and y["page"].startswith(x["page"]) else "fork"
    if x["length"] == 0:
        return "continues"
    return "fork" if x["closedLength"] > y["closedLength"] or x["length"] > y["closedLength"] else "undecided"


def verify_head_answer(log, payload, held_page, now_ms):
    """The head with its page, and the other head of a fork or None."""
    r = Reader(payload)
    need(len(payload) <= 123_300, "too-long")
    head, other, other_page, rest = r.lp16(207), r.lp16(207), r.lp16(MAX_CHUNK), r.rest()
    need(bool(other) == bool(other_page), "bad-length")
    said = decode_head(head)
    pages = [page for page in (held_page + rest, rest) if len(page) == said["openBytes"] and H(page) == said["openPage"]]
    need(pages, "bad-hash")
    came = verify_head(log, head, pages[0], now_ms)
    fork = verify_head(log, other, other_page, now_ms) if other else None
    return came, fork


def head_answer_rest(page, have_length, have_page):
    """What a responder with this open page sends behind the heads."""
    ends = [(1, None)] + [(run["end"], run["first"] + run["count"]) for run in decode_page(page)["runs"]]
    for end, length in ends:
        if length in (None, have_length) and H(page[:end]) == have_page:
            return page[end:]
    return page


def verify_name_answer(name, payload, now_ms):
    """The certificate, and for each device (head or None, card chunk or None)."""
    need(len(payload) <= 2_097_152, "too-long")
    r = Reader(payload)
    certificate = verify_certificate(name, r.lp16())
    cards = []
    for device in certificate["devices"]:
        head_bytes, chunk = r.lp16(181), r.lp16(MAX_CHUNK)
        need(head_bytes or not chunk, "bad-length")
        head = verify_card_head(name, certificate, head_bytes, now_ms) if head_bytes else None
        need(head is None or head["device"] == device, "not-member")
        if chunk:
            need(H(chunk) == head["chunk"], "bad-hash")
            decode_card(chunk)
        cards.append((head, chunk or None))
    r.end()
    return certificate, cards


def encode_name_answer(certificate_bytes, certificate, cards, have):
    """What a responder sends; cards: (head, its bytes, chunk) of each device, or None."""
    same_order = [have["k"], have["serial"]] == [certificate["k"], certificate["serial"]]
    comparable = same_order and len(have["versions"]) == len(certificate["devices"])
    answer = lp16(certificate_bytes)
    for index, card in enumerate(cards):
        known = have["versions"][index] if comparable else 0
        version = card[0]["version"] if card else -1
        answer += lp16(card[1] if version >= known else b"")
        answer += lp16(card[2] if version > known or (version >= 0 and known == 0) else b"")
    return answer


# Sections 8 to 10


def decode_hello(data):
    r = Reader(data)
    hello = {"timeMs": r.u(8), "lowestVersion": r.u(1), "highestVersion": r.u(1), "features": r.u(4), "rank": r.u(1)}
    hello["device"] = r.take(32)
    r.end()
    need(1 <= hello["lowestVersion"] <= hello["highestVersion"], "bad-range")
    need(hello["rank"] <= 254, "bad-rank")
    return hello


def decode_frames(record):
    r, frames = Reader(record), []
    while True:
        kind, flags = r.u(1), r.u(1)
        frames.append((kind, flags, r.lp16()))
        if not r.left:
            return frames


def decode_interest(body, parts=False):
    r = Reader(body)
    i = {"token": r.u(4), "lifetimeMs": r.u(2), "hops": r.u(1), "rank": r.u(1), "kind": r.u(1), "answerBytes": r.u(3)}
    i["key"] = r.take(32)
    need(i["token"] and i["hops"] <= 32 and i["rank"] <= 254, "bad-range")
    if i["kind"] == 1:
        q = {"haveK": r.u(1), "haveSerial": r.u(4)}
        m = r.u(1)
        need(q["haveK"] <= 15 and m <= 32, "bad-count")
        q |= {"versions": [r.u(8) for _ in range(m)], "maxAgeS": r.u(4)}
    elif i["kind"] == 2:
        q = {"haveLength": r.u(8), "haveOpenPage": r.take(32), "maxAgeS": r.u(4)}
    else:
        need(i["kind"] == 3, "bad-kind")
        q = {"via": r.take(32)}
        part = r.u(4), r.u(4)
        need(parts or part == (0, 0), "bad-range")
    r.end()
    return {**i, "question": q}


def decode_data(body):
    r = Reader(body)
    d = {"token": r.u(4), "offset": r.u(4), "total": r.u(4), "bytesAllowed": r.u(4), "hops": r.u(1), "ageS": r.u(4)}
    d["payload"] = r.rest()
    need(d["token"] and d["hops"] >= 1 and d["total"] <= 2_097_152, "bad-range")
    need(1 <= len(d["payload"]) <= 65_494 and d["offset"] + len(d["payload"]) <= d["total"], "bad-length")
    return d


REASONS = {1: "NoRoute", 2: "Busy", 3: "NotYet", 4: "Expired", 5: "Policy", 7: "TooBig", 8: "Quota", 9: "Bad"}


def decode_nack(body):
    r = Reader(body)
    nack = {"token": r.u(4), "reason": REASONS.get(r.u(1)), "retryMs": r.u(2), "bytesAllowed": r.u(4)}
    r.end()
    need(nack["token"] and nack["reason"], "bad-range")
    return nack


def decode_announce(body):
    r = Reader(body)
    rank, routes = r.u(1), []
    need(rank <= 254, "bad-rank")
    for _ in range(r.u(1)):
        route, proof = {"kind": r.u(1), "key": r.take(32), "lifetimeS": r.u(2), "cost": r.u(1)}, r.lp8()
        if route["kind"] <= 1:
            need(not proof and route["cost"] <= 254, "bad-range")
            routes.append(route)
        if route["kind"] == 2:
            need(route["cost"] <= 254, "bad-range")
            routes.append({**route, "proof": proof})
    r.end()
    return {"rank": rank, "routes": routes}


def verify_proof(device, proof):
    """Until when the device wants to be found, as it has signed."""
    r = Reader(proof)
    until, signature = r.u(8), r.take(64)
    r.end()
    verify("announce", device, device + u(until, 8), signature)
    return until


def decode_udp(body):
    r = Reader(body)
    udp = {"port": r.u(2), "cookie": r.take(16)}
    r.end()
    return udp


def decode_observed(body):
    r = Reader(body)
    address, port = r.take(16), r.u(2)
    r.end()
    need(port, "bad-range")
    return {"address": address[12:] if address[:12] == bytes(10) + b"\xff\xff" else address, "port": port}


def decode_label_frame(body):
    r = Reader(body)
    label = {"channel": r.u(4), "index": r.u(4), "label": r.u(4)}
    r.end()
    need(label["channel"] and label["index"], "bad-range")
    return label


# Section 11

PLACES = {"own": 1, "kept": 2, "cache": 3}


def decode_record(place, data):
    r = Reader(data)
    need(r.take(4) == b"RNL1", "bad-type")
    length, checksum = r.u(4), r.take(16)
    need(1 <= length <= 16_777_216, "bad-range")
    items = r.rest()
    need(len(items) == length, "bad-length")
    need(H(u(PLACES[place], 1), u(length, 4), items)[:16] == checksum, "bad-checksum")
    r, decoded = Reader(items), []
    while r.left:
        kind, body = r.u(1), Reader(r.take(r.u(4)))
        decoded.append(_item(place, kind, body))
        body.end()
    return decoded


def record_length(data):
    """Bytes of the record that begins here, or 0 for none."""
    return 24 + int.from_bytes(data[4:8], "big") if data[:4] == b"RNL1" else 0


def _seen(b):
    return {"ageS": b.u(4), "seenMs": b.u(8)}


def _item(place, kind, b):
    if kind == 1:
        item = {"type": "chunk", "name": b.take(32), "bytes": b.rest()}
        need(1 <= len(item["bytes"]) <= MAX_CHUNK, "bad-length")
    elif kind == 2:
        item = {"type": "run", "log": b.take(32), "position": b.u(2), "bytes": b.rest()}
        need(place == "own" and item["position"] >= 1, "bad-range")
    elif kind == 3:
        item = {"type": "head", **_seen(b), "headBytes": b.take(207)}
        if place != "own":
            item["page"] = b.rest()
    elif kind == 4:
        item = {"type": "name", **_seen(b), "certificateBytes": b.rest()}
    elif kind == 5:
        item = {"type": "card", **_seen(b), "headBytes": b.take(181)}
    elif kind == 6:
        item = {"type": "value", "key": utf8(b.lp16(1_024)), "bytes": b.rest()}
        need(item["key"] and len(item["bytes"]) <= 1_048_576, "bad-length")
    elif kind == 7:
        item = {"type": "forget", "name": b.take(32)}
    else:
        need(kind == 8, "bad-type")
        item = {"type": "fork"}
        for which in ("first", "second"):
            item[which] = {"headBytes": b.lp16(), "page": b.lp16()}
    return item


def decode_stream_packet(source, destination, packet):
    """Section 22: the frames, each of which decodes."""
    need(checksum(source, destination, packet) == bytes(2), "bad-checksum")
    r = Reader(packet)
    need(r.u(1) == 1, "bad-version")
    count, _, frames = r.u(1), r.u(2), []
    need(1 <= count <= 16, "bad-count")
    for _ in range(count):
        frames.append({"type": r.u(1), "flags": r.u(1), "body": r.take(r.u(2))})
        decode = {0x10: lambda body: decode_interest(body, True), 0x11: decode_data, 0x12: decode_nack}
        need(frames[-1]["type"] in decode, "bad-type")
        decode[frames[-1]["type"]](frames[-1]["body"])
    r.end()
    return frames
