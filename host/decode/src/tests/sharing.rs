//! Checks that each reducer gets from a shared decode what its own decoder would give it.

use std::sync::Arc;

use foldline_core::contribution::EventBatch;

use super::records::{Rng, any_input, any_records};
use super::times::stamped;
use super::*;

/// An event's time and values; floats as their bits, so that NaN and -0 are compared too.
type Event = (i64, Vec<String>);

fn events_in_order(batch: &EventBatch) -> Vec<(u64, Event)> {
    assert_eq!((batch.input, batch.partition), (7, 3));
    let value = |value| match value {
        Some(ValueRef::Float(value)) => format!("{:x}", value.to_bits()),
        other => format!("{other:?}"),
    };
    let values = |row| batch.columns.iter().map(|column| value(column.get(row))).collect();
    (0..batch.rows()).map(|row| (batch.offsets[row], (batch.times_ms[row], values(row)))).collect()
}

/// Compares every reducer's view with its own decoder, over ranges of `range_rows` rows. Returns how many dead letters there
/// were, and how many rescued events: those that are no events for the union.
fn check(inputs: &[Input], records: &RecordBatch, range_rows: usize) -> (usize, usize) {
    let mut union = Union::new(&inputs.iter().collect::<Vec<_>>(), RECORD_BYTES_MAX);
    let mut reducers: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(at, input)| {
            let (view, own) = (union.view(7, input).unwrap(), Decoder::new(7, input, RECORD_BYTES_MAX));
            if at % 2 == 1 { (view.for_windows(), own.for_windows()) } else { (view, own) }
        })
        .collect();
    let (mut dead, mut rescued) = (0, 0);
    for start in (0..records.len()).step_by(range_rows) {
        let rows = start..records.len().min(start + range_rows);
        let decoded = union.decode(records, rows.clone());
        for (view, own) in &mut reducers {
            let got = view.events(records, rows.clone(), &decoded);
            let want = own.decode(records, rows.clone());
            assert!(got.events.is_in_order(), "{:?}", got.events.offsets);
            assert_eq!(events_in_order(&got.events), events_in_order(&want.events));
            assert_eq!(got.dead, want.dead);
            dead += got.dead.len();
            let is_dead =
                |offset: &&u64| decoded.dead.binary_search_by_key(*offset, |dead| dead.offset).is_ok();
            rescued += got.events.offsets.iter().filter(is_dead).count();
        }
    }
    (dead, rescued)
}

#[test]
fn a_view_is_what_the_reducers_own_decoder_gives() {
    let (mut dead, mut rescued) = (0, 0);
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let mut inputs: Vec<_> = (0..1 + rng.below(4)).map(|_| any_input(&mut rng)).collect();
        let changelog = inputs[0].changelog;
        inputs.iter_mut().for_each(|input| input.changelog = changelog);
        let records = stamped(&any_records(&mut rng), &mut rng);
        let tally = check(&inputs, &records, 1 + rng.below(200));
        dead += tally.0;
        rescued += tally.1;
    }
    assert!(dead > 10_000 && rescued > 10_000, "{dead} dead letters, {rescued} rescued events");
}

