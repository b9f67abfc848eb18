//! Two ends and a router without anybody who decides: keys, paths and labels come from the command line, and every flow
//! passes. For measuring, and for trying out in network namespaces.
//!
//! ```text
//! walk end NAME OWN PEER OWN_INDEX REMOTE_INDEX LISTEN TO MTU [DATAGRAM]    keys follow from the two addresses
//! walk router LISTEN LABEL FROM TO NEXT [LABEL FROM TO NEXT]…
//! ```

use runnel_tunnel::{Command, Event, InterfaceOptions, Tunnel, Verdict, open_interface, open_ports};
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::mpsc::channel;
use std::time::Duration;

const PEER: u32 = 1;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tunnel, woken) = match arguments[0].as_str() {
        "end" => end(&arguments[1..]),
        _ => router(&arguments[1..]),
    };
    let mut last = Vec::new();
    loop {
        if woken.recv_timeout(Duration::from_secs(2)).is_ok() {
            let answers = tunnel.take_events().into_iter().filter_map(|event| match event {
                Event::Miss { key, .. } => Some(Command::SetFlow { key, verdict: Verdict::Pass { peer: PEER } }),
                other => {
                    eprintln!("{other:?}");
                    None
                }
            });
            tunnel.tell(answers.collect::<Vec<_>>());
        }
        let now = tunnel.counters();
        if now != last && std::env::var_os("WALK_COUNTERS").is_some() {
            let some: Vec<String> = now.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")).collect();
            eprintln!("{}", some.join(", "));
            last = now;
        }
    }
}

fn start(listen: &str, interface: Option<InterfaceOptions>) -> (Tunnel, std::sync::mpsc::Receiver<()>) {
    let (wake, woken) = channel();
    let ports = match listen.parse().expect("an address") {
        SocketAddr::V4(address) => open_ports(Some(address), None),
        SocketAddr::V6(address) => open_ports(None, Some(address)),
    };
    let interface = interface.map(|options| open_interface(&options).expect("the right to an interface"));
    if let Some(interface) = &interface {
        eprintln!("{} {:?}", interface.name, interface.offloads);
    }
    let wake = Box::new(move || wake.send(()).unwrap_or(()));
    (Tunnel::start(interface, ports.expect("a free port"), wake).expect("a thread"), woken)
}

fn end(arguments: &[String]) -> (Tunnel, std::sync::mpsc::Receiver<()>) {
    let [name, own, peer, index, remote, listen, to, mtu, rest @ ..] = arguments else { panic!("see the source") };
    let (address, peer_address): (Ipv6Addr, Ipv6Addr) = (own.parse().expect("IPv6"), peer.parse().expect("IPv6"));
    let options = InterfaceOptions {
        name: name.clone(),
        address,
        local_addresses: Vec::new(),
        routes: vec![("2001:20::".parse().expect("a prefix"), 28)],
        local_routes: Vec::new(),
        answered_ports: Vec::new(),
        mtu: mtu.parse().expect("a number"),
    };
    let key = |from: Ipv6Addr, to: Ipv6Addr| {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&from.octets());
        key[16..].copy_from_slice(&to.octets());
        key
    };
    let index = index.parse().expect("a number");
    let (tunnel, woken) = start(listen, Some(options));
    tunnel.tell([
        Command::SetPeer { peer: PEER, address: peer_address },
        Command::AddKeys {
            index,
            peer: PEER,
            opening: key(peer_address, address),
            sealing: key(address, peer_address),
        },
        Command::UsePath {
            index,
            to: to.parse().expect("an address"),
            remote: remote.parse().expect("a number"),
            datagram_bytes: rest.first().map_or(1472, |bytes| bytes.parse().expect("a number")),
        },
    ]);
    (tunnel, woken)
}

fn router(arguments: &[String]) -> (Tunnel, std::sync::mpsc::Receiver<()>) {
    let (tunnel, woken) = start(&arguments[0], None);
    tunnel.tell(arguments[1..].chunks_exact(4).map(|part| Command::SetLabel {
        label: part[0].parse().expect("a number"),
        from: part[1].parse().expect("an address"),
        to: part[2].parse().expect("an address"),
        next: part[3].parse().expect("a number"),
    }));
    (tunnel, woken)
}
