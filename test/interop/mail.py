"""Letters for an inbox, from docs/protocol.md section 20 alone: what a program that writes to somebody needs."""

from primitives import AESGCM, H, Refused, _dh, hmac, lp8, lp16, need, sign, u, verify, x25519_public

CLASSES = 6


# RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
KEM_ID, KDF_ID, AEAD_ID = u(0x0020, 2), u(0x0001, 2), u(0x0002, 2)
SUITE = b"HPKE" + KEM_ID + KDF_ID + AEAD_ID


def _extract(salt, key):
    return hmac.digest(salt or bytes(32), key, "sha256")


def _expand(key, info, length):
    out, block = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def _labeled_extract(suite, salt, label, key):
    return _extract(salt, b"HPKE-v1" + suite + label + key)


def _labeled_expand(suite, key, label, info, length):
    return _expand(key, u(length, 2) + b"HPKE-v1" + suite + label + info, length)


def _context(shared, enc, recipient, info):
    """Key and base nonce of the one message of a context."""
    suite = b"KEM" + KEM_ID
    eae = _labeled_extract(suite, b"", b"eae_prk", shared)
    secret = _labeled_expand(suite, eae, b"shared_secret", enc + recipient, 32)
    schedule = b"\0" + _labeled_extract(SUITE, b"", b"psk_id_hash", b"") + _labeled_extract(SUITE, b"", b"info_hash", info)
    keyed = _labeled_extract(SUITE, secret, b"secret", b"")
    return _labeled_expand(SUITE, keyed, b"key", schedule, 32), _labeled_expand(SUITE, keyed, b"base_nonce", schedule, 12)


def hpke_seal(ephemeral, recipient, info, associated, plain):
    enc = x25519_public(ephemeral)
    key, nonce = _context(_dh(ephemeral, recipient), enc, recipient, info)
    return enc, AESGCM(key).encrypt(nonce, plain, associated)


def hpke_open(private, enc, info, associated, sealed):
    key, nonce = _context(_dh(private, enc), enc, x25519_public(private), info)
    return AESGCM(key).decrypt(nonce, sealed, associated)


def letter_body(sender, certificate, device, time_ms, id, subject, body, attachments=(), tickets=(), kind=0):
    return (
        sender + lp16(certificate) + device + u(time_ms, 8) + id + u(kind, 1) + lp8(subject) + u(len(body), 4) + body
        + u(len(attachments), 1) + b"".join(lp8(name) + u(size, 8) + lp16(link) for name, size, link in attachments)
        + u(len(tickets), 1) + b"".join(tickets)
    )  # fmt: skip


def make_envelope(inbox, devices, letter, device_seed, content_key, ephemerals):
    """`devices`: of each its key and the key of its inbox; `letter`: what `letter_body` gives."""
    recipients = []
    for (device, key), ephemeral in zip(devices, ephemerals):
        recipients.append((device, *hpke_seal(ephemeral, key, b"runnel v1 inbox", inbox + device, content_key)))
    bound = b"".join(device + enc for device, enc, _ in recipients)
    letter += sign("envelope", device_seed, inbox + u(len(recipients), 1) + bound + H(letter))
    size_class = next(c for c in range(CLASSES) if 4 + len(letter) <= 1024 << c)
    head = b"\1" + inbox + u(size_class, 1) + u(len(recipients), 1) + b"".join(b"".join(each) for each in recipients)
    padded = (u(len(letter), 4) + letter).ljust(1024 << size_class, b"\0")
    return letter, head + AESGCM(content_key).encrypt(bytes(12), padded, head)


def open_envelope(envelope, device, private):
    """The letter, for one of its devices."""
    need(envelope[0] == 1, "bad-version")
    inbox, size_class, count = envelope[1:33], envelope[33], envelope[34]
    head = envelope[: 35 + 112 * count]
    for at in range(35, len(head), 112):
        if head[at : at + 32] == device:
            enc, wrapped = head[at + 32 : at + 64], head[at + 64 : at + 112]
            key = hpke_open(private, enc, b"runnel v1 inbox", inbox + device, wrapped)
            padded = AESGCM(key).decrypt(bytes(12), envelope[len(head) :], head)
            need(len(padded) == 1024 << size_class, "too-short")
            length = int.from_bytes(padded[:4], "big")
            need(not any(padded[4 + length :]), "bad-padding")
            return padded[4 : 4 + length]
    raise Refused("not-member")


def puzzle_bits(inbox, day, size_class, envelope, nonce):
    hashed = int.from_bytes(H(b"runnel v1 puzzle" + inbox + u(day, 4) + u(size_class, 1) + H(envelope) + u(nonce, 8)), "big")
    return 256 - hashed.bit_length()


def check_ticket(ticket):
    verify("ticket", ticket[56:88], ticket[:88], ticket[88:])
    return {"inbox": ticket[:32], "serial": ticket[32:48], "untilMs": int.from_bytes(ticket[48:56], "big"), "device": ticket[56:88]}


def check_receipt(receipt):
    verify("receipt", receipt[49:81], receipt[:81], receipt[81:])
    return {"envelope": receipt[:32], "custodian": receipt[49:81], "untilMs": int.from_bytes(receipt[40:48], "big")}
