//! Fragments of a packet whose flow nobody has decided about yet: they wait behind their first one, within bounds.

use super::tunnel::{End, key, open, wait_for};
use super::{OWN, PEER, packet, patterned, udp};
use crate::event::{Command, Event};
use crate::flow::{Direction, FlowKey, Verdict};
use crate::undecided::{
    BYTES, FLOW_BYTES, FLOWS, FRAGMENTS, Held, Holding, PACKETS, PEER_BYTES, PEER_FLOWS, Piece, Undecided,
};

/// A UDP packet in fragments of this many bytes.
fn fragments(id: u8, ports: (u16, u16), payload: usize, bytes: usize) -> Vec<Vec<u8>> {
    let whole = udp(OWN, PEER, ports, &patterned(payload));
    let parts: Vec<_> = whole[40..].chunks(bytes).collect();
    let fragment = |(number, part): (usize, &&[u8])| {
        let place = (number * bytes) as u16 | u16::from(number + 1 < parts.len());
        let header = [17, 0, (place >> 8) as u8, place as u8, 0, 0, 0, id];
        packet(OWN, PEER, 44, &[&header[..], part].concat())
    };
    parts.iter().enumerate().map(fragment).collect()
}

fn passes(end: &End, key: FlowKey) {
    end.tunnel.tell([Command::SetFlow { key, verdict: Verdict::Pass { peer: 1 } }]);
}

fn pair() -> (End, End) {
    let (a, b) = (open(OWN), open(PEER));
    a.peer(PEER, 11, b.address, 22, 1472);
    b.peer(OWN, 22, a.address, 11, 1472);
    (a, b)
}

#[test]
fn a_fragmented_packet_that_opens_a_flow_arrives_whole_and_in_order() {
    let (mut a, mut b) = pair();
    let sent = fragments(1, (1, 2), 4000, 1200);
    assert_eq!(sent.len(), 4);
    for fragment in &sent {
        a.program_sends(fragment);
    }
    // One question, about the first of them.
    let asked = |peer, direction| Event::Miss {
        key: if direction == Direction::Outbound { key(PEER, 1, 2) } else { key(OWN, 2, 1) },
        direction,
        peer,
        head: sent[0][..128].to_vec(),
    };
    assert_eq!(a.event(), asked(None, Direction::Outbound));
    wait_for(&a.tunnel, "interface-reads", 4);
    passes(&a, key(PEER, 1, 2));
    assert_eq!(b.event(), asked(Some(1), Direction::Inbound));
    wait_for(&b.tunnel, "opened", 4);
    passes(&b, key(OWN, 2, 1));
    for fragment in &sent {
        assert_eq!(b.program_receives(), *fragment);
    }
    // Those that come after the decision follow as ever, and one that covers what has been spoils the packet.
    a.program_sends(&sent[1]);
    wait_for(&a.tunnel, "fragment-overlap", 1);
    assert_eq!((a.count("undecided"), a.count("fragment"), a.count("misses")), (0, 0, 1));
    assert_eq!((b.count("undecided"), b.count("fragment"), b.count("misses")), (0, 0, 1));
}

#[test]
fn fragments_that_cover_each_other_do_not_pass_because_they_waited() {
    let (mut a, _b) = pair();
    let sent = fragments(1, (1, 2), 2000, 1200);
    for fragment in [&sent[0], &sent[1], &sent[1], &sent[0]] {
        a.program_sends(fragment);
    }
    assert!(matches!(a.event(), Event::Miss { .. }));
    wait_for(&a.tunnel, "interface-reads", 4);
    passes(&a, key(PEER, 1, 2));
    wait_for(&a.tunnel, "fragment-overlap", 2);
    assert_eq!(a.count("sealed"), 2);
}

#[test]
fn a_fragment_whose_first_one_is_unknown_waits_for_nobody() {
    let (mut a, _b) = pair();
    a.program_sends(&fragments(1, (1, 2), 2000, 1200)[1]);
    wait_for(&a.tunnel, "fragment", 1);
    // Nor does it once nobody waits any more: what was held is gone with the answer.
    let sent = fragments(2, (1, 2), 2000, 1200);
    a.program_sends(&sent[0]);
    assert!(matches!(a.event(), Event::Miss { .. }));
    a.tunnel.tell([
        Command::SetFlow { key: key(PEER, 1, 2), verdict: Verdict::Drop { unreachable: Some(1) } },
        Command::RemoveFlow { key: key(PEER, 1, 2) },
    ]);
    wait_for(&a.tunnel, "denied", 1);
    a.program_sends(&sent[1]);
    wait_for(&a.tunnel, "fragment", 2);
}

