"""HPKE (RFC 9180) in base mode, one message a context: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM."""

import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from primitives import u, x25519_public

KEM = b"KEM" + u(0x0020, 2)
SUITE = b"HPKE" + u(0x0020, 2) + u(0x0001, 2) + u(0x0002, 2)


def _extract(suite, salt, label, data):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + data, "sha256")


def _expand(suite, key, label, info, length):
    block, out = b"", b""
    labeled = u(length, 2) + b"HPKE-v1" + suite + label + info
    while len(out) < length:
        block = hmac.digest(key, block + labeled + u(len(out) // 32 + 1, 1), "sha256")
        out += block
    return out[:length]


def _key_and_nonce(dh, enc, public, info):
    shared = _expand(KEM, _extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    context = b"\0" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    secret = _extract(SUITE, shared, b"secret", b"")
    return _expand(SUITE, secret, b"key", context, 32), _expand(SUITE, secret, b"base_nonce", context, 12)


def _dh(private, public):
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def seal_to(public, ephemeral, info, associated, plaintext):
    """(enc, ciphertext); `ephemeral` is a private key, never used again."""
    enc = x25519_public(ephemeral)
    key, nonce = _key_and_nonce(_dh(ephemeral, public), enc, public, info)
    return enc, AESGCM(key).encrypt(nonce, plaintext, associated)


def open_from(private, enc, info, associated, ciphertext):
    key, nonce = _key_and_nonce(_dh(private, enc), enc, x25519_public(private), info)
    return AESGCM(key).decrypt(nonce, ciphertext, associated)
