//! Questions of programs that speak protocol 253 on the interface: a raw socket that hears them, on a thread of its own so that
//! the way of other packets is not held up. What waits is bounded, what is malformed here is counted and dropped, and what the
//! questions mean is its owner's affair.

use crate::checksum::total;
use crate::context::lock;
use crate::open_error::{OpenError, Step, at};
use crate::system::raw::{open_raw, receive_raw, send_raw};
use crate::system::{open_bell, wait};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The next header: the one for experiments (RFC 3692).
const PROTOCOL: u8 = 253;
/// Where the type of the first frame stands, and the types of answers: what this machine says itself comes by here too.
const TYPE_AT: u8 = 4;
const ANSWERS: [u8; 2] = [0x11, 0x12];
/// Where the checksum stands.
const CHECKSUM_AT: usize = 2;
/// Bytes of version, count and checksum.
const HEADER_BYTES: usize = 4;
/// Bytes of the longest packet of questions: a few, each as long as can be.
const QUESTION_BYTES: usize = 1_280;
/// Packets of questions that wait to be taken. More are dropped: who asks learns of it by silence, as of any loss.
const WAITING: usize = 256;
/// Between two looks at whether it is over, and after an error that names no packet.
const PAUSE_MS: [i32; 2] = [1_000, 10];

/// The names of what is counted, in the order of [`StreamSocket::counters`].
pub const STREAM_COUNTERS: &[&str] = &["heard", "sent", "truncated", "too-long", "checksum", "queue-full", "unsent"];

#[derive(Clone, Copy)]
enum Counter {
    Heard,
    Sent,
    Truncated,
    TooLong,
    Checksum,
    QueueFull,
    Unsent,
}

/// A packet of questions.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// Its source.
    pub from: Ipv6Addr,
    /// Its destination.
    pub to: Ipv6Addr,
    /// What stands behind the IPv6 header; its checksum is right.
    pub bytes: Vec<u8>,
}

struct Shared {
    socket: OwnedFd,
    waiting: Mutex<VecDeque<Question>>,
    armed: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
    closing: AtomicBool,
    counters: [AtomicU64; STREAM_COUNTERS.len()],
}

/// The socket. Closed when it goes out of scope.
pub struct StreamSocket {
    shared: Arc<Shared>,
    bell: File,
    thread: Option<JoinHandle<()>>,
}

impl StreamSocket {
    /// Hears what comes to this interface from now on. `wake` is called, from another thread, when questions wait and
    /// [`StreamSocket::take`] has been called since the last time; it must not block.
    pub fn open(interface: &str, wake: Box<dyn Fn() + Send + Sync>) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared {
            socket: at(Step::Raw, open_raw(interface, PROTOCOL, TYPE_AT, ANSWERS))?,
            waiting: Mutex::new(VecDeque::new()),
            armed: AtomicBool::new(true),
            wake,
            closing: AtomicBool::new(false),
            counters: Default::default(),
        });
        let bell = at(Step::Thread, open_bell())?;
        let own_bell = at(Step::Thread, bell.try_clone())?;
        let own = Arc::clone(&shared);
        let builder = std::thread::Builder::new().name("runnel-streams".into());
        let thread = at(Step::Thread, builder.spawn(move || own.run(&own_bell)))?;
        Ok(Self { shared, bell, thread: Some(thread) })
    }

    /// Appends the questions since the last time as rows: from 16 | to 16 | length u16 | bytes.
    pub fn take(&self, rows: &mut Vec<u8>) {
        self.shared.armed.store(true, Ordering::Release);
        for Question { from, to, bytes } in lock(&self.shared.waiting).drain(..) {
            rows.extend_from_slice(&from.octets());
            rows.extend_from_slice(&to.octets());
            rows.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
            rows.extend_from_slice(&bytes);
        }
    }

    /// Sends a packet, of which its checksum is filled in. Whether it left: it does not where it is too large for its way, or
    /// there is none.
    pub fn send(&self, from: Ipv6Addr, to: Ipv6Addr, mut packet: Vec<u8>) -> bool {
        let Some(place) = packet.get_mut(CHECKSUM_AT..HEADER_BYTES) else { return false };
        place.fill(0);
        let checksum = !total(from, to, PROTOCOL, &packet);
        packet[CHECKSUM_AT..HEADER_BYTES].copy_from_slice(&checksum.to_be_bytes());
        let sent = send_raw(&self.shared.socket, from, to, &packet).is_ok();
        self.shared.count(if sent { Counter::Sent } else { Counter::Unsent });
        sent
    }

    /// How much was done, and dropped by reason, in the order of [`STREAM_COUNTERS`].
    pub fn counters(&self) -> Vec<u64> {
        self.shared.counters.iter().map(|counter| counter.load(Ordering::Relaxed)).collect()
    }
}

impl Drop for StreamSocket {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        // Only a full counter refuses, and then it rings already.
        let _rung = (&self.bell).write(&1u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn run(&self, bell: &File) {
        let mut buffer = [0; QUESTION_BYTES];
        while !self.closing.load(Ordering::Acquire) {
            match receive_raw(&self.socket, &mut buffer) {
                Ok(came) if came.is_cut => self.count(Counter::TooLong),
                Ok(came) => self.handle(came.from, came.to, &buffer[..came.length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let sleeping = [(Some(self.socket.as_fd()), false), (Some(bell.as_fd()), false)];
                    if wait(sleeping, PAUSE_MS[0]).is_err() {
                        return;
                    }
                }
                // The interface is gone: its owner is told of that elsewhere. Other errors are those of single packets.
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return,
                Err(_) => {
                    let _over = wait([(Some(bell.as_fd()), false)], PAUSE_MS[1]);
                }
            }
        }
    }

    fn handle(&self, from: Ipv6Addr, to: Ipv6Addr, packet: &[u8]) {
        if packet.len() < HEADER_BYTES {
            return self.count(Counter::Truncated);
        }
        if total(from, to, PROTOCOL, packet) != u16::MAX {
            return self.count(Counter::Checksum);
        }
        {
            let mut waiting = lock(&self.waiting);
            if waiting.len() >= WAITING {
                return self.count(Counter::QueueFull);
            }
            waiting.push_back(Question { from, to, bytes: packet.to_vec() });
        }
        self.count(Counter::Heard);
        if self.armed.swap(false, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    fn count(&self, what: Counter) {
        self.counters[what as usize].fetch_add(1, Ordering::Relaxed);
    }
}
