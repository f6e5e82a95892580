//! The counts equal those of a comparison of whole maps, and running versions are compared at the position where they stand.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::description::{Description, OutputField, Projection, ValueType};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use foldline_engine::{FoldOptions, Progress, Runs, VersionConfig, VersionHandle, Worker};
use std::sync::Arc;

use foldline_source::{Feeds, IdlePartitions, threads};

use self::versions::{World, wait_caught_up, windowed};
use super::join::join;
use super::tally::{SAMPLES_MAX, Tally};
use super::*;
use foldline_api::ComparedDocuments;
use foldline_projection::{Shown, ShownRow};
use foldline_sink::Membership;
use foldline_testkit::canned::{Body, Canned, echo};

/// The engine's own versions on a log, through their public API alone.
#[path = "../../../engine/src/tests/versions.rs"]
#[allow(dead_code, reason = "the engine's tests use all of it")]
mod versions;

fn description(fields: &[&str]) -> Description {
    let field = |name: &&str| OutputField { name: (*name).to_owned(), ty: ValueType::Int, sortable: false };
    Description {
        name: "g".into(),
        version: "1.0.0".into(),
        sdk: String::new(),
        inputs: Vec::new(),
        tables: Vec::new(),
        projections: vec![Projection {
            name: "g".into(),
            table: 0,
            references: Vec::new(),
            document: fields.iter().map(field).collect(),
        }],
        relay_topics: Vec::new(),
    }
}

fn rows(shown: &BTreeMap<String, Shown>) -> impl Iterator<Item = Result<ShownRow>> {
    shown.iter().map(|(id, shown)| Ok(row(id, shown.clone(), &[])))
}

/// A row with memberships, each of score 1.
fn row(id: &str, shown: Shown, sets: &[&str]) -> ShownRow {
    let membership = |set: &&str| Membership { set: (*set).into(), member: id.into(), score: 1.0 };
    ShownRow { key: id.into(), id: id.into(), shown, memberships: sets.iter().map(membership).collect() }
}

fn compared(
    descriptions: [&Description; 2],
    tolerances: &Tolerances,
    old: &BTreeMap<String, Shown>,
    new: &BTreeMap<String, Shown>,
) -> Comparison {
    let mut tally = Tally::new(descriptions, tolerances);
    join(rows(old), rows(new), &mut tally).unwrap();
    tally.finish()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => (0_i64..300).prop_map(Value::from),
        1 => (0_i64..300).prop_map(|number| json!(number as f64)),
        1 => Just(Value::Null),
        1 => (0_i64..3).prop_map(|number| json!([number, {"a": number}])),
    ]
}

fn shown() -> impl Strategy<Value = Shown> {
    let fields = prop::collection::btree_map(prop::sample::select(vec!["a", "b", "c", "d"]), value(), 0..4);
    prop_oneof![
        8 => fields.prop_map(|fields| Shown::Document(json!(fields).to_string())),
        1 => Just(Shown::Nothing),
        1 => Just(Shown::Failed("no".to_owned())),
    ]
}

fn all_shown() -> impl Strategy<Value = BTreeMap<String, Shown>> {
    prop::collection::btree_map("[p-r][0-9]", shown(), 0..40)
}

/// A document's fields, without those that only one version declares.
fn fields(body: &str) -> Map<String, Value> {
    let mut fields: Map<String, Value> = serde_json::from_str(body).unwrap();
    fields.retain(|name, _| name != "c" && name != "d");
    fields
}

fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

