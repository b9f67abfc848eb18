//! Whole tunnels over real sockets; the interface is one end of a pair of sockets, of which the test has the other.

use super::{OWN, PEER, packet, patterned, udp};
use crate::event::{Command, Event};
use crate::flow::{Direction, FlowKey, Verdict};
use crate::keys::{OVERHEAD, Sealer, kind};
use crate::packet::{congestion_of, read_packet, set_congestion};
use crate::ports::{Ports, open_any_ports, open_ports};
use crate::tunnel::{Tunnel, fake_interface};
use crate::virtio::VIRTIO_BYTES;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far more than anything here takes: a test that waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct End {
    pub(super) tunnel: Tunnel,
    woken: Receiver<()>,
    waiting: Vec<Event>,
    pub(super) interface: UnixDatagram,
    pub(super) address: SocketAddr,
}

pub(super) fn local() -> SocketAddrV4 {
    "127.0.0.1:0".parse().unwrap()
}

pub(super) fn open(own: Ipv6Addr) -> End {
    let (interface, other) = UnixDatagram::pair().unwrap();
    interface.set_read_timeout(Some(PATIENCE)).unwrap();
    other.set_nonblocking(true).unwrap();
    let ports: Ports = open_ports(Some(local()), None).unwrap();
    let address = ports.addresses()[0].unwrap();
    let (wake, woken) = channel();
    let wake = Box::new(move || wake.send(()).unwrap_or(()));
    let tunnel = Tunnel::start(Some(fake_interface(other.into(), own)), ports, wake).unwrap();
    End { tunnel, woken, waiting: Vec::new(), interface, address }
}

impl End {
    pub(super) fn event(&mut self) -> Event {
        while self.waiting.is_empty() {
            self.waiting = self.tunnel.take_events();
            if self.waiting.is_empty() {
                self.woken.recv_timeout(PATIENCE).expect("an event");
            }
        }
        self.waiting.remove(0)
    }

    pub(super) fn peer(&self, address: Ipv6Addr, index: u32, to: SocketAddr, remote: u32, datagram_bytes: u16) {
        let [opening, sealing] = if address == PEER { [[1; 32], [2; 32]] } else { [[2; 32], [1; 32]] };
        self.tunnel.tell([
            Command::SetPeer { peer: 1, address },
            Command::AddKeys { index, peer: 1, opening, sealing },
            Command::UsePath { index, to, remote, datagram_bytes },
        ]);
    }

    pub(super) fn pass(&self, key: FlowKey) {
        self.tunnel.tell([Command::SetFlow { key, verdict: Verdict::Pass { peer: 1 } }]);
    }

    /// A packet of a program of this machine.
    pub(super) fn program_sends(&self, bytes: &[u8]) {
        self.interface.send(&[&[0; VIRTIO_BYTES], bytes].concat()).unwrap();
    }

    pub(super) fn program_receives(&self) -> Vec<u8> {
        let mut bytes = vec![0; 70_000];
        let length = self.interface.recv(&mut bytes).expect("a packet");
        bytes[VIRTIO_BYTES..length].to_vec()
    }

    pub(super) fn wait_for(&self, name: &str, least: u64) {
        wait_for(&self.tunnel, name, least);
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        count(&self.tunnel, name)
    }
}

fn count(tunnel: &Tunnel, name: &str) -> u64 {
    tunnel.counters().iter().find(|(other, _)| *other == name).unwrap().1
}

pub(super) fn wait_for(tunnel: &Tunnel, name: &str, least: u64) {
    let since = std::time::Instant::now();
    while count(tunnel, name) < least {
        assert!(since.elapsed() < PATIENCE, "{name} {:?}", tunnel.counters());
        std::thread::yield_now();
    }
}

pub(super) fn key(peer: Ipv6Addr, own_port: u16, peer_port: u16) -> FlowKey {
    FlowKey { peer, protocol: 17, own_port, peer_port }
}

/// Two ends that know each other and let flow 1–2 pass.
pub(super) fn pair() -> (End, End) {
    let (a, b) = (open(OWN), open(PEER));
    a.peer(PEER, 11, b.address, 22, 1472);
    b.peer(OWN, 22, a.address, 11, 1472);
    a.pass(key(PEER, 1, 2));
    b.pass(key(OWN, 2, 1));
    (a, b)
}

