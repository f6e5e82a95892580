//! Contract 0.2: what a module may send, and what this host rejects by name.

use foldline_core::column::{Column, ValueRef};
use serde_json::{Value, json};

use super::{engine, likes, results};
use crate::{Extracted, FaultKind, Instance};
use foldline_base::error::ErrorKind;
use foldline_testkit::canned::{Body, Canned, bytes};

/// A guest with a count and the distinct users, keyed by text and int.
fn described() -> Canned {
    Canned::described_0_2(|it| {
        it["tables"][0]["key"] = json!(["text", "int"]);
        it["tables"][0]["aggregates"] = json!([
            {"name": "users", "kind": {"distinct": 14}},
            {"name": "likes", "kind": "count"},
            {"name": "tribe", "kind": {"last-or-none": "text"}},
            {"name": "seen", "kind": {"last": "time"}},
        ]);
    })
}

fn instance(canned: &Canned) -> Instance {
    engine().validate(None, &canned.build()).unwrap().instantiate().unwrap()
}

fn extracted(contribution: &Value) -> Result<Extracted, (FaultKind, String)> {
    let answer = json!({"ok": {"contributions": [contribution]}});
    let mut instance = instance(&Canned { extract: Body::Answer(answer), ..described() });
    instance.extract(&likes(3)).map_err(|fault| (fault.kind, fault.message))
}

fn own(values: Value) -> Value {
    json!({"column": {"values": values}})
}

/// Two contributions, of rows 0 and 2, every column of the module's own.
fn of_own_columns() -> Value {
    json!({
        "table": 0,
        "source-rows": [0, 2],
        "keys": [own(json!({"texts": bytes(&["u1", "u1"])})), own(json!({"ints": [7, 7]}))],
        "values": [
            own(json!({"texts": bytes(&["u1", "u1"])})),
            own(json!({"ints": [1, 1]})),
            own(json!({"booleans": [0]})),
            json!({"column": {"values": {"texts": bytes(&["", ""])}, "validity": {"some": [0]}}}),
            own(json!({"times": [0, 2]})),
        ],
    })
}

fn values(column: &Column) -> Vec<Option<ValueRef<'_>>> {
    (0..column.len()).map(|row| column.get(row)).collect()
}

#[test]
fn columns_by_reference_are_what_the_module_would_have_sent() {
    let sent = extracted(&fixed(of_own_columns())).unwrap();
    let mut named = of_own_columns();
    named["keys"] = json!([{"field": 0}, {"same": {"int": 7}}]);
    named["values"] = json!([
        {"picked": {"field": 0, "rows": [1, 1]}},
        {"same": {"int": 1}},
        {"same": {"boolean": false}},
        "nulls",
        {"field": 1},
    ]);
    let named = extracted(&named).unwrap();
    let (sent, named) = (&sent.contributions[0], &named.contributions[0]);
    assert_eq!(sent.source_rows, named.source_rows);
    for (sent, named) in sent.keys.parts().iter().zip(named.keys.parts()) {
        assert_eq!(values(sent), values(named));
    }
    for (sent, named) in sent.values.iter().zip(&named.values) {
        assert_eq!(values(sent), values(named));
    }
    assert_eq!(named.values.len(), 5);
    assert_eq!(values(&named.values[4]), [Some(ValueRef::Time(0)), Some(ValueRef::Time(2))]);
}

/// An option's payload is written as it is, so a bitmap needs no `some`.
fn fixed(mut contribution: Value) -> Value {
    contribution["values"][3]["column"]["validity"] = json!([0]);
    contribution
}

#[test]
fn a_value_that_is_picked_at_the_length_of_its_column_is_null() {
    let mut contribution = fixed(of_own_columns());
    contribution["values"][0] = json!({"picked": {"field": 0, "rows": [3, 0]}});
    let extracted = extracted(&contribution).unwrap();
    assert_eq!(values(&extracted.contributions[0].values[0]), [None, Some(ValueRef::Text("u1"))]);
}

#[test]
fn names_of_columns_that_were_not_given_are_the_modules_fault() {
    let cases = [
        ("keys", 0, json!({"field": 2}), "`keys` of table `Likes` names field 2 of 2"),
        ("values", 0, json!({"field": 9}), "`users` of table `Likes` names field 9 of 2"),
        (
            "values",
            0,
            json!({"picked": {"field": 0, "rows": [0]}}),
            "picks 1 values of field 0 for 2 contributions",
        ),
        (
            "values",
            0,
            json!({"picked": {"field": 0, "rows": [0, 4]}}),
            "picks value 4 of field 0, which has 3",
        ),
    ];
    for (part, at, named, message) in cases {
        let mut contribution = fixed(of_own_columns());
        contribution[part][at] = named;
        let (kind, said) = extracted(&contribution).unwrap_err();
        assert_eq!(kind, FaultKind::BadOutput, "{said}");
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    }
    let changed = |change: &dyn Fn(&mut Value), message: &str| {
        let mut contribution = fixed(of_own_columns());
        change(&mut contribution);
        let (kind, said) = extracted(&contribution).unwrap_err();
        assert_eq!(kind, FaultKind::BadOutput, "{said}");
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    };
    changed(&|it| it["source-rows"] = json!([0, 3]), "contribution of row 3 in a batch of 3 rows");
    changed(&|it| it["keys"] = json!([{"field": 0}]), "have 1 parts where 2 are expected");
    changed(&|it| it["values"] = json!([{"field": 0}]), "1 columns for the 4 aggregates");
    changed(&|it| it["ends"] = json!([0]), "end rows, which it does not declare");
}

