use proptest::prelude::*;

use super::encoding::VERSION;
use super::*;
use crate::aggregate::bytes::push_varint;
use crate::aggregate::contract::{Aggregate, Codec};
use crate::aggregate::laws::encoded;
use crate::aggregate::sliding::laws::{self, any_run};
use crate::aggregate::top_k::ranked::encode_id;
use crate::aggregate::top_k::tests::top;
use crate::trials;
use crate::work;

/// A long run: panes, the window's length and its k.
#[derive(Clone, Debug)]
struct Long {
    k: u32,
    window: i64,
    /// Some panes are missing, some have fewer than k ids.
    panes: Vec<(i64, TopK)>,
}

/// Long enough for many surveys: values that rise, fall or stay over time, few ids or many, and sometimes one
/// that leads for long.
fn any_long() -> impl Strategy<Value = Long> {
    let item = (0u32..1_000, 0i64..12);
    let gap = prop_oneof![12 => Just(1i64), 2 => 2i64..5, 1 => 20i64..50];
    let panes = proptest::collection::vec((gap, proptest::collection::vec(item, 0..7)), 0..120);
    let trend = prop_oneof![Just(0i64), Just(-12), Just(12), -3i64..=3];
    let ids = prop_oneof![Just(3u32), Just(12), Just(1_000)];
    (1u32..6, 1i64..60, panes, trend, ids, any::<bool>()).prop_map(|(k, window, drawn, trend, ids, leads)| {
        let mut number = -20;
        let panes = drawn.into_iter().map(|(gap, items)| {
            number += gap;
            let items = items.iter().enumerate().map(|(nth, &(id, value))| match leads && nth == 0 {
                true => ("leader".into(), 1_000_000 - number / 7),
                false => (format!("{}", id % ids), number * trend + value),
            });
            (number, top(k, &items.collect::<Vec<_>>()))
        });
        Long { k, window, panes: panes.collect() }
    })
}

/// Entries of a window: pane, value, id.
type Entries = Vec<(i64, i64, String)>;

/// The entries of some panes that count, by definition, the newest and best first.
fn counting_by_definition<'a>(k: u32, panes: impl DoubleEndedIterator<Item = &'a (i64, TopK)>) -> Entries {
    let mut want = Vec::new();
    let mut newer = TopK::new(k);
    for (pane, value) in panes.rev() {
        let before = newer.clone();
        newer.merge(value);
        let counts = |entry: &(&str, i64)| {
            newer.iter().any(|held| held == *entry) && !before.iter().any(|held| held == *entry)
        };
        want.extend(value.iter().filter(counts).map(|(id, value)| (*pane, value, id.to_owned())));
    }
    want
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn a_window_holds_what_its_panes_hold(
        k in 1u32..6,
        run in any_run(("[a-e]{1,2}", prop_oneof![4 => -3i64..4, 1 => any::<i64>()])),
    ) {
        let pane = |_: i64, items: &[(String, i64)]| top(k, items);
        laws::check(SlidingTopK::new(k), &run, pane, SlidingTopK::result, TopK::result);
    }

    /// Across surveys, slides between them, and restarts.
    #[test]
    fn a_long_window_holds_what_its_panes_hold(long in any_long(), restart in 0usize..120) {
        let mut window = SlidingTopK::new(long.k);
        for (nth, (number, value)) in long.panes.iter().enumerate() {
            let first = number + 1 - long.window;
            // When nothing enters, only what has left may change the result.
            window.expire(first - 1);
            let left = window.clone();
            window.expire(first);
            let held = |first: i64, panes: &[(i64, TopK)]| {
                let mut whole = TopK::new(long.k);
                panes.iter().filter(|(pane, _)| *pane >= first).for_each(|(_, value)| whole.merge(value));
                whole.result()
            };
            prop_assert_eq!(window.result(), held(first, &long.panes[..nth]));
            window.seal(*number, value.clone());
            prop_assert_eq!(window.result(), held(first, &long.panes[..=nth]));
            if left.stays(first, Some(value)) {
                prop_assert_eq!(window.result(), left.result(), "a result that stays is another");
            }

            let want = counting_by_definition(
                long.k,
                long.panes[..=nth].iter().filter(|(pane, _)| *pane >= first),
            );
            let entry = |entry: &&Entry| (entry.pane, entry.value, entry.id.to_string());
            let got: Entries = window.counting().iter().rev().map(entry).collect();
            prop_assert_eq!(got, want);
            prop_assert_eq!(window.id_bytes, window.entries.iter().map(|entry| entry.id.len()).sum::<usize>());
            if nth == restart {
                window = SlidingTopK::decode(&encoded(&window)).expect("what was encoded decodes");
            }
        }
    }

    /// Amortized over all slides, surveys look at three entries for each that entered.
    #[test]
    fn the_work_and_the_memory_of_surveys_are_bounded(long in any_long()) {
        let k = long.k as usize;
        let mut window = SlidingTopK::new(long.k);
        let mut entered = 0;
        let mut looked_at = 0;
        for (number, value) in &long.panes {
            looked_at += work::of(|| {
                window.expire(number + 1 - long.window);
                window.seal(*number, value.clone());
            });
            entered += value.iter().count();
            prop_assert!(looked_at <= 3 * entered as u64, "{looked_at} looks for {entered}");
            let surveyed = window.index.as_deref().map_or(0, Index::surveyed_len);
            prop_assert!(window.entries.len() <= surveyed + surveyed.div_ceil(2).max(k) + k);
        }
    }

    /// An encoding holds the entries that count by definition.
    #[test]
    fn what_counts_is_encoded_and_nothing_else(
        k in 1u32..5,
        panes in proptest::collection::vec(proptest::collection::vec(("[a-e]", -3i64..4), 0..5), 1..12),
    ) {
        let mut window = SlidingTopK::new(k);
        let plain: Vec<(i64, TopK)> = (0..).zip(&panes).map(|(pane, items)| (pane, top(k, items))).collect();
        for (pane, value) in &plain {
            window.seal(*pane, value.clone());
        }
        let decoded = SlidingTopK::decode(&encoded(&window)).expect("what was encoded decodes");
        let entry = |entry: &Entry| (entry.pane, entry.value, entry.id.to_string());
        let got: Entries = decoded.entries.iter().rev().map(entry).collect();
        prop_assert_eq!(got, counting_by_definition(k, plain.iter()));
        prop_assert_eq!(decoded.id_bytes, decoded.entries.iter().map(|entry| entry.id.len()).sum::<usize>());
    }
}

