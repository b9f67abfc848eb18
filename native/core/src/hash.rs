//! BLAKE3 in its three modes, 32 bytes of output (<https://github.com/BLAKE3-team/BLAKE3-specs>).

use crate::Bytes32;
use blake3::hazmat::HasherExt;

/// What a hash is for.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// The plain hash.
    Hash,
    /// A MAC under a key.
    Keyed(&'a Bytes32),
    /// `derive_key`, with the context already hashed by [`context_key`].
    Derive(&'a Bytes32),
}

/// The hash of `parts`, one after the other.
pub fn hash<'a>(mode: Mode, parts: impl IntoIterator<Item = &'a [u8]>) -> Bytes32 {
    let mut hasher = Hasher::new(mode);
    for part in parts {
        hasher.update(part);
    }
    hasher.finish()
}

/// What a context of `derive_key` becomes before any key material is mixed in.
pub fn context_key(context: &str) -> Bytes32 {
    blake3::hazmat::hash_derive_key_context(context)
}

/// A hash whose bytes come one part after the other.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Of nothing yet.
    pub fn new(mode: Mode) -> Self {
        Hasher(match mode {
            Mode::Hash => blake3::Hasher::new(),
            Mode::Keyed(key) => blake3::Hasher::new_keyed(key),
            Mode::Derive(context_key) => blake3::Hasher::new_from_context_key(context_key),
        })
    }

    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all of them.
    pub fn finish(&self) -> Bytes32 {
        *self.0.finalize().as_bytes()
    }
}
