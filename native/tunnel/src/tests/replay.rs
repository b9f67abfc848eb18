//! The window against a set of all counters that were ever taken.

use crate::replay::{Replay, WINDOW};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

/// Small steps, steps around the size of the window, and far ones.
fn steps() -> impl Strategy<Value = Vec<(bool, u64)>> {
    let step = prop_oneof![0u64..70, WINDOW - 70..WINDOW + 140, 0u64..40_000];
    vec((any::<bool>(), step), 1..400)
}

proptest! {
    #[test]
    fn a_counter_is_taken_once_and_never_when_it_is_behind_the_window(steps in steps()) {
        let (mut window, mut taken, mut at, mut highest) = (Replay::default(), HashSet::new(), 100_000u64, None);
        for (back, step) in steps {
            let counter = if back { at.saturating_sub(step) } else { at + step };
            let old = highest.is_some_and(|highest: u64| counter + WINDOW <= highest);
            let expected = !old && !taken.contains(&counter);
            prop_assert_eq!(window.take(counter), expected, "{}", counter);
            if expected {
                taken.insert(counter);
                highest = highest.max(Some(counter));
                at = counter;
            }
        }
    }
}

#[test]
fn the_oldest_counter_of_the_window_is_taken_and_the_one_before_it_not() {
    let mut window = Replay::default();
    assert!(window.take(WINDOW + 10));
    assert!(window.take(11));
    assert!(!window.take(10));
    assert!(!window.take(u64::MAX));
    assert!(window.take(u64::MAX - 1));
    assert!(!window.take(WINDOW + 11));
}
