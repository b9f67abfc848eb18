"""Streams made by hand, right and wrong, and a link that answers with them."""

from layouts import EMPTY_ROOT, decode_page, encode_directory, encode_run, head_answer_rest
from primitives import H, KDF, encode_text, file_scope, lp8, lp16, public_key, run_scope, seal, sign, u
from runnel.link import Nacked, now_ms

RUNG, DEVICE, LOG = (bytes([n]) * 32 for n in (1, 4, 5))
LADDER = bytes([1, 1]) + KDF("runnel v1 rung", public_key(RUNG))
NAME = KDF("runnel v1 name", LADDER)
NAME_TEXT = encode_text(0, NAME)
FILES = file_scope(None)


class Forged:
    """A link whose other side has one name with one log; a test changes what it likes before it asks."""

    def __init__(self):
        self.chunks, self.heads, self.others, self.flags = {}, {}, (b"", b""), 0
        self.devices, self.closings, self.time, self.bytes_read, self.dropped = [DEVICE], bytes(32), now_ms(), 0, {}
        self.records = [self.stream("main", LOG)]

    def put(self, chunk):
        self.chunks[H(chunk)] = chunk
        return H(chunk)

    def signed(self, kind, seed, body):
        return body + sign(kind, seed, body)

    def stream(self, label, log, time=None, member=None):
        key, text = public_key(log), lp8(label.encode())
        member = sign("member", member or log, NAME + public_key(DEVICE) + b"\0" + text)
        body = u(self.time if time is None else time, 8) + text + key + b"\0" + member
        return b"\1" + lp16(body)

    def certificate(self, serial=1):
        keys = b"".join(map(public_key, self.devices))
        body = lp16(LADDER) + b"\0" + u(serial, 4) + public_key(RUNG) + u(self.time, 8) + u(len(self.devices), 1)
        return self.signed("cert", RUNG, body + keys + self.closings)

    def card_head(self, card, device=DEVICE, time=None):
        body = b"\2" + NAME + public_key(device) + u(1, 8) + H(card) + u(time or self.time, 8) + u(300, 4)
        return self.signed("card", device, body)

    def name_answer(self):
        card = b"\6" + b"".join(self.records)
        return lp16(self.certificate()) + lp16(self.card_head(card)) + lp16(card)

    def head(self, page, closed=0, root=EMPTY_ROOT, sums=(0, 0), more=(0, 0), time=None, log=LOG, length=None):
        p = decode_page(page)
        length = closed + p["entries"] if length is None else length
        body = b"\1" + public_key(log) + u(length, 8) + u(sums[0] + p["bytes"] + more[0], 8)
        body += u(sums[1] + p["reachable"] + more[1], 8) + u(closed, 8) + root + H(page) + u(len(page), 2)
        head = self.signed("head", log, body + u(time or self.time, 8) + u(300, 4))
        self.heads[public_key(log)] = (head, page)
        return head

    def lines(self, *texts, first=0, log=LOG):
        return encode_run(run_scope(public_key(log), None), first, [(self.time, 0, text) for text in texts])

    def site(self, kind, id, name, size, reachable, note_files, note_bytes=None):
        """A page with one site entry, and its head."""
        note_bytes = size if note_bytes is None else note_bytes
        note = b"\1" + u(note_files, 8) + u(note_bytes, 8) + u(0o755, 2) + bytes(12) + b"\0"
        entry = (self.time, 3, id + b"\0" + u(kind, 1) + u(size, 8) + note)
        page = b"\1" + encode_run(run_scope(public_key(LOG), None), 0, [entry], [(name, reachable)])
        self.head(page)

    def site_bytes(self, root, child=0):
        """The bytes of a site entry for a folder of one file."""
        reference = root["id"] + u(child, 1) + b"\1" + u(root["bytes"], 8)
        return reference + b"\1" + u(1, 8) + u(root["bytes"], 8) + u(0o755, 2) + bytes(12) + b"\0"

    def part(self, text):
        """(name, id) of a part."""
        id, sealed = seal(FILES, 3, b"", text)
        return self.put(b"\3" + sealed), id

    def node(self, level, children):
        """(name, id) of a node; children: (name, id, bytes)."""
        id, sealed = seal(FILES, 4, b"", b"".join(child[1] + u(child[2], 8) for child in children))
        names = b"".join(child[0] for child in children)
        return self.put(b"\4" + u(level, 1) + u(len(children), 2) + names + id + sealed), id

    def file(self, name, text, **other):
        child, id = self.part(text)
        item = {"kind": "file", "name": name, "mode": 0o644, "bytes": len(text), "child": child, "id": id}
        return {**item, "reachable": len(text) + 1, **other}

    def directory(self, name, items, **other):
        id, chunk, reachable = encode_directory(FILES, items)
        item = {"kind": "directory", "name": name, "mode": 0o755, "child": self.put(chunk), "id": id}
        return {**item, "bytes": sum(i.get("bytes", 0) for i in items), "reachable": reachable, **other}

    def folder(self, items, files=None, more_reachable=0, **other):
        root = self.directory("", items, **other)
        files = len(items) if files is None else files
        self.site(1, root["id"], root["child"], root["bytes"], root["reachable"] + more_reachable, files)

    async def ask(self, kind, key, question, answer_bytes, flags=0):
        if kind == 1:
            payload = self.name_answer()
        elif kind == 2 and key in self.heads:
            head, page = self.heads[key]
            rest = head_answer_rest(page, int.from_bytes(question[:8], "big"), question[8:40])
            payload = lp16(head) + lp16(self.others[0]) + lp16(self.others[1]) + rest
        elif kind == 3 and key in self.chunks:
            payload = self.chunks[key]
        else:
            raise Nacked("NoRoute", 0)
        return {"payload": payload, "flags": self.flags, "hops": 1, "ageS": 0}