/// Somebody with the keys of `PEER` who does with them what he likes.
pub(super) struct Forger {
    pub(super) socket: UdpSocket,
    sealer: Sealer,
}

impl Forger {
    pub(super) fn datagram(&mut self, kind: u8, content: &[u8], index: u32) -> Vec<u8> {
        let mut datagram = vec![0; OVERHEAD + content.len()];
        datagram[16] = kind;
        datagram[17..17 + content.len()].copy_from_slice(content);
        assert!(self.sealer.seal(&mut datagram, index));
        datagram
    }

    fn send(&mut self, to: &End, kind: u8, content: &[u8]) {
        let datagram = self.datagram(kind, content, 11);
        self.socket.send_to(&datagram, to.address).unwrap();
    }
}

pub(super) fn forged() -> (End, Forger) {
    let socket = UdpSocket::bind(local()).unwrap();
    let end = open(OWN);
    end.peer(PEER, 11, socket.local_addr().unwrap(), 22, 1472);
    end.pass(key(PEER, 1, 2));
    (end, Forger { socket, sealer: Sealer::new(&[1; 32]) })
}

#[test]
fn a_packet_waits_for_the_decision_about_its_flow_and_then_arrives() {
    let (mut a, mut b) = (open(OWN), open(PEER));
    a.peer(PEER, 11, b.address, 22, 1472);
    b.peer(OWN, 22, a.address, 11, 1472);
    let sent = udp(OWN, PEER, (1, 2), &patterned(900));
    a.program_sends(&sent);
    let miss =
        Event::Miss { key: key(PEER, 1, 2), direction: Direction::Outbound, peer: None, head: sent[..128].to_vec() };
    assert_eq!(a.event(), miss);
    a.pass(key(PEER, 1, 2));
    let head = sent[..128].to_vec();
    let miss = Event::Miss { key: key(OWN, 2, 1), direction: Direction::Inbound, peer: Some(1), head };
    assert_eq!(b.event(), miss);
    b.pass(key(OWN, 2, 1));
    assert_eq!(b.program_receives(), sent);
    // What comes back needs no decision any more.
    let back = udp(PEER, OWN, (2, 1), b"back");
    b.program_sends(&back);
    assert_eq!(a.program_receives(), back);
    a.tunnel.tell([Command::Report { peer: 1 }]);
    assert_eq!(a.event(), Event::Traffic { peer: 1, sealed: [1, sent.len() as u64], opened: [1, back.len() as u64] });
}

#[test]
fn packets_of_a_closed_flow_are_answered_as_told_and_dropped() {
    let a = open(OWN);
    a.tunnel.tell([Command::SetFlow { key: key(PEER, 1, 2), verdict: Verdict::Drop { unreachable: Some(1) } }]);
    a.program_sends(&udp(OWN, PEER, (1, 2), b"x"));
    let answer = a.program_receives();
    assert_eq!((answer[6], &answer[40..42]), (58, &[1, 1][..]));
    a.wait_for("denied", 1);
}

#[test]
fn a_flow_that_is_closed_to_what_comes_is_asked_about_when_it_begins_here() {
    let (mut a, mut forger) = forged();
    let closed = key(PEER, 5, 6);
    a.tunnel.tell([Command::SetFlow { key: closed, verdict: Verdict::Drop { unreachable: None } }]);
    forger.send(&a, kind::PACKET, &udp(PEER, OWN, (6, 5), b"knock"));
    a.wait_for("denied", 1);
    a.program_sends(&udp(OWN, PEER, (5, 6), b"from here"));
    assert!(matches!(a.event(), Event::Miss { key, direction: Direction::Outbound, .. } if key == closed));
    a.pass(closed);
    let answer = udp(PEER, OWN, (6, 5), b"answer");
    forger.send(&a, kind::PACKET, &answer);
    assert_eq!(a.program_receives(), answer);
}

#[test]
fn packets_with_wrong_addresses_go_nowhere() {
    let (a, _b) = pair();
    let group = "ff02::1".parse().unwrap();
    for (source, destination, reason) in [(PEER, PEER, "source"), (OWN, group, "scope"), (OWN, OWN, "destination")] {
        a.program_sends(&udp(source, destination, (1, 2), b"x"));
        a.wait_for(reason, 1);
    }
    a.program_sends(&[0x45; 40]);
    a.wait_for("not-ipv6", 1);
    assert_eq!(a.count("sealed"), 0);
}

