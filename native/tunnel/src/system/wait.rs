//! What is waited for, by the rules of the file above.

use super::check;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

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
