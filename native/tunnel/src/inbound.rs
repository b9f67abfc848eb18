//! The way in: from the socket, sent on when it carries a neighbour's label, else opened in place, put in the order of
//! its counters, let through by what was decided about its flow, joined, and written to the interface. Strangers get no
//! answer at all.

use crate::arrivals::Arrivals;
use crate::context::{Context, Decided, Decision, write_to};
use crate::event::{Event, PROBE_BYTES};
use crate::flow::Direction;
use crate::join::Joiner;
use crate::keys::{DATAGRAM_HEADER, TAG_BYTES, TYPE_COOKIE, index_of, kind};
use crate::outbound::Outbound;
use crate::packet::{CONGESTED, mix_congestion, read_packet, write_u32};
use crate::parts::Parts;
use crate::pieces::Gathering;
use crate::reason::{Reason, Tally};
use crate::system::{Incoming, MESSAGES, Outgoing, receive};
use crate::tables::{Behind, Label};
use crate::undecided::Held;
use std::net::SocketAddr;
use std::ops::Range;

/// Bytes of a slot: the largest message, and so much more that the starts of slots do not share a place in the cache.
const STRIDE: usize = 65_536 + 1_088;
/// Messages that are joined before they are written.
const SLOTS: usize = 256;
/// Bytes that are joined before they are written: what a cache holds.
const FLUSH_BYTES: usize = 1 << 20;

/// What has opened.
struct Opened {
    index: u32,
    counter: u64,
    /// Where in the arena it lies: the kind, then the content.
    range: Range<usize>,
    congestion: u8,
    from: SocketAddr,
}

/// The way in.
pub struct Inbound {
    arena: Vec<u8>,
    used_slots: usize,
    used_bytes: usize,
    messages: Vec<Incoming>,
    opened: Vec<Opened>,
    rows: Vec<Outgoing>,
    joiner: Joiner,
    parts: Parts,
    gathering: Gathering,
    arrivals: Arrivals,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            arena: vec![0; SLOTS * STRIDE],
            used_slots: 0,
            used_bytes: 0,
            messages: Vec::new(),
            opened: Vec::new(),
            rows: Vec::new(),
            joiner: Joiner::default(),
            parts: Parts::default(),
            gathering: Gathering::default(),
            arrivals: Arrivals::default(),
        }
    }
}

impl Inbound {
    /// Receives what the sockets have, a round's worth each; true when there may be more.
    pub fn receive(&mut self, context: &mut Context, outbound: &mut Outbound) -> bool {
        let mut more = false;
        for four in [true, false] {
            if self.used_slots + MESSAGES > SLOTS || self.used_bytes > FLUSH_BYTES {
                self.flush(context);
            }
            let socket = if four { &context.sockets.four } else { &context.sockets.six };
            let Some(socket) = socket else { continue };
            self.messages.clear();
            let slots = &mut self.arena[self.used_slots * STRIDE..];
            let Ok(count) = receive(socket, slots, STRIDE, &mut self.messages) else { continue };
            context.add(Tally::Receives, count);
            let bytes = self.messages.iter().map(|message| message.length).sum();
            self.used_bytes += bytes;
            let left_out = if self.arrivals.tells(context.now_us, bytes) { self.tell_largest(context) } else { None };
            for number in 0..count {
                let message = self.messages[number];
                let first = usize::from(left_out == Some(number));
                self.sort(context, (self.used_slots + number) * STRIDE, &message, first);
            }
            if !self.rows.is_empty() {
                outbound.send_on(context, &self.arena, &self.rows);
                self.rows.clear();
            }
            self.deliver_opened(context);
            self.used_slots += count;
            more |= count == MESSAGES;
        }
        if !more {
            self.flush(context);
        }
        more
    }

    /// Delivers a packet whose flow has now been decided about.
    pub fn redeliver(&mut self, context: &mut Context, mut held: Held) {
        let Some(peer) = held.peer else { return };
        let range = 0..held.buffer.len();
        if let Err(reason) = self.deliver_apart(context, &mut held.buffer, range, peer, held.partial) {
            context.drop(reason);
        }
    }

