"""A log (sections 6.1, 6.2, 6.7 and 7): its pages in order, its entries, and whether one state continues another."""

from layouts import EMPTY_ROOT, compare_heads, decode_page, decode_tree, open_run, tree_sums
from primitives import H, need, run_scope, u


class Forked(Exception):
    """The writer signed two states of which neither continues the other."""


SITE_WITHIN = 65_536
SUMS = ("entries", "bytes", "reachable")


def expected_top(head):
    """What the closed root must be. The level is not known before it is seen."""
    page = decode_page(head["page"])
    sums = {"bytes": head["bytes"] - page["bytes"], "reachable": head["reachable"] - page["reachable"]}
    above = {"level": None, "last": True, "top": True}
    return {"name": head["closedRoot"], "entries": head["closedLength"], **sums, **above}


def check_tree(data, expected):
    """A tree against what stands above it: kind, level, fill, depth and sums."""
    tree = decode_tree(data)
    n = len(tree["children"])
    need(expected["level"] in (None, tree["level"]), "bad-level")
    need(n == 256 or expected["last"], "bad-fill")
    need(n >= 2 or tree["level"] == 0 or not expected["top"], "bad-depth")
    sums = tree_sums(data, tree)
    for key in SUMS:
        need(sums[key] < 2**53, "too-large")
        need(expected[key] in (None, sums[key]), "bad-count")
    return tree


def below(tree, index, expected):
    """What stands above the child at this index."""
    last = expected["last"] and index == len(tree["children"]) - 1
    return {**tree["children"][index], "level": tree["level"] - 1, "last": last, "top": False}


def check_page(data, expected, first):
    page = decode_page(data)
    need(page["runs"] and page["first"] == first, "bad-count")
    need(all(page[key] == expected[key] for key in SUMS), "bad-count")
    return page


async def _pages(upstream, via, expected, first, low, high, backwards):
    data = await upstream.chunk(expected["name"], via)
    if expected["level"] == -1:
        yield check_page(data, expected, first)
        return
    tree = check_tree(data, expected)
    firsts = [first]
    for child in tree["children"]:
        firsts.append(firsts[-1] + child["entries"])
    order = range(len(tree["children"]))
    for index in reversed(order) if backwards else order:
        if firsts[index] < high and firsts[index + 1] > low:
            inner = below(tree, index, expected)
            async for page in _pages(upstream, via, inner, firsts[index], low, high, backwards):
                yield page


class Log:
    """One state of a log: below a verified head, or below what a closing says."""

    def __init__(self, upstream, key, secret, top, page, length):
        self.upstream, self.key, self.top, self.page, self.length = upstream, key, top, page, length
        self.readable = length  # of a forked log: what both of its states have in common
        self.K = run_scope(key, secret)

    @staticmethod
    def of_head(upstream, secret, head):
        page = decode_page(head["page"])
        return Log(upstream, head["log"], secret, expected_top(head), page, head["length"])

    @staticmethod
    async def of_closing(upstream, secret, closing):
        page = decode_page(await upstream.chunk(closing["openPage"], closing["log"]))
        entries = closing["length"] - page["entries"]
        need(entries >= 0 and (entries == 0) == (closing["closedRoot"] == EMPTY_ROOT), "bad-count")
        need(not page["runs"] or page["first"] == entries, "bad-count")
        top = {"name": closing["closedRoot"], "entries": entries, "bytes": None, "reachable": None}
        top |= {"level": None, "last": True, "top": True}
        return Log(upstream, closing["log"], secret, top, page, closing["length"])

    async def _runs(self, low, high, backwards):
        async def closed():
            if self.top["name"] != EMPTY_ROOT and low < self.top["entries"]:
                async for page in _pages(self.upstream, self.key, self.top, 0, low, high, backwards):
                    yield page

        if backwards:
            yield self.page
        async for page in closed():
            yield page
        if not backwards:
            yield self.page

    async def entries(self, low=0, high=None, backwards=False):
        """The entries from `low` to before `high`, each with sequence, reference child and its run's children."""
        wanted = self.length if high is None else min(high, self.length)
        high = min(wanted, self.readable)
        async for page in self._runs(low, high, backwards):
            for run in reversed(page["runs"]) if backwards else page["runs"]:
                if run["first"] >= high or run["first"] + run["count"] <= low:
                    continue
                opened = open_run(self.K, run)
                order = range(len(opened))
                for index in reversed(order) if backwards else order:
                    sequence = run["first"] + index
                    if low <= sequence < high:
                        entry = {**opened[index], "sequence": sequence, "log": self.key}
                        if "reference" in entry:
                            name, reachable = run["children"][entry["reference"]["child"]]
                            entry["root"] = {**entry["reference"], "name": name, "reachable": reachable}
                        yield entry
        if high < wanted:
            raise Forked(f"the writer signed two states that differ from entry {high} on")

    async def newest_site(self):
        low = max(0, self.readable - SITE_WITHIN)
        async for entry in self.entries(low, self.readable, backwards=True):
            if "note" in entry:
                return entry
        return None


