"""Checks docs/vectors.json with decoders that were written from docs/protocol.md alone, and makes again what can be made.

    python3 check_vectors.py [VECTORS.json]

Prints one line a group and exits with 1 when anything differs. See README.md.
"""

import ipaddress
import json
import re
import sys
import traceback
from pathlib import Path

import cbor
import check_letters
import check_packets
import cutter
import layouts as l
from checks import agrees, b, group, groups, plain, refuses, same
from primitives import *

@group
def texts_and_links(v):
    v = v["name"]
    for each in v["text"]:
        same(encode_text(each["kind"], b(each["bytes"])), each["text"])
        same(decode_text(each["text"].upper()), (each["kind"], b(each["bytes"])))
    for each in v["refusedTexts"]:
        refuses(each["reason"], decode_text, each["text"])
    for each in v["addresses"]:
        made = address(each["kind"], b(each["key"]))
        same([made.hex(), str(ipaddress.ip_address(made))], [each["address"], each["text"]])
    for each in v["links"]:
        head, _, path = each["text"].partition("/")
        target, _, secret = head.partition("+")
        label, _, text = target.rpartition(".")
        kind, key = decode_text(text)
        same((["name", "log"][kind], key.hex(), label or None), (each["target"], each["key"], each["label"]))
        same(decode_text(secret) if secret else None, (3, b(each["secret"])) if each["secret"] else None)
        same(path.split("/") if path else [], each["path"])
    for each in v["neighbours"]:
        device, _, host = each["text"].partition("@")
        same(decode_text(device), (2, b(each["device"])))
        same(re.fullmatch(r"\[?(.+?)\]?:(\d+)", host).groups(), (each["host"], str(each["port"])))


@group
def signatures(v):
    s = v["name"]["signature"]
    same(public_key(b(s["seed"])).hex(), s["publicKey"])
    same(signed_message(s["type"], b(s["body"])).hex(), s["message"])
    same(sign(s["type"], b(s["seed"]), b(s["body"])).hex(), s["signature"])
    same(verify_message(b(s["publicKey"]), b(s["message"]), b(s["signature"])), True)
    same(verify_message(b(s["publicKey"]), b(s["message"]) + b"\0", b(s["signature"])), False)
    for case in v["signature"]["cases"]:
        valid = verify_message(b(case["publicKey"]), b(case["message"]), b(case["signature"]))
        same(valid, case["valid"], case["why"])


@group
def ladder_and_certificates(v):
    v = v["name"]
    seeds = [b(seed) for seed in v["seeds"]["rungs"]]
    ladder = v["ladder"]
    same([public_key(seed).hex() for seed in seeds], ladder["publicKeys"])
    same([KDF("runnel v1 rung", public_key(seed)).hex() for seed in seeds], ladder["rungs"])
    same([rung.hex() for rung in l.decode_ladder(b(ladder["bytes"]))], ladder["rungs"])
    name = KDF("runnel v1 name", b(ladder["bytes"]))
    same(name.hex(), ladder["name"])
    decoded = []
    for each in v["certificates"]["ascending"]:
        c = l.verify_certificate(name, b(each["bytes"]))
        agrees(c, each, "bodyHash", "bytes")
        same(H(c["body"]).hex(), each["bodyHash"])
        same(sign("cert", seeds[c["k"]], c["body"]).hex(), each["signature"])
        refuses("bad-name", l.verify_certificate, bytes(32), b(each["bytes"]))
        refuses("trailing", l.verify_certificate, name, b(each["bytes"]) + b"\0")
        decoded.append(c)
    orders = [l.certificate_order(c) for c in decoded]
    same(orders, sorted(orders))
    same(orders[1][:2], orders[2][:2])
    joint = v["certificates"]["joint"]
    of = [l.verify_certificate(name, b(each["bytes"])) for each in joint["of"]]
    above = l.verify_certificate(name, b(joint["joint"]["bytes"]))
    for c, each in zip([*of, above], [*joint["of"], joint["joint"]]):
        agrees(c, each, "bodyHash", "bytes")
        same(H(c["body"]).hex(), each["bodyHash"])
    same(above["devices"], sorted(of[0]["devices"] + of[1]["devices"]))
    same((above["k"], above["serial"]), (of[0]["k"], max(c["serial"] for c in of) + 1))


