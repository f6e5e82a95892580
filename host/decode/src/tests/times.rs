//! Which event times are valid: case by case, and with the same verdict however records are batched and shared.

use std::collections::BTreeMap;

use super::records::{OwnedRecord, Rng, any_input, any_records};
use super::*;
use crate::DecodeLimits;
use foldline_config::{Config, TopicConfig};
use foldline_log::Stamp;

/// 2026-01-01T00:00:00Z.
const NOW_MS: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;

fn timed(ty: ValueType) -> Input {
    Input { event_time: Some(0), ..input(vec![optional("at", ty)]) }
}

/// One record with its own time, appended at the time that `stamp` gives.
fn record(own_ms: impl Into<Option<i64>>, stamp: Stamp, value: &str) -> RecordBatch {
    let mut records = RecordBatch::with_capacity("likes".into(), 3, 0, 1, 0);
    records.stamp(stamp);
    records.push(RecordRef { offset: 5, time_ms: own_ms.into(), key: None, value: Some(value.as_bytes()) });
    records
}

/// Decodes one record and compares its event time, or its reason.
#[track_caller]
fn check(input: &Input, records: &RecordBatch, want: Result<i64, &str>) {
    let decoded = decode(input, records);
    let reasons: Vec<_> = decoded.dead.iter().map(|dead| dead.reason.as_str()).collect();
    match want {
        Ok(time_ms) => assert_eq!((decoded.events.times_ms.as_slice(), reasons), (&[time_ms][..], vec![])),
        Err(reason) => assert_eq!((decoded.events.rows(), reasons), (0, vec![reason])),
    }
}

