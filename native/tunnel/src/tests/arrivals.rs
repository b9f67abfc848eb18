//! What waits in a socket: whose senders are told, and when not.

use crate::arrivals::{Arrivals, BURST_BYTES as MUCH};

/// How often somebody is told during so many milliseconds, in each of which this much comes.
fn told(milliseconds: u64, bytes: impl Fn(u64) -> usize) -> usize {
    let mut arrivals = Arrivals::default();
    (0..milliseconds).filter(|now_ms| arrivals.tells(1_000_000 + now_ms * 1000, bytes(*now_ms))).count()
}

#[test]
fn a_burst_alone_is_let_pass_however_often_there_is_one() {
    assert_eq!(told(10_000, |now_ms| if now_ms % 150 == 0 { MUCH } else { 1000 }), 0);
}

#[test]
fn bursts_that_go_on_are_told_of_every_20_ms() {
    assert_eq!(told(20, |_| MUCH), 0);
    assert_eq!(told(1001, |_| MUCH), 50);
    assert_eq!(told(1001, |now_ms| if now_ms % 10 == 0 { MUCH } else { 0 }), 50);
}

#[test]
fn a_socket_that_is_emptied_in_time_is_never_too_full() {
    assert_eq!(told(10_000, |_| MUCH - 1), 0);
}
