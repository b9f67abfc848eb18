//! Every system call that the standard library does not have, each behind a function that is safe to call: buffers go in
//! as slices, come back as lengths that lie inside them, and no pointer outlives its call.

mod address;
mod control;
mod interface;
mod messages;
pub mod raw;
mod routing;
mod sockets;
mod wait;

pub use interface::{interface_exists, interface_index, open_tun, set_offloads};
pub use messages::{Incoming, MESSAGES, Outgoing, PathError, receive, receive_error, send};
pub use routing::{ask_routing, ask_routing_for_all, open_news};
pub use sockets::{open_listener, open_udp, send_waiting, set_receive_buffer, set_send_buffer, udp_offloads};
pub use wait::{open_bell, wait};

use libc::{c_int, c_void};
use std::io::{self, Error};
use std::mem::{size_of_val, zeroed};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr::addr_of;

/// Whether something keeps the kernel's clock right; undefined where it may not be asked.
pub fn clock_is_kept() -> Option<bool> {
    // SAFETY: plain old data, for which zeros are valid; without a mode, nothing is changed.
    let mut state: libc::timex = unsafe { zeroed() };
    // SAFETY: the state lives for the whole call, which fills it.
    let told = unsafe { libc::adjtimex(&raw mut state) };
    (told >= 0).then_some(told != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0)
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

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

fn check_length(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| Error::last_os_error())
}
