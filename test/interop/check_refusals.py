"""Asks the reader for streams that are wrong in one place each, and holds it to refusing them for that."""

import argparse
import asyncio
import contextlib
import io
import os
import sys
import tempfile

sys.dont_write_bytecode = True

from layouts import decode_certificate, decode_page, decode_tree, encode_run, tree_sums
from primitives import Refused, lp16, public_key, run_scope, u
from runnel.ask import NoAnswer, Upstream
from runnel.forge import DEVICE, LADDER, LOG, NAME, NAME_TEXT, RUNG, Forged
from runnel.link import now_ms
from runnel.log import Forked
from runnel.state import State
from runnel_reader import get, tail

failed = []


class Output(io.BytesIO):
    shown = ()


def read(forged, output, command=get, path="", state=None):
    """Gives what was written: the names below the output, or the lines. What is raised comes with the lines so far."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.TextIOWrapper(output)):
        at = os.path.join(folder, "out")
        args = argparse.Namespace(link=NAME_TEXT + path, output=at, first=0)
        try:
            asyncio.run(command(Upstream(forged, 10), state or State(None), args))
        finally:
            sys.stdout.flush()
            output.shown = output.getvalue().decode().split()
        return sorted(os.path.join(where, name)[len(at) + 1 :] for where, folders, files in os.walk(at) for name in folders + files)


def case(what, why, change, kind=Refused, shows=None, **how):
    """`why` is the reason that must be in the refusal; None: it is to be read. `shows`: the lines or names that come."""
    forged, output, names = Forged(), Output(), []
    change(forged)
    try:
        names = read(forged, output, **how)
        said = None
    except (Refused, NoAnswer, Forked) as error:
        said = str(error) if isinstance(error, kind) else repr(error)
    if said != why and (why is None or said is None or why not in said):
        failed.append(what)
        print(f"FAILED: {what}: {said!r}, not {why!r}")
    if shows is not None and shows != (output.shown or names):
        failed.append(what)
        print(f"FAILED: {what}: shows {output.shown or names}, not {shows}")


def symlink(name, target):
    return {"kind": "symlink", "name": name, "target": target}


def broken(f, find):
    name = next(name for name, chunk in f.chunks.items() if chunk[0] == find)
    f.chunks[name] = f.chunks[name][:-1] + bytes([f.chunks[name][-1] ^ 1])


def more(f, name, item):
    return {"kind": "more", "name": name, "child": item["child"], "id": item["id"], "reachable": item["reachable"]}


def nested(f, depth):
    item = f.directory("", [f.file("x", b"x")])
    for _ in range(depth):
        size = item["bytes"]
        item = {**f.directory("", [more(f, "a", item)]), "bytes": size}
    f.site(1, item["id"], item["child"], 1, item["reachable"], 1)


def file_of(f, level, parts, size=None):
    children = [(*f.part(text), len(text)) for text in parts]
    name, id = f.node(level, children)
    size = sum(child[2] for child in children) if size is None else size
    f.site(0, id, name, size, 0, 1)


def whole(f):
    f.folder([f.file("a", b"a"), f.directory("d", [f.file("b", b"bb"), symlink("l", "../a")])], files=3)


def also(*steps):
    return lambda f: [step(f) for step in steps]


case("a folder", None, whole)
case("a part of a folder", None, whole, path="/d")
case("a part that is not its hash", "bad-hash", also(whole, lambda f: broken(f, 3)))
case("a directory that is not its hash", "bad-hash", also(whole, lambda f: broken(f, 5)))
case("a part with another id", "bad-seal", lambda f: f.folder([f.file("a", b"a", id=bytes(32))]))
case("a directory with another id", "bad-seal", lambda f: f.folder([f.directory("d", [], id=bytes(32))]))
case("a part that is longer", "bad-length", lambda f: f.folder([f.file("a", b"aa", bytes=1)]))
case("a symlink that climbs out", "PATH_ESCAPES", lambda f: f.folder([symlink("l", "../x")]))
case("a symlink that climbs out and back", "PATH_ESCAPES", lambda f: f.folder([symlink("l", "d/../../d")]))
case("a symlink that climbs behind a name", "PATH_ESCAPES", lambda f: f.folder([symlink("l", "d/../d")]))
case("a symlink to the root", None, lambda f: f.folder([f.directory("d", [symlink("l", "..")])]))
case("an absolute symlink", "PATH_ESCAPES", lambda f: f.folder([symlink("l", "/etc")]))
case("a name twice", "bad-order", lambda f: f.folder([f.file("a", b"a"), f.file("a", b"b")]))
case("names out of order", "bad-order", lambda f: f.folder([f.file("b", b"a"), f.file("a", b"b")]))
case("a name with a slash", "bad-path", lambda f: f.folder([f.file("a/b", b"a")]))
case("a name that climbs", "bad-path", lambda f: f.folder([f.file("..", b"a")]))
case("a sum that is wrong", "bad-sum", lambda f: f.folder([f.directory("d", [f.file("a", b"a")], bytes=2)]))
case("more files than the note says", "more than", lambda f: f.folder([f.file("a", b"a"), f.file("b", b"a")], files=1))
case("a reachable that is wrong, which is the writer's word", None, lambda f: f.folder([f.file("a", b"a")], more_reachable=1))
case("a note of other bytes", "note", lambda f: f.site(1, bytes(32), bytes(32), 1, 1, 1, note_bytes=2))
case("a note of two files for a file", "note", lambda f: f.site(0, *reversed(f.part(b"x")), 1, 2, 2))
case("fewer files than the note says", None, lambda f: f.folder([f.file("a", b"a")], files=9), shows=["a"])
case("four more", None, lambda f: nested(f, 4))
case("five more", "too-deep", lambda f: nested(f, 5))
case("an empty more", "bad-count", lambda f: f.folder([more(f, "a", f.directory("", []))]))
case("a more below its name", "bad-order", lambda f: f.folder([more(f, "b", f.directory("", [f.file("a", b"a")]))]))
case("a more beside a file", "bad-kind", lambda f: f.folder([f.file("a", b"a"), more(f, "b", f.directory("", []))]))
case("a file of two parts", None, lambda f: file_of(f, 0, [b"a", b"b"]))
case("a node above one part", "bad-depth", lambda f: file_of(f, 0, [b"a"]))
case("a node of the wrong level", "bad-kind", lambda f: file_of(f, 1, [b"a", b"b"]))
case("lengths that do not add up", "bad-length", lambda f: file_of(f, 0, [b"a", b"b"], 3))


def linked(f):
    """d/up leads to e."""
    up = [symlink("loop", "loop"), symlink("up", ".//.././/e/.")]
    f.folder([f.directory("d", up), f.directory("e", [f.file("a", b"a")])], files=3)


def chained(f, links):
    """link0 -> link1 -> … -> a"""
    names = [f"l{index:03}" for index in range(links)]
    targets = names[1:] + ["a"]
    f.folder([f.file("a", b"a"), *(symlink(name, target) for name, target in zip(names, targets))])


def deep(f, depth):
    item = f.directory("x", [])
    for _ in range(depth - 1):
        item = f.directory("x", [item])
    f.folder([item], files=0)


case("a path by a symlink that climbs", None, linked, path="/d/up", shows=["a"])
case("a path by a symlink to itself", "too many symlinks", linked, path="/d/loop")
case("a path of forty symlinks", None, lambda f: chained(f, 40), path="/l000")
case("a path of forty-one", "too many symlinks", lambda f: chained(f, 41), path="/l000")
case("directories 128 deep", None, lambda f: deep(f, 128))
case("directories 129 deep", "too-deep", lambda f: deep(f, 129))
case("a part of a folder that is 129 deep", "too-deep", lambda f: deep(f, 129), path="/x/x")


def long_ago(f, entries):
    """A site, and so many entries in all, in closed pages."""
    root = f.directory("", [f.file("a", b"a")])
    key = run_scope(public_key(LOG), None)
    site = encode_run(key, 0, [(f.time, 3, f.site_bytes(root))], [(root["child"], root["reachable"])])
    pages, first = [(b"\1" + site, 1)], 1
    while first < entries:
        count = min(5_000, entries - first)
        pages.append((b"\1" + encode_run(key, first, [(f.time, 0, b"")] * count), count))
        first += count
    infos = [(page, count, decode_page(page)) for page, count in pages]
    text = b"".join(f.put(p) + u(n, 8) + u(i["bytes"], 8) + u(i["reachable"], 8) for p, n, i in infos)
    tree = b"\2\0" + u(len(pages), 2) + text
    sums = tree_sums(tree, decode_tree(tree))
    f.head(b"\1", entries, f.put(tree), (sums["bytes"], sums["reachable"]))


case("a site 65,536 entries ago", None, lambda f: long_ago(f, 65_536), shows=["a"])
case("a site 65,537 entries ago", "nothing was published", lambda f: long_ago(f, 65_537))


def two_sites(f):
    """The second has the earlier time, and counts."""
    entries, children = [], []
    for index, name in enumerate(("old", "new")):
        root = f.directory("", [f.file(name, b"a")])
        entries.append((f.time - index, 3, f.site_bytes(root, child=index)))
        children.append((root["child"], root["reachable"]))
    f.head(b"\1" + encode_run(run_scope(public_key(LOG), None), 0, entries, children))


case("of two sites in a log that of the highest sequence", None, two_sites, shows=["new"])


def page_of(f, *texts):
    return b"\1" + f.lines(*texts)


def log_tree(f, level=0, pages=2, change=0, odd=0):
    """Closed pages of one entry each below one tree, and an empty open page."""
    made = [b"\1" + f.lines(b"%d" % index, first=index + (odd if index else 0)) for index in range(pages)]
    text = b"".join(f.put(page) + u(1, 8) + u(1 + change, 8) + u(len(page), 8) for page in made)
    tree = b"\2" + u(level, 1) + u(pages, 2) + text
    sums = tree_sums(tree, decode_tree(tree))
    return f.head(b"\1", pages, f.put(tree), (sums["bytes"], sums["reachable"]))


def short_tree(f):
    """A tree of level 1 whose first tree has one child."""
    pages = [b"\1" + f.lines(b"x", first=index) for index in range(2)]
    inner = [b"\2\0" + u(1, 2) + f.put(page) + u(1, 8) + u(1, 8) + u(len(page), 8) for page in pages]
    sums = [tree_sums(tree, decode_tree(tree))["reachable"] for tree in inner]
    tree = b"\2\1" + u(2, 2) + b"".join(f.put(t) + u(1, 8) + u(1, 8) + u(s, 8) for t, s in zip(inner, sums))
    f.head(b"\1", 2, f.put(tree), (2, len(tree) + sum(sums)))


log = {"command": tail}
case("a log", None, lambda f: f.head(page_of(f, b"one", b"two")), **log)
case("a log of closed pages", None, log_tree, **log)
case("a tree of the wrong level", "bad-kind", lambda f: log_tree(f, level=1), **log)
case("a tree whose sums are wrong", "bad-count", lambda f: log_tree(f, change=1), **log)
case("a gap between pages", "bad-count", lambda f: log_tree(f, odd=1), **log)
case("a tree that is not filled", "bad-fill", short_tree, **log)
case("a head of the future", "future-time", lambda f: f.head(page_of(f, b"a"), time=now_ms() + 700_000), **log)
case("a head with wrong bytes", "bad-count", lambda f: f.head(page_of(f, b"a"), more=(1, 0)), **log)
case("a head with wrong reachable", "bad-count", lambda f: f.head(page_of(f, b"a"), more=(0, 1)), **log)
case("a head with a wrong length", "bad-count", lambda f: f.head(page_of(f, b"a"), length=2), **log)


def unsigned(f):
    head = f.head(page_of(f, b"a"))
    f.heads[public_key(LOG)] = (head[:-1] + bytes([head[-1] ^ 1]), page_of(f, b"a"))


case("a head that is not signed", "bad-signature", unsigned, **log)
OTHER = bytes([9]) * 32


def changed(what, why, kind=Refused, **attributes):
    """A log of one entry, below a name that is wrong; a function makes what a card head is to be."""

    def change(f):
        f.head(page_of(f, b"a"))
        for key, value in attributes.items():
            setattr(f, key, (lambda card: value(f, card)) if key == "card_head" else value(f))

    case(what, why, change, kind, **log)


LATE = now_ms() + 700_000
head_of = Forged.card_head
changed("a member that did not sign", "no stream", NoAnswer, records=lambda f: [f.stream("main", LOG, member=OTHER)])
bad_ones = lambda f, count: [f.stream("main", LOG, f.time + 1, member=OTHER)] * count
changed("three that did not sign", None, records=lambda f: [f.stream("main", LOG), *bad_ones(f, 3)])
changed("four that did not sign", "no stream", NoAnswer, records=lambda f: [f.stream("main", LOG), *bad_ones(f, 4)])
changed("a stream of the future", "no stream", NoAnswer, records=lambda f: [f.stream("main", LOG, LATE)])
changed("a broken record", "too-short", records=lambda f: [b"\1\0\1x"])
changed("an unknown record", None, records=lambda f: [f.stream("main", LOG), b"\x63\0\1x"])
changed("a card of no member", "not-member", card_head=lambda f, card: head_of(f, card, OTHER))
changed("a card of the future", "future-time", card_head=lambda f, card: head_of(f, card, time=LATE))
changed("a card that is not its hash", "bad-hash", card_head=lambda f, card: head_of(f, card + b"x"))
changed("a device twice", "bad-order", devices=lambda f: [DEVICE, DEVICE])


def certified(what, why, certificate, kind=Refused):
    """A log of one entry below a certificate that a function makes of the right one."""

    def change(f):
        right = f.certificate()
        f.head(page_of(f, b"a"))
        f.certificate = lambda: certificate(f, right)

    case(what, why, change, kind, **log)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def of_rung(f, k, seed):
    """Signed by a key for a rung of the ladder."""
    body = lp16(LADDER) + u(k, 1) + u(1, 4) + public_key(seed) + u(f.time, 8) + b"\1" + public_key(DEVICE) + bytes(32)
    return f.signed("cert", seed, body)


certified("a certificate that is not signed", "bad-signature", lambda f, right: flipped(right, len(right) - 1))
certified("a certificate that was changed", "bad-signature", lambda f, right: flipped(right, 2 + len(LADDER) + 1 + 3))
certified("a certificate of another ladder", "bad-name", lambda f, right: flipped(right, 10))
certified("a certificate by a key of no rung", "bad-rank", lambda f, right: of_rung(f, 0, OTHER))
certified("a certificate of a rung that is not there", "bad-rank", lambda f, right: of_rung(f, 1, RUNG))


def older_certificate():
    """Who has seen a later certificate does not go back to one that lists another device."""
    f, state = Forged(), State(None)
    f.head(page_of(f, b"one"))
    later = f.certificate(serial=2)
    f.certificate = lambda: later
    read(f, Output(), tail, state=state)

    def change(g):
        g.time, g.devices = f.time, [OTHER]
        g.head(page_of(g, b"one"))
        g.card_head = lambda card: Forged.card_head(g, card, OTHER)

    case("a lower certificate than the one held", None, change, shows=["one"], state=state, **log)
    if decode_certificate(bytes.fromhex(state.held["names"][NAME.hex()]["certificate"]))["serial"] != 2:
        failed.append("a lower certificate")
        print("FAILED: a lower certificate took the place of the one held")


older_certificate()


def remembered(change, why, kind=Refused, what="", shows=None, seen=(b"one",)):
    f, state = Forged(), State(None)
    f.head(b"\1" + b"".join(f.lines(text, first=index) for index, text in enumerate(seen)))
    read(f, Output(), tail, state=state)
    case(what, why, lambda g: change(g, f), kind, command=tail, state=state, shows=shows)
    held = decode_page(state.head(public_key(LOG))["page"])
    if kind is Forked and held["entries"] != len(seen):
        failed.append(what)
        print(f"FAILED: {what}: the fork took the place of what was held")


remembered(lambda g, f: g.heads.update(f.heads), None, what="the same again")
remembered(lambda g, f: g.head(page_of(f, b"one") + f.lines(b"two", first=1)), None, what="one that goes on")
remembered(lambda g, f: g.head(page_of(f, b"another")), "differ from entry 0", Forked, what="another of the same length", shows=[])
remembered(lambda g, f: g.head(page_of(f, b"another", b"two")), "differ from entry 0", Forked, what="a longer one that forks")
remembered(lambda g, f: log_tree(g), "differ from entry 0", Forked, what="closed pages that fork")


def other_third(g, f, closes):
    """Goes on from the first two runs that were seen, and says something else then."""
    seen = f.heads[public_key(LOG)][1]
    page = seen[: decode_page(seen)["runs"][1]["end"]] + g.lines(b"other", first=2)
    if not closes:
        return g.head(page)
    counts = decode_page(page)
    tree = b"\2\0" + u(1, 2) + g.put(page) + b"".join(u(counts[key], 8) for key in ("entries", "bytes", "reachable"))
    sums = tree_sums(tree, decode_tree(tree))
    return g.head(b"\1" + g.lines(b"more", first=3), 3, g.put(tree), (sums["bytes"], sums["reachable"]))


three, both = (b"one", b"two", b"three"), ["one", "two"]
fork = "differ from entry 2", Forked
remembered(lambda g, f: other_third(g, f, False), *fork, "a fork in the open page", shows=both, seen=three)
remembered(lambda g, f: other_third(g, f, True), *fork, "a fork in a page that closed", shows=both, seen=three)


def proof(f, text, flag=2):
    page = page_of(f, text)
    f.others, f.flags = (f.head(page), page), flag
    f.head(page_of(f, b"one"))


case("a head with a proof of a fork", "differ from entry 0", lambda f: proof(f, b"another"), Forked, **log)
case("a head with what proves nothing", None, lambda f: proof(f, b"one"), **log)


def closed(f, length):
    """A struck device's log that ends after one entry; its head says two."""
    log, page = public_key(LOG), page_of(f, b"one")
    f.head(page + f.lines(b"two", first=1))
    card = b"\6" + f.stream("main", LOG)
    f.put(card)
    entry = log + u(length, 8) + Forged.head(f, page)[65:97] + f.put(page)
    f.closings = f.put(b"\7\1" + public_key(DEVICE) + lp16(f.card_head(card)) + u(1, 2) + entry)
    f.heads.clear()


case("a closed log", None, lambda f: closed(f, 1), **log)
case("a closing of another length", "bad-count", lambda f: closed(f, 2), **log)
print("OK" if not failed else f"{len(failed)} failed")
sys.exit(bool(failed))
