//! Goal: modules that were built with a frozen contract run on this host, and give the same results as then.
//! Method: their files, which are never rebuilt, are dropped into a host with records from a file. Documents, sets, messages and
//! dead letters are compared with `expected.json`.

use std::path::{Path, PathBuf};

use foldline_tests::host::{Home, Host, root, wait_for};
use serde_json::{Map, Value, json};

/// Relays start at the beginning of their topics. The host writes no punctuations of its own, because the times are long past.
const CONFIGURATION: &str = r#"
[log.embedded]
partitions = 2

[topics]
idle_after = "36500d"

[relays.relay]
from = "start"

[relays.tour]
from = "start"
"#;

/// The sets that are compared, by reducer.
const SETS: [(&str, &[&str]); 2] =
    [("tour", &["sensors", "warm"]), ("tribe-posts", &["tribe:t1", "tribe:t2"])];

/// The topics that relays write.
const MESSAGES: [&str; 3] = ["alarms", "audit", "new-posts"];

/// The modules' own words in reasons of dead letters; the host's words may change.
const REASONS: [&str; 5] = [
    "`seven` is no amount such as 19.90",
    "a post without an id",
    "a reading that panics",
    "a reading without bytes",
    "reading `zero` is of zero degrees",
];

#[test]
fn frozen_modules_of_contract_0_1_0_fold_records_to_the_documents_that_they_made_then() {
    let frozen = root().join("tests/guests/frozen/reducer-0.1.0");
    let home = Home::new(CONFIGURATION);
    let reducers: Vec<String> = modules(&frozen)
        .into_iter()
        .map(|path| {
            let file = path.file_name().expect("modules have names").to_str().expect("names are texts");
            home.drop_file(file, std::fs::read(&path).expect("a module read"));
            file.split('@').next().expect("a name").to_owned()
        })
        .collect();
    let host = home.start();
    host.ask(&["append", frozen.join("records.jsonl").to_str().expect("a text")]);
    for reducer in &reducers {
        host.wait(reducer);
    }
    wait_for("the relays to send", || {
        let status = host.status();
        let relays = status["relays"].as_array().filter(|relays| relays.len() == 2)?;
        let mut positions = relays.iter().flat_map(|relay| relay["positions"].as_array().expect("positions"));
        positions.all(|of| of["next_offset"] == of["end_offset"]).then_some(())
    });
    let shown = shown(&host, &reducers);
    let expected =
        std::fs::read_to_string(frozen.join("expected.json")).expect("it is part of the repository");
    let expected: Value = serde_json::from_str(&expected).expect("what is expected is JSON");
    assert_eq!(shown, expected, "shown:\n{shown:#}");
    assert!(host.stop().success());
}

fn modules(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the frozen modules");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let mut modules: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")).collect();
    modules.sort();
    assert!(modules.len() > 4, "{modules:?}");
    modules
}

/// Returns everything that readers see, without the host's own words.
fn shown(host: &Host, reducers: &[String]) -> Value {
    let documents: Map<String, Value> = reducers
        .iter()
        .map(|reducer| (reducer.clone(), host.documents(reducer).iter().map(|line| parsed(line)).collect()))
        .collect();
    let mut sets = Map::new();
    for (reducer, names) in SETS {
        for name in names {
            let set = host.get(&format!("/api/v1/projections/{reducer}/sets/{name}")).1;
            sets.insert(format!("{reducer}/{name}"), parsed(&set)["members"].take());
        }
    }
    let messages: Map<String, Value> =
        MESSAGES.iter().map(|topic| ((*topic).to_owned(), messages(host, topic))).collect();
    json!({"documents": documents, "sets": sets, "messages": messages, "dead_letters": dead_letters(host)})
}

/// Returns ids, keys and values of the messages in a topic, sorted.
fn messages(host: &Host, topic: &str) -> Value {
    let lines = host.get(&format!("/api/v1/topics/{topic}/records?limit=1000")).1;
    let mut messages: Vec<(String, Value)> = lines
        .lines()
        .map(|line| {
            let mut record = parsed(line);
            for varying in ["topic", "time", "partition", "offset"] {
                record.as_object_mut().expect("a record").remove(varying);
            }
            (record["id"].to_string(), record)
        })
        .collect();
    messages.sort_by(|(one, _), (other, _)| one.cmp(other));
    messages.into_iter().map(|(_, message)| message).collect()
}

/// Returns the locations of the dead letters, and the reasons of those that a module rejected.
fn dead_letters(host: &Host) -> Value {
    let mut page = parsed(&host.get("/api/v1/dead-letters?limit=1000").1);
    let letters = page["dead_letters"].as_array_mut().expect("dead letters");
    for letter in letters.iter_mut() {
        let reason = letter["reason"].as_str().expect("a text");
        let own = REASONS.iter().find(|own| reason.contains(**own));
        letter["reason"] = own.map_or(Value::Null, |own| json!(own));
    }
    page["dead_letters"].take()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
