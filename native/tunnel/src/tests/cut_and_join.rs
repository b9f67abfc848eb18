//! What is cut and joined again is what it was.

use super::{OWN, PEER, packet, patterned, tcp, udp};
use crate::checksum::{checksum, pseudo_header};
use crate::cut::Cut;
use crate::join::Joiner;
use crate::packet::{congestion_of, read_packet, read_u16, read_u32, set_congestion, write_u16};
use crate::virtio::{KIND_NONE, KIND_TCP, KIND_UDP, NEEDS_CHECKSUM, VIRTIO_BYTES, Virtio};
use proptest::prelude::*;

const ACK: u8 = 16;
const PUSH: u8 = 8;

fn virtio(kind: u8, segment: usize, place: u16) -> Virtio {
    Virtio {
        flags: NEEDS_CHECKSUM,
        kind,
        header_bytes: 0,
        segment_bytes: segment as u16,
        checksum_start: 40,
        checksum_offset: place,
    }
}

/// As the kernel hands it over: the checksum covers the pseudo-header.
fn partial(mut bytes: Vec<u8>, place: usize) -> Vec<u8> {
    let sum = pseudo_header(&bytes, bytes[6], bytes.len() - 40);
    write_u16(&mut bytes, 40 + place, sum);
    bytes
}

fn cut(virtio: &Virtio, bytes: &mut [u8]) -> Vec<Vec<u8>> {
    let packet = read_packet(bytes).unwrap();
    let cut = Cut::plan(virtio, &packet, bytes).unwrap();
    let write = |number| {
        let mut out = vec![0xaa; cut.length(number)];
        cut.write(bytes, number, &mut out);
        out
    };
    (0..cut.count()).map(write).collect()
}

/// Joins packets of flow 1, and gives what is written: header and packet each.
fn join(packets: &[Vec<u8>]) -> Vec<(Virtio, Vec<u8>)> {
    let (mut arena, mut joiner, mut written) = (packets.concat(), Joiner::default(), Vec::new());
    let mut start = 0;
    for bytes in packets {
        let range = start..start + bytes.len();
        joiner.add(&mut arena, range, &read_packet(bytes).unwrap(), true, Some(1)).unwrap();
        start += bytes.len();
    }
    joiner.flush(&arena, |pieces| {
        let whole: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
        let (header, bytes) = whole.split_first_chunk::<VIRTIO_BYTES>().unwrap();
        written.push((Virtio::read(header), bytes.to_vec()));
    });
    written
}

#[test]
fn a_checksum_of_a_protocol_that_no_end_knows_is_filled_in_wherever_it_is() {
    // One that begins with it, and has nothing else: there is no room for what TCP or UDP would have behind that.
    let mut bytes = packet(OWN, PEER, 99, &[0xff, 0xff]);
    let packets = cut(&virtio(KIND_NONE, 0, 0), &mut bytes);
    let sum = checksum(&packet(OWN, PEER, 99, &[0, 0]), 99, &[0, 0]);
    assert_eq!(packets, [packet(OWN, PEER, 99, &sum.to_be_bytes())]);
}

proptest! {
    #[test]
    fn a_super_packet_of_tcp_that_is_cut_and_joined_is_itself(size in 2usize..60_000, segment in 1000usize..9000, push: bool, mark in 0u8..4) {
        let flags = if push { ACK | PUSH } else { ACK };
        let mut whole = partial(tcp(OWN, PEER, u32::MAX - 5000, flags, &patterned(size)), 16);
        set_congestion(&mut whole, mark);
        let packets = cut(&virtio(KIND_TCP, segment, 16), &mut whole);
        prop_assert_eq!(packets.len(), size.div_ceil(segment));
        for (number, bytes) in packets.iter().enumerate() {
            prop_assert_eq!(read_packet(bytes).unwrap().length, bytes.len());
            prop_assert_eq!(read_u32(bytes, 44), (u32::MAX - 5000).wrapping_add((number * segment) as u32));
            let last = number + 1 == packets.len();
            prop_assert_eq!(bytes[53] & PUSH != 0, push && last);
            prop_assert_eq!(congestion_of(bytes), mark);
        }
        let joined = join(&packets);
        prop_assert_eq!(joined.len(), 1);
        prop_assert_eq!(&joined[0].1, &whole);
        let expected = if packets.len() > 1 { (KIND_TCP, segment as u16) } else { (KIND_NONE, 0) };
        prop_assert_eq!((joined[0].0.kind, joined[0].0.segment_bytes), expected);
        prop_assert_eq!((joined[0].0.flags, joined[0].0.checksum_start, joined[0].0.checksum_offset), (NEEDS_CHECKSUM, 40, 16));
    }

    #[test]
    fn a_super_packet_of_udp_that_is_cut_and_joined_is_itself(size in 1001usize..60_000, segment in 1000usize..9000) {
        let mut whole = partial(udp(OWN, PEER, (5, 6), &patterned(size)), 6);
        let packets = cut(&virtio(KIND_UDP, segment, 6), &mut whole);
        for bytes in &packets {
            prop_assert_eq!(usize::from(read_u16(bytes, 44)), bytes.len() - 40);
        }
        let joined = join(&packets);
        prop_assert_eq!(joined.len(), 1);
        prop_assert_eq!(&joined[0].1, &whole);
    }
}