#[test]
fn reducers_share_columns_and_keep_their_own_event_times() {
    let mut a = input(vec![field("user_id", ValueType::Text), optional("time", ValueType::Int)]);
    let b = input(vec![optional("time", ValueType::Int), field("user_id", ValueType::Text)]);
    a.event_time = Some(1);
    let records = batch(
        [r#"{"user_id":"u1","time":5}"#, r#"{"user_id":"u2","time":null}"#]
            .map(|value| (None, Some(value.as_bytes()))),
    );
    let mut union = Union::new(&[&a, &b], RECORD_BYTES_MAX);
    let decoded = union.decode(&records, 0..2);
    let of_a = union.view(0, &a).unwrap().events(&records, 0..2, &decoded).events;
    let of_b = union.view(2, &b).unwrap().events(&records, 0..2, &decoded).events;
    assert_eq!((of_a.input, of_a.times_ms.as_slice()), (0, &[5, 1_001][..]));
    assert_eq!((of_b.input, of_b.times_ms.as_slice()), (2, &[1_000, 1_001][..]));
    assert!(Arc::ptr_eq(&of_a.columns[0], &of_b.columns[1]));
    assert!(Arc::ptr_eq(&of_a.columns[1], &of_b.columns[0]));
}

#[test]
fn a_record_that_only_some_can_use_is_an_event_for_them() {
    let post = input(vec![field("post", ValueType::Text)]);
    let user = input(vec![field("user", ValueType::Text), optional("n", ValueType::Int)]);
    let records =
        [r#"{"post":"p"}"#, r#"{"user":"u"}"#, r#"{"user":"u","post":"p"}"#, r#"{"post":"p","n":""}"#, "{"];
    let records = batch(records.map(|value| (None, Some(value.as_bytes()))));
    assert_eq!(check(&[post, user], &records, 5), (2 + 3, 1));
}

#[test]
fn an_event_that_is_none_for_a_neighbour_stays_at_its_offset() {
    let like = Input {
        event_time: Some(1),
        ..input(vec![field("post", ValueType::Text), field("at", ValueType::Time(TimeUnit::Milliseconds))])
    };
    let weighed = input(vec![field("post", ValueType::Text), optional("weight", ValueType::Int)]);
    let records: Vec<String> = (0..50)
        .map(|n| {
            let weight = if n % 5 == 2 { r#""heavy""# } else { "1" };
            // Some are no events for any reducer, because their time is invalid.
            let at = if n % 10 == 7 { -1 } else { n };
            format!(r#"{{"post":"p{n}","at":{at},"weight":{weight}}}"#)
        })
        .collect();
    let records = batch(records.iter().map(|value| (None, Some(value.as_bytes()))));
    let mut union = Union::new(&[&like, &weighed], RECORD_BYTES_MAX);
    for rows in [0..50, 1..50, 2..3, 10..20] {
        let decoded = union.decode(&records, rows.clone());
        let Decoded { events, dead } = union.view(7, &like).unwrap().events(&records, rows.clone(), &decoded);
        let (of_events, of_dead): (Vec<usize>, Vec<usize>) = rows.clone().partition(|n| n % 10 != 7);
        let offsets = |rows: Vec<usize>| rows.into_iter().map(|row| 10 + 2 * row as u64).collect::<Vec<_>>();
        assert_eq!(events.times_ms, of_events.iter().map(|&n| n as i64).collect::<Vec<_>>());
        let posts: Vec<_> = of_events.iter().map(|n| format!("p{n}")).collect();
        let post = |row| events.columns[0].get(row);
        let expected = posts.iter().map(|post| Some(ValueRef::Text(post)));
        assert_eq!((0..events.rows()).map(post).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_eq!(events.offsets, offsets(of_events));
        assert_eq!(dead.iter().map(|dead| dead.offset).collect::<Vec<_>>(), offsets(of_dead));
    }
}

#[test]
fn a_deletion_is_an_event_for_all_whatever_they_require() {
    let changelog = |fields| Input { changelog: true, ..input(fields) };
    let keyed = changelog(vec![key("k", ValueType::Text), field("post", ValueType::Text)]);
    let other = changelog(vec![field("user", ValueType::Text)]);
    let records = batch([(Some(&b"k"[..]), None), (None, None), (Some(&b"k"[..]), Some(&b"{}"[..]))]);
    assert_eq!(check(&[keyed, other], &records, 3).0, 2 + 1);
}

#[test]
fn a_view_needs_all_its_fields_in_the_union() {
    let a = input(vec![field("a", ValueType::Text)]);
    let union = Union::new(&[&a], RECORD_BYTES_MAX);
    assert!(union.view(0, &input(vec![optional("a", ValueType::Text)])).is_some());
    for other in
        [field("b", ValueType::Text), field("a", ValueType::Int), aliased("a", &["b"], ValueType::Text)]
    {
        assert!(union.view(0, &input(vec![other])).is_none());
    }
    assert!(union.view(0, &Input { changelog: true, ..a.clone() }).is_none());
}

#[test]
fn decoders_unions_and_views_go_to_the_threads_of_a_pool() {
    fn check<T: Send + Clone + 'static>() {}
    check::<Decoder>();
    check::<Union>();
    check::<crate::View>();
}
