//! The core against other implementations, and against itself in another order.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use fastcdc::v2020::{FastCDC, Normalization};
use proptest::collection::vec;
use proptest::prelude::*;
use runnel_core::cipher::{TAG_BYTES, counter_mode, open_record, seal_record};
use runnel_core::hash::{Mode, context_key, hash};
use runnel_core::hash_state::{STATE_BYTES, digest, update};
use runnel_core::seal::{Scope, open, seal};
use runnel_core::{cut, ed25519, x25519};

/// Lengths around the blocks, chunks and subtrees of BLAKE3.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![0usize..130, 1000usize..1050, 2040usize..2060, 4090usize..4100, 0usize..40_000]
}

fn patterned(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8 ^ seed).collect()
}

proptest! {
    #[test]
    fn a_hash_in_pieces_is_the_hash_of_the_whole(pieces in vec(length(), 0..6), seed: u8) {
        let bytes = patterned(pieces.iter().sum(), seed);
        let mut state = vec![0; STATE_BYTES];
        let mut rest = bytes.as_slice();
        for length in pieces {
            let (now, later) = rest.split_at(length);
            let used = update(&mut state, now).unwrap();
            // What is not in use may be lost.
            state[used..].fill(seed);
            rest = later;
        }
        prop_assert_eq!(digest(&mut state).unwrap(), *blake3::hash(&bytes).as_bytes());
        prop_assert_eq!(digest(&mut state).unwrap(), hash(Mode::Hash, [bytes.as_slice()]));
    }

    #[test]
    fn any_bytes_are_a_state_that_panics_nowhere(mut state in vec(any::<u8>(), 0..2 * STATE_BYTES), bytes in vec(any::<u8>(), 0..3000)) {
        if let Some(high) = state.get_mut(6..8) {
            high[0] &= 0x1f;
            high[1] = 0;
        }
        let _ = update(&mut state, &bytes);
        let _ = digest(&mut state);
    }

    #[test]
    fn the_modes_of_the_hash_are_those_of_the_crate(key: [u8; 32], context: String, bytes in vec(any::<u8>(), 0..3000), at: usize) {
        let (a, b) = bytes.split_at(at % (bytes.len() + 1));
        prop_assert_eq!(hash(Mode::Keyed(&key), [a, b]), *blake3::keyed_hash(&key, &bytes).as_bytes());
        prop_assert_eq!(hash(Mode::Derive(&context_key(&context)), [a, b]), blake3::derive_key(&context, &bytes));
    }

    #[test]
    fn counter_mode_counts_from_zero(key: [u8; 32], bytes in vec(any::<u8>(), 0..3000)) {
        let mut sealed = bytes.clone();
        counter_mode(&key, &mut sealed).unwrap();
        let mut expected = bytes.clone();
        for (counter, block) in expected.chunks_mut(16).enumerate() {
            let mut stream = (counter as u128).to_be_bytes().into();
            Aes256::new(&key.into()).encrypt_block(&mut stream);
            block.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
        }
        prop_assert_eq!(&sealed, &expected);
        counter_mode(&key, &mut sealed).unwrap();
        prop_assert_eq!(sealed, bytes);
    }

    #[test]
    fn a_record_opens_unless_a_bit_of_it_changed(key: [u8; 32], counter: u64, associated: [u8; 5], bytes in vec(any::<u8>(), 0..300), bit: usize) {
        let mut record = bytes.clone();
        record.resize(bytes.len() + TAG_BYTES, 0);
        seal_record(&key, counter, &associated, &mut record).unwrap();
        let mut changed = record.clone();
        let bit = bit % (8 * changed.len());
        changed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open_record(&key, counter, &associated, &mut changed).is_err());
        prop_assert!(open_record(&key, counter ^ 1, &associated, &mut record.clone()).is_err());
        open_record(&key, counter, &associated, &mut record).unwrap();
        prop_assert_eq!(&record[..bytes.len()], &bytes);
    }

    #[test]
    fn a_seal_opens_under_its_own_scope_alone(key: [u8; 32], kind: u8, context in vec(any::<u8>(), 0..9), bytes in vec(any::<u8>(), 0..300)) {
        let scope = Scope { key: &key, kind, context: &context };
        let mut sealed = bytes.clone();
        let id = seal(scope, &mut sealed).unwrap();
        let mut other = key;
        other[0] ^= 1;
        for wrong in [Scope { key: &other, ..scope }, Scope { kind: kind ^ 1, ..scope }, Scope { context: b"another", ..scope }] {
            prop_assert!(!open(wrong, &id, &mut sealed.clone()).unwrap());
        }
        prop_assert!(open(scope, &id, &mut sealed).unwrap());
        prop_assert_eq!(sealed, bytes);
    }

    #[test]
    fn an_agreed_secret_is_the_same_on_both_sides(a: [u8; 32], b: [u8; 32]) {
        prop_assert_eq!(x25519::shared(&a, &x25519::public_key(&b)), x25519::shared(&b, &x25519::public_key(&a)));
    }

    #[test]
    fn signatures_are_those_of_ed25519_dalek(seed: [u8; 32], message in vec(any::<u8>(), 0..200), bit in 0usize..512) {
        use ed25519_dalek::Signer;
        let theirs = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public_key = ed25519::public_key(&seed);
        prop_assert_eq!(public_key, theirs.verifying_key().to_bytes());
        let mut signature = ed25519::sign(&seed, &message);
        prop_assert_eq!(signature, theirs.sign(&message).to_bytes());
        prop_assert!(ed25519::checked_point(&public_key).is_some());
        prop_assert!(ed25519::verify(&public_key, &message, &signature));
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!ed25519::verify(&public_key, &message, &signature));
    }

    #[test]
    fn any_bytes_are_a_key_and_a_signature_that_panic_nowhere(key: [u8; 32], half: [u8; 32], message in vec(any::<u8>(), 0..20)) {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&half);
        signature[32..].copy_from_slice(&key);
        let _ = ed25519::checked_point(&key);
        prop_assert!(!ed25519::verify(&key, &message, &signature));
        let _ = x25519::of_ed25519(&key);
        let _ = x25519::shared(&half, &key);
    }
}