#[test]
fn a_packet_whose_checksum_is_left_to_us_goes_without_and_gets_it_back() {
    let whole = udp(OWN, PEER, (5, 6), b"hello");
    let mut handed = partial(whole.clone(), 6);
    let packets = cut(&virtio(KIND_NONE, 0, 6), &mut handed);
    assert_eq!(read_u16(&packets[0], 46), 0);
    let (header, mut bytes) = join(&packets).remove(0);
    assert_eq!((header.kind, header.flags), (KIND_NONE, NEEDS_CHECKSUM));
    // What the kernel then does.
    assert_eq!(bytes, handed);
    write_u16(&mut bytes, 46, 0);
    let sum = checksum(&bytes, 17, &bytes[40..]);
    write_u16(&mut bytes, 46, sum);
    assert_eq!(bytes, whole);
}

#[test]
fn a_checksum_that_is_no_transports_is_filled_in_at_once() {
    let whole = super::with_checksum(super::packet(OWN, PEER, 58, &[128, 0, 0, 0, 0, 1, 0, 1, 7]), 2);
    let mut handed = whole.clone();
    handed[42..44].fill(0x77);
    let packet = read_packet(&handed).unwrap();
    let plan = Cut::plan(&virtio(KIND_NONE, 0, 2), &packet, &mut handed).unwrap();
    assert!(!plan.partial);
    assert_eq!(handed, whole);
}

#[test]
fn what_does_not_follow_is_not_joined_and_keeps_its_place() {
    let segment = |sequence, flags, size| tcp(PEER, OWN, sequence, flags, &patterned(size));
    let lengths = |packets: &[Vec<u8>]| join(packets).iter().map(|(_, bytes)| bytes.len() - 72).collect::<Vec<_>>();
    // A gap, something from before, a shorter one in the middle, a pushed one, a pure acknowledgement, an end.
    assert_eq!(lengths(&[segment(1, ACK, 100), segment(201, ACK, 100)]), [100, 100]);
    assert_eq!(lengths(&[segment(101, ACK, 100), segment(1, ACK, 100)]), [100, 100]);
    assert_eq!(lengths(&[segment(1, ACK, 100), segment(101, ACK, 50), segment(151, ACK, 100)]), [150, 100]);
    assert_eq!(lengths(&[segment(1, ACK | PUSH, 100), segment(101, ACK, 100)]), [100, 100]);
    assert_eq!(lengths(&[segment(1, ACK, 100), segment(101, ACK, 0), segment(101, ACK, 100)]), [100, 0, 100]);
    assert_eq!(lengths(&[segment(1, ACK, 100), segment(101, ACK | 1, 100)]), [100, 100]);
    let mut marked = segment(101, ACK, 100);
    set_congestion(&mut marked, 3);
    assert_eq!(lengths(&[segment(1, ACK, 100), marked]), [100, 100]);
    let mut other_options = segment(101, ACK, 100);
    other_options[70] ^= 1;
    assert_eq!(lengths(&[segment(1, ACK, 100), other_options]), [100, 100]);
    assert_eq!(lengths(&[segment(1, ACK, 100), segment(101, ACK, 100), segment(201, ACK, 60)]), [260]);
}

#[test]
fn a_super_packet_has_no_more_pieces_than_a_write_takes() {
    let packets: Vec<_> = (0..100).map(|number| tcp(PEER, OWN, number * 10, ACK, &[1; 10])).collect();
    let joined = join(&packets);
    assert_eq!(joined.iter().map(|(_, bytes)| bytes.len() - 72).collect::<Vec<_>>(), [640, 360]);
    let large: Vec<_> = (0..8).map(|number| tcp(PEER, OWN, number * 10_000, ACK, &[1; 10_000])).collect();
    assert_eq!(join(&large).iter().map(|(_, bytes)| bytes.len() - 72).collect::<Vec<_>>(), [60_000, 20_000]);
}
