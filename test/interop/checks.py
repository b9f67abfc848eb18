"""What each check of the vectors uses: groups of checks, and how a value is held against what the file says."""

from primitives import Refused

groups = []


def group(check):
    groups.append(check)
    return check


def b(text):
    return bytes.fromhex(text)


def same(found, expected, what="value"):
    if found != expected:
        raise AssertionError(f"{what}: {found!r} is not {expected!r}")


def refuses(reason, function, *args):
    try:
        function(*args)
    except Refused as refused:
        same(str(refused), reason, "reason")
    else:
        raise AssertionError(f"{reason} was not refused")


def plain(value):
    """A decoded value as the file shows it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def agrees(decoded, vector, *but):
    """Each field of the vector is what was decoded."""
    decoded = plain(decoded)
    for key, expected in vector.items():
        if key not in but:
            same(decoded.get(key), expected, key)
