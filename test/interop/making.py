"""What each maker of the vectors uses: the file, and how what is made is held against it."""

import re

made, differs = set(), []
sections = []


def section(make):
    sections.append(make)
    return make


def b(text):
    return bytes.fromhex(text)


def shown(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    return {key: shown(each) for key, each in value.items()} if isinstance(value, dict) else value


def raw(value):
    """What goes in: bytes for hexadecimal text, except where the text is meant."""
    if isinstance(value, dict):
        words = ("type", "reason", "role", "name") if "mode" in value or "type" in value or "reason" in value else ()
        return {key: each if key in words and not _is_key(each) else raw(each) for key, each in value.items()}
    if isinstance(value, list):
        return [raw(each) for each in value]
    return b(value) if isinstance(value, str) and len(value) % 2 == 0 and re.fullmatch("[0-9a-f]*", value) else value


def _is_key(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)


def leaves(value, path=()):
    if isinstance(value, (dict, list)) and value:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*path, str(key)))
    else:
        yield ".".join(path), value


class Vectors:
    """The file, and how what is made is held against it."""

    def __init__(self, file, path=()):
        self.file, self.path = file, path

    def __getitem__(self, key):
        value = self.file[key]
        return Vectors(value, (*self.path, str(key))) if isinstance(value, (dict, list)) else value

    def each(self):
        return [self[index] for index in range(len(self.file))]

    def is_(self, **values):
        """Each of these values was made, and is what stands here."""
        for key, value in values.items():
            expected = dict(leaves(self.file[key], (*self.path, key)))
            found = dict(leaves(shown(value), (*self.path, key)))
            made.update(found)
            differs.extend(path for path in {**expected, **found} if expected.get(path, made) != found.get(path, made))
