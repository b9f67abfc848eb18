//! Every system call that the standard library does not have, each behind a function that is safe to call: buffers go in
//! as slices, come back as lengths that lie inside them, and no pointer outlives its call.

pub mod raw;

use libc::{c_int, c_void};
use std::fs::File;
use std::io::{self, Error, Read, Write};
use std::mem::{size_of, size_of_val, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{addr_of, null_mut};

/// Messages that one call takes or brings.
pub const MESSAGES: usize = 32;

/// Room for the control messages of one datagram: a segment size, a traffic class, an error with its address.
const CONTROL_BYTES: usize = 128;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// What `TUNSETIFF` and its likes take and give.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; libc::IFNAMSIZ],
    flags: libc::c_short,
    rest: [u8; 22],
}

const TUNSETIFF: u64 = 0x4004_54ca;
const TUNSETOFFLOAD: u64 = 0x4004_54d0;

/// Opens `/dev/net/tun` as an interface that carries IP packets behind virtio headers of 10 bytes. Gives its real name.
pub fn open_tun(name: &str) -> io::Result<(File, String)> {
    if name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(Error::from_raw_os_error(libc::EINVAL));
    }
    let file = std::fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    set_nonblocking(file.as_raw_fd())?;
    let flags = (libc::IFF_TUN | libc::IFF_NO_PI | libc::IFF_VNET_HDR) as libc::c_short;
    let mut request = InterfaceRequest { name: [0; libc::IFNAMSIZ], flags, rest: [0; 22] };
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    // SAFETY: the request is as large as the kernel's `struct ifreq`, and lives for the whole call.
    check(unsafe { libc::ioctl(file.as_raw_fd(), TUNSETIFF as _, &raw mut request) })?;
    let length = request.name.iter().position(|byte| *byte == 0).unwrap_or(libc::IFNAMSIZ);
    Ok((file, String::from_utf8_lossy(&request.name[..length]).into_owned()))
}

/// Which super-packets the kernel may hand over on a TUN: the `TUN_F_` bits. Refused when it knows one of them not.
pub fn set_offloads(tun: &File, bits: u32) -> io::Result<()> {
    // SAFETY: this request takes a number, not a pointer.
    check(unsafe { libc::ioctl(tun.as_raw_fd(), TUNSETOFFLOAD as _, libc::c_ulong::from(bits)) })?;
    Ok(())
}

/// The index of an interface of this network namespace.
pub fn interface_index(name: &str) -> io::Result<u32> {
    let name = std::ffi::CString::new(name)?;
    // SAFETY: the name ends in a zero and lives for the whole call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Error::last_os_error()),
        index => Ok(index),
    }
}

/// Whether this network namespace has an interface of this index.
pub fn interface_exists(index: u32) -> bool {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: the name has the room that the call may fill, and lives as long as it takes.
    !unsafe { libc::if_indextoname(index, name.as_mut_ptr()) }.is_null()
}

/// Sends a request to the kernel's routing socket and gives the first 64 KiB of what it answers.
pub fn ask_routing(request: &[u8]) -> io::Result<Vec<u8>> {
    let socket = open_socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    let mut answer = vec![0; 1 << 16];
    // SAFETY: the lengths are those of the slices; without an address, the kernel itself is meant.
    let sent = unsafe { libc::send(socket.as_raw_fd(), request.as_ptr().cast(), request.len(), 0) };
    check_length(sent)?;
    // SAFETY: at most as many bytes are written as the vector has.
    let length = check_length(unsafe { libc::recv(socket.as_raw_fd(), answer.as_mut_ptr().cast(), answer.len(), 0) })?;
    answer.truncate(length);
    Ok(answer)
}

/// The same for a question about all there are: every message of the answer, as far as 1 MiB goes.
pub fn ask_routing_for_all(request: &[u8]) -> io::Result<Vec<u8>> {
    const ROUNDS: usize = 32;
    let socket = File::from(open_socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?);
    (&socket).write_all(request)?;
    let (mut answer, mut part) = (Vec::new(), vec![0; 1 << 15]);
    for _ in 0..ROUNDS {
        let length = (&socket).read(&mut part)?;
        answer.extend_from_slice(&part[..length]);
        if is_last(&part[..length]) {
            break;
        }
    }
    Ok(answer)
}

/// Whether one of these messages says that none follows.
fn is_last(mut messages: &[u8]) -> bool {
    // length u32 | type u16 | …
    while let Some(head) = messages.first_chunk::<6>() {
        let [a, b, c, d, low, high] = *head;
        if matches!(i32::from(u16::from_ne_bytes([low, high])), libc::NLMSG_DONE | libc::NLMSG_ERROR) {
            return true;
        }
        let length = u32::from_ne_bytes([a, b, c, d]) as usize;
        messages = messages.get(length.next_multiple_of(4).max(16)..).unwrap_or(&[]);
    }
    false
}

