//! The kernel's own TCP and UDP over real interfaces: two ends, each in a network namespace of its own, with their sockets
//! on the loopback of a third. Once with the rights of whoever runs this, once in an unprivileged user namespace with no
//! other right than the one to its network. Where that is not to be had, nothing is tried, and a line says so.

use nix::sched::{CloneFlags, unshare};
use runnel_tunnel::{
    Command, Event, InterfaceOptions, Offloads, Ports, Step, Tunnel, Verdict, listen_on, open_interface, open_ports,
};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command as Process, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Barrier};
use std::thread::spawn;
use std::time::{Duration, Instant};

const A: Ipv6Addr = Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0xa);
const B: Ipv6Addr = Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0xb);
/// The address of somebody at whose port 80 this machine answers itself.
const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0x20, 9, 9, 9, 9, 9, 9);
/// An address of ours that no peer reaches.
const STUB: Ipv6Addr = Ipv6Addr::new(0x2001, 0x21, 0, 0, 0, 0, 0, 0x53);
const PORT: u16 = 7254;
/// Far more than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a process that this test starts is to do.
const PART: &str = "RUNNEL_TUNNEL_TEST_PART";
/// Bytes of a transfer: enough for many super-packets, not too many for a slow machine.
const TRANSFER: usize = 16 << 20;
/// Bytes of a datagram that the loopback bears, and that a packet of 1400 bytes needs.
const WIDE: u16 = 1433;

fn options(address: Ipv6Addr) -> InterfaceOptions {
    let routes = vec![("2001:20::".parse().unwrap(), 32)];
    InterfaceOptions {
        name: "runnel%d".into(),
        address,
        local_addresses: vec![STUB],
        routes,
        local_routes: vec![("2001:21::".parse().unwrap(), 32)],
        answered_ports: vec![80],
        mtu: 1400,
    }
}

/// Ports in the namespace of this thread.
fn loopback() -> (Ports, SocketAddr) {
    let ports = open_ports(Some("127.0.0.1:0".parse().unwrap()), None).unwrap();
    let address = ports.addresses()[0].unwrap();
    (ports, address)
}

/// A tunnel with an interface in a new namespace of this thread, that lets every flow pass.
fn open_end(own: Ipv6Addr, ports: Ports, to: SocketAddr, datagram_bytes: u16) -> (Arc<Tunnel>, Receiver<Event>) {
    unshare(CloneFlags::CLONE_NEWNET).unwrap();
    let ((wake, woken), (tell, told)) = (channel(), channel());
    let interface = open_interface(&options(own)).unwrap();
    assert_ne!(interface.offloads, Offloads::None);
    let wake = Box::new(move || wake.send(()).unwrap_or(()));
    let tunnel = Arc::new(Tunnel::start(Some(interface), ports, wake).unwrap());
    let (peer, opening, sealing) = if own == A { (B, [2; 32], [1; 32]) } else { (A, [1; 32], [2; 32]) };
    tunnel.tell([
        Command::SetPeer { peer: 1, address: peer },
        Command::AddKeys { index: 7, peer: 1, opening, sealing },
        Command::UsePath { index: 7, to, remote: 7, datagram_bytes },
    ]);
    let weak = Arc::downgrade(&tunnel);
    spawn(move || {
        while woken.recv().is_ok() {
            let Some(tunnel) = weak.upgrade() else { return };
            for event in tunnel.take_events() {
                match event {
                    Event::Miss { key, .. } => {
                        tunnel.tell([Command::SetFlow { key, verdict: Verdict::Pass { peer: 1 } }]);
                    }
                    other => tell.send(other).unwrap_or(()),
                }
            }
        }
    });
    (tunnel, told)
}

/// Two ends that can reach each other; each does its part in a thread in its namespace.
fn both(datagram_bytes: u16, in_a: fn(&Tunnel), in_b: fn(&Tunnel)) {
    let ((a_ports, a_address), (b_ports, b_address)) = (loopback(), loopback());
    let (ready, done) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let ends = [(A, a_ports, b_address, in_a), (B, b_ports, a_address, in_b)].map(|(own, ports, to, part)| {
        let (ready, done) = (Arc::clone(&ready), Arc::clone(&done));
        spawn(move || {
            let (tunnel, _told) = open_end(own, ports, to, datagram_bytes);
            ready.wait();
            part(&tunnel);
            done.wait();
        })
    });
    ends.into_iter().for_each(|end| end.join().unwrap());
}

fn count(tunnel: &Tunnel, name: &str) -> u64 {
    tunnel.counters().iter().find(|(other, _)| *other == name).unwrap().1
}

