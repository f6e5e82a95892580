//! Checks that prediction changes no result. Records are similar, so that layouts are learned, but some are damaged, reordered or
//! written differently. Both decoders see the same ranges, and must agree in events, in columns bit for bit, and in reasons.
//!
//! `FOLDLINE_FUZZ_RECORDS=5000000` makes the test run longer than its default of a few seconds.

use super::records::{RECORDS_PER_SEQUENCE, Rng, any_input, any_records};
use super::times::stamped;
use super::*;

const RECORDS: u64 = 400_000;

#[test]
fn a_prediction_never_changes_a_verdict() {
    let records = std::env::var("FOLDLINE_FUZZ_RECORDS").map_or(RECORDS, |count| count.parse().unwrap());
    let mut tally = Tally::default();
    for seed in 0..records.div_ceil(RECORDS_PER_SEQUENCE as u64) {
        check_sequence(seed, &mut tally);
    }
    println!("{tally:?}");
    // Without hits, the parser would be compared with itself, and no difference would prove nothing.
    assert!(tally.predicted * 4 > tally.records && tally.dead * 20 > tally.records, "{tally:?}");
}

#[derive(Debug, Default)]
struct Tally {
    records: usize,
    predicted: usize,
    dead: usize,
}

fn check_sequence(seed: u64, tally: &mut Tally) {
    let mut rng = Rng(seed);
    let input = any_input(&mut rng);
    let records = stamped(&any_records(&mut rng), &mut rng);
    let mut predicting = Decoder::new(7, &input, RECORD_BYTES_MAX);
    let mut parsing = Decoder::new(7, &input, RECORD_BYTES_MAX).without_prediction();
    let mut start = 0;
    while start < records.len() {
        let end = records.len().min(start + 1 + rng.below(150));
        let (got, want) = (predicting.decode(&records, start..end), parsing.decode(&records, start..end));
        if !same(&got, &want) {
            let differs = (start..end).find(|&row| {
                !same(&predicting.decode(&records, row..row + 1), &parsing.decode(&records, row..row + 1))
            });
            let value = differs.and_then(|row| records.get(row).value).map(String::from_utf8_lossy);
            panic!("seed {seed}, rows {start}..{end}, {value:?}, {input:?}:\n{got:?}\n{want:?}");
        }
        tally.dead += got.dead.len();
        start = end;
    }
    tally.records += records.len();
    tally.predicted += predicting.predictor.hits();
}

/// Returns whether two outcomes are equal; floats are compared by their bits.
fn same(got: &Decoded, want: &Decoded) -> bool {
    let floats = |decoded: &Decoded| -> Vec<Vec<u64>> {
        let columns = decoded.events.columns.iter();
        let bits = |values: &Values| match values {
            Values::Floats(values) => values.iter().map(|value| value.to_bits()).collect(),
            _ => Vec::new(),
        };
        columns.map(|column| bits(column.values())).collect()
    };
    got == want && floats(got) == floats(want)
}
