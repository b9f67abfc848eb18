"""Makes docs/vectors.json again from what goes into it, which it holds itself: seeds, times, plaintexts, numbers.

    python3 make_vectors.py [VECTORS.json]

Every value of the file is made and compared byte for byte, or it is named below: INPUTS go into others, CHECKED are not
made here (check_vectors.py checks them). Prints what differs, and ends with 1 then. See README.md.
"""

import ipaddress
import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import cutter
import encoders as e
import layouts as l
import make_letters
import make_packets
from making import Vectors, b, differs, leaves, made, raw, section, sections
from primitives import *

INPUTS = r"""
name\.seeds\..* | name\.text\.\d+\.kind | name\.refusedTexts\.\d+\.text | name\.addresses\.\d+\.kind
name\.links\.\d+\.(target|key|label|secret|path.*) | name\.neighbours\.\d+\.(device|host|port)
name\.signature\.(type|seed|body)
name\.certificates\.(ascending|joint\.of)\.\d+\.(k|serial|timeMs|devices.*|closings)
name\.card\.(stream|sealedStream)\.(label|visibility) | name\.card\.hint\.petname
name\.cardHead\.(version|timeMs|maxAgeS) | name\.closings\.devices\.\d+\.(device|logs.*) | name\.nameAnswers\.\d+\.have.*
log\.(seed|secret) | log\.entries\..* | log\.reference\.(child|id|kind|bytes|reachable)
log\.note\.(?!encoded).* | log\.runs\.\d+\.children\.\d+\.name | log\.heads\.\d+\.(timeMs|maxAgeS)
log\.closing\.appended\..* | log\.closing\.head\.(timeMs|maxAgeS) | log\.tree\.(level|children.*) | log\.answers\..*\.have.*
files\.\w+\.(secret|part\.plaintext|emptyFile\.plaintext|node\.bytes|splitDirectory\.files)
files\.\w+\.(directory|emptyDirectory)\.items.*
link\.seeds\..* | link\.hellos\.\d+\.(?!bytes|device).* | link\.handshake\.(prologue|records\.\d+\.(from|frames))
link\.frameHeaders\.\d+\.(?!header).*
forward\.interests\.\d+\.(?!body).* | forward\.data\.\d+\.(?!body).* | forward\.nacks\.\d+\.(?!body).*
forward\.(udp|observed|labels)\.\d+\.(?!body).* | forward\.packets\.\d+\.(from|to|frames).*
forward\.announces\.\d+\.(?!body|routes\.\d+\.proof).* | forward\.live\.\d+\.(?!body|payload).*
forward\.channels\.\d+\.(?!body|message).* | session\.seeds\..* | session\.(calls|answers)\.\d+\.(?!payload|device|certificate).*
session\.records\.\d+\.(?!record|sealed|counter).*
custody\.messages\.\d+\.(type|request|wantUntilMs|page|name|reason|retryS|text|bytes|ofBytes|log|nonce|names.*|proofs.*|after|listed.*)
custody\.messages\.\d+\.receipt\.untilMs | custody\.proof\.(nonce|custodian|chunk)
inbox\.contentKey | inbox\.ephemeral\.\d | inbox\.ticket\.untilMs | inbox\.receipt\.untilMs | inbox\.puzzle\.day
inbox\.messages\.\d+\.type | packet\.index | packet\.keys\.(generation|secrets\..*)
packet\.messages\.\d+\.(?!encoded|ephemeral).* | packet\.probes\.\d+\.(?!encoded).* | store\.records\.\d+\.(?!bytes).* | store\.segment\.place
api\.(client|node)\.\d+\.says.* | api\.itemCosts\.\d+\.item.*
"""
CHECKED = r"""
name\.ladder\.phrases.* | signature\..* | forward\.(types|interestFlags|dataFlags)\..*
"""

