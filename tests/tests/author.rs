//! Goal: an author outside this repository creates a reducer, tests it, builds it, drops it in, and later a new version.
//! Method: the real commands in a fresh folder. This is a single test, because each step needs the previous one.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output};

use foldline_tests::host::{Home, foldline, target, wait_for};
use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(foldline())
        .args(arguments)
        .current_dir(folder)
        // Compiled dependencies are kept between runs.
        .env("CARGO_TARGET_DIR", target().join("author"))
        // In CI, the test still acts as a person.
        .env_remove("CI")
        .output()
        .expect("the binary starts")
}

fn must(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "foldline {arguments:?}: {}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).expect("a file");
    assert!(text.contains(from), "{} has no `{from}`", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn an_author_goes_from_nothing_to_an_upgrade() {
    let home = Home::default();
    must(&home.path(""), &["new", "page-likes"]);
    let project = home.path("page-likes");
    assert!(must(&project, &["test"]).trim_end().ends_with(" passed, 0 failed"));

    // An expectation that does not hold makes the command fail, naming file and line.
    let fixture = project.join("tests/page-likes.jsonl");
    let kept = std::fs::read_to_string(&fixture).expect("a fixture");
    std::fs::write(
        &fixture,
        format!("{kept}{{\"expect_absent\":[\"p1\"]}}\n{{\"expect\":{{\"nobody\":{{}}}}}}\n"),
    )
    .expect("written");
    let output = run(&project, &["test", "--junit", "report.xml"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("page-likes.jsonl") && text.contains("nobody"), "{text}");
    let report = std::fs::read_to_string(project.join("report.xml")).expect("a report");
    assert!(report.contains(r#"tests="1""#) && report.contains(r#"failures="1""#), "{report}");
    assert!(report.contains("nobody"), "{report}");
    assert!(text.trim_end().ends_with(" failed"), "{text}");

    // It is rewritten on request, for an author who reviews the change.
    let written = std::fs::read(&fixture).expect("a fixture");
    let refused = Command::new(foldline())
        .args(["test", "--update"])
        .current_dir(&project)
        .env("CI", "true")
        .output()
        .expect("the binary starts");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert_eq!(std::fs::read(&fixture).expect("a fixture"), written);
    std::fs::set_permissions(&fixture, std::fs::Permissions::from_mode(0o640)).expect("changed");
    let text = must(&project, &["test", "--update"]);
    let lines: Vec<&str> = text.lines().collect();
    let [verdict, back, gone, tally] = lines[..] else { panic!("{text}") };
    assert_eq!(verdict, "tests/page-likes.jsonl: updated, 2 changes");
    assert!(back.contains("p1: no document → {"), "{text}");
    assert!(gone.ends_with("nobody: a document → none"), "{text}");
    assert_eq!(tally, "1 passed, 0 failed");
    let rewritten = std::fs::read_to_string(&fixture).expect("a fixture");
    let new = rewritten.strip_prefix(&kept).expect("the rest stays as it was");
    let [back, gone] = new.lines().collect::<Vec<_>>()[..] else { panic!("{new}") };
    assert!(back.starts_with(r#"{"expect":{"p1":{"#), "{new}");
    assert_eq!(gone, r#"{"expect_absent":["nobody"]}"#);
    let metadata = std::fs::metadata(&fixture).expect("a fixture");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    // Nothing is written if nothing changes, or if something is wrong.
    assert_eq!(must(&project, &["test", "--update"]), must(&project, &["test"]));
    assert_eq!(std::fs::metadata(&fixture).expect("a fixture").ino(), metadata.ino());
    let broken = format!("{{\"expect\":{{\"p1\":{{\"count\":77}}}}}}\n{rewritten}{{\"expct\":{{}}}}\n");
    std::fs::write(&fixture, &broken).expect("written");
    let output = run(&project, &["test", "--update"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("unknown key `expct`"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&fixture).expect("a fixture"), broken);
    std::fs::write(&fixture, kept).expect("written");

    let modules = home.path("modules");
    let modules = modules.to_str().expect("a text");
    must(&project, &["build", "--out", modules]);
    assert!(home.path("modules/page-likes@0.1.0.wasm").is_file());

    let host = home.start();
    let lines: String = (0..1_000)
        .map(|n| format!("{{\"user_id\":\"u{n}\",\"post_id\":\"p{}\",\"timestamp\":{n}}}\n", n % 7))
        .collect();
    let file = home.write("likes.ndjson", lines);
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("page-likes");
    let documents = host.documents("page-likes");
    assert_eq!(documents.len(), 7);

    // The same version with other bytes is refused; the live one goes on.
    replace(&project.join("src/lib.rs"), "//!", "//! Changed.\n//!");
    let source = project.join("src/lib.rs");
    replace(&source, "row.users", "row.users + 1");
    must(&project, &["build", "--out", modules]);
    wait_for("the conflict's verdict", || {
        let (_, body) = host.get("/api/v1/modules");
        let answer: Value = serde_json::from_str(&body).expect("verdicts are JSON");
        let report = answer["modules"][0].clone();
        (report["verdict"] == "rejected").then(|| {
            assert!(report["reason"].as_str().is_some_and(|reason| reason.contains("version")), "{report}");
        })
    });
    assert_eq!(host.documents("page-likes"), documents);

    // A higher version replays alongside it, and takes over on request.
    replace(&project.join("Cargo.toml"), "version = \"0.1.0\"", "version = \"0.2.0\"");
    must(&project, &["build", "--out", modules]);
    host.ask(&["wait", "page-likes", "--version", "0.2.0", "--timeout", "120s"]);
    host.ask(&["promote", "page-likes@0.2.0"]);
    let upgraded = wait_for("the takeover", || {
        let status = host.status();
        let versions = status["projections"].as_array().expect("versions").clone();
        (versions[0]["version"] == "0.2.0" && versions[0]["phase"] == "live")
            .then(|| host.documents("page-likes"))
    });
    assert_eq!(upgraded.len(), 7);
    assert_ne!(upgraded, documents);

    // The decision survives a restart, and the removal of the files.
    assert!(host.stop().success());
    for version in ["0.1.0", "0.2.0"] {
        std::fs::remove_file(home.path(&format!("modules/page-likes@{version}.wasm"))).expect("removed");
    }
    let host = home.start();
    host.wait("page-likes");
    assert_eq!(host.documents("page-likes"), upgraded);
    assert_eq!(host.status()["projections"][0]["version"], "0.2.0");
}