/// A hundred panes of k random ids: about k · (1 + ln n) count.
#[test]
fn what_no_longer_counts_is_dropped_in_time() {
    let mut window = SlidingTopK::new(10);
    let mut bits = 1u64;
    for pane in 0..1_000 {
        window.expire(pane - 99);
        let items: Vec<(String, i64)> = (0..10)
            .map(|_| {
                bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                (format!("{}", bits >> 40), (bits >> 33) as i64)
            })
            .collect();
        window.seal(pane, top(10, &items));
        assert!(window.entries.len() < 150, "{} entries", window.entries.len());
    }
}

#[test]
fn entries_that_no_history_leaves_are_refused() {
    let encoding = |k: u16, entries: &[(i64, i64, &str)]| {
        let mut out = vec![VERSION];
        out.extend_from_slice(&k.to_le_bytes());
        push_varint(&mut out, entries.len() as u64);
        for (pane, value, id) in entries {
            out.extend_from_slice(&pane.to_le_bytes());
            out.extend_from_slice(&value.to_le_bytes());
            encode_id(id, &mut out);
        }
        out
    };
    for good in [encoding(2, &[(1, 5, "a"), (1, 6, "b"), (2, 4, "a")]), encoding(1, &[])] {
        assert!(SlidingTopK::decode(&good).is_ok());
    }
    for (bad, want) in [
        (encoding(0, &[]), "1 to 1000"),
        (encoding(2, &[(1, 6, "a"), (1, 5, "b")]), "order"),
        (encoding(2, &[(2, 6, "a"), (1, 7, "b")]), "order"),
        (encoding(2, &[(1, 4, "a"), (2, 4, "a")]), "count"),
        (encoding(1, &[(1, 4, "a"), (2, 5, "b")]), "count"),
        (encoding(3, &[(1, 4, "a"), (1, 5, "a")]), "count"),
        (encoding(3, &[(1, 4, "")]), "bytes"),
    ] {
        assert!(SlidingTopK::decode(&bad).unwrap_err().contains(want), "{want}");
    }
}