proptest! {
    #[test]
    fn counts_are_those_of_a_comparison_of_whole_maps(old in all_shown(), new in all_shown(), percent in 0_u32..120) {
        // Neither version declares `b`; both declare `a`.
        let declared = [description(&["a", "c"]), description(&["d", "a"])];
        let mut tolerances = Tolerances::default();
        tolerances.add("a", &format!("{percent}%")).unwrap();
        let found = compared([&declared[0], &declared[1]], &tolerances, &old, &new);

        let mut expected = ComparedDocuments::default();
        let mut differ = BTreeMap::from([("a", 0), ("b", 0)]);
        let (mut tolerated, mut rose, mut fell, mut more) = (0, 0, 0, 0);
        let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for id in ids {
            match (old.get(id).unwrap_or(&Shown::Nothing), new.get(id).unwrap_or(&Shown::Nothing)) {
                (Shown::Document(old), Shown::Document(new)) => {
                    let (old, new) = (fields(old), fields(new));
                    let mut same = true;
                    for name in ["a", "b"] {
                        let (old, new) = (old.get(name), new.get(name));
                        let numbers = number(old).zip(number(new));
                        if old == new || numbers.is_some_and(|(old, new)| old == new) {
                            continue;
                        }
                        let within = numbers.is_some_and(|(old, new)| {
                            name == "a" && (new - old).abs() * 100.0 <= f64::from(percent) * old
                        });
                        same &= within;
                        if !within {
                            *differ.get_mut(name).unwrap() += 1;
                        }
                        if let Some((old, new)) = numbers.filter(|_| name == "a") {
                            tolerated += u64::from(within);
                            *(if new > old { &mut rose } else { &mut fell }) += 1;
                            more += u64::from((new - old).abs() > old);
                        }
                    }
                    *(if same { &mut expected.same } else { &mut expected.changed }) += 1;
                }
                (Shown::Document(_), Shown::Nothing) => expected.only_old += 1,
                (Shown::Nothing, Shown::Document(_)) => expected.only_new += 1,
                _ => {}
            }
        }
        prop_assert_eq!(found.documents, expected);
        let failed = |shown: &BTreeMap<String, Shown>| {
            shown.values().filter(|shown| matches!(shown, Shown::Failed(_))).count() as u64
        };
        prop_assert_eq!([found.old.failed_rows, found.new.failed_rows], [failed(&old), failed(&new)]);
        prop_assert_eq!(found.failed_rows() > 0, found.old.first_failed.is_some() || found.new.first_failed.is_some());
        let field = |name: &str| found.fields.iter().find(|field| field.name == name);
        prop_assert_eq!(field("a").map(|field| field.differ), Some(differ["a"]));
        prop_assert_eq!(field("b").map_or(0, |field| field.differ), differ["b"]);
        let a = field("a").unwrap();
        prop_assert_eq!([a.tolerated, a.rose, a.fell], [tolerated, rose, fell]);
        prop_assert_eq!(a.drift.iter().map(|bucket| bucket.documents).sum::<u64>(), rose + fell);
        prop_assert_eq!(a.drift.last().map_or(0, |bucket| bucket.documents), more);
        prop_assert_eq!(found.samples.changed.len() as u64, expected.changed.min(SAMPLES_MAX as u64));
        prop_assert_eq!(found.samples.only_old.len() as u64, expected.only_old.min(SAMPLES_MAX as u64));
        prop_assert_eq!((&found.old.fields_only_here, &found.new.fields_only_here),
            (&vec!["c".to_owned()], &vec!["d".to_owned()]));
        let differ = expected.changed + expected.only_old + expected.only_new;
        prop_assert!((found.changed_share() * (expected.same + differ) as f64 - differ as f64).abs() < 1e-6);
    }
}

#[test]
fn names_and_values_of_any_kind_take_bounded_memory() {
    let declared = description(&["a"]);
    let body = |at: usize, value: &str| Shown::Document(json!({format!("f{at}"): value}).to_string());
    let side = |value: String| (0..2_000).map(|at| (format!("p{at:04}"), body(at, &value))).collect();
    let (old, new) = (side("x".repeat(5_000)), side("y".to_owned()));
    let found = compared([&declared, &declared], &Tolerances::default(), &old, &new);
    assert_eq!(found.documents.changed, 2_000);
    assert_eq!((found.fields.len(), found.further_field_differences), (256, 2_000 - 255));
    let sample = &found.samples.changed[0];
    assert_eq!(sample.fields[0].old, Some(json!("(JSON of 5002 bytes)")));
    assert!(!found.is_same());
}

