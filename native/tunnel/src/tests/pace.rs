//! The pace against lines of a known speed.

use crate::pace::{MOST_BYTES, Pace};

/// Milliseconds that a packet waits in the socket of a line, once its pace has been found.
fn delay_ms(bytes_per_ms: u64) -> u64 {
    let (mut pace, mut now_us, mut waits_us) = (Pace::default(), 1_000_000, 0);
    for _ in 0..100 {
        // The socket was just full; half of its buffer leaves.
        pace.block(now_us);
        waits_us = pace.buffer_bytes() as u64 / 2 * 1000 / bytes_per_ms;
        now_us += waits_us;
        pace.unblock(now_us);
    }
    2 * waits_us / 1000
}

#[test]
fn on_any_line_that_is_not_very_slow_a_packet_waits_for_a_few_milliseconds_only() {
    // 10 Mbit/s to 1 Gbit/s, counted as the kernel counts: twice.
    for megabits in [10, 20, 50, 100, 300, 1000] {
        let delay = delay_ms(2 * megabits * 125);
        assert!(delay <= 20, "{megabits} Mbit/s: {delay} ms");
    }
}

#[test]
fn a_line_that_is_never_full_gets_its_pace_back() {
    let (mut pace, mut now_us) = (Pace::default(), 0);
    for _ in 0..20 {
        pace.block(now_us);
        now_us += 50_000;
        pace.unblock(now_us);
    }
    assert!(pace.bytes() < MOST_BYTES / 8);
    assert!(!pace.is_tight(now_us + 1, pace.bytes()));
    assert!(!pace.is_tight(now_us + 200_000, 100));
    for _ in 0..20 {
        now_us += 200_000;
        if pace.is_tight(now_us, pace.bytes()) {
            pace.loosen(now_us);
        }
    }
    assert_eq!(pace.bytes(), MOST_BYTES);
}