/// A socket that can be read when interfaces or addresses of this network namespace have changed.
pub fn open_news() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK;
    let socket = open_socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE)?;
    // SAFETY: plain old data, for which zeros are valid.
    let mut name: libc::sockaddr_nl = unsafe { zeroed() };
    name.nl_family = libc::AF_NETLINK as _;
    name.nl_groups = (libc::RTMGRP_LINK | libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR) as u32;
    // SAFETY: the address lives for the whole call and has the length that is told.
    check(unsafe { libc::bind(socket.as_raw_fd(), addr_of!(name).cast(), size_of_val(&name) as _) })?;
    Ok(socket)
}

/// Whether the kernel cuts one send into datagrams, and joins datagrams into one receive.
pub fn udp_offloads() -> io::Result<[bool; 2]> {
    let socket = open_socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let has = |option, value| set_option(socket.as_raw_fd(), libc::SOL_UDP, option, value).is_ok();
    Ok([has(libc::UDP_SEGMENT, 1200), has(libc::UDP_GRO, 1)])
}

/// Whether something keeps the kernel's clock right; undefined where it may not be asked.
pub fn clock_is_kept() -> Option<bool> {
    // SAFETY: plain old data, for which zeros are valid; without a mode, nothing is changed.
    let mut state: libc::timex = unsafe { zeroed() };
    // SAFETY: the state lives for the whole call, which fills it.
    let told = unsafe { libc::adjtimex(&raw mut state) };
    (told >= 0).then_some(told != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0)
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
    let (mut headers, mut pieces, mut names): (
        [libc::mmsghdr; MESSAGES],
        [libc::iovec; MESSAGES],
        [libc::sockaddr_storage; MESSAGES],
    ) = unsafe { zeroed() };
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
    let (mut headers, mut pieces, mut names): (
        [libc::mmsghdr; MESSAGES],
        [libc::iovec; MESSAGES],
        [libc::sockaddr_storage; MESSAGES],
    ) = unsafe { zeroed() };
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
    let mut control = Control([0; CONTROL_BYTES]);
    let mut start = [0u8; 64];
    let mut piece = libc::iovec { iov_base: start.as_mut_ptr().cast(), iov_len: start.len() };
    // SAFETY: both are plain old data, for which zeros are valid.
    let (mut name, mut header): (libc::sockaddr_storage, libc::msghdr) = unsafe { zeroed() };
    header.msg_name = (&raw mut name).cast();
    header.msg_namelen = size_of_val(&name) as _;
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast();
    header.msg_controllen = CONTROL_BYTES as _;
    // SAFETY: the header points at a piece, a name and a control block that live for the whole call.
    check_length(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_ERRQUEUE) })?;
    let mut error = PathError { to: address_of(&name), errno: 0, packet_bytes: 0 };
    each_control(&header, |level, kind, data| {
        let ours =
            matches!((level, kind), (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR));
        // errno u32 | origin u8 | type u8 | code u8 | 0 u8 | info u32 | data u32
        if ours && data.len() >= 16 {
            error.errno = read_number(data);
            error.packet_bytes = if error.errno == libc::EMSGSIZE { read_number(&data[8..]) as u32 } else { 0 };
        }
    });
    Ok(error)
}

/// Something that can be waited for.
#[derive(Clone, Copy, Default)]
pub struct Ready {
    /// There is something to read.
    pub readable: bool,
    /// There is room to write.
    pub writable: bool,
    /// An error waits, or the other side is gone.
    pub failed: bool,
}

/// Waits until one of the descriptors is readable (or writable, where asked) or the time is over.
pub fn wait<const N: usize>(of: [(Option<BorrowedFd>, bool); N], timeout_ms: i32) -> io::Result<[Ready; N]> {
    let mut entries = of.map(|(fd, writable)| libc::pollfd {
        fd: fd.map_or(-1, |fd| fd.as_raw_fd()),
        events: if writable { libc::POLLIN | libc::POLLOUT } else { libc::POLLIN },
        revents: 0,
    });
    // SAFETY: the array has N entries and lives for the whole call.
    match check(unsafe { libc::poll(entries.as_mut_ptr(), N as _, timeout_ms) }) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
        _ => {}
    }
    Ok(entries.map(|entry| Ready {
        readable: entry.revents & libc::POLLIN != 0,
        writable: entry.revents & libc::POLLOUT != 0,
        failed: entry.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0,
    }))
}

