//! Flows: one key for both directions, and when they end.

use super::{OWN, PEER, packet, tcp, udp};
use crate::flow::{Direction, FLOWS, FlowKey, Flows, Verdict, key_of};
use crate::icmp::{Answer, write_answer};
use crate::packet::{protocol, read_packet};
use crate::reason::Reason;
use Direction::{Inbound, Outbound};

const PASS: Verdict = Verdict::Pass { peer: 1 };
const SECOND_US: u64 = 1_000_000;

fn key(bytes: &[u8], direction: Direction) -> Result<FlowKey, Reason> {
    key_of(&read_packet(bytes).unwrap(), bytes, direction).map(|(key, _)| key)
}

fn echo(from: bool, kind: u8, id: u8) -> Vec<u8> {
    let (source, destination) = if from { (OWN, PEER) } else { (PEER, OWN) };
    packet(source, destination, protocol::ICMP, &[kind, 0, 0, 0, 0, id, 0, 1])
}

#[test]
fn what_comes_back_has_the_key_of_what_went() {
    let went = key(&udp(OWN, PEER, (1000, 53), b"?"), Outbound).unwrap();
    assert_eq!(went, FlowKey { peer: PEER, protocol: 17, own_port: 1000, peer_port: 53 });
    assert_eq!(key(&udp(PEER, OWN, (53, 1000), b"!"), Inbound), Ok(went));
    assert_ne!(key(&udp(PEER, OWN, (1000, 53), b"!"), Inbound), Ok(went));
}

#[test]
fn an_echo_opens_the_way_for_its_reply_and_not_for_an_echo_back() {
    let asked = key(&echo(true, 128, 5), Outbound);
    assert_eq!(key(&echo(false, 129, 5), Inbound), asked);
    assert_ne!(key(&echo(false, 128, 5), Inbound), asked);
    assert_ne!(key(&echo(false, 129, 6), Inbound), asked);
}

#[test]
fn an_icmp_error_has_the_key_of_what_it_is_about_and_other_messages_have_none() {
    let cause = udp(OWN, PEER, (1000, 53), b"?");
    let mut error = Vec::new();
    write_answer(Answer::Unreachable(4), &read_packet(&cause).unwrap(), &cause, &mut error);
    assert_eq!(key(&error, Inbound), key(&cause, Outbound));
    // The same error about a packet that somebody else sent.
    let foreign = udp(PEER, OWN, (1000, 53), b"?");
    write_answer(Answer::Unreachable(4), &read_packet(&foreign).unwrap(), &foreign, &mut error);
    error[8..40].rotate_left(16);
    assert_eq!(key(&error, Inbound), Err(Reason::Icmp));
    // Router advertisements, redirects and the like are for a link.
    for kind in [130, 133, 134, 135, 136, 137, 143, 200] {
        assert_eq!(key(&echo(false, kind, 0), Inbound), Err(Reason::Icmp));
    }
}

#[test]
fn a_first_fragment_without_its_ports_is_refused() {
    let rest = [17, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 2];
    assert_eq!(key(&packet(PEER, OWN, protocol::FRAGMENT, &rest), Inbound), Err(Reason::Fragment));
    assert_eq!(key(&packet(PEER, OWN, protocol::UDP, &[0, 1, 0]), Inbound), Err(Reason::Truncated));
}

/// How long a flow lives after these TCP flags, in the direction that they went.
fn lifetime_s(protocol: u8, packets: &[(Direction, u8)]) -> u64 {
    let key = FlowKey { peer: PEER, protocol, own_port: 1, peer_port: 2 };
    let mut flows = Flows::default();
    flows.set(key, PASS, 0);
    for (direction, flags) in packets {
        flows.look(&key, *flags, *direction, 0);
    }
    (0..10_000)
        .find(|second| {
            let mut ended = false;
            flows.expire(second * SECOND_US, |gone| ended = gone == key);
            ended
        })
        .unwrap()
}

#[test]
fn a_flow_ends_when_it_has_been_idle_for_its_time() {
    const SYN: u8 = 2;
    const ACK: u8 = 16;
    const FIN: u8 = 1;
    assert_eq!(lifetime_s(58, &[]), 31);
    assert_eq!(lifetime_s(17, &[]), 181);
    assert_eq!(lifetime_s(6, &[(Outbound, SYN)]), 241);
    let open = [(Outbound, SYN), (Inbound, SYN | ACK), (Outbound, ACK), (Inbound, ACK)];
    assert_eq!(lifetime_s(6, &open), 7441);
    assert_eq!(lifetime_s(6, &[&open[..], &[(Inbound, FIN | ACK)]].concat()), 241);
}

#[test]
fn a_flow_in_use_stays_and_its_verdict_can_change() {
    let key = key(&tcp(OWN, PEER, 1, 2, b""), Outbound).unwrap();
    let mut flows = Flows::default();
    assert!(flows.look(&key, 0, Outbound, 0).is_none());
    flows.set(key, PASS, 0);
    for second in 0..1000 {
        assert_eq!(flows.look(&key, 0, Outbound, second * SECOND_US).unwrap().1, PASS);
        flows.expire(second * SECOND_US, |_| panic!("it is in use"));
    }
    let closed = Verdict::Drop { unreachable: Some(1) };
    flows.set(key, closed, 0);
    assert_eq!(flows.look(&key, 0, Outbound, 0).unwrap().1, closed);
    flows.remove(&key);
    assert!(flows.look(&key, 0, Outbound, 0).is_none());
}

#[test]
fn a_full_table_refuses_a_new_flow_and_keeps_the_others() {
    let key =
        |number: usize| FlowKey { peer: PEER, protocol: 17, own_port: number as u16, peer_port: (number >> 16) as u16 };
    let mut flows = Flows::default();
    assert!((0..FLOWS).all(|number| flows.set(key(number), PASS, 0)));
    assert!(!flows.set(key(FLOWS), PASS, 0));
    assert!(flows.set(key(5), PASS, 0));
    flows.remove(&key(5));
    assert!(flows.set(key(FLOWS), PASS, 0));
}
