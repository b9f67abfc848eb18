//! Rows: what TypeScript writes is read as it was meant, what is written here is what it expects, and nothing else passes.

use crate::event::{Command, Event};
use crate::flow::{Direction, FlowKey, Verdict};
use crate::rows::{decode_commands, decode_interface, encode_events};
use crate::tunnel::InterfaceOptions;
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Where the other side's tests have their rows.
fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../node/tunnel/corpus")
}

/// The bytes of a file of hexadecimal digits.
fn sample(path: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(corpus().join(path)).expect(path);
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn address() -> Ipv6Addr {
    Ipv6Addr::from(std::array::from_fn(|at| 0x20 + at as u8))
}

fn four() -> SocketAddr {
    "192.0.2.1:7254".parse().unwrap()
}

fn six() -> SocketAddr {
    "[2001:db8::1]:51820".parse().unwrap()
}

fn key() -> FlowKey {
    FlowKey { peer: address(), protocol: 6, own_port: 40_000, peer_port: 443 }
}

/// One of each kind, in the order of their numbers.
fn commands() -> Vec<Command> {
    vec![
        Command::SetPeer { peer: 1, address: address() },
        Command::RemovePeer { peer: 2 },
        Command::AddKeys { index: 3, peer: 1, opening: [5; 32], sealing: [6; 32] },
        Command::RemoveKeys { index: 3 },
        Command::UsePath { index: 3, to: four(), remote: 0xffff_ffff, datagram_bytes: 1472 },
        Command::Probe { index: 3, to: six(), remote: 9, content: vec![7; 64], datagram_bytes: 65_507 },
        Command::SetLabel { label: 10, from: four(), to: six(), next: 11 },
        Command::RemoveLabel { label: 10 },
        Command::SetFlow { key: key(), verdict: Verdict::Pass { peer: 1 } },
        Command::SetFlow { key: key(), verdict: Verdict::Drop { unreachable: None } },
        Command::SetFlow { key: key(), verdict: Verdict::Drop { unreachable: Some(3) } },
        Command::RemoveFlow { key: key() },
        Command::SendCookie { to: six(), cookie: [8; 16] },
        Command::ExpectCookie { cookie: [9; 16] },
        Command::ForgetCookie { cookie: [9; 16] },
        Command::Report { peer: 1 },
        Command::ReportLabel { label: 10 },
    ]
}

fn events() -> Vec<Event> {
    let head = |length: usize| (0..length).map(|at| at as u8).collect();
    vec![
        Event::Miss { key: key(), direction: Direction::Outbound, peer: None, head: head(128) },
        Event::Miss { key: key(), direction: Direction::Inbound, peer: Some(1), head: head(48) },
        Event::Expired { key: key() },
        Event::Refused { key: key() },
        Event::Source { index: 3, from: four() },
        Event::Probe { index: 3, from: six(), content: vec![7; 64], datagram_bytes: 1472 },
        Event::Cookie { cookie: [9; 16], from: four() },
        Event::TooBig { to: six(), datagram_bytes: 70_000 },
        Event::Unreachable { to: four(), errno: 113 },
        Event::Spent { index: 3 },
        Event::Traffic { peer: 1, sealed: [1, 2], opened: [u64::MAX, 4] },
        Event::Switched { label: 10, switched: [5, 6] },
        Event::Gone,
    ]
}

#[test]
fn commands_of_every_kind_are_read_as_they_were_meant() {
    let read = decode_commands(&sample("commands/valid--every-kind.hex")).expect("commands");
    assert_eq!(read, commands());
}

#[test]
fn events_of_every_kind_are_written_as_they_are_read() {
    let mut rows = Vec::new();
    encode_events(&events(), &mut rows);
    assert_eq!(rows, sample("events/valid--every-kind.hex"));
}

#[test]
fn rows_that_are_none_are_refused_with_all_that_stand_beside_them() {
    let mut refused = 0;
    for entry in std::fs::read_dir(corpus().join("commands")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let rows = sample(&format!("commands/{name}"));
        let valid = name.starts_with("valid");
        assert_eq!(decode_commands(&rows).is_some(), valid, "{name}");
        let beside = [sample("commands/valid--every-kind.hex"), rows].concat();
        assert_eq!(decode_commands(&beside).is_some(), valid, "{name}");
        refused += usize::from(!valid);
    }
    assert!(refused >= 3);
}

#[test]
fn what_an_interface_is_to_be_is_read_as_it_was_meant() {
    let options = InterfaceOptions {
        name: "tun%d".into(),
        address: address(),
        mtu: 65_535,
        local_addresses: vec!["2001:21::53".parse().unwrap()],
        routes: vec![("2001:20::".parse().unwrap(), 32)],
        local_routes: vec![("2001:21::".parse().unwrap(), 32)],
        answered_ports: vec![80],
    };
    let row = sample("interface/valid--whole.hex");
    assert_eq!(decode_interface(&row), Some(options));
    for length in 0..row.len() {
        assert_eq!(decode_interface(&row[..length]), None);
    }
    assert_eq!(decode_interface(&[row, vec![0]].concat()), None);
}

proptest! {
    #[test]
    fn any_bytes_are_commands_or_refused(bytes in vec(any::<u8>(), 0..300), kind in 0u8..15) {
        let _read = (decode_commands(&bytes), decode_interface(&bytes));
        let mut row = vec![kind];
        row.extend_from_slice(&bytes);
        let _read = decode_commands(&row);
    }

    #[test]
    fn rows_that_were_cut_or_changed_are_never_read_beyond(cut in 0usize..1000, at in 0usize..1000, value: u8) {
        let whole = sample("commands/valid--every-kind.hex");
        let mut rows = whole.clone();
        rows.truncate(cut % (whole.len() + 1));
        let count = decode_commands(&rows).map_or(0, |commands| commands.len());
        prop_assert!(count <= commands().len());
        let mut rows = whole;
        let at = at % rows.len();
        rows[at] = value;
        let _read = decode_commands(&rows);
    }
}
