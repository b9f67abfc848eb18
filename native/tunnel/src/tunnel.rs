//! The tunnel, as its owner has it: opened, told, listened to, closed.

use crate::batch::Sockets;
use crate::context::{Context, Shared, lock};
use crate::event::{Command, Event};
use crate::reason::Counters;
use crate::routing::{add_address, add_route, bring_up};
use crate::system::{interface_index, open_bell, open_tun, open_udp, set_offloads, set_receive_buffer};
use crate::tables::Tables;
use crate::undecided::Undecided;
use crate::virtio::offload;
use crate::worker::Worker;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Bytes that may wait to be received: what comes while others have the processor, and no more, since all that comes later
/// waits behind it.
const RECEIVE_BYTES: usize = 4 << 20;
/// Packets that may wait in the interface: what comes while others have the processor. Else they are taken out at once,
/// into a fairer queue.
const QUEUE_PACKETS: u32 = 2048;

/// What the interface is to be.
#[derive(Clone, Debug)]
pub struct InterfaceOptions {
    /// Its name; `%d` in it becomes the first free number.
    pub name: String,
    /// Our IPv6 address.
    pub address: Ipv6Addr,
    /// What is sent to it: a prefix and its bits.
    pub routes: Vec<(Ipv6Addr, u8)>,
    /// Bytes of the largest packet: 1280 to 65535.
    pub mtu: u16,
}

/// The interface.
pub struct Interface {
    file: File,
    address: Ipv6Addr,
    /// The name that it got.
    pub name: String,
    /// Which super-packets the kernel hands over.
    pub offloads: Offloads,
}

/// Which super-packets the kernel hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offloads {
    /// TCP's and UDP's.
    TcpAndUdp,
    /// TCP's: Linux before 6.2.
    Tcp,
    /// None.
    None,
}

/// Why something could not be opened.
#[derive(Debug)]
pub struct OpenError {
    /// At which step.
    pub step: Step,
    /// What the system said.
    pub cause: io::Error,
}

/// The steps of opening, each with the right that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `/dev/net/tun` opened and made an interface: the file, and `CAP_NET_ADMIN` in this network namespace.
    Interface,
    /// Size and state of the interface: `CAP_NET_ADMIN`.
    Link,
    /// Its address: `CAP_NET_ADMIN`, and IPv6 not switched off.
    Address,
    /// Its routes: the same.
    Route,
    /// The UDP sockets: a free port.
    Socket,
    /// The thread.
    Thread,
}

fn at<T>(step: Step, result: io::Result<T>) -> Result<T, OpenError> {
    result.map_err(|cause| OpenError { step, cause })
}

/// Opens the interface in the network namespace of the calling thread and brings it up. It is gone, with its address and
/// routes, when the process is, or when what came of it is closed.
pub fn open_interface(options: &InterfaceOptions) -> Result<Interface, OpenError> {
    let (file, name) = at(Step::Interface, open_tun(&options.name))?;
    let offloads = if set_offloads(&file, offload::TCP | offload::UDP).is_ok() {
        Offloads::TcpAndUdp
    } else if set_offloads(&file, offload::TCP).is_ok() {
        Offloads::Tcp
    } else {
        Offloads::None
    };
    let index = at(Step::Interface, interface_index(&name))?;
    at(Step::Link, bring_up(index, u32::from(options.mtu), QUEUE_PACKETS))?;
    at(Step::Address, add_address(index, options.address))?;
    for (prefix, bits) in &options.routes {
        at(Step::Route, add_route(index, *prefix, *bits, options.address))?;
    }
    Ok(Interface { file, address: options.address, name, offloads })
}

/// An interface that is anything that can be read and written, a packet at a time.
#[cfg(test)]
pub fn fake_interface(file: std::os::fd::OwnedFd, address: Ipv6Addr) -> Interface {
    Interface { file: file.into(), address, name: String::new(), offloads: Offloads::None }
}

/// The UDP sockets of a tunnel, open in one network namespace whatever the interface's is.
pub struct Ports {
    four: Option<UdpSocket>,
    six: Option<UdpSocket>,
}

/// Opens the UDP sockets in the network namespace of the calling thread: one of each family at most.
pub fn open_ports(four: Option<SocketAddrV4>, six: Option<SocketAddrV6>) -> Result<Ports, OpenError> {
    let open = |bind: SocketAddr| {
        let socket = at(Step::Socket, open_udp(bind))?;
        at(Step::Socket, set_receive_buffer(&socket, RECEIVE_BYTES))?;
        Ok(socket)
    };
    Ok(Ports {
        four: four.map(|bind| open(bind.into())).transpose()?,
        six: six.map(|bind| open(bind.into())).transpose()?,
    })
}

impl Ports {
    /// The addresses that they got.
    pub fn addresses(&self) -> [Option<SocketAddr>; 2] {
        [&self.four, &self.six].map(|socket| socket.as_ref().and_then(|socket| socket.local_addr().ok()))
    }
}

/// Tells the end of the thread, also when it comes by a panic.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A running tunnel. Closed when it goes out of scope.
pub struct Tunnel {
    shared: Arc<Shared>,
    bell: File,
    thread: Option<JoinHandle<()>>,
}

impl Tunnel {
    /// Starts the thread; without an interface it only sends on what comes with a label. `wake` is called from it when there are events and [`Tunnel::take_events`] has been called since
    /// the last time; it must not block.
    pub fn start(
        interface: Option<Interface>,
        ports: Ports,
        wake: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared {
            commands: Mutex::new(Vec::new()),
            told: AtomicBool::new(false),
            events: Mutex::new(VecDeque::new()),
            armed: AtomicBool::new(true),
            wake,
            counters: Counters::default(),
            closing: AtomicBool::new(false),
        });
        let context = Context {
            shared: Arc::clone(&shared),
            tables: Tables::default(),
            undecided: Undecided::default(),
            cookies: HashSet::new(),
            own: interface.as_ref().map_or(Ipv6Addr::UNSPECIFIED, |interface| interface.address),
            now_us: 0,
            sockets: Sockets { four: ports.four, six: ports.six },
            tun: interface.map(|interface| interface.file),
            gone: false,
            failed: false,
            answers: 0,
            outbox: Vec::new(),
            scratch: Vec::new(),
        };
        let bell = at(Step::Thread, open_bell())?;
        let own_bell = at(Step::Thread, bell.try_clone())?;
        let builder = std::thread::Builder::new().name("runnel-tunnel".into());
        let thread = at(
            Step::Thread,
            builder.spawn(move || {
                let _ending = Ending(Arc::clone(&context.shared));
                Worker::new(context, own_bell).run();
            }),
        )?;
        Ok(Self { shared, bell, thread: Some(thread) })
    }

    /// Tells the tunnel things, in this order. It does them before the next packet.
    pub fn tell(&self, commands: impl IntoIterator<Item = Command>) {
        lock(&self.shared.commands).extend(commands);
        self.shared.told.store(true, Ordering::Release);
        self.ring();
    }

    /// The events since the last time. The next one after that wakes.
    pub fn take_events(&self) -> Vec<Event> {
        self.shared.armed.store(true, Ordering::Release);
        lock(&self.shared.events).drain(..).collect()
    }

    /// How much was dropped and done, by name.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        self.shared.counters.all().collect()
    }

    /// Ends the thread and closes everything; the interface is gone when this returns.
    pub fn close(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        self.ring();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }

    fn ring(&self) {
        // Only a full counter refuses, and then it rings already.
        let _rung = (&self.bell).write(&1u64.to_ne_bytes());
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.close();
    }
}
