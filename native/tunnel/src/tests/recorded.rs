//! What the datapath in TypeScript did with a long list of commands, packets and datagrams (stack/packet/testing/recording):
//! this one does the same with it.

use super::tunnel::{End, local, open, wait_for};
use crate::event::{Command, Event};
use crate::flow::{Direction, FlowKey, Verdict};
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};

const RECORDED: &str = include_str!("recorded.txt");
/// Places that datagrams come from and go to.
const PLACES: usize = 3;

struct Replay {
    end: End,
    places: Vec<UdpSocket>,
    /// That a program is to get after the last input. Answers to what leaves come after what comes in, there and not here.
    packets: Vec<Vec<u8>>,
    /// Packets of programs, and datagrams, that have been sent to it.
    sent: [u64; 2],
}

/// The words of a line, read one after the other.
struct Words<'a>(std::str::SplitWhitespace<'a>);

impl Words<'_> {
    fn text(&mut self) -> &str {
        self.0.next().unwrap_or_default()
    }

    fn number<T: std::str::FromStr>(&mut self) -> T {
        let text = self.text();
        text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
    }

    fn bytes(&mut self) -> Vec<u8> {
        let digits = self.text().as_bytes();
        let digit = |at: usize| char::from(digits[at]).to_digit(16).unwrap() as u8;
        (0..digits.len() / 2).map(|at| digit(2 * at) << 4 | digit(2 * at + 1)).collect()
    }

    fn address(&mut self) -> Ipv6Addr {
        <[u8; 16]>::try_from(self.bytes()).unwrap().into()
    }

    fn key(&mut self) -> FlowKey {
        let (peer, protocol) = (self.address(), self.number());
        FlowKey { peer, protocol, own_port: self.number(), peer_port: self.number() }
    }
}

impl Replay {
    fn place(&self, words: &mut Words) -> SocketAddr {
        self.places[words.number::<usize>()].local_addr().unwrap()
    }

    fn command(&self, name: &str, words: &mut Words) -> Command {
        match name {
            "set-peer" => Command::SetPeer { peer: words.number(), address: words.address() },
            "add-keys" => Command::AddKeys {
                index: words.number(),
                peer: words.number(),
                opening: words.bytes().try_into().unwrap(),
                sealing: words.bytes().try_into().unwrap(),
            },
            "remove-keys" => Command::RemoveKeys { index: words.number() },
            "use-path" => Command::UsePath {
                index: words.number(),
                to: self.place(words),
                remote: words.number(),
                datagram_bytes: words.number(),
            },
            "probe" => {
                let (index, to, remote) = (words.number(), self.place(words), words.number());
                Command::Probe { index, to, remote, datagram_bytes: words.number(), content: words.bytes() }
            }
            "set-label" => {
                let (label, from, to) = (words.number(), self.place(words), self.place(words));
                Command::SetLabel { label, from, to, next: words.number() }
            }
            "set-flow" => {
                let key = words.key();
                let verdict = match words.text() {
                    "pass" => Verdict::Pass { peer: words.number() },
                    _ => Verdict::Drop { unreachable: words.text().parse().ok() },
                };
                Command::SetFlow { key, verdict }
            }
            "remove-flow" => Command::RemoveFlow { key: words.key() },
            "send-cookie" => Command::SendCookie { to: self.place(words), cookie: words.bytes().try_into().unwrap() },
            "expect-cookie" => Command::ExpectCookie { cookie: words.bytes().try_into().unwrap() },
            "forget-cookie" => Command::ForgetCookie { cookie: words.bytes().try_into().unwrap() },
            "report" => Command::Report { peer: words.number() },
            "report-label" => Command::ReportLabel { label: words.number() },
            _ => panic!("no input: {name}"),
        }
    }

