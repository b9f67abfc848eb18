//! Commands and events as rows of bytes, many in one buffer, for an owner who shares no memory with the tunnel. Numbers are
//! big-endian, and each kind of row has its own fields, in the order of their names in `event.rs`; what an interface is to
//! be is such a row too. Reading is total.

use crate::event::{Command, Event, MISS_BYTES, PROBE_BYTES};
use crate::flow::{Direction, FlowKey, Verdict};
use crate::tunnel::InterfaceOptions;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The largest number that every reader can hold.
const MOST: u64 = (1 << 53) - 1;

/// Reads rows of commands up to the last byte; `None` when one of them is none, and then none of them counts.
pub fn decode_commands(bytes: &[u8]) -> Option<Vec<Command>> {
    let mut fields = Fields(bytes);
    // No room is made for what is not there: the smallest row has five bytes.
    let mut commands = Vec::with_capacity(bytes.len() / 64);
    while !fields.0.is_empty() {
        commands.push(command(&mut fields)?);
    }
    Some(commands)
}

/// name lp8 | address 16 | mtu u16 | more addresses: u8, 16 each | routes: u8, (16 | bits u8) each | local routes: the same | answered
/// ports: u8, u16 each
pub fn decode_interface(bytes: &[u8]) -> Option<InterfaceOptions> {
    let mut fields = Fields(bytes);
    let options = InterfaceOptions {
        name: String::from_utf8(fields.list(15)?).ok()?,
        address: fields.six()?,
        mtu: fields.u16()?,
        local_addresses: fields.several(Fields::six)?,
        routes: fields.several(Fields::prefix)?,
        local_routes: fields.several(Fields::prefix)?,
        answered_ports: fields.several(Fields::u16)?,
    };
    fields.0.is_empty().then_some(options)
}

/// Appends events as rows.
pub fn encode_events(events: &[Event], out: &mut Vec<u8>) {
    for event in events {
        write_event(event, &mut Row(out));
    }
}

fn command(fields: &mut Fields) -> Option<Command> {
    Some(match fields.u8()? {
        0 => Command::SetPeer { peer: fields.u32()?, address: fields.six()? },
        1 => Command::RemovePeer { peer: fields.u32()? },
        2 => Command::AddKeys {
            index: fields.u32()?,
            peer: fields.u32()?,
            opening: fields.take()?,
            sealing: fields.take()?,
        },
        3 => Command::RemoveKeys { index: fields.u32()? },
        4 => Command::UsePath {
            index: fields.u32()?,
            to: fields.socket()?,
            remote: fields.u32()?,
            datagram_bytes: fields.u16()?,
        },
        5 => Command::Probe {
            index: fields.u32()?,
            to: fields.socket()?,
            remote: fields.u32()?,
            content: fields.list(PROBE_BYTES)?,
            datagram_bytes: fields.u16()?,
        },
        6 => Command::SetLabel {
            label: fields.u32()?,
            from: fields.socket()?,
            to: fields.socket()?,
            next: fields.u32()?,
        },
        7 => Command::RemoveLabel { label: fields.u32()? },
        8 => Command::SetFlow { key: fields.key()?, verdict: fields.verdict()? },
        9 => Command::RemoveFlow { key: fields.key()? },
        10 => Command::SendCookie { to: fields.socket()?, cookie: fields.take()? },
        11 => Command::ExpectCookie { cookie: fields.take()? },
        12 => Command::ForgetCookie { cookie: fields.take()? },
        13 => Command::Report { peer: fields.u32()? },
        14 => Command::ReportLabel { label: fields.u32()? },
        _ => return None,
    })
}

