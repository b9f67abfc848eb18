//! Sockets that datagrams and connections come in by, by the rules of the file above.

use super::address::socket_address;
use super::{bind_to, check, open_socket, set_option};
use libc::c_int;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::addr_of;

/// Whether the kernel cuts one send into datagrams, and joins datagrams into one receive.
pub fn udp_offloads() -> io::Result<[bool; 2]> {
    let socket = open_socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let has = |option, value| set_option(socket.as_raw_fd(), libc::SOL_UDP, option, value).is_ok();
    Ok([has(libc::UDP_SEGMENT, 1200), has(libc::UDP_GRO, 1)])
}

/// A UDP socket that keeps its family to itself, never fragments, joins what it receives where the kernel can, and keeps
/// the errors of its paths apart.
pub fn open_udp(bind: SocketAddr) -> io::Result<UdpSocket> {
    let family = if bind.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let socket = open_socket(family, libc::SOCK_DGRAM | libc::SOCK_NONBLOCK, 0)?;
    let fd = socket.as_raw_fd();
    if bind.is_ipv4() {
        set_option(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DO)?;
        set_option(fd, libc::IPPROTO_IP, libc::IP_RECVTOS, 1)?;
        set_option(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1)?;
    } else {
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_DO)?;
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 1)?;
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1)?;
    }
    // Since Linux 5.0; without it, datagrams come one by one.
    let _before = set_option(fd, libc::IPPROTO_UDP, libc::UDP_GRO, 1);
    let (address, length) = socket_address(&bind);
    // SAFETY: the address is a whole storage of which the first `length` bytes are set.
    check(unsafe { libc::bind(fd, addr_of!(address).cast(), length) })?;
    Ok(UdpSocket::from(socket))
}

/// A TCP socket that listens on this port of every address of one interface, and of no other.
pub fn open_listener(interface: &str, port: u16) -> io::Result<OwnedFd> {
    const BACKLOG: c_int = 511;
    let socket = open_socket(libc::AF_INET6, libc::SOCK_STREAM | libc::SOCK_NONBLOCK, 0)?;
    let fd = socket.as_raw_fd();
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
    // What a connection of before has left behind holds nobody up.
    set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    bind_to(fd, interface)?;
    let (address, length) = socket_address(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port, 0, 0).into());
    // SAFETY: the address is a whole storage of which the first `length` bytes are set.
    check(unsafe { libc::bind(fd, addr_of!(address).cast(), length) })?;
    // SAFETY: this call takes numbers alone.
    check(unsafe { libc::listen(fd, BACKLOG) })?;
    Ok(socket)
}

/// Lets so many bytes wait to be received; more than the system's limit only with the right to it. Counted as the kernel
/// does, with what packets take up in memory.
pub fn set_receive_buffer(socket: &UdpSocket, bytes: usize) -> io::Result<()> {
    set_buffer(socket, libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, bytes)
}

/// Lets so many bytes wait to be sent, in the same way.
pub fn set_send_buffer(socket: &UdpSocket, bytes: usize) -> io::Result<()> {
    set_buffer(socket, libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, bytes)
}

/// Bytes that wait to be sent, counted in the same way.
pub fn send_waiting(socket: &UdpSocket) -> io::Result<usize> {
    let mut bytes: c_int = 0;
    // SAFETY: the number lives for the whole call, which writes it.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) })?;
    Ok(bytes.max(0) as usize)
}

fn set_buffer(socket: &UdpSocket, forced: c_int, plain: c_int, bytes: usize) -> io::Result<()> {
    // The kernel doubles what it is told.
    let bytes = i32::try_from(bytes / 2).unwrap_or(i32::MAX);
    let forced = set_option(socket.as_raw_fd(), libc::SOL_SOCKET, forced, bytes);
    forced.or_else(|_| set_option(socket.as_raw_fd(), libc::SOL_SOCKET, plain, bytes))
}