fn patterned(length: usize) -> Vec<u8> {
    (0..length as u64).map(|index| ((index * index) >> 7) as u8).collect()
}

fn connect() -> TcpStream {
    let since = Instant::now();
    loop {
        match TcpStream::connect((B, PORT)) {
            Ok(stream) => return stream,
            Err(error) => assert!(since.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send_stream(_: &Tunnel) {
    let mut stream = connect();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&patterned(TRANSFER)).unwrap();
    let mut length = [0; 8];
    stream.read_exact(&mut length).unwrap();
    assert_eq!(u64::from_be_bytes(length), TRANSFER as u64);
}

fn receive_stream(_: &Tunnel) {
    let listener = TcpListener::bind((B, PORT)).unwrap();
    let (mut stream, from) = listener.accept().unwrap();
    assert_eq!(from.ip(), A);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = vec![0; TRANSFER];
    stream.read_exact(&mut bytes).unwrap();
    assert!(bytes == patterned(TRANSFER));
    stream.write_all(&(TRANSFER as u64).to_be_bytes()).unwrap();
}

/// Bytes of datagrams: none, one, what is usual, all that the interface takes at once, and what the kernel must fragment.
const SIZES: [usize; 6] = [0, 1, 1200, 1352, 5000, 20_000];

fn ask_echoes(_: &Tunnel) {
    let socket = UdpSocket::bind((A, PORT)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    socket.connect((B, PORT)).unwrap();
    for size in SIZES.into_iter().cycle().take(60) {
        let (sent, since, mut received) = (patterned(size), Instant::now(), vec![0; 65_536]);
        loop {
            assert!(since.elapsed() < PATIENCE, "no echo of {size} bytes");
            // Until the other side listens, it says that it does not.
            let _length = socket.send(&sent);
            if let Ok(length) = socket.recv(&mut received)
                && received[..length] == sent
            {
                break;
            }
        }
    }
    socket.send(b"end").unwrap();
}

fn give_echoes(_: &Tunnel) {
    let socket = UdpSocket::bind((B, PORT)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = vec![0; 65_536];
    loop {
        let (length, from) = socket.recv_from(&mut bytes).unwrap();
        if &bytes[..length] == b"end" {
            return;
        }
        socket.send_to(&bytes[..length], from).unwrap();
    }
}

/// How many rules about ports the namespace of this thread has.
fn rules() -> usize {
    let output = Process::new("ip").args(["-6", "rule", "list"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().matches("dport 80").count()
}

/// What the routes of the namespace of this thread say.
fn way(arguments: &[&str]) -> String {
    let output = Process::new("ip").args(["-6", "route", "get", "2001:20::1"]).args(arguments).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn ip(arguments: &str) {
    assert!(Process::new("ip").args(arguments.split(' ')).status().unwrap().success(), "{arguments}");
}

/// The interfaces of the namespace of this thread.
fn interfaces() -> String {
    std::fs::read_to_string("/proc/thread-self/net/dev").unwrap()
}

fn streams_are_cut_and_joined_and_arrive_whole() {
    fn send(tunnel: &Tunnel) {
        send_stream(tunnel);
        assert!(count(tunnel, "sealed") > 4 * count(tunnel, "interface-reads"), "{:?}", tunnel.counters());
    }
    fn receive(tunnel: &Tunnel) {
        receive_stream(tunnel);
        assert!(count(tunnel, "opened") > 2 * count(tunnel, "interface-writes"), "{:?}", tunnel.counters());
        assert_eq!(count(tunnel, "seal") + count(tunnel, "replay") + count(tunnel, "interface"), 0);
    }
    both(WIDE, send, receive);
}

fn programs_learn_what_the_path_bears() {
    fn send(tunnel: &Tunnel) {
        send_stream(tunnel);
        assert!(count(tunnel, "answers") > 0 && count(tunnel, "too-big") > 0);
    }
    both(WIDE - 80, send, receive_stream);
}

fn datagrams_of_every_size_come_back() {
    both(WIDE, ask_echoes, give_echoes);
}

fn packets_pass_where_1280_bytes_do_not() {
    both(700, ask_echoes, give_echoes);
}

fn an_interface_goes_when_it_is_closed_and_its_end_is_told_when_it_is_deleted() {
    let threads = spawn(|| {
        let (ports, address) = loopback();
        let (tunnel, _told) = open_end(A, ports, address, WIDE);
        assert!(interfaces().contains("runnel0"));
        assert!(UdpSocket::bind((A, PORT)).is_ok());
        // The thread that answers misses may still hold it for a moment.
        let since = Instant::now();
        drop(tunnel);
        while interfaces().contains("runnel") {
            assert!(since.elapsed() < PATIENCE);
        }
        let (ports, address) = loopback();
        let (_tunnel, told) = open_end(A, ports, address, WIDE);
        let deleted = Process::new("ip").args(["link", "del", "runnel0"]).status().unwrap();
        assert!(deleted.success());
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Event::Gone);
    });
    threads.join().unwrap();
}

fn two_interfaces_stand_beside_one_another_and_a_local_prefix_is_this_machine() {
    let thread = spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        assert!(Process::new("ip").args(["link", "set", "lo", "up"]).status().unwrap().success());
        // As on machines where IPv6 is switched off for whatever comes: ours may have it all the same.
        let _written = std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        let first = open_interface(&options(A)).unwrap();
        let second = open_interface(&options(B)).unwrap();
        assert_eq!((&*first.name, &*second.name), ("runnel0", "runnel1"));
        assert!(way(&[]).contains("dev runnel0 ") && way(&[]).contains(&format!("src {A}")), "{}", way(&[]));
        // What has the address of one leaves by that one, as answers do.
        for (own, name) in [(A, "runnel0"), (B, "runnel1")] {
            let from = way(&["from", &own.to_string()]);
            assert!(from.contains(&format!("dev {name} ")), "{from}");
        }
        let anywhere = Ipv6Addr::new(0x2001, 0x21, 1, 2, 3, 4, 5, 6);
        let listener = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, PORT)).unwrap();
        listener.set_read_timeout(Some(PATIENCE)).unwrap();
        // And its streams come to one who listens on this interface alone.
        let web = TcpListener::from(listen_on(&first.name, 80).unwrap());
        web.set_nonblocking(false).unwrap();
        for own in [anywhere, A, STUB, PEER] {
            let since = Instant::now();
            let _asker = TcpStream::connect((own, 80)).unwrap();
            // Not only when it was asked a second time.
            assert!(since.elapsed() < Duration::from_millis(900));
            let (stream, _) = web.accept().unwrap();
            assert_eq!(stream.local_addr().unwrap(), SocketAddr::from((own, 80)));
        }
        assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, 80)).is_err());
        assert!(listen_on(&first.name, 80).is_err_and(|error| error.step == Step::Listen));
        let asker = UdpSocket::bind((STUB, 0)).unwrap();
        asker.send_to(b"hello", (anywhere, PORT)).unwrap();
        let mut bytes = [0; 9];
        assert_eq!(listener.recv_from(&mut bytes).unwrap(), (5, asker.local_addr().unwrap()));
        assert_eq!(rules(), 4);
        drop(first);
        assert_eq!(rules(), 2);
        assert!(way(&[]).contains("dev runnel1 ") && way(&[]).contains(&format!("src {B}")), "{}", way(&[]));
        drop(second);
        assert!(!way(&[]).contains("runnel") && rules() == 0);
    });
    thread.join().unwrap();
}