    fn expected(&self, words: &mut Words) -> Event {
        match words.text().to_owned().as_str() {
            "miss" => {
                let key = words.key();
                let outbound = words.text() == "outbound";
                let direction = if outbound { Direction::Outbound } else { Direction::Inbound };
                Event::Miss { key, direction, peer: words.text().parse().ok(), head: words.bytes() }
            }
            "source" => Event::Source { index: words.number(), from: self.place(words) },
            "probe" => {
                let (index, from) = (words.number(), self.place(words));
                Event::Probe { index, from, datagram_bytes: words.number(), content: words.bytes() }
            }
            "cookie" => {
                let from = self.place(words);
                Event::Cookie { cookie: words.bytes().try_into().unwrap(), from }
            }
            "traffic" => Event::Traffic {
                peer: words.number(),
                sealed: [words.number(), words.number()],
                opened: [words.number(), words.number()],
            },
            "switched" => Event::Switched { label: words.number(), switched: [words.number(), words.number()] },
            other => panic!("no event: {other}"),
        }
    }

    /// Holds one thing that was recorded against what happens here.
    fn check(&mut self, words: &mut Words) {
        match words.text().to_owned().as_str() {
            "packet" => self.packets.push(words.bytes()),
            "datagram" => {
                let place: usize = words.number();
                let mut datagram = vec![0; 70_000];
                let length = self.places[place].recv(&mut datagram).expect("a datagram");
                assert_eq!(datagram[..length], words.bytes());
            }
            "event" => assert_eq!(self.end.event(), self.expected(words)),
            "dropped" => {
                let (reason, count) = (words.text().to_owned(), words.number());
                wait_for(&self.end.tunnel, &reason, count);
            }
            other => panic!("nothing is known of {other}"),
        }
    }

    fn check_packets(&mut self) {
        let mut expected = std::mem::take(&mut self.packets);
        let mut received: Vec<_> = expected.iter().map(|_| self.end.program_receives()).collect();
        expected.sort();
        received.sort();
        assert_eq!(received, expected);
    }

    fn input(&mut self, name: &str, words: &mut Words) {
        self.check_packets();
        match name {
            // Not all that is taken shows: what waits for others does not. The next input must not pass it.
            "program" => {
                self.end.program_sends(&words.bytes());
                self.sent[0] += 1;
                wait_for(&self.end.tunnel, "interface-reads", self.sent[0]);
            }
            "datagram" => {
                let place: usize = words.number();
                self.places[place].send_to(&words.bytes(), self.end.address).unwrap();
                self.sent[1] += 1;
                wait_for(&self.end.tunnel, "receives", self.sent[1]);
            }
            _ => {
                let command = self.command(name, words);
                self.end.tunnel.tell([command]);
            }
        }
    }
}

#[test]
fn what_the_datapath_in_typescript_did_this_one_does_too() {
    let mut lines = RECORDED.lines().skip(1);
    let mut own = Words(lines.next().unwrap().split_whitespace());
    assert_eq!(own.text(), "own");
    let end = open(own.address());
    let places: Vec<_> = (0..PLACES).map(|_| UdpSocket::bind(local()).unwrap()).collect();
    for place in &places {
        place.set_read_timeout(Some(super::tunnel::PATIENCE)).unwrap();
    }
    let mut replay = Replay { end, places, packets: Vec::new(), sent: [0; 2] };
    let mut dropped = std::collections::HashMap::new();
    for line in lines {
        let mut words = Words(line.split_whitespace());
        let name = words.text().to_owned();
        if name == ">" {
            if let Some(count) = line.strip_prefix("> dropped ") {
                let (reason, count) = count.split_once(' ').unwrap();
                dropped.insert(reason, count.parse::<u64>().unwrap());
            }
            replay.check(&mut words);
        } else {
            replay.input(&name, &mut words);
        }
    }
    replay.check_packets();
    // And nothing more.
    for place in &replay.places {
        place.set_nonblocking(true).unwrap();
        assert!(place.recv(&mut [0; 9]).is_err());
    }
    for name in crate::reason::REASONS {
        assert_eq!(replay.end.count(name), dropped.get(name).copied().unwrap_or(0), "{name}");
    }
}