#[test]
fn a_packet_larger_than_the_path_is_told_back_with_the_size_that_passes() {
    let (a, b) = pair();
    a.peer(PEER, 11, b.address, 22, 1400);
    a.program_sends(&udp(OWN, PEER, (1, 2), &patterned(1400)));
    let answer = a.program_receives();
    assert_eq!((&answer[40..42], &answer[44..48]), (&[2, 0][..], &(1400 - OVERHEAD as u32).to_be_bytes()[..]));
    a.wait_for("too-big", 1);
}

#[test]
fn over_a_path_below_1280_a_packet_of_1280_goes_in_pieces() {
    let (a, b) = pair();
    for datagram_bytes in [1312, 600, 128, 0] {
        a.tunnel.tell([Command::UsePath { index: 11, to: b.address, remote: 22, datagram_bytes }]);
        let sent = udp(OWN, PEER, (1, 2), &patterned(1280 - 48));
        a.program_sends(&sent);
        assert_eq!(b.program_receives(), sent);
    }
    a.program_sends(&udp(OWN, PEER, (1, 2), &patterned(1281 - 48)));
    assert_eq!(a.program_receives()[44..48], 1280u32.to_be_bytes());
    assert_eq!(a.count("sealed"), 4);
}

#[test]
fn a_peer_can_send_from_its_own_address_only_and_to_ours_only_and_once_only() {
    let (a, mut forger) = forged();
    let stranger: Ipv6Addr = "2001:20::c".parse().unwrap();
    forger.send(&a, kind::PACKET, &udp(stranger, OWN, (2, 1), b"x"));
    a.wait_for("source", 1);
    forger.send(&a, kind::PACKET, &udp(PEER, stranger, (2, 1), b"x"));
    a.wait_for("destination", 1);
    forger.send(&a, kind::PACKET, &udp(PEER, OWN, (2, 1), b"x")[..45]);
    a.wait_for("truncated", 1);
    forger.send(&a, 0x77, b"x");
    a.wait_for("kind", 1);
    // A flow that was opened for another one.
    a.tunnel.tell([Command::SetFlow { key: key(PEER, 9, 9), verdict: Verdict::Pass { peer: 2 } }]);
    forger.send(&a, kind::PACKET, &udp(PEER, OWN, (9, 9), b"x"));
    a.wait_for("denied", 1);
    // Only TCP and UDP can leave their checksum to us.
    forger.send(&a, kind::PARTIAL, &packet(PEER, OWN, 58, &[128, 0, 0, 0, 0, 0, 0, 1]));
    let echo = FlowKey { protocol: 58, ..key(PEER, 0, 0) };
    a.pass(echo);
    a.wait_for("kind", 2);
    let datagram = forger.datagram(kind::PACKET, &udp(PEER, OWN, (2, 1), b"once"), 11);
    for _ in 0..3 {
        forger.socket.send_to(&datagram, a.address).unwrap();
    }
    a.wait_for("replay", 2);
    assert_eq!(a.program_receives(), udp(PEER, OWN, (2, 1), b"once"));
    assert_eq!(a.count("interface-writes"), 1);
}

#[test]
fn strangers_get_no_answer_at_all() {
    let (a, forger) = forged();
    forger.socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut count = 0;
    for length in [1, 15, 16, 17, 31, 32, 33, 34, 100, 1400] {
        for first in [0, 1, 2, 3, 255] {
            for index in [11, 22, 0] {
                let mut datagram = patterned(length);
                datagram[0] = first;
                if length > 8 {
                    datagram[1..4].fill(0);
                    datagram[4..8].copy_from_slice(&u32::to_be_bytes(index));
                }
                forger.socket.send_to(&datagram, a.address).unwrap();
                count += 1;
            }
        }
        a.wait_for("receives", 1);
        let since = std::time::Instant::now();
        while a.count("stranger") + a.count("seal") < count && since.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
    }
    assert_eq!(a.count("stranger") + a.count("seal"), count);
    assert!(forger.socket.recv(&mut [0; 9]).is_err());
    assert_eq!((a.count("opened"), a.count("sends")), (0, 0));
}

