"""A name of one's own (section 4): made once, from random seeds, and kept in a file."""

import json
import os
import time

import encoders as e
from primitives import KDF, encode_text, public_key, sign


class Identity:
    def __init__(self, path):
        """Reads it, or makes it and writes it there."""
        if not os.path.exists(path):
            made = {"rungs": [os.urandom(32).hex() for _ in range(3)], "device": os.urandom(32).hex()}
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({**made, "serial": int(time.time())}, file)
        with open(path, encoding="utf-8") as file:
            held = json.load(file)
        rungs, self.seed = [bytes.fromhex(each) for each in held["rungs"]], bytes.fromhex(held["device"])
        ladder = e.ladder(rungs)
        self.name, self.device = KDF("runnel v1 name", ladder), public_key(self.seed)
        time_ms = held["serial"] * 1_000
        body = e.certificate_body(ladder, 0, held["serial"], public_key(rungs[0]), time_ms, [self.device], bytes(32))
        self.certificate = body + sign("cert", rungs[0], body)

    @property
    def text(self):
        return encode_text(0, self.name)
