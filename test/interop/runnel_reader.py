"""Reads streams of Runnel, with nothing but docs/protocol.md known.

    runnel_reader.py --upstream KEY@HOST:PORT [--state FILE] get LINK -o PATH
    runnel_reader.py --upstream KEY@HOST:PORT [--state FILE] tail LINK [--from SEQUENCE]
    runnel_reader.py --upstream KEY@HOST:PORT follow LINK [--from SEQUENCE]
"""

import argparse
import asyncio
import json
import os
import sys

sys.dont_write_bytecode = True

from primitives import Refused, need
from runnel.ask import NoAnswer, Upstream
from runnel.dial import dial
from runnel.files import Limits, Tree, root_of
from runnel.follow import Dialler, Follower
from runnel.link import LinkDown
from runnel.log import Forked, Log, shared_entries
from runnel.names import NAME, logs_of, parse_link, parse_neighbour
from runnel.state import State
from runnel.write import write_file, write_folder


async def open_logs(upstream, state, link):
    kind, key, label, secret, path = parse_link(link)
    logs = {key: None}
    if kind == NAME:
        logs = {}
        for max_age in (upstream.max_age_s, 0):  # a label may be newer than the cards that somebody remembers
            if not logs:
                certificate, cards = await upstream.name(key, state.name(key), max_age)
                state.keep_name(key, certificate, cards)
                logs = await logs_of(upstream, key, certificate, cards, label, secret)
        if not logs:
            raise NoAnswer(f"the name has no stream {label}")
    opened = []
    for log, closing in logs.items():
        if closing:
            opened.append(await Log.of_closing(upstream, secret, closing))
        else:
            head, other = await upstream.head(log, state.head(log))
            opened.append(Log.of_head(upstream, secret, head))
            if other:
                opened[-1].readable = min(head["length"], await shared_entries(upstream, head, other))
            else:
                state.keep_head(log, head)
    return opened, secret, path


def order(entry):
    return entry["timeMs"], entry["log"], entry["sequence"]


async def get(upstream, state, args):
    logs, secret, path = await open_logs(upstream, state, args.link)
    sites = [site for site in [await log.newest_site() for log in logs] if site]
    need(sites, "nothing was published under this label: it is a log of entries")
    site = max(sites, key=order)
    root, limits, tree = root_of(site), Limits(site["note"]), Tree(upstream, site["log"], secret)
    item, directory = await tree.find(root, path)
    if item["kind"] == "directory":
        await write_folder(tree, item, directory, limits, os.fsencode(args.output))
    else:
        limits.count(item)
        await write_file(tree, item, os.fsencode(args.output))


async def tail(upstream, state, args):
    logs, secret, path = await open_logs(upstream, state, args.link)
    need(not path, "a path is for get")
    low = [max(0, log.length - 10) if args.first is None else args.first for log in logs]
    entries, forked = [], None
    for first, log in zip(low, logs):
        try:
            async for entry in log.entries(first):
                entries.append(entry)
        except Forked as error:
            forked = error
    for entry in sorted(entries, key=order) if len(logs) > 1 else entries:
        await show(upstream, secret, entry)
    sys.stdout.buffer.flush()
    if forked:
        raise forked


async def show(upstream, secret, entry):
    data = entry["bytes"]
    if "root" in entry and "note" not in entry and len(data) == 42:
        root, data = entry["root"], b""
        need(root["kind"] == 0, "a folder, but not of a site")
        async for part in Tree(upstream, entry["log"], secret).content(root["name"], root["id"], root["bytes"]):
            data += part
    elif "note" in entry:
        data = json.dumps(entry["note"]).encode()
    sys.stdout.buffer.write(data + b"\n")


async def follow(upstream, state, args):
    """The logs that the stream has now; each is followed until its writer forks it, or the program is ended."""
    logs, secret, path = await open_logs(upstream, state, args.link)
    need(not path, "a path is for get")
    device, host, port = parse_neighbour(args.upstream)
    dialler = Dialler(lambda: dial(device, host, port, state.seed()), args.max_age)
    dialler.upstream = upstream

    async def print_entry(upstream, entry):
        await show(upstream, secret, entry)
        sys.stdout.buffer.flush()

    low = [max(0, log.length - 10) if args.first is None else args.first for log in logs]
    followers = [
        Follower(dialler, log.key, secret, state.head(log.key), first, args, print_entry) for first, log in zip(low, logs)
    ]
    await asyncio.gather(*[follower.run() for follower in followers])


async def main(args):
    upstream = None
    state = State(args.state)
    try:
        device, host, port = parse_neighbour(args.upstream)
        link = await dial(device, host, port, state.seed())
        upstream = Upstream(link, args.max_age, not args.no_stale)
        await {"get": get, "tail": tail, "follow": follow}[args.command](upstream, state, args)
        await link.close()
    except (Refused, NoAnswer, Forked, LinkDown, OSError) as error:
        print(f"runnel_reader: {type(error).__name__}: {error}", file=sys.stderr)
        return 3 if isinstance(error, NoAnswer) else 5 if isinstance(error, (Refused, Forked)) else 4
    finally:
        state.write()
        if upstream:
            facts = {**upstream.said, "bytesRead": upstream.link.bytes_read, "dropped": upstream.link.dropped}
            print(json.dumps(facts), file=sys.stderr)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--state", help="a file that remembers certificates, cards and heads")
    parser.add_argument("--max-age", type=int, default=10, help="seconds")
    parser.add_argument("--no-stale", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    each = commands.add_parser("get")
    each.add_argument("link")
    each.add_argument("-o", "--output", required=True)
    each = commands.add_parser("tail")
    each.add_argument("link")
    each.add_argument("--from", dest="first", type=int)
    each = commands.add_parser("follow")
    each.add_argument("link")
    each.add_argument("--from", dest="first", type=int)
    each.add_argument("--renew", dest="renew_s", type=float, default=20, help="seconds")
    each.add_argument("--lifetime", dest="lifetime_ms", type=int, default=60_000, help="milliseconds, 1,000 to 60,000")
    each.add_argument("--credit", type=int, default=8_388_608, help="bytes, at least the 123,300 of one answer")
    sys.exit(asyncio.run(main(parser.parse_args())))