#[test]
fn a_peer_that_comes_from_elsewhere_is_told_and_its_packets_pass() {
    let (mut a, mut forger) = forged();
    forger.socket = UdpSocket::bind(local()).unwrap();
    let from = forger.socket.local_addr().unwrap();
    for payload in [b"a", b"b"] {
        forger.send(&a, kind::PACKET, &udp(PEER, OWN, (2, 1), payload));
        assert_eq!(a.program_receives(), udp(PEER, OWN, (2, 1), payload));
    }
    assert_eq!(a.event(), Event::Source { index: 11, from });
    a.tunnel.tell([Command::Report { peer: 1 }]);
    assert!(matches!(a.event(), Event::Traffic { opened: [2, _], .. }));
}

#[test]
fn probes_and_cookies_arrive_with_their_source() {
    let (a, mut b) = pair();
    let probe = |index, to, remote, content: &[u8]| Command::Probe {
        index,
        to,
        remote,
        content: content.to_vec(),
        datagram_bytes: 1200,
    };
    a.tunnel.tell([probe(11, b.address, 22, b"challenge")]);
    let content = b"challenge".to_vec();
    assert_eq!(b.event(), Event::Probe { index: 22, from: a.address, content, datagram_bytes: 1200 });
    let [cookie, other] = [[7; 16], [8; 16]];
    b.tunnel.tell([Command::ExpectCookie { cookie }, Command::ReportLabel { label: 5 }]);
    a.tunnel
        .tell([Command::SendCookie { to: b.address, cookie: other }, Command::SendCookie { to: b.address, cookie }]);
    assert_eq!(b.event(), Event::Cookie { cookie, from: a.address });
    b.tunnel.tell([Command::ForgetCookie { cookie }]);
    a.tunnel.tell([Command::SendCookie { to: b.address, cookie }]);
    b.wait_for("stranger", 2);
}

#[test]
fn a_router_sends_on_by_label_what_comes_from_the_right_neighbour() {
    let (a, b) = pair();
    let ports = open_ports(Some(local()), None).unwrap();
    let router_address = ports.addresses()[0].unwrap();
    let (wake, woken) = channel();
    let tunnel = Tunnel::start(None, ports, Box::new(move || wake.send(()).unwrap_or(()))).unwrap();
    tunnel.tell([
        Command::SetLabel { label: 500, from: a.address, to: b.address, next: 22 },
        Command::SetLabel { label: 600, from: b.address, to: a.address, next: 11 },
    ]);
    a.peer(PEER, 11, router_address, 500, 1472);
    b.peer(OWN, 22, router_address, 600, 1472);
    let (there, back) = (udp(OWN, PEER, (1, 2), &patterned(1200)), udp(PEER, OWN, (2, 1), b"back"));
    a.program_sends(&there);
    assert_eq!(b.program_receives(), there);
    b.program_sends(&back);
    assert_eq!(a.program_receives(), back);
    let stranger = UdpSocket::bind(local()).unwrap();
    let mut datagram = vec![0; 100];
    datagram[0] = 1;
    datagram[4..8].copy_from_slice(&500u32.to_be_bytes());
    stranger.send_to(&datagram, router_address).unwrap();
    wait_for(&tunnel, "neighbour", 1);
    woken.recv_timeout(PATIENCE).unwrap();
    assert_eq!(tunnel.take_events(), [Event::Source { index: 500, from: stranger.local_addr().unwrap() }]);
    tunnel.tell([Command::ReportLabel { label: 500 }]);
    woken.recv_timeout(PATIENCE).unwrap();
    let bytes = (there.len() + OVERHEAD) as u64;
    assert_eq!(tunnel.take_events(), [Event::Switched { label: 500, switched: [1, bytes] }]);
    // Not for each one: whoever has seen a label could have us do nothing else.
    for _ in 0..100 {
        stranger.send_to(&datagram, router_address).unwrap();
    }
    wait_for(&tunnel, "neighbour", 101);
    assert!(tunnel.take_events().len() <= 50);
}

