"""Links (section 2) and the logs that a name's cards list for a label (sections 4.3, 6.6 and 6.7)."""

import re

from layouts import CLOCK_AHEAD_MS, decode_card, decode_card_head, decode_closings, decode_label
from layouts import open_stream_record, verify_member
from primitives import H, Refused, decode_text, need
from runnel.link import now_ms

NAME, LOG, DEVICE, SECRET = range(4)


def parse_link(text):
    """(kind, key, label, secret, path)"""
    end = min([at for at in (text.find("+"), text.find("/")) if at >= 0], default=len(text))
    front, back = text[:end], text[end:]
    label = None
    if "." in front:
        label, front = front.rsplit(".", 1)
        decode_label(label.encode())
    kind, key = decode_text(front)
    need(kind == NAME or (kind == LOG and label is None), "bad-kind")
    secret = None
    if back.startswith("+"):
        end = back.find("/") if "/" in back else len(back)
        secret_kind, secret = decode_text(back[1:end])
        need(secret_kind == SECRET, "bad-kind")
        back = back[end:]
    back = back[:-1] if back.endswith("/") else back
    path = back[1:].encode().split(b"/") if back else []
    need(len(path) <= 128, "too-many")
    for name in path:
        need(1 <= len(name) <= 255 and b"\0" not in name and name not in (b".", b".."), "bad-path")
    return kind, key, "main" if kind == NAME and label is None else label, secret, path


def parse_neighbour(text):
    match = re.fullmatch(r"([^@]*)@(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})", text)
    need(match, "bad-neighbour")
    kind, device = decode_text(match[1])
    need(kind == DEVICE and 1 <= int(match[4]) <= 65_535, "bad-neighbour")
    return device, match[2] or match[3], int(match[4])


def logs_of_card(name, device, chunk, label, secret):
    """The log that this device's card lists for the label, or None: the newest that counts, of equals the first."""
    listed = []
    for record in decode_card(chunk):
        if secret and record["type"] == "sealed":
            try:
                record = open_stream_record(secret, record)
            except Refused:
                continue
        elif secret or record["type"] != "stream":
            continue
        if record["label"] == label and record["timeMs"] <= now_ms() + CLOCK_AHEAD_MS:
            listed.append(record)
    for record in sorted(listed, key=lambda record: -record["timeMs"])[:4]:
        try:
            verify_member(name, device, record)
        except Refused:
            continue
        return record["log"]
    return None


async def logs_of(upstream, name, certificate, cards, label, secret):
    """{log key: closing or None} of a stream."""
    logs, closed = {}, {}
    if certificate["closings"] != bytes(32):
        devices = decode_closings(await upstream.chunk(certificate["closings"], name))
        closed = {log["log"]: log for device in devices for log in device["logs"]}
        for device in devices:
            if device["cardHead"]:
                card = await upstream.chunk(decode_card_head(device["cardHead"])["chunk"], name)
                log = logs_of_card(name, device["device"], card, label, secret)
                if log in closed:
                    logs[log] = closed[log]
    for device, (head, chunk) in cards.items():
        need(H(chunk) == head["chunk"], "bad-hash")
        log = logs_of_card(name, device, chunk, label, secret)
        if log:
            logs[log] = closed.get(log)
    return logs
