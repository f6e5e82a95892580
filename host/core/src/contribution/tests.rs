use super::*;
use crate::column::{TimeUnit, ValueRef, ValueType};
use crate::description::{AggregateKind, AggregateSpec, QuantileSpec};

fn table(kinds: &[AggregateKind]) -> TableSpec {
    let names = ["a", "b", "c"];
    let aggregates = kinds.iter().zip(names).map(|(kind, name)| AggregateSpec::new(name, kind.clone()));
    TableSpec::new("t", ValueType::Text, aggregates.collect())
}

fn column(ty: ValueType, values: &[Option<ValueRef<'_>>]) -> Column {
    let mut column = Column::empty(ty);
    values.iter().for_each(|value| column.push(*value));
    column
}

fn texts(values: &[&str]) -> Column {
    column(ValueType::Text, &values.iter().map(|text| Some(ValueRef::Text(text))).collect::<Vec<_>>())
}

fn ints(values: &[i64]) -> Column {
    column(ValueType::Int, &values.iter().map(|&value| Some(ValueRef::Int(value))).collect::<Vec<_>>())
}

fn contributions(source_rows: &[u32], keys: Column, values: Vec<Column>) -> Contributions {
    Contributions::new(0, source_rows.to_vec(), keys, values)
}

#[test]
fn a_wrong_shape_is_the_modules_fault_and_names_the_place() {
    let count = table(&[AggregateKind::Count]);
    let good = || (texts(&["k", "k"]), vec![ints(&[1, 1])]);
    #[track_caller]
    fn check(spec: &TableSpec, source_rows: &[u32], (keys, values): (Column, Vec<Column>), want: &str) {
        assert_eq!(contributions(source_rows, keys, values).check(spec, 2).unwrap_err(), want);
    }
    check(&count, &[1, 0], good(), "source rows of table `t` fall from 1 to 0");
    check(&count, &[0, 2], good(), "table `t` has a contribution of row 2 in a batch of 2 rows");
    check(&count, &[0], good(), "table `t` has 2 keys for 1 contributions");
    check(&count, &[0, 1], (ints(&[1, 2]), good().1), "keys of table `t` are ints where texts are expected");
    check(&count, &[0, 1], (good().0, vec![]), "table `t` has 0 columns of values for 1 aggregates");
    check(
        &count,
        &[0, 1],
        (good().0, vec![ints(&[1])]),
        "aggregate `a` of table `t` has 1 values for 2 contributions",
    );
    check(
        &count,
        &[0, 1],
        (good().0, vec![texts(&["1", "1"])]),
        "aggregate `a` of table `t` has texts where ints are expected",
    );
    let last = table(&[AggregateKind::Last(ValueType::Time(TimeUnit::Seconds))]);
    check(&last, &[0, 1], good(), "aggregate `a` of table `t` has ints where times are expected");
    let fold = table(&[AggregateKind::Fold]);
    check(&fold, &[0, 1], good(), "aggregate `a` of table `t` is a fold, which is not supported yet");
    let top = table(&[AggregateKind::Count, AggregateKind::TopK(3)]);
    let three = |a, b, c| (texts(&["k", "k"]), vec![a, b, c]);
    let (ids, numbers) = (|| texts(&["a", "b"]), || ints(&[1, 1]));
    check(&top, &[0, 1], good(), "table `t` has 1 columns of values for 2 aggregates, which have 3");
    check(
        &top,
        &[0, 1],
        three(numbers(), numbers(), ids()),
        "aggregate `b` of table `t` has ints where texts (ids) are expected",
    );
    check(
        &top,
        &[0, 1],
        three(numbers(), ids(), ids()),
        "aggregate `b` of table `t` has texts where ints (behind the ids) are expected",
    );
    check(
        &top,
        &[0, 1],
        three(numbers(), ids(), ints(&[1])),
        "aggregate `b` of table `t` has 1 values for 2 contributions",
    );
    let spec = QuantileSpec { relative_error_millionths: 10_000, at: vec![0.5] };
    let quantiles = table(&[AggregateKind::Quantiles(spec)]);
    check(
        &quantiles,
        &[0, 1],
        (good().0, vec![ids()]),
        "aggregate `a` of table `t` has texts where ints or floats are expected",
    );
}

#[test]
fn a_wrong_value_rejects_its_record_with_the_first_reason() {
    let spec = table(&[AggregateKind::Count, AggregateKind::Sum(2)]);
    let long = "x".repeat(513);
    let keys = column(
        ValueType::Text,
        &[
            Some(ValueRef::Text("ok")),
            None,
            Some(ValueRef::Text("")),
            Some(ValueRef::Text(&long)),
            Some(ValueRef::Text(&long[..512])),
            Some(ValueRef::Text("k")),
            Some(ValueRef::Text("k")),
        ],
    );
    let values = vec![ints(&[1, 1, 1, 1, -1, 1, -2]), texts(&["1.5", "1", "1", "1", "x", "1.234", "1"])];
    let rejected = contributions(&[0, 1, 2, 3, 4, 5, 5], keys, values).check(&spec, 6).unwrap();
    let reasons: Vec<(u32, &str)> = rejected.iter().map(|one| (one.row, one.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (1, "the key of table `t` is null"),
            (2, "the key of table `t` is empty"),
            (3, "the key of table `t` has 513 bytes where 512 are allowed"),
            (4, "aggregate `a` of table `t`: -1 is negative, a Count only grows"),
            (5, "aggregate `a` of table `t`: -2 is negative, a Count only grows"),
        ]
    );
}

#[test]
fn nulls_and_ints_and_nan_are_no_reason_to_reject() {
    let spec =
        table(&[AggregateKind::Sum(2), AggregateKind::Max(ValueType::Float), AggregateKind::Distinct(14)]);
    let values = vec![
        column(ValueType::Int, &[Some(ValueRef::Int(-5)), None]),
        column(ValueType::Float, &[Some(ValueRef::Float(f64::NAN)), None]),
        column(ValueType::Blob, &[Some(ValueRef::Blob(b"")), None]),
    ];
    assert_eq!(contributions(&[0, 0], texts(&["k", "l"]), values).check(&spec, 1), Ok(vec![]));
}

#[test]
fn nothing_of_a_rejected_record_is_left() {
    let all =
        contributions(&[0, 0, 1, 2, 2], texts(&["a", "b", "c", "d", "e"]), vec![ints(&[1, 2, 3, 4, 5])]);
    let left = all.clone().without_rows(&[2, 0, 7]);
    assert_eq!(left, contributions(&[1], texts(&["c"]), vec![ints(&[3])]));
    assert_eq!(all.clone().without_rows(&[]), all);
    assert_eq!(all.clone().without_rows(&[9]), all);
}

#[test]
fn a_slice_of_a_batch_has_the_same_records() {
    let column = column(ValueType::Text, &[Some(ValueRef::Text("x")), None, Some(ValueRef::Text("z"))]);
    let batch = EventBatch {
        input: 1,
        partition: 2,
        offsets: vec![5, 7, 8],
        times_ms: vec![50, 70, 80],
        columns: vec![Arc::new(column)],
    };
    let slice = batch.slice(1..3);
    assert_eq!((slice.input, slice.partition, slice.rows()), (1, 2, 2));
    assert_eq!((slice.offsets, slice.times_ms), (vec![7, 8], vec![70, 80]));
    assert_eq!((slice.columns[0].get(0), slice.columns[0].get(1)), (None, Some(ValueRef::Text("z"))));
    assert_eq!(batch.slice(0..3), batch);
}

#[test]
fn an_id_that_is_too_short_or_long_rejects_its_record_where_it_counts() {
    let spec = table(&[AggregateKind::TopK(3)]);
    let (longest, long) = ("x".repeat(512), "x".repeat(513));
    let ids = ["a", "", &longest, &long, "", ""].map(|id| Some(ValueRef::Text(id)));
    let ids = column(ValueType::Text, &[&ids[..5], &[None]].concat());
    let values = [1, 1, 1, 1, 1, 1].map(|value| Some(ValueRef::Int(value)));
    let values = column(ValueType::Int, &[&values[..4], &[None], &values[5..]].concat());
    let rejected = contributions(&[0, 1, 2, 3, 4, 5], texts(&["k"; 6]), vec![ids, values]).check(&spec, 6);
    let reason = |row, what: &str| Rejected { row, reason: format!("aggregate `a` of table `t`: {what}") };
    assert_eq!(
        rejected.unwrap(),
        [reason(1, "an id is empty"), reason(3, "an id has 513 bytes where 512 are allowed")]
    );
}

#[test]
fn a_number_that_is_not_finite_rejects_its_record() {
    let spec = QuantileSpec { relative_error_millionths: 10_000, at: vec![0.5] };
    let spec = table(&[AggregateKind::Quantiles(spec)]);
    let floats = [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX];
    let floats = column(ValueType::Float, &floats.map(|value| Some(ValueRef::Float(value))));
    let rejected = contributions(&[0, 1, 2, 3, 4], texts(&["k"; 5]), vec![floats]).check(&spec, 5).unwrap();
    let reasons: Vec<_> = rejected.iter().map(|rejected| (rejected.row, &*rejected.reason)).collect();
    assert_eq!(
        reasons,
        [
            (1, "aggregate `a` of table `t`: NaN is no finite number"),
            (2, "aggregate `a` of table `t`: inf is no finite number"),
            (3, "aggregate `a` of table `t`: -inf is no finite number"),
        ]
    );
    assert_eq!(contributions(&[0], texts(&["k"]), vec![ints(&[1])]).check(&spec, 1), Ok(vec![]));
}
