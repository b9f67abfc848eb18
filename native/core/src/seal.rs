//! The seal of everything that is stored (docs/protocol.md §5), whole chunks at a time.
//!
//! ```text
//! id     = MAC(scope, kind u8 | LP16(context) | plaintext)
//! sealed = AES-256-CTR(key = KDF("runnel v1 seal key", scope | id), initial counter block 0, plaintext)
//! ```

use crate::Bytes32;
use crate::cipher::{Refused, counter_mode};
use crate::hash::{Hasher, Mode, context_key, hash};
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

static SEAL_KEY: LazyLock<Bytes32> = LazyLock::new(|| context_key("runnel v1 seal key"));

/// Under which key, and as what, something is sealed.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The scope key.
    pub key: &'a Bytes32,
    /// The kind of the chunk that holds what is sealed.
    pub kind: u8,
    /// At most 65,535 bytes.
    pub context: &'a [u8],
}

/// Seals `body` in place and gives its id.
pub fn seal(scope: Scope, body: &mut [u8]) -> Result<Bytes32, Refused> {
    let id = id_of(scope, body)?;
    under_key_of(scope, &id, body)?;
    Ok(id)
}

/// Opens `body` in place; false when its id is another one, and then it holds nothing that may be shown.
pub fn open(scope: Scope, id: &Bytes32, body: &mut [u8]) -> Result<bool, Refused> {
    under_key_of(scope, id, body)?;
    Ok(id_of(scope, body)?.ct_eq(id).into())
}

fn id_of(scope: Scope, plaintext: &[u8]) -> Result<Bytes32, Refused> {
    let length = u16::try_from(scope.context.len()).map_err(|_| Refused)?.to_be_bytes();
    let mut hasher = Hasher::new(Mode::Keyed(scope.key));
    for part in [&[scope.kind, length[0], length[1]], scope.context, plaintext] {
        hasher.update(part);
    }
    Ok(hasher.finish())
}

fn under_key_of(scope: Scope, id: &Bytes32, body: &mut [u8]) -> Result<(), Refused> {
    let key = Zeroizing::new(hash(Mode::Derive(&SEAL_KEY), [scope.key.as_slice(), id.as_slice()]));
    counter_mode(&key, body)
}
