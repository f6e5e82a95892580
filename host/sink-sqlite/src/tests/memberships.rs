//! Sets show exactly what rows claim, whatever was flushed before, with any page size and in both directions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Store, at, flush};
use crate::{Member, SetQuery, SqliteReader, memberships, schema, sets};
use foldline_base::error::ErrorKind;
use foldline_sink::{DocumentChange, Membership, Sink};

/// The rows' claims: sets and scores by row. A row's member name in every set is its own id.
type Rows = BTreeMap<String, Vec<(String, f64)>>;

fn row(id: &str, body: Option<&str>, memberships: &[(&str, f64)]) -> DocumentChange {
    let membership =
        |&(set, score): &(&str, f64)| Membership { set: set.into(), member: format!("m{id}"), score };
    DocumentChange {
        id: id.into(),
        body: body.map(str::to_owned),
        memberships: memberships.iter().map(membership).collect(),
    }
}

/// Follows cursors to the end.
fn all(reader: &SqliteReader, set: &str, rising: bool, limit: usize) -> Vec<Member> {
    let mut query = SetQuery { set: set.into(), rising, limit, cursor: None };
    let mut members = Vec::new();
    loop {
        let page = reader.members(&query).unwrap().value;
        assert!(page.members.len() <= limit);
        assert!(page.members.len() == limit || page.cursor.is_none());
        members.extend(page.members);
        match page.cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return members,
        }
    }
}

/// Returns what a set must show, computed the slow way.
fn expected(rows: &Rows, set: &str, rising: bool) -> Vec<Member> {
    let mut members: Vec<Member> = (rows.iter())
        .flat_map(|(id, memberships)| memberships.iter().map(move |(of, score)| (id, of, *score)))
        .filter(|(_, of, _)| *of == set)
        .map(|(id, _, score)| Member { member: format!("m{id}"), score, id: id.clone() })
        .collect();
    members.sort_by(|one, other| {
        let scores = one.score.total_cmp(&other.score);
        (if rising { scores } else { scores.reverse() }).then(one.member.cmp(&other.member))
    });
    members
}

fn names(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.id.as_str()).collect()
}

#[derive(Clone, Debug)]
enum Op {
    /// Rows: whether each has a document, and its memberships.
    Flush(BTreeMap<u8, (bool, BTreeMap<u8, i8>)>),
    Reopen,
    Zombie,
}

fn rows() -> impl Strategy<Value = BTreeMap<u8, (bool, BTreeMap<u8, i8>)>> {
    // Few scores, so that ties are common. Many rows are in no set at all.
    let memberships = prop::collection::btree_map(0u8..4, -2i8..3, 0..4);
    prop::collection::btree_map(0u8..14, (any::<bool>(), memberships), 0..9)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![5 => rows().prop_map(Op::Flush), 1 => Just(Op::Reopen), 1 => Just(Op::Zombie)]
}

fn changes(rows: &BTreeMap<u8, (bool, BTreeMap<u8, i8>)>, model: &mut Rows) -> Vec<DocumentChange> {
    let change = |(id, (document, memberships)): (&u8, &(bool, BTreeMap<u8, i8>))| {
        let id = format!("p{id}");
        let memberships: Vec<(String, f64)> =
            memberships.iter().map(|(set, score)| (format!("s{set}"), f64::from(*score) / 2.0)).collect();
        model.insert(id.clone(), memberships.clone());
        let memberships: Vec<(&str, f64)> =
            memberships.iter().map(|(set, score)| (set.as_str(), *score)).collect();
        row(&id, document.then_some("{}"), &memberships)
    };
    rows.iter().map(change).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sets_are_what_the_rows_last_claimed_whatever_happens_between(
        first in prop::collection::vec(rows(), 0..3),
        ops in prop::collection::vec(op(), 1..12),
        limit in 1usize..6,
    ) {
        let store = Store::new();
        let mut sink = store.sink("0");
        let mut model = Rows::new();
        for rows in &first {
            sink.put(changes(rows, &mut model)).unwrap();
        }
        sink.take(&flush(1, vec![])).unwrap();
        let mut seq = 1;
        let reader = store.reader();
        for (step, op) in ops.into_iter().enumerate() {
            match op {
                Op::Reopen => {
                    drop(sink);
                    sink = store.sink(&format!("reopened {step}"));
                    prop_assert_eq!(sink.progress().seq, seq);
                }
                Op::Zombie => {
                    let mut zombie = std::mem::replace(&mut sink, store.sink(&format!("successor {step}")));
                    let nonsense = row("p0", None, &[("s0", 77.0)]);
                    prop_assert!(zombie.take(&flush(seq + 1, vec![nonsense])).is_err());
                }
                Op::Flush(rows) => {
                    seq += 1;
                    sink.take(&flush(seq, changes(&rows, &mut model))).unwrap();
                }
            }
            for set in ["s0", "s1", "s2", "s3", "nobody"] {
                for rising in [false, true] {
                    prop_assert_eq!(all(&reader, set, rising, limit), expected(&model, set, rising));
                }
            }
            let page = reader.members(&SetQuery { set: "s0".into(), limit: 1, ..SetQuery::default() }).unwrap();
            prop_assert_eq!((page.seq, page.position), (seq, at(seq * 10)));
            for id in model.keys() {
                let wanted = expected(&model, "s1", false).into_iter().find(|member| member.id == *id);
                prop_assert_eq!(reader.member("s1", &format!("m{id}")).unwrap().value, wanted);
            }
        }
        // Nothing is left of rows that are no longer in any set.
        drop(sink);
        let connection = rusqlite::Connection::open(&store.path).unwrap();
        let held: i64 = connection.query_row("SELECT count(*) FROM members", [], |row| row.get(0)).unwrap();
        prop_assert_eq!(held as usize, model.values().map(Vec::len).sum::<usize>());
    }
}