/// A descriptor that another thread makes readable by writing 8 bytes to it.
pub fn open_bell() -> io::Result<File> {
    // SAFETY: takes no pointer.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: the descriptor is new, so nobody else owns it.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
}

fn open_socket(family: c_int, kind: c_int, protocol: c_int) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointer.
    let fd = check(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the descriptor is new, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: takes no pointer.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    // SAFETY: takes no pointer.
    check(unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) })?;
    Ok(())
}

/// Has a socket hear and say what comes and goes by one interface, and nothing else.
fn bind_to(fd: RawFd, interface: &str) -> io::Result<()> {
    let length = interface.len() as libc::socklen_t;
    // SAFETY: the kernel reads as many bytes as the name has.
    check(unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, interface.as_ptr().cast(), length) })?;
    Ok(())
}

fn set_option(fd: RawFd, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
    let length = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the value lives for the whole call and has the length that is told.
    check(unsafe { libc::setsockopt(fd, level, option, addr_of!(value).cast::<c_void>(), length) })?;
    Ok(())
}

/// Writes a control message at `at`, and gives the bytes that it takes up.
fn write_control<T: Copy>(control: &mut Control, at: usize, level: c_int, kind: c_int, value: T) -> usize {
    let head = size_of::<libc::cmsghdr>();
    // SAFETY: computes a size, nothing else.
    let (length, space) =
        unsafe { (libc::CMSG_LEN(size_of::<T>() as _) as usize, libc::CMSG_SPACE(size_of::<T>() as _) as usize) };
    let place = &mut control.0[at..at + space];
    let header = libc::cmsghdr { cmsg_len: length as _, cmsg_level: level, cmsg_type: kind };
    // SAFETY: the place has room for the header and, behind it, the value: `space` counts both.
    unsafe {
        place.as_mut_ptr().cast::<libc::cmsghdr>().write_unaligned(header);
        place.as_mut_ptr().add(head).cast::<T>().write_unaligned(value);
    }
    space
}

fn each_control(header: &libc::msghdr, mut see: impl FnMut(c_int, c_int, &[u8])) {
    // SAFETY: the kernel has filled the control block of this header, which its caller still holds.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !next.is_null() {
        // SAFETY: the kernel's macros give only headers that lie wholly inside of the control block, and their data.
        let (level, kind, data) = unsafe {
            let length = ((*next).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
            let data = std::slice::from_raw_parts(libc::CMSG_DATA(next), length.min(CONTROL_BYTES));
            ((*next).cmsg_level, (*next).cmsg_type, data)
        };
        see(level, kind, data);
        // SAFETY: as above.
        next = unsafe { libc::CMSG_NXTHDR(header, next) };
    }
}

fn read_number(data: &[u8]) -> c_int {
    data.first_chunk::<4>().map_or(0, |bytes| c_int::from_ne_bytes(*bytes))
}

fn socket_address(address: &SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: plain old data, for which zeros are valid.
    let mut storage: libc::sockaddr_storage = unsafe { zeroed() };
    let place = &raw mut storage;
    match address {
        SocketAddr::V4(address) => {
            let name = libc::sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: address.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
                sin_zero: [0; 8],
            };
            // SAFETY: a storage is large enough and aligned for every kind of address.
            unsafe { place.cast::<libc::sockaddr_in>().write(name) };
            (storage, size_of_val(&name) as _)
        }
        SocketAddr::V6(address) => {
            let name = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                sin6_scope_id: address.scope_id(),
            };
            // SAFETY: a storage is large enough and aligned for every kind of address.
            unsafe { place.cast::<libc::sockaddr_in6>().write(name) };
            (storage, size_of_val(&name) as _)
        }
    }
}

/// The address in a storage that the kernel has filled; port 0 when it is of another family.
fn address_of(storage: &libc::sockaddr_storage) -> SocketAddr {
    let place = addr_of!(*storage);
    if c_int::from(storage.ss_family) == libc::AF_INET6 {
        // SAFETY: a storage is large enough and aligned for every kind of address, and all bits are valid in it.
        let name = unsafe { place.cast::<libc::sockaddr_in6>().read() };
        let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
        return SocketAddrV6::new(ip, u16::from_be(name.sin6_port), 0, name.sin6_scope_id).into();
    }
    if c_int::from(storage.ss_family) == libc::AF_INET {
        // SAFETY: as above.
        let name = unsafe { place.cast::<libc::sockaddr_in>().read() };
        let ip = Ipv4Addr::from(name.sin_addr.s_addr.to_ne_bytes());
        return SocketAddrV4::new(ip, u16::from_be(name.sin_port)).into();
    }
    SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0).into()
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

fn check_length(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| Error::last_os_error())
}
