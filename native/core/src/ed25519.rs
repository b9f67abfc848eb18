//! Ed25519 (RFC 8032) with the one rule of verification that all nodes share (docs/protocol.md §3): the key is canonical
//! and of prime order, S < L, R is not the neutral element, and the encoding of S·B − k·A equals the bytes of R.

use crate::Bytes32;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// A signature: R, then S.
pub type Signature = [u8; 64];

/// The point of a public key that is canonical and of prime order.
pub fn checked_point(public_key: &Bytes32) -> Option<EdwardsPoint> {
    if !below_prime(public_key) {
        return None;
    }
    // What decompression takes besides, a negative zero x, has y = ±1, and both are of small order.
    let point = CompressedEdwardsY(*public_key).decompress()?;
    (!point.is_small_order() && point.is_torsion_free()).then_some(point)
}

/// Whether the signature is good under a key that is known to be: `checked_point` gave a point for it.
pub fn verify(public_key: &Bytes32, message: &[u8], signature: &Signature) -> bool {
    let (r, s) = halves(signature);
    if CompressedEdwardsY(r).is_identity() {
        return false;
    }
    let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)) else { return false };
    let Some(point) = CompressedEdwardsY(*public_key).decompress() else { return false };
    let challenge = challenge(&r, public_key, message);
    EdwardsPoint::vartime_double_scalar_mul_basepoint(&challenge, &-point, &s).compress().0 == r
}

/// The public key of a seed.
pub fn public_key(seed: &Bytes32) -> Bytes32 {
    let expanded = expand(seed);
    EdwardsPoint::mul_base(&secret_scalar(&expanded)).compress().0
}

/// The signature of a message, deterministic.
pub fn sign(seed: &Bytes32, message: &[u8]) -> Signature {
    let expanded = expand(seed);
    let secret = Zeroizing::new(secret_scalar(&expanded));
    let public_key = EdwardsPoint::mul_base(&secret).compress().0;
    let mut wide: [u8; 64] = Sha512::new().chain_update(&expanded[32..]).chain_update(message).finalize().into();
    let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
    wide.zeroize();
    let r = EdwardsPoint::mul_base(&nonce).compress().0;
    let s = challenge(&r, &public_key, message) * *secret + *nonce;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// Whether y is below 2^255 − 19, without the sign of x.
fn below_prime(encoded: &Bytes32) -> bool {
    encoded[31] & 0x7f != 0x7f || encoded[1..31].iter().any(|byte| *byte != 0xff) || encoded[0] < 0xed
}

fn halves(signature: &Signature) -> (Bytes32, Bytes32) {
    let mut r = [0; 32];
    let mut s = [0; 32];
    r.copy_from_slice(&signature[..32]);
    s.copy_from_slice(&signature[32..]);
    (r, s)
}

fn challenge(r: &Bytes32, public_key: &Bytes32, message: &[u8]) -> Scalar {
    let wide: [u8; 64] = Sha512::new().chain_update(r).chain_update(public_key).chain_update(message).finalize().into();
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// SHA-512 of the seed: the scalar, not yet pruned, and the prefix (RFC 8032, section 5.1.5).
fn expand(seed: &Bytes32) -> Zeroizing<[u8; 64]> {
    Zeroizing::new(Sha512::digest(seed).into())
}

fn secret_scalar(expanded: &[u8; 64]) -> Scalar {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&expanded[..32]);
    let mut clamped = clamp_integer(bytes);
    let scalar = Scalar::from_bytes_mod_order(clamped);
    bytes.zeroize();
    clamped.zeroize();
    scalar
}