fn write_event(event: &Event, row: &mut Row) {
    match event {
        Event::Miss { key, direction, peer, head } => {
            let inbound = u8::from(*direction == Direction::Inbound);
            row.u8(0).key(key).put(&[inbound, u8::from(peer.is_some())]).u32(peer.unwrap_or(0)).list(head, MISS_BYTES);
        }
        Event::Expired { key } => row.u8(1).key(key).end(),
        Event::Refused { key } => row.u8(2).key(key).end(),
        Event::Source { index, from } => row.u8(3).u32(*index).socket(from).end(),
        Event::Probe { index, from, content, datagram_bytes } => {
            row.u8(4).u32(*index).socket(from).list(content, PROBE_BYTES).put(&datagram_bytes.to_be_bytes()).end();
        }
        Event::Cookie { cookie, from } => row.u8(5).put(cookie).socket(from).end(),
        Event::TooBig { to, datagram_bytes } => row.u8(6).socket(to).u32(*datagram_bytes).end(),
        Event::Unreachable { to, errno } => row.u8(7).socket(to).u32(errno.unsigned_abs()).end(),
        Event::Spent { index } => row.u8(8).u32(*index).end(),
        Event::Traffic { peer, sealed, opened } => row.u8(9).u32(*peer).counts(sealed).counts(opened).end(),
        Event::Switched { label, switched } => row.u8(10).u32(*label).counts(switched).end(),
        Event::Gone => row.u8(11).end(),
    }
}

/// What is left to read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[value]| value)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn six(&mut self) -> Option<Ipv6Addr> {
        self.take::<16>().map(Ipv6Addr::from)
    }

    /// Bytes behind their number.
    fn list(&mut self, most: usize) -> Option<Vec<u8>> {
        let length = usize::from(self.u8()?);
        let (taken, rest) = self.0.split_at_checked(length).filter(|_| length <= most)?;
        self.0 = rest;
        Some(taken.to_vec())
    }

    /// Fields of one kind behind their number.
    fn several<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u8()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn prefix(&mut self) -> Option<(Ipv6Addr, u8)> {
        Some((self.six()?, self.u8().filter(|bits| *bits <= 128)?))
    }

    /// family u8: 4 or 6 | address 16, of which IPv4 fills the first 4 and the rest is zero | port u16
    fn socket(&mut self) -> Option<SocketAddr> {
        let (family, address) = (self.u8()?, self.take::<16>()?);
        let address: IpAddr = match (family, address) {
            (4, [a, b, c, d, rest @ ..]) if rest == [0; 12] => Ipv4Addr::new(a, b, c, d).into(),
            (6, address) => Ipv6Addr::from(address).into(),
            _ => return None,
        };
        Some(SocketAddr::new(address, self.u16()?))
    }

    fn key(&mut self) -> Option<FlowKey> {
        Some(FlowKey { peer: self.six()?, protocol: self.u8()?, own_port: self.u16()?, peer_port: self.u16()? })
    }

    /// kind u8 | value u32: 0 and a peer, 1 and nothing, 2 and a code of ICMPv6
    fn verdict(&mut self) -> Option<Verdict> {
        match (self.u8()?, self.u32()?) {
            (0, peer) => Some(Verdict::Pass { peer }),
            (1, 0) => Some(Verdict::Drop { unreachable: None }),
            (2, code) => Some(Verdict::Drop { unreachable: Some(u8::try_from(code).ok()?) }),
            _ => None,
        }
    }
}

/// Where rows are appended.
struct Row<'a>(&'a mut Vec<u8>);

impl Row<'_> {
    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn end(&mut self) {}

    fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&[value])
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    fn counts(&mut self, values: &[u64; 2]) -> &mut Self {
        for value in values {
            self.put(&(*value).min(MOST).to_be_bytes());
        }
        self
    }

    fn list(&mut self, bytes: &[u8], most: usize) -> &mut Self {
        let bytes = &bytes[..bytes.len().min(most)];
        self.u8(bytes.len() as u8).put(bytes)
    }

    fn socket(&mut self, address: &SocketAddr) -> &mut Self {
        match address.ip() {
            IpAddr::V4(four) => self.u8(4).put(&four.octets()).put(&[0; 12]),
            IpAddr::V6(six) => self.u8(6).put(&six.octets()),
        };
        self.put(&address.port().to_be_bytes())
    }

    fn key(&mut self, key: &FlowKey) -> &mut Self {
        self.put(&key.peer.octets()).u8(key.protocol);
        self.put(&key.own_port.to_be_bytes()).put(&key.peer_port.to_be_bytes())
    }
}
