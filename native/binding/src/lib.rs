//! The one door between Node and the native code. To `runnel-core`: the twelve functions of this file, which read and fill
//! memory of their caller's. To `runnel-tunnel`, on Linux: `tunnel.rs` and `machine.rs`.
//!
//! `stack/crypto/native.ts` is the only caller of what is here, and gives each its name and meaning. Nothing is kept between calls, no
//! object is made, and what goes wrong is a JavaScript error: a length that does not fit, an argument of another type, or
//! a panic, which is caught. Outputs may overlap inputs.

mod bytes;
#[cfg(target_os = "linux")]
pub mod machine;
#[cfg(target_os = "linux")]
pub mod tunnel;

use bytes::{Bytes, List, refused};
use napi::Result;
use napi_derive::napi;
use runnel_core::cipher::{self, TAG_BYTES};
use runnel_core::hash::{Hasher, Mode};
use runnel_core::hash_state::{self, StateError};
use runnel_core::seal::{self, Scope};
use runnel_core::{Bytes32, cut, ed25519, hash, x25519};
use zeroize::Zeroizing;

/// Which interface this is; with another number the caller does without.
#[napi]
pub const INTERFACE: u32 = 3;

/// BLAKE3 of `part` and then of each of `more`, into 32 bytes. Mode 0: plain; 1: under `key`; 2: derived from the context
/// key `key`; 3: the context key of `part`, which is UTF-8.
#[napi(catch_unwind)]
pub fn blake3(mode: u32, key: Option<Bytes>, part: Bytes, more: Option<List>, out: Bytes) -> Result<()> {
    if mode == 3 {
        let key = part.read(|bytes| std::str::from_utf8(bytes).map(hash::context_key));
        return out.put(&key.map_err(|_| refused("a context that is no UTF-8".to_owned()))?);
    }
    let key: Zeroizing<Bytes32> = Zeroizing::new(key.map_or(Ok([0; 32]), |key| key.array())?);
    let mut hasher = Hasher::new(match mode {
        0 => Mode::Hash,
        1 => Mode::Keyed(&key),
        2 => Mode::Derive(&key),
        _ => return Err(refused(format!("mode {mode}"))),
    });
    part.read(|bytes| hasher.update(bytes));
    for part in more.iter().flat_map(List::iter) {
        part?.read(|bytes| hasher.update(bytes));
    }
    out.put(&hasher.finish())
}

/// BLAKE3 of each, into 32 bytes of `out` each.
#[napi(catch_unwind)]
pub fn blake3_many(batch: List, out: Bytes) -> Result<()> {
    for (index, bytes) in batch.iter().enumerate() {
        let digest = bytes?.read(|bytes| hash::hash(Mode::Hash, [bytes]));
        slot(out, index)?.put(&digest)?;
    }
    Ok(())
}

/// Appends `bytes` to the state of a hash, then fills `out`, where there is one, with the hash of all so far.
/// Gives how many bytes of the state are in use.
#[napi(catch_unwind)]
pub fn blake3_state(state: Bytes, bytes: Bytes, out: Option<Bytes>) -> Result<u32> {
    let failed = |error: StateError| refused(format!("a state that is {error:?}"));
    let used = state.write_beside(bytes, hash_state::update).map_err(failed)?;
    if let Some(out) = out {
        out.put(&state.write(hash_state::digest).map_err(failed)?)?;
    }
    Ok(used as u32)
}

/// AES-256 in counter mode from zero: `bytes` into `out`, which is as long.
#[napi(catch_unwind)]
pub fn aes_counter(key: Bytes, bytes: Bytes, out: Bytes) -> Result<()> {
    let key = secret(key)?;
    out.copy_from(bytes)?;
    out.part(0, bytes.len())?.write(|bytes| cipher::counter_mode(&key, bytes)).map_err(too_long)
}

/// Seals `plaintext` into the beginning of `out`, 16 bytes longer.
#[napi(catch_unwind)]
pub fn seal_record(key: Bytes, counter: i64, plaintext: Bytes, associated: Option<Bytes>, out: Bytes) -> Result<()> {
    let key = secret(key)?;
    let record = out.part(0, plaintext.len() + TAG_BYTES)?;
    let associated = owned(associated);
    record.copy_from(plaintext)?;
    record.write(|record| cipher::seal_record(&key, counter as u64, &associated, record)).map_err(too_long)
}

/// Opens a record into the beginning of `out`, which has room for its tag too; false when it does not, and then `out` is
/// spoilt.
#[napi(catch_unwind)]
pub fn open_record(key: Bytes, counter: i64, sealed: Bytes, associated: Option<Bytes>, out: Bytes) -> Result<bool> {
    let key = secret(key)?;
    let record = out.part(0, sealed.len())?;
    let associated = owned(associated);
    record.copy_from(sealed)?;
    Ok(record.write(|record| cipher::open_record(&key, counter as u64, &associated, record)).is_ok())
}

