//! Goal: `foldline diff` and the gate that uses it count differences exactly, and no version goes live by itself that differs
//! more than allowed.
//! Method: real hosts with a version that counts differently alongside the live one, under appends. The counts are those of a
//! naive comparison of what both must show. `host/inspect/src/compare/tests.rs` compares random documents.

use foldline_inspect::fixture;
use foldline_tests::client::Client;
use foldline_tests::host::{Home, Host, module, wait_for};
use foldline_tests::likes::likes;
use foldline_tests::quirks::{Quirk, like_count};
use foldline_tests::variants::validated;
use serde_json::{Value, json};

const NAME: &str = "like-count";

fn drop_in(home: &Home, quirk: Quirk, version: &str) {
    home.drop_file(&format!("{NAME}@{version}.wasm"), like_count(quirk, version));
}

/// Runs a comparison. Returns the exit code and the answer.
fn diff(host: &Host, arguments: &[&str]) -> (i32, Value) {
    let output = host.run(&[&["diff", NAME, "-o", "json"], arguments].concat());
    let code = output.status.code().expect("it ends");
    let answer = serde_json::from_slice(&output.stdout);
    (code, answer.unwrap_or_else(|_| panic!("{code}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// Returns the numbers of documents in which a field differs, is tolerated, rose and fell.
fn field(answer: &Value, name: &str) -> [usize; 4] {
    let mut fields = answer["fields"].as_array().expect("fields").iter();
    let field = fields.find(|field| field["name"] == name).expect("the field");
    ["differ", "tolerated", "rose", "fell"].map(|what| field[what].as_u64().expect("a count") as usize)
}

/// Returns how many documents stay the same, and how many change, in a version that counts one more from three users on.
fn one_more(client: &Client) -> [usize; 2] {
    let counts = client.counts();
    let changed = counts.values().filter(|count| **count >= 3).count();
    [counts.len() - changed, changed]
}

#[test]
fn what_differs_is_counted_exactly_while_a_client_appends_and_after() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    let mut client = Client::new(3);
    client.append(&host.url, 2_000);
    client.check(&host);
    drop_in(&home, Quirk::OneMore, "0.2.0");
    host.await_phase(NAME, "0.2.0", "caught_up");

    let before = one_more(&client);
    let appending = client.keep_appending_unread(&host);
    for _ in 0..20 {
        let (code, answer) = diff(&host, &[]);
        assert_eq!(code, 1);
        let count = |what: &str| answer["documents"][what].as_u64().expect("a count") as usize;
        assert!(count("changed") >= before[1], "{answer}");
        assert_eq!((count("only_old"), count("only_new")), (0, 0), "both stood at one position: {answer}");
        assert_eq!(answer["old"]["events"], answer["new"]["events"]);
        assert_eq!(field(&answer, "count"), [count("changed"), 0, count("changed"), 0]);
        for sample in answer["samples"]["changed"].as_array().expect("samples") {
            let counts = ["old", "new"].map(|side| sample["fields"][0][side].as_u64().expect("a count"));
            assert_eq!(counts[0] + 1, counts[1], "{sample}");
        }
        appending.goes_on();
    }
    let client = appending.stop();
    client.check(&host);
    let [same, changed] = one_more(&client);
    assert!(same > 0 && changed > 0);
    let (code, answer) = diff(&host, &[]);
    assert_eq!(code, 1);
    assert_eq!(answer["documents"], json!({"same": same, "changed": changed, "only_old": 0, "only_new": 0}));
    assert_eq!(field(&answer, "count"), [changed, 0, changed, 0]);
    assert_eq!(field(&answer, "post_id"), [0; 4]);
    let counts = client.counts();
    for sample in answer["samples"]["changed"].as_array().expect("samples") {
        let count = counts[sample["id"].as_str().expect("an id")];
        assert_eq!(sample["fields"], json!([{"name": "count", "old": count, "new": count + 1}]));
    }
    for version in ["old", "new"] {
        assert_eq!(answer[version]["events"], client.likes());
        assert_eq!(answer[version]["documents"], counts.len());
    }

    // One of three is a third more.
    let (code, answer) = diff(&host, &["--tolerance", "count=33%"]);
    assert_eq!(code, i32::from(counts.values().any(|count| *count == 3)), "{answer}");
    let (code, answer) = diff(&host, &["--tolerance", "count=34%"]);
    assert_eq!((code, field(&answer, "count")), (0, [0, changed, changed, 0]));

    // Why one document differs: a fixture that distinguishes the two versions.
    let (key, _) = counts.iter().find(|(_, count)| **count >= 3).expect("one that differs");
    let output = host.run(&["diff", NAME, "--why", key]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = fixture::parse::parse("fixture", &output.stdout).expect("a fixture");
    let old = std::fs::read(module(NAME)).expect("a module");
    let [old, new] = [old, like_count(Quirk::OneMore, "0.2.0")]
        .map(|wasm| fixture::run(&validated(&wasm), &lines, 1 << 20).expect("it runs"));
    assert_eq!(old, Vec::<String>::new());
    assert!(new.iter().any(|difference| difference.contains(key.as_str())), "{new:?}");
    let (alone, _) = counts.iter().find(|(_, count)| **count < 3).expect("one that does not");
    host.ask(&["diff", NAME, "--why", alone]);

    // The same code under another version number shows no difference.
    home.add_version(NAME, "0.3.0");
    host.await_phase(NAME, "0.3.0", "caught_up");
    let (code, answer) = diff(&host, &[]);
    assert_eq!((code, &answer["documents"]["same"]), (0, &json!(counts.len())));
    assert_eq!(answer["new"]["version"], "like-count@0.3.0");
}

#[test]
fn of_comparisons_at_the_same_time_each_is_right_or_refused() {
    let home = Home::default().with_module(NAME);
    let host = home.start();
    let mut client = Client::new(4);
    client.append(&host.url, 5_000);
    drop_in(&home, Quirk::OneMore, "0.2.0");
    host.await_phase(NAME, "0.2.0", "caught_up");
    host.wait(NAME);
    let [same, changed] = one_more(&client);
    let expected = json!({"same": same, "changed": changed, "only_old": 0, "only_new": 0});
    let (mut right, mut refused) = (0, 0);
    // Until both were seen.
    wait_for("an answer and a refusal", || {
        let outputs = std::thread::scope(|scope| {
            let asked: Vec<_> =
                (0..4).map(|_| scope.spawn(|| host.run(&["diff", NAME, "-o", "json"]))).collect();
            asked.into_iter().map(|one| one.join().expect("it ends")).collect::<Vec<_>>()
        });
        for output in outputs {
            let stderr = String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(1) {
                let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer");
                assert_eq!(answer["documents"], expected);
                right += 1;
            } else {
                assert_eq!(output.status.code(), Some(4), "{stderr}");
                assert!(stderr.contains("another verification or comparison is under way"), "{stderr}");
                refused += 1;
            }
        }
        (right > 0 && refused > 0).then_some(())
    });
    host.ask(&["verify", NAME]);
    client.check(&host);
}

#[test]
fn the_gate_lets_through_what_differs_less_than_it_may() {
    const GATE: &str = "[projections.like-count]\npromote = \"when-diff-below\"\ndiff_below = \"5%\"\n";
    let mut home = Home::new(GATE).with_module(NAME);
    let host = home.start();
    let mut client = Client::new(5);
    client.append(&host.url, 2_000);
    client.check(&host);
    let appending = client.keep_appending(&host);
    appending.goes_on();
    drop_in(&home, Quirk::Same, "0.2.0");
    host.await_phase(NAME, "0.2.0", "live");
    appending.goes_on();

    drop_in(&home, Quirk::OneMore, "0.3.0");
    let held = wait_for("what the comparison says", || {
        let candidate = host.await_phase(NAME, "0.3.0", "caught_up");
        let waits_for = candidate["waits_for"].as_str().unwrap_or_default().to_owned();
        waits_for.contains("documents differ").then_some(waits_for)
    });
    assert!(held.contains("at most 5 % may (`diff_below`)"), "{held}");
    assert!(held.contains("`foldline diff`"), "{held}");
    let client = appending.stop();
    client.check(&host);
    host.await_phase(NAME, "0.2.0", "live");
    assert!(host.stop().success());

    // Within a tolerance, the same difference does not count.
    home.configure(&format!("{GATE}tolerance = {{ count = \"34%\" }}\n"));
    let host = home.start();
    host.await_phase(NAME, "0.3.0", "live");
    host.wait(NAME);
    let shown = foldline_tests::client::counts(&host.documents(NAME));
    let expected = client.counts().into_iter().map(|(post, count)| (post, count + u64::from(count >= 3)));
    assert_eq!(shown, expected.collect());
    host.ask(&["rollback", NAME]);
    client.check(&host);
}

#[test]
fn a_projection_with_one_version_has_nothing_to_compare_with() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let file = home.write("likes.ndjson", likes(1_000, 50, 100, 3).lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    let check = |arguments: &[&str], code: i32, texts: &[&str]| {
        let output = host.run(arguments);
        let text = String::from_utf8(output.stderr).expect("a text");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert_eq!(output.stdout, b"", "no answer is no answer");
        for expected in texts {
            assert!(text.contains(expected), "{arguments:?}: {text}");
        }
    };
    check(
        &["diff", "like-count"],
        3,
        &["like-count@0.1.0 is the only version that runs", "a higher version of `like-count`"],
    );
    check(&["diff", "like-count", "--new", "0.1.0"], 3, &["compared with itself"]);
    check(
        &["diff", "like-count", "--new", "0.3.0"],
        1,
        &["like-count@0.3.0 does not run", "like-count@0.1.0"],
    );
    check(&["diff", "nobody"], 1, &["projection `nobody` does not exist"]);
    check(&["diff", "like-count", "--tolerance", "count=2"], 2, &["`2` is not a percentage"]);

    let (status, body) = host.get("/api/v1/projections/like-count/diff");
    assert!(status == 400 && body.contains("nothing to compare it with"), "{status} {body}");
    let (status, body) = host.get("/api/v1/projections/like-count/diff?tolerance=count");
    assert!(status == 400 && body.contains("count:2%"), "{status} {body}");
    // The host has other work meanwhile.
    host.ask(&["verify", "like-count"]);
}
