//! Declarations of tables: what they mean, and which are refused.

use std::sync::Arc;

use super::*;

#[test]
fn ids_are_keys_as_text() {
    let check = |types: &[ValueType], parts: Vec<Values>, want: &[&str]| {
        let mut table =
            Table::new(&TableSpec { key: KeyType::new(types), ..spec(ValueType::Int, &[]) }).unwrap();
        let parts =
            parts.into_iter().map(|part| Arc::new(Column::from_parts(want.len(), part, None).unwrap()));
        let keys = KeyColumns::new(parts.collect()).unwrap();
        let contributions =
            Contributions { table: 0, source_rows: vec![0; want.len()], keys, values: vec![] };
        add(
            &mut table,
            &contributions,
            &Origin { topic: 0, partition: 0, offsets: &[0], times_ms: &[0], late_offsets: &[] },
        );
        let slots: Vec<u32> = (0..want.len() as u32).collect();
        let ids: Vec<_> = slots.iter().map(|&slot| table.document_id(slot)).collect();
        assert_eq!(ids, want);
        let shown = table.results(0, &slots).keys;
        assert!(shown.iter().eq(contributions.keys.parts().iter().map(|part| &**part)));
        for &slot in &slots {
            let key = contributions.keys.canonical_bytes(slot as usize);
            assert_eq!(table.find(&key), Some(slot));
            let mut restored = Table::new(table.spec()).unwrap();
            let mut row = Vec::new();
            table.encode_row(slot, &mut row);
            restored.restore_row(&key, &row).unwrap();
            assert_eq!(restored.document_id(0), table.document_id(slot));
        }
    };
    let time = ValueType::Time(TimeUnit::Seconds);
    let texts = |values: &[&str]| {
        let mut texts = BytesColumn::default();
        values.iter().for_each(|value| texts.push(value.as_bytes()));
        Values::Texts(texts)
    };
    check(&[ValueType::Int], vec![Values::Ints(vec![-1, i64::MAX])], &["-1", "9223372036854775807"]);
    check(&[time], vec![Values::Times(vec![1_767_225_600_000])], &["1767225600000"]);
    check(&[ValueType::Boolean], vec![Values::Booleans(vec![0b01])], &["true", "false"]);
    check(&[ValueType::Text], vec![texts(&["a/b", "100%"])], &["a/b", "100%"]);
    check(
        &[ValueType::Text, ValueType::Int],
        vec![texts(&["a/b", "a", "a key of more than 15 bytes"]), Values::Ints(vec![1, -2, 3])],
        &["a%2Fb/1", "a/-2", "a key of more than 15 bytes/3"],
    );
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let good = full_spec();
    let check = |change: &dyn Fn(&mut TableSpec), want: &str| {
        let mut spec = good.clone();
        change(&mut spec);
        assert_eq!(Table::new(&spec).unwrap_err(), want);
    };
    check(
        &|spec| spec.window = Window::Sliding { size_ms: 10, slide_ms: 3 },
        "table `t`: a window of 10 ms is no multiple of its slide of 3 ms",
    );
    check(&|spec| spec.window = Window::Session(0), "table `t`: sessions that end after no time at all");
    check(
        &|spec| spec.aggregates[0].kind = AggregateKind::Fold,
        "table `t`: aggregate `count`: fold is not supported yet",
    );
    check(
        &|spec| spec.aggregates[7].kind = AggregateKind::TopK(1_001),
        "table `t`: aggregate `top`: a TopK keeps 1 to 1000 values, not 1001",
    );
    check(
        &|spec| {
            spec.aggregates[8].kind = AggregateKind::Quantiles(QuantileSpec { at: vec![2.0], ..quantiles() })
        },
        "table `t`: aggregate `quantiles`: a Quantiles asks for the quantile 2, which is not within 0 and 1",
    );
    check(
        &|spec| spec.aggregates[6].kind = AggregateKind::Distinct(19),
        "table `t`: aggregate `distinct`: a Distinct has precision 4 to 18, not 19",
    );
    check(
        &|spec| spec.aggregates[1].kind = AggregateKind::Sum(19),
        "table `t`: aggregate `sum`: a Sum has at most 18 places, not 19",
    );
    check(
        &|spec| spec.key = ValueType::Float.into(),
        "table `t`: floats are no keys; take texts, ints, booleans or times",
    );
}
