use serde_json::{Value, json};

use super::{engine, limits};
use crate::{ModuleEngine, ModuleLimits};
use foldline_base::error::{Error, ErrorKind};
use foldline_testkit::canned::{Body, Canned, like_count, panic, wat};

/// A change that makes a description invalid.
type Change = fn(&mut Value);
type BoxedChange = Box<dyn FnOnce(&mut Value)>;

/// Checks that a module is rejected for a reason, with a remedy.
#[track_caller]
fn rejected(wasm: &[u8], reason: &str, remedy: &str) {
    judged(engine().validate(None, wasm).err(), reason, remedy);
}

#[track_caller]
fn judged(error: Option<Error>, reason: &str, remedy: &str) {
    let error = error.expect("the module was accepted");
    assert_eq!(error.kind(), ErrorKind::Module, "{error}");
    assert!(error.message().contains(reason), "`{}` does not say `{reason}`", error.message());
    let hint = error.hint().unwrap_or_default();
    assert!(hint.contains(remedy), "`{hint}` does not say `{remedy}` (of `{}`)", error.message());
}

#[test]
fn a_sound_module_is_accepted_and_described() {
    let wasm = Canned::default().build();
    let module = engine().validate(Some("like-count@0.1.0.wasm"), &wasm).unwrap();
    let description = module.description();
    assert_eq!((description.name.as_str(), description.version.as_str()), ("like-count", "0.1.0"));
    assert_eq!(description.inputs[0].event_time, Some(1));
    assert_eq!(description.tables[0].aggregates[0].kind.name(), "Distinct");
    assert_eq!(*module.digest(), crate::Digest::of(&wasm));
}

#[test]
fn what_is_no_component_is_rejected() {
    let wasm = Canned::default().build();
    rejected(b"", "is empty", "copy the file again");
    rejected(b"{\"a\":1}", "is not WebAssembly", "foldline build");
    rejected(b"\0as", "is truncated after 3 bytes", "copy the file again");
    rejected(&wasm[..wasm.len() / 2], "is truncated", "copy the file again");
    rejected(&wasm[..wasm.len() - 1], "is truncated", "copy the file again");
    rejected(&Canned::default().core_module(), "is a core module", "run `foldline build`");
    rejected(b"\0asm\x09\0\0\0", "unknown WebAssembly version", "foldline build");
}

#[test]
fn no_flipped_byte_and_no_cut_ends_the_host() {
    let wasm = Canned::default().build();
    for at in (0..wasm.len()).step_by(wasm.len() / 40) {
        let mut damaged = wasm.clone();
        damaged[at] ^= 0x41;
        // May be accepted or rejected: some bytes do not matter, such as those of the ABI's patch version.
        let _ = engine().validate(None, &damaged);
        rejected(&wasm[..at], "", "");
    }
}

#[test]
fn too_large_modules_are_rejected_before_they_are_compiled() {
    let wasm = Canned::default().build();
    let small = ModuleLimits { file_bytes_max: wasm.len() - 1, ..limits() };
    let error = ModuleEngine::new(small, None).unwrap().validate(None, &wasm).err();
    judged(error, "longer than the limit of", "raise `limits.module_bytes_max`");

    let many = "(func)".repeat(50_001);
    rejected(
        &Canned { more: many, ..Canned::default() }.build(),
        "functions, more than the limit of 50000",
        "",
    );
    let long = format!("(func {})", "(drop (i32.const 1))".repeat(200_000));
    rejected(&Canned { more: long, ..Canned::default() }.build(), "bytes in one function", "");
}

#[test]
fn another_abi_is_rejected_with_both_versions_named() {
    let of = |abi| Canned { abi: Some(abi), ..Canned::default() }.build();
    rejected(&of("0.3.0"), "built for ABI 0.3.0, and this host runs ABI 0.1 and 0.2", "rebuild");
    rejected(&of("1.0.0"), "built for ABI 1.0.0, and this host runs ABI 0.1 and 0.2", "rebuild");
    rejected(&of("0.2.0"), "imports `foldline:reducer/host@0.1.0`", "");
    rejected(&of("soon"), "built for ABI soon", "rebuild");
    assert!(engine().validate(None, &of("0.1.7")).is_ok(), "a patch of the ABI");
}

