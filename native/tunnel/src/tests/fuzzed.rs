//! Any number of bad datagrams from strangers and of bad packets from the kernel's side, through whole tunnels. With an
//! address sanitizer (`npm run sanitize`), no buffer is left by a byte.

use super::tunnel::{End, Forger, PATIENCE, forged, key, local, pair};
use super::{OWN, PEER, packet, patterned, tcp, udp};
use crate::event::{Command, Event};
use crate::flow::FlowKey;
use crate::keys::kind;
use crate::virtio::{VIRTIO_BYTES, Virtio};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// As many as a test has time for, or as this variable says.
fn times(variable: &str) -> u64 {
    std::env::var(variable).map_or(100_000, |count| count.parse().expect("a number"))
}

/// Numbers from a seed (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() % bound
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Changes some bits from this byte on.
    fn damage(&mut self, bytes: &mut [u8], from: usize) {
        for _ in 0..1 + self.below(4) {
            let at = from + self.below(bytes.len() - from);
            bytes[at] ^= 1 << self.below(8);
        }
    }
}

const KNOWN: u32 = 11;
const LABEL: u32 = 0x8000_0500;
const COOKIE: [u8; 16] = [7; 16];

/// What somebody sends who has no keys, but has seen what others sent.
fn strange(random: &mut Random, seen: &[Vec<u8>]) -> Vec<u8> {
    let known = |random: &mut Random| seen[random.below(seen.len())].clone();
    let addressed = |random: &mut Random, index: u32| {
        let length = random.below(1400);
        [&[1, 0, 0, 0][..], &index.to_be_bytes(), &random.bytes(length)].concat()
    };
    match random.below(12) {
        0 => {
            let length = random.below(1500);
            random.bytes(length)
        }
        1 => addressed(random, KNOWN),
        2 => addressed(random, LABEL),
        3 => {
            let index = random.next() as u32;
            addressed(random, index)
        }
        4 => [&[2][..], &random.bytes(16)].concat(),
        // One that is expected: it tells its source to the owner, and nobody else anything.
        5 => [&[2][..], &COOKIE].concat(),
        6 => {
            let (first, length) = (random.below(4) as u8, random.below(40));
            [&[first][..], &random.bytes(length)].concat()
        }
        7 => known(random),
        8 => {
            let mut datagram = known(random);
            datagram.truncate(random.below(datagram.len()));
            datagram
        }
        9 => {
            let (mut datagram, length) = (known(random), 1 + random.below(40));
            datagram.extend(random.bytes(length));
            datagram
        }
        // As far as the key, and anywhere.
        10 => {
            let mut datagram = known(random);
            random.damage(&mut datagram, 8);
            datagram
        }
        _ => {
            let mut datagram = known(random);
            random.damage(&mut datagram, 0);
            datagram
        }
    }
}

fn drops(end: &End) -> u64 {
    ["stranger", "seal", "replay", "neighbour", "truncated"].iter().map(|name| end.count(name)).sum()
}

fn wait_for_drops(end: &End, least: u64) {
    let since = Instant::now();
    while drops(end) < least {
        assert!(since.elapsed() < PATIENCE, "{} of {least}: {:?}", drops(end), end.tunnel.counters());
        std::thread::yield_now();
    }
}

#[test]
fn any_number_of_fuzzed_first_datagrams_gets_not_one_byte_back() {
    let (mut end, mut forger): (End, Forger) = forged();
    let other = UdpSocket::bind(local()).unwrap();
    let neighbour = UdpSocket::bind(local()).unwrap();
    let [from, to] = [&neighbour, &other].map(|socket| socket.local_addr().unwrap());
    end.tunnel.tell([
        Command::SetLabel { label: LABEL, from, to, next: 5 },
        Command::ExpectCookie { cookie: COOKIE },
        Command::Report { peer: 1 },
    ]);
    assert!(matches!(end.event(), Event::Traffic { .. }));
    // What has arrived, and what has not: a few of each kind.
    let mut seen = Vec::new();
    for length in [1, 40, 700] {
        let genuine = udp(PEER, OWN, (2, 1), &patterned(length));
        seen.push(forger.datagram(kind::PACKET, &genuine, KNOWN));
        forger.socket.send_to(seen.last().unwrap(), end.address).unwrap();
        assert_eq!(end.program_receives(), genuine);
        seen.push(forger.datagram(kind::PROBE, &[8, 1, 2, 3, 4, 5, 6, 7, 8], KNOWN));
        forger.socket.send_to(seen.last().unwrap(), end.address).unwrap();
        assert!(matches!(end.event(), Event::Probe { .. }));
    }
    let held_back = udp(PEER, OWN, (2, 1), b"held back");
    let genuine = forger.datagram(kind::PACKET, &held_back, KNOWN);
    let (mut random, mut dropped) = (Random(1), 0);
    let (opened, written) = (end.count("opened"), end.count("interface-writes"));
    for number in 0..times("RUNNEL_FUZZ_DATAGRAMS") {
        let datagram = if number % 4 == 0 {
            let mut datagram = genuine.clone();
            random.damage(&mut datagram, 8);
            datagram
        } else {
            strange(&mut random, &seen)
        };
        if datagram == genuine {
            continue;
        }
        // From where the peer is, and from somewhere else.
        let socket = if number % 2 == 0 { &forger.socket } else { &other };
        socket.send_to(&datagram, end.address).unwrap();
        dropped += u64::from(!datagram.is_empty() && datagram[1..] != COOKIE);
        // Not faster than a socket takes them.
        if number % 64 == 63 {
            wait_for_drops(&end, dropped);
            end.tunnel.take_events();
        }
    }
    wait_for_drops(&end, dropped);
    assert_eq!(drops(&end), dropped);
    assert_eq!((end.count("opened"), end.count("sends"), end.count("interface-writes")), (opened, 0, written));
    for socket in [&forger.socket, &other, &neighbour] {
        socket.set_nonblocking(true).unwrap();
        assert!(socket.recv(&mut [0; 9]).is_err());
    }
    // And it still works.
    forger.socket.send_to(&genuine, end.address).unwrap();
    assert_eq!(end.program_receives(), held_back);
}

