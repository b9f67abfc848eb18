"""What docs/protocol.md builds on (sections 1 to 5 and 8): BLAKE3, texts, the rule of verification, the seal, Noise.

Written from that page alone. Needs `blake3` and `cryptography` from PyPI; everything else is the standard library.
"""

import hashlib
import hmac

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Refused(Exception):
    """Input that the page says must be refused."""


def need(condition, reason):
    if not condition:
        raise Refused(reason)


# Section 1


def H(*parts):
    return blake3(b"".join(parts)).digest()


def KDF(context, *parts):
    return blake3(b"".join(parts), derive_key_context=context).digest()


def MAC(key, *parts):
    return blake3(b"".join(parts), key=key).digest()


def u(value, size):
    return value.to_bytes(size, "big")


def lp8(value):
    return u(len(value), 1) + value


def lp16(value):
    return u(len(value), 2) + value


# Section 2

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def encode_text(kind, value):
    whole = value + u(kind, 1) + KDF("runnel v1 text", u(kind, 1), value)[:2]
    number = int.from_bytes(whole, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(275, -1, -5))


def decode_text(text):
    need(len(text) == 56, "bad-length")
    number = 0
    for character in text:
        lower = character.lower() if character.isascii() else character
        need(lower in ALPHABET, "bad-text")
        number = number << 5 | ALPHABET.index(lower)
    whole = number.to_bytes(35, "big")
    value, kind = whole[:32], whole[32]
    need(whole[33:] == KDF("runnel v1 text", u(kind, 1), value)[:2], "bad-checksum")
    need(kind <= 3, "bad-kind")
    return kind, value


def address(kind, key):
    return bytes.fromhex("2001002" + "01"[kind == "stream"]) + KDF("runnel v1 address", key)[:12]


# Section 3: Ed25519 over the integers, so that the edges are the page's and no library's.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    k, m = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    n, o = 2 * D * t1 * t2 % P, 2 * z1 * z2 % P
    e, f, g, h = m - k, o - n, o + n, m + k
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _encode(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(key):
    """The point of a canonical encoding, or None."""
    number = int.from_bytes(key, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
NEUTRAL = b"\x01" + bytes(31)


def is_prime_order(key):
    point = _decode(key)
    return point is not None and _encode(point) != NEUTRAL and _encode(_times(L, point)) == NEUTRAL


def verify_message(key, message, signature):
    R, S = signature[:32], int.from_bytes(signature[32:], "little")
    if R == NEUTRAL or S >= L or not is_prime_order(key):
        return False
    k = int.from_bytes(hashlib.sha512(R + key + message).digest(), "little") % L
    return _encode(_add(_times(S, BASE), _times(L - k, _decode(key)))) == R


def signed_message(kind, body):
    return b"runnel v1 sign " + kind.encode() + b"\0" + body


def verify(kind, key, body, signature):
    need(verify_message(key, signed_message(kind, body), signature), "bad-signature")


def public_key(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(kind, seed, body):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(signed_message(kind, body))


# Section 5


def file_scope(secret):
    return KDF("runnel v1 scope", b"\0", secret or b"")


def run_scope(log, secret):
    return KDF("runnel v1 scope", b"\1", log, secret or b"")


def card_scope(secret):
    return KDF("runnel v1 scope", b"\2", secret)


def _ctr(K, id, text):
    key = KDF("runnel v1 seal key", K, id)
    return Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor().update(text)


def seal(K, kind, context, plaintext):
    id = MAC(K, u(kind, 1), lp16(context), plaintext)
    return id, _ctr(K, id, plaintext)


def open_sealed(K, kind, context, id, sealed):
    plaintext = _ctr(K, id, sealed)
    need(MAC(K, u(kind, 1), lp16(context), plaintext) == id, "bad-seal")
    return plaintext


# Section 8


def montgomery_public(key):
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(32, "little")


def montgomery_private(seed):
    scalar = bytearray(hashlib.sha512(seed).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return bytes(scalar)


def x25519_public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _dh(private, public):
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def open_record(key, counter, sealed):
    return AESGCM(key).decrypt(bytes(4) + u(counter, 8), sealed, None)


def seal_record(key, counter, frames):
    sealed = AESGCM(key).encrypt(bytes(4) + u(counter, 8), frames, None)
    return lp16(sealed)


class Handshake:
    """Noise_IK_25519_AESGCM_SHA256 of one side (Noise, revision 34, section 5)."""

    def __init__(self, static, ephemeral, responder_public, is_initiator, prologue=b"runnel v1 link"):
        self.s, self.e, self.rs, self.is_initiator = static, ephemeral, responder_public, is_initiator
        self.h = b"Noise_IK_25519_AESGCM_SHA256".ljust(32, b"\0")
        self.ck, self.k, self.n = self.h, None, 0
        self._mix_hash(prologue)
        self._mix_hash(responder_public)

    def _mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def _hkdf(self, data):
        temporary = hmac.digest(self.ck, data, "sha256")
        first = hmac.digest(temporary, b"\1", "sha256")
        return first, hmac.digest(temporary, first + b"\2", "sha256")

    def _mix(self, private, public):
        self.ck, self.k = self._hkdf(_dh(private, public))
        self.n = 0

    def _seal(self, text):
        sealed = AESGCM(self.k).encrypt(bytes(4) + u(self.n, 8), text, self.h)
        self.n += 1
        self._mix_hash(sealed)
        return sealed

    def _open(self, sealed):
        text = AESGCM(self.k).decrypt(bytes(4) + u(self.n, 8), sealed, self.h)
        self.n += 1
        self._mix_hash(sealed)
        return text

    def write1(self, payload):
        own = x25519_public(self.e)
        self._mix_hash(own)
        self._mix(self.e, self.rs)
        sealed_static = self._seal(x25519_public(self.s))
        self._mix(self.s, self.rs)
        return own + sealed_static + self._seal(payload)

    def read1(self, message):
        self.re = message[:32]
        self._mix_hash(self.re)
        self._mix(self.s, self.re)
        self.rs = self._open(message[32:80])
        self._mix(self.s, self.rs)
        return self._open(message[80:])

    def write2(self, payload):
        own = x25519_public(self.e)
        self._mix_hash(own)
        self._mix(self.e, self.re)
        self._mix(self.e, self.rs)
        return own + self._seal(payload)

    def read2(self, message):
        self.re = message[:32]
        self._mix_hash(self.re)
        self._mix(self.e, self.re)
        self._mix(self.s, self.re)
        return self._open(message[32:])

    def split(self):
        """The key of the initiator's records, then that of the responder's."""
        return self._hkdf(b"")