#[test]
fn the_abi_is_read_before_the_rest_is_understood() {
    // A section of a kind that no host knows yet is in the place of the component.
    let newer = b"\0asm\x0d\0\x01\0\x00\x12\x0cfoldline:abi0.9.0\x7f\x02xx";
    rejected(newer, "built for ABI 0.9.0, and this host runs ABI 0.1", "");
    rejected(b"\0asm\x0d\0\x01\0", "states no ABI version", "foldline-sdk");
}

#[test]
fn imports_beyond_the_contract_are_rejected_by_name() {
    let component = |import: &str| {
        let text = format!(
            "(component (@custom \"foldline:abi\" (after header) \"0.1.0\") (import \"{import}\" (instance)))"
        );
        wat::parse_str(text).or_else(|_| {
            let mut wasm = wat::parse_str(format!("(component (import \"{import}\" (instance)))"))?;
            wasm.splice(8..8, *b"\x00\x12\x0cfoldline:abi0.1.0");
            Ok::<_, wat::Error>(wasm)
        })
    };
    let wasi = component("wasi:cli/environment@0.2.0").unwrap();
    rejected(
        &wasi,
        "imports `wasi:cli/environment@0.2.0`, which reducers may not use",
        "wasm32-unknown-unknown",
    );
    let other = component("acme:things/clock").unwrap();
    rejected(&other, "imports `acme:things/clock`", "only `foldline:reducer/host`");
    let newer = component("foldline:reducer/host@0.2.0").unwrap();
    rejected(&newer, "imports `foldline:reducer/host@0.2.0`", "");
    rejected(
        &component("foldline:reducer/host@0.1.0").unwrap(),
        "does not export `foldline:reducer/manifest`",
        "#[reducer]",
    );
}

#[test]
fn parts_that_this_host_cannot_run_are_rejected_by_name() {
    let yet = "this host cannot run it yet";
    let fold = Canned { world: "reducer-with-fold", ..Canned::default() };
    rejected(&fold.build(), &format!("a fold, and {yet}"), "newer host");
    let cases: [(&str, Change); 3] = [
        ("`users` refers to another table", |d| d["tables"][0]["aggregates"][0]["refers-to"] = json!(0)),
        ("`users` is a fold", |d| d["tables"][0]["aggregates"][0]["kind"] = json!("fold")),
        ("projects 2 tables where one is expected", |d| {
            let mut second = d["tables"][0].clone();
            second["name"] = json!("Other");
            d["tables"].as_array_mut().unwrap().push(second);
        }),
    ];
    for (part, change) in cases {
        rejected(&Canned::described(change).build(), &format!("{part}, and {yet}"), "newer host");
    }
    rejected(
        &Canned::described(|d| d["tables"][0]["projected"] = json!(false)).build(),
        "no table that becomes documents",
        "Table",
    );
}

#[test]
fn a_relay_is_described_as_it_is_exported_and_writes_no_topic_that_it_reads() {
    let relay = |world, topics: Value| {
        let only = world == "relay-only";
        let change = move |d: &mut Value| {
            d["relay-topics"] = topics;
            if only {
                (d["tables"], d["document"]) = (json!([]), json!([]));
            }
        };
        Canned { world, ..Canned::described(change) }.build()
    };
    for world in ["relay-only", "reducer-with-relay"] {
        let module = engine().validate(None, &relay(world, json!(["mail", "new.posts"]))).unwrap();
        let description = module.description();
        assert_eq!((description.reduces(), description.relays()), (world != "relay-only", true), "{world}");
        for (topics, reason, remedy) in [
            (json!([]), "exports a relay and declares no topic", "TOPICS"),
            (json!(["mail", "mail"]), "declares the relay topic `mail` twice", "rename"),
            (json!(["likes"]), "relays to topic `likes`, which it reads", "another topic"),
            (json!(["foldline.frontiers"]), "one of the host's own", "`foldline.`"),
            (json!(["new posts"]), "relay topic `new posts`: is not a topic name", "letters, digits"),
            (json!(vec!["t"; 65]), "declares 65 relay topics", ""),
        ] {
            rejected(&relay(world, topics), reason, remedy);
        }
    }
    rejected(&relay("reducer", json!(["mail"])), "exports no `relay`", "#[relay]");
    let with_tables =
        Canned { world: "relay-only", ..Canned::described(|d| d["relay-topics"] = json!(["m"])) };
    rejected(&with_tables.build(), "exports no `reduce`", "#[reducer]");
}

