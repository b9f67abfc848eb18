//! The tunnel, as its owner has it: opened, told, listened to, closed.

use crate::context::{Context, Shared, lock};
use crate::event::{Command, Event};
use crate::interception::Interception;
use crate::open_error::{OpenError, Step, at};
use crate::ports::Ports;
use crate::reason::Counters;
use crate::routing::{Target, add_address, add_route, allow_addresses, bring_up};
use crate::system::{interface_index, open_bell, open_listener, open_tun, set_offloads};
use crate::tables::Tables;
use crate::undecided::Undecided;
use crate::virtio::offload;
use crate::worker::Worker;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::Write;
use std::net::Ipv6Addr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Packets that may wait in the interface: what comes while others have the processor. Else they are taken out at once,
/// into a fairer queue.
const QUEUE_PACKETS: u32 = 2048;

/// What the interface is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceOptions {
    /// Its name; `%d` in it becomes the first free number.
    pub name: String,
    /// Our IPv6 address.
    pub address: Ipv6Addr,
    /// More addresses of ours on it, which no peer reaches.
    pub local_addresses: Vec<Ipv6Addr>,
    /// What is sent to it: a prefix and its bits.
    pub routes: Vec<(Ipv6Addr, u8)>,
    /// All of whose addresses are this machine itself.
    pub local_routes: Vec<(Ipv6Addr, u8)>,
    /// TCP ports of the first of `routes` at which this machine answers its own programs itself.
    pub answered_ports: Vec<u16>,
    /// Bytes of the largest packet: 1280 to 65535.
    pub mtu: u16,
}

/// The interface.
pub struct Interface {
    // The first to go: its end looks whether the interface is there.
    interception: Option<Interception>,
    file: File,
    address: Ipv6Addr,
    /// The name that it got.
    pub name: String,
    /// Which super-packets the kernel hands over.
    pub offloads: Offloads,
    /// Which rules of routing it lacks, if it does: without [`Step::Rules`] nothing keeps what is sent to peers from leaving
    /// unsealed when it is gone; without [`Step::Answer`] programs meet the peer itself.
    pub lacking: Option<OpenError>,
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

/// Opens the interface in the network namespace of the calling thread and brings it up. It is gone, with its address and
/// routes, when the process is, or when what came of it is closed.
pub fn open_interface(options: &InterfaceOptions) -> Result<Interface, OpenError> {
    let (file, name) = at(Step::Interface, open_tun(&options.name))?;
    let offloads = take_offloads(&file);
    let index = at(Step::Interface, interface_index(&name))?;
    at(Step::Link, bring_up(index, u32::from(options.mtu), QUEUE_PACKETS))?;
    // Where IPv6 is switched off for new interfaces, it may still be had for ours; else adding the address says why not.
    let _allowed = allow_addresses(&name);
    for address in [options.address].iter().chain(&options.local_addresses) {
        at(Step::Address, add_address(index, *address))?;
    }
    for (routes, target) in [(&options.routes, Target::Peers(options.address)), (&options.local_routes, Target::Local)]
    {
        for (prefix, bits) in routes {
            at(Step::Route, add_route(index, *prefix, *bits, target))?;
        }
    }
    let (interception, lacking) = match options.routes.first() {
        Some(route) => begin_rules(index, options, *route),
        None => (None, None),
    };
    Ok(Interface { file, address: options.address, interception, name, offloads, lacking })
}

/// What can be had of the rules, and what went wrong first. Not every kernel has them.
fn begin_rules(
    index: u32,
    options: &InterfaceOptions,
    route: (Ipv6Addr, u8),
) -> (Option<Interception>, Option<OpenError>) {
    match at(Step::Rules, Interception::begin(index, options.address, route)) {
        Ok(mut interception) => {
            let answered = at(Step::Answer, interception.answer(&options.answered_ports));
            (Some(interception), answered.err())
        }
        Err(error) => (None, Some(error)),
    }
}

/// What an interface of this machine could do: one is made, without an address, and gone when this returns.
pub fn try_interface() -> Result<Offloads, OpenError> {
    let (file, _) = at(Step::Interface, open_tun("runnel-try%d"))?;
    Ok(take_offloads(&file))
}

fn take_offloads(tun: &File) -> Offloads {
    if set_offloads(tun, offload::TCP | offload::UDP).is_ok() {
        Offloads::TcpAndUdp
    } else if set_offloads(tun, offload::TCP).is_ok() {
        Offloads::Tcp
    } else {
        Offloads::None
    }
}

/// An interface that is anything that can be read and written, a packet at a time.
#[cfg(test)]
pub fn fake_interface(file: std::os::fd::OwnedFd, address: Ipv6Addr) -> Interface {
    Interface {
        file: file.into(),
        address,
        interception: None,
        name: String::new(),
        offloads: Offloads::None,
        lacking: None,
    }
}

/// Tells the end of the thread, also when it comes by a panic.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Listens for TCP on this port of every address of an interface, of no other, and for nobody else's.
pub fn listen_on(interface: &str, port: u16) -> Result<OwnedFd, OpenError> {
    at(Step::Listen, open_listener(interface, port))
}

/// A running tunnel. Closed when it goes out of scope.
pub struct Tunnel {
    shared: Arc<Shared>,
    bell: File,
    thread: Option<JoinHandle<()>>,
    interception: Option<Interception>,
}

impl Tunnel {
    /// Starts the thread; without an interface it only sends on what comes with a label. `wake` is called from it when
    /// there are events and [`Tunnel::take_events`] has been called since the last time; it must not block.
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
        let (interface, interception) = match interface {
            Some(Interface { file, address, interception, .. }) => (Some((file, address)), interception),
            None => (None, None),
        };
        let context = Context {
            shared: Arc::clone(&shared),
            tables: Tables::default(),
            undecided: Undecided::default(),
            cookies: HashSet::new(),
            own: interface.as_ref().map_or(Ipv6Addr::UNSPECIFIED, |(_, address)| *address),
            now_us: 0,
            sockets: ports.into_sockets(),
            tun: interface.map(|(file, _)| file),
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
        Ok(Self { shared, bell, thread: Some(thread), interception })
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
        // While the interface is there, which shows that nobody else has deleted it.
        self.interception = None;
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
