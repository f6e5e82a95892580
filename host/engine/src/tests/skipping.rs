//! Skipped records: the others are folded as if these were not in the log.

use std::ops::Range;

use foldline_core::skips::{OffsetRanges, Skips};
use proptest::prelude::*;

use super::*;

fn skips(ranges: impl IntoIterator<Item = Range<u64>>) -> Arc<Skips> {
    let mut skips = Skips::default();
    ranges.into_iter().for_each(|range| skips.skip("likes", 0, range));
    Arc::new(skips)
}

/// Records from offset `first` on, without those at the offsets `left_out`.
fn records(first: u64, len: u64, left_out: &OffsetRanges) -> RecordBatch {
    let mut records = RecordBatch::with_capacity("likes".into(), 0, first, 0, 0);
    for offset in (first..first + len).filter(|offset| !left_out.contains(*offset)) {
        let value =
            format!(r#"{{"post_id":"p{}","user_id":"u{offset}","timestamp":{}}}"#, offset % 7, 16 * offset);
        let time_ms = Some(offset as i64);
        records.push(RecordRef { offset, time_ms, key: None, value: Some(value.as_bytes()) });
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_skipped_leaves_no_trace_whatever_the_batches(
        ranges in proptest::collection::vec((0..200_u64, 1..30_u64), 0..5),
        batches in proptest::collection::vec(1..70_u64, 1..6),
        shards in 1..4_usize,
        batch_rows in 1..40_usize,
    ) {
        let ranges: Vec<Range<u64>> = ranges.into_iter().map(|(start, len)| start..start + len).collect();
        let skipped: OffsetRanges = ranges.iter().cloned().collect();
        let module = module();
        let mut whole = Fold::new(module.clone(), FoldOptions { skips: skips(ranges.iter().cloned()), ..options(shards, batch_rows) }, None).unwrap();
        let mut without = Fold::new(module, options(1, 4_096), None).unwrap();
        let mut first = 0;
        for len in batches {
            whole.fold(records(first, len, &OffsetRanges::default()), &mut Vec::new()).unwrap();
            without.fold(records(first, len, &skipped), &mut Vec::new()).unwrap();
            first += len;
        }
        prop_assert_eq!(whole.fingerprint(), without.fingerprint());
        prop_assert_eq!(whole.applied().events, without.applied().events);
        prop_assert_eq!(whole.position().next_offset("likes", 0), first);
        let (made, expected) = (Skips::before(whole.position()), skipped.below(first));
        prop_assert_eq!(made.of("likes", 0).cloned().unwrap_or_default(), expected);
    }
}

#[test]
fn dead_letters_that_are_skipped_stop_nothing() {
    let batch = || {
        let mut batch = RecordBatch::with_capacity("likes".into(), 0, 0, 0, 0);
        for offset in 0..50 {
            let value: &[u8] =
                if offset < 40 { b"{" } else { br#"{"post_id":"p","user_id":"u","timestamp":16}"# };
            batch.push(RecordRef { offset, time_ms: Some(1), key: None, value: Some(value) });
        }
        batch
    };
    let max = Arc::new(dead_share::DeadLettersMax::of([("likes".to_owned(), 0.01)]));
    let options = FoldOptions { dead_letters_max: max, ..options(2, 16) };
    let mut fold = Fold::new(module(), options.clone(), None).unwrap();
    assert_eq!(
        fold.fold(batch(), &mut Vec::new()).unwrap_err().kind(),
        foldline_base::error::ErrorKind::Module
    );
    let mut fold = Fold::new(module(), FoldOptions { skips: skips(Some(5..40)), ..options }, None).unwrap();
    let mut dead = Vec::new();
    fold.fold(batch(), &mut dead).unwrap();
    assert_eq!((dead.len(), fold.applied().events), (5, 10));
}