/// Changes the default description's only table.
fn table(change: Change) -> BoxedChange {
    Box::new(move |d| change(&mut d["tables"][0]))
}

/// Gives the default description's only aggregate a kind.
fn kind(kind: Value) -> BoxedChange {
    Box::new(|d| d["tables"][0]["aggregates"][0]["kind"] = kind)
}

fn sliding(size_ms: u64, slide_ms: u64) -> Value {
    json!({"sliding": {"size-ms": size_ms, "slide-ms": slide_ms}})
}

fn quantiles(error_millionths: u32, at: &[f64]) -> BoxedChange {
    kind(json!({"quantiles": {"relative-error-millionths": error_millionths, "at": at}}))
}

#[test]
fn windows_and_their_options_are_accepted_or_rejected_with_a_remedy() {
    let sound: [BoxedChange; 5] = [
        table(|t| t["window"] = json!({"tumbling": 3_600_000})),
        table(|t| t["window"] = sliding(86_400_000, 120_000)),
        table(|t| (t["window"], t["when-empty"]) = (sliding(60_000, 1_000), json!("zero"))),
        table(|t| (t["window"], t["keep"]) = (json!({"session": 1}), json!({"every": 1}))),
        table(|t| {
            t["window"] = json!({"tumbling": 1});
            t["allowed-lateness-ms"] = json!(60_000);
        }),
    ];
    for change in sound {
        let validated = engine().validate(None, &Canned::described(change).build());
        assert!(validated.is_ok(), "{}", validated.err().unwrap());
    }
    let zero = "belongs to `keep = \"latest\"`";
    let cases: [(&str, &str, BoxedChange); 11] = [
        (
            "slides, where 1048576 are allowed",
            "further",
            table(|t| t["window"] = sliding(31_536_000_000, 10_000)),
        ),
        ("windows of 0 ms", "a millisecond", table(|t| t["window"] = json!({"tumbling": 0}))),
        ("gap between sessions of 0 ms", "", table(|t| t["window"] = json!({"session": 0}))),
        ("slide of 0 ms", "", table(|t| t["window"] = sliding(60_000, 0))),
        ("of 60000 ms that slide by 7000 ms", "divide", table(|t| t["window"] = sliding(60_000, 7_000))),
        ("of 1000 ms that slide by 60000 ms", "divide", table(|t| t["window"] = sliding(1_000, 60_000))),
        (
            "a lateness of 18446744073709551615 ms",
            "a hundred years",
            table(|t| {
                t["window"] = json!({"tumbling": 1});
                t["allowed-lateness-ms"] = json!(u64::MAX);
            }),
        ),
        (
            "a retention of 0 ms",
            "",
            table(|t| (t["window"], t["keep"]) = (json!({"tumbling": 1}), json!({"every": 0}))),
        ),
        (
            "zeros for windows that are never empty",
            zero,
            table(|t| (t["window"], t["when-empty"]) = (json!({"session": 1}), json!("zero"))),
        ),
        (
            "zeros for windows that are never empty",
            zero,
            table(|t| {
                (t["window"], t["keep"]) = (json!({"tumbling": 1}), json!({"every": 1}));
                t["when-empty"] = json!("zero");
            }),
        ),
        (
            "has windows, and `users` refers to another table",
            "without windows",
            table(|t| {
                t["window"] = json!({"tumbling": 1});
                t["aggregates"][0]["refers-to"] = json!(0);
            }),
        ),
    ];
    for (reason, remedy, change) in cases {
        rejected(&Canned::described(change).build(), reason, remedy);
    }
}

