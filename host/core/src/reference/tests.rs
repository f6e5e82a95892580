use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::column::{BytesColumn, Column, ValueRef, ValueType};
use crate::contribution::Contributions;
use crate::description::{AggregateKind, AggregateSpec, Keep, KeyType, Projection, Reference, Window};
use crate::results::{Referred, ResultRows};
use crate::table::{Mark, NoColdRows, Origin, Selected, Table, hash_keys};
use crate::trials;

fn last(name: &str) -> AggregateSpec {
    AggregateSpec::new(name, AggregateKind::Last(ValueType::Text))
}

/// Posts with an author and a tribe, users with a name and a tribe of their own, tribes with a name.
fn tables() -> Vec<TableSpec> {
    let posts = vec![last("author"), last("tribe"), AggregateSpec::new("views", AggregateKind::Count)];
    vec![
        TableSpec::new("posts", ValueType::Text, posts),
        TableSpec::new("users", ValueType::Text, vec![last("name"), last("home")]),
        TableSpec::new("tribes", ValueType::Text, vec![last("name")]),
    ]
}

fn reference(holder: Option<usize>, via: KeyPart, table: usize) -> Reference {
    Reference { holder, via: vec![via], table, columns: vec![0] }
}

/// A post shows its author, its tribe, and the tribe of its author.
fn feed() -> Vec<Reference> {
    vec![
        reference(None, KeyPart::Aggregate(0), 1),
        reference(None, KeyPart::Aggregate(1), 2),
        reference(Some(0), KeyPart::Aggregate(1), 2),
    ]
}

fn projection(references: Vec<Reference>) -> Projection {
    Projection { name: "posts".into(), table: 0, references, document: Vec::new() }
}

fn references(declared: Vec<Reference>) -> References {
    let description = Description {
        name: "feed".into(),
        version: "0.1.0".into(),
        sdk: String::new(),
        inputs: Vec::new(),
        tables: tables(),
        projections: vec![projection(declared)],
        relay_topics: Vec::new(),
    };
    References::of(&description, HashSeed::default())
}

#[track_caller]
fn refused(references: Vec<Reference>, tables: &[TableSpec], reason: &str) {
    let what = check(&projection(references), tables).expect_err("it was accepted");
    assert!(what.contains(reason), "`{what}` does not say `{reason}`");
}

#[test]
fn sound_references_are_accepted() {
    assert_eq!(check(&projection(feed()), &tables()), Ok(()));
    // A table may refer to itself.
    assert_eq!(check(&projection(vec![reference(None, KeyPart::Aggregate(0), 0)]), &tables()), Ok(()));
}

#[test]
fn a_table_or_column_that_is_not_there_is_refused() {
    refused(vec![reference(None, KeyPart::Aggregate(0), 7)], &tables(), "to table 7 of 3");
    let columns = Reference { columns: vec![5], ..reference(None, KeyPart::Aggregate(0), 1) };
    refused(vec![columns], &tables(), "refers to table `users` (reference 0): it shows aggregate 5 of 2");
    let twice = Reference { columns: vec![0, 1, 0], ..reference(None, KeyPart::Aggregate(0), 1) };
    refused(vec![twice], &tables(), "shows aggregate `name` twice");
    refused(
        vec![reference(None, KeyPart::Aggregate(9), 1)],
        &tables(),
        "leads by aggregate 9 of table `posts`",
    );
    refused(vec![reference(None, KeyPart::Key(1), 1)], &tables(), "leads by part 1 of the key");
}

#[test]
fn cycles_and_long_chains_are_refused() {
    refused(vec![reference(Some(0), KeyPart::Aggregate(0), 1)], &tables(), "references form no cycle");
    let to_parent = |holder| reference(holder, KeyPart::Aggregate(0), 0);
    let chain: Vec<_> = (0..4).map(|at: usize| to_parent(at.checked_sub(1))).collect();
    assert_eq!(check(&projection(chain[..3].to_vec()), &tables()), Ok(()));
    refused(chain, &tables(), "it is the 4th of a chain, and 3 may follow one another");
    refused(vec![to_parent(None); 17], &tables(), "17 references, more than the limit of 16");
}

#[test]
fn only_keys_and_firsts_and_lasts_of_the_right_type_lead_to_a_row() {
    refused(
        vec![reference(None, KeyPart::Aggregate(2), 1)],
        &tables(),
        "`views` of table `posts`, which is a `Count`",
    );
    let mut ints = tables();
    ints[1].key = ValueType::Int.into();
    refused(
        vec![reference(None, KeyPart::Aggregate(0), 1)],
        &ints,
        "part 0 of its key is Int, and `author` of table `posts` is Text",
    );
    ints[1].key = KeyType::new([ValueType::Text, ValueType::Text]);
    refused(
        vec![reference(None, KeyPart::Aggregate(0), 1)],
        &ints,
        "`via` has 1 parts, and the table's key has 2",
    );
}

