//! The door to `runnel-tunnel`: a tunnel is opened, told rows of commands, asked for rows of events, and closed.
//!
//! `node/tunnel` is the only caller. One crossing tells or fetches a whole batch. Its bell is rung, on the thread of
//! JavaScript and at most once until the events are fetched, when there are some; it keeps no process alive. A tunnel that
//! JavaScript loses is closed when it is collected.

use crate::bytes::{Bytes, refused};
use napi::bindgen_prelude::Uint8Array;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};
use napi_derive::napi;
use runnel_tunnel::{
    Offloads, OpenError, REASONS, STREAM_COUNTERS, StreamSocket, TALLIES, Tunnel, decode_commands, decode_interface,
    encode_events, listen_on, open_any_ports, open_interface,
};
use std::net::Ipv6Addr;
use std::os::fd::IntoRawFd;

/// A function of JavaScript that takes nothing; of more calls than one at a time, none is needed.
type Bell = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

/// A tunnel, until it is closed.
#[napi(js_name = "Tunnel")]
pub struct Door {
    tunnel: Option<Tunnel>,
    name: Option<String>,
    offloads: Offloads,
    lacking: Option<String>,
    ports: [Option<u16>; 2],
}

/// Opens a tunnel in the network namespace of this thread: with an interface, if there is a row of its options, and with
/// UDP sockets on this port or, where it is taken, another. Throws an error whose message is `STEP ERRNO TEXT`.
#[napi(catch_unwind)]
pub fn open_tunnel(interface: Option<Bytes>, port: u32, bell: Bell) -> Result<Door> {
    let port = u16::try_from(port).map_err(|_| refused(format!("port {port}")))?;
    let options = interface.map(|row| row.read(decode_interface).ok_or_else(|| refused("no interface".to_owned())));
    let options = options.transpose()?;
    let ports = open_any_ports(port).map_err(failed)?;
    let bound = ports.addresses().map(|address| address.map(|address| address.port()));
    let mut interface = options.map(|options| open_interface(&options)).transpose().map_err(failed)?;
    let lacking = interface.as_mut().and_then(|interface| interface.lacking.take());
    let lacking = lacking.map(|error| failed(error).reason.to_string());
    let name = interface.as_ref().map(|interface| interface.name.clone());
    let offloads = interface.as_ref().map_or(Offloads::None, |interface| interface.offloads);
    // A bell that cannot be rung any more belongs to a process that ends.
    let wake = move || {
        let _status = bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
    };
    let tunnel = Tunnel::start(interface, ports, Box::new(wake)).map_err(failed)?;
    Ok(Door { tunnel: Some(tunnel), name, offloads, lacking, ports: bound })
}

/// The names of what `counters` gives, in its order.
#[napi(catch_unwind)]
pub fn tunnel_counter_names() -> Vec<&'static str> {
    REASONS.iter().chain(TALLIES).copied().collect()
}

#[napi]
impl Door {
    /// The name that the interface got.
    #[napi(getter, catch_unwind)]
    pub fn name(&self) -> Option<String> {
        self.name.clone()
    }

    /// Which super-packets the kernel hands over. 0: none; 1: TCP's; 2: UDP's too.
    #[napi(getter, catch_unwind)]
    pub fn offloads(&self) -> u32 {
        match self.offloads {
            Offloads::None => 0,
            Offloads::Tcp => 1,
            Offloads::TcpAndUdp => 2,
        }
    }

    /// Which rules of routing the interface lacks, as `openTunnel` says why it throws.
    #[napi(getter, catch_unwind)]
    pub fn lacking(&self) -> Option<String> {
        self.lacking.clone()
    }

    /// The UDP port of IPv4, where there is one.
    #[napi(getter, catch_unwind)]
    pub fn port_four(&self) -> Option<u32> {
        self.ports[0].map(u32::from)
    }

    /// The UDP port of IPv6, where there is one.
    #[napi(getter, catch_unwind)]
    pub fn port_six(&self) -> Option<u32> {
        self.ports[1].map(u32::from)
    }

