//! The tunnel's thread: what there is to do, in turns, and sleep when there is nothing.

use crate::context::{Context, lock};
use crate::event::{Command, Event, PROBE_BYTES};
use crate::flow::Direction;
use crate::inbound::Inbound;
use crate::keys::{DATAGRAM_HEADER, OVERHEAD, TAG_BYTES, TYPE_COOKIE, kind};
use crate::outbound::Outbound;
use crate::reason::{Reason, Tally};
use crate::system::{Outgoing, PathError, receive_error, send, wait};
use crate::tables::{Behind, Label, Path};
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Between two looks for what is idle.
const TICK_US: u64 = 250_000;
const SECOND_US: u64 = 1_000_000;
/// Cookies that may be expected at once: one for each neighbour that listens for us.
const COOKIES: usize = 1024;
/// Errors that are read from a socket before other work.
const ERRORS: usize = 64;
/// The narrowest path that is used.
const NARROWEST_BYTES: u16 = 128;
/// The largest datagram there is.
const DATAGRAM_BYTES: usize = 65_507;

/// The tunnel, as its thread has it.
pub struct Worker {
    context: Context,
    outbound: Outbound,
    inbound: Inbound,
    bell: File,
    start: Instant,
}

impl Worker {
    /// Puts it together.
    pub fn new(context: Context, bell: File) -> Self {
        Self { context, outbound: Outbound::default(), inbound: Inbound::default(), bell, start: Instant::now() }
    }

    /// Works until it is told to end or the interface is gone.
    pub fn run(mut self) {
        let (mut more, mut next_tick_us, mut next_second_us) = (true, 0u64, 0u64);
        while !self.context.gone && !self.context.shared.closing.load(Ordering::Acquire) {
            if !more && !self.outbound.has_work() {
                let until_tick_ms = next_tick_us.saturating_sub(self.now_us()).div_ceil(1000);
                self.sleep(until_tick_ms as i32);
            }
            self.context.now_us = self.now_us();
            if self.context.now_us >= next_second_us {
                next_second_us = self.context.now_us + SECOND_US;
                self.context.refill();
            }
            if self.context.shared.told.swap(false, Ordering::AcqRel) {
                self.take_commands();
            }
            more = self.outbound.read(&mut self.context);
            self.outbound.transmit(&mut self.context);
            if std::mem::take(&mut self.context.failed) {
                self.take_errors([true; 2]);
            }
            more |= self.inbound.receive(&mut self.context, &mut self.outbound);
            // A socket that is full wakes us when it is not, and the interface when it has more.
            more &= !self.outbound.is_blocked();
            if self.context.now_us >= next_tick_us {
                next_tick_us = self.context.now_us + TICK_US;
                self.context.expire();
            }
            self.context.publish();
        }
        self.context.publish();
    }

    fn now_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn sleep(&mut self, timeout_ms: i32) {
        let Context { sockets, tun, .. } = &self.context;
        let blocked = self.outbound.is_blocked();
        let waited = wait(
            [
                (tun.as_ref().map(AsFd::as_fd), false),
                (Some(self.bell.as_fd()), false),
                (sockets.four.as_ref().map(AsFd::as_fd), blocked),
                (sockets.six.as_ref().map(AsFd::as_fd), blocked),
            ],
            timeout_ms,
        );
        let Ok([_, bell, four, six]) = waited else {
            self.context.gone = true;
            return;
        };
        if bell.readable {
            let _rung = (&self.bell).read(&mut [0; 8]);
        }
        if four.writable || six.writable {
            let now_us = self.now_us();
            self.outbound.unblock(&self.context, now_us);
        }
        self.take_errors([four.failed, six.failed]);
    }

    /// Reads the errors of the sockets, IPv4 first, where there are any.
    fn take_errors(&mut self, failed: [bool; 2]) {
        for (is_four, failed) in [true, false].into_iter().zip(failed) {
            if !failed {
                continue;
            }
            for _ in 0..ERRORS {
                let sockets = &self.context.sockets;
                let Some(socket) = (if is_four { &sockets.four } else { &sockets.six }) else { break };
                let Ok(error) = receive_error(socket) else {
                    // What is not in the queue of errors is taken away by asking.
                    let _taken = socket.take_error();
                    break;
                };
                self.context.tell(told(error));
            }
        }
    }

    fn take_commands(&mut self) {
        let commands = std::mem::take(&mut *lock(&self.context.shared.commands));
        for command in commands {
            self.take(command);
        }
    }