@section
def names(v):
    v = v["name"]
    seeds = raw(v["seeds"].file)
    time, device, log = seeds["timeMs"], public_key(seeds["device"]), public_key(seeds["log"])
    ladder = e.ladder(seeds["rungs"])
    name = KDF("runnel v1 name", ladder)
    keys = [public_key(seed) for seed in seeds["rungs"]]
    rungs = [KDF("runnel v1 rung", key) for key in keys]
    v["ladder"].is_(publicKeys=keys, rungs=rungs, bytes=ladder, name=name)
    for each in v["text"].each():
        value = (name, log, device, seeds["secret"])[each["kind"]]
        each.is_(bytes=value, text=encode_text(each["kind"], value))
    for each in v["refusedTexts"].each():
        try:
            decode_text(each["text"])
        except Refused as refused:
            each.is_(reason=str(refused))
    for each, key in zip(v["addresses"].each(), (device, name + b"main", log), strict=True):
        made_ = address(each["kind"], key)
        each.is_(key=key, address=made_, text=str(ipaddress.ip_address(made_)))
    for each in v["links"].each():
        parts = {**each.file, "key": b(each["key"]), "secret": each["secret"] and b(each["secret"])}
        each.is_(text=e.link(**{key: parts[key] for key in ("target", "key", "label", "secret", "path")}))
    for each in v["neighbours"].each():
        each.is_(text=e.neighbour(b(each["device"]), each["host"], each["port"]))
    s = v["signature"]
    message = signed_message(s["type"], b(s["body"]))
    signature = sign(s["type"], b(s["seed"]), b(s["body"]))
    s.is_(publicKey=public_key(b(s["seed"])), message=message, signature=signature)
    certificates = []
    for each in v["certificates"]["ascending"].each():
        c = raw(each.file)
        rung = keys[c["k"]]
        body = e.certificate_body(ladder, c["k"], c["serial"], rung, c["timeMs"], c["devices"], c["closings"])
        signature = sign("cert", seeds["rungs"][c["k"]], body)
        certificates.append(body + signature)
        each.is_(rungKey=rung, signature=signature, bodyHash=H(body), bytes=body + signature)
    of = []
    for each in v["certificates"]["joint"]["of"].each():
        c = raw(each.file)
        rung = keys[c["k"]]
        body = e.certificate_body(ladder, c["k"], c["serial"], rung, c["timeMs"], c["devices"], c["closings"])
        signature = sign("cert", seeds["rungs"][c["k"]], body)
        of.append(l.decode_certificate(body + signature))
        each.is_(rungKey=rung, signature=signature, bodyHash=H(body), bytes=body + signature)
    joint = e.joint_certificate(ladder, *of)
    rung = keys[joint["k"]]
    body = e.certificate_body(ladder, joint["k"], joint["serial"], rung, joint["timeMs"], joint["devices"], joint["closings"])
    signature = sign("cert", seeds["rungs"][joint["k"]], body)
    v["certificates"]["joint"]["joint"].is_(
        **joint, rungKey=rung, signature=signature, bodyHash=H(body), bytes=body + signature
    )
    scope = {"filesPublic": file_scope(None), "filesUnlisted": file_scope(seeds["secret"]), "cards": card_scope(seeds["secret"])}
    scope |= {"runsPublic": run_scope(log, None), "runsUnlisted": run_scope(log, seeds["secret"])}
    v["scopes"].is_(**scope)
    card, (head, head_bytes) = cards(v, seeds, name)
    devices = raw(v["closings"]["devices"].file)
    devices[0]["cardHead"] = head_bytes
    v["closings"]["devices"][0].is_(cardHead=head_bytes)
    v["closings"]["devices"][1].is_(cardHead=b"")
    chunk = e.closings([{**each, "cardHead": each["cardHead"] or b""} for each in devices])
    v["closings"].is_(chunk=chunk, chunkName=H(chunk))
    certificate = l.decode_certificate(certificates[0])
    for each in v["nameAnswers"].each():
        have = each["have"].file
        each.is_(payload=l.encode_name_answer(certificates[0], certificate, [(head, head_bytes, card)], have))