#[track_caller]
fn check_at(unit: TimeUnit, at: &str, want: Result<i64, &str>) {
    let value = format!(r#"{{"at":{at}}}"#);
    check(&timed(ValueType::Time(unit)), &record(0, Stamp::At(NOW_MS), &value), want);
}

#[test]
fn a_time_may_be_old_and_a_little_ahead() {
    for (at, ms) in [("0", 0), ("1767225600000", NOW_MS), ("1767229200000", NOW_MS + HOUR_MS)] {
        check_at(TimeUnit::Milliseconds, at, Ok(ms));
    }
    check_at(TimeUnit::Milliseconds, "1767225600", Ok(1_767_225_600));
    check_at(TimeUnit::Rfc3339, r#""2026-01-01T01:00:00.0009Z""#, Ok(NOW_MS + HOUR_MS));
}

#[test]
fn a_time_too_far_ahead_is_refused_with_field_value_append_and_limit() {
    check_at(
        TimeUnit::Milliseconds,
        "1767229200001",
        Err("field `at`: the event time 2026-01-01T01:00:00.001Z (1767229200001 ms) is more than \
             topics.likes.max_ahead (1h) beyond the record's append, 2026-01-01T00:00:00Z (1767225600000 ms)"),
    );
    check_at(
        TimeUnit::Rfc3339,
        r#""2099-01-01T00:00:00Z""#,
        Err("field `at`: the event time 2099-01-01T00:00:00Z (4070908800000 ms) is more than \
             topics.likes.max_ahead (1h) beyond the record's append, 2026-01-01T00:00:00Z (1767225600000 ms)"),
    );
    let far = "4070908800000";
    for unit in [TimeUnit::Milliseconds, TimeUnit::Microseconds] {
        let at = if unit == TimeUnit::Milliseconds { far.to_owned() } else { format!("{far}000") };
        let decoded = decode(
            &timed(ValueType::Time(unit)),
            &record(0, Stamp::At(NOW_MS), &format!(r#"{{"at":{at}}}"#)),
        );
        assert!(
            !decoded.dead[0].reason.contains("looks like"),
            "{:?}: 2099 is no mistaken unit",
            decoded.dead
        );
    }
}

#[test]
fn a_time_in_a_finer_unit_than_declared_is_refused_with_the_unit_it_looks_like() {
    use TimeUnit::{Microseconds, Milliseconds, Seconds};
    for (declared, at, shown, unit) in [
        (Seconds, "1767225600000", "1767225600000000", r#"milliseconds: declare unit = "ms""#),
        (Seconds, "1767225600000000", "1767225600000000000", r#"microseconds: declare unit = "us""#),
        (Milliseconds, "1767225600000000", "1767225600000000", r#"microseconds: declare unit = "us""#),
        (Milliseconds, "1767225600000000000", "1767225600000000000", r#"nanoseconds: declare unit = "ns""#),
        (Microseconds, "1767225600000000000", "1767225600000000", r#"nanoseconds: declare unit = "ns""#),
    ] {
        let reason = format!(
            "field `at`: the event time {shown} ms is more than topics.likes.max_ahead (1h) beyond the record's append, \
             2026-01-01T00:00:00Z (1767225600000 ms); the value looks like {unit}"
        );
        check_at(declared, at, Err(&reason));
    }
    let int = timed(ValueType::Int);
    let decoded = decode(&int, &record(0, Stamp::At(NOW_MS), r#"{"at":1767225600000000}"#));
    assert!(decoded.dead[0].reason.ends_with(r#"microseconds: declare unit = "us""#), "{:?}", decoded.dead);
}

#[test]
fn an_append_at_zero_tells_no_unit() {
    // The producer stamps records with 0: the limit still applies, but no unit is suggested.
    let reason = "field `at`: the event time 2026-01-01T00:00:00Z (1767225600000 ms) is more than \
                  topics.likes.max_ahead (1h) beyond the record's append, 1970-01-01T00:00:00Z (0 ms)";
    let input = timed(ValueType::Time(TimeUnit::Milliseconds));
    check(&input, &record(0, Stamp::OwnByProducer, r#"{"at":1767225600000}"#), Err(reason));
}

#[test]
fn a_time_before_1970_is_refused_whatever_the_log_knows() {
    let input = timed(ValueType::Time(TimeUnit::Milliseconds));
    let reason = "field `at`: the event time 1969-12-31T23:59:59.999Z (-1 ms) is before 1970";
    for stamp in [Stamp::Unknown, Stamp::At(NOW_MS), Stamp::OwnByLog, Stamp::At(-HOUR_MS)] {
        check(&input, &record(0, stamp, r#"{"at":-1}"#), Err(reason));
    }
    let lowest = "the record's own time -9223372036854775808 ms is before 1970";
    check(&input, &record(i64::MIN, Stamp::At(NOW_MS), r#"{"at":null}"#), Err(lowest));
}

#[test]
fn where_no_field_gives_a_time_the_records_own_is_judged() {
    let ahead = NOW_MS + HOUR_MS + 1;
    let reason = "the record's own time 2026-01-01T01:00:00.001Z (1767229200001 ms) is more than topics.likes.max_ahead \
                  (1h) beyond the record's append, 2026-01-01T00:00:00Z (1767225600000 ms)";
    for input in [input(vec![]), timed(ValueType::Int)] {
        check(&input, &record(ahead, Stamp::At(NOW_MS), "{}"), Err(reason));
        check(&input, &record(ahead - 1, Stamp::At(NOW_MS), "{}"), Ok(ahead - 1));
        // On Kafka, the record's own time counts as its append time.
        check(&input, &record(i64::MAX, Stamp::OwnByLog, "{}"), Ok(i64::MAX));
        check(&input, &record(i64::MAX, Stamp::OwnByProducer, "{}"), Ok(i64::MAX));
    }
    // A reducer with a declared field ignores the record's own time.
    let at = timed(ValueType::Int);
    check(&at, &record(i64::MAX, Stamp::At(NOW_MS), r#"{"at":5}"#), Ok(5));
}

#[test]
fn a_log_that_does_not_know_appends_bounds_nothing() {
    let input = timed(ValueType::Int);
    check(&input, &record(0, Stamp::Unknown, r#"{"at":9223372036854775807}"#), Ok(i64::MAX));
}

#[test]
fn kafkas_time_of_a_record_bounds_its_event() {
    let input = timed(ValueType::Int);
    for stamp in [Stamp::OwnByLog, Stamp::OwnByProducer] {
        check(&input, &record(NOW_MS, stamp, r#"{"at":1767229200000}"#), Ok(NOW_MS + HOUR_MS));
        let decoded = decode(&input, &record(NOW_MS, stamp, r#"{"at":1767229200001}"#));
        assert_eq!(decoded.dead.len(), 1);
    }
}

#[test]
fn a_record_without_a_time_is_an_event_wherever_a_field_gives_one() {
    let far = r#"{"at":4070908800000}"#;
    let dead = "no event time: no field gives one, and the record has none of its own";
    for stamp in [Stamp::OwnByProducer, Stamp::OwnByLog, Stamp::Unknown] {
        let at = timed(ValueType::Time(TimeUnit::Milliseconds));
        // There is no append time to compare with.
        check(&at, &record(None, stamp, far), Ok(4_070_908_800_000));
        for input in [input(vec![]), at.clone()] {
            check(&input, &record(None, stamp, "{}"), Ok(0));
            let mut decoder = Decoder::new(7, &input, RECORD_BYTES_MAX).for_windows();
            let decoded = decoder.decode(&record(None, stamp, "{}"), 0..1);
            assert_eq!((decoded.events.rows(), decoded.dead[0].reason.as_str()), (0, dead));
            assert_eq!(decoder.decode(&record(0, stamp, "{}"), 0..1).dead, [], "0 is a time");
        }
        let decoded =
            Decoder::new(7, &at, RECORD_BYTES_MAX).for_windows().decode(&record(None, stamp, far), 0..1);
        assert_eq!((decoded.events.times_ms, decoded.dead), (vec![4_070_908_800_000], vec![]));
        check(
            &at,
            &record(None, stamp, r#"{"at":-1}"#),
            Err("field `at`: the event time 1969-12-31T23:59:59.999Z (-1 ms) is before 1970"),
        );
    }
}

#[test]
fn a_wrong_field_is_told_before_a_wrong_time() {
    let fields = vec![optional("at", ValueType::Int), field("user", ValueType::Text)];
    let input = Input { event_time: Some(0), ..input(fields) };
    check(&input, &record(0, Stamp::At(NOW_MS), r#"{"at":-1}"#), Err("missing field `user`"));
}

#[test]
fn the_limit_is_the_topics_own() {
    let mut config = Config::default();
    let likes = TopicConfig { max_ahead: std::time::Duration::from_secs(1), ..TopicConfig::default() };
    config.topics.insert("likes".to_owned(), likes);
    let input = timed(ValueType::Int);
    let records = record(0, Stamp::At(NOW_MS), r#"{"at":1767225601001}"#);
    let decoded = Decoder::new(7, &input, DecodeLimits::of(&config)).decode(&records, 0..1);
    assert!(decoded.dead[0].reason.contains("topics.likes.max_ahead (1s)"), "{:?}", decoded.dead);
    assert_eq!(decode(&input, &records).dead, []);
}

/// Gives records their own times and stamps, both around the times in their values.
pub(super) fn stamped(records: &[OwnedRecord], rng: &mut Rng) -> RecordBatch {
    let mut batch = RecordBatch::with_capacity("likes".into(), 3, 10, 0, 0);
    let run = 1 + rng.below(40);
    for (i, (key, value)) in records.iter().enumerate() {
        let some_hours = |rng: &mut Rng| NOW_MS + (rng.below(7) as i64 - 3) * HOUR_MS;
        if rng.once_in(run) {
            batch.stamp(match rng.below(5) {
                0 => Stamp::Unknown,
                1 => Stamp::OwnByLog,
                2 => Stamp::OwnByProducer,
                _ => Stamp::At(some_hours(rng)),
            });
        }
        let time_ms = match rng.below(50) {
            0 => Some(-1),
            1 | 2 => None,
            _ => Some(some_hours(rng)),
        };
        let (key, value) = (key.as_deref(), value.as_deref());
        batch.push(RecordRef { offset: 10 + 2 * i as u64, time_ms, key, value });
    }
    batch
}

/// By offset, the event time or the reason.
fn verdicts(decoded: &[Decoded]) -> BTreeMap<u64, Result<i64, String>> {
    let mut verdicts = BTreeMap::new();
    for Decoded { events, dead } in decoded {
        assert!(dead.is_sorted_by_key(|dead| dead.offset) && events.offsets.is_sorted());
        let times =
            events.offsets.iter().zip(&events.times_ms).map(|(&offset, &time_ms)| (offset, Ok(time_ms)));
        let reasons = dead.iter().map(|dead| (dead.offset, Err(dead.reason.clone())));
        for (offset, verdict) in times.chain(reasons) {
            assert_eq!(verdicts.insert(offset, verdict), None, "{offset} came twice");
        }
    }
    verdicts
}

#[test]
fn a_verdict_on_a_time_is_the_same_in_every_batch() {
    let (mut refused, mut accepted) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng(seed);
        let input = any_input(&mut rng);
        let records = stamped(&any_records(&mut rng), &mut rng);
        let windowed = rng.once_in(2);
        let mut decoder = Decoder::new(7, &input, RECORD_BYTES_MAX);
        if windowed {
            decoder = decoder.for_windows();
        }
        let whole = verdicts(&[decoder.decode(&records, 0..records.len())]);
        let rows = 1 + rng.below(50);
        let parts = (0..records.len()).step_by(rows).map(|start| start..records.len().min(start + rows));
        let parts: Vec<_> = parts.map(|part| decoder.decode(&records, part)).collect();
        assert_eq!(verdicts(&parts), whole, "seed {seed}");
        let alone = (0..records.len()).map(|row| {
            let mut one = RecordBatch::with_capacity("likes".into(), 3, 0, 1, 0);
            one.stamp(records.append_time(row).map_or(Stamp::Unknown, |append| Stamp::At(append.ms())));
            one.push(records.get(row));
            decoder.decode(&one, 0..1)
        });
        assert_eq!(verdicts(&alone.collect::<Vec<_>>()), whole, "seed {seed}");

        // The rule itself, applied to the field's own column.
        let mut lenient = Decoder::new(7, &Input { event_time: None, ..input.clone() }, RECORD_BYTES_MAX);
        for row in 0..records.len() {
            let mut one = RecordBatch::with_capacity("likes".into(), 3, 0, 1, 0);
            one.push(RecordRef { time_ms: Some(0), ..records.get(row) });
            let decoded = lenient.decode(&one, 0..1);
            let offset = records.get(row).offset;
            let verdict = &whole[&offset];
            if let [dead] = &decoded.dead[..] {
                assert_eq!(verdict.as_ref().unwrap_err(), &dead.reason);
                continue;
            }
            let declared = input.event_time.and_then(|field| decoded.events.columns[field].get(0));
            let time_ms = match declared {
                Some(ValueRef::Int(ms) | ValueRef::Time(ms)) => Some(ms),
                _ => records.get(row).time_ms,
            };
            if windowed && time_ms.is_none() {
                assert!(verdict.as_ref().is_err_and(|reason| reason.starts_with("no event time")));
                continue;
            }
            let time_ms = time_ms.unwrap_or(0);
            let append = records.append_time(row).map(|append| append.ms());
            let may = time_ms >= 0 && append.is_none_or(|append| time_ms - append <= HOUR_MS);
            assert_eq!(verdict.as_ref().ok(), may.then_some(&time_ms), "seed {seed}, row {row}");
            if may { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(refused > 3_000 && accepted > 10_000, "{refused} refused, {accepted} accepted");
}
