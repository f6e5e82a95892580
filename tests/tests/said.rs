//! Goal: what is misspelt in the configuration, mistaken in the data, or foreign on the screen is reported as such.
//! Method: real hosts, real modules, and the output of log, `status` and other commands.

use foldline_tests::host::{Home, Host, wait_for};

fn append(home: &Home, host: &Host, lines: impl AsRef<[u8]>) {
    let file = home.write("records", lines);
    host.ask(&["append", "likes", file.to_str().expect("a text")]);
}

#[test]
fn a_misspelt_table_is_said_in_log_and_status() {
    let home = Home::new(
        "[projections.lik-count]\npromote = \"when-caught-up\"\n[projections.like-count]\n[topics.liks]\n[topics.likes]\n\
         [relays.nope]\nfrom = \"start\"\n",
    )
    .with_module("like-count");
    let host = home.start();
    let expected = [
        "`[projections.lik-count]` does nothing: no projection of that name is registered; did you mean `like-count`?",
        "`[topics.liks]` does nothing: no module reads or writes a topic of that name; did you mean `likes`?",
        "`[relays.nope]` does nothing: no module of that name relays",
    ];
    wait_for("the status", || expected.iter().all(|said| host.ask(&["status"]).contains(said)).then_some(()));
    assert_eq!(host.status()["unmatched"].as_array().expect("sentences").len(), expected.len());
    for said in expected {
        assert_eq!(host.log().matches(said).count(), 1, "{}", host.log());
    }
}

#[test]
fn seconds_read_as_milliseconds_are_said_at_the_first() {
    let home = Home::default().with_module("trending");
    let host = home.start();
    let line =
        |second: i64| format!("{{\"user_id\":\"u{second}\",\"post_id\":\"p\",\"timestamp\":{second}}}\n");
    let now_s = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the clock is right")
        .as_secs()
        .cast_signed();
    append(&home, &host, line(now_s));
    let said = "the value looks like seconds";
    wait_for("the status", || host.ask(&["status"]).contains(said).then_some(()));
    append(&home, &host, (0..200).map(|at| line(now_s + at)).collect::<String>());
    host.wait("trending");
    assert_eq!(host.log().matches(said).count(), 1, "{}", host.log());
    assert!(host.log().contains("declare unit = \"s\""), "{}", host.log());
    assert_eq!(host.status()["projections"][0]["dead_letters"], 0, "no verdict follows from it");
}

#[test]
fn ids_that_a_terminal_would_obey_are_shown_and_not_obeyed() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    // As JSON escapes, and one character that JSON may contain unescaped.
    let evil = "\\u001b[2Jp\\u0007\\u009b31m\u{9b}32m\u{202e}\\r\\n";
    append(&home, &host, format!("{{\"user_id\":\"ann\",\"post_id\":\"{evil}\",\"timestamp\":1}}\n"));
    append(&home, &host, "\u{1b}[2J is no JSON\n");
    host.wait("like-count");
    home.add_version("like-count", "0.2.0");
    wait_for("the candidate", || host.run(&["diff", "like-count"]).status.success().then_some(()));
    let id = serde_json::from_str::<String>(&format!("\"{evil}\"")).expect("JSON");
    for command in [
        &["status"][..],
        &["tail", "likes", "--from-start"],
        &["query", "like-count", "--all"],
        &["dead-letters"],
        &["diff", "like-count"],
        &["trace", "like-count", &id],
        &["query", "like-count", &format!("{id}x")],
        &["diff", "like-count", "--why", &format!("{id}x")],
        &["verify", "like-count"],
    ] {
        let output = host.run(command);
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(text.clone()).expect("a text");
            let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(obeyed), "{command:?}: {text:?}");
        }
    }
    assert!(!host.log().contains('\u{1b}'), "{:?}", host.log());
}

#[test]
fn a_byte_order_mark_is_named_and_that_of_a_file_is_left_out() {
    let home = Home::default().with_module("like-count");
    let host = home.start();
    let record = "{\"user_id\":\"ann\",\"post_id\":\"p1\",\"timestamp\":1}\n";
    append(&home, &host, format!("\u{feff}{record}"));
    host.wait("like-count");
    assert_eq!(host.status()["projections"][0]["dead_letters"], 0);
    append(&home, &host, format!("{record}\u{feff}{record}"));
    host.wait("like-count");
    let letters = host.ask(&["dead-letters"]);
    assert!(letters.contains("begins with a byte order mark (EF BB BF)"), "{letters}");
}