def cards(v, seeds, name):
    time, device, log = seeds["timeMs"], public_key(seeds["device"]), public_key(seeds["log"])
    bodies = []
    for key in ("stream", "sealedStream"):
        s = v["card"][key]
        body = e.stream_body(name, seeds["device"], seeds["log"], time, s["label"], s["visibility"])
        member = e.member_body(name, device, s["visibility"], s["label"])
        s.is_(log=log, memberBody=member, signature=body[-64:])
        bodies.append(body)
    id, sealed = e.sealed_stream(seeds["secret"], bodies[1])
    v["card"]["sealedStream"].is_(id=id, sealed=sealed)
    card = e.card([(1, bodies[0]), (2, id + sealed), (5, e.hint(time, v["card"]["hint"]["petname"]))])
    v["card"].is_(chunk=card, chunkName=H(card))
    h = v["cardHead"]
    body = e.card_head_body(name, device, h["version"], H(card), h["timeMs"], h["maxAgeS"])
    signature = sign("card", seeds["device"], body)
    h.is_(name=name, device=device, chunk=H(card), signature=signature, message=signed_message("card", body))
    h.is_(hash=H(body + signature), bytes=body + signature)
    return card, ({"version": h["version"]}, body + signature)


@section
def logs(v):
    v = v["log"]
    seed, secret = b(v["seed"]), b(v["secret"])
    log = public_key(seed)
    v.is_(log=log, emptyRoot=KDF("runnel v1 empty"), scope={"secret": run_scope(log, secret), "public": run_scope(log, None)})
    r, n = v["reference"], v["note"]
    reference, note = e.reference(b(r["id"]), r["child"], r["kind"], r["bytes"]), e.note(n.file)
    r.is_(encoded=reference)
    n.is_(encoded=note)
    entries = [
        (each["timeMs"], each["flags"], (reference if each["flags"] & 1 else b"") + b(each["bytes"]))
        for each in v["entries"].file
    ]
    children = [(b(each["name"]), r["reachable"]) for each in v["runs"][1]["children"].file]
    w = e.Writer(seed, secret, v["heads"][0]["maxAgeS"])
    states = []
    for vector, appended in zip(v["heads"].each(), ((), entries[:2], entries[2:]), strict=True):
        if appended:
            w.append(appended, children if appended[0][1] & 1 else ())
        head, body = w.head(appended[-1][0] if appended else vector["timeMs"])
        vector.is_(**head, head=body + head["signature"], page=w.page)
        states.append((head["length"], w.page, body + head["signature"]))
    for vector, run in zip(v["runs"].each(), l.decode_page(w.page)["runs"], strict=True):
        clear = [{"name": name, "reachable": reachable} for name, reachable in run["children"]]
        vector.is_(**{key: run[key] for key in ("first", "count", "id", "sealed")}, children=clear)
    answers(v, seed, secret, states)
    t = v["tree"]
    chunk = e.tree(t["level"], raw(t["children"].file))
    t.is_(chunk=chunk, name=H(chunk))
    c, time = v["closing"], v["heads"][2]["timeMs"] + 1_000
    for each in c["appended"].file:
        w.append([(time, 0, bytes([each["byte"]]) * each["length"])])
    chunk, _ = w.trees()
    page = w.closed[0]
    c.is_(chunks=[{"name": H(page), "length": len(page)}, {"name": H(chunk), "length": len(chunk), "chunk": chunk}])
    head, body = w.head(time)
    c["head"].is_(**head, head=body + head["signature"])