@group
def cards_and_closings(v):
    v = v["name"]
    name, seeds, now = b(v["ladder"]["name"]), v["seeds"], v["seeds"]["timeMs"]
    listed = v["certificates"]["ascending"][2]["devices"] + v["certificates"]["ascending"][1]["devices"]
    same({public_key(b(seeds[key])).hex() for key in ("device", "secondDevice")}, set(listed))
    same(public_key(b(seeds["log"])).hex(), v["card"]["stream"]["log"])
    certificate = l.verify_certificate(name, b(v["certificates"]["ascending"][0]["bytes"]))
    head = l.verify_card_head(name, certificate, b(v["cardHead"]["bytes"]), now)
    agrees(head, v["cardHead"], "message", "hash", "bytes")
    same(H(b(v["cardHead"]["bytes"])).hex(), v["cardHead"]["hash"])
    same(signed_message("card", head["body"]).hex(), v["cardHead"]["message"])
    refuses("future-time", l.verify_card_head, name, certificate, b(v["cardHead"]["bytes"]), now - 600_001)
    chunk = b(v["card"]["chunk"])
    l.check_chunk(head["chunk"], chunk)
    same(v["card"]["chunkName"], head["chunk"].hex())
    stream, sealed, hint = l.decode_card(chunk)
    agrees(stream, v["card"]["stream"], "memberBody")
    same(l.verify_member(name, head["device"], stream).hex(), v["card"]["stream"]["memberBody"])
    opened = l.open_stream_record(b(seeds["secret"]), sealed)
    agrees({**opened, **sealed}, v["card"]["sealedStream"], "memberBody")
    same(l.verify_member(name, head["device"], opened).hex(), v["card"]["sealedStream"]["memberBody"])
    refuses("bad-seal", l.open_stream_record, bytes(32), sealed)
    same(hint["petname"], v["card"]["hint"]["petname"])
    l.check_chunk(b(v["closings"]["chunkName"]), b(v["closings"]["chunk"]))
    same(plain(l.decode_closings(b(v["closings"]["chunk"]))), v["closings"]["devices"])
    shapes = []
    certificate_bytes, head_bytes = b(v["certificates"]["ascending"][0]["bytes"]), b(v["cardHead"]["bytes"])
    for answer in v["nameAnswers"]:
        certificate, [(came, card)] = l.verify_name_answer(name, b(answer["payload"]), now)
        shapes.append((came is not None, card == chunk))
        made = l.encode_name_answer(certificate_bytes, certificate, [(head, head_bytes, chunk)], answer["have"])
        same(made.hex(), answer["payload"])
    same(shapes, [(True, True), (True, True), (True, False), (False, False)])


@group
def scopes(v):
    v, log, secret = v["name"]["scopes"], public_key(b"\5" * 32), b"\6" * 32
    made = [file_scope(None), file_scope(secret), run_scope(log, None), run_scope(log, secret), card_scope(secret)]
    names = ["filesPublic", "filesUnlisted", "runsPublic", "runsUnlisted", "cards"]
    same([key.hex() for key in made], [v[name] for name in names])


