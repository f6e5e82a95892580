//! What every key means, and why its default is what it is: the source of docs/configuration.md.

use std::fmt::Write as _;

use super::quantity::{format_duration, format_size};
use super::{Config, KafkaConfig, LogConfig};

/// One key of the configuration.
pub struct Key {
    /// The table it stands in, as the file writes it; empty for the top.
    pub table: &'static str,
    /// The key.
    pub name: &'static str,
    /// Its default as TOML; `None` where nothing is the default.
    pub default: fn(&Config) -> Option<String>,
    /// What it means, then why the default is what it is.
    pub about: &'static str,
}

/// Every key, in the order in which the documentation shows them.
pub const KEYS: &[Key] = &[
    Key {
        table: "",
        name: "listen",
        default: |config| text(config.listen),
        about: "Where HTTP listens; port 0 takes a free one and prints it. Loopback, because a fresh host has no \
                token: any other address needs `token` or `token_file`.",
    },
    Key {
        table: "",
        name: "data",
        default: |config| text(config.data.display()),
        about: "The folder of everything the host writes: log, state, stores, compiled modules. One host at a time \
                owns it. Beside the project, so that deleting it starts afresh.",
    },
    Key {
        table: "",
        name: "modules",
        default: |config| text(config.modules.display()),
        about: "The folder that is watched for `NAME@VERSION.wasm`. Beside the project; it may be read-only.",
    },
    Key {
        table: "",
        name: "token",
        default: |_| None,
        about: "The bearer token that requests which change something must carry when `listen` is not loopback. None, \
                because a secret with a default is no secret. Prefer `token_file`, or `\"${FOLDLINE_TOKEN}\"`.",
    },
    Key {
        table: "",
        name: "token_file",
        default: |_| None,
        about: "A file that holds the token, at most 64 KiB; the newline at its end does not count.",
    },
    Key {
        table: "server",
        name: "hosts",
        default: |_| Some("[]".to_owned()),
        about: "Names by which clients reach the host, such as `[\"foldline.example\"]`; requests that name another one are \
                refused (421). Without them its IP addresses and `localhost` are answered, on loopback only those of loopback: a \
                page whose own name was made to point here (DNS rebinding) can read nothing.",
    },
    Key {
        table: "server",
        name: "operators_listen",
        default: |_| None,
        about: "A second address, for operators and probes alone: readers cannot take its connections and threads. None: on this \
                machine there is `operators.sock` in `data`, which the command line finds by itself. The rules of `listen` hold, \
                a token for any address but loopback included.",
    },
    Key {
        table: "server",
        name: "connections_max",
        default: |config| Some(config.server.connections_max.to_string()),
        about: "Connections of all clients together, 1 to 65,536; the process needs as many descriptors and some more. Once \
                all are taken, the one that has waited longest for its next request is closed for a new one; where all are at \
                work, the new one is answered with 503. A thousand fit a process's usual 1,024 descriptors only just.",
    },
    Key {
        table: "server",
        name: "connections_per_peer_max",
        default: |config| Some(config.server.connections_per_peer_max.to_string()),
        about: "The share of one client address (of IPv6, a /64): a client without manners takes no more. Half of all; behind a \
                proxy, which is one address, as many as `connections_max`.",
    },
    Key {
        table: "server",
        name: "head_timeout",
        default: |config| text(format_duration(config.server.head_timeout)),
        about: "How long a request's head may take, 100 ms to 1 h: on a new connection from the start, on an old one from its \
                first byte. Heads are short.",
    },
    Key {
        table: "server",
        name: "idle_timeout",
        default: |config| text(format_duration(config.server.idle_timeout)),
        about: "How long a connection may wait for its next request, 100 ms to 1 h. Kept open it saves the next one a round trip.",
    },
    Key {
        table: "server",
        name: "memory_max",
        default: |config| size(config.server.memory_max),
        about: "Memory for the bodies of all requests together, from 128 MiB on: half for their bytes, half for the records made of \
                them. A request that finds none within 10 s is answered with 503. Two bodies of the largest size fit.",
    },
    Key {
        table: "log.embedded",
        name: "partitions",
        default: |_| Some(LogConfig::PARTITIONS.to_string()),
        about: "Partitions of a topic that is created on its first append, 1 to 10,000; they never change \
                afterwards, since a key's partition follows from their number. Four keep a few cores busy, and \
                each costs an open file.",
    },
    Key {
        table: "log.kafka",
        name: "brokers",
        default: |_| text(KafkaConfig::BROKERS),
        about: "`host:port`, comma-separated. The table alone chooses Kafka, without it the log is embedded; the \
                default is a broker on this machine.",
    },
    Key {
        table: "log.kafka",
        name: "security_protocol",
        default: |_| text("PLAINTEXT"),
        about: "How brokers are spoken to, in Kafka's words: `PLAINTEXT`, `SSL` (TLS), `SASL_PLAINTEXT`, `SASL_SSL`. Plain text, as Kafka's own \
                clients have it.",
    },
    Key {
        table: "log.kafka",
        name: "ca_file",
        default: |_| None,
        about: "Certificates (PEM) of the authority that signed the brokers'. None: those the system trusts. Names are always checked.",
    },
    Key {
        table: "log.kafka",
        name: "cert_file",
        default: |_| None,
        about: "The host's own certificate (PEM), for brokers that ask for one, with those between it and its authority.",
    },
    Key { table: "log.kafka", name: "key_file", default: |_| None, about: "Its private key (PEM)." },
    Key {
        table: "log.kafka",
        name: "key_password",
        default: |_| None,
        about: "What the key is encrypted with. Prefer `key_password_file`.",
    },
    Key { table: "log.kafka", name: "key_password_file", default: |_| None, about: "A file that holds it." },
    Key {
        table: "log.kafka",
        name: "sasl_mechanism",
        default: |_| None,
        about: "As whom the host speaks: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` with `username` and `password_file`, or `OAUTHBEARER` with \
                `token_url`, `client_id` and `client_secret_file`. Kerberos (`GSSAPI`) is not built in.",
    },
    Key { table: "log.kafka", name: "username", default: |_| None, about: "The user that the brokers know." },
    Key {
        table: "log.kafka",
        name: "password",
        default: |_| None,
        about: "Its password. Prefer `password_file`, or `\"${KAFKA_PASSWORD}\"`.",
    },
    Key {
        table: "log.kafka",
        name: "password_file",
        default: |_| None,
        about: "A file that holds the password.",
    },
    Key {
        table: "log.kafka",
        name: "token_url",
        default: |_| None,
        about: "For `OAUTHBEARER`: the token endpoint of an identity provider (OAuth 2.0, client credentials). The host asks for a token when one is \
                needed, once for all its connections, and again after four fifths of its life.",
    },
    Key { table: "log.kafka", name: "client_id", default: |_| None, about: "Who asks for the token." },
    Key {
        table: "log.kafka",
        name: "client_secret",
        default: |_| None,
        about: "The password of whoever asks. Prefer `client_secret_file`.",
    },
    Key { table: "log.kafka", name: "client_secret_file", default: |_| None, about: "A file that holds it." },
    Key {
        table: "log.kafka",
        name: "scope",
        default: |_| None,
        about: "What the token is asked for. None: what the provider gives by itself.",
    },
    Key {
        table: "log.kafka",
        name: "token_ca_file",
        default: |_| None,
        about: "Certificates (PEM) of the authority that signed the endpoint's. None: the well-known ones, Mozilla's list.",
    },
    Key {
        table: "log.kafka",
        name: "installation",
        default: |_| None,
        about: "What this installation is called on servers that it shares with others, so that none takes another's \
                documents for its own. None: the cluster's id, so two installations that read one cluster need names. It stays \
                the same when the data folder is lost. The embedded log has an id of its own.",
    },
    Key {
        table: "log.kafka.librdkafka",
        name: "*",
        default: |_| None,
        about: "Any other property of librdkafka, such as `\"socket.keepalive.enable\" = true`. `_file` behind a name reads \
                its value from a file. Addresses, offsets and isolation are the host's own; of what has a key of its own under \
                `[log.kafka]`, one of the two may be set.",
    },
    Key {
        table: "topics",
        name: "partitions",
        default: |config| config.topic_defaults.partitions.map(|partitions| partitions.to_string()),
        about: "Partitions of every topic that is created, 1 to 10,000. None: the log decides \
                (`log.embedded.partitions`, or the broker).",
    },
    Key {
        table: "topics",
        name: "create",
        default: |config| Some(config.topic_defaults.create.to_string()),
        about: "Whether topics that reducers read and Kafka does not have are created. `false`, because a misspelt \
                topic in someone's cluster should be noticed; the embedded log always creates.",
    },
    Key {
        table: "topics",
        name: "max_ahead",
        default: |config| text(format_duration(config.topic_defaults.max_ahead)),
        about: "How far an event's time may lie beyond the append of its record, 1 s to 36500d: beyond, the record is a dead \
                letter and moves no watermark, lest one event from 2099 close every window. An hour passes wrong \
                time zones by and forgives clocks. A change counts in later replays (docs/decoding.md).",
    },
    Key {
        table: "topics",
        name: "idle_after",
        default: |config| text(format_duration(config.topic_defaults.idle_after)),
        about: "How long a partition may be without records, while others of a reducer go on, before the host moves its \
                watermark by a punctuation, 10 ms to 36500d; one that never had a record is moved on though nothing \
                goes on. Half a minute: a window that waits for a sleeper is late by so much.",
    },
    Key {
        table: "topics",
        name: "punctuate",
        default: |config| Some(config.topic_defaults.punctuate.to_string()),
        about: "Whether punctuations may be written to Kafka: records without a value, with the header \
                `foldline-time`. `false`, because others read the topic too; the embedded log always takes them.",
    },
    Key {
        table: "topics.X",
        name: "name",
        default: |_| None,
        about: "The name in Kafka of the topic that reducers call `X`. None: the same. The embedded log uses `X` itself.",
    },
    Key {
        table: "topics.X",
        name: "partitions",
        default: |config| config.topic_defaults.partitions.map(|partitions| partitions.to_string()),
        about: "As in `[topics]`, for this topic; the default is taken from there.",
    },
    Key {
        table: "topics.X",
        name: "create",
        default: |config| Some(config.topic_defaults.create.to_string()),
        about: "As in `[topics]`, for this topic; the default is taken from there.",
    },
    Key {
        table: "topics.X",
        name: "max_ahead",
        default: |config| text(format_duration(config.topic_defaults.max_ahead)),
        about: "As in `[topics]`, for this topic; the default is taken from there.",
    },
    Key {
        table: "topics.X",
        name: "idle_after",
        default: |config| text(format_duration(config.topic_defaults.idle_after)),
        about: "As in `[topics]`, for this topic; the default is taken from there.",
    },
    Key {
        table: "topics.X",
        name: "punctuate",
        default: |config| Some(config.topic_defaults.punctuate.to_string()),
        about: "As in `[topics]`, for this topic; the default is taken from there.",
    },
    Key {
        table: "topics.X",
        name: "dead_letters_max",
        default: |config| Some(config.limits.dead_letters_max.to_string()),
        about: "As in `[limits]`, for records of this topic; the default is taken from there.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "url",
        default: |_| text("http://127.0.0.1:9200"),
        about: "Nodes of one Elasticsearch 8 or OpenSearch 2 cluster, `http://` or `https://`, with commas between them.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "username",
        default: |_| None,
        about: "For basic authentication, with `password` or `password_file`.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "password",
        default: |_| None,
        about: "Prefer `password_file`, or `\"${ES_PASSWORD}\"`.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "password_file",
        default: |_| None,
        about: "A file that holds the password.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "api_key",
        default: |_| None,
        about: "Instead of a name and a password; `api_key_file` names a file that holds it.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "api_key_file",
        default: |_| None,
        about: "A file that holds the API key.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "ca_file",
        default: |_| None,
        about: "Certificates (PEM) of the authority that signed the server's. None: the well-known ones, Mozilla's list.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "shards",
        default: |_| Some("1".to_owned()),
        about: "Primary shards of an index, 1 to 1,024. One holds tens of millions of documents.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "replicas",
        default: |_| Some("1".to_owned()),
        about: "Replicas of each shard once an index is served, 0 to 100; while it is loaded there is none.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "refresh_interval",
        default: |_| text("1s"),
        about: "How soon searches see what was written, 100 ms to 1 h. The host asks for refreshes; should it not come to it, \
                the index refreshes itself after five times as long.",
    },
    Key {
        table: "sinks.X.elasticsearch",
        name: "namespace",
        default: |_| text(super::NAMESPACE),
        about: "What names of indexes begin with; installations that share a cluster need one each. The alias of a projection \
                is NAME in the default namespace, NAMESPACE-NAME in another one.",
    },
    Key {
        table: "sinks.X.redis",
        name: "url",
        default: |_| text("redis://127.0.0.1:6379"),
        about: "A Redis server, `redis://HOST:PORT/DB`, or `rediss://` for TLS; nodes of a cluster with commas between them.",
    },
    Key {
        table: "sinks.X.redis",
        name: "cluster",
        default: |_| Some("false".to_owned()),
        about: "Whether the servers are a Redis Cluster. A version lives in one slot: projections spread, one projection does not.",
    },
    Key {
        table: "sinks.X.redis",
        name: "username",
        default: |_| None,
        about: "For `AUTH`, with `password` or `password_file`.",
    },
    Key {
        table: "sinks.X.redis",
        name: "password",
        default: |_| None,
        about: "Prefer `password_file`, or `\"${REDIS_PASSWORD}\"`.",
    },
    Key {
        table: "sinks.X.redis",
        name: "password_file",
        default: |_| None,
        about: "A file that holds the password.",
    },
    Key {
        table: "sinks.X.redis",
        name: "ca_file",
        default: |_| None,
        about: "Certificates (PEM) of the authority that signed the server's. None: those the system trusts.",
    },
    Key {
        table: "sinks.X.redis",
        name: "namespace",
        default: |_| text(super::NAMESPACE),
        about: "What all keys begin with, before a colon; installations that share a server need one each.",
    },
    Key {
        table: "sinks.X.changes",
        name: "topic",
        default: |_| text(super::ChangesConfig::default().topic),
        about: "A topic of the log that holds a projection's documents, keyed by id, a deleted one without a value; \
                `{projection}` stands for the projection's name. In Kafka it should be compacted; it is created only where \
                `[topics.X] create` allows that.",
    },
    Key {
        table: "projections",
        name: "sinks",
        default: |_| Some("[]".to_owned()),
        about: "Names of `[sinks.X]` that every projection is served from, beside the embedded store, which is always there; four at most.",
    },
    Key {
        table: "projections",
        name: "promote",
        default: |_| text("manual"),
        about: "What lets a version that has caught up take over from the live one: `manual`, `foldline promote`; \
                `when-caught-up`, nothing more; `when-diff-below`, documents that agree (`diff_below`). `manual`, because \
                readers see what a reducer's author may not have thought of. The first version of a projection needs \
                nobody's leave; rows without a document block every gate.",
    },
    Key {
        table: "projections",
        name: "diff_below",
        default: |_| text("0%"),
        about: "The share of documents that may differ, be missing or be new for `when-diff-below`. `0%`: a change \
                that is meant should be seen by somebody.",
    },
    Key {
        table: "projections",
        name: "keep_old",
        default: |config| text(format_duration(config.projection_defaults.keep_old)),
        about: "How long the version before stays caught up, so that `foldline rollback` is a moment's work, 0 s to \
                36500d, of time in which the host runs. A day: what is wrong with a version shows by then; until then \
                it costs a second state.",
    },
    Key {
        table: "projections.X",
        name: "sinks",
        default: |_| Some("[]".to_owned()),
        about: "As in `[projections]`, for this projection; the default is taken from there.",
    },
    Key {
        table: "projections.X",
        name: "promote",
        default: |_| text("manual"),
        about: "As in `[projections]`, for this projection; the default is taken from there.",
    },
    Key {
        table: "projections.X",
        name: "diff_below",
        default: |_| text("0%"),
        about: "As in `[projections]`, for this projection; the default is taken from there.",
    },
    Key {
        table: "projections.X",
        name: "keep_old",
        default: |config| text(format_duration(config.projection_defaults.keep_old)),
        about: "As in `[projections]`, for this projection; the default is taken from there.",
    },
    Key {
        table: "projections.X",
        name: "dead_letters_max",
        default: |config| Some(config.limits.dead_letters_max.to_string()),
        about: "As in `[limits]`, for this projection, whatever its topics say; the default is taken from them, then from there.",
    },
    Key {
        table: "projections.X.tolerance",
        name: "*",
        default: |_| None,
        about: "A field of the projection's documents and how far its number may be apart and count as the same, such as \
                `count = \"2%\"`. None: a comparison is exact.",
    },
    Key {
        table: "relays",
        name: "frontiers",
        default: |config| text(&config.relays.frontiers),
        about: "The Kafka topic that holds how far each relay has sent; its name begins with `foldline.`. Hosts that share \
                it take each other's relays over, the later start wins: installations that relay under the same names on \
                one cluster need one each. The embedded log does not use it.",
    },
    Key {
        table: "relays.X",
        name: "from",
        default: |_| text("end"),
        about: "Where the relay of that name starts what it never relayed: `end`, where the log ended when the version went \
                live, because nobody wants a message for each record of the past; or `start`, at the first record held.",
    },
    Key {
        table: "limits",
        name: "record_bytes_max",
        default: |config| size(config.limits.record_bytes_max),
        about: "The longest record, key and value together: append refuses a longer one, and from Kafka it is a dead \
                letter. Eight times Kafka's own default, and still small against memory.",
    },
    Key {
        table: "limits",
        name: "module_bytes_max",
        default: |config| size(config.limits.module_bytes_max),
        about: "The longest module file. Real ones have 0.2 MiB; the time to compile grows with it.",
    },
    Key {
        table: "limits",
        name: "module_memory_max",
        default: |config| size(config.limits.module_memory_max),
        about: "Linear memory of one instance, 64 KiB to 4 GiB. Reducers keep no state of their own, so this only \
                holds a batch and its answer. There is an instance for each worker and version.",
    },
    Key {
        table: "limits",
        name: "module_fuel",
        default: |config| Some(config.limits.module_fuel.to_string()),
        about: "Fuel of a call, about one per wasm instruction: what a single event may use. A billion is about a \
                second, a thousand times what real reducers need for a whole batch.",
    },
    Key {
        table: "limits",
        name: "module_output_max",
        default: |config| size(config.limits.module_output_max),
        about: "The longest answer of a call as it is copied into the host. As large as the memory it comes from.",
    },
    Key {
        table: "limits",
        name: "dead_letters_max",
        default: |config| Some(config.limits.dead_letters_max.to_string()),
        about: "The share of dead letters, 0 to 1, among 1,000 offsets of a partition (counted from a multiple of \
                1,000) above which a projection stops: so many are a mistake in the module or of a producer rather than \
                some bad data. `1` never stops. Other projections go on. Also `[topics.X]` and `[projections.X]` may set \
                it; `foldline resume` reads it again from the file, without a restart.",
    },
    Key {
        table: "checkpoint",
        name: "every",
        default: |config| text(format_duration(config.checkpoint.every)),
        about: "The time between checkpoints, 10 ms to 1 h: what a crash costs to replay. Seconds of the log replay \
                faster than they were written.",
    },
    Key {
        table: "checkpoint",
        name: "bytes",
        default: |config| size(config.checkpoint.bytes),
        about: "A checkpoint is due earlier when this much changed. It bounds the memory of the one batch in which a \
                checkpoint is written; a quarter of `engine.memory_max` at most.",
    },
    Key {
        table: "engine",
        name: "threads",
        default: |config| config.engine.threads.map(|threads| threads.to_string()),
        about: "Threads that decode, call modules and merge, shared by all versions, 1 to 1,024. None: one a core. \
                Nothing of it shows in results.",
    },
    Key {
        table: "engine",
        name: "memory_max",
        default: |config| size(config.engine.memory_max),
        about: "Memory for the rows of one version, from 16 MiB on. Rows beyond it stay in the state store and are \
                read when an event needs them or their window moves on. A million keys with a handful of items each \
                take about 0.2 GiB. Of a row over windows in the store, its key and some four bytes stay in memory; \
                what is due at one moment of event time comes back at once, beyond this memory if it must. A version takes \
                more than its rows: see [What a version takes](performance.md#what-a-version-takes).",
    },
];