#[test]
fn windows_are_led_by_their_keys_and_shown_by_equal_keys() {
    let mut windowed = tables();
    windowed[0].window = Window::Tumbling(1_000);
    refused(
        vec![reference(None, KeyPart::Aggregate(0), 1)],
        &windowed,
        "only parts of its key lead to a row",
    );
    assert_eq!(check(&projection(vec![reference(None, KeyPart::Key(0), 1)]), &windowed), Ok(()));
    windowed[0].keep = Keep::Every(1_000);
    refused(vec![reference(None, KeyPart::Key(0), 1)], &windowed, "keeps every window");
    let mut windowed = tables();
    windowed[1].window = Window::Tumbling(1_000);
    refused(
        vec![reference(None, KeyPart::Aggregate(0), 1)],
        &windowed,
        "only the projected row refers to it",
    );
    assert_eq!(check(&projection(vec![reference(None, KeyPart::Key(0), 1)]), &windowed), Ok(()));
    windowed[1].keep = Keep::Every(1_000);
    refused(vec![reference(None, KeyPart::Key(0), 1)], &windowed, "no one row for a key");
}

#[test]
fn what_is_shown_of_a_table_includes_what_leads_on_from_it() {
    let references = references(feed());
    assert_eq!(references.shown_of(1), Some(vec![0, 1]), "a name, and the tribe by which the chain goes on");
    assert_eq!(references.shown_of(2), Some(vec![0]));
    assert_eq!(references.shown_of(0), None);
    assert_eq!(references.vias_of(0), [[KeyPart::Aggregate(0)], [KeyPart::Aggregate(1)]]);
    assert_eq!(references.vias_of(1), [[KeyPart::Aggregate(1)]]);
}

/// Rows by table and key: texts of the `Last`s.
type Rows = BTreeMap<(usize, String), Vec<Option<String>>>;

struct InMaps<'a>(&'a Rows);

impl TargetRows for InMaps<'_> {
    type Error = ();

    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows, ()> {
        let mut places = Vec::new();
        let mut found: Vec<Column> = columns.iter().map(|_| Column::empty(ValueType::Text)).collect();
        for place in 0..keys.len() {
            let key = std::str::from_utf8(keys.get(place)).unwrap().to_owned();
            if let Some(row) = self.0.get(&(table, key)) {
                places.push(place as u32);
                for (column, &of) in found.iter_mut().zip(columns) {
                    column.push(row[of].as_deref().map(ValueRef::Text));
                }
            }
        }
        Ok(FoundRows::assemble(spec, columns, keys.len(), &[(places, found)]))
    }
}

fn texts<'t>(values: impl IntoIterator<Item = Option<&'t str>>) -> Column {
    let mut column = Column::empty(ValueType::Text);
    values.into_iter().for_each(|value| column.push(value.map(ValueRef::Text)));
    column
}

/// What a row shows by a reference: the key, whether it is known, and the first column.
fn shown(referred: &Referred, row: usize) -> Option<(String, bool, Option<String>)> {
    let text = |column: &Column, at| match column.get(at) {
        Some(ValueRef::Text(text)) => Some(text.to_owned()),
        _ => None,
    };
    let pick = referred.picks[row] as usize;
    (pick < referred.len()).then(|| {
        (text(&referred.keys[0], pick).unwrap(), referred.is_known(pick), text(&referred.columns[0], pick))
    })
}

#[test]
fn rows_show_their_targets_through_chains_and_each_target_is_read_once() {
    let row = |values: &[Option<&str>]| values.iter().map(|value| value.map(str::to_owned)).collect();
    let rows = Rows::from([
        ((1, "ann".into()), row(&[Some("Ann"), Some("t1")])),
        ((1, "bob".into()), row(&[None, None])),
        ((2, "t1".into()), row(&[Some("Tribe 1")])),
    ]);
    let mut posts = ResultRows {
        table: 0,
        keys: vec![texts([Some("p1"), Some("p2"), Some("p3"), Some("p4"), Some("p5")])],
        window_starts: Vec::new(),
        window_ends: Vec::new(),
        results: vec![
            texts([Some("ann"), Some("bob"), Some("cid"), None, Some("ann")]),
            texts([None, Some("t1"), Some(""), Some("t2"), None]),
            Column::empty(ValueType::Int),
        ],
        referred: Vec::new(),
    };
    references(feed()).gather(&mut posts, &mut InMaps(&rows)).unwrap();
    let [author, tribe, home] = &posts.referred[..] else { panic!("three references") };
    let some =
        |key: &str, known, value: Option<&str>| Some((key.to_owned(), known, value.map(str::to_owned)));
    let of = |referred| -> Vec<_> { (0..5).map(|row| shown(referred, row)).collect() };
    let ann = some("ann", true, Some("Ann"));
    assert_eq!(of(author), [ann.clone(), some("bob", true, None), some("cid", false, None), None, ann]);
    assert_eq!(author.len(), 3, "each once");
    assert_eq!(of(tribe), [None, some("t1", true, Some("Tribe 1")), None, some("t2", false, None), None]);
    let t1 = some("t1", true, Some("Tribe 1"));
    assert_eq!(of(home), [t1.clone(), None, None, None, t1]);
}