    /// Delivers a packet that lies outside of the arena, after those that lie in it.
    fn deliver_apart(
        &mut self,
        context: &mut Context,
        buffer: &mut [u8],
        range: Range<usize>,
        peer: u32,
        partial: bool,
    ) -> Result<(), Reason> {
        self.joiner.flush(&self.arena, |pieces| context.write(pieces));
        admit(context, &mut self.parts, &mut self.joiner, buffer, range, peer, partial)?;
        self.joiner.flush(buffer, |pieces| context.write(pieces));
        Ok(())
    }

    fn flush(&mut self, context: &Context) {
        self.joiner.flush(&self.arena, |pieces| write_to(&context.tun, &context.shared.counters, pieces));
        self.used_slots = 0;
        self.used_bytes = 0;
    }

    /// Tells whose bytes wait that they are too many: by a mark where that is understood, else by leaving out the first
    /// datagram of the largest message, whose number this gives.
    fn tell_largest(&mut self, context: &Context) -> Option<usize> {
        let (number, largest) = self.messages.iter_mut().enumerate().max_by_key(|(_, message)| message.length)?;
        if largest.congestion != 0 {
            largest.congestion = CONGESTED;
            context.add(Tally::Marked, 1);
            return None;
        }
        context.drop(Reason::Queue);
        Some(number)
    }

    /// Opens the datagrams of a message from the first one on that counts, or notes that they are to be sent on.
    fn sort(&mut self, context: &mut Context, base: usize, message: &Incoming, first: usize) {
        for start in (0..message.length).step_by(message.segment).skip(first) {
            let range = base + start..base + message.length.min(start + message.segment);
            let datagram = &mut self.arena[range.clone()];
            let index = index_of(datagram);
            let behind = index.and_then(|index| context.tables.indexes.get_mut(&index));
            match behind {
                Some(Behind::Keys(keys)) => match keys.opener.open(datagram) {
                    Ok(counter) => self.opened.push(Opened {
                        index: keys.index,
                        counter,
                        range: range.start + DATAGRAM_HEADER..range.end - TAG_BYTES,
                        congestion: message.congestion,
                        from: message.from,
                    }),
                    Err(reason) => context.drop(reason),
                },
                Some(Behind::Label(label)) if label.from == message.from => {
                    label.switched[0] += 1;
                    label.switched[1] += range.len() as u64;
                    let label = *label;
                    write_u32(datagram, 4, label.next);
                    context.add(Tally::Switched, 1);
                    context.add(Tally::SwitchedBytes, range.len());
                    self.switch(label, range, message);
                }
                Some(Behind::Label(label)) => {
                    if label.strays(context.now_us) {
                        context.tell(Event::Source { index: index.unwrap_or(0), from: message.from });
                    }
                    context.drop(Reason::Neighbour);
                }
                None if is_cookie(datagram) => match datagram[1..].first_chunk().copied() {
                    Some(cookie) if context.cookies.contains(&cookie) => {
                        context.tell(Event::Cookie { cookie, from: message.from });
                    }
                    _ => context.drop(Reason::Stranger),
                },
                None => context.drop(Reason::Stranger),
            }
        }
    }

    /// Adds a datagram to the row before it when it follows that and goes the same way.
    fn switch(&mut self, label: Label, range: Range<usize>, message: &Incoming) {
        if let Some(row) = self.rows.last_mut()
            && row.start + row.length == range.start
            && row.segment == message.segment
            && row.to == label.to
            && row.length % row.segment == 0
            && row.length / row.segment < 63
        {
            row.length += range.len();
            return;
        }
        let segment = message.segment.min(range.len());
        let congestion = message.congestion;
        self.rows.push(Outgoing { start: range.start, length: range.len(), segment, to: label.to, congestion });
    }