async def continues(upstream, x, y):
    """Whether one of two heads continues the other, by all five rules of section 7."""
    said = compare_heads(x, y)
    return said == "continues" or said == "undecided" and await _rule_5(upstream, *sorted((x, y), key=length_of))


def length_of(head):
    return head["length"]


async def _rule_5(upstream, x, y):
    """X's closed tree is the left part of Y's, and the page after it begins with X's open page."""
    left, expected, at = [], expected_top(y), 0
    while expected["level"] != -1:
        tree = check_tree(await upstream.chunk(expected["name"], y["log"]), expected)
        index = 0
        while at + tree["children"][index]["entries"] <= x["closedLength"]:
            at += tree["children"][index]["entries"]
            index += 1
        left.append((tree["level"], tree["children"][:index]))
        expected = below(tree, index, expected)
    data = await upstream.chunk(expected["name"], y["log"])
    check_page(data, expected, at)
    if at != x["closedLength"] or left_root(left) != x["closedRoot"]:
        return False
    return x["openBytes"] == 1 or data.startswith(x["page"])


async def shared_entries(upstream, a, b):
    """How many entries two states have in common from the beginning: of their pages, then of the runs of the next."""
    first, second = [[page async for page in _all_pages(upstream, head)] for head in (a, b)]
    shared = 0
    for one, other in zip(first, second):
        if one["name"] == other["name"]:
            shared += one["entries"]
            continue
        pages = [page["data"] or await upstream.chunk(page["name"], a["log"]) for page in (one, other)]
        for run in decode_page(pages[0])["runs"]:
            if pages[0][: run["end"]] != pages[1][: run["end"]]:
                break
            shared += run["count"]
        return shared
    return shared


async def _all_pages(upstream, head):
    """Name, number of entries, and data of each page in order; of closed ones the data is None."""

    async def below_of(expected):
        if expected["level"] == -1:
            yield {"name": expected["name"], "entries": expected["entries"], "data": None}
            return
        tree = check_tree(await upstream.chunk(expected["name"], head["log"]), expected)
        for index in range(len(tree["children"])):
            async for page in below_of(below(tree, index, expected)):
                yield page

    if head["closedRoot"] != EMPTY_ROOT:
        async for page in below_of(expected_top(head)):
            yield page
    yield {"name": head["openPage"], "entries": head["length"] - head["closedLength"], "data": head["page"]}


def left_root(left):
    """The name of the tree that is made of what stands left of a way: (level, children), from the top down."""
    carried = None
    for step in range(len(left) - 1, -1, -1):
        level, children = left[step]
        children = children + ([carried] if carried else [])
        if not children:
            continue
        top = all(not above for _, above in left[:step])
        if top and level > 0 and len(children) == 1:
            return children[0]["name"]
        chunk = bytes([2, level]) + u(len(children), 2) + b"".join(
            child["name"] + b"".join(u(child[key], 8) for key in SUMS) for child in children
        )
        carried = {"name": H(chunk), **{key: sum(child[key] for child in children) for key in SUMS}}
        carried["reachable"] += len(chunk)
        if top:
            return carried["name"]
    return carried["name"] if carried else EMPTY_ROOT