fn what_a_path_bears_is_told_and_one_that_leads_nowhere_too() {
    let thread = spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        let narrow = Process::new("ip").args(["link", "set", "lo", "mtu", "1400", "up"]).status().unwrap();
        assert!(narrow.success());
        let (ports, _) = loopback();
        let (wake, woken) = channel();
        let tunnel = Tunnel::start(None, ports, Box::new(move || wake.send(()).unwrap_or(()))).unwrap();
        let to = "127.0.0.1:9".parse().unwrap();
        let probe = |datagram_bytes| Command::Probe { index: 7, to, remote: 7, content: vec![1], datagram_bytes };
        tunnel.tell([
            Command::SetPeer { peer: 1, address: B },
            Command::AddKeys { index: 7, peer: 1, opening: [1; 32], sealing: [2; 32] },
            probe(1400),
        ]);
        let mut events = Vec::new();
        let mut wait_for = |event: &Event| {
            while !events.contains(event) {
                woken.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{event:?} not in {events:?}"));
                events.extend(tunnel.take_events());
            }
        };
        wait_for(&Event::TooBig { to: "127.0.0.1:0".parse().unwrap(), datagram_bytes: 1372 });
        // Nobody listens there.
        tunnel.tell([probe(1372)]);
        wait_for(&Event::Unreachable { to, errno: 111 });
    });
    thread.join().unwrap();
}