    fn take(&mut self, command: Command) {
        let now_us = self.context.now_us;
        let tables = &mut self.context.tables;
        match command {
            Command::SetPeer { peer, address } => tables.set_peer(peer, address),
            Command::RemovePeer { peer } => tables.remove_peer(peer),
            Command::AddKeys { index, peer, opening, sealing } => tables.add_keys(index, peer, &opening, &sealing),
            Command::RemoveKeys { index } => tables.remove_index(index),
            Command::UsePath { index, to, remote, datagram_bytes } => {
                let packet_bytes = usize::from(datagram_bytes.max(NARROWEST_BYTES)) - OVERHEAD;
                tables.use_path(Path { index, to, remote, packet_bytes });
            }
            Command::SetLabel { label, from, to, next } => {
                tables.set_label(label, Label { from, to, next, switched: [0; 2], strayed: None })
            }
            Command::RemoveLabel { label } => tables.remove_index(label),
            Command::SetFlow { key, verdict } => {
                if !tables.flows.set(key, verdict, now_us) {
                    self.context.tell(Event::Refused { key });
                }
                for held in self.context.undecided.release(&key) {
                    match held.direction {
                        Direction::Outbound => self.outbound.retake(&mut self.context, &held),
                        Direction::Inbound => self.inbound.redeliver(&mut self.context, held),
                    }
                }
            }
            Command::RemoveFlow { key } => tables.flows.remove(&key),
            Command::Report { peer } => {
                if let Some(entry) = tables.peers.get(&peer) {
                    let (sealed, opened) = (entry.sealed, entry.opened);
                    self.context.tell(Event::Traffic { peer, sealed, opened });
                }
            }
            Command::ReportLabel { label } => {
                if let Some(Behind::Label(Label { switched, .. })) = tables.indexes.get(&label) {
                    let switched = *switched;
                    self.context.tell(Event::Switched { label, switched });
                }
            }
            Command::ExpectCookie { cookie } => {
                if self.context.cookies.len() < COOKIES {
                    self.context.cookies.insert(cookie);
                }
            }
            Command::ForgetCookie { cookie } => {
                self.context.cookies.remove(&cookie);
            }
            Command::SendCookie { to, cookie } => {
                let mut datagram = vec![TYPE_COOKIE];
                datagram.extend_from_slice(&cookie);
                self.send(&datagram, to);
            }
            Command::Probe { index, to, remote, content, datagram_bytes } => {
                self.probe(index, to, remote, &content, datagram_bytes);
            }
        }
    }

    fn probe(&mut self, index: u32, to: SocketAddr, remote: u32, content: &[u8], datagram_bytes: u16) {
        let Some(Behind::Keys(keys)) = self.context.tables.indexes.get_mut(&index) else { return };
        let content = &content[..content.len().min(PROBE_BYTES)];
        let least = OVERHEAD + 1 + content.len();
        let mut datagram = vec![0; usize::from(datagram_bytes).clamp(least, DATAGRAM_BYTES)];
        let body = &mut datagram[DATAGRAM_HEADER..least - TAG_BYTES];
        body[..2].copy_from_slice(&[kind::PROBE, content.len() as u8]);
        body[2..].copy_from_slice(content);
        if keys.sealer.seal(&mut datagram, remote) {
            self.send(&datagram, to);
        } else {
            self.context.tell(Event::Spent { index });
        }
    }

    /// Sends one datagram at once.
    fn send(&mut self, datagram: &[u8], to: SocketAddr) {
        let row = Outgoing { start: 0, length: datagram.len(), segment: datagram.len(), to, congestion: 0 };
        let Some(socket) = self.context.sockets.to(&to) else { return self.context.drop(Reason::Socket) };
        // An error that an earlier datagram has left behind is told in place of this one's: try again.
        let result = send(socket, datagram, &[row]).or_else(|_| send(socket, datagram, &[row]));
        if let Err(error) = result {
            self.context.drop(Reason::Socket);
            // The size that would pass is told by the socket's own queue of errors.
            self.context.failed = true;
            let errno = error.raw_os_error().unwrap_or(0);
            if errno != libc::EMSGSIZE {
                self.context.tell(Event::Unreachable { to, errno });
            }
        } else {
            self.context.add(Tally::Sends, 1);
        }
    }
}

/// What an error says about a path, in bytes of UDP's payload.
fn told(PathError { to, errno, packet_bytes }: PathError) -> Event {
    let headers = if to.is_ipv4() { 28 } else { 48 };
    match errno {
        libc::EMSGSIZE => Event::TooBig { to, datagram_bytes: packet_bytes.saturating_sub(headers) },
        _ => Event::Unreachable { to, errno },
    }
}
