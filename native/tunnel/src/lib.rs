//! The way of a packet between the interface and UDP, on a thread of its own, without Node: no packet enters JavaScript.
//!
//! The thread decides nothing. Peers, keys, paths, labels and flows are told by [`Command`]; what it meets and does not
//! know is told as [`Event`]. A packet without a flow waits; a datagram without an index gets no answer.

#![deny(unsafe_code)]

mod arrivals;
mod batch;
mod buffers;
mod checksum;
mod context;
mod cut;
mod event;
mod flow;
mod icmp;
mod inbound;
mod interception;
mod join;
mod keys;
mod open_error;
mod outbound;
mod pace;
mod packet;
mod parts;
mod pieces;
mod ports;
mod queue;
mod reason;
mod replay;
mod routing;
mod rows;
mod stream_socket;
#[allow(unsafe_code)]
mod system;
mod tables;
#[cfg(test)]
mod tests;
mod transmit;
mod tunnel;
mod undecided;
mod virtio;
mod watch;
mod worker;

pub use event::{COOKIE_BYTES, Command, Cookie, Event, MISS_BYTES, PROBE_BYTES};
pub use flow::{Direction, FlowKey, Verdict};
pub use interception::{PASSING_PORTS, remove_abandoned};
pub use open_error::{OpenError, Step};
pub use ports::{Ports, open_any_ports, open_ports};
pub use reason::{REASONS, TALLIES};
pub use rows::{decode_commands, decode_interface, encode_events};
pub use stream_socket::{STREAM_COUNTERS, StreamSocket};
pub use system::{clock_is_kept, udp_offloads};
pub use tunnel::{Interface, InterfaceOptions, Offloads, Tunnel, listen_on, open_interface, try_interface};
pub use watch::AddressWatch;
