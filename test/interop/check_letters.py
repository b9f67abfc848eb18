"""Checks of what came with conversations: a log that is followed (section 10.10), channels and sessions (10.11, 10.12),
custody (19) and letters (20)."""

import conversations as t
import custody as c
import inbox as i
import layouts as l
from checks import agrees, b, refuses, same
from fields import decode, decode_message, encode, encode_message
from primitives import *

DECODERS = {0x10: l.decode_interest, 0x11: l.decode_data, 0x12: l.decode_nack}


def live(frames, log):
    """The frames of one row, in order: what the asker has is what it was given last."""
    held, given, had, row = b"\1", 0, bytes(32), None
    for each in frames:
        body = b(each["body"])
        said = DECODERS[each["type"]](body)
        agrees(said, each, "body", "from", "says", "type", "flags")
        row = row or each["token"]
        same(said["token"], row, "the token of the row")
        if each["type"] == 0x10:
            same([each["flags"], said["kind"], said["key"], said["lifetimeMs"]], [0x11, 2, log, 60_000])
            same((said["question"]["haveLength"], said["question"]["haveOpenPage"]), (given, had), "what the asker has")
        elif each["type"] == 0x11:
            came, fork = l.verify_head_answer(log, said["payload"], held, 2**52)
            same(fork, None)
            rest = l.head_answer_rest(came["page"], given, had)
            same(said["payload"], lp16(came["body"] + came["signature"]) + bytes(4) + rest)
            held, given, had = came["page"], came["length"], came["openPage"]
    same([each["reason"] for each in frames if each["type"] == 0x12], ["Expired", "TooBig"])


def channels(frames):
    for each in frames:
        layout, body = t.FRAMES[each["type"]], b(each["body"])
        said = decode(layout, body)
        agrees(said, each, "body", "type", "flags")
        same(encode(layout, said), body)
        refuses("too-short", decode, layout, body[:4])
        refuses("bad-range", decode, layout, bytes(4) + body[4:])
    same({each["type"] for each in frames}, set(t.FRAMES))
    same([each["reason"] for each in frames if each["type"] == 0x1C], [*list(t.REASONS.values())[:8], "Unknown255"])
    same([each["flags"] for each in frames if each["type"] == 0x18], [0, 8])


def session(v, certificate, channel_frames):
    seeds = {name: b(seed) for name, seed in v["seeds"].items()}
    devices = {side: public_key(seeds[side]) for side in ("initiator", "responder")}
    for layout, key in ((t.CALL, "calls"), (t.ANSWER, "answers")):
        for each in v[key]:
            payload = b(each["payload"])
            said = decode(layout, payload)
            agrees(said, each, "payload")
            same(encode(layout, said), payload)
            refuses("trailing", decode, layout, payload + b"\0")
            need(each["certificate"] in ("", certificate), "a certificate from elsewhere")
    same(v["calls"][0]["device"], devices["initiator"].hex())
    same([each["status"] for each in v["answers"][:-1]], list(t.STATUS.values()))
    same(b(v["prologue"]), b"runnel v1 session" + devices["responder"])
    known = montgomery_public(devices["responder"])
    initiator, responder = [
        Handshake(montgomery_private(seeds[side]), seeds[side + "Ephemeral"], known, side == "initiator", b(v["prologue"]))
        for side in devices
    ]
    same(responder.read1(b(v["message1"])).hex(), v["calls"][0]["payload"])
    same(responder.rs, montgomery_public(devices["initiator"]))
    same(initiator.write1(b(v["calls"][0]["payload"])).hex(), v["message1"])
    same(responder.write2(b(v["answers"][0]["payload"])).hex(), v["message2"])
    same(initiator.read2(b(v["message2"])).hex(), v["answers"][0]["payload"])
    keys = dict(zip(devices, initiator.split()))
    same([key.hex() for key in keys.values()], [v["initiatorKey"], v["responderKey"]])
    same({each["message"] for each in channel_frames if "message" in each}, {v["message1"], v["message2"]})
    counters = dict.fromkeys(devices, 0)
    for each in v["records"]:
        same(each["counter"], counters[each["from"]])
        counters[each["from"]] += 1
        record = open_record(keys[each["from"]], each["counter"], b(each["sealed"]))
        same(record.hex(), each["record"])
        said = decode(t.RECORD, record)
        agrees(said["said"], each, "from", "counter", "record", "sealed")
        same(encode(t.RECORD, said), record)
    same({each["kind"] for each in v["records"]}, {"data", "end", "ack", "ping", "pong", "reset"})
    same((v["records"][0]["from"], v["records"][0]["kind"]), ("initiator", "ack"))


