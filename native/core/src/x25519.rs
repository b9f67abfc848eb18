//! X25519 (RFC 7748), and the Montgomery form of Ed25519 keys.

use crate::{Bytes32, ed25519};
use curve25519_dalek::montgomery::MontgomeryPoint;

/// The public key of a private one.
pub fn public_key(private_key: &Bytes32) -> Bytes32 {
    MontgomeryPoint::mul_base_clamped(*private_key).to_bytes()
}

/// The shared secret; `None` when it is all zero, because the other's key is of small order.
pub fn shared(private_key: &Bytes32, public_key: &Bytes32) -> Option<Bytes32> {
    let secret = MontgomeryPoint(*public_key).mul_clamped(*private_key).to_bytes();
    (secret != [0; 32]).then_some(secret)
}

/// The X25519 key of an Ed25519 key that is canonical and of prime order.
pub fn of_ed25519(public_key: &Bytes32) -> Option<Bytes32> {
    ed25519::checked_point(public_key).map(|point| point.to_montgomery().to_bytes())
}
