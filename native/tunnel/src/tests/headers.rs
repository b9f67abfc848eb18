//! Headers: what is read, what is refused, and that no bytes do harm.

use super::{OWN, PEER, packet, patterned, udp};
use crate::checksum::{checksum, total};
use crate::flow::{Direction, FlowKey, Flows, Verdict};
use crate::icmp::{Answer, write_answer};
use crate::packet::{protocol, read_packet};
use crate::parts::{PACKETS, Parts};
use crate::pieces::{GATHERED, Gathering, PIECE_HEADER, write_piece_header};
use crate::reason::Reason;
use crate::virtio::{VIRTIO_BYTES, Virtio};
use proptest::collection::vec;
use proptest::prelude::*;

fn flow(own_port: u16) -> FlowKey {
    FlowKey { peer: PEER, protocol: protocol::UDP, own_port, peer_port: 1 }
}

/// A fragment header: what follows, the offset in bytes, whether more come, and the number.
fn part(next: u8, offset: u16, more: bool, id: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![next, 0];
    bytes.extend_from_slice(&(offset | u16::from(more)).to_be_bytes());
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes.extend_from_slice(rest);
    packet(PEER, OWN, protocol::FRAGMENT, &bytes)
}

proptest! {
    #[test]
    fn any_bytes_are_a_packet_whose_offsets_are_inside_or_a_reason(
        mut bytes in vec(any::<u8>(), 0..400),
        next in prop_oneof![Just(0u8), Just(43), Just(44), Just(51), Just(58), Just(60), any::<u8>()],
        honest: bool,
    ) {
        if let (true, Some(length)) = (honest, bytes.len().checked_sub(40)) {
            bytes[0] = 0x60;
            bytes[4..6].copy_from_slice(&(length as u16).to_be_bytes());
            bytes[6] = next;
        }
        if let Ok(packet) = read_packet(&bytes) {
            prop_assert!(packet.length <= bytes.len() && (40..=packet.length).contains(&packet.transport));
            prop_assert!(packet.part.is_none_or(|part| part.length <= packet.length));
        }
    }

    #[test]
    fn every_truncation_is_refused(payload in vec(any::<u8>(), 0..100), cut in 0usize..148) {
        let whole = udp(OWN, PEER, (1, 2), &payload);
        let cut = cut % whole.len();
        prop_assert_eq!(read_packet(&whole[..cut]), Err(Reason::Truncated));
    }

    #[test]
    fn a_virtio_header_is_what_was_written(bytes: [u8; VIRTIO_BYTES]) {
        prop_assert_eq!(Virtio::read(&bytes).write(), bytes);
    }

    #[test]
    fn any_pieces_complete_something_or_nothing(pieces in vec((0u32..3, vec(any::<u8>(), 0..40)), 0..60)) {
        let mut gathering = Gathering::default();
        for (index, piece) in pieces {
            if let Ok(Some(whole)) = gathering.take(index, &piece) {
                prop_assert!(!whole.is_empty() && whole.len() <= 1281);
            }
        }
    }

    #[test]
    fn a_content_in_pieces_is_put_together_in_any_order(size in 1usize..1281, each in 87usize..1281, turn in 0usize..20) {
        let whole = patterned(size);
        let mut pieces: Vec<Vec<u8>> = whole.chunks(each).enumerate().map(|(number, bytes)| {
            let mut piece = vec![0; PIECE_HEADER];
            write_piece_header(&mut piece, 5, number * each, size);
            piece.extend_from_slice(bytes);
            piece
        }).collect();
        let turn = turn % pieces.len();
        pieces.rotate_left(turn);
        let mut gathering = Gathering::default();
        let last = pieces.pop().unwrap();
        for piece in &pieces {
            prop_assert_eq!(gathering.take(1, piece), Ok(None));
        }
        prop_assert_eq!(gathering.take(1, &last), Ok(Some(whole)));
    }
}

#[test]
fn extension_headers_are_walked_up_to_the_transport() {
    let options = |next: u8| [next, 0, 1, 4, 0, 0, 0, 0];
    let rest = [&options(60)[..], &options(60), &options(17), &[0, 1, 0, 2, 0, 8, 0, 0]].concat();
    let read = read_packet(&packet(PEER, OWN, 0, &rest)).unwrap();
    assert_eq!((read.protocol, read.transport), (17, 64));
}

#[test]
fn headers_without_an_end_out_of_place_or_past_the_end_are_refused() {
    let options = |next: u8, length: u8| vec![next, length, 1, 4, 0, 0, 0, 0];
    let refused = |next: u8, parts: &[Vec<u8>]| read_packet(&packet(PEER, OWN, next, &parts.concat())).unwrap_err();
    assert_eq!(refused(60, &vec![options(60, 0); 12]), Reason::ExtensionHeaders);
    assert_eq!(refused(60, &[options(0, 0), options(17, 0)]), Reason::ExtensionHeaders);
    assert_eq!(refused(60, &[options(17, 1)]), Reason::Truncated);
    assert_eq!(refused(60, &[]), Reason::Truncated);
    assert_eq!(refused(43, &[options(17, 0)]), Reason::RoutingHeader);
    let mut spent = udp(OWN, PEER, (1, 2), b"");
    spent[7] = 0;
    assert_eq!(read_packet(&spent), Err(Reason::HopLimit));
    spent[0] = 0x45;
    assert_eq!(read_packet(&spent), Err(Reason::NotIpv6));
}