def custody(v):
    head = None
    for each in v["messages"]:
        data = b(each["encoded"])
        said = decode_message(c.MESSAGES, data)
        agrees(said, each, "encoded")
        same(encode_message(c.MESSAGES, said), data)
        refuses("trailing", decode_message, c.MESSAGES, data + b"\0")
        refuses("too-short", decode_message, c.MESSAGES, data[:-1])
        if each["type"] == "offer":
            head = l.verify_head(l.decode_head(said["headBytes"])["log"], said["headBytes"], said["page"], 2**52)
            offered = said["headBytes"]
        if each["type"] == "receipt":
            receipt = c.verify_receipt(data[5:])
            same([receipt["head"], receipt["log"], receipt["bytes"]], [H(offered), head["log"], head["reachable"]])
            same(receipt["custodian"], public_key(b"\7" * 32))
            same(sign("receipt", b"\7" * 32, c.receipt_body(receipt)), receipt["signature"])
        if each["type"] == "listed":
            logs = [listed["log"] for listed in said["listed"]]
            same(logs, sorted(logs))
    p = v["proof"]
    same(c.proof(b(p["nonce"]), b(p["custodian"]), b(p["chunk"])).hex(), p["proof"])


def inbox(v, names):
    envelope, devices = b(v["envelope"]), {each["device"]: each["key"] for each in v["devices"]}
    same([H(envelope).hex(), v["inbox"]], [v["id"], names["ladder"]["name"]])
    e = i.open_envelope(envelope)
    agrees(e, {"inbox": v["inbox"], "class": v["class"]})
    same([each["device"].hex() for each in e["recipients"]], list(devices))
    for to, seed, ephemeral in zip(e["recipients"], (41, 42), v["ephemeral"], strict=True):
        private = bytes([seed]) * 32
        same([x25519_public(private).hex(), x25519_public(b(ephemeral))], [devices[to["device"].hex()], to["enc"]])
        same(i.unwrap(e, to["device"], private).hex(), v["contentKey"])
    text = i.open_letter(e, b(v["contentKey"]))
    same(text.hex(), v["letter"])
    same(i.class_of(len(text)), v["class"])
    letter = i.verify_letter(e, text)
    same([letter["sender"].hex(), letter["device"].hex()], [v["sender"]["name"], v["sender"]["device"]])
    for ticket in letter["tickets"]:
        same(ticket["inbox"], letter["sender"])
        verify("ticket", ticket["device"], encode(i.TICKET[:-1], ticket), ticket["signature"])
    refuses("bad-seal", i.open_letter, {**e, "front": e["front"][:-1] + b"\0"}, b(v["contentKey"]))
    refuses("bad-signature", i.verify_letter, {**e, "inbox": bytes(32)}, text)
    refuses("bad-signature", i.verify_letter, {**e, "recipients": e["recipients"][:1]}, text)
    refuses("bad-length", i.open_envelope, envelope + b"\0")
    ticket = decode(i.TICKET, b(v["ticket"]["bytes"]))
    verify("ticket", ticket["device"], b(v["ticket"]["bytes"])[:-64], ticket["signature"])
    same([ticket["inbox"].hex(), ticket["untilMs"]], [v["inbox"], v["ticket"]["untilMs"]])
    puzzle = v["puzzle"]
    solved = i.puzzle_bits(b(v["inbox"]), puzzle["day"], v["class"], envelope, puzzle["nonce"])
    same(solved >= 16, True, "16 bits")
    other = i.puzzle_bits(b(v["devices"][0]["device"]), puzzle["day"], v["class"], envelope, puzzle["nonce"])
    same(other >= 16, False, "for any inbox")
    receipt = decode(i.RECEIPT, b(v["receipt"]["bytes"]))
    agrees(receipt, v["receipt"], "bytes")
    same([receipt["envelope"].hex(), receipt["bytes"]], [v["id"], len(envelope)])
    verify("receipt", receipt["custodian"], b(v["receipt"]["bytes"])[:-64], receipt["signature"])
    [record] = l.decode_card(b(v["card"]))
    agrees(record, {"type": "inbox", "key": v["devices"][0]["key"], "custodians": [v["receipt"]["custodian"]]})
    inbox_messages(v["messages"])
    for layout, bytes_ in ((i.BOX, b(v["box"])), (i.SHELF, b(v["shelf"]))):
        same(encode(layout, decode(layout, bytes_)), bytes_)
        refuses("trailing", decode, layout, bytes_ + b"\0")


def inbox_messages(messages):
    for each in messages:
        data = b(each["bytes"])
        said = decode_message(i.MESSAGES, data)
        same([said["type"], encode_message(i.MESSAGES, said)], [each["type"], data])
        refuses("trailing", decode_message, i.MESSAGES, data + b"\0")
        refuses("too-short", decode_message, i.MESSAGES, data[:-1])
    same({each["type"] for each in messages}, {word for word, _ in i.MESSAGES.values()})
