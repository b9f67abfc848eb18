//! What Runnel computes per byte, without Node: BLAKE3, AES-256 in counter mode and GCM, the seal, content-defined cuts,
//! Ed25519 and X25519.
//!
//! Each function gives the bytes that the portable provider in `stack/crypto` gives, for every input; a property test
//! on the other side of the binding holds them equal. Nothing here panics, whatever the content, and nothing keeps
//! what it was given.

#![forbid(unsafe_code)]

pub mod cipher;
pub mod cut;
pub mod ed25519;
pub mod hash;
pub mod hash_state;
pub mod seal;
pub mod x25519;

/// A key, a hash, a seed, a scalar or a point.
pub type Bytes32 = [u8; 32];
