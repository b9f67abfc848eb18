//! The UDP sockets of a tunnel.

use crate::batch::Sockets;
use crate::open_error::{OpenError, Step, at};
use crate::system::{open_udp, set_receive_buffer};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};

/// Bytes that may wait to be received: what comes while others have the processor, and no more, since all that comes later
/// waits behind it.
const RECEIVE_BYTES: usize = 4 << 20;
/// Ports that are tried until one is free in both families.
const TRIES: usize = 8;

/// The UDP sockets of a tunnel, open in one network namespace whatever the interface's is.
pub struct Ports {
    four: Option<UdpSocket>,
    six: Option<UdpSocket>,
}

/// Opens the UDP sockets in the network namespace of the calling thread: one of each family at most.
pub fn open_ports(four: Option<SocketAddrV4>, six: Option<SocketAddrV6>) -> Result<Ports, OpenError> {
    let open = |bind: SocketAddr| {
        let socket = at(Step::Socket, open_udp(bind))?;
        at(Step::Socket, set_receive_buffer(&socket, RECEIVE_BYTES))?;
        Ok(socket)
    };
    Ok(Ports {
        four: four.map(|bind| open(bind.into())).transpose()?,
        six: six.map(|bind| open(bind.into())).transpose()?,
    })
}

/// Opens them on every address of the machine, both on one port: on this one where it is free, else on any. A family that
/// the machine lacks is left out.
pub fn open_any_ports(port: u16) -> Result<Ports, OpenError> {
    let mut wished = port;
    let mut tries = TRIES;
    loop {
        match open_one_port(wished) {
            Err(OpenError { cause, .. }) if cause.kind() == ErrorKind::AddrInUse && tries > 0 => (),
            other => return other,
        }
        (wished, tries) = (0, tries - 1);
    }
}

fn open_one_port(port: u16) -> Result<Ports, OpenError> {
    let four = present(open_ports(Some(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)), None))?;
    let bound = four.as_ref().and_then(|ports| ports.addresses()[0]).map_or(port, |address| address.port());
    let six = present(open_ports(None, Some(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, bound, 0, 0))))?;
    Ok(Ports { four: four.and_then(|ports| ports.four), six: six.and_then(|ports| ports.six) })
}

/// None where the machine lacks the family.
fn present(opened: Result<Ports, OpenError>) -> Result<Option<Ports>, OpenError> {
    match opened {
        Err(OpenError { cause, .. })
            if matches!(cause.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL)) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

impl Ports {
    /// The addresses that they got.
    pub fn addresses(&self) -> [Option<SocketAddr>; 2] {
        [&self.four, &self.six].map(|socket| socket.as_ref().and_then(|socket| socket.local_addr().ok()))
    }

    /// The sockets themselves.
    pub fn into_sockets(self) -> Sockets {
        Sockets { four: self.four, six: self.six }
    }
}
