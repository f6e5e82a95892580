//! Goal: values of parameters belong to what runs. Other values are another build of the version, which is built alongside the live
//! one and takes over like any version; the decisions, and not the configuration, say what a build runs with.
//! Method: a reducer with parameters, a real host that is restarted with other values, every decision through the command line.

use foldline_tests::host::{Home, Host, renumbered, wait_for};
use foldline_tests::http;
use serde_json::Value;

const NAME: &str = "flagged-cards";
const FILE: &str = "flagged-cards@0.1.0.wasm";

/// Returns a configuration with these values.
fn values(values: &str) -> String {
    format!("[projections.{NAME}.parameters]\n{values}")
}

/// Appends orders of 100 to 300 cents, three for each of ten cards.
fn append(home: &Home, host: &Host) {
    let line = |at: u64| format!("{{\"card\":\"c{}\",\"cents\":{}}}\n", at % 10, 100 + at / 10 * 100);
    let file = home.write("orders.ndjson", (0..30).map(line).collect::<String>());
    host.ask(&["append", "orders", file.to_str().expect("a text"), "--key", "card"]);
}

fn versions(host: &Host) -> Vec<Value> {
    host.status()["projections"].as_array().expect("versions").clone()
}

/// Returns the one version in a phase.
#[track_caller]
fn in_phase(host: &Host, phase: &str) -> Value {
    wait_for(&format!("a version that is {phase}"), || {
        versions(host).into_iter().find(|version| version["phase"] == phase)
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Returns the version that serves, and the document of a card.
fn served(host: &Host) -> (String, Value) {
    let url = format!("{}/api/v1/projections/{NAME}/documents/c1", host.url);
    let answer = http::get(&url).expect("the host answers").accepted();
    let version = answer.header("foldline-version").to_owned();
    let document: Value = serde_json::from_str(&answer.body).expect("JSON");
    (version, document["document"].clone())
}

/// Returns the document of a card that has this many orders.
fn card(orders: u64, flagged: bool) -> Value {
    serde_json::json!({ "orders": orders, "flagged": flagged })
}

/// Returns what the host says about the module's file.
fn report(host: &Host) -> Value {
    wait_for("a verdict", || {
        let modules: Value = serde_json::from_str(&host.ask(&["modules", "-o", "json"])).expect("JSON");
        let found = modules["modules"].as_array()?.iter().find(|of| of["file"] == FILE)?.clone();
        (found["verdict"] != "waiting").then_some(found)
    })
}

fn started(configuration: &str) -> (Home, Host) {
    let home = Home::new(configuration).with_module(NAME);
    let host = home.start();
    append(&home, &host);
    host.wait(NAME);
    (home, host)
}

#[test]
fn two_builds_of_one_version_run_side_by_side_and_follow_each_other() {
    let (mut home, host) = started("");
    assert_eq!(served(&host), (format!("{NAME}@0.1.0"), card(3, false)));
    let plain = in_phase(&host, "live");
    assert_eq!(plain.get("parameters"), None);
    assert!(host.stop().success());

    // Orders of 100 cents no longer count: the rows differ, and not only what is shown of them.
    home.configure(&values("orders = 2\ncents = 200\n"));
    let host = home.start();
    let candidate = in_phase(&host, "caught_up");
    let build = text(&candidate["version"]);
    let short = build.strip_prefix("0.1.0+").expect("the version with its build");
    assert!(text(&candidate["digest"]).starts_with(short));
    assert_ne!(candidate["digest"], plain["digest"]);
    assert_eq!(candidate["parameters"], serde_json::json!({ "orders": 2, "cents": 200 }));
    assert!(home.path(&format!("data/versions/{NAME}@0.1.0-{short}")).is_dir());
    assert_eq!(home.versions(), 2);
    assert_eq!(served(&host), (format!("{NAME}@0.1.0"), card(3, false)), "readers see nothing of it yet");

    let printed = host.ask(&["status"]);
    assert!(printed.contains(&format!("{NAME}@{build}: cents = 200, orders = 2")), "{printed}");
    let report = report(&host);
    assert_eq!((&report["verdict"], &report["version"]), (&"accepted".into(), &build.clone().into()));
    assert_eq!(report["parameters"], candidate["parameters"]);

    // Compared and verified as they are, each with its values.
    let differs = host.run(&["diff", NAME]);
    assert_eq!(differs.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&differs.stdout).into_owned();
    assert!(printed.contains(&format!("{NAME}@{build}")), "{printed}");
    let traced = |version: &str| host.ask(&["trace", NAME, "c1", "--version", version]);
    assert!(traced("0.1.0").contains("3 events") && traced(&build).contains("2 events"));
    host.ask(&["verify", NAME]);

    let label = format!("{NAME}@{build}");
    host.ask(&["promote", &label]);
    assert_eq!(served(&host), (label.clone(), card(2, true)));
    host.ask(&["verify", NAME]);
    append(&home, &host);
    host.wait(NAME);
    assert_eq!(served(&host), (label.clone(), card(4, true)));
    host.ask(&["rollback", NAME]);
    assert_eq!(served(&host), (format!("{NAME}@0.1.0"), card(6, true)));
    host.ask(&["rollback", NAME]);
    assert_eq!(served(&host), (label, card(4, true)));
    assert!(host.stop().success());
}

#[test]
fn what_a_build_runs_with_is_what_was_decided_whatever_the_configuration_says() {
    let (mut home, host) = started(&values("orders = 2\n"));
    let build = text(&in_phase(&host, "live")["version"]);
    let label = format!("{NAME}@{build}");
    assert_eq!(served(&host), (label.clone(), card(3, true)), "the first build needs nobody's leave");
    assert!(host.stop().success());

    // The file is gone, and with it what would be judged: what was decided stays.
    std::fs::remove_file(home.path("modules").join(FILE)).expect("a file removed");
    home.configure(&values("orders = 9\n"));
    let host = home.start();
    host.wait(NAME);
    assert_eq!(served(&host), (label.clone(), card(3, true)));
    assert_eq!(versions(&host).len(), 1);
    assert!(host.stop().success());

    // Back with the file, the new values are a candidate; the former ones are not forgotten by a rollback.
    home.add_module(NAME);
    let host = home.start();
    let nine = text(&in_phase(&host, "caught_up")["version"]);
    host.ask(&["promote", &format!("{NAME}@{nine}")]);
    assert_eq!(served(&host).1, card(3, false));
    host.ask(&["rollback", NAME]);
    assert_eq!(served(&host), (label.clone(), card(3, true)));
    assert!(host.stop().success());
    let host = home.start();
    host.wait(NAME);
    assert_eq!(served(&host), (label.clone(), card(3, true)), "a rollback outlives the restart");
    assert_eq!(text(&in_phase(&host, "draining")["version"]), nine);
    assert!(host.stop().success());

    // A value that equals the fallback is no value: the plain version is a build of its own.
    home.configure(&values("orders = 5\n"));
    let host = home.start();
    assert_eq!(text(&in_phase(&host, "caught_up")["version"]), "0.1.0");
    assert!(host.stop().success());

    // The live build's values again: it is what is wanted, and the candidate goes.
    home.configure(&values("orders = 2\n"));
    let host = home.start();
    host.wait(NAME);
    wait_for("the candidate to go", || {
        versions(&host).iter().all(|version| version["phase"] != "caught_up").then_some(())
    });
    assert_eq!(served(&host), (label, card(3, true)));
    assert!(host.stop().success());
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_place_and_what_runs_stays() {
    let (mut home, host) = started(&values("orders = 2\n"));
    let before = served(&host);
    assert!(host.stop().success());
    for (configured, reasons) in [
        ("ordres = 3\n", &["foldline.toml:2:1: no parameter is called `ordres`; did you mean `orders`?"][..]),
        ("orders = \"3\"\n", &["foldline.toml:2:1: parameter `orders` is a text, not an int such as 5"][..]),
        ("orders = 0\n", &["foldline.toml:2:1: `orders = 0`: `orders` is 0: it is at least 1"][..]),
        (
            "orders = 0.5\nsize = 1\n",
            &["foldline.toml:2:1: parameter", "foldline.toml:3:1: no parameter"][..],
        ),
    ] {
        home.configure(&values(configured));
        let host = home.start();
        let report = report(&host);
        assert_eq!((&report["verdict"], &report["code"]), (&"rejected".into(), &"wrong_parameters".into()));
        let reason = text(&report["reason"]);
        for expected in reasons {
            assert!(reason.contains(expected), "`{reason}` does not say `{expected}`");
        }
        host.wait(NAME);
        assert_eq!(served(&host), before);
        assert_eq!(versions(&host).len(), 1);

        let file = home.path("modules").join(FILE);
        let planned = host.run(&["plan", file.to_str().expect("a text")]);
        assert_eq!(planned.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&planned.stdout).contains(reasons[0]));
        assert!(host.stop().success());
    }
}

#[test]
fn a_plan_says_which_build_a_module_would_be() {
    let (mut home, host) = started("");
    assert!(host.stop().success());
    let file = home.write("flagged-cards@0.2.0.wasm", renumbered(NAME, "0.2.0"));
    home.configure(&values("cents = 150\n"));
    let host = home.start();
    let candidate = text(&in_phase(&host, "caught_up")["version"]);
    let said = host.ask(&["plan", file.to_str().expect("a text")]);
    assert!(said.contains(&format!("{NAME}@0.2.0+")), "{said}");
    assert!(said.contains(&format!("in place of {NAME}@{candidate}")), "{said}");
    assert!(said.contains("cents = 150"), "{said}");

    // It is a candidate like any other: a higher version displaces it, with the values that the configuration sets now.
    home.drop_file("flagged-cards@0.2.0.wasm", renumbered(NAME, "0.2.0"));
    wait_for("the higher version", || {
        let version = text(&in_phase(&host, "caught_up")["version"]);
        version.starts_with("0.2.0+").then_some(())
    });
    let refused = host.run(&["promote", &format!("{NAME}@0.2.0")]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains(&format!("its builds are registered: {NAME}@0.2.0+")), "{stderr}");
    assert!(host.stop().success());
}
