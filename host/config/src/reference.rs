//! The reference page, docs/configuration.md, written from the declarations of the keys.

use std::fmt::Write as _;

use super::config::TABLE;
use super::key::Row;

/// Returns docs/configuration.md.
pub fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for (path, table) in TABLE.with_all_below() {
        let keys = table.keys.iter().copied().chain(table.each_key);
        let rows: Vec<Row> = keys.flat_map(|key| key.rows()).collect();
        if rows.is_empty() {
            continue;
        }
        let heading =
            if path.is_empty() { "At the top of the file".to_owned() } else { format!("`[{path}]`") };
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {heading}\n\n");
        if !table.about.is_empty() {
            let _ = write!(page, "{}\n\n", table.about);
        }
        page.push_str("| key | value | default | meaning, and why |\n|---|---|---|---|\n");
        for row in rows {
            page.push_str(&line(&row));
        }
    }
    page
}

/// Returns the line of a key.
pub(crate) fn line(row: &Row) -> String {
    let default = row.default.as_ref().map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
    let flag = row.flag.map_or_else(String::new, |flag| format!(" The flag `{flag}` overrides it."));
    format!("| `{}` | {} | {default} | {}{flag} |\n", row.name, row.form.words(), row.about)
}

const INTRODUCTION: &str = "\
# Configuration

<!-- Written from the declarations in host/config/src, and compared with them by a test. -->

`foldline run` reads the file that `-c FILE` names, or `foldline.toml` in the working folder. Without a file, all defaults hold:
the host listens on loopback, and the log, the state and the documents are in the data folder. Flags of the command line override
the file. Relative paths start at the working folder.

- An unknown key is an error that names the nearest known key. The host reports all problems at once, each with file, line and
  column, and does not start (exit code 3).
- A duration is a string with units: `\"250ms\"`, `\"5s\"`, `\"1h30m\"`. So is a size: `\"512KiB\"`, `\"64MiB\"`, `\"1GiB\"`.
- A string may hold `${VAR}` or `${VAR:-default}`, which the host replaces from the environment after it has parsed the file; `$$`
  is a dollar sign. A variable that is not set and has no default is an error.
- In a heading, `X` stands for a name that you choose.
- [foldline.schema.json](foldline.schema.json) describes the file as JSON schema, for editors. The host checks more than the
  schema does, such as the ranges of durations and sizes.

```toml
listen = \"127.0.0.1:7070\"

[log.kafka]                       # without this table, the log is embedded
brokers = \"${KAFKA_BROKERS:-127.0.0.1:9092}\"
security_protocol = \"SASL_SSL\"
ca_file = \"/etc/foldline/kafka-ca.pem\"
sasl_mechanism = \"SCRAM-SHA-512\"
username = \"foldline\"
password_file = \"/run/secrets/kafka\"

[topics.likes]                    # the name that reducers use
name = \"prod.likes\"
partitions = 1
max_ahead = \"10m\"                 # set it under [topics] for all topics

[limits]
record_bytes_max = \"8MiB\"

[sinks.search.elasticsearch]      # a name of your choice
url = \"http://127.0.0.1:9200\"
[sinks.cache.redis]
url = \"redis://127.0.0.1:6379\"

[projections.like-count]
sinks = [\"search\", \"cache\"]       # in addition to the embedded store
```
";
