//! Which flow a packet belongs to, and what was decided about it. Connection tracking is the presence of an entry: both
//! directions of a flow have one key. Entries go when they have been idle (RFC 4787 section 4.3, RFC 5382 section 5).

use crate::packet::{Packet, protocol, read_u16};
use crate::reason::Reason;
use std::collections::HashMap;
use std::net::Ipv6Addr;

/// Flows that may be open at once. A new one is refused when all are in use.
pub const FLOWS: usize = 65_536;
/// Idle time of a TCP connection that both sides have confirmed: 2 hours and 4 minutes (RFC 5382 section 5).
const ESTABLISHED_US: u64 = 7_440_000_000;
/// Idle time of one that is being opened or closed (the same section).
const TRANSITORY_US: u64 = 240_000_000;
/// Idle time of UDP: more than the 2 minutes that RFC 4787 section 4.3 demands.
const DATAGRAMS_US: u64 = 180_000_000;
/// Idle time of an ICMPv6 echo, and of any other protocol.
const ECHO_US: u64 = 30_000_000;
/// Entries that one look for idle ones visits, so that it takes no time that a packet would notice.
const VISITED: usize = 1024;

/// What the packets of a flow have in common, as seen from here. Protocols without ports have zeros; an echo has its
/// identifier as the port of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// The other end.
    pub peer: Ipv6Addr,
    /// The transport protocol.
    pub protocol: u8,
    /// Our port.
    pub own_port: u16,
    /// The other end's port.
    pub peer_port: u16,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the interface to the peer.
    Outbound,
    /// From the peer to the interface.
    Inbound,
}

/// What was decided about a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes, in both directions, to and from this peer.
    Pass {
        /// The peer's number.
        peer: u32,
    },
    /// Its packets are dropped; a program of this machine is told with this code of ICMPv6 unreachable (RFC 4443 section 3.1).
    Drop {
        /// What the program is told. Without it the flow is closed to what comes alone: a packet from here asks anew.
        unreachable: Option<u8>,
    },
}

/// An entry.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Whose it is.
    pub key: FlowKey,
    /// What happens to its packets.
    pub verdict: Verdict,
    last_us: u64,
    /// Bits of the sides that have sent a segment of an open connection; or that it is closing.
    tcp: u8,
}

const CLOSING: u8 = 4;
const BOTH: u8 = 3;

impl Flow {
    fn idle_us(&self) -> u64 {
        match self.key.protocol {
            protocol::TCP if self.tcp == BOTH => ESTABLISHED_US,
            protocol::TCP => TRANSITORY_US,
            protocol::UDP => DATAGRAMS_US,
            _ => ECHO_US,
        }
    }

    /// Notes a packet of the flow.
    fn touch(&mut self, now_us: u64, direction: Direction, tcp_flags: u8) {
        const FIN: u8 = 1;
        const SYN: u8 = 2;
        const RESET: u8 = 4;
        self.last_us = now_us;
        if tcp_flags & SYN != 0 {
            self.tcp = 0;
        } else if tcp_flags & (FIN | RESET) != 0 {
            self.tcp |= CLOSING;
        } else {
            self.tcp |= 1 + (direction == Direction::Inbound) as u8;
        }
    }
}

/// The key of a packet, and its TCP flags or 0. An ICMPv6 error has the key of the packet that it is about.
pub fn key_of(packet: &Packet, bytes: &[u8], direction: Direction) -> Result<(FlowKey, u8), Reason> {
    let outbound = direction == Direction::Outbound;
    let peer = if outbound { packet.destination } else { packet.source };
    let transport = &bytes[packet.transport..packet.length];
    let ordered = |source: u16, destination: u16| if outbound { (source, destination) } else { (destination, source) };
    let key = |(own_port, peer_port)| FlowKey { peer, protocol: packet.protocol, own_port, peer_port };
    if protocol::WITH_PORTS.contains(&packet.protocol) {
        // A first fragment without its ports is a hole in every rule about ports (RFC 7112).
        let missing = if packet.part.is_some() { Reason::Fragment } else { Reason::Truncated };
        let header = transport.first_chunk::<8>().ok_or(missing)?;
        let flags = if packet.protocol == protocol::TCP { *transport.get(13).ok_or(missing)? } else { 0 };
        return Ok((key(ordered(read_u16(header, 0), read_u16(header, 2))), flags));
    }
    if packet.protocol != protocol::ICMP {
        return Ok((key((0, 0)), 0));
    }
    let header = transport.first_chunk::<8>().ok_or(Reason::Truncated)?;
    match header[0] {
        // Errors pass when the packet that they are about was of a flow that passes.
        1..=4 => key_of_cause(packet, &transport[8..], direction).map(|key| (key, 0)),
        128 => Ok((key(ordered(read_u16(header, 4), 0)), 0)),
        129 => Ok((key(ordered(0, read_u16(header, 4))), 0)),
        _ => Err(Reason::Icmp),
    }
}

