//! Datagrams on their way to a socket: those of one size to one address are one row, which the kernel cuts (UDP
//! segmentation). Nothing is lost when the socket is full: it goes later, in the same order.

use crate::reason::{Counters, Reason, Tally};
use crate::system::{Outgoing, send, send_waiting};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};

/// Datagrams in a row: what Linux before 6.9 takes is 64, minus one for those that count otherwise.
const ROW: usize = 63;
/// Bytes in a row: what an IPv4 datagram can hold.
const ROW_BYTES: usize = 65_000;
/// Bytes in all.
const BYTES: usize = 160 << 10;

/// The sockets, one of each family.
#[derive(Default)]
pub struct Sockets {
    /// IPv4.
    pub four: Option<UdpSocket>,
    /// IPv6.
    pub six: Option<UdpSocket>,
}

impl Sockets {
    /// The one that reaches an address.
    pub fn to(&self, address: &SocketAddr) -> Option<&UdpSocket> {
        if address.is_ipv4() { self.four.as_ref() } else { self.six.as_ref() }
    }

    /// Whether nothing waits in them.
    pub fn are_empty(&self) -> bool {
        [&self.four, &self.six].into_iter().flatten().all(|socket| send_waiting(socket).is_ok_and(|bytes| bytes == 0))
    }
}

/// How sending ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Everything is gone.
    All,
    /// The socket takes no more for now.
    Blocked,
}

/// Datagrams that wait to be sent.
pub struct Batch {
    buffer: Vec<u8>,
    used: usize,
    rows: Vec<Outgoing>,
    /// Rows that are gone already.
    gone: usize,
    segmentation: bool,
    limit_bytes: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { buffer: vec![0; BYTES], used: 0, rows: Vec::new(), gone: 0, segmentation: true, limit_bytes: BYTES }
    }
}

impl Batch {
    /// Whether a datagram of this length finds room.
    pub fn has_room(&self, length: usize) -> bool {
        self.used + length <= self.limit_bytes || self.used == 0 && length <= BYTES
    }

    /// Takes no more than so many bytes at once, but at least one datagram.
    pub fn limit(&mut self, bytes: usize) {
        self.limit_bytes = bytes.min(BYTES);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.gone == self.rows.len()
    }

    /// Bytes that are in it.
    pub fn bytes(&self) -> usize {
        self.used
    }

    /// Appends a datagram, which `fill` writes; unless it gives false. There must be room.
    pub fn push(
        &mut self,
        length: usize,
        to: SocketAddr,
        congestion: u8,
        fill: impl FnOnce(&mut [u8]) -> bool,
    ) -> bool {
        let place = self.used..self.used + length;
        let Some(datagram) = self.buffer.get_mut(place) else { return false };
        if !fill(datagram) {
            return false;
        }
        self.used += length;
        let open = self.rows[self.gone..].last_mut().filter(|row| {
            self.segmentation
                && row.to == to
                && row.congestion == congestion
                && length <= row.segment
                && row.length % row.segment == 0
                && row.length / row.segment < ROW
                && row.length + length <= ROW_BYTES
        });
        match open {
            Some(row) => row.length += length,
            None => self.rows.push(Outgoing { start: self.used - length, length, segment: length, to, congestion }),
        }
        true
    }

    /// Sends all that the sockets take. `fails` hears of what they will never take.
    pub fn flush(&mut self, sockets: &Sockets, counters: &Counters, mut fails: impl FnMut(&Outgoing, i32)) -> Sent {
        let mut again = true;
        while let Some(first) = self.rows.get(self.gone).copied() {
            let family = first.to.is_ipv4();
            let run = self.rows[self.gone..].iter().take_while(|row| row.to.is_ipv4() == family).count();
            let Some(socket) = sockets.to(&first.to) else {
                counters.drop(Reason::Socket);
                self.gone += 1;
                continue;
            };
            match send(socket, &self.buffer, &self.rows[self.gone..self.gone + run]) {
                Ok(sent) => {
                    self.gone += sent;
                    counters.add(Tally::Sends, sent);
                    again = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Sent::Blocked,
                // An error that an earlier datagram has left behind is told once; this datagram has not been tried.
                Err(_) if again => again = false,
                Err(error) => {
                    // A device that cannot segment (no checksum offload) says so here: then datagrams go one by one.
                    if first.length > first.segment && error.raw_os_error() == Some(libc::EIO) {
                        self.segmentation = false;
                        self.split_rows();
                    } else {
                        if first.length > first.segment && error.raw_os_error() == Some(libc::EINVAL) {
                            // Too large for the path, it seems: alone, the first one is refused with the size that passes.
                            let alone = Outgoing { length: first.segment, ..first };
                            let _refused = send(socket, &self.buffer, &[alone]);
                        }
                        fails(&first, error.raw_os_error().unwrap_or(0));
                        counters.drops(Reason::Socket, first.length.div_ceil(first.segment));
                        self.gone += 1;
                    }
                    again = true;
                }
            }
        }
        self.rows.clear();
        self.gone = 0;
        self.used = 0;
        Sent::All
    }

    fn split_rows(&mut self) {
        let rows = self.rows.split_off(self.gone);
        for row in rows {
            for start in (0..row.length).step_by(row.segment) {
                let length = row.segment.min(row.length - start);
                self.rows.push(Outgoing { start: row.start + start, length, segment: length, ..row });
            }
        }
    }
}