#[test]
fn a_membership_goes_from_one_row_to_another_within_a_flush_whichever_comes_first() {
    let claim = |id: &str, member: Option<&str>| {
        let membership = |member: &str| Membership { set: "s".into(), member: member.into(), score: 1.0 };
        DocumentChange { memberships: member.map(membership).into_iter().collect(), ..row(id, None, &[]) }
    };
    for (from, to) in [("a", "b"), ("b", "a")] {
        let store = Store::new();
        let mut sink = store.sink("a");
        sink.take(&flush(1, vec![claim(from, Some("m"))])).unwrap();
        sink.take(&flush(2, vec![claim(from, None), claim(to, Some("m"))])).unwrap();
        assert_eq!(names(&all(&store.reader(), "s", false, 10)), [to]);
    }
}

/// A mistake of the module, which must cost only the membership.
#[test]
fn of_two_rows_that_claim_a_membership_one_has_it_also_when_both_were_loaded() {
    let claim = |id: &str, score| {
        let membership = Membership { set: "s".into(), member: "m".into(), score };
        DocumentChange { memberships: vec![membership], ..row(id, Some("{}"), &[]) }
    };
    let store = Store::new();
    let mut sink = store.sink("a");
    sink.put(vec![claim("a", 1.0), claim("b", 2.0), row("c", None, &[("s", 3.0)])]).unwrap();
    sink.take(&flush(1, vec![claim("c", 4.0)])).unwrap();
    sink.take(&flush(2, vec![claim("d", 5.0)])).unwrap();
    let reader = store.reader();
    assert_eq!(names(&all(&reader, "s", false, 10)), ["d"]);
    assert_eq!(reader.count().unwrap().value, 4);
    sink.take(&flush(3, vec![DocumentChange::removed("d".into())])).unwrap();
    assert!(all(&reader, "s", false, 10).is_empty());
}

#[test]
fn a_row_is_in_sets_with_or_without_a_document_and_leaves_them_with_it() {
    let store = Store::new();
    let mut sink = store.sink("a");
    sink.put(vec![row("a", Some("{}"), &[("s", 1.0)]), row("b", None, &[("s", 2.0), ("t", 2.0)])]).unwrap();
    let reader = store.reader();
    let asked = SetQuery { set: "s".into(), limit: 10, ..SetQuery::default() };
    assert_eq!(reader.members(&asked).unwrap_err().kind(), ErrorKind::Unavailable);
    sink.take(&flush(1, vec![])).unwrap();
    assert_eq!(names(&all(&reader, "s", false, 10)), ["b", "a"]);
    assert_eq!(reader.count().unwrap().value, 1);
    sink.take(&flush(2, vec![DocumentChange::removed("a".into()), row("b", None, &[("t", 2.0)])])).unwrap();
    assert!(all(&reader, "s", false, 10).is_empty());
    assert_eq!(names(&all(&reader, "t", false, 10)), ["b"]);
    assert_eq!(reader.count().unwrap().value, 0);
}

#[test]
fn a_page_that_cannot_be_asked_is_refused() {
    let store = Store::new();
    let mut sink = store.sink("a");
    sink.take(&flush(1, vec![row("a", None, &[("s", 1.0)]), row("b", None, &[("s", 1.0)])])).unwrap();
    let reader = store.reader();
    let one = SetQuery { set: "s".into(), limit: 1, ..SetQuery::default() };
    let cursor = reader.members(&one).unwrap().value.cursor;
    assert!(cursor.is_some());
    let refused = |query: SetQuery| {
        let error = reader.members(&query).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        error.message().to_owned()
    };
    for limit in [0, 1_001] {
        assert!(refused(SetQuery { limit, ..one.clone() }).contains("1 to 1000"));
    }
    let of_another =
        |set: &str, rising| SetQuery { set: set.into(), rising, limit: 1, cursor: cursor.clone() };
    assert_eq!(refused(of_another("s", true)), "`cursor` belongs to another set or order");
    assert_eq!(refused(of_another("t", false)), "`cursor` belongs to another set or order");
    let nonsense = SetQuery { cursor: Some("nonsense!".into()), ..one };
    assert!(refused(nonsense).contains("not issued by this host"));
}

#[test]
fn every_walk_of_a_set_follows_an_index_without_sorting() {
    let store = Store::new();
    store.sink("a").take(&flush(1, vec![row("a", None, &[("s", 1.0)])])).unwrap();
    let connection = rusqlite::Connection::open(&store.path).unwrap();
    for sql in [sets::EQUAL, sets::FALLING, sets::NEXT_SCORE, sets::ONE, memberships::OF_ROW] {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = explain.parameter_count();
        let parameters = rusqlite::params_from_iter(std::iter::repeat_n(1, count));
        let steps: Vec<String> =
            explain.query_map(parameters, |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(steps.iter().all(|step| step.starts_with("SEARCH members USING")), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
    }
}

#[test]
fn a_file_of_an_older_format_is_built_again() {
    let store = Store::new();
    store.sink("a").take(&flush(1, vec![row("a", Some("{}"), &[])])).unwrap();
    let connection = rusqlite::Connection::open(&store.path).unwrap();
    connection.execute("UPDATE meta SET format = ?1", [schema::FORMAT - 1]).unwrap();
    connection.execute("DROP TABLE members", []).unwrap();
    drop(connection);
    let mut sink = store.sink("b");
    assert_eq!(sink.progress().lo, None);
    sink.take(&flush(1, vec![row("a", None, &[("s", 1.0)])])).unwrap();
    assert_eq!(names(&all(&store.reader(), "s", true, 10)), ["a"]);
}