#[test]
fn more_fragments_than_may_wait_are_dropped_and_counted() {
    let (mut a, b) = pair();
    let sent = fragments(1, (1, 2), 8 * (FRAGMENTS + 2) - 8, 8);
    assert_eq!(sent.len(), FRAGMENTS + 2);
    for fragment in &sent {
        a.program_sends(fragment);
    }
    wait_for(&a.tunnel, "undecided", 1);
    assert!(matches!(a.event(), Event::Miss { .. }));
    passes(&a, key(PEER, 1, 2));
    wait_for(&b.tunnel, "opened", 1);
    assert_eq!(a.count("undecided"), 1);
}

fn held(bytes: usize) -> Held {
    Held { buffer: vec![0; bytes], direction: Direction::Inbound, peer: Some(1), partial: false }
}

#[test]
fn what_waits_is_bounded_by_count_and_bytes_of_a_flow_and_in_all_and_ends() {
    let mut undecided = Undecided::default();
    // By count: whole packets and first fragments, then later ones.
    let part = |id: usize| Piece::First((PEER, OWN, id as u32));
    let mut hold = |port: usize, piece, bytes| {
        // Each flow is of another peer.
        let held = Held { peer: Some(port as u32), ..held(bytes) };
        !matches!(undecided.hold(key(PEER, port as u16, 1), piece, held, 0), Holding::Full)
    };
    for number in 0..PACKETS {
        assert!(hold(100, if number % 2 == 1 { Piece::Whole } else { part(number) }, 100));
    }
    assert!(!hold(100, part(PACKETS), 100) && !hold(100, Piece::Whole, 100));
    for _ in 0..FRAGMENTS {
        assert!(hold(100, Piece::Later, 100));
    }
    assert!(!hold(100, Piece::Later, 100));
    // By bytes of a flow.
    assert!(hold(101, part(90), FLOW_BYTES / 2) && hold(101, Piece::Later, FLOW_BYTES / 2));
    assert!(!hold(101, Piece::Later, 1) && !hold(101, Piece::Whole, 1));
    // By bytes in all.
    let left = BYTES - FLOW_BYTES - 100 * (PACKETS + FRAGMENTS);
    for number in 0..left / FLOW_BYTES {
        assert!(hold(102 + number, Piece::Whole, FLOW_BYTES));
    }
    assert!(hold(200, Piece::Whole, left % FLOW_BYTES) && !hold(201, Piece::Whole, 1));
    assert_eq!(undecided.flow_of(&(PEER, OWN, 0)), Some(key(PEER, 100, 1)));
    let mut gone = 0;
    undecided.expire(5_000_000, |_| gone += 1);
    assert_eq!(gone, 0);
    undecided.expire(5_000_001, |_| gone += 1);
    assert_eq!(gone, PACKETS + FRAGMENTS + 2 + left / FLOW_BYTES + 1);
    assert_eq!(undecided.flow_of(&(PEER, OWN, 0)), None);
    // By flows; and all of the room is free again.
    let mut of = |peer: Option<u32>, number: usize| {
        undecided.hold(key(PEER, number as u16, 1), Piece::Whole, Held { peer, ..held(1) }, 0)
    };
    for number in 0..FLOWS {
        // Each peer has a share, and no more; programs of this machine have what is left.
        let peer = (number < 2 * PEER_FLOWS).then_some((number / PEER_FLOWS) as u32);
        assert!(matches!(of(peer, number), Holding::First));
        assert!(number < PEER_FLOWS || matches!(of(Some(0), 9998), Holding::Full));
    }
    assert!(matches!(of(None, 9999), Holding::Full) && matches!(of(Some(7), 9999), Holding::Full));
}

#[test]
fn a_peer_whose_packets_are_large_leaves_room_for_those_of_others() {
    let mut undecided = Undecided::default();
    let mut hold = |port: usize, piece, peer, bytes| {
        let held = Held { peer, ..held(bytes) };
        !matches!(undecided.hold(key(PEER, port as u16, 1), piece, held, 0), Holding::Full)
    };
    for number in 0..PEER_BYTES / FLOW_BYTES {
        assert!(hold(number, Piece::Whole, Some(1), FLOW_BYTES / 2));
        assert!(hold(number, Piece::Later, Some(1), FLOW_BYTES / 2));
    }
    assert!(!hold(100, Piece::Whole, Some(1), 1));
    assert!(hold(100, Piece::Whole, Some(2), FLOW_BYTES) && hold(101, Piece::Whole, None, FLOW_BYTES));
    // Programs of this machine may have all that is left.
    for number in 0..(BYTES - PEER_BYTES) / FLOW_BYTES - 2 {
        assert!(hold(200 + number, Piece::Whole, None, FLOW_BYTES));
    }
    assert!(!hold(300, Piece::Whole, None, 1));
}