#[test]
fn values_by_reference_count_towards_the_limit_as_if_they_were_sent() {
    let long = "x".repeat(10_000);
    let rows = 1_000;
    let mut contribution = fixed(of_own_columns());
    contribution["source-rows"] = json!(vec![0; rows]);
    contribution["keys"] = json!([{"same": {"text": long}}, {"same": {"int": 7}}]);
    contribution["values"] = json!(["nulls", "nulls", "nulls", "nulls", "nulls"]);
    let too_long = |contribution: &Value| {
        let (kind, said) = extracted(contribution).unwrap_err();
        assert_eq!(kind, FaultKind::Output, "{said}");
        assert!(said.contains("answer is longer than"), "{said}");
    };
    too_long(&contribution);
    // What takes no bytes in the answer takes them in the host.
    let rows = 250_000;
    contribution["source-rows"] = json!(vec![0; rows]);
    contribution["keys"] = json!([{"same": {"text": "k"}}, {"same": {"int": 7}}]);
    too_long(&contribution);
    contribution["values"][1] = json!({"same": {"int": 1}});
    too_long(&contribution);
}

#[test]
fn rows_of_composite_keys_are_projected() {
    let mut rows = results(1);
    let mut second = Column::empty(foldline_core::description::ValueType::Int);
    second.push(Some(ValueRef::Int(7)));
    rows.keys.push(second);
    assert_eq!(instance(&described()).project(&rows).unwrap().documents.len(), 1);
}

/// Makes a second input of the first one, which selects the records with the key `a`, and changes it.
fn read_twice(description: &mut Value, change: impl Fn(&mut Value)) {
    description["inputs"][0]["when"] = json!({"source": "key", "texts": ["a"]});
    let mut other = description["inputs"][0].clone();
    change(&mut other);
    description["inputs"] = json!([description["inputs"][0], other]);
}

#[test]
fn several_inputs_of_a_topic_take_different_records() {
    let guest = Canned::described_0_2(|d| {
        read_twice(d, |other| {
            other["when"]["texts"] = json!(["b", "c"]);
            other["untimed"] = json!(true);
        });
    });
    let module = engine().validate(None, &guest.build()).unwrap();
    assert_eq!(
        (module.description().inputs.len(), module.description().topics()),
        (2, vec!["likes".to_owned()])
    );
}

