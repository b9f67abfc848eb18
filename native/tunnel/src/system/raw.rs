//! Raw IPv6 sockets, by the rules of the file above.

use super::address::socket_address;
use super::control::{CONTROL_BYTES, Control, receive_one, write_control};
use super::{bind_to, check, check_length, open_socket, set_option};
use libc::c_int;
use std::io;
use std::mem::{size_of_val, zeroed};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::addr_of;

/// A raw IPv6 socket of one interface for a next header without ports, which hears what its filter leaves: packets shorter
/// than `at`, and those whose byte there is none of `unheard`. It may answer from any address that it was asked at, and
/// fragments nothing.
pub fn open_raw(interface: &str, next_header: u8, at: u8, unheard: [u8; 2]) -> io::Result<OwnedFd> {
    const LOAD_LENGTH: u16 = 0x80;
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_NOT_LESS: u16 = 0x35;
    const JUMP_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let socket = open_socket(libc::AF_INET6, libc::SOCK_RAW | libc::SOCK_NONBLOCK, c_int::from(next_header))?;
    let fd = socket.as_raw_fd();
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut steps = [
        step(LOAD_LENGTH, 0, 0, 0),
        step(JUMP_NOT_LESS, 0, 3, u32::from(at) + 1),
        step(LOAD_BYTE, 0, 0, u32::from(at)),
        step(JUMP_EQUAL, 2, 0, u32::from(unheard[0])),
        step(JUMP_EQUAL, 1, 0, u32::from(unheard[1])),
        step(RETURN, 0, 0, u32::MAX),
        step(RETURN, 0, 0, 0),
    ];
    let filter = libc::sock_fprog { len: steps.len() as _, filter: steps.as_mut_ptr() };
    // SAFETY: the kernel reads as many steps as the filter says that there are, which live for the whole call.
    let attached = unsafe {
        let length = size_of_val(&filter) as libc::socklen_t;
        libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, addr_of!(filter).cast(), length)
    };
    check(attached)?;
    bind_to(fd, interface)?;
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1)?;
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_FREEBIND, 1)?;
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_DO)?;
    Ok(socket)
}

/// What came to a raw socket, in the buffer that it was received into.
#[derive(Clone, Copy, Debug)]
pub struct RawIncoming {
    /// Bytes of it in the buffer.
    pub length: usize,
    /// There was more than the buffer holds.
    pub is_cut: bool,
    /// Its source.
    pub from: Ipv6Addr,
    /// Its destination.
    pub to: Ipv6Addr,
}

/// The next packet of a raw socket, without its IPv6 header.
pub fn receive_raw(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<RawIncoming> {
    let mut to = Ipv6Addr::UNSPECIFIED;
    let received = receive_one(socket.as_raw_fd(), buffer, 0, |level, kind, data| {
        if (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) {
            to = data.first_chunk::<16>().map_or(to, |octets| Ipv6Addr::from(*octets));
        }
    })?;
    let SocketAddr::V6(from) = received.from else { return Err(io::ErrorKind::InvalidData.into()) };
    Ok(RawIncoming { length: received.length, is_cut: received.is_cut, from: *from.ip(), to })
}

/// Sends what stands behind an IPv6 header from one address to another.
pub fn send_raw(socket: &OwnedFd, from: Ipv6Addr, to: Ipv6Addr, bytes: &[u8]) -> io::Result<()> {
    let mut control = Control([0; CONTROL_BYTES]);
    let source = libc::in6_pktinfo { ipi6_addr: libc::in6_addr { s6_addr: from.octets() }, ipi6_ifindex: 0 };
    let used = write_control(&mut control, 0, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, source);
    let (mut name, name_length) = socket_address(&SocketAddrV6::new(to, 0, 0, 0).into());
    let mut piece = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: plain old data, for which zeros are valid.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_name = (&raw mut name).cast();
    header.msg_namelen = name_length;
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast();
    header.msg_controllen = used as _;
    // SAFETY: the header points at a piece, a name and a control block that live for the whole call.
    check_length(unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL) })?;
    Ok(())
}
