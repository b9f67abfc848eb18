"""Files and folders (sections 6.3 to 6.5): trees that are opened, checked and walked."""

import asyncio

from layouts import KINDS, check_target, open_directory, open_node, open_part
from primitives import Refused, file_scope, need

MAX_NODE = 18_468
MORE_DEPTH, FOLDER_DEPTH, MAX_FOLLOWED = 4, 128, 40
OWN_MOST_FILES, OWN_MOST_DIRECTORIES = 2**24, 2**20


class Tree:
    """The trees below one entry of a log."""

    def __init__(self, upstream, via, secret):
        self.upstream, self.via, self.K = upstream, via, file_scope(secret)

    async def _chunk(self, name, most=61_440):
        return await self.upstream.chunk(name, self.via, most)

    async def parts(self, name, id, size, level=None, last=True, top=True):
        """The parts of a file in order: (name, id, bytes). Parts are named, not yet fetched."""
        if level == -1:
            yield name, id, size
            return
        data = await self._chunk(name, max(MAX_NODE, min(size + 1, 61_440)))
        if level is None and data[0] == 3:
            need(1 <= size == len(data) - 1, "bad-length")
            yield name, id, size
            return
        node = open_node(self.K, id, data)
        n = len(node["children"])
        need(level in (None, node["level"]), "bad-level")
        need(node["bytes"] == size, "bad-length")
        need(n == 256 or last, "bad-fill")
        need(n >= 2 or not top or (n == 0 and size == 0), "bad-depth")
        need(n >= 1 or top, "bad-count")
        for index, child in enumerate(node["children"]):
            level, right = node["level"] - 1, last and index == n - 1
            inner = self.parts(child["name"], child["id"], child["bytes"], level, right, False)
            async for part in inner:
                yield part

    async def content(self, name, id, size, ahead=12):
        """The bytes of a file, part by part."""

        async def fetch(name, id, size):
            part = open_part(self.K, id, await self._chunk(name, size + 1))
            need(len(part) == size, "bad-length")
            return part

        pending = []
        try:
            async for part in self.parts(name, id, size):
                pending.append(asyncio.create_task(fetch(*part)))
                if len(pending) > ahead:
                    yield await pending.pop(0)
            while pending:
                yield await pending.pop(0)
        finally:
            for task in pending:
                task.cancel()

    async def items(self, name, id, directory, low=b"", high=None, nest=0, wanted=None):
        """The items of a directory in order, over all its chunks; of `wanted` only the chunk that may hold it."""
        need(nest <= MORE_DEPTH, "too-deep")
        items = open_directory(self.K, id, await self._chunk(name))
        need(items or nest == 0, "bad-count")
        names = [item["name"].encode() for item in items]
        need(not items or (low <= names[0] and (high is None or names[-1] < high)), "bad-order")
        for index, item in enumerate(items):
            if item["kind"] == "more":
                bound = names[index + 1] if index + 1 < len(items) else high
                if wanted is None or names[index] <= wanted and (bound is None or wanted < bound):
                    inner = self.items(item["child"], item["id"], directory, names[index], bound, nest + 1, wanted)
                    async for each in inner:
                        yield each
            else:
                if item["kind"] == "symlink":
                    try:
                        check_target(directory, item["target"])
                    except Refused:
                        raise Refused(f"PATH_ESCAPES: {'/'.join(directory + [item['name']])}") from None
                yield item

    async def find(self, root, path):
        """The item that a path of a link names, and the names that lead to it. Symlinks are followed by names alone."""
        names, followed = [name.decode() for name in path], 0
        while True:
            here, done = root, []
            for step in names:
                need(here["kind"] == "directory", "not a folder")
                found = None
                async for item in self.items(here["child"], here["id"], done, wanted=step.encode()):
                    if item["name"] == step:
                        found = item
                need(found, f"nothing is called {step}")
                if found["kind"] == "symlink":
                    break
                here, done = found, done + [step]
            else:
                return here, done
            followed += 1
            need(followed <= MAX_FOLLOWED, "too many symlinks")
            names = resolved(done, found["target"]) + names[len(done) + 1 :]


def resolved(directory, target):
    """The names that a target stands for; it was checked to stay inside."""
    names = list(directory)
    for step in target.split("/"):
        if step == "..":
            names.pop()
        elif step not in ("", "."):
            names.append(step)
    return names


async def walk(tree, directory, item, limits):
    """Every item below a folder: (path below it, item), a folder before what is in it. Sums are checked."""
    need(len(directory) <= FOLDER_DEPTH, "too-deep")
    total = 0
    async for inner in tree.items(item["child"], item["id"], directory):
        limits.count(inner)
        total += inner.get("bytes", 0)
        yield [inner["name"]], inner
        if inner["kind"] == "directory":
            async for path, each in walk(tree, directory + [inner["name"]], inner, limits):
                yield [inner["name"], *path], each
    need(total == item["bytes"], "bad-sum")


class Limits:
    """What the NOTE promised is the most that is created."""

    def __init__(self, note):
        self.files, self.bytes = min(note["files"], OWN_MOST_FILES), note["bytes"]
        self.directories = OWN_MOST_DIRECTORIES

    def count(self, item):
        if item["kind"] == "directory":
            self.directories -= 1
        else:
            self.files -= 1
            self.bytes -= item.get("bytes", 0)
        need(min(self.files, self.bytes, self.directories) >= 0, "more than the site's note says")


def root_of(site):
    """The item that a site's reference and note make together."""
    root, note = site["root"], site["note"]
    need(note["bytes"] == root["bytes"] and (root["kind"] == 1 or note["files"] == 1), "the note and the reference differ")
    item = {"kind": KINDS[root["kind"]], "child": root["name"], "id": root["id"], "bytes": root["bytes"]}
    return {**item, "mode": note["mode"], "name": note["name"]}
