//! What a broken kernel or a hostile peer could hand over: nothing panics, nothing is read or written outside.

use super::{OWN, PEER, patterned, tcp, udp};
use crate::cut::Cut;
use crate::flow::{Direction, key_of};
use crate::join::Joiner;
use crate::keys::{Opener, Sealer, index_of};
use crate::packet::read_packet;
use crate::virtio::{VIRTIO_BYTES, Virtio};
use proptest::collection::vec;
use proptest::prelude::*;

/// A packet that is nearly right: some of its first bytes are others.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let sizes = prop_oneof![0usize..100, 1000usize..3000];
    (any::<bool>(), sizes, vec((0usize..90, any::<u8>()), 0..4)).prop_map(|(is_tcp, size, changes)| {
        let payload = patterned(size);
        let mut bytes = if is_tcp { tcp(OWN, PEER, 9, 16, &payload) } else { udp(OWN, PEER, (1, 2), &payload) };
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes
    })
}

fn small_number() -> impl Strategy<Value = u16> {
    prop_oneof![0u16..100, 0u16..4000, any::<u16>()]
}

prop_compose! {
    fn wild_header()(flags in 0u8..3, kind in prop_oneof![0u8..6, 0x80u8..0x86, any::<u8>()], numbers in [small_number(), small_number(), small_number(), small_number()]) -> Virtio {
        let [header_bytes, segment_bytes, checksum_start, checksum_offset] = numbers;
        Virtio { flags, kind, header_bytes, segment_bytes, checksum_start, checksum_offset }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn a_packet_behind_any_virtio_header_is_cut_inside_of_its_buffer_or_refused(header in wild_header(), mut bytes in nearly(), usual: bool) {
        let mut header = Virtio::read(&header.write());
        if usual {
            (header.flags, header.checksum_start) = (1, 40);
            header.checksum_offset = if bytes[6] == 6 { 16 } else { 6 };
        }
        let length = bytes.len();
        let Ok(packet) = read_packet(&bytes) else { return Ok(()) };
        let _key = key_of(&packet, &bytes, Direction::Outbound);
        let Ok(cut) = Cut::plan(&header, &packet, &mut bytes) else { return Ok(()) };
        prop_assert_eq!(bytes.len(), length);
        let mut out = vec![0; cut.largest()];
        for number in 0..cut.count() {
            prop_assert!((1..=cut.largest()).contains(&cut.length(number)));
            cut.write(&bytes, number, &mut out[..cut.length(number)]);
            if cut.count() > 1 {
                prop_assert_eq!(read_packet(&out[..cut.length(number)]).map(|packet| packet.length), Ok(cut.length(number)));
            }
        }
    }
}

proptest! {
    #[test]
    fn packets_of_any_peer_are_joined_inside_of_the_arena_or_refused(packets in vec((nearly(), any::<bool>(), 0u32..3), 0..20)) {
        let mut arena: Vec<u8> = packets.iter().flat_map(|(bytes, ..)| bytes.clone()).collect();
        let (mut joiner, mut start, mut taken, mut written) = (Joiner::default(), 0, 0, 0);
        for (bytes, partial, flow) in &packets {
            let range = start..start + bytes.len();
            start += bytes.len();
            let Ok(packet) = read_packet(bytes) else { continue };
            let _key = key_of(&packet, bytes, Direction::Inbound);
            taken += usize::from(joiner.add(&mut arena, range, &packet, *partial, Some(*flow)).is_ok());
        }
        joiner.flush(&arena, |pieces| {
            written += 1;
            let length: usize = pieces.iter().map(|piece| piece.len()).sum();
            assert!((VIRTIO_BYTES + 40..=VIRTIO_BYTES + 40 + 65_535).contains(&length));
        });
        prop_assert!(written <= taken && (taken == 0) == (written == 0));
    }

    #[test]
    fn what_was_not_sealed_with_the_key_does_not_open(mut datagram in vec(any::<u8>(), 0..200), flip in 0usize..10_000) {
        let mut opener = Opener::new(&[1; 32]);
        prop_assert!(opener.open(&mut datagram.clone()).is_err());
        let _index = index_of(&datagram);
        if datagram.len() > 32 && Sealer::new(&[1; 32]).seal(&mut datagram, 7) {
            prop_assert_eq!(index_of(&datagram), Some(7));
            // The type and the index are the routers'; every other bit is sealed.
            let at = 8 + flip / 8 % (datagram.len() - 8);
            let mut other = datagram.clone();
            other[at] ^= 1 << (flip % 8);
            prop_assert!(opener.open(&mut other).is_err());
            let mut again = datagram.clone();
            prop_assert_eq!(opener.open(&mut datagram), Ok(0));
            prop_assert!(opener.open(&mut again).is_err());
        }
    }
}