/// Returns docs/configuration.md.
pub fn markdown() -> String {
    let defaults = Config::default();
    let mut page = String::from(INTRODUCTION);
    let mut table = None;
    for key in KEYS {
        if table != Some(key.table) {
            table = Some(key.table);
            let heading = if key.table.is_empty() {
                "At the top of the file".to_owned()
            } else {
                format!("`[{}]`", key.table)
            };
            // Writing to a string cannot fail.
            let _ = write!(page, "\n## {heading}\n\n| key | default | meaning, and why |\n|---|---|---|\n");
        }
        let default = (key.default)(&defaults).map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
        let _ = writeln!(page, "| `{}` | {default} | {} |", key.name, key.about);
    }
    page
}

const INTRODUCTION: &str = "\
# Configuration

<!-- Written from host/config/src/reference.rs, and compared with it by a test. -->

`foldline run` reads the file that `-c FILE` names, else `foldline.toml` of the working folder, else nothing: every key
has a default, and no file at all is a host on loopback with everything embedded. `--listen`, `--data` and `--modules`
win over the file. Relative paths start at the working folder.

- Unknown keys are refused with the nearest known one. All problems are reported at once, each with file, line and
  column, and the host does not start (exit code 3).
- Durations are written `\"250ms\"`, `\"5s\"`, `\"1h30m\"`; sizes `\"512KiB\"`, `\"64MiB\"`, `\"1GiB\"`.
- Strings may hold `${VAR}` or `${VAR:-default}`, filled in from the environment after the file is parsed; `$$` is a
  dollar sign. A variable that is not set and has no default is an error.

```toml
listen = \"127.0.0.1:7070\"

[log.kafka]                       # without this table: the embedded log
brokers = \"${KAFKA_BROKERS:-127.0.0.1:9092}\"
security_protocol = \"SASL_SSL\"
ca_file = \"/etc/foldline/kafka-ca.pem\"
sasl_mechanism = \"SCRAM-SHA-512\"
username = \"foldline\"
password_file = \"/run/secrets/kafka\"

[topics.likes]                    # reducers name logical topics
name = \"prod.likes\"
partitions = 1
max_ahead = \"10m\"                  # a default for all topics stands under [topics]

[limits]
record_bytes_max = \"8MiB\"

[sinks.search.elasticsearch]      # a name of your own
url = \"http://127.0.0.1:9200\"
[sinks.cache.redis]
url = \"redis://127.0.0.1:6379\"

[projections.like-count]
sinks = [\"search\", \"cache\"]    # beside the embedded store, which is always there
```
";

fn text(value: impl std::fmt::Display) -> Option<String> {
    Some(format!("{:?}", value.to_string()))
}

fn size(bytes: usize) -> Option<String> {
    text(format_size(bytes as u64))
}