#[test]
fn what_this_host_does_not_know_or_run_is_rejected_by_name() {
    type Change = fn(&mut Value);
    let cases: Vec<(&str, Change)> = vec![
        ("the setting `fast` of the module", |d| d["settings"] = json!([{"name": "fast", "value": "1"}])),
        ("the setting `fast` of topic `likes`", |d| {
            d["inputs"][0]["settings"] = json!([{"name": "fast", "value": "1"}])
        }),
        ("the setting `fast` of table `Likes`", |d| {
            d["tables"][0]["settings"] = json!([{"name": "fast", "value": "1"}])
        }),
        ("the aggregate kind `median` of aggregate `users`", |d| {
            d["tables"][0]["aggregates"][0]["kind"] = json!({"other": {"name": "median", "output": "int"}});
        }),
        ("the window `lunar` of table `Likes`", |d| {
            d["tables"][0]["window"] = json!({"other": {"name": "lunar"}})
        }),
        ("the type `uuid` of field `user_id`", |d| {
            d["inputs"][0]["fields"][0]["ty"] = json!({"other": {"name": "uuid"}})
        }),
        ("the source `trace` of field `user_id`", |d| {
            d["inputs"][0]["fields"][0]["source"] = json!({"other": {"name": "trace"}});
        }),
        ("selects by the header `h`", |d| {
            d["inputs"][0]["when"] = json!({"source": {"header": "h"}, "texts": ["a"]});
        }),
        ("selects records by Offset", |d| {
            d["inputs"][0]["when"] = json!({"source": "offset", "texts": ["a"]})
        }),
        ("selects by no path", |d| d["inputs"][0]["when"] = json!({"source": {"value": []}, "texts": ["a"]})),
        ("selects records by none of all texts", |d| {
            d["inputs"][0]["when"] = json!({"source": "key", "texts": []})
        }),
        ("selects records of a changelog by what stands in their value", |d| {
            d["inputs"][0]["changelog"] = json!(true);
            d["inputs"][0]["when"] = json!({"source": {"value": ["kind"]}, "texts": ["a"]});
        }),
        ("the selecting text `a` twice", |d| read_twice(d, |_| ())),
        ("one of which takes all its records", |d| read_twice(d, |other| other["when"] = Value::Null)),
        ("select by Key and by Value([\"kind\"])", |d| {
            read_twice(d, |other| other["when"] = json!({"source": {"value": ["kind"]}, "texts": ["b"]}));
        }),
        ("bounds of 0 ms and of 5 ms", |d| {
            read_twice(d, |other| {
                other["when"]["texts"] = json!(["b"]);
                other["out-of-orderness-ms"] = json!(5);
            });
        }),
        ("a changelog for one input, and not for another", |d| {
            read_twice(d, |other| {
                other["when"]["texts"] = json!(["b"]);
                other["changelog"] = json!(true);
            });
        }),
        ("elements of lists", |d| d["inputs"][0]["lists"] = json!([["items"]])),
        ("`user_id` stands in a list", |d| d["inputs"][0]["fields"][0]["in-list"] = json!(0)),
        ("has windows in table `Likes`, and reads all its topics untimed", |d| {
            d["inputs"][0]["untimed"] = json!(true);
            d["tables"][0]["window"] = json!({"tumbling": 1_000});
        }),
        ("`user_id` is the header `h`", |d| d["inputs"][0]["fields"][0]["source"] = json!({"header": "h"})),
        ("declared as Text, and its source is Raw", |d| d["inputs"][0]["fields"][0]["source"] = json!("raw")),
        ("its source is Offset", |d| d["inputs"][0]["fields"][0]["source"] = json!("offset")),
        ("its source is Timestamp", |d| d["inputs"][0]["fields"][0]["source"] = json!("timestamp")),
        ("takes the record's key as JSON", |d| {
            d["inputs"][0]["fields"][0]["source"] = json!("key");
            d["inputs"][0]["fields"][0]["ty"] = json!("json");
        }),
        ("the value as a whole (`user_id`) and a path of it (`timestamp`)", |d| {
            d["inputs"][0]["fields"][0]["source"] = json!("raw");
            d["inputs"][0]["fields"][0]["ty"] = json!("blob");
        }),
        ("19 decimal places", |d| d["inputs"][0]["fields"][0]["ty"] = json!({"decimal": 19})),
        ("a choice of nothing", |d| d["inputs"][0]["fields"][0]["ty"] = json!({"choice": []})),
        ("the choice `a` twice", |d| d["inputs"][0]["fields"][0]["ty"] = json!({"choice": ["a", "a"]})),
        ("shows results early", |d| d["tables"][0]["emit"] = json!("early")),
        ("retains rows", |d| d["tables"][0]["retain-ms"] = json!(1)),
        ("has rows that end", |d| d["tables"][0]["ends"] = json!(true)),
        ("`users` is a fold", |d| d["tables"][0]["aggregates"][0]["kind"] = json!({"fold": {}})),
        ("a second projection, `Likes`", |d| {
            d["projections"] = json!([d["projections"][0], d["projections"][0]])
        }),
        ("projection `Likes` refers to table `Likes` (reference 0): its `via` has 0 parts", |d| {
            d["projections"][0]["references"] = json!([{"table": 0}])
        }),
        ("projects table 1 of 1", |d| d["projections"][0]["table"] = json!(1)),
        ("has no table that becomes documents", |d| d["projections"] = json!([])),
        ("1 to 4 parts, not 0", |d| d["tables"][0]["key"] = json!([])),
        ("1 to 4 parts, not 5", |d| d["tables"][0]["key"] = json!(vec!["int"; 5])),
        ("keyed by Blob", |d| d["tables"][0]["key"] = json!(["blob"])),
        ("`a.b`", |d| d["projections"][0]["document"][0]["path"] = json!(["a", "b"])),
        ("the search `count`", |d| d["projections"][0]["document"][0]["searchable"] = json!(true)),
    ];
    let page = include_str!("../../../../docs/compatibility.md");
    for (reason, change) in cases {
        let error = engine().validate(None, &Canned::described_0_2(change).build()).err();
        let error = error.unwrap_or_else(|| panic!("accepted: {reason}"));
        assert_eq!(error.kind(), ErrorKind::Module, "{error}");
        assert!(error.message().contains(reason), "`{}` does not say `{reason}`", error.message());
        assert!(error.hint().is_some() || reason.contains("projects table"), "{error}");
        if let Some(part) = error.message().strip_suffix(", and this host cannot run it yet") {
            let part = part.rsplit(": ").next().unwrap();
            let row = ["`user_id`", "`users`", "`Likes`", "`h`"]
                .iter()
                .fold(part.to_owned(), |row, name| row.replace(name, "`NAME`"));
            assert!(page.contains(&format!("| {row} |")), "docs/compatibility.md does not list `{row}`");
        }
    }
    let noted = Canned::described_0_2(|d| d["settings"] = json!([{"name": "note.author", "value": "1"}]));
    engine().validate(None, &noted.build()).unwrap();
}