/// Ends what reads beside a test, also when that fails.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A packet as the kernel may hand it over, or nearly.
fn program_packet(random: &mut Random) -> Vec<u8> {
    let length = match random.below(16) {
        0 => random.below(60_000),
        1..4 => random.below(4000),
        _ => random.below(300),
    };
    let payload = patterned(length);
    let mut bytes = match random.below(8) {
        0..3 => tcp(OWN, PEER, random.next() as u32, 16, &payload),
        3..6 => udp(OWN, PEER, (1, 2), &payload),
        // Any protocol, with as few bytes behind the header as there may be.
        6 => packet(
            OWN,
            PEER,
            [58, 17, 6, 44, 0, 60, 43, 51, 132, 99, 99, 99][random.below(12)],
            &payload[..length % 24],
        ),
        _ => return random.bytes(1 + length.min(200)),
    };
    let headers = bytes.len().min(110);
    if random.below(2) == 0 {
        random.damage(&mut bytes[..headers], 0);
    }
    // What its length says, and what it has, may differ.
    if random.below(8) == 0 {
        bytes.truncate(1 + random.below(bytes.len()));
    }
    bytes
}

/// A virtio header for it: right as a rule.
fn program_header(random: &mut Random, bytes: &[u8]) -> [u8; VIRTIO_BYTES] {
    let is_tcp = bytes.get(6) == Some(&6);
    let mut virtio = Virtio { flags: 1, checksum_start: 40, ..Virtio::default() };
    virtio.checksum_offset = if is_tcp { 16 } else { 6 };
    if bytes.len() > 1400 || random.below(4) == 0 {
        virtio.kind = if is_tcp { 4 } else { 5 };
        virtio.segment_bytes = if random.below(8) == 0 { random.below(40) } else { 1000 + random.below(300) } as u16;
    }
    match random.below(8) {
        0 => virtio = Virtio::default(),
        1 => virtio.kind = random.next() as u8,
        2 => virtio.segment_bytes = random.next() as u16,
        3 => virtio.checksum_start = random.below(bytes.len() + 4) as u16,
        4 => virtio.checksum_offset = [0, 1, 2, 6, 7, 16][random.below(6)],
        5 => (virtio.checksum_start, virtio.checksum_offset) = (random.next() as u16, random.next() as u16),
        6 => (virtio.flags, virtio.header_bytes) = (random.next() as u8, random.next() as u16),
        _ => {}
    }
    virtio.write()
}

#[test]
fn any_number_of_fuzzed_packets_of_the_kernel_stays_inside_of_the_buffers_on_both_ends() {
    let (a, b) = pair();
    let flows = |peer| {
        let icmp = (0..3).map(move |port| FlowKey { protocol: 58, ..key(peer, port, 0) });
        let others = [0, 44, 60, 132, 99].map(|protocol| FlowKey { protocol, ..key(peer, 0, 0) });
        icmp.chain(others)
    };
    flows(PEER).for_each(|key| a.pass(key));
    flows(OWN).for_each(|key| b.pass(key));
    a.pass(FlowKey { protocol: 6, ..key(PEER, 12_345, 80) });
    b.pass(FlowKey { protocol: 6, ..key(OWN, 80, 12_345) });
    let count = times("RUNNEL_FUZZ_PACKETS");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ending = Ending(&over);
        let programs = [&a, &b].map(|end| end.interface.try_clone().unwrap());
        for interface in programs {
            let over = &over;
            scope.spawn(move || {
                interface.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
                let mut bytes = vec![0; 70_000];
                while !over.load(Ordering::Acquire) {
                    let _packet = interface.recv(&mut bytes);
                }
            });
        }
        let mut random = Random(2);
        for number in 0..count {
            let bytes = program_packet(&mut random);
            let mut raw = program_header(&mut random, &bytes).to_vec();
            raw.extend(bytes);
            if random.below(64) == 0 {
                raw.truncate(1 + random.below(12));
            }
            a.interface.send(&raw).unwrap();
            if number % 256 == 0 {
                let datagram_bytes = [1472, 1472, 9000, 600, 128, 65_507][random.below(6)];
                a.tunnel.tell([Command::UsePath { index: 11, to: b.address, remote: 22, datagram_bytes }]);
                for end in [&a, &b] {
                    assert!(!end.tunnel.take_events().contains(&Event::Gone), "packet {number}");
                }
            }
        }
        a.wait_for("interface-reads", count);
    });
    // A copy of a socket has its timeout in common with it.
    b.interface.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(b.count("opened") > count / 10 && a.count("sealed") > count / 10);
    // And both still work.
    a.tunnel.tell([Command::UsePath { index: 11, to: b.address, remote: 22, datagram_bytes: 1472 }]);
    let sent = udp(OWN, PEER, (1, 2), b"still here");
    a.program_sends(&sent);
    while b.program_receives() != sent {}
}
