"""Makes again what came with conversations: a log that is followed (section 10.10), channels and sessions (10.11, 10.12),
custody (19) and letters (20)."""

import conversations as t
import custody as c
import encoders as e
import inbox as i
import layouts as l
from fields import decode, decode_message, encode, encode_message
from making import b, raw
from primitives import *

LOG_SEED, SECRET = b"\5" * 32, b"\6" * 32
ENCODERS = {0x10: e.interest, 0x11: e.data, 0x12: e.nack}


def again(held, answer):
    """The state that an answer brings: its entries and what is closed go in, the runs, the page and the head are made."""
    log = public_key(LOG_SEED)
    came, _ = l.verify_head_answer(log, answer, held, 2**52)
    w = e.Writer(LOG_SEED, SECRET, came["maxAgeS"])
    w.length = came["closedLength"]
    for run in l.decode_page(came["page"])["runs"]:
        w.append([(each["timeMs"], each["flags"], each["bytes"]) for each in l.open_run(w.K, run)])
    closed = {key: came[key] for key in ("closedRoot", "closedLength", "bytes", "reachable")} if came["closedLength"] else {}
    fields, body = w.head(came["timeMs"], closed)
    return came["length"], w.page, body + fields["signature"]


def live(frames):
    have, held = (0, bytes(32)), b"\1"
    for each in frames.each():
        said = raw({key: value for key, value in each.file.items() if key not in ("from", "says")})
        if each["type"] == 0x11:
            length, held, head = again(held, said["payload"])
            said["payload"] = lp16(head) + bytes(4) + l.head_answer_rest(held, *have)
            each.is_(payload=said["payload"])
            have = length, H(held)
        each.is_(body=ENCODERS[each["type"]](said))


def channels(frames, messages):
    for each in frames.each():
        said = raw({key: value for key, value in each.file.items() if key not in ("type", "body")})
        if "message" in said:
            said["message"] = messages[0 if each["type"] == 0x18 else 1]
            each.is_(message=said["message"])
        each.is_(body=encode(t.FRAMES[each["type"]], said))


def session(v, certificate):
    """Gives both messages of the handshake."""
    seeds = raw(v["seeds"].file)
    devices = {side: public_key(seeds[side]) for side in ("initiator", "responder")}
    payloads = {"calls": [], "answers": []}
    for layout, key in ((t.CALL, "calls"), (t.ANSWER, "answers")):
        for each in v[key].each():
            said = raw(each.file) | ({"device": devices["initiator"]} if key == "calls" else {})
            said |= {"certificate": certificate if each["received"] else b""}
            payloads[key].append(encode(layout, said))
            each.is_(payload=payloads[key][-1], certificate=said["certificate"])
            if key == "calls":
                each.is_(device=said["device"])
    prologue, known = b"runnel v1 session" + devices["responder"], montgomery_public(devices["responder"])
    first, second = [
        Handshake(montgomery_private(seeds[side]), seeds[side + "Ephemeral"], known, side == "initiator", prologue)
        for side in devices
    ]
    messages = [first.write1(payloads["calls"][0])]
    second.read1(messages[0])
    messages.append(second.write2(payloads["answers"][0]))
    first.read2(messages[1])
    keys, counters = dict(zip(devices, first.split())), dict.fromkeys(devices, 0)
    v.is_(prologue=prologue, message1=messages[0], message2=messages[1])
    v.is_(**{side + "Key": key for side, key in keys.items()})
    for each in v["records"].each():
        side = each["from"]
        record = encode(t.RECORD, {"said": raw(each.file)})
        each.is_(counter=counters[side], record=record, sealed=seal_record(keys[side], counters[side], record)[2:])
        counters[side] += 1
    return messages


def receipt(layout, seed, fields):
    fields = {**fields, "custodian": public_key(seed)}
    return {**fields, "signature": sign("receipt", seed, encode(layout[:-1], fields))}


