//! What both directions work with: tables, counters, sockets, the interface, and the way to tell things.

use crate::batch::Sockets;
use crate::event::{Command, Event, MISS_BYTES};
use crate::flow::{Direction, FlowKey};
use crate::icmp::{Answer, write_answer};
use crate::packet::Packet;
use crate::parts::{Parts, part_key};
use crate::reason::{Counters, Reason, Tally};
use crate::tables::Tables;
use crate::undecided::{Held, Holding, Piece, Undecided};
use crate::virtio::VIRTIO_BYTES;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{IoSlice, Write};
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Events that may wait to be fetched. What comes later is counted and lost, but for those that tell an end.
pub const EVENTS: usize = 1024;
/// ICMPv6 errors a second for programs of this machine.
const ANSWERS: u32 = 256;

/// What the tunnel's thread and its owner share.
pub struct Shared {
    /// What the owner says.
    pub commands: Mutex<Vec<Command>>,
    /// Whether there are commands.
    pub told: AtomicBool,
    /// What the thread says.
    pub events: Mutex<VecDeque<Event>>,
    /// Whether the owner wants to be woken by the next event.
    pub armed: AtomicBool,
    /// Wakes the owner.
    pub wake: Box<dyn Fn() + Send + Sync>,
    /// Counts.
    pub counters: Counters,
    /// The thread is to end.
    pub closing: AtomicBool,
}