#[test]
fn the_largest_and_quantiles_are_bounded() {
    let sixteen: Vec<f64> = (0..16).map(|at| f64::from(at) / 15.0).collect();
    for change in [
        kind(json!({"top-k": 1})),
        kind(json!({"top-k": 1_000})),
        quantiles(1_000, &[0.0, 1.0]),
        quantiles(100_000, &sixteen),
    ] {
        assert!(engine().validate(None, &Canned::described(change).build()).is_ok());
    }
    let seventeen: Vec<f64> = (0..17).map(|at| f64::from(at) / 16.0).collect();
    for (reason, change) in [
        ("aggregate `users`: a TopK keeps 1 to 1000 values, not 0", kind(json!({"top-k": 0}))),
        ("not 1001", kind(json!({"top-k": 1_001}))),
        ("aggregate `users`: a Quantiles has a relative error of 1000 to", quantiles(999, &[0.5])),
        ("not 100001", quantiles(100_001, &[0.5])),
        ("asks for 1 to 16 quantiles, not 0", quantiles(10_000, &[])),
        ("not 17", quantiles(10_000, &seventeen)),
        ("the quantile 1.5, which is not within 0 and 1", quantiles(10_000, &[0.5, 1.5])),
        ("the quantile -0.1", quantiles(10_000, &[-0.1])),
        ("the quantile 0.5 twice", quantiles(10_000, &[0.5, 0.9, 0.5])),
    ] {
        rejected(&Canned::described(change).build(), reason, "");
    }
}

#[test]
fn descriptions_that_make_no_sense_are_rejected() {
    let long = "x".repeat(129);
    let cases: Vec<(&str, BoxedChange)> = vec![
        ("is not a valid name", Box::new(|d| d["name"] = json!("Like_Count"))),
        ("is not a valid name", Box::new(|d| d["name"] = json!(""))),
        ("is not a valid name", Box::new(|d| d["name"] = json!("a".repeat(65)))),
        ("is not a valid name", Box::new(|d| d["name"] = json!("../../etc/passwd"))),
        ("version as `newest`", Box::new(|d| d["version"] = json!("newest"))),
        ("version as `1.0`", Box::new(|d| d["version"] = json!("1.0"))),
        ("no input topic", Box::new(|d| d["inputs"] = json!([]))),
        (
            "topic `likes`: is read by two inputs, one of which takes all its records",
            Box::new(|d| d["inputs"] = json!([d["inputs"][0], d["inputs"][0]])),
        ),
        ("is not a topic name", Box::new(|d| d["inputs"][0]["topic"] = json!("likes and dislikes"))),
        ("is not a topic name", Box::new(|d| d["inputs"][0]["topic"] = json!("t".repeat(250)))),
        ("is not a topic name", Box::new(|d| d["inputs"][0]["topic"] = json!(".."))),
        ("host's own", Box::new(|d| d["inputs"][0]["topic"] = json!("foldline.decisions"))),
        ("field `user_id` twice", Box::new(|d| d["inputs"][0]["fields"][1]["name"] = json!("user_id"))),
        ("event time from field 2", Box::new(|d| d["inputs"][0]["event-time"] = json!(2))),
        ("event time from `user_id`", Box::new(|d| d["inputs"][0]["event-time"] = json!(0))),
        (
            "`timestamp`, which is not required",
            Box::new(|d| d["inputs"][0]["fields"][1]["required"] = json!(false)),
        ),
        ("a hundred years", Box::new(|d| d["inputs"][0]["out-of-orderness-ms"] = json!(u64::MAX))),
        ("no path", Box::new(|d| d["inputs"][0]["fields"][0]["path"] = json!([]))),
        ("has a path", Box::new(|d| d["inputs"][0]["fields"][0]["source"] = json!("key"))),
        (
            "has a field named",
            Box::new({
                let long = long.clone();
                move |d| d["inputs"][0]["fields"][0]["name"] = json!(long)
            }),
        ),
        ("has a table named", Box::new(|d| d["tables"][0]["name"] = json!("a\nb"))),
        ("33 tables", Box::new(|d| d["tables"] = json!(vec![d["tables"][0].clone(); 33]))),
        ("keyed by Float", Box::new(|d| d["tables"][0]["key"] = json!("float"))),
        ("keyed by Blob", Box::new(|d| d["tables"][0]["key"] = json!("blob"))),
        ("has no aggregates", Box::new(|d| d["tables"][0]["aggregates"] = json!([]))),
        (
            "has precision 4 to 18, not 3",
            Box::new(|d| d["tables"][0]["aggregates"][0]["kind"] = json!({"distinct": 3})),
        ),
        (
            "has precision 4 to 18, not 19",
            Box::new(|d| d["tables"][0]["aggregates"][0]["kind"] = json!({"distinct": 19})),
        ),
        (
            "has at most 18 places, not 19",
            Box::new(|d| d["tables"][0]["aggregates"][0]["kind"] = json!({"sum": 19})),
        ),
        ("keeps every window", Box::new(|d| d["tables"][0]["keep"] = json!({"every": 1}))),
        (
            "document field `count` twice",
            Box::new(|d| d["document"] = json!([d["document"][0], d["document"][0]])),
        ),
    ];
    for (reason, change) in cases {
        rejected(&Canned::described(change).build(), reason, "");
    }
}

