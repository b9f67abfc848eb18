//! Packets to try things with, and the tests, one file for each thing.

mod arrivals;
mod cut_and_join;
mod flow;
mod fragments;
mod fuzzed;
mod headers;
mod pace;
mod queue;
mod recorded;
mod replay;
mod rows;
mod tunnel;
mod wild;

use crate::checksum::checksum;
use crate::packet::{protocol, write_u16};
use std::net::Ipv6Addr;

pub const OWN: Ipv6Addr = Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0xa);
pub const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0xb);

/// An IPv6 packet with this behind its header.
pub fn packet(source: Ipv6Addr, destination: Ipv6Addr, next: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend_from_slice(&(rest.len() as u16).to_be_bytes());
    bytes.extend_from_slice(&[next, 64]);
    bytes.extend_from_slice(&source.octets());
    bytes.extend_from_slice(&destination.octets());
    bytes.extend_from_slice(rest);
    bytes
}

/// The same with the checksum of its transport header filled in at this offset.
pub fn with_checksum(mut bytes: Vec<u8>, offset: usize) -> Vec<u8> {
    write_u16(&mut bytes, 40 + offset, 0);
    let sum = checksum(&bytes, bytes[6], &bytes[40..]);
    write_u16(&mut bytes, 40 + offset, sum);
    bytes
}

/// A UDP packet.
pub fn udp(source: Ipv6Addr, destination: Ipv6Addr, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut rest = [ports.0.to_be_bytes(), ports.1.to_be_bytes(), (8 + payload.len() as u16).to_be_bytes()].concat();
    rest.extend_from_slice(&[0, 0]);
    rest.extend_from_slice(payload);
    with_checksum(packet(source, destination, protocol::UDP, &rest), 6)
}

/// A TCP packet with an option of 12 bytes.
pub fn tcp(source: Ipv6Addr, destination: Ipv6Addr, sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut rest = vec![0x30, 0x39, 0, 80];
    rest.extend_from_slice(&sequence.to_be_bytes());
    rest.extend_from_slice(&[0, 0, 0, 1, 8 << 4, flags, 1, 0, 0, 0, 0, 0]);
    rest.extend_from_slice(&[1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6]);
    rest.extend_from_slice(payload);
    with_checksum(packet(source, destination, protocol::TCP, &rest), 16)
}

/// Bytes that differ from place to place.
pub fn patterned(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 % 251) as u8).collect()
}
