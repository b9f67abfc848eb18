#!/bin/sh
# A publisher and a router of this repository, and the reader that a stranger wrote: runs on loopback, compares, ends with OK.
# RUNNEL names the command (dist/runnel otherwise), PYTHON a Python with requirements.txt (otherwise a venv in ~/.cache is made).
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
runnel=${RUNNEL:-$here/../../dist/runnel}
venv=$HOME/.cache/runnel-test/venv
if [ -z "${PYTHON:-}" ]; then
  PYTHON=$venv/bin/python
  "$PYTHON" -c 'import blake3, cryptography' 2>/dev/null ||
    { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/requirements.txt"; }
fi
t=$(mktemp -d "${TMPDIR:-/tmp}/interop.XXXXXX")

clean() {
  "$runnel" stop --home "$t/a" >/dev/null 2>&1 || true
  "$runnel" stop --home "$t/r" >/dev/null 2>&1 || true
  rm -rf "$t"
}
trap clean EXIT
trap 'exit 1' INT TERM
fail() { echo "FAILED: $*" >&2; sed 's/^/  /' "$t/said" >&2 2>/dev/null || true; exit 1; }

"$PYTHON" "$here/check_vectors.py" >"$t/said" 2>&1 || fail "vectors"
"$PYTHON" "$here/check_refusals.py" >"$t/said" 2>&1 || fail "refusals"

"$PYTHON" - "$t" <<'PY'
import os, random, sys
r, t = random.Random(1), sys.argv[1]
os.makedirs(f"{t}/small/sub/empty")
os.makedirs(f"{t}/big/many")
def put(path, data, mode=0o644):
    with open(f"{t}/{path}", "wb") as f:
        f.write(data)
    os.chmod(f"{t}/{path}", mode)
put("small/hello.txt", b"hello\n", 0o600)
put("small/empty", b"")
put("small/sub/\u00fcn\u00efcode name", b"x" * 70_000)
put("small/sub/run.sh", b"#!/bin/sh\n", 0o755)
os.symlink("../hello.txt", f"{t}/small/sub/link")
os.symlink("nowhere", f"{t}/small/dangling")
os.chmod(f"{t}/small/sub/empty", 0o700)
put("big/random", r.randbytes(4 << 20))
put("big/zeros", bytes(2 << 20))
for i in range(400):
    put(f"big/many/{i}", r.randbytes(r.randrange(3_000)))
for name, lines in (("posts", ["first", "second", "\u00fcmlaut"]), ("long", [f"{i} " + "z" * 60 for i in range(9_000)])):
    put(name, "".join(line + "\n" for line in lines).encode())
put("later", b"L" * 40_000 + b"\nlast\n")
PY

port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$runnel" up --home "$t/r" --listen "127.0.0.1:$port" --root --detach >"$t/said" 2>&1 || fail "the router does not start"
key=$("$runnel" id --home "$t/r" --json | sed 's/.*"device":"\([a-z2-7]*\)".*/\1/')
"$runnel" up --home "$t/a" --upstream "$key@127.0.0.1:$port" --detach --phrases-file "$t/phrases" >"$t/said" 2>&1 ||
  fail "the publisher does not start"

publish() { "$runnel" publish "$@" --home "$t/a" --json | sed 's/.*"link":"\([^"]*\)".*/\1/'; }
append() { "$runnel" append "$@" --home "$t/a" --json | sed 's/.*"link":"\([^"]*\)".*/\1/'; }
reader() { "$PYTHON" "$here/runnel_reader.py" --upstream "$key@127.0.0.1:$port" "$@" 2>"$t/said"; }
modes() { (cd "$1" && find . -printf '%P %y %m %l\n' | sort); }
same() { # of what, as what; the mode of every file and the target of every symlink too
  diff -r --no-dereference "$1" "$2" >&2 || fail "$2 differs from $1"
  [ ! -d "$1" ] || { modes "$1" >"$t/1"; modes "$2" >"$t/2"; cmp "$t/1" "$t/2" || fail "modes of $2"; }
}

small=$(publish "$t/small")
big=$(publish "$t/big" --label big)
hidden=$(publish "$t/big" --label x --visibility unlisted)
file=$(publish "$t/small/sub/run.sh" --label file)
posts=$(append posts <"$t/posts")
long=$(append long <"$t/long")
hush=$(append hush --visibility unlisted <"$t/posts")

get() { rm -rf "$t/out"; reader get "$1" -o "$t/out" || fail "get $1"; same "$2" "$t/out"; }
tail_of() { reader tail "$1" --from 0 >"$t/out.log" || fail "tail $1"; cmp "$2" "$t/out.log" || fail "entries of $1"; }
story() {
  get "$small" "$t/small"
  get "$big" "$t/big"
  get "$hidden" "$t/big"
  get "$file" "$t/small/sub/run.sh"
  get "$small/sub" "$t/small/sub"
  get "$small/sub/link" "$t/small/hello.txt"
  get "$hidden/many/77" "$t/big/many/77"
  tail_of "$posts" "$t/posts"
  tail_of "$long" "$t/long"
  tail_of "$hush" "$t/posts"
}
story

# What was remembered is continued: a delta of the open page, then rule 5 across closed pages.
reader --state "$t/state" tail "$long" >/dev/null || fail "tail with a state"
append long <"$t/later" >/dev/null
cat "$t/later" >>"$t/long"
reader --state "$t/state" --max-age 0 tail "$long" --from 0 >"$t/out.log" || fail "tail that goes on"
cmp "$t/long" "$t/out.log" || fail "entries that were appended"
append long <"$t/long" >/dev/null
cat "$t/long" >"$t/twice"; cat "$t/long" >>"$t/twice"; mv "$t/twice" "$t/long"
reader --state "$t/state" --max-age 0 tail "$long" --from 0 >"$t/out.log" || fail "tail across closed pages"
cmp "$t/long" "$t/out.log" || fail "entries behind closed pages"

# Without its secret an unlisted stream is not there, and a wrong secret opens nothing.
! reader get "${hidden%+*}" -o "$t/out2" || fail "an unlisted stream was found without its secret"
! reader get "${hidden%+*}+${hush#*+}" -o "$t/out2" || fail "an unlisted stream was opened with another secret"

# The publisher is gone; the router still has it all.
"$runnel" stop --home "$t/a" >/dev/null 2>&1
! "$runnel" status --home "$t/a" >/dev/null 2>&1 || fail "the publisher is still there"
story
grep -q '"cached": [1-9]' "$t/said" || fail "nothing came from the cache"
echo OK