@group
def logs(v):
    v = v["log"]
    log, secret = public_key(b(v["seed"])), b(v["secret"])
    K = run_scope(log, secret)
    same([log.hex(), K.hex(), l.EMPTY_ROOT.hex()], [v["log"], v["scope"]["secret"], v["emptyRoot"]])
    same(run_scope(log, None).hex(), v["scope"]["public"])
    heads = []
    for each in v["heads"]:
        head = l.verify_head(log, b(each["head"]), b(each["page"]), each["timeMs"])
        agrees(head, each, "head", "page")
        same(sign("head", b(v["seed"]), head["body"]).hex(), each["signature"])
        refuses("future-time", l.verify_head, log, b(each["head"]), b(each["page"]), each["timeMs"] - 600_001)
        heads.append(head)
    for older, newer in zip(heads, heads[1:]):
        same(l.compare_heads(newer, older), "continues")
    page = l.decode_page(heads[-1]["page"])
    entries, made = [], b"\1"
    for run, each in zip(page["runs"], v["runs"], strict=True):
        agrees(run, each, "children")
        children = [{"name": child.hex(), "reachable": reachable} for child, reachable in run["children"]]
        same(children, each["children"])
        opened = l.open_run(K, run)
        refuses("bad-seal", l.open_run, run_scope(log, None), run)
        triples = [(entry["timeMs"], entry["flags"], entry["bytes"]) for entry in opened]
        made += l.encode_run(K, run["first"], triples, run["children"])
        entries += opened
    same(made, heads[-1]["page"], "the page made again")
    reference, note = b(v["reference"]["encoded"]), b(v["note"]["encoded"])
    agrees(entries[2]["reference"], v["reference"], "encoded", "reachable")
    agrees(entries[2]["note"], v["note"], "encoded")
    same(page["runs"][1]["children"][0][1], v["reference"]["reachable"])
    same([each["sequence"] for each in v["entries"]], [0, 1, 2])
    for entry, each in zip(entries, v["entries"], strict=True):
        whole = (reference if entry["flags"] & 1 else b"") + b(each["bytes"])
        same((entry["timeMs"], entry["flags"], entry["bytes"]), (each["timeMs"], each["flags"], whole))
    same(entries[2]["bytes"], reference + note)
    closing(v["closing"], v["seed"], log, K, heads[-1])
    tree = l.decode_tree(b(v["tree"]["chunk"]))
    same(plain(tree), {key: v["tree"][key] for key in ("level", "children")})
    l.check_chunk(b(v["tree"]["name"]), b(v["tree"]["chunk"]))


def closing(v, seed, log, K, before):
    first, second = [(before["timeMs"] + 1_000, 0, bytes([each["byte"]]) * each["length"]) for each in v["appended"]]
    page = before["page"] + l.encode_run(K, before["length"], [first])
    open_page = b"\1" + l.encode_run(K, before["length"] + 1, [second])
    same([H(page).hex(), len(page)], [v["chunks"][0]["name"], v["chunks"][0]["length"]])
    chunk = b(v["chunks"][1]["chunk"])
    l.check_chunk(b(v["chunks"][1]["name"]), chunk)
    tree, counts = l.decode_tree(chunk), l.decode_page(page)
    same(tree["level"], 0)
    same(tree["children"], [{"name": H(page), **{key: counts[key] for key in ("entries", "bytes", "reachable")}}])
    head = l.verify_head(log, b(v["head"]["head"]), open_page, v["head"]["timeMs"])
    agrees(head, v["head"], "head")
    same(len(chunk), v["chunks"][1]["length"])
    same([head["closedRoot"], head["closedLength"]], [H(chunk), counts["entries"]])
    sums, opened = l.tree_sums(chunk, tree), l.decode_page(open_page)
    same([head["bytes"], head["reachable"]], [sums[key] + opened[key] for key in ("bytes", "reachable")])
    same(l.compare_heads(head, before), "undecided")
    same(page.startswith(before["page"]), True, "the closed page begins with the open one")


@group
def head_answers(v):
    v = v["log"]
    log = b(v["log"])
    pages = {0: b"\1", **{head["length"]: b(head["page"]) for head in v["heads"]}}
    third = v["heads"][2]
    same(v["answers"]["nothing"]["have"], {"length": 0, "openPage": bytes(32).hex()})
    for which, answer in v["answers"].items():
        have = answer["have"]
        payload, held = b(answer["payload"]), pages[have["length"]]
        came, fork = l.verify_head_answer(log, payload, held, third["timeMs"])
        same([came["signature"].hex(), came["page"].hex()], [third["signature"], third["page"]])
        rest = l.head_answer_rest(came["page"], have["length"], b(have["openPage"]))
        same(payload[len(payload) - len(rest) :], rest)
        same(fork is not None, which == "conflict")
        if fork:
            same(l.compare_heads(came, fork), "fork")
        else:
            same(payload, lp16(b(third["head"])) + lp16(b"") + lp16(b"") + rest)