/// The key of the packet that an ICMPv6 error is about: it went the other way.
fn key_of_cause(error: &Packet, cause: &[u8], direction: Direction) -> Result<FlowKey, Reason> {
    let header = cause.first_chunk::<40>().ok_or(Reason::Icmp)?;
    // It is cut short as a rule, so its length says nothing.
    let mut whole = *header;
    let held = cause.len().min(usize::from(u16::MAX)) - 40;
    whole[4..6].copy_from_slice(&(held as u16).to_be_bytes());
    whole[7] = whole[7].max(1);
    let mut bytes = [0; 40 + 64];
    let used = cause.len().min(bytes.len());
    bytes[..used].copy_from_slice(&cause[..used]);
    bytes[..40].copy_from_slice(&whole);
    bytes[4..6].copy_from_slice(&((used - 40) as u16).to_be_bytes());
    let inner = crate::packet::read_packet(&bytes[..used]).map_err(|_| Reason::Icmp)?;
    let back = match direction {
        Direction::Inbound => Direction::Outbound,
        Direction::Outbound => Direction::Inbound,
    };
    let asks = inner.protocol == protocol::ICMP && matches!(bytes.get(inner.transport), Some(0..128));
    let own = if direction == Direction::Inbound {
        (inner.source, error.destination)
    } else {
        (inner.destination, error.source)
    };
    if asks || own.0 != own.1 || inner.part.is_some_and(|part| part.offset > 0) {
        return Err(Reason::Icmp);
    }
    key_of(&inner, &bytes[..used], back).map(|(key, _)| key).map_err(|_| Reason::Icmp)
}

/// The flows.
#[derive(Default)]
pub struct Flows {
    places: HashMap<FlowKey, u32>,
    flows: Vec<Option<Flow>>,
    free: Vec<u32>,
    last: Option<(FlowKey, u32)>,
    visit: usize,
}

impl Flows {
    /// What was decided about a flow, and its number; the entry counts as used.
    pub fn look(&mut self, key: &FlowKey, tcp_flags: u8, direction: Direction, now_us: u64) -> Option<(u32, Verdict)> {
        let place = match self.last {
            Some((last, place)) if last == *key => place,
            _ => {
                let place = *self.places.get(key)?;
                self.last = Some((*key, place));
                place
            }
        };
        let flow = self.flows[place as usize].as_mut()?;
        flow.touch(now_us, direction, tcp_flags);
        Some((place, flow.verdict))
    }

    /// Writes a decision; false when there is no room for a new one.
    pub fn set(&mut self, key: FlowKey, verdict: Verdict, now_us: u64) -> bool {
        if let Some(place) = self.places.get(&key) {
            if let Some(flow) = &mut self.flows[*place as usize] {
                flow.verdict = verdict;
                flow.last_us = now_us;
            }
            return true;
        }
        if self.places.len() >= FLOWS {
            return false;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.flows.push(None);
            self.flows.len() as u32 - 1
        });
        self.flows[place as usize] = Some(Flow { key, verdict, last_us: now_us, tcp: 0 });
        self.places.insert(key, place);
        true
    }

    /// Forgets a flow.
    pub fn remove(&mut self, key: &FlowKey) {
        if let Some(place) = self.places.remove(key) {
            self.flows[place as usize] = None;
            self.free.push(place);
            self.last = None;
        }
    }

    /// Looks at some of the flows, forgets those that have been idle for their time, and tells them.
    pub fn expire(&mut self, now_us: u64, mut tell: impl FnMut(FlowKey)) {
        for _ in 0..VISITED.min(self.flows.len()) {
            self.visit = (self.visit + 1) % self.flows.len();
            if let Some(flow) =
                self.flows[self.visit].filter(|flow| now_us.saturating_sub(flow.last_us) > flow.idle_us())
            {
                self.remove(&flow.key);
                tell(flow.key);
            }
        }
    }
}