def answers(v, seed, secret, states):
    """What the writer with the third head says; the other side of the fork is made again from what its page opens to."""
    _, page, head = states[-1]
    for which in v["answers"].file:
        vector = v["answers"][which]
        have, other, other_page = vector["have"], b"", b""
        if which == "conflict":
            r = l.Reader(b(vector["payload"]))
            r.lp16()
            said, opened = l.decode_head(r.lp16()), l.decode_page(r.lp16())
            w = e.Writer(seed, secret, said["maxAgeS"])
            for run in opened["runs"]:
                w.append([(each["timeMs"], each["flags"], each["bytes"]) for each in l.open_run(w.K, run)], run["children"])
            fields, body = w.head(said["timeMs"])
            other, other_page = body + fields["signature"], w.page
        rest = l.head_answer_rest(page, have["length"], b(have["openPage"]))
        vector.is_(payload=lp16(head) + lp16(other) + lp16(other_page) + rest)


@section
def files(v):
    data = b"".join(H(str(number).encode()) for number in range(2**15))
    for visibility in v["files"].file:
        f = v["files"][visibility]
        secret = b(f["secret"]) if f["secret"] else None
        K = file_scope(secret)
        seed = KDF("runnel v1 cut", K)[:8] if secret else bytes(8)
        f.is_(scope=K, cutSeed=seed, cuts=[len(part) for part in cutter.cut(data, seed)])
        id, chunk = e.part(K, b(f["part"]["plaintext"]))
        size = len(chunk)
        f["part"].is_(chunk=chunk, ref={"child": H(chunk), "id": id, "bytes": size - 1, "reachable": size})
        id, empty = e.node(K, 0, [])
        file = {"child": H(empty), "id": id, "bytes": 0, "reachable": len(empty)}
        f["emptyFile"].is_(chunk=empty, ref=file)
        size = f["node"]["bytes"]
        parts = [(H(chunk), id, len(chunk) - 1) for id, chunk in (e.part(K, text) for text in cutter.cut(data[:size], seed))]
        id, chunk = e.node(K, 0, parts)
        reachable = len(chunk) + sum(1 + each[2] for each in parts)
        ref = {"child": H(chunk), "id": id, "bytes": size, "reachable": reachable}
        f["node"].is_(chunk=chunk, ref=ref, parts=[name for name, _, _ in parts])
        for key in ("emptyDirectory", "directory"):
            items = [{**item, **{k: b(item[k]) for k in ("child", "id") if k in item}} for item in f[key]["items"].file]
            [(id, chunk, reachable)] = l.build_directory(K, items)
            total = sum(item.get("bytes", 0) for item in items)
            f[key].is_(chunk=chunk, ref={"child": H(chunk), "id": id, "bytes": total, "reachable": reachable})
        item = {**file, "kind": "file", "mode": 0o644}
        split = [{**item, "name": str(number)} for number in range(f["splitDirectory"]["files"])]
        *parts, (id, chunk, reachable) = l.build_directory(K, split)
        ref = {"child": H(chunk), "id": id, "bytes": 0, "reachable": reachable}
        f["splitDirectory"].is_(chunk=chunk, ref=ref, parts=[H(part) for _, part, _ in parts])


@section
def link(v):
    v = v["link"]
    seeds = raw(v["seeds"].file)
    sides = ("initiator", "responder")
    devices = [public_key(seeds[side]) for side in sides]
    hellos = [e.hello({**each.file, "device": device}) for each, device in zip(v["hellos"].each(), devices, strict=True)]
    for each, device, bytes_ in zip(v["hellos"].each(), devices, hellos):
        each.is_(device=device, bytes=bytes_)
    ephemerals = [seeds[side + "Ephemeral"] for side in sides]
    statics = [montgomery_public(device) for device in devices]
    first, second = [
        Handshake(montgomery_private(seeds[side]), ephemeral, statics[1], side == "initiator")
        for side, ephemeral in zip(sides, ephemerals)
    ]
    message1 = first.write1(hellos[0])
    second.read1(message1)
    message2 = second.write2(hellos[1])
    first.read2(message2)
    keys = dict(zip(sides, first.split()))
    h = v["handshake"]
    h.is_(message1=lp16(message1), message2=lp16(message2), handshakeHash=first.h)
    h.is_(**{side + "Static": static for side, static in zip(sides, statics)})
    h.is_(**{side + "Ephemeral": x25519_public(ephemeral) for side, ephemeral in zip(sides, ephemerals)})
    h.is_(**{side + "Key": key for side, key in keys.items()})
    for record in h["records"].each():
        key, frames = keys[record["from"]], b(record["frames"])
        record.is_(counter0=seal_record(key, 0, frames), counter1=seal_record(key, 1, frames))
    for each in v["frameHeaders"].each():
        each.is_(header=bytes([each["type"], each["flags"]]) + u(each["bodyBytes"], 2))


