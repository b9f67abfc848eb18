//! Rules of routing, for what programs of this machine send to peers.
//!
//! What has the address of our interface leaves by it, also where there are several. What goes to peers goes to an interface of
//! theirs or nowhere: when that is deleted, or its process killed, nothing leaves unsealed by another route. At some ports of
//! peers this machine answers itself: what is opened there goes to a table in which all those addresses are this machine, but
//! what comes from certain ports passes.
//!
//! The tables go with the interface; rules do not, so they are removed at the end. Those of an interface that is gone stay, and
//! refuse, until the next one comes.

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
const UNREACHABLE: u8 = 7;
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
    pub const SOURCE: u16 = 2;
    pub const FROM_INTERFACE: u16 = 3;
    pub const PRIORITY: u16 = 6;
    pub const TABLE: u16 = 15;
    pub const OWNER: u16 = 21;
    pub const PROTOCOL: u16 = 22;
    pub const SOURCE_PORTS: u16 = 23;
    pub const DESTINATION_PORTS: u16 = 24;
}

/// Rules, as long as this and its interface live.
pub struct Interception {
    index: u32,
    prefix: (Ipv6Addr, u8),
    rules: Vec<Vec<u8>>,
}

impl Interception {
    /// Has programs of this machine reach the addresses of the prefix by this interface or not at all.
    pub fn begin(index: u32, source: Ipv6Addr, (prefix, bits): (Ipv6Addr, u8)) -> io::Result<Self> {
        let mut interception = Self { index, prefix: (prefix, bits), rules: Vec::new() };
        let [passing, _] = tables(index);
        add_route_in(passing, index, prefix, bits, Target::Peers(source))?;
        let (from_us, to_peers) = ((attribute::SOURCE, source, 128), (attribute::DESTINATION, prefix, bits));
        interception.add(rule(TO_TABLE, PRIORITY + 2, passing, from_us, None))?;
        interception.add(rule(TO_TABLE, PRIORITY + 3, passing, to_peers, None))?;
        interception.add(rule(UNREACHABLE, PRIORITY + 4, passing, to_peers, None))?;
        // Not before: meanwhile they refuse.
        let _removed = remove_abandoned();
        Ok(interception)
    }

    /// Has programs of this machine that connect to one of these TCP ports of the prefix find this machine.
    pub fn answer(&mut self, ports: &[u16]) -> io::Result<()> {
        let (index, (prefix, bits)) = (self.index, self.prefix);
        let ([passing, answering], to_peers) = (tables(index), (attribute::DESTINATION, prefix, bits));
        if !ports.is_empty() {
            add_route_in(answering, index, prefix, bits, Target::Local)?;
        }
        for port in ports {
            // Which port a program has got is not known yet when its way is looked up, so that is 0: only one that chose its
            // port is sent on.
            self.add(rule(TO_TABLE, PRIORITY, passing, to_peers, Some((*port, Some(PASSING_PORTS)))))?;
            self.add(rule(TO_TABLE, PRIORITY + 1, answering, to_peers, Some((*port, None))))?;
        }
        Ok(())
    }

    fn add(&mut self, fields: Vec<u8>) -> io::Result<()> {
        Message::around(NEW_RULE, Message::NEW, &fields).ask()?;
        self.rules.push(fields);
        Ok(())
    }

    /// Removes the rules, unless somebody else has deleted the interface: then another one is about to come.
    pub fn end(&mut self) {
        let rules = std::mem::take(&mut self.rules);
        if !interface_exists(self.index) {
            return;
        }
        for fields in &rules {
            let _removed = Message::around(DELETE_RULE, Message::PLAIN, fields).ask();
        }
    }
}

impl Drop for Interception {
    fn drop(&mut self) {
        self.end();
    }
}

/// Those of an interface: where peers are peers, and where they are this machine.
fn tables(index: u32) -> [u32; 2] {
    [TABLES | index << 1, TABLES | index << 1 | 1]
}

/// Of TCP connections to one port, from these or any.
type Ports = (u16, Option<RangeInclusive<u16>>);

/// About all addresses of a prefix, at this end (`SOURCE`, `DESTINATION`).
fn rule(
    action: u8,
    priority: u32,
    table: u32,
    (end, prefix, bits): (u16, Ipv6Addr, u8),
    tcp: Option<Ports>,
) -> Vec<u8> {
    let mut rule = Message::default();
    let (to_bits, from_bits) = if end == attribute::DESTINATION { (bits, 0) } else { (0, bits) };
    // family | destination bits | source bits | tos | table | 0 | 0 | action, u8 each; flags u32
    rule.put(&[FAMILY, to_bits, from_bits, 0, 0, 0, 0, action, 0, 0, 0, 0]);
    rule.attribute(end, &prefix.octets());
    // What programs of this machine send, and nothing that it forwards.
    rule.attribute(attribute::FROM_INTERFACE, b"lo\0");
    rule.attribute(attribute::PRIORITY, &priority.to_ne_bytes());
    rule.attribute(attribute::TABLE, &table.to_ne_bytes());
    rule.attribute(attribute::OWNER, &[OWNER]);
    if let Some((port, sources)) = tcp {
        rule.attribute(attribute::PROTOCOL, &[TCP]);
        if let Some(sources) = sources {
            rule.attribute(attribute::SOURCE_PORTS, &ports(*sources.start(), *sources.end()));
        }
        rule.attribute(attribute::DESTINATION_PORTS, &ports(port, port));
    }
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
            let answer = Message::around(DELETE_RULE, Message::PLAIN, fields).ask();
            if took_away(answer)? {
                removed.push(index);
            }
        }
    }
    Ok(removed)
}

/// Whether we were the one: another node may have begun, or somebody else cleaned, since we looked.
fn took_away(answer: io::Result<()>) -> io::Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
        Err(error) => Err(error),
    }
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

#[cfg(test)]
mod tests {
    use super::took_away;
    use std::io::Error;

    #[test]
    fn a_rule_that_somebody_else_has_removed_is_not_ours_and_no_failure() {
        let refused = |errno| took_away(Err(Error::from_raw_os_error(errno)));
        assert!(took_away(Ok(())).unwrap());
        assert!(!refused(libc::ENOENT).unwrap());
        assert_eq!(refused(libc::EPERM).unwrap_err().raw_os_error(), Some(libc::EPERM));
    }
}
