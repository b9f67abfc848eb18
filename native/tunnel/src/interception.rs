//! Ports of peers at which this machine answers itself: a rule of routing sends what its programs open there to a table of
//! its own, in which all those addresses are this machine, and another lets pass what comes from certain ports. The tables go
//! with the interface; rules do not, so they are removed at the end, and those that a killed process has left are removed by
//! whoever comes next.

use crate::routing::{Message, Target, add_route_in, attributes};
use crate::system::{ask_routing_for_all, interface_exists};
use std::io;
use std::net::Ipv6Addr;
use std::ops::RangeInclusive;

/// Ports of programs whose connections pass to the peer all the same: above those that the system gives out itself; rules of
/// routing do not know the last one.
pub const PASSING_PORTS: RangeInclusive<u16> = 61_000..=65_534;

const NEW_RULE: u16 = 32;
const DELETE_RULE: u16 = 33;
const ASK_RULES: u16 = 34;
const FAMILY: u8 = libc::AF_INET6 as u8;
const TO_TABLE: u8 = 1;
const TCP: u8 = 6;
/// By which our rules are known: a number that no other program is known to use.
const OWNER: u8 = 114;
/// Tables of ours are this, the number of the interface behind it, and a bit that says which of its two.
const TABLES: u32 = 0x7000_0000;
const TABLE_BITS: u32 = 0x0fff_ffff;
/// Before the main table (32766).
const PRIORITY: u32 = 20_000;

/// Names of attributes, as `linux/fib_rules.h` numbers them.
mod attribute {
    pub const DESTINATION: u16 = 1;
    pub const FROM_INTERFACE: u16 = 3;
    pub const PRIORITY: u16 = 6;
    pub const TABLE: u16 = 15;
    pub const OWNER: u16 = 21;
    pub const PROTOCOL: u16 = 22;
    pub const SOURCE_PORTS: u16 = 23;
    pub const DESTINATION_PORTS: u16 = 24;
}

/// Rules, as long as this lives.
pub struct Interception {
    rules: Vec<Vec<u8>>,
}

impl Interception {
    /// Has programs of this machine that connect to one of these TCP ports of the prefix find this machine there.
    pub fn begin(index: u32, source: Ipv6Addr, (prefix, bits): (Ipv6Addr, u8), ports: &[u16]) -> io::Result<Self> {
        let mut interception = Self { rules: Vec::new() };
        if ports.is_empty() {
            return Ok(interception);
        }
        let _removed = remove_abandoned();
        let [passing, answering] = tables(index);
        add_route_in(passing, index, prefix, bits, Target::Peers(source))?;
        add_route_in(answering, index, prefix, bits, Target::Local)?;
        for port in ports {
            // Which port a program has got is not known yet when its way is looked up, so that is 0: only one that chose its
            // port is sent on.
            for (priority, table, source) in [(PRIORITY, passing, Some(PASSING_PORTS)), (PRIORITY + 1, answering, None)]
            {
                let fields = rule(priority, table, prefix, bits, *port, source);
                Message::around(NEW_RULE, Message::NEW, &fields).ask()?;
                interception.rules.push(fields);
            }
        }
        Ok(interception)
    }
}

impl Drop for Interception {
    fn drop(&mut self) {
        for fields in &self.rules {
            let _removed = Message::around(DELETE_RULE, Message::PLAIN, fields).ask();
        }
    }
}

/// Those of an interface: where peers are peers, and where they are this machine.
fn tables(index: u32) -> [u32; 2] {
    [TABLES | index << 1, TABLES | index << 1 | 1]
}

fn rule(
    priority: u32,
    table: u32,
    prefix: Ipv6Addr,
    bits: u8,
    port: u16,
    source: Option<RangeInclusive<u16>>,
) -> Vec<u8> {
    let mut rule = Message::default();
    // family | destination bits | source bits | tos | table | 0 | 0 | action, u8 each; flags u32
    rule.put(&[FAMILY, bits, 0, 0, 0, 0, 0, TO_TABLE, 0, 0, 0, 0]);
    rule.attribute(attribute::DESTINATION, &prefix.octets());
    // What programs of this machine send, and nothing that it forwards.
    rule.attribute(attribute::FROM_INTERFACE, b"lo\0");
    rule.attribute(attribute::PRIORITY, &priority.to_ne_bytes());
    rule.attribute(attribute::TABLE, &table.to_ne_bytes());
    rule.attribute(attribute::OWNER, &[OWNER]);
    rule.attribute(attribute::PROTOCOL, &[TCP]);
    if let Some(source) = source {
        rule.attribute(attribute::SOURCE_PORTS, &ports(*source.start(), *source.end()));
    }
    rule.attribute(attribute::DESTINATION_PORTS, &ports(port, port));
    rule.into_bytes()
}

fn ports(first: u16, last: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (first.to_ne_bytes(), last.to_ne_bytes());
    [a, b, c, d]
}

/// Removes the rules of ours whose interface is gone, and gives the number of that interface for each. Those of a node that
/// lives are left alone: its interface is there.
pub fn remove_abandoned() -> io::Result<Vec<u32>> {
    let question = Message::around(ASK_RULES, Message::ALL, &[FAMILY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let answer = ask_routing_for_all(&question.finish())?;
    let mut rest = &answer[..];
    let mut removed = Vec::new();
    while let Some(length) = rest.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes) as usize) {
        let Some((message, after)) = rest.split_at_checked(length.next_multiple_of(4).max(16)) else { break };
        rest = after;
        let fields = &message[16..];
        if message.get(4..6) != Some(&NEW_RULE.to_ne_bytes()[..]) {
            continue;
        }
        if let Some(index) = abandoned_by(fields) {
            Message::around(DELETE_RULE, Message::PLAIN, fields).ask()?;
            removed.push(index);
        }
    }
    Ok(removed)
}

/// The number of the interface that a rule of ours was for, if that is gone.
fn abandoned_by(fields: &[u8]) -> Option<u32> {
    let list = fields.get(12..)?;
    let found = |kind: u16| attributes(list).find(|(other, _)| *other == kind).map(|(_, value)| value);
    let table = found(attribute::TABLE).and_then(|value| value.first_chunk().copied()).map_or(0, u32::from_ne_bytes);
    let ours = found(attribute::OWNER) == Some(&[OWNER]) && table & !TABLE_BITS == TABLES;
    let index = (table & TABLE_BITS) >> 1;
    (ours && !interface_exists(index)).then_some(index)
}
