"""What a reader remembers, so that nobody takes it back: certificates, cards, heads with their pages."""

import json
import os

from layouts import decode_card_head, decode_certificate, decode_head


class State:
    def __init__(self, path):
        self.path = path
        self.held = {"seed": os.urandom(32).hex(), "names": {}, "heads": {}}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.held = json.load(file)

    def seed(self):
        return bytes.fromhex(self.held["seed"])

    def name(self, name):
        held = self.held["names"].get(name.hex())
        if held is None:
            return None
        cards = [(decode_card_head(bytes.fromhex(head)), bytes.fromhex(chunk)) for head, chunk in held["cards"]]
        return decode_certificate(bytes.fromhex(held["certificate"])), {head["device"]: (head, c) for head, c in cards}

    def keep_name(self, name, certificate, cards):
        kept = [((head["body"] + head["signature"]).hex(), chunk.hex()) for head, chunk in cards.values()]
        whole = certificate["body"] + certificate["signature"]
        self.held["names"][name.hex()] = {"certificate": whole.hex(), "cards": kept}

    def head(self, log):
        held = self.held["heads"].get(log.hex())
        return held and {**decode_head(bytes.fromhex(held[0])), "page": bytes.fromhex(held[1])}

    def keep_head(self, log, head):
        self.held["heads"][log.hex()] = [(head["body"] + head["signature"]).hex(), head["page"].hex()]

    def write(self):
        if self.path:
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.held, file)
            os.replace(self.path + ".new", self.path)
