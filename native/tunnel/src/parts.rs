//! Fragments follow their first one: it is decided about by its ports, the others by what was decided. One that covers
//! what another brought spoils the packet (RFC 5722).

use crate::flow::FlowKey;
use crate::packet::{Packet, Part};
use crate::reason::Reason;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::ops::Range;

/// What the fragments of a packet have in common: source, destination and number (RFC 8200 section 4.5).
pub type PartKey = (Ipv6Addr, Ipv6Addr, u32);

/// The key of a fragment.
pub fn part_key(packet: &Packet, part: &Part) -> PartKey {
    (packet.source, packet.destination, part.id)
}

/// Packets whose fragments may be under way. The oldest goes first.
pub const PACKETS: usize = 256;
/// Fragments of one packet: a packet of 64 KiB in fragments of 1 KiB.
pub const PARTS: usize = 64;
/// For how long fragments of a packet are waited for (RFC 8200 section 4.5).
const LIFETIME_US: u64 = 60_000_000;

struct Begun {
    since_us: u64,
    flow: FlowKey,
    spoilt: bool,
    covered: Vec<Range<usize>>,
}

/// The packets whose first fragment has been.
#[derive(Default)]
pub struct Parts {
    begun: HashMap<PartKey, Begun>,
}

impl Parts {
    /// Notes the first fragment of a packet, of which the flow is known.
    pub fn begin(&mut self, packet: &Packet, part: &Part, flow: FlowKey, now_us: u64) -> Result<(), Reason> {
        let key = part_key(packet, part);
        if let Some(begun) = self.begun.get_mut(&key).filter(|begun| now_us - begun.since_us < LIFETIME_US) {
            begun.spoilt = true;
            return Err(Reason::Overlap);
        }
        if self.begun.len() >= PACKETS {
            let oldest = self.begun.iter().min_by_key(|(_, begun)| begun.since_us).map(|(key, _)| *key);
            oldest.map(|oldest| self.begun.remove(&oldest));
        }
        let covered = std::iter::once(0..part.length).collect();
        self.begun.insert(key, Begun { since_us: now_us, flow, spoilt: false, covered });
        Ok(())
    }

    /// The flow of a later fragment.
    pub fn follow(&mut self, packet: &Packet, part: &Part, now_us: u64) -> Result<FlowKey, Reason> {
        let key = part_key(packet, part);
        let begun = self.begun.get_mut(&key).filter(|begun| now_us - begun.since_us < LIFETIME_US);
        let begun = begun.ok_or(Reason::Fragment)?;
        let range = part.offset..part.offset + part.length;
        let overlaps = begun.covered.iter().any(|other| other.start < range.end && range.start < other.end);
        if begun.spoilt || overlaps || range.end > 65_535 {
            begun.spoilt = true;
            return Err(Reason::Overlap);
        }
        if begun.covered.len() >= PARTS {
            return Err(Reason::Fragment);
        }
        begun.covered.push(range);
        Ok(begun.flow)
    }
}