/// Seals each plaintext into the chunk of the same index. `before` bytes of a chunk stand before what is sealed: 0, or 1
/// for the kind. Of `results` each takes 64 bytes: the id, then the hash of the whole chunk when `before` is 1.
#[napi(catch_unwind)]
pub fn seal_many(
    key: Bytes,
    kind: u8,
    context: Bytes,
    plaintexts: List,
    chunks: List,
    before: u32,
    results: Bytes,
) -> Result<()> {
    let key = secret(key)?;
    let context = owned(Some(context));
    let scope = Scope { key: &key, kind, context: &context };
    let before = before as usize;
    for (index, plaintext) in plaintexts.iter().enumerate() {
        let plaintext = plaintext?;
        let chunk = chunks.at(index as u32)?.part(0, before + plaintext.len())?;
        let body = chunk.part(before, chunk.len())?;
        body.copy_from(plaintext)?;
        let id = body.write(|body| seal::seal(scope, body)).map_err(too_long)?;
        slot(results, 2 * index)?.put(&id)?;
        if before == 1 {
            chunk.part(0, 1)?.put(&[kind])?;
            let name = chunk.read(|chunk| hash::hash(Mode::Hash, [chunk]));
            slot(results, 2 * index + 1)?.put(&name)?;
        }
    }
    Ok(())
}

/// Opens each of `sealed` into the output of the same index, as long, and holds it to its 32 bytes of `ids`. Stops at the
/// first that is not what its id says. Gives how many were good.
#[napi(catch_unwind)]
pub fn open_many(key: Bytes, kind: u8, context: Bytes, ids: Bytes, sealed: List, outs: List) -> Result<u32> {
    let key = secret(key)?;
    let context = owned(Some(context));
    let scope = Scope { key: &key, kind, context: &context };
    for (index, sealed) in sealed.iter().enumerate() {
        let (sealed, out) = (sealed?, outs.at(index as u32)?);
        let id = slot(ids, index)?.array()?;
        let body = out.part(0, sealed.len())?;
        body.copy_from(sealed)?;
        if !body.write(|body| seal::open(scope, &id, body)).map_err(too_long)? {
            return Ok(index as u32);
        }
    }
    Ok(sealed.len() as u32)
}

/// Rolls `bytes` from `from` up to `to` into the hash of `state` (8 bytes). Gives the index of the first byte after which
/// no bit of the mask is set, or −1. `gear` has 256 values of 8 bytes, little-endian.
#[napi(catch_unwind)]
pub fn scan_gear(
    gear: Bytes,
    state: Bytes,
    bytes: Bytes,
    from: u32,
    to: u32,
    mask_high: u32,
    mask_low: u32,
) -> Result<i32> {
    let mut hash = u64::from_le_bytes(state.array()?);
    let mask = u64::from(mask_high) << 32 | u64::from(mask_low);
    let piece = bytes.part(from as usize, to as usize)?;
    let found = gear.read(|gear| {
        let (values, _) = gear.as_chunks::<8>();
        let values = values.try_into().map_err(|_| refused("a gear table of another size".to_owned()))?;
        napi::Result::Ok(piece.read(|piece| cut::scan(values, &mut hash, piece, mask)))
    })?;
    state.put(&hash.to_le_bytes())?;
    Ok(found.map_or(-1, |index| from as i32 + index as i32))
}

/// Whether a key is good; where there is a signature, only whether that is, under a key that is known to be good.
#[napi(catch_unwind)]
pub fn ed25519_verify(public_key: Bytes, message: Option<Bytes>, signature: Option<Bytes>) -> Result<bool> {
    let public_key: Bytes32 = public_key.array()?;
    let (Some(message), Some(signature)) = (message, signature) else {
        return Ok(ed25519::checked_point(&public_key).is_some());
    };
    let signature = signature.array()?;
    Ok(message.read(|message| ed25519::verify(&public_key, message, &signature)))
}

/// The signature of the message, or, without one, the public key of the seed.
#[napi(catch_unwind)]
pub fn ed25519_sign(seed: Bytes, message: Option<Bytes>, out: Bytes) -> Result<()> {
    let seed = secret(seed)?;
    match message {
        Some(message) => out.put(&message.read(|message| ed25519::sign(&seed, message))),
        None => out.put(&ed25519::public_key(&seed)),
    }
}

/// The shared secret; without a public key, the public key of the private one; without a private key, the Montgomery form
/// of the Ed25519 key `public_key`. False when there is none.
#[napi(catch_unwind)]
pub fn x25519(private_key: Option<Bytes>, public_key: Option<Bytes>, out: Bytes) -> Result<bool> {
    let result = match (private_key, public_key) {
        (Some(private_key), Some(public_key)) => x25519::shared(&*secret(private_key)?, &public_key.array()?),
        (Some(private_key), None) => Some(x25519::public_key(&*secret(private_key)?)),
        (None, Some(public_key)) => x25519::of_ed25519(&public_key.array()?),
        (None, None) => None,
    };
    let Some(result) = result.map(Zeroizing::new) else { return Ok(false) };
    out.put(result.as_slice())?;
    Ok(true)
}

/// 32 bytes that are wiped when the call ends.
fn secret(bytes: Bytes) -> Result<Zeroizing<Bytes32>> {
    Ok(Zeroizing::new(bytes.array()?))
}

/// A copy of what is short, so that it may lie in the memory that is written to.
fn owned(bytes: Option<Bytes>) -> Vec<u8> {
    bytes.map_or(Vec::new(), |bytes| bytes.read(<[u8]>::to_vec))
}

fn slot(bytes: Bytes, index: usize) -> Result<Bytes> {
    bytes.part(32 * index, 32 * index + 32)
}

fn too_long(_: cipher::Refused) -> napi::Error {
    refused("more than can be sealed".to_owned())
}