#[test]
fn a_row_in_other_sets_has_changed_with_or_without_a_document() {
    let declared = description(&["a"]);
    let one = || Shown::Document(json!({"a": 1}).to_string());
    let side = |rows: Vec<ShownRow>| rows.into_iter().map(Ok);
    let old = side(vec![
        row("changed", one(), &["s"]),
        row("gone", Shown::Nothing, &["s"]),
        row("left", one(), &["s"]),
        row("moved", Shown::Nothing, &["s", "t"]),
        row("never", Shown::Nothing, &[]),
        row("same", Shown::Nothing, &["s"]),
    ]);
    let new = side(vec![
        row("came", Shown::Nothing, &["s"]),
        row("changed", one(), &["t"]),
        row("left", one(), &[]),
        row("moved", Shown::Nothing, &["s", "u"]),
        row("never", Shown::Nothing, &[]),
        row("same", Shown::Nothing, &["s"]),
    ]);
    let tolerances = Tolerances::default();
    let mut tally = Tally::new([&declared, &declared], &tolerances);
    join(old, new, &mut tally).unwrap();
    let found = tally.finish();
    assert_eq!(found.documents, ComparedDocuments { same: 1, changed: 3, only_old: 1, only_new: 1 });
    assert_eq!((found.old.documents, found.new.documents), (2, 2), "rows in sets alone have no documents");
    let field = found.fields.iter().find(|field| field.name == "(memberships)").unwrap();
    assert_eq!((field.differ, field.tolerated), (3, 0));
    let membership = |set: &str, member: &str| json!({"set": set, "member": member, "score": 1.0});
    let changed = &found.samples.changed[0];
    assert_eq!((changed.id.as_str(), changed.fields.len()), ("changed", 1));
    assert_eq!(changed.fields[0].old, Some(json!([membership("s", "changed")])));
    assert_eq!(changed.fields[0].new, Some(json!([membership("t", "changed")])));
    assert_eq!(found.samples.changed[1].fields[0].new, None, "{:?}", found.samples.changed[1]);
    assert_eq!(found.samples.only_old[0].document, json!({"(memberships)": [membership("s", "gone")]}));
}

#[test]
fn an_answer_survives_the_wire() {
    let declared = description(&["a"]);
    let side =
        |value: Value| BTreeMap::from([("p".to_owned(), Shown::Document(json!({"a": value}).to_string()))]);
    let found = compared([&declared, &declared], &Tolerances::default(), &side(json!(1)), &side(json!(null)));
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), found);
}

