//! Addresses and routes of the interface, told to the kernel by its routing socket (rtnetlink). A few small messages, so
//! they are written here. The interface is not persistent: all of this goes with it.

use crate::system::ask_routing;
use std::io;
use std::net::Ipv6Addr;

const ACKNOWLEDGE: u16 = 0x05;
const CREATE: u16 = 0x400;
const REPLACE: u16 = 0x100;
const ONLY_NEW: u16 = 0x200;
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
    pub const ROUTE_PRIORITY: u16 = 6;
    pub const ROUTE_SOURCE: u16 = 7;
    pub const ROUTE_TABLE: u16 = 15;
}

const MAIN_TABLE: u32 = 254;
const LOCAL_TABLE: u32 = 255;
const STATIC: u8 = 4;
const UNIVERSE: u8 = 0;
const UNICAST: u8 = 1;
const LOCAL: u8 = 2;
/// Before the number of the interface, so that the routes of two nodes of one machine stand beside one another: the
/// interface that came first is used, and when it goes, the next one.
const PRIORITY: u32 = 1024;
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

/// Whose the addresses of a prefix are.
#[derive(Clone, Copy)]
pub enum Target {
    /// Of peers: what is sent to them goes to the interface, from this source.
    Peers(Ipv6Addr),
    /// Of this machine, each one of them.
    Local,
}

/// Says where the addresses of a prefix are to be found.
pub fn add_route(index: u32, prefix: Ipv6Addr, bits: u8, target: Target) -> io::Result<()> {
    let table = match target {
        Target::Peers(_) => MAIN_TABLE,
        Target::Local => LOCAL_TABLE,
    };
    add_route_in(table, index, prefix, bits, target)
}

/// The same in a table of the caller's choice.
pub fn add_route_in(table: u32, index: u32, prefix: Ipv6Addr, bits: u8, target: Target) -> io::Result<()> {
    let kind = match target {
        Target::Peers(_) => UNICAST,
        Target::Local => LOCAL,
    };
    let mut message = Message::new(NEW_ROUTE, Message::NEW);
    // family | destination bits | source bits | 0 | table | protocol | scope | type, u8 each; flags u32
    // Only small tables have their number here; all have it as an attribute.
    message.put(&[FAMILY, bits, 0, 0, 0, STATIC, UNIVERSE, kind, 0, 0, 0, 0]);
    message.attribute(attribute::ROUTE_TABLE, &table.to_ne_bytes());
    message.attribute(attribute::ROUTE_DESTINATION, &prefix.octets());
    if let Target::Peers(source) = target {
        message.attribute(attribute::ROUTE_SOURCE, &source.octets());
    }
    message.attribute(attribute::ROUTE_INTERFACE, &index.to_ne_bytes());
    message.attribute(attribute::ROUTE_PRIORITY, &PRIORITY.saturating_add(index).to_ne_bytes());
    message.ask()
}

/// Lets an interface have IPv6 addresses where new ones may have none. It takes the right to say so, and nobody else's
/// interface is touched.
pub fn allow_addresses(name: &str) -> io::Result<()> {
    std::fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "0")
}

/// The attributes of a message, up to the first that does not fit.
pub fn attributes(mut list: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let [length, kind] = [0, 2].map(|at| Some(u16::from_ne_bytes(*list.get(at..at + 2)?.first_chunk()?)));
        let (kind, length) = (kind?, usize::from(length?));
        let value = list.get(4..length)?;
        list = list.get(length.next_multiple_of(4)..).unwrap_or(&[]);
        Some((kind, value))
    })
}

/// A message to the kernel's routing socket.
#[derive(Default)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// Flags of what is to be done.
    pub const PLAIN: u16 = ACKNOWLEDGE;
    /// Flags of what is to be new.
    pub const NEW: u16 = ACKNOWLEDGE | CREATE | ONLY_NEW;
    /// Flags of a question about all there are.
    pub const ALL: u16 = 0x301;

    /// A whole message around its fields.
    pub fn around(kind: u16, flags: u16, fields: &[u8]) -> Self {
        let mut message = Self::new(kind, flags);
        message.put(fields);
        message
    }

    /// Its bytes so far, without a length.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// length u32 | type u16 | flags u16 | sequence u32 | port u32
    fn new(kind: u16, flags: u16) -> Self {
        let mut message = Self::default();
        message.put(&[0; 4]).put(&kind.to_ne_bytes()).put(&flags.to_ne_bytes()).put(&[0; 8]);
        message
    }

    /// Appends bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// length u16 | type u16 | value, filled up to a multiple of four
    pub fn attribute(&mut self, kind: u16, value: &[u8]) {
        let length = value.len() as u16 + 4;
        self.put(&length.to_ne_bytes()).put(&kind.to_ne_bytes()).put(value);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// Its bytes, with its length.
    pub fn finish(mut self) -> Vec<u8> {
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes
    }

    /// Sends it, and gives what the kernel says to it.
    pub fn ask(self) -> io::Result<()> {
        let answer = ask_routing(&self.finish())?;
        let number = |at: usize| answer.get(at..at + 4).and_then(|bytes| bytes.first_chunk().copied());
        match (answer.get(4..6), number(16).map(i32::from_ne_bytes)) {
            (Some(kind), Some(0)) if kind == ERROR.to_ne_bytes() => Ok(()),
            (Some(kind), Some(error)) if kind == ERROR.to_ne_bytes() => Err(io::Error::from_raw_os_error(-error)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