    /// A TCP socket that listens on this port of every address of the interface, and of no other: its descriptor, which is
    /// the caller's. Throws as `openTunnel` does.
    #[napi(catch_unwind)]
    pub fn listen(&self, port: u32) -> Result<i32> {
        let port = u16::try_from(port).map_err(|_| refused(format!("port {port}")))?;
        let name = self.name.as_ref().ok_or_else(|| refused("no interface".to_owned()))?;
        Ok(listen_on(name, port).map_err(failed)?.into_raw_fd())
    }

    /// A raw socket of the interface for questions by packets. Throws as `openTunnel` does.
    #[napi(catch_unwind)]
    pub fn open_stream_socket(&self, bell: Bell) -> Result<StreamDoor> {
        let name = self.name.as_ref().ok_or_else(|| refused("no interface".to_owned()))?;
        let wake = move || {
            let _status = bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        Ok(StreamDoor { socket: Some(StreamSocket::open(name, Box::new(wake)).map_err(failed)?) })
    }

    /// Tells rows of commands. When one of them is none, nothing is told, and this throws.
    #[napi(catch_unwind)]
    pub fn tell(&self, rows: Bytes) -> Result<()> {
        let commands = rows.read(decode_commands).ok_or_else(|| refused("rows that are no commands".to_owned()))?;
        if let Some(tunnel) = &self.tunnel {
            tunnel.tell(commands);
        }
        Ok(())
    }

    /// Rows of what has happened since the last time.
    #[napi(catch_unwind)]
    pub fn take_events(&self) -> Uint8Array {
        let mut rows = Vec::new();
        if let Some(tunnel) = &self.tunnel {
            encode_events(&tunnel.take_events(), &mut rows);
        }
        rows.into()
    }

    /// How much was dropped and done, in the order of `tunnelCounterNames`.
    #[napi(catch_unwind)]
    pub fn counters(&self) -> Vec<f64> {
        // They take centuries to reach what a double cannot hold.
        self.tunnel.iter().flat_map(|tunnel| tunnel.counters()).map(|(_, count)| count as f64).collect()
    }

    /// Ends it: its thread, sockets and interface are gone when this returns.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        drop(self.tunnel.take());
    }
}

/// A raw socket of an interface for questions by packets, until it is closed.
#[napi(js_name = "StreamSocket")]
pub struct StreamDoor {
    socket: Option<StreamSocket>,
}

#[napi]
impl StreamDoor {
    /// Rows of the questions since the last time.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Uint8Array {
        let mut rows = Vec::new();
        if let Some(socket) = &self.socket {
            socket.take(&mut rows);
        }
        rows.into()
    }

    /// Sends a packet, in two parts, from the first address of 16 bytes to the second. Its checksum is filled in. Whether it
    /// left.
    #[napi(catch_unwind)]
    pub fn send(&self, addresses: Bytes, head: Bytes, rest: Bytes) -> Result<bool> {
        let addresses = addresses.array::<32>()?;
        let [from, to] =
            [0, 16].map(|at| Ipv6Addr::from(std::array::from_fn::<u8, 16, _>(|index| addresses[at + index])));
        let mut packet = Vec::with_capacity(head.len() + rest.len());
        head.read(|bytes| packet.extend_from_slice(bytes));
        rest.read(|bytes| packet.extend_from_slice(bytes));
        Ok(self.socket.as_ref().is_some_and(|socket| socket.send(from, to, packet)))
    }

    /// How much was done, and dropped by reason, in the order of `streamCounterNames`.
    #[napi(catch_unwind)]
    pub fn counters(&self) -> Vec<f64> {
        self.socket.iter().flat_map(StreamSocket::counters).map(|count| count as f64).collect()
    }

    /// Ends it: nothing is heard any more when this returns.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        drop(self.socket.take());
    }
}

/// The names of what the counters of a stream socket give, in their order.
#[napi(catch_unwind)]
pub fn stream_counter_names() -> Vec<&'static str> {
    STREAM_COUNTERS.to_vec()
}

/// As an error whose message is `STEP ERRNO TEXT`.
pub fn failed(OpenError { step, cause }: OpenError) -> Error {
    let errno = cause.raw_os_error().unwrap_or(0);
    Error::new(Status::GenericFailure, format!("{} {errno} {cause}", step.name()))
}