/// A guest based on [`echo`] whose documents are `{"n":N}`, with an N of two digits.
fn numbered(mut guest: Canned, number: u8, declared: &[&str]) -> Canned {
    let body = format!(r#"{{"n":{number}}}"#);
    let bytes = i64::from_le_bytes(body.as_bytes().try_into().unwrap());
    let at = guest.more.find("(func $documents").unwrap();
    let documents = guest.more.split_off(at);
    let shift = |what: &str, by: u8| format!("(i32.shl (local.get ${what}) (i32.const {by}))");
    guest.more += &documents
        .replace("i32.store16", "i64.store")
        .replace("(i32.const 0x7d7b)", &format!("(i64.const {bytes})"))
        .replace(&shift("row", 1), &shift("row", 3))
        .replace(&shift("count", 1), &shift("count", 3));
    let Body::Answer(description) = &mut guest.describe else { panic!("echo describes itself by an answer") };
    let field = |name: &&str| json!({"name": name, "ty": "int", "sortable": false});
    description["document"] = declared.iter().map(field).collect();
    guest
}

#[test]
fn two_versions_that_run_are_compared_where_both_stand() {
    let world = World::new(2);
    world.append("likes", 500);
    let feeds = world.feeds();
    let (old, _old) = world.start("1.0.0", &feeds, &numbered(echo("g", "timestamp"), 50, &["n", "gone"]));
    let (new, _new) = world.start("2.0.0", &feeds, &numbered(echo("g", "timestamp"), 55, &["n"]));
    wait_caught_up(&old);
    wait_caught_up(&new);
    let diff = |new: &VersionHandle, tolerance: &str, progress: &mut dyn FnMut(u64, u64) -> bool| {
        let mut tolerances = Tolerances::default();
        tolerances.add("n", tolerance).unwrap();
        compare(&old, new, &tolerances, progress)
    };
    let mut heard = Vec::new();
    let found = diff(&new, "9.9%", &mut |read, of| {
        heard.push((read, of));
        true
    });
    let found = found.unwrap();
    assert_eq!(heard.last(), Some(&(100, 100)), "fifty posts in each version");
    assert_eq!(found.documents, ComparedDocuments { changed: 50, ..ComparedDocuments::default() });
    assert_eq!(found.position, old.progress().position);
    assert_eq!((found.old.version.as_str(), found.new.version.as_str()), ("g@1.0.0", "g@2.0.0"));
    assert_eq!((found.old.documents, found.new.documents, found.old.events), (50, 50, 488));
    assert_eq!(found.old.fields_only_here, ["gone"]);
    let field = &found.fields[0];
    assert_eq!((field.name.as_str(), field.differ, field.rose, field.drift[2].documents), ("n", 50, 50, 50));
    let sample = &found.samples.changed[9];
    assert_eq!((&sample.fields[0].old, &sample.fields[0].new), (&Some(json!(50)), &Some(json!(55))));
    assert!((found.changed_share() - 1.0).abs() < f64::EPSILON);

    let found = diff(&new, "10%", &mut |_, _| true).unwrap();
    assert_eq!((found.documents.same, found.fields[0].tolerated), (50, 50));
    assert!(!found.is_same(), "a field is gone");

    let stopped = diff(&new, "10%", &mut |_, _| false).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Unavailable);
    let unknown = compare(
        &old,
        &new,
        &{
            let mut tolerances = Tolerances::default();
            tolerances.add("m", "1%").unwrap();
            tolerances
        },
        &mut |_, _| true,
    );
    assert_eq!(unknown.unwrap_err().hint(), Some("there are: gone, n"));

    // Rows that cannot be projected are counted separately.
    let (worse, _worse) =
        world.start("3.0.0", &feeds, &failing(numbered(echo("g", "timestamp"), 50, &["n"])));
    wait_caught_up(&worse);
    let found = diff(&worse, "0%", &mut |_, _| true).unwrap();
    assert_eq!((found.new.failed_rows, found.new.documents, found.documents.same), (50, 0, 0));
    assert_eq!(found.new.first_failed.as_ref().map(|failed| failed.id.as_str()), Some("p0"));
    assert!(!found.is_same() && found.changed_share() == 0.0);
}

/// A guest that cannot project posts that begin with `p`.
fn failing(mut guest: Canned) -> Canned {
    let all = format!("(i32.eq (i32.const {})", b'x');
    assert!(guest.more.contains(&all));
    guest.more = guest.more.replace(&all, &format!("(i32.eq (i32.const {})", b'p'));
    guest
}

#[test]
fn versions_whose_documents_cannot_be_paired_are_refused() {
    let world = World::new(1);
    world.append("likes", 100);
    let mut each_window = windowed("likes");
    let Body::Answer(description) = &mut each_window.describe else { panic!("an answer") };
    description["tables"][0]["keep"] = json!({"every": 1_000_000});
    let feeds = world.feeds();
    let (old, _old) = world.start("1.0.0", &feeds, &windowed("likes"));
    let (new, _new) = world.start("2.0.0", &feeds, &each_window);
    wait_caught_up(&old);
    wait_caught_up(&new);
    let error = compare(&old, &new, &Tolerances::default(), &mut |_, _| true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(
        error.message(),
        "g@1.0.0 has a document for each key, a text, g@2.0.0 has a document for each window of a text: there is \
         nothing that pairs them"
    );
}