fn a_killed_process_leaves_no_interface() {
    let thread = spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        let mut holder = own_process("hold").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("holding runnel0")));
        assert!(interfaces().contains("runnel0"));
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert!(!interfaces().contains("runnel"));
        // A rule without a table is without effect, and goes when the next one comes.
        assert_eq!(rules(), 2);
        let _next = open_interface(&options(A)).unwrap();
        assert_eq!(rules(), 2);
    });
    thread.join().unwrap();
}

fn packets_to_peers_leave_by_no_other_way_once_their_interface_is_gone() {
    let thread = spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        ip("link set lo up");
        ip("link add uplink type veth peer name other");
        ip("link set other up");
        ip("link set uplink up");
        ip("-6 route add default dev uplink");
        assert!(way(&[]).contains("dev uplink"));
        let deleted = open_interface(&options(A)).unwrap();
        assert!(way(&[]).contains("dev runnel0"));
        ip("link del runnel0");
        assert!(way(&[]).contains("unreachable"), "{}", way(&[]));
        // Another one is about to come, as a rule.
        drop(deleted);
        assert!(way(&[]).contains("unreachable"), "{}", way(&[]));
        let next = open_interface(&options(A)).unwrap();
        assert!(way(&[]).contains("dev runnel0"), "{}", way(&[]));
        drop(next);
        assert!(way(&[]).contains("dev uplink"), "{}", way(&[]));
    });
    thread.join().unwrap();
}

fn own_process(part: &str) -> Process {
    let mut process = Process::new(std::env::current_exe().unwrap());
    process.args(["--exact", "--nocapture", "a_part_in_a_process_of_its_own"]).env(PART, part);
    process
}

/// Runs a part in an unprivileged user namespace, as `namespaces` says.
fn in_user_namespace(namespaces: &[&str], part: &str) -> Option<Output> {
    let unshare = |arguments: &[&str]| {
        let mut process = Process::new("unshare");
        process.args(["--user", "--map-root-user"]).args(namespaces).args(arguments);
        process
    };
    let possible = unshare(&["true"]).output();
    possible.ok().filter(|output| output.status.success())?;
    let inner = own_process(part);
    let program = inner.get_program().to_str().unwrap();
    let script = "ip link set lo up; exec \"$0\" --exact --nocapture a_part_in_a_process_of_its_own";
    Some(unshare(&["sh", "-c", script, program]).env(PART, part).output().unwrap())
}

fn everything() {
    streams_are_cut_and_joined_and_arrive_whole();
    programs_learn_what_the_path_bears();
    datagrams_of_every_size_come_back();
    packets_pass_where_1280_bytes_do_not();
    an_interface_goes_when_it_is_closed_and_its_end_is_told_when_it_is_deleted();
    two_interfaces_stand_beside_one_another_and_a_local_prefix_is_this_machine();
    what_a_path_bears_is_told_and_one_that_leads_nowhere_too();
    a_killed_process_leaves_no_interface();
    packets_to_peers_leave_by_no_other_way_once_their_interface_is_gone();
}

/// Whether a thread of this process may have a namespace with an interface in it.
fn may() -> bool {
    spawn(|| unshare(CloneFlags::CLONE_NEWNET).is_ok() && open_interface(&options(A)).is_ok()).join().unwrap()
}

#[test]
fn a_part_in_a_process_of_its_own() {
    match std::env::var(PART).as_deref() {
        Ok("everything") if may() => everything(),
        Ok("everything") => println!("nothing was tried"),
        Ok("refused") => {
            let error = open_interface(&options(A)).err().expect("a refusal");
            assert_eq!(error.step, Step::Interface);
            assert_eq!(error.cause.kind(), std::io::ErrorKind::PermissionDenied);
        }
        Ok("hold") => {
            let interface = open_interface(&options(A)).unwrap();
            println!("holding {}", interface.name);
            std::thread::sleep(PATIENCE);
        }
        _ => {}
    }
}

#[test]
fn everything_works_with_the_rights_there_are() {
    if may() {
        everything();
    } else {
        println!("nothing was tried: no right to an interface");
    }
}

#[test]
fn everything_works_in_an_unprivileged_user_namespace() {
    match in_user_namespace(&["--net"], "everything") {
        Some(output) => assert!(output.status.success(), "{output:?}"),
        None => println!("nothing was tried: no user namespaces"),
    }
}

#[test]
fn without_the_right_the_step_that_needs_it_is_told() {
    match in_user_namespace(&[], "refused") {
        Some(output) => assert!(output.status.success(), "{output:?}"),
        None => println!("nothing was tried: no user namespaces"),
    }
}
