//! The kernel's routing socket, by the rules of the file above.

use super::{check, check_length, open_socket};
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::{size_of_val, zeroed};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::addr_of;

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