#[test]
fn later_fragments_follow_the_first_and_one_over_another_spoils_them() {
    let mut parts = Parts::default();
    let read = |bytes: &[u8]| {
        let packet = read_packet(bytes).unwrap();
        (packet, packet.part.unwrap())
    };
    let (first, first_part) = read(&part(17, 0, true, 9, &[0; 64]));
    let (second, second_part) = read(&part(17, 64, true, 9, &[0; 64]));
    let (over, over_part) = read(&part(17, 120, false, 9, &[0; 64]));
    let (third, third_part) = read(&part(17, 184, false, 9, &[0; 64]));
    assert_eq!((first.transport, second.transport), (48, 48));
    assert_eq!(parts.follow(&second, &second_part, 0), Err(Reason::Fragment));
    parts.begin(&first, &first_part, flow(3), 0).unwrap();
    assert_eq!(parts.follow(&second, &second_part, 0), Ok(flow(3)));
    assert_eq!(parts.follow(&over, &over_part, 0), Err(Reason::Overlap));
    assert_eq!(parts.follow(&third, &third_part, 0), Err(Reason::Overlap));
    assert_eq!(parts.begin(&first, &first_part, flow(3), 1), Err(Reason::Overlap));
    // A minute later, the number may be used again.
    parts.begin(&first, &first_part, flow(4), 61_000_000).unwrap();
    assert_eq!(parts.follow(&second, &second_part, 61_000_000), Ok(flow(4)));
    assert_eq!(read_packet(&part(17, 0, true, 9, &[0; 63])), Err(Reason::Fragment));
    assert_eq!(read_packet(&part(44, 0, true, 9, &[0; 64])), Err(Reason::ExtensionHeaders));
}

#[test]
fn a_later_fragment_has_no_flow_once_that_of_the_first_is_forgotten() {
    let (mut parts, mut flows) = (Parts::default(), Flows::default());
    let first = read_packet(&part(17, 0, true, 9, &[0; 64])).unwrap();
    let later = read_packet(&part(17, 64, false, 9, &[0; 64])).unwrap();
    flows.set(flow(1), Verdict::Pass { peer: 1 }, 0);
    parts.begin(&first, &first.part.unwrap(), flow(1), 0).unwrap();
    flows.remove(&flow(1));
    // It takes the place that has become free.
    flows.set(flow(2), Verdict::Pass { peer: 2 }, 0);
    let key = parts.follow(&later, &later.part.unwrap(), 0).unwrap();
    assert_eq!(flows.look(&key, 0, Direction::Inbound, 0), None);
}

#[test]
fn the_oldest_of_too_many_packets_in_fragments_is_forgotten() {
    let mut parts = Parts::default();
    for id in 0..=PACKETS as u32 {
        let packet = read_packet(&part(17, 0, true, id, &[0; 64])).unwrap();
        parts.begin(&packet, &packet.part.unwrap(), flow(id as u16), u64::from(id)).unwrap();
    }
    let later = |id| read_packet(&part(17, 64, false, id, &[0; 64])).unwrap();
    let mut follow = |id| parts.follow(&later(id), &later(id).part.unwrap(), 300);
    assert_eq!(
        [follow(0), follow(1), follow(PACKETS as u32)],
        [Err(Reason::Fragment), Ok(flow(1)), Ok(flow(PACKETS as u16))]
    );
}

#[test]
fn the_oldest_of_too_many_contents_in_pieces_is_forgotten() {
    let mut gathering = Gathering::default();
    let piece = |id: u32, offset: usize| {
        let mut piece = vec![0; PIECE_HEADER];
        write_piece_header(&mut piece, id, offset, 2);
        piece.push(8);
        piece
    };
    for id in 0..=GATHERED as u32 {
        assert_eq!(gathering.take(1, &piece(id, 0)), Ok(None));
    }
    assert_eq!(gathering.take(1, &piece(GATHERED as u32, 1)), Ok(Some(vec![8, 8])));
    assert_eq!(gathering.take(1, &piece(0, 1)), Ok(None));
    assert_eq!(gathering.take(1, &piece(0, 1)), Err(Reason::Overlap));
    assert_eq!(gathering.take(1, &piece(7, 2)), Err(Reason::Fragment));
}

#[test]
fn an_icmp_error_holds_its_cause_and_a_right_checksum() {
    let cause = udp(OWN, PEER, (1, 2), &patterned(3000));
    let read = read_packet(&cause).unwrap();
    let mut out = Vec::new();
    assert!(write_answer(Answer::TooBig(1400), &read, &cause, &mut out));
    assert_eq!(out.len(), 1280);
    let answer = read_packet(&out).unwrap();
    assert_eq!((answer.source, answer.destination, answer.protocol), (PEER, OWN, protocol::ICMP));
    assert_eq!(out[40..42], [2, 0]);
    assert_eq!(out[44..48], 1400u32.to_be_bytes());
    assert_eq!(out[48..], cause[..1232]);
    // Over a checksum that is right, the sum is zero.
    assert_eq!(checksum(&out, protocol::ICMP, &out[40..]), 0);
    let error = read_packet(&out).unwrap();
    assert!(!write_answer(Answer::Unreachable(1), &error, &out.clone(), &mut Vec::new()));
}

#[test]
fn the_sum_over_a_packet_is_all_ones_where_its_checksum_is_right() {
    let whole = udp(OWN, PEER, (1, 2), b"an odd number of bytes");
    assert_eq!(total(OWN, PEER, protocol::UDP, &whole[40..]), u16::MAX);
    assert_ne!(total(PEER, PEER, protocol::UDP, &whole[40..]), u16::MAX);
    let mut empty = whole.clone();
    empty[46..48].fill(0);
    assert_eq!(!total(OWN, PEER, protocol::UDP, &empty[40..]), u16::from_be_bytes([whole[46], whole[47]]));
}
