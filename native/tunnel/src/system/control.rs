//! What the kernel says beside the bytes of a message, by the rules of the file above.

use super::address::address_of;
use super::check_length;
use libc::c_int;
use std::io;
use std::mem::{size_of, size_of_val, zeroed};
use std::net::SocketAddr;
use std::os::fd::RawFd;

/// Room for the control messages of one datagram: a segment size, a traffic class, an error with its address.
pub(super) const CONTROL_BYTES: usize = 128;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(super) struct Control(pub(super) [u8; CONTROL_BYTES]);

/// One message that came.
pub(super) struct Received {
    /// Bytes of it in the buffer.
    pub length: usize,
    /// There was more than the buffer holds.
    pub is_cut: bool,
    /// From whom; of an error, to whom the datagram was.
    pub from: SocketAddr,
}

/// Receives one message into a buffer, and shows what the kernel says of it.
pub(super) fn receive_one(
    fd: RawFd,
    buffer: &mut [u8],
    flags: c_int,
    see: impl FnMut(c_int, c_int, &[u8]),
) -> io::Result<Received> {
    let mut control = Control([0; CONTROL_BYTES]);
    let mut piece = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: both are plain old data, for which zeros are valid.
    let (mut name, mut header): (libc::sockaddr_storage, libc::msghdr) = unsafe { zeroed() };
    header.msg_name = (&raw mut name).cast();
    header.msg_namelen = size_of_val(&name) as _;
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast();
    header.msg_controllen = CONTROL_BYTES as _;
    // SAFETY: the header points at a piece, a name and a control block that live for the whole call.
    let length = check_length(unsafe { libc::recvmsg(fd, &raw mut header, flags) })?;
    each_control(&header, see);
    let is_cut = header.msg_flags & libc::MSG_TRUNC != 0;
    Ok(Received { length: length.min(buffer.len()), is_cut, from: address_of(&name) })
}

/// Writes a control message at `at`, and gives the bytes that it takes up.
pub(super) fn write_control<T: Copy>(control: &mut Control, at: usize, level: c_int, kind: c_int, value: T) -> usize {
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

pub(super) fn each_control(header: &libc::msghdr, mut see: impl FnMut(c_int, c_int, &[u8])) {
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

pub(super) fn read_number(data: &[u8]) -> c_int {
    data.first_chunk::<4>().map_or(0, |bytes| c_int::from_ne_bytes(*bytes))
}
