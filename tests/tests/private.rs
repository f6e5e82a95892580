//! Goal: only the host's user can read its files, and no output contains a secret.
//! Method: a real host with a configuration full of canaries; every file that it creates and every line of its output is checked.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use foldline_tests::host::{Home, foldline};

/// The text that must not appear anywhere.
const CANARY: &str = "canary-4711";

/// Returns every file and folder below a folder, and the folder itself.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        match entry.file_type().expect("a type").is_dir() {
            true => found.extend(everything(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn the_data_folder_and_all_in_it_are_the_users_alone_and_the_modules_folder_is_not() {
    let home = Home::new("[checkpoint]\nevery = \"20ms\"\n").with_module("like-count");
    let host = home.start();
    let file = home.write("likes.ndjson", "{\"user_id\":\"ann\",\"post_id\":\"p1\",\"timestamp\":1}\n");
    host.ask(&["append", "likes", file.to_str().expect("a text"), "--key", "post_id"]);
    host.wait("like-count");
    assert!(host.stop().success());
    for path in everything(&home.path("data")) {
        let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[test]
fn no_secret_is_said_when_a_configuration_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret_file = folder.path().join("secret");
    std::fs::write(&secret_file, CANARY).expect("written");
    let refused = |text: &str| {
        let path = folder.path().join("foldline.toml");
        std::fs::write(&path, text).expect("written");
        let run = Command::new(foldline())
            .args(["run", "--listen", "127.0.0.1:0", "-c"])
            .arg(&path)
            .current_dir(folder.path())
            .env("CANARY", CANARY)
            .env("ALSO", format!("{CANARY}${{x"))
            .output()
            .expect("it runs");
        let said =
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert_eq!(run.status.code(), Some(3), "{text}\n{said}");
        assert!(!said.contains(CANARY), "{text}\n{said}");
        said
    };
    let cases = [
        // In addresses, valid and invalid ones.
        "[sinks.a.redis]\nurl = \"redis://:canary-4711@127.0.0.1:6379\"",
        "[sinks.a.redis]\nurl = \"redis:/me:canary-4711@127.0.0.1:6379\"",
        "[sinks.a.redis]\nurl = \"redis://h:1,redis://me:canary,-4711@h:2,canary-4711@h\"",
        "[sinks.a.elasticsearch]\nurl = \"htp://me:${CANARY}@127.0.0.1:9200\"",
        "[log.kafka]\nbrokers = \"me:canary-4711@127.0.0.1:9092\"",
        "[log.kafka]\nsecurity_protocol = \"SASL_SSL\"\nsasl_mechanism = \"OAUTHBEARER\"\ntoken_url = \"https://me:canary-4711@h/\"",
        // After a stray dollar sign.
        "token = \"${canary-4711}\"",
        "token = \"x${canary-4711\"",
        "[sinks.a.redis]\npassword = \"canary-4711$x\"",
        // A secret in place of its file's name, and both keys at once.
        "token_file = \"canary-4711\"",
        "token = \"canary-4711\"\ntoken_file = \"/nowhere\"",
        "[log.kafka.librdkafka]\n\"ssl.key.pem\" = \"canary-4711\"\n\"no.such\" = \"canary-4711\"\n\"sasl.password_file\" = \"canary-4711\"",
        // Values that pass the parser but not the library.
        "[log.kafka.librdkafka]\n\"ssl.ca.pem\" = \"canary-4711\"\n\"security.protocol\" = \"canary-4711\"",
        "[log.kafka]\nsecurity_protocol = \"SSL\"\nbrokers = \"127.0.0.1:1\"\n[log.kafka.librdkafka]\n\"ssl.keystore.location\" = \
         \"/nowhere\"\n\"ssl.keystore.password\" = \"canary-4711\"",
    ];
    for case in cases {
        refused(case);
    }
    let file = format!("token_file = {:?}\ntoken = \"x\"", secret_file.display().to_string());
    refused(&file);
}

#[test]
fn no_secret_of_a_running_host_is_said_or_kept() {
    let secrets = "token = \"canary-4711\"\n[sinks.a.redis]\nurl = \"redis://127.0.0.1:1\"\npassword = \"canary-4711\"\n\
                   [sinks.b.elasticsearch]\nurl = \"http://127.0.0.1:1\"\nusername = \"me\"\npassword = \"canary-4711\"\n\
                   [sinks.c.elasticsearch]\nurl = \"http://127.0.0.1:1\"\napi_key = \"canary-4711\"\nnamespace = \"c\"\n\
                   [projections]\nsinks = [\"a\", \"b\", \"c\"]\n";
    let home = Home::new(secrets).logging("trace").with_module("like-count");
    let host = home.start();
    foldline_tests::host::wait_for("sinks that do not answer", || {
        let status = host.status();
        let sinks = status["projections"][0]["sinks"].as_array()?.clone();
        sinks.iter().all(|sink| sink["reason"].is_string()).then_some(())
    });
    for command in [&["status"][..], &["status", "-o", "json"], &["modules"]] {
        assert!(!host.ask(command).contains(CANARY), "{command:?}");
    }
    assert!(!host.get("/metrics").1.contains(CANARY));
    let log = host.log();
    assert!(host.stop().success());
    assert!(log.contains("127.0.0.1:1") && !log.contains(CANARY), "{log}");
    for path in everything(&home.path("data")).into_iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path).expect("readable");
        let holds = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!holds, "{}", path.display());
    }
}
