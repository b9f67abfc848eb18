//! The interface of packets, by the rules of the file above.

use super::{check, set_nonblocking};
use std::fs::File;
use std::io::{self, Error};
use std::os::fd::AsRawFd;

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
