//! Checks that the records of a topic go to the inputs that select them: against a model that looks at one record after the
//! other, and reads its text from a tree.

use std::collections::BTreeMap;

use foldline_core::contribution::EventBatch;
use foldline_core::description::Selector;
use serde_json::Value;

use super::records::{Rng, any_input, any_records};
use super::times::stamped;
use super::*;
use crate::{DecodeLimits, DecodedTopic, TopicDecoder, TopicView};

/// What became of a record: an event of an input (its time and values), a dead letter with its reason, or nothing.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Event(usize, i64, Vec<String>),
    Dead(String),
}

fn limits() -> DecodeLimits {
    RECORD_BYTES_MAX.into()
}

fn add_events(batch: &EventBatch, verdicts: &mut BTreeMap<u64, Verdict>) {
    assert!(batch.is_in_order());
    let value = |value| match value {
        Some(ValueRef::Float(value)) => format!("{:x}", value.to_bits()),
        other => format!("{other:?}"),
    };
    for row in 0..batch.rows() {
        let values = batch.columns.iter().map(|column| value(column.get(row))).collect();
        let event = Verdict::Event(batch.input, batch.times_ms[row], values);
        assert_eq!(verdicts.insert(batch.offsets[row], event), None);
    }
}

/// Adds the verdicts on some rows, and returns how many were passed over.
fn add(decoded: DecodedTopic, verdicts: &mut BTreeMap<u64, Verdict>) -> u64 {
    decoded.events.iter().for_each(|events| add_events(events, verdicts));
    for dead in decoded.dead {
        assert_eq!(verdicts.insert(dead.offset, Verdict::Dead(dead.reason)), None);
    }
    decoded.passed_over
}

/// The model: each record alone, its text read from a tree.
fn expected(
    inputs: &[(usize, Input)],
    records: &RecordBatch,
    windowed: bool,
) -> (BTreeMap<u64, Verdict>, u64) {
    let (mut verdicts, mut passed_over) = (BTreeMap::new(), 0);
    let nothing = Input { fields: Vec::new(), event_time: None, ..inputs[0].1.clone() };
    let source = &inputs[0].1.when.as_ref().unwrap().source;
    for row in 0..records.len() {
        let record = records.get(row);
        let mut decoder = Decoder::without_times(0, &nothing, RECORD_BYTES_MAX).without_prediction();
        // Where the key selects, the value is the selecting input's business.
        decoder.is_raw = *source == FieldSource::Key;
        let whole = decoder.decode(records, row..row + 1);
        if let Some(dead) = whole.dead.into_iter().next() {
            verdicts.insert(record.offset, Verdict::Dead(dead.reason));
            continue;
        }
        let text = match source {
            FieldSource::Key => record.key.and_then(|key| String::from_utf8(key.to_vec()).ok()),
            FieldSource::Value(path) => record.value.and_then(|value| {
                let value: Value = serde_json::from_slice(value).unwrap();
                let found = path.iter().try_fold(&value, |value, name| value.get(name))?;
                found.as_str().map(str::to_owned)
            }),
            other => panic!("{other:?}"),
        };
        let takes = |(_, input): &&(usize, Input)| {
            let texts = &input.when.as_ref().unwrap().texts;
            text.as_ref().is_some_and(|text| texts.contains(text))
        };
        let Some((index, input)) = inputs.iter().find(takes) else {
            passed_over += 1;
            continue;
        };
        let decoder = Decoder::new(*index, input, limits()).without_prediction();
        let mut decoder = if windowed && !input.untimed { decoder.for_windows() } else { decoder };
        let Decoded { events, dead } = decoder.decode(records, row..row + 1);
        add(DecodedTopic { events: vec![events], dead, passed_over: 0 }, &mut verdicts);
    }
    (verdicts, passed_over)
}

/// One to three inputs of a topic that select their records by the same source.
fn any_inputs(rng: &mut Rng, changelog: bool) -> Vec<(usize, Input)> {
    let (source, texts): (_, &[&str]) = match if changelog { 3 } else { rng.below(4) } {
        0 => (
            FieldSource::Value(vec!["ä".into()]),
            &["2026-01-01T00:00:00Z", "2026", "2026-01-01T00:00:60Z", "a"],
        ),
        1 => (FieldSource::Value(vec!["".into()]), &["aGFsbG8=", "AAAA", "aGFsbG8"]),
        2 => (FieldSource::Value(vec!["a".into(), "ä".into()]), &["2026-01-01T00:00:00Z", "2026", "x"]),
        _ => (FieldSource::Key, &["k1", "5", "ü", "true"]),
    };
    let count = 1 + rng.below(3);
    let texts_of = |nth: usize| {
        let own = texts.iter().enumerate().filter(|(at, _)| at % count == nth);
        own.map(|(_, &text)| text.to_owned()).collect()
    };
    let input = |(nth, input): (usize, Input)| {
        let when = Some(Selector { source: source.clone(), texts: texts_of(nth) });
        (5 + nth, Input { when, changelog, untimed: nth == 1, ..input })
    };
    (0..count).map(|nth| (nth, any_input(rng))).map(input).collect()
}

