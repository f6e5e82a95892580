use foldline_core::column::ValueRef;
use serde_json::{Value, json};

use super::{FUEL, engine, likes, results};
use crate::{FaultKind, Instance};
use foldline_testkit::canned::{Body, Canned, bytes, panic, wat};

fn instance(canned: Canned) -> Instance {
    engine().validate(None, &canned.build()).unwrap().instantiate().unwrap()
}

fn extracting(body: Body) -> Instance {
    instance(Canned { extract: body, ..Canned::default() })
}

/// Checks that `extract` of three likes ends in this fault, and that the instance accepts no calls afterwards.
#[track_caller]
fn faults(body: Body, kind: FaultKind, message: &str) {
    let mut instance = extracting(body);
    let fault = instance.extract(&likes(3)).unwrap_err();
    assert_eq!(fault.kind, kind, "{fault}");
    assert!(fault.message.contains(message), "`{fault}` does not say `{message}`");
    let after = instance.extract(&likes(0)).unwrap_err();
    assert!(after.message.contains("cannot be called again"), "{after}");
    assert!(instance.project(&results(1)).is_err());
}

#[track_caller]
fn malformed(contributions: Value, message: &str) {
    let answer = Body::Answer(json!({"ok": {"contributions": contributions}}));
    faults(answer, FaultKind::BadOutput, message);
}

/// A contribution of one user to one post, with some fields replaced.
fn contribution(change: impl FnOnce(&mut Value)) -> Value {
    let mut contribution = json!({
        "table": 0,
        "source-rows": [2],
        "keys": {"values": {"texts": bytes(&["p1"])}},
        "values": [{"values": {"texts": bytes(&["u1"])}}],
    });
    change(&mut contribution);
    contribution
}

#[test]
fn a_sound_answer_arrives_as_columns() {
    let rejected = json!([{"row": 1, "reason": "no such user"}]);
    let answer = json!({"ok": {"contributions": [contribution(|_| {})], "rejected": rejected}});
    let mut instance = extracting(Body::Answer(answer));
    for _ in 0..3 {
        let extracted = instance.extract(&likes(3)).unwrap();
        assert_eq!(extracted.contributions[0].source_rows, [2]);
        assert_eq!(extracted.contributions[0].keys.parts()[0].get(0), Some(ValueRef::Text("p1")));
        assert_eq!(extracted.contributions[0].values[0].get(0), Some(ValueRef::Text("u1")));
        assert_eq!((extracted.rejected[0].row, extracted.rejected[0].reason.as_str()), (1, "no such user"));
    }
    let projected = instance.project(&results(1)).unwrap();
    assert_eq!(projected.documents.get(0), Some(ValueRef::Text("{}")));
}