@section
def forward(v):
    encoders = (("interests", e.interest), ("data", e.data), ("nacks", e.nack))
    for key, encode in (*encoders, ("udp", e.udp), ("observed", e.observed), ("labels", e.label)):
        for each in v["forward"][key].each():
            each.is_(body=encode(raw(each.file)))
    device = raw(v["name"]["seeds"].file)["device"]
    for each in v["forward"]["announces"].each():
        said = raw(each.file)
        for route, shown in zip(said["routes"], each["routes"].each(), strict=True):
            if "proof" in route:
                route["proof"] = e.proof(device, route["untilMs"]) if "untilMs" in route else b""
                shown.is_(proof=route["proof"])
        each.is_(body=e.announce(said))
    for each in v["forward"]["packets"].each():
        each.is_(packet=e.stream_packet(raw(each.file)))
    make_letters.live(v["forward"]["live"])
    certificate = b(v["name"]["certificates"]["ascending"][0]["bytes"])
    make_letters.channels(v["forward"]["channels"], make_letters.session(v["session"], certificate))


@section
def custody(v):
    make_letters.custody(v["custody"])


@section
def inbox(v):
    make_letters.inbox(v["inbox"], raw(v["name"]["seeds"].file))


@section
def packets(v):
    make_packets.packet(v["packet"], raw(v["name"]["seeds"].file))


@section
def store(v):
    v = v["store"]
    records = []
    for each in v["records"].each():
        records.append(e.record(each["place"], raw(each["items"].file)))
        each.is_(bytes=records[-1])
    s = v["segment"]
    # The second record of the segment is nowhere else: it is made again of what it decodes to.
    at, segment = len(records[0]), b(s["bytes"])
    second = e.record(s["place"], l.decode_record(s["place"], segment[at : at + l.record_length(segment[at:])]))
    end = at + len(second)
    s.is_(offsets=[0, at], end=end, bytes=(records[0] + second).ljust(len(segment), b"\0"))


@section
def api(v):
    def meant(value):
        if isinstance(value, dict):
            return b(value["hex"]) if set(value) == {"hex"} else {key: meant(each) for key, each in value.items()}
        return [meant(each) for each in value] if isinstance(value, list) else value

    for side in ("client", "node"):
        for each in v["api"][side].each():
            frame = e.cbor(meant(each["says"].file))
            each.is_(bytes=u(len(frame), 4) + frame)
    for each in v["api"]["itemCosts"].each():
        item = meant(each["item"].file)
        members = item.values() if isinstance(item, dict) else [item]
        each.is_(cost=64 + sum(len(member) for member in members if isinstance(member, bytes)))


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "vectors.json"
    file = json.loads(path.read_text())
    for make in sections:
        make(Vectors(file))
    known = re.compile("|".join(part.strip() for part in re.split(r"\s\|\s|\n", INPUTS + CHECKED) if part.strip()))
    forgotten = [where for where, _ in leaves(file) if where not in made and not known.fullmatch(where)]
    for where in sorted(set(differs)):
        print(f"DIFFERS  {where}")
    for where in forgotten:
        print(f"neither made nor named: {where}")
    print(f"{len(made)} made, {len(set(differs))} differ")
    return 1 if differs or forgotten else 0


if __name__ == "__main__":
    sys.exit(main())
