//! Addresses and routes of the interface, told to the kernel by its routing socket (rtnetlink). Four small messages, so
//! they are written here. The interface is not persistent: all of this goes with it.

use crate::system::ask_routing;
use std::io;
use std::net::Ipv6Addr;

const ACKNOWLEDGE: u16 = 0x05;
const CREATE: u16 = 0x400;
const REPLACE: u16 = 0x100;
const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
const NEW_ROUTE: u16 = 24;
const ERROR: u16 = 2;

/// Names of attributes, as `linux/if_link.h`, `if_addr.h` and `rtnetlink.h` number them.
mod attribute {
    pub const LINK_MTU: u16 = 4;
    pub const LINK_QUEUE_LENGTH: u16 = 13;
    pub const LINK_FAMILIES: u16 = 26;
    pub const SIX_GENERATION: u16 = 8;
    pub const ADDRESS_LOCAL: u16 = 2;
    pub const ADDRESS_FLAGS: u16 = 8;
    pub const ROUTE_DESTINATION: u16 = 1;
    pub const ROUTE_INTERFACE: u16 = 4;
    pub const ROUTE_SOURCE: u16 = 7;
}

const MAIN_TABLE: u8 = 254;
const STATIC: u8 = 4;
const UNIVERSE: u8 = 0;
const UNICAST: u8 = 1;
const FAMILY: u8 = libc::AF_INET6 as u8;
/// No address made up by the kernel.
const GENERATE_NONE: u8 = 1;
/// Usable at once (nobody else is on the link), and without a route of its own.
const ADDRESS_FLAGS: u32 = 0x02 | 0x200;

/// Gives the interface its size and queue, without any address of the kernel's own, and brings it up.
pub fn bring_up(index: u32, mtu: u32, queue_packets: u32) -> io::Result<()> {
    const UP: u32 = 1;
    let link = |flags: u32| {
        let mut link = Message::new(NEW_LINK, ACKNOWLEDGE);
        // family u8 | 0 | type u16 | index u32 | flags u32 | changed flags u32
        link.put(&[0, 0, 0, 0]).put(&index.to_ne_bytes()).put(&flags.to_ne_bytes()).put(&flags.to_ne_bytes());
        link
    };
    let mut settings = link(0);
    settings.attribute(attribute::LINK_MTU, &mtu.to_ne_bytes());
    settings.attribute(attribute::LINK_QUEUE_LENGTH, &queue_packets.to_ne_bytes());
    let mut generation = Message::default();
    generation.attribute(attribute::SIX_GENERATION, &[GENERATE_NONE]);
    let mut family = Message::default();
    family.attribute(u16::from(FAMILY), &generation.bytes);
    settings.attribute(attribute::LINK_FAMILIES, &family.bytes);
    // Once it is up, the kernel has made up its address.
    settings.ask()?;
    link(UP).ask()
}

/// Gives the interface an address of its own.
pub fn add_address(index: u32, address: Ipv6Addr) -> io::Result<()> {
    let mut message = Message::new(NEW_ADDRESS, ACKNOWLEDGE | CREATE | REPLACE);
    // family u8 | prefix bits u8 | flags u8 | scope u8 | index u32
    message.put(&[FAMILY, 128, 0, 0]).put(&index.to_ne_bytes());
    message.attribute(attribute::ADDRESS_LOCAL, &address.octets());
    message.attribute(attribute::ADDRESS_FLAGS, &ADDRESS_FLAGS.to_ne_bytes());
    message.ask()
}

/// Sends a prefix to the interface, from this source.
pub fn add_route(index: u32, prefix: Ipv6Addr, bits: u8, source: Ipv6Addr) -> io::Result<()> {
    let mut message = Message::new(NEW_ROUTE, ACKNOWLEDGE | CREATE | REPLACE);
    // family | destination bits | source bits | 0 | table | protocol | scope | type, u8 each; flags u32
    message.put(&[FAMILY, bits, 0, 0, MAIN_TABLE, STATIC, UNIVERSE, UNICAST, 0, 0, 0, 0]);
    message.attribute(attribute::ROUTE_DESTINATION, &prefix.octets());
    message.attribute(attribute::ROUTE_SOURCE, &source.octets());
    message.attribute(attribute::ROUTE_INTERFACE, &index.to_ne_bytes());
    message.ask()
}

#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// length u32 | type u16 | flags u16 | sequence u32 | port u32
    fn new(kind: u16, flags: u16) -> Self {
        let mut message = Self::default();
        message.put(&[0; 4]).put(&kind.to_ne_bytes()).put(&flags.to_ne_bytes()).put(&[0; 8]);
        message
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// length u16 | type u16 | value, filled up to a multiple of four
    fn attribute(&mut self, kind: u16, value: &[u8]) {
        let length = value.len() as u16 + 4;
        self.put(&length.to_ne_bytes()).put(&kind.to_ne_bytes()).put(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn ask(mut self) -> io::Result<()> {
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        let answer = ask_routing(&self.bytes)?;
        let number = |at: usize| answer.get(at..at + 4).and_then(|bytes| bytes.first_chunk().copied());
        match (answer.get(4..6), number(16).map(i32::from_ne_bytes)) {
            (Some(kind), Some(0)) if kind == ERROR.to_ne_bytes() => Ok(()),
            (Some(kind), Some(error)) if kind == ERROR.to_ne_bytes() => Err(io::Error::from_raw_os_error(-error)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