#[test]
fn an_error_of_the_guests_own_leaves_the_instance_usable() {
    let mut instance = extracting(Body::Answer(json!({"err": "a like without a post"})));
    for _ in 0..2 {
        let fault = instance.extract(&likes(1)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(fault.message.contains("a like without a post"), "{fault}");
    }
    assert!(instance.extract(&likes(0)).is_ok());
}

#[test]
fn traps_and_exhausted_budgets_are_told_apart() {
    faults(wat("unreachable"), FaultKind::Trap, "unreachable");
    faults(wat("(i32.div_s (i32.const 1) (i32.const 0))"), FaultKind::Trap, "divide by zero");
    faults(wat("(loop $l (br $l)) unreachable"), FaultKind::Fuel, &FUEL.to_string());
    let grow = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable";
    faults(wat(grow), FaultKind::Memory, "limit of 8388608");
    let mut deep = Canned { extract: wat("(call $deep)"), ..Canned::default() };
    deep.more = "(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))".to_owned();
    let fault = instance(deep).extract(&likes(1)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Stack, "{fault}");
}

#[test]
fn project_has_the_budgets_of_extract() {
    let grow = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable";
    let more = "(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))";
    let gigabyte = json!({"ok": {"documents": {"values": {"texts": {"offsets": {"$raw": [8, 1 << 28]}}}}}});
    for (project, kinds) in [
        (wat("(loop $l (br $l)) unreachable"), &[FaultKind::Fuel][..]),
        (wat(grow), &[FaultKind::Memory]),
        (wat("(call $deep)"), &[FaultKind::Stack]),
        (wat("unreachable"), &[FaultKind::Trap]),
        // A gigabyte that does not exist is malformed; one that existed would be too long.
        (Body::Answer(gigabyte), &[FaultKind::Output, FaultKind::BadOutput]),
    ] {
        let canned = Canned { project, more: more.to_owned(), ..Canned::default() };
        let fault = instance(canned).project(&results(1)).unwrap_err();
        assert!(kinds.contains(&fault.kind), "{fault}");
    }
}

#[test]
fn the_panics_text_and_place_are_the_faults_message() {
    faults(panic(), FaultKind::Trap, "the module panicked at src/lib.rs:7:5: no such user: u1");
}

#[test]
fn bulk_work_and_host_calls_cost_fuel_by_the_byte() {
    let fill =
        "(loop $l (memory.fill (i32.const 65536) (i32.const 0) (i32.const 1000000)) (br $l)) unreachable";
    faults(wat(fill), FaultKind::Fuel, "fuel");
    let log = "(loop $l (call $log (i32.const 0) (i32.const 65536) (i32.const 1000000)) (br $l)) unreachable";
    faults(wat(log), FaultKind::Fuel, "fuel");
    let fail = "(loop $l (call $fail (i32.const 16) (i32.const 43)) (br $l)) unreachable";
    faults(wat(fail), FaultKind::Fuel, "fuel");
}

#[test]
fn the_budget_is_per_call_and_the_same_for_each() {
    // Uses three quarters of the fuel: if the budget spanned several calls, it would run out in the second one.
    let more = format!(
        "(func $work (result i32) (local $i i32)
            (local.set $i (i32.const {}))
            (loop $l (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (i32.const 1000000))",
        FUEL / 8
    );
    let mut instance = instance(Canned { extract: wat("(call $work)"), more, ..Canned::default() });
    for _ in 0..5 {
        assert_eq!(instance.extract(&likes(1)).unwrap().contributions.len(), 0);
    }
}

#[test]
fn answers_that_contradict_the_contract_are_faults() {
    malformed(json!([contribution(|c| c["table"] = json!(1))]), "table 1 of 1");
    malformed(json!([contribution(|_| {}), contribution(|_| {})]), "`Likes` twice");
    malformed(json!([contribution(|c| c["values"] = json!([]))]), "0 columns for the 1 aggregates");
    malformed(
        json!([contribution(|c| c["source-rows"] = json!([1, 2]))]),
        "`keys` of table `Likes` has 1 values where 2",
    );
    let with = |offsets: Value, data: &[u8]| json!({"values": {"texts": {"offsets": offsets, "data": data}}});
    malformed(
        json!([contribution(|c| c["keys"] = with(json!([0, 1]), &[0xff]))]),
        "`keys` of table `Likes` is not UTF-8",
    );
    malformed(json!([contribution(|c| c["keys"] = with(json!([0, 9]), b"p1"))]), "is damaged");
    malformed(json!([contribution(|c| c["keys"] = with(json!([]), b""))]), "is damaged");
    malformed(json!([contribution(|c| c["keys"]["validity"] = json!([1, 1]))]), "bytes of validity");
    malformed(
        json!([contribution(|c| c["values"] = json!([{"values": {"ints": [1, 2]}}]))]),
        "`users` of table",
    );
}

#[test]
fn rejected_rows_are_rows_of_the_batch() {
    let of = |rejected: Value| Body::Answer(json!({"ok": {"rejected": rejected}}));
    faults(of(json!([{"row": 3}])), FaultKind::BadOutput, "row 3 rejected in a batch of 3");
    faults(of(json!([{"row": 1}, {"row": 1}])), FaultKind::BadOutput, "row 1 rejected twice");
    faults(of(json!([{}, {}, {}, {}])), FaultKind::BadOutput, "4 rejected rows in a batch of 3");
    let reason = json!([{"row": 0, "reason": "r".repeat(5_000)}]);
    let extracted = extracting(of(reason)).extract(&likes(3)).unwrap();
    assert!(extracted.rejected[0].reason.len() < 1_100);
}

#[test]
fn answers_that_lie_about_their_size_are_faults() {
    malformed(json!({"$raw": [8, 1 << 30]}), "out of bounds");
    malformed(json!({"$raw": [3, 1]}), "not aligned");
    malformed(
        json!([contribution(|c| c["source-rows"] = json!({"$raw": [1 << 20, 1 << 28]}))]),
        "out of bounds",
    );
    // Half a million rows that really exist, and more bytes than the host accepts.
    let long = json!([contribution(|c| c["source-rows"] = json!({"$raw": [1024, 500_000]}))]);
    faults(Body::Answer(json!({"ok": {"contributions": long}})), FaultKind::Output, "1048576 bytes");
    let many = json!({"$raw": [1_500_000, 10_000]});
    faults(Body::Answer(json!({"ok": {"contributions": many}})), FaultKind::Output, "1048576 bytes");
    let many = json!({"$raw": [1_500_000, 2_000]});
    faults(Body::Answer(json!({"ok": {"contributions": many}})), FaultKind::BadOutput, "");
    faults(Body::Answer(json!({"err": {"$raw": [65_536, 1_900_000]}})), FaultKind::Output, "1048576 bytes");
    faults(wat("(i32.const -8)"), FaultKind::BadOutput, "out of bounds");
}

#[test]
fn projections_have_a_text_per_row_and_memberships_as_the_contract_says() {
    let of = |answer: Value| {
        instance(Canned { project: Body::Answer(json!({"ok": answer})), ..Canned::default() })
    };
    let one = json!({"values": {"texts": bytes(&["{}"])}});
    let short = of(json!({"documents": one})).project(&results(2)).unwrap_err();
    assert!(short.message.contains("`documents` has 1 values where 2 are expected"), "{short}");
    let ints = of(json!({"documents": {"values": {"ints": [1]}}})).project(&results(1)).unwrap_err();
    assert!(ints.message.contains("ints where texts are expected"), "{ints}");
    let placed = |rows: Value, sets: Value, scores: Value| {
        let answer = json!({
            "documents": one, "member-rows": rows, "sets": sets, "members": bytes(&["m"]), "scores": scores,
        });
        of(answer).project(&results(1))
    };
    let memberships = placed(json!([0]), bytes(&["s"]), json!([1.5])).unwrap().memberships;
    let places: Vec<_> = memberships.of_row(0).map(|place| (place.set, place.member, place.score)).collect();
    assert_eq!(places, [("s", "m", 1.5)]);
    for (wrong, why) in [
        (placed(json!([1]), bytes(&["s"]), json!([1.5])), "a membership of row 1 of 1"),
        (placed(json!([0]), bytes(&[]), json!([1.5])), "`sets` has 0 values where 1 are expected"),
        (placed(json!([0]), json!({"offsets": [1], "data": [115]}), json!([1.5])), "`sets` is damaged"),
        (placed(json!([]), bytes(&[]), json!([])), "`members` has 1 values where 0 are expected"),
    ] {
        let fault = wrong.unwrap_err();
        assert_eq!(fault.kind, FaultKind::BadOutput);
        assert!(fault.message.contains(why), "{fault}");
    }
    let null = of(json!({"documents": {"values": {"texts": bytes(&[""])}, "validity": [0]}}));
    assert_eq!({ null }.project(&results(1)).unwrap().documents.get(0), None);
}