/// The masks of docs/protocol.md §16, which are the crate's for a power of two more and one less than the average.
const STRICT: u64 = 0x0000_d903_0353_7000;
const LOOSE: u64 = 0x0000_d903_1353_0000;

/// The lengths of parts by `scan`, as `stack/data/cutter.ts` uses it: bytes in pairs, behind the least length.
fn lengths(gear: &cut::Gear, bytes: &[u8]) -> Vec<usize> {
    let (minimum, average, maximum) = (8192, 32_768, 57_344);
    let mut rest = bytes;
    let mut lengths = Vec::new();
    while !rest.is_empty() {
        let end = rest.len().min(maximum);
        let pairs = end & !1;
        let middle = average.min(pairs).max(minimum.min(pairs));
        let mut hash = 0;
        let strict = cut::scan(gear, &mut hash, rest.get(minimum..middle).unwrap_or_default(), STRICT);
        let length = match strict {
            Some(index) => minimum + index,
            None => cut::scan(gear, &mut hash, rest.get(middle..pairs).unwrap_or_default(), LOOSE)
                .filter(|_| pairs > minimum)
                .map_or(end, |index| middle + index),
        };
        lengths.push(length);
        rest = &rest[length..];
    }
    lengths
}

#[test]
fn cuts_are_those_of_fastcdc() {
    let gear = fastcdc::v2020::get_gear_with_seed(0).0;
    let gear: cut::Gear = std::array::from_fn(|index| gear[index].to_le_bytes());
    let mut word = 1u32;
    for bytes in [0, 1, 8191, 8193, 100_001, 1 << 22] {
        let data: Vec<u8> = (0..bytes)
            .map(|_| {
                word ^= word << 13;
                word ^= word >> 17;
                word ^= word << 5;
                word as u8
            })
            .collect();
        let expected: Vec<usize> =
            FastCDC::with_level(&data, 8192, 32_768, 57_344, Normalization::Level1).map(|part| part.length).collect();
        assert_eq!(lengths(&gear, &data), expected, "{bytes} bytes");
    }
}

#[test]
fn states_that_are_too_short_or_too_long_are_refused() {
    assert!(update(&mut [0; STATE_BYTES - 1], b"").is_err());
    assert!(digest(&mut [0; 0]).is_err());
    let mut state = [0; STATE_BYTES];
    state[..8].copy_from_slice(&((1u64 << 53) - 1).to_le_bytes());
    assert!(digest(&mut state).is_ok());
    assert!(update(&mut state, b"x").is_err());
    state[..8].copy_from_slice(&(1u64 << 53).to_le_bytes());
    assert!(digest(&mut state).is_err());
}
