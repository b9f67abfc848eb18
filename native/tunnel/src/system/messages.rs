//! Datagrams, many with one call, by the rules of the file above.

use super::address::{address_of, socket_address};
use super::check;
use super::control::{CONTROL_BYTES, Control, each_control, read_number, receive_one, write_control};
use libc::c_int;
use std::io;
use std::mem::{size_of, zeroed};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;

/// Messages that one call takes or brings.
pub const MESSAGES: usize = 32;

/// What the kernel reads or writes of each message: what leads to the rest, its bytes, and whom it is from or to.
type Headers = ([libc::mmsghdr; MESSAGES], [libc::iovec; MESSAGES], [libc::sockaddr_storage; MESSAGES]);

/// A datagram, or a row of datagrams of one size, in the buffer that goes with it.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing {
    /// Where in the buffer it begins.
    pub start: usize,
    /// Bytes of all its datagrams.
    pub length: usize,
    /// Bytes of each datagram but the last, which may be shorter.
    pub segment: usize,
    /// To whom.
    pub to: SocketAddr,
    /// The two bits of explicit congestion notification (RFC 3168).
    pub congestion: u8,
}

/// Sends the first messages, at most [`MESSAGES`], and tells how many went.
pub fn send(socket: &UdpSocket, buffer: &[u8], messages: &[Outgoing]) -> io::Result<usize> {
    let count = messages.len().min(MESSAGES);
    // SAFETY: all of these are plain old data, for which zeros are valid.
    let (mut headers, mut pieces, mut names): Headers = unsafe { zeroed() };
    let mut controls = [Control([0; CONTROL_BYTES]); MESSAGES];
    for (index, message) in messages[..count].iter().enumerate() {
        let bytes = &buffer[message.start..message.start + message.length];
        let (name, name_length) = socket_address(&message.to);
        names[index] = name;
        pieces[index] = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let header = &mut headers[index].msg_hdr;
        header.msg_name = (&raw mut names[index]).cast();
        header.msg_namelen = name_length;
        header.msg_iov = &raw mut pieces[index];
        header.msg_iovlen = 1;
        let mut used = 0;
        if message.length > message.segment {
            used += write_control(&mut controls[index], used, libc::SOL_UDP, libc::UDP_SEGMENT, message.segment as u16);
        }
        if message.congestion != 0 {
            let (level, kind) = if message.to.is_ipv4() {
                (libc::IPPROTO_IP, libc::IP_TOS)
            } else {
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS)
            };
            used += write_control(&mut controls[index], used, level, kind, c_int::from(message.congestion));
        }
        if used > 0 {
            header.msg_control = (&raw mut controls[index]).cast();
            header.msg_controllen = used as _;
        }
    }
    // SAFETY: each header points at a piece of the buffer, a name and a control block that live for the whole call.
    let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count as _, 0) };
    Ok(check(sent)? as usize)
}

/// What came in one message: one datagram, or several of one size from one source, joined by the kernel.
#[derive(Clone, Copy, Debug)]
pub struct Incoming {
    /// Bytes of all its datagrams, from the start of its slot.
    pub length: usize,
    /// Bytes of each datagram but the last, which may be shorter.
    pub segment: usize,
    /// From whom.
    pub from: SocketAddr,
    /// The two bits of explicit congestion notification that the network left.
    pub congestion: u8,
}

/// Receives into slots of `stride` bytes, one message a slot, and appends what came to `messages` in the order of slots.
/// At most [`MESSAGES`], at most as many as there are whole slots. Messages longer than a slot are cut off: they then
/// fail to open.
pub fn receive(socket: &UdpSocket, slots: &mut [u8], stride: usize, messages: &mut Vec<Incoming>) -> io::Result<usize> {
    // SAFETY: all of these are plain old data, for which zeros are valid.
    let (mut headers, mut pieces, mut names): Headers = unsafe { zeroed() };
    let mut controls = [Control([0; CONTROL_BYTES]); MESSAGES];
    let mut count = 0;
    for slot in slots.chunks_exact_mut(stride).take(MESSAGES) {
        pieces[count] = libc::iovec { iov_base: slot.as_mut_ptr().cast(), iov_len: slot.len() };
        let header = &mut headers[count].msg_hdr;
        header.msg_name = (&raw mut names[count]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_storage>() as _;
        header.msg_iov = &raw mut pieces[count];
        header.msg_iovlen = 1;
        header.msg_control = (&raw mut controls[count]).cast();
        header.msg_controllen = CONTROL_BYTES as _;
        count += 1;
    }
    // SAFETY: each header points at a slot, a name and a control block that live for the whole call.
    let received = unsafe { libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count as _, 0, null_mut()) };
    let received = check(received)? as usize;
    for (header, name) in headers[..received].iter().zip(&names) {
        let length = (header.msg_len as usize).min(stride);
        let mut message = Incoming { length, segment: length, from: address_of(name), congestion: 0 };
        each_control(&header.msg_hdr, |level, kind, data| match (level, kind) {
            (libc::SOL_UDP, libc::UDP_GRO) => message.segment = read_number(data) as usize,
            (libc::IPPROTO_IP, libc::IP_TOS) => message.congestion = data.first().unwrap_or(&0) & 3,
            (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => message.congestion = read_number(data) as u8 & 3,
            _ => {}
        });
        message.segment = message.segment.clamp(1, length.max(1));
        messages.push(message);
    }
    Ok(received)
}

/// What the network, or this machine, said about a datagram that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    /// To whom the datagram was.
    pub to: SocketAddr,
    /// The `errno` that goes with it: `EMSGSIZE`, `EHOSTUNREACH`, `ECONNREFUSED` and so on.
    pub errno: i32,
    /// Bytes of the largest IP packet that passes, with `EMSGSIZE`; else 0.
    pub packet_bytes: u32,
}

/// The next error that waits on a socket.
pub fn receive_error(socket: &UdpSocket) -> io::Result<PathError> {
    let mut start = [0u8; 64];
    let (mut errno, mut packet_bytes) = (0, 0);
    let received = receive_one(socket.as_raw_fd(), &mut start, libc::MSG_ERRQUEUE, |level, kind, data| {
        let ours =
            matches!((level, kind), (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR));
        // errno u32 | origin u8 | type u8 | code u8 | 0 u8 | info u32 | data u32
        if ours && data.len() >= 16 {
            errno = read_number(data);
            packet_bytes = if errno == libc::EMSGSIZE { read_number(&data[8..]) as u32 } else { 0 };
        }
    })?;
    Ok(PathError { to: received.from, errno, packet_bytes })
}