    fn deliver_opened(&mut self, context: &mut Context) {
        if !self.opened.is_sorted_by_key(|opened| (opened.index, opened.counter)) {
            self.opened.sort_by_key(|opened| (opened.index, opened.counter));
        }
        for opened in std::mem::take(&mut self.opened).drain(..) {
            if let Err(reason) = self.deliver(context, &opened) {
                context.drop(reason);
            }
        }
    }

    fn deliver(&mut self, context: &mut Context, opened: &Opened) -> Result<(), Reason> {
        let content = opened.range.start + 1..opened.range.end;
        let Some(Behind::Keys(keys)) = context.tables.indexes.get(&opened.index) else { return Err(Reason::Stranger) };
        let number = keys.peer;
        let peer = context.tables.peers.get_mut(&number).ok_or(Reason::Stranger)?;
        peer.opened[0] += 1;
        peer.opened[1] += content.len() as u64;
        if peer.comes_from(opened.from, context.now_us) {
            context.tell(Event::Source { index: opened.index, from: opened.from });
        }
        context.add(Tally::Opened, 1);
        context.add(Tally::OpenedBytes, content.len());
        let partial = match self.arena[opened.range.start] {
            kind::PACKET => false,
            kind::PARTIAL => true,
            kind::FRAGMENT => {
                let Some(mut whole) = self.gathering.take(opened.index, &self.arena[opened.range.clone()])? else {
                    return Ok(());
                };
                let partial = match whole[0] {
                    kind::PACKET => false,
                    kind::PARTIAL => true,
                    _ => return Err(Reason::Kind),
                };
                mix_congestion(&mut whole[1..], opened.congestion)?;
                let range = 1..whole.len();
                return self.deliver_apart(context, &mut whole, range, number, partial);
            }
            kind::PROBE => {
                take_probe(context, opened, &self.arena[content]);
                return Ok(());
            }
            _ => return Err(Reason::Kind),
        };
        mix_congestion(&mut self.arena[content.clone()], opened.congestion)?;
        admit(context, &mut self.parts, &mut self.joiner, &mut self.arena, content, number, partial)
    }
}

/// Lets a peer's packet through to the interface when its addresses are right and its flow passes.
fn admit(
    context: &mut Context,
    parts: &mut Parts,
    joiner: &mut Joiner,
    arena: &mut [u8],
    range: Range<usize>,
    number: u32,
    partial: bool,
) -> Result<(), Reason> {
    let bytes = &arena[range.clone()];
    let packet = read_packet(bytes)?;
    if packet.length != bytes.len() {
        return Err(Reason::Truncated);
    }
    if context.tables.peers.get(&number).is_none_or(|peer| peer.address != packet.source) {
        return Err(Reason::Source);
    }
    if packet.destination != context.own {
        return Err(Reason::Destination);
    }
    match context.decide(parts, &packet, bytes, Direction::Inbound)? {
        Decision::Pass(Decided { flow, peer }) if peer == number => {
            joiner.add(arena, range, &packet, partial, Some(flow))
        }
        Decision::Pass(_) => Err(Reason::Denied),
        Decision::Drop(reason, _) => Err(reason),
        Decision::Miss(missed) => {
            let held = Held { buffer: bytes.to_vec(), direction: Direction::Inbound, peer: Some(number), partial };
            context.hold(missed, held);
            Ok(())
        }
    }
}

/// A probe is its length and what it says; the rest fills its datagram up.
fn take_probe(context: &mut Context, opened: &Opened, content: &[u8]) {
    let Some((length, rest)) = content.split_first() else { return };
    let Some(said) = rest.get(..usize::from(*length)).filter(|said| said.len() <= PROBE_BYTES) else {
        return context.drop(Reason::Kind);
    };
    if said.is_empty() {
        return;
    }
    let datagram_bytes = (opened.range.len() + DATAGRAM_HEADER + TAG_BYTES) as u16;
    let (index, from) = (opened.index, opened.from);
    context.tell(Event::Probe { index, from, content: said.to_vec(), datagram_bytes });
}

fn is_cookie(datagram: &[u8]) -> bool {
    datagram.len() == 17 && datagram[0] == TYPE_COOKIE
}