impl Shared {
    fn wake(&self) {
        if self.armed.swap(false, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// Tells that the thread ends, unless it was told to.
    pub fn end(&self) {
        if !self.closing.load(Ordering::Acquire) {
            lock(&self.events).push_back(Event::Gone);
            self.wake();
        }
    }
}

/// A lock that a panic elsewhere does not spoil: what it guards is whole between any two statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tunnel's own state, but for the two directions.
pub struct Context {
    /// What the owner sees.
    pub shared: Arc<Shared>,
    /// Who is who.
    pub tables: Tables,
    /// What waits for a decision.
    pub undecided: Undecided,
    /// The cookies that are expected.
    pub cookies: HashSet<[u8; 16]>,
    /// Our IPv6 address.
    pub own: Ipv6Addr,
    /// Microseconds since the start.
    pub now_us: u64,
    /// The UDP sockets.
    pub sockets: Sockets,
    /// The interface, where there is one.
    pub tun: Option<File>,
    /// The interface is gone.
    pub gone: bool,
    /// A socket has refused something, so its queue of errors is to be read.
    pub failed: bool,
    /// ICMPv6 errors that may still be made before the next second.
    pub answers: u32,
    /// Events that are not yet with the owner.
    pub outbox: Vec<Event>,
    /// For an ICMPv6 error under way.
    pub scratch: Vec<u8>,
}

impl Context {
    /// Counts a drop.
    pub fn drop(&self, reason: Reason) {
        self.shared.counters.drop(reason);
    }

    /// Adds to a tally.
    pub fn add(&self, tally: Tally, count: usize) {
        self.shared.counters.add(tally, count);
    }

    /// Tells the owner something, at the end of this round.
    pub fn tell(&mut self, event: Event) {
        if self.outbox.len() < EVENTS {
            self.outbox.push(event);
        } else {
            self.drop(Reason::Events);
        }
    }

    /// Hands the events to the owner, and wakes it when it waits.
    pub fn publish(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        let mut events = lock(&self.shared.events);
        let room = EVENTS.saturating_sub(events.len());
        let lost = self.outbox.len().saturating_sub(room);
        events.extend(self.outbox.drain(..).take(room));
        drop(events);
        self.shared.counters.drops(Reason::Events, lost);
        self.shared.wake();
    }

    /// Lets a packet wait for a decision about its flow, and asks for one.
    pub fn hold(&mut self, Missed { key, piece }: Missed, held: Held) {
        let packet = held.packet();
        let head = packet[..packet.len().min(MISS_BYTES)].to_vec();
        let (direction, peer) = (held.direction, held.peer);
        match self.undecided.hold(key, piece, held, self.now_us) {
            Holding::First => {
                self.add(Tally::Misses, 1);
                self.tell(Event::Miss { key, direction, peer, head });
            }
            Holding::Later => {}
            Holding::Full => self.drop(Reason::Undecided),
        }
    }

    /// Tells a program of this machine why its packet goes no further.
    pub fn answer(&mut self, answer: Answer, packet: &Packet, bytes: &[u8]) {
        let mut out = std::mem::take(&mut self.scratch);
        if self.answers > 0 && write_answer(answer, packet, bytes, &mut out) {
            self.answers -= 1;
            self.add(Tally::Answers, 1);
            self.write(&[IoSlice::new(&[0; VIRTIO_BYTES]), IoSlice::new(&out)]);
        }
        self.scratch = out;
    }

    /// Writes a packet to the interface, its virtio header first.
    pub fn write(&self, pieces: &[IoSlice]) {
        write_to(&self.tun, &self.shared.counters, pieces);
    }

    /// What is to be done once a second.
    pub fn refill(&mut self) {
        self.answers = ANSWERS;
    }

    /// Forgets what has been idle.
    pub fn expire(&mut self) {
        let Self { tables, undecided, outbox, shared, now_us, .. } = self;
        tables.flows.expire(*now_us, |key| {
            // A flow that is forgotten here and told to nobody is only met as a miss again.
            if outbox.len() < EVENTS {
                outbox.push(Event::Expired { key });
            }
        });
        undecided.expire(*now_us, |_| shared.counters.drop(Reason::Undecided));
    }
}

/// Writes a packet to the interface, and counts it.
pub fn write_to(tun: &Option<File>, counters: &Counters, pieces: &[IoSlice]) {
    match tun.as_ref().map(|mut tun| tun.write_vectored(pieces)) {
        Some(Ok(_)) => counters.add(Tally::InterfaceWrites, 1),
        _ => counters.drop(Reason::Interface),
    }
}

/// Which flow a direction's packet is of, as far as it can be told.
pub struct Decided {
    /// The number of the flow.
    pub flow: u32,
    /// The peer that it passes to or from.
    pub peer: u32,
}

/// Whose decision a packet waits for.
pub struct Missed {
    /// Its flow, or that of its first fragment.
    pub key: FlowKey,
    /// Which part of a packet it is.
    pub piece: Piece,
}

/// What is to happen to a packet.
pub enum Decision {
    /// It passes.
    Pass(Decided),
    /// Nobody has decided.
    Miss(Missed),
    /// It is dropped, and a program of this machine may be told.
    Drop(Reason, Option<Answer>),
}

impl Context {
    /// Looks up what was decided about a packet's flow. Fragments follow their first one.
    pub fn decide(
        &mut self,
        parts: &mut Parts,
        packet: &Packet,
        bytes: &[u8],
        direction: Direction,
    ) -> Result<Decision, Reason> {
        use crate::flow::{Verdict, key_of};
        let found = match packet.part {
            Some(part) if part.offset > 0 => {
                let key = match parts.follow(packet, &part, self.now_us) {
                    Ok(key) => key,
                    Err(reason) => {
                        // It may be that its first one waits.
                        let key = self.undecided.flow_of(&part_key(packet, &part)).ok_or(reason)?;
                        return Ok(Decision::Miss(Missed { key, piece: Piece::Later }));
                    }
                };
                self.tables.flows.look(&key, 0, direction, self.now_us).ok_or(Reason::Fragment)?
            }
            part => {
                let (key, tcp_flags) = key_of(packet, bytes, direction)?;
                let found = self.tables.flows.look(&key, tcp_flags, direction, self.now_us);
                let Some(found) = found.filter(|(_, verdict)| !is_asked_anew(verdict, direction)) else {
                    let piece = part.map_or(Piece::Whole, |part| Piece::First(part_key(packet, &part)));
                    return Ok(Decision::Miss(Missed { key, piece }));
                };
                if let Some(part) = part {
                    parts.begin(packet, &part, key, self.now_us)?;
                }
                found
            }
        };
        Ok(match found {
            (flow, Verdict::Pass { peer }) => Decision::Pass(Decided { flow, peer }),
            (_, Verdict::Drop { unreachable }) => Decision::Drop(Reason::Denied, unreachable.map(Answer::Unreachable)),
        })
    }
}

/// What is closed to what comes, so that no program is told anything, is not closed to who asks from here.
fn is_asked_anew(verdict: &crate::flow::Verdict, direction: Direction) -> bool {
    direction == Direction::Outbound && *verdict == crate::flow::Verdict::Drop { unreachable: None }
}
