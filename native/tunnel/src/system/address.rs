//! Addresses as the kernel takes and gives them, by the rules of the file above.

use libc::c_int;
use std::mem::{size_of_val, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ptr::addr_of;

pub(super) fn socket_address(address: &SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
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
pub(super) fn address_of(storage: &libc::sockaddr_storage) -> SocketAddr {
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