#[test]
fn a_file_name_that_disagrees_with_the_module_is_rejected() {
    let wasm = Canned::default().build();
    for name in ["like-count.wasm", "like-count@0.2.0.wasm", "likes@0.1.0.wasm"] {
        let error = engine().validate(Some(name), &wasm).err();
        judged(
            error,
            &format!("module `{name}`: describes itself as like-count 0.1.0"),
            "`like-count@0.1.0.wasm`",
        );
    }
}

#[test]
fn a_describe_that_misbehaves_is_rejected() {
    let of = |describe: Body| Canned { describe, ..Canned::default() }.build();
    rejected(&of(wat("unreachable")), "trial call of `describe`: the module trapped", "foldline test");
    rejected(
        &of(wat("(loop $l (br $l)) unreachable")),
        "`describe`: the module used up its fuel",
        "loop without end",
    );
    rejected(&of(panic()), "panicked at src/lib.rs:7:5: no such user", "");
    rejected(
        &of(wat("(i32.const 0x7fffff00)")),
        "`describe`: the module's answer is malformed",
        "foldline-sdk",
    );
    let mut long = like_count();
    long["sdk"] = json!({"$raw": [0, 1_500_000]});
    rejected(&of(Body::Answer(long)), "answer is longer than 1048576 bytes", "");
    let mut text = like_count();
    text["sdk"] = json!({"$raw": [0, 1_000]});
    rejected(&of(Body::Answer(text)), "names an SDK of more than 128 bytes", "");
}

#[test]
fn a_start_that_misbehaves_is_rejected() {
    let of = |start| Canned { start, ..Canned::default() }.build();
    rejected(&of("(loop $l (br $l))"), "used up its fuel", "loop without end");
    rejected(&of("unreachable"), "trapped", "foldline test");
    rejected(
        &Canned { memory_pages: 129, ..Canned::default() }.build(),
        "8454144 bytes of memory, more than its limit of 8388608",
        "",
    );
}

#[test]
fn an_extract_that_misbehaves_without_events_is_rejected() {
    let of = |extract_nothing: Body| Canned { extract_nothing, ..Canned::default() }.build();
    rejected(&of(wat("unreachable")), "trial call of `extract`", "foldline test");
    rejected(
        &of(Body::Answer(json!({"err": "not today"}))),
        "answered with an error: not today",
        "foldline test",
    );
    let one = json!({"ok": {"contributions": [{
        "source-rows": [0],
        "keys": {"values": {"texts": foldline_testkit::canned::bytes(&["p1"])}},
        "values": [{"values": {"texts": foldline_testkit::canned::bytes(&["u1"])}}],
    }]}});
    rejected(&of(Body::Answer(one)), "contributions out of no events of topic `likes`", "");
}

#[test]
fn what_nothing_instantiates_is_rejected() {
    let wasm = Canned::default().build();
    let with = |sections: &[&[u8]]| [&wasm[..], &sections.concat()].concat();
    let module: &[u8] = b"\x01\x08\0asm\x01\0\0\0";
    rejected(&with(&[module]), "holds a core module that nothing instantiates", "foldline build");
    let component: &[u8] = b"\x04\x08\0asm\x0d\0\x01\0";
    rejected(&with(&[component]), "holds a component that nothing instantiates", "foldline build");
    let nested = [b"\x04\x12\0asm\x0d\0\x01\0", module].concat();
    rejected(&with(&[&nested]), "holds a core module that nothing instantiates", "foldline build");
    let is_module =
        |payload: &wasmparser::Payload<'_>| matches!(payload, wasmparser::Payload::ModuleSection { .. });
    let payloads = wasmparser::Parser::new(0).parse_all(&wasm).map(Result::unwrap);
    let number = payloads.filter(is_module).count() as u8;
    let instance = [2, 4, 1, 0, number, 0];
    engine().validate(None, &with(&[module, &instance])).unwrap();
}