def custody(v):
    for each in v["messages"].each():
        said = raw({key: value for key, value in each.file.items() if key != "encoded"})
        said |= {key: each.file[key] for key in ("type", "reason", "text") if key in each.file}
        if said["type"] == "offer":
            _, _, said["headBytes"] = again(b"\1", lp16(said["headBytes"]) + bytes(4) + said["page"])
            each.is_(headBytes=said["headBytes"])
            offered = said
        if said["type"] == "receipt":
            kept = {"head": H(offered["headBytes"]), "log": public_key(LOG_SEED), "bytes": len(offered["page"])}
            said["receipt"] = receipt(c.RECEIPT, b"\7" * 32, {**kept, "untilMs": said["receipt"]["untilMs"]})
            each.is_(receipt=said["receipt"])
        each.is_(encoded=encode_message(c.MESSAGES, said))
    p = v["proof"]
    p.is_(proof=c.proof(b(p["nonce"]), b(p["custodian"]), b(p["chunk"])))


def sender(time):
    """(name, CERT, device's seed) of who wrote the letter."""
    rungs, device = [b"\x2c" * 32, b"\x2d" * 32], b"\x2e" * 32
    ladder = e.ladder(rungs)
    body = e.certificate_body(ladder, 0, time // 1_000, public_key(rungs[0]), time, [public_key(device)], bytes(32))
    return KDF("runnel v1 name", ladder), body + sign("cert", rungs[0], body), device


def inbox(v, seeds):
    time, until = seeds["timeMs"], v["ticket"]["untilMs"]
    ladder = e.ladder(seeds["rungs"])
    name, owners, keeper = KDF("runnel v1 name", ladder), [seeds["device"], seeds["secondDevice"]], b"\x2b" * 32
    to = [(public_key(owner), x25519_public(bytes([seed]) * 32)) for owner, seed in zip(owners, (0x29, 0x2A))]
    v.is_(inbox=name, devices=[{"device": device, "key": key} for device, key in to])
    record = {"timeMs": time, "key": to[0][1], "fromMs": time, "untilMs": time + 7 * 86_400_000}
    v.is_(card=e.card([(3, e.inbox({**record, "custodians": [public_key(keeper)]}))]))
    who, certificate, device = sender(time)
    v["sender"].is_(name=who, device=public_key(device))
    own = decode(i.TICKET, i.make_ticket(who, public_key(device), device, u(2, 4) + bytes(12), until))
    letter = {"sender": who, "certificate": certificate, "device": public_key(device), "timeMs": time, "id": b"\7" * 16}
    letter |= {"kind": 0, "subject": "greeting", "body": b"hello", "tickets": [own]}
    letter |= {"files": [{"name": "photo.jpg", "bytes": 5, "link": "a-link"}]}
    envelope, text = i.seal_envelope(name, to, device, letter, b(v["contentKey"]), [b(each) for each in v["ephemeral"].file])
    v.is_(letter=text, envelope=envelope, id=H(envelope), **{"class": i.class_of(len(text))})
    ticket = i.make_ticket(name, to[0][0], owners[0], u(1, 4) + bytes(12), until)
    v["ticket"].is_(bytes=ticket)
    v["puzzle"].is_(nonce=i.solve(name, v["puzzle"]["day"], v["class"], envelope, 16))
    kept = {"envelope": H(envelope), "bytes": len(envelope), "untilMs": v["receipt"]["untilMs"], "kind": 0}
    kept = receipt(i.RECEIPT, keeper, kept)
    v["receipt"].is_(bytes=encode(i.RECEIPT, kept), custodian=public_key(keeper))
    # Who certifies both devices: the second of the four certificates that are made of name.seeds.
    body = e.certificate_body(ladder, 0, time // 1_000, public_key(seeds["rungs"][0]), time, [each for each, _ in to], bytes(32))
    certificate = body + sign("cert", seeds["rungs"][0], body)
    for each in v["messages"].each():
        said = decode_message(i.MESSAGES, b(each["bytes"]))
        parts = {"receipt": kept, "inbox": name, "certificate": certificate, "receipts": [kept]}
        said |= {key: part for key, part in parts.items() if key in said}
        if said.get("admission", {}).get("kind") == "ticket":
            said["admission"] |= decode(i.TICKET, ticket)
        each.is_(bytes=encode_message(i.MESSAGES, said))
    box = decode(i.BOX, b(v["box"]))
    shelf = decode(i.SHELF, b(v["shelf"]))
    shelf["envelopes"][0] |= {"id": H(envelope), "bytes": len(envelope), "receipts": [kept]}
    v.is_(box=encode(i.BOX, {**box, "certificate": certificate}), shelf=encode(i.SHELF, shelf))