#[test]
fn each_record_goes_to_the_input_that_selects_it_whatever_the_batches_and_the_neighbours() {
    let (mut events, mut dead, mut passed) = (0, 0, 0);
    for seed in 0..200 {
        let mut rng = Rng(seed);
        let changelog = rng.once_in(4);
        let inputs = any_inputs(&mut rng, changelog);
        let records = stamped(&any_records(&mut rng), &mut rng);
        let windowed = rng.once_in(2);
        let (want, want_passed) = expected(&inputs, &records, windowed);

        // Other reducers of the topic, which select by other texts, or not at all.
        let mut declared: Vec<Input> = inputs.iter().map(|(_, input)| input.clone()).collect();
        if rng.once_in(2) {
            declared.extend(any_inputs(&mut rng, changelog).into_iter().map(|(_, input)| input));
        }
        declared.extend((0..rng.below(3)).map(|_| Input { changelog, ..any_input(&mut rng) }));
        let mut union = Union::new(&declared.iter().collect::<Vec<_>>(), RECORD_BYTES_MAX);
        let mut view = TopicView::new(&union, &inputs, windowed).unwrap();
        let mut own = TopicDecoder::new(&inputs, &limits(), windowed);
        let (mut got, mut got_passed) = ([BTreeMap::new(), BTreeMap::new()], [0, 0]);
        let range_rows = 1 + rng.below(200);
        for start in (0..records.len()).step_by(range_rows) {
            let rows = start..records.len().min(start + range_rows);
            let decoded = union.decode(&records, rows.clone());
            got_passed[0] += add(view.events(&records, rows.clone(), &decoded), &mut got[0]);
            got_passed[1] += add(own.decode(&records, rows), &mut got[1]);
        }
        for (got, got_passed) in got.iter().zip(got_passed) {
            assert_eq!(got_passed, want_passed, "seed {seed}");
            assert_eq!(got.len() as u64 + got_passed, records.len() as u64);
            for (offset, want) in &want {
                assert_eq!(got.get(offset), Some(want), "seed {seed}, offset {offset}");
            }
        }
        passed += want_passed;
        events += want.values().filter(|verdict| matches!(verdict, Verdict::Event(..))).count();
        dead += want.values().filter(|verdict| matches!(verdict, Verdict::Dead(_))).count();
    }
    assert!(
        events > 5_000 && dead > 5_000 && passed > 20_000,
        "{events} events, {dead} dead, {passed} passed over"
    );
}

#[test]
fn what_selects_is_a_text_and_anything_else_is_passed_over() {
    let like = Input {
        when: Some(Selector {
            source: FieldSource::Value(vec!["meta".into(), "kind".into()]),
            texts: vec!["like".into()],
        }),
        ..input(vec![field("post", ValueType::Text)])
    };
    let verdict = |value: &str| {
        let records = batch([(None, Some(value.as_bytes()))]);
        let mut decoder = TopicDecoder::new(&[(0, like.clone())], &limits(), false);
        let decoded = decoder.decode(&records, 0..1);
        let reason = decoded.dead.first().map(|dead| dead.reason.clone());
        (decoded.events[0].rows(), reason, decoded.passed_over)
    };
    assert_eq!(verdict(r#"{"meta":{"kind":"like"},"post":"p"}"#), (1, None, 0));
    assert_eq!(verdict(r#"{"meta":{"kind":"lik\u0065"},"post":"p"}"#), (1, None, 0));
    for value in [
        r#"{"meta":{"kind":"view"},"post":1}"#,
        r#"{"meta":{"kind":7}}"#,
        r#"{"meta":{"kind":["like"]}}"#,
        r#"{"meta":{"kind":null}}"#,
        r#"{"meta":{}}"#,
        r#"{"meta":"like"}"#,
        r#"{"meta":{"kind":"like"},"meta":{},"post":"p"}"#,
        "{}",
    ] {
        assert_eq!(verdict(value), (0, None, 1), "{value}");
    }
    assert_eq!(verdict(r#"{"meta":{"kind":"like"}}"#), (0, Some("missing field `post`".into()), 0));
    for (value, reason) in [("", "empty value"), ("[]", "expected a JSON object, found array []")] {
        assert_eq!(verdict(value), (0, Some(reason.to_owned()), 0));
    }
}