/// Contributes an author to a post.
fn point(table: &mut Table, post: u8, author: Option<u8>, at: i64) {
    let name = author.map(|author| format!("u{author}"));
    let post = format!("p{post}");
    let values = [texts([name.as_deref()]), texts([None]), Column::nulls(ValueType::Int, 1)];
    let contributions = Contributions::new(0, vec![0], texts([Some(&*post)]), values);
    let mut hashes = Vec::new();
    hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
    let origin = Origin { topic: 0, partition: 0, offsets: &[at as u64], times_ms: &[at], late_offsets: &[] };
    table.apply(&contributions, &origin, Selected::all(&hashes), &mut NoColdRows).unwrap();
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn the_holders_of_a_target_are_the_rows_that_lead_to_it(
        steps in proptest::collection::vec((0..12_u8, proptest::option::of(0..5_u8), 0..4_u8), 1..80),
    ) {
        let mut table = Table::new(&tables()[0]).unwrap();
        table.lead_by(vec![vec![KeyPart::Aggregate(0)]]);
        let mut model: BTreeMap<u8, Option<u8>> = BTreeMap::new();
        for (at, (post, author, then)) in steps.into_iter().enumerate() {
            point(&mut table, post, author, at as i64);
            let held = model.entry(post).or_default();
            *held = author.or(*held);
            match then {
                0 => drop(table.take_changed(Mark::Checkpoint)),
                1 => continue,
                _ => {}
            }
            prop_assert!(table.update_holders());
            for author in 0..5 {
                let mut found: Vec<String> = Vec::new();
                table.each_holder(0, format!("u{author}").as_bytes(), |slot| {
                    found.push(table.document_id(slot).into_owned());
                });
                found.sort_unstable();
                let mut expected: Vec<String> = model
                    .iter()
                    .filter(|(_, of)| **of == Some(author))
                    .map(|(post, _)| format!("p{post}"))
                    .collect();
                expected.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn only_a_change_that_others_show_sets_an_echo() {
    let mut users = Table::new(&tables()[1]).unwrap();
    users.show(&[0]);
    users.track_dirty(Mark::Echo(0), true);
    let change = |users: &mut Table, name: Option<&str>, home: Option<&str>, at: u64| {
        let contributions =
            Contributions::new(0, vec![0], texts([Some("ann")]), [texts([name]), texts([home])]);
        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
        let times = [at as i64];
        let origin = Origin { topic: 0, partition: 0, offsets: &[at], times_ms: &times, late_offsets: &[] };
        users.apply(&contributions, &origin, Selected::all(&hashes), &mut NoColdRows).unwrap();
        users.take_changed(Mark::Echo(0)).len()
    };
    assert_eq!(change(&mut users, None, Some("t1"), 1), 1, "a row that is new is known from now on");
    assert_eq!(change(&mut users, None, Some("t2"), 2), 0, "nobody shows her home");
    assert_eq!(change(&mut users, Some("Ann"), None, 3), 1);
    assert_eq!(users.changed_len(Mark::Checkpoint), 1, "every change is part of the next checkpoint");
}

#[test]
fn rows_that_an_index_has_yet_to_take_in_can_be_evicted() {
    let mut table = Table::new(&tables()[0]).unwrap();
    table.lead_by(vec![vec![KeyPart::Aggregate(0)]]);
    assert!(table.update_holders(), "the index is made, and further rows are noted for it");
    for post in 0..100 {
        point(&mut table, post, Some(post % 5), i64::from(post));
    }
    for mark in [Mark::Checkpoint, Mark::Flush(0)] {
        table.take_changed(mark);
    }
    assert_eq!(table.changed_len(Mark::Lead), 100);
    assert_eq!(table.evict(0), 100);
    assert!(!table.update_holders(), "there is no index while rows are cold");
}