#[test]
fn a_new_generation_loses_nothing_while_the_old_one_is_still_accepted() {
    let (a, b) = pair();
    let (old, new) = (udp(OWN, PEER, (1, 2), b"old"), udp(OWN, PEER, (1, 2), b"new"));
    a.program_sends(&old);
    assert_eq!(b.program_receives(), old);
    b.tunnel.tell([Command::AddKeys { index: 23, peer: 1, opening: [5; 32], sealing: [6; 32] }]);
    a.tunnel.tell([
        Command::AddKeys { index: 12, peer: 1, opening: [6; 32], sealing: [5; 32] },
        Command::UsePath { index: 12, to: b.address, remote: 23, datagram_bytes: 1472 },
    ]);
    a.program_sends(&new);
    assert_eq!(b.program_receives(), new);
    // The other end still sends under the old one, until that is forgotten.
    let back = udp(PEER, OWN, (2, 1), b"back");
    b.program_sends(&back);
    assert_eq!(a.program_receives(), back);
    a.tunnel.tell([Command::RemoveKeys { index: 11 }]);
    b.program_sends(&back);
    a.wait_for("stranger", 1);
}

#[test]
fn marks_of_congestion_go_in_and_come_out() {
    let (a, mut forger) = forged();
    let mut sent = udp(OWN, PEER, (1, 2), b"x");
    set_congestion(&mut sent, 2);
    a.program_sends(&sent);
    forger.socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut datagram = [0; 2000];
    let length = forger.socket.recv(&mut datagram).unwrap();
    assert_eq!(length, sent.len() + OVERHEAD);
    // The network marks what it carries: here a router does, by sending it with a mark.
    let mut row = crate::system::Outgoing { start: 0, length: 0, segment: 0, to: a.address, congestion: 3 };
    let mut able = udp(PEER, OWN, (2, 1), b"able");
    set_congestion(&mut able, 2);
    for content in [udp(PEER, OWN, (2, 1), b"unable"), able] {
        let datagram = forger.datagram(kind::PACKET, &content, 11);
        (row.length, row.segment) = (datagram.len(), datagram.len());
        crate::system::send(&forger.socket, &datagram, &[row]).unwrap();
    }
    let received = a.program_receives();
    assert_eq!((congestion_of(&received), &received[48..]), (3, &b"able"[..]));
    assert_eq!(a.count("congestion"), 1);
}

#[test]
fn more_flows_than_may_wait_are_dropped_and_counted() {
    let (mut a, mut forger) = forged();
    let flows = crate::undecided::PEER_FLOWS as u16;
    for port in 0..flows + 20 {
        forger.send(&a, kind::PACKET, &udp(PEER, OWN, (7000, 10 + port), b"scan"));
        // Not faster than a socket takes them.
        a.wait_for("opened", u64::from(port) + 1);
    }
    a.wait_for("undecided", 20);
    for port in 0..flows {
        assert!(matches!(a.event(), Event::Miss { key: FlowKey { own_port, .. }, .. } if own_port == 10 + port));
    }
    a.pass(key(PEER, 10, 7000));
    assert!(read_packet(&a.program_receives()).is_ok());
}

#[test]
fn the_end_of_the_interface_is_told_and_the_end_by_the_owner_is_not() {
    let mut a = open(OWN);
    a.tunnel.close();
    assert_eq!(a.tunnel.take_events(), []);
    let (ended, _) = std::io::pipe().unwrap();
    let (wake, woken) = channel();
    let ports = open_ports(Some(local()), None).unwrap();
    let wake = Box::new(move || wake.send(()).unwrap_or(()));
    let b = Tunnel::start(Some(fake_interface(ended.into(), PEER)), ports, wake).unwrap();
    woken.recv_timeout(PATIENCE).unwrap();
    assert_eq!(b.take_events(), [Event::Gone]);
}

#[test]
fn both_families_are_open_on_one_port_and_a_port_that_is_taken_is_left_to_others() {
    let port_of = |address: Option<SocketAddr>| address.map(|address| address.port());
    let [four, six] = open_any_ports(0).unwrap().addresses();
    assert!(four.is_some() && six.is_none_or(|six| Some(six.port()) == port_of(four)));
    let held = open_any_ports(0).unwrap();
    let port = port_of(held.addresses()[0]).unwrap();
    let beside = open_any_ports(port).unwrap();
    assert_ne!(port_of(beside.addresses()[0]), Some(port));
    drop(held);
    assert_eq!(port_of(open_any_ports(port).unwrap().addresses()[0]), Some(port));
}