@group
def files_and_directories(v):
    data = b"".join(H(str(number).encode()) for number in range(2**15))
    for visibility, f in v["files"].items():
        secret = b(f["secret"]) if f["secret"] else None
        K = file_scope(secret)
        same(K.hex(), f["scope"])
        seed = KDF("runnel v1 cut", K)[:8] if secret else bytes(8)
        same(seed.hex(), f["cutSeed"])
        same([len(part) for part in cutter.cut(data, seed)], f["cuts"], f"{visibility} cuts")
        for key in ("part", "emptyFile", "node", "splitDirectory"):
            same(H(b(f[key]["chunk"])).hex(), f[key]["ref"]["child"])
        part, node, empty = f["part"], f["node"], f["emptyFile"]
        lengths = [len(part["plaintext"]) // 2, node["bytes"], 0, 0]
        same([f[key]["ref"]["bytes"] for key in ("part", "node", "emptyFile", "splitDirectory")], lengths)
        for each in (part, empty):
            same(each["ref"]["reachable"], len(each["chunk"]) // 2)
        same(empty["plaintext"], "")
        same(l.open_part(K, b(part["ref"]["id"]), b(part["chunk"])).hex(), part["plaintext"])
        refuses("bad-seal", l.open_part, file_scope(bytes(32)), b(part["ref"]["id"]), b(part["chunk"]))
        same(l.open_node(K, b(empty["ref"]["id"]), b(empty["chunk"])), {"level": 0, "children": [], "bytes": 0})
        opened = l.open_node(K, b(node["ref"]["id"]), b(node["chunk"]))
        same([opened["level"], opened["bytes"]], [0, node["bytes"]])
        expected = []
        for text in cutter.cut(data[: node["bytes"]], seed):
            id, sealed = seal(K, 3, b"", text)
            expected.append({"name": H(b"\3" + sealed), "id": id, "bytes": len(text)})
        same(opened["children"], expected)
        same([child["name"].hex() for child in expected], node["parts"])
        same(node["ref"]["reachable"], len(node["chunk"]) // 2 + sum(1 + child["bytes"] for child in expected))
        directories(K, f)


def directories(K, f):
    for key in ("emptyDirectory", "directory"):
        d = f[key]
        l.check_chunk(b(d["ref"]["child"]), b(d["chunk"]))
        items = l.open_directory(K, b(d["ref"]["id"]), b(d["chunk"]))
        expected = sorted(d["items"], key=lambda item: item["name"].encode())
        for item, each in zip(items, expected, strict=True):
            agrees(item, each, "reachable")
            if item["kind"] == "symlink":
                l.check_target([], item["target"])
        same(sum(item.get("bytes", 0) for item in items), d["ref"]["bytes"])
        given = [{**item, **({"child": b(item["child"]), "id": b(item["id"])} if "child" in item else {})} for item in expected]
        [(id, chunk, reachable)] = l.build_directory(K, given)
        same([id.hex(), chunk.hex(), reachable], [d["ref"]["id"], d["chunk"], d["ref"]["reachable"]])
    refuses("bad-path", l.check_target, ["a"], "../../b")
    split, empty = f["splitDirectory"], f["emptyFile"]["ref"]
    file = {"kind": "file", "mode": 0o644, "bytes": 0, "reachable": empty["reachable"]}
    file |= {"child": b(empty["child"]), "id": b(empty["id"])}
    *parts, (id, chunk, reachable) = l.build_directory(K, [{**file, "name": str(number)} for number in range(split["files"])])
    same([H(part).hex() for _, part, _ in parts], split["parts"])
    same([id.hex(), chunk.hex(), reachable], [split["ref"]["id"], split["chunk"], split["ref"]["reachable"]])
    same({item["kind"] for item in l.open_directory(K, id, chunk)}, {"more"})


@group
def link(v):
    v = v["link"]
    seeds = {name: b(seed) for name, seed in v["seeds"].items()}
    hellos = [l.decode_hello(b(hello["bytes"])) for hello in v["hellos"]]
    for hello, each in zip(hellos, v["hellos"]):
        agrees(hello, each, "bytes")
    h = v["handshake"]
    same(h["prologue"], "runnel v1 link")
    for side in ("initiator", "responder"):
        same(x25519_public(seeds[side + "Ephemeral"]).hex(), h[side + "Ephemeral"])
    static = {side: montgomery_private(seeds[side]) for side in ("initiator", "responder")}
    for side, hello in zip(static, hellos):
        same(hello["device"], public_key(seeds[side]))
        same([x25519_public(static[side]).hex(), montgomery_public(hello["device"]).hex()], [h[side + "Static"]] * 2)
    known = b(h["responderStatic"])
    initiator = Handshake(static["initiator"], seeds["initiatorEphemeral"], known, True)
    responder = Handshake(static["responder"], seeds["responderEphemeral"], known, False)
    message1, message2 = b(h["message1"]), b(h["message2"])
    same([len(message1), len(message2)], [2 + 143, 2 + 95])
    same(lp16(initiator.write1(b(v["hellos"][0]["bytes"]))), message1)
    same(responder.read1(message1[2:]).hex(), v["hellos"][0]["bytes"])
    same(responder.rs, montgomery_public(hellos[0]["device"]))
    same(lp16(responder.write2(b(v["hellos"][1]["bytes"]))), message2)
    same(initiator.read2(message2[2:]).hex(), v["hellos"][1]["bytes"])
    same([initiator.h.hex(), responder.h.hex()], [h["handshakeHash"]] * 2)
    keys = dict(zip(static, initiator.split()))
    same([key.hex() for key in keys.values()], [h["initiatorKey"], h["responderKey"]])
    for record in h["records"]:
        for counter in (0, 1):
            sealed = b(record[f"counter{counter}"])
            same(seal_record(keys[record["from"]], counter, b(record["frames"])), sealed)
            same(open_record(keys[record["from"]], counter, sealed[2:]).hex(), record["frames"])
        [(kind, _, body)] = l.decode_frames(b(record["frames"]))
        same((kind, len(body)), (0x14, 2) if record["from"] == "initiator" else (1, 8))
    for each in v["frameHeaders"]:
        frame = b(each["header"]) + bytes(each["bodyBytes"])
        same([frame_[:2] for frame_ in l.decode_frames(frame)], [(each["type"], each["flags"])])


@group
def forwarding(v):
    name, now = b(v["name"]["ladder"]["name"]), v["name"]["seeds"]["timeMs"]
    v = v["forward"]
    of_channels = {"open": 0x18, "accept": 0x19, "bytes": 0x1A, "credit": 0x1B, "close": 0x1C}
    of_datagrams = {"udp": 6, "observed": 7, "label": 0x1D}
    same(v["types"], {"interest": 0x10, "data": 0x11, "nack": 0x12, "announce": 0x14, **of_channels, **of_datagrams})
    same(v["interestFlags"], {"live": 1, "down": 8, "staleOk": 16})
    same(v["dataFlags"], {"cached": 1, "conflict": 2, "stale": 4})
    for each in v["interests"]:
        interest = l.decode_interest(b(each["body"]))
        agrees(interest, each, "body")
        refuses("trailing", l.decode_interest, b(each["body"]) + b"\0")
    for each in v["data"]:
        agrees(l.decode_data(b(each["body"])), each, "body", "answers", "flags")
    l.verify_name_answer(name, b(v["data"][0]["payload"]), now)
    log = b(v["interests"][2]["key"])
    came, _ = l.verify_head_answer(log, b(v["data"][1]["payload"]), b"\1", 2**52)
    l.verify_head_answer(log, b(v["data"][2]["payload"]), came["page"][: l.decode_page(came["page"])["runs"][0]["end"]], 2**52)
    for each in v["nacks"]:
        agrees(l.decode_nack(b(each["body"])), each, "body")
    for each in v["announces"]:
        announced = l.decode_announce(b(each["body"]))
        same(announced["rank"], each["rank"])
        for route, shown in zip(announced["routes"], each["routes"], strict=True):
            agrees(route, shown, "untilMs")
            if route.get("proof"):
                same(l.verify_proof(route["key"], route["proof"]), shown["untilMs"])
                refuses("bad-signature", l.verify_proof, bytes(route["key"][:-1]) + b"\0", route["proof"])
    for key, decode in (("udp", l.decode_udp), ("observed", l.decode_observed), ("labels", l.decode_label_frame)):
        for each in v[key]:
            agrees(decode(b(each["body"])), each, "body")
            refuses("trailing", decode, b(each["body"]) + b"\0")
    for each in v["packets"]:
        frames = l.decode_stream_packet(b(each["from"]), b(each["to"]), b(each["packet"]))
        same([{**frame, "body": frame["body"].hex()} for frame in frames], each["frames"])
        refuses("bad-checksum", l.decode_stream_packet, b(each["to"])[:15] + bytes(1), b(each["to"]), b(each["packet"]))
    check_letters.live(v["live"], log)
    check_letters.channels(v["channels"])


@group
def session(v):
    certificate = v["name"]["certificates"]["ascending"][0]["bytes"]
    check_letters.session(v["session"], certificate, v["forward"]["channels"])


@group
def custody(v):
    check_letters.custody(v["custody"])


@group
def inbox(v):
    check_letters.inbox(v["inbox"], v["name"])


@group
def store(v):
    v = v["store"]
    for each in v["records"]:
        place, data = each["place"], b(each["bytes"])
        same(plain(l.decode_record(place, data)), each["items"])
        refuses("bad-checksum", l.decode_record, place, data[:-1] + bytes([data[-1] ^ 1]))
        refuses("bad-checksum", l.decode_record, "kept" if place == "own" else "own", data)
        for item in l.decode_record(place, data):
            if item["type"] == "chunk":
                l.check_chunk(item["name"], item["bytes"])
            if item["type"] == "fork":
                heads = [item[which] for which in ("first", "second")]
                log = l.decode_head(heads[0]["headBytes"])["log"]
                first, second = [l.verify_head(log, head["headBytes"], head["page"], 2**52) for head in heads]
                same(l.compare_heads(first, second), "fork")
    own = l.decode_record("own", b(v["records"][0]["bytes"]))
    page, head = b"\1", next(item for item in own if item["type"] == "head")["headBytes"]
    for run in (item for item in own if item["type"] == "run"):
        page = page[: run["position"]] + run["bytes"]
    l.verify_head(l.decode_head(head)["log"], head, page, 2**52)
    segment, at, offsets = b(v["segment"]["bytes"]), 0, []
    while length := l.record_length(segment[at:]):
        l.decode_record(v["segment"]["place"], segment[at : at + length])
        offsets.append(at)
        at += length
    same([offsets, at, any(segment[at:])], [v["segment"]["offsets"], v["segment"]["end"], False])


@group
def packets(v):
    check_packets.packet(v["packet"], v["name"]["seeds"])



@group
def api(v):
    def says(value):
        if isinstance(value, bytes):
            return {"hex": value.hex()}
        if isinstance(value, list):
            return [says(each) for each in value]
        return {key: says(each) for key, each in value.items()} if isinstance(value, dict) else value

    def cost(item):
        members = item.values() if isinstance(item, dict) else [item]
        return 64 + sum(len(member) for member in members if isinstance(member, bytes))

    def meant(value):
        if isinstance(value, dict):
            return b(value["hex"]) if set(value) == {"hex"} else {key: meant(each) for key, each in value.items()}
        return value

    for side in ("client", "node"):
        for each in v["api"][side]:
            frame = b(each["bytes"])
            same(int.from_bytes(frame[:4], "big"), len(frame) - 4)
            same(says(cbor.decode(frame[4:])), each["says"])
    for each in v["api"]["itemCosts"]:
        same(cost(meant(each["item"])), each["cost"])


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "vectors.json"
    vectors = json.loads(path.read_text())
    same(set(vectors), {"name", "signature", "log", "files", "link", "forward", "session", "custody", "inbox", "packet", "store", "api"}, "keys of the file")
    failed = 0
    for check in groups:
        try:
            check(vectors)
            print(f"ok    {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAIL  {check.__name__}\n{traceback.format_exc()}")
    print(f"{len(groups) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
