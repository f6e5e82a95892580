//! Classifies errors of Redis: wait, or call an operator.

use redis::{ErrorKind as Kind, RedisError, ServerErrorKind};

use foldline_base::error::{Error, ErrorKind};

/// Error codes of servers that may soon accept what they refuse now.
const PASSING: [&str; 13] = [
    "OOM",
    "MISCONF",
    "NOREPLICAS",
    "BUSY",
    "READONLY",
    "LOADING",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "ASK",
    "NOTREADY",
    "UNBLOCKED",
    "NOSCRIPT",
];

/// Temporary errors that servers before version 7, and busy ones, only describe in words.
const PASSING_WORDS: [&str; 5] = ["max number of clients", "non local key", "-READONLY", "-OOM", "-LOADING"];

/// Converts an error; `server` names the server that answered, or did not.
pub(super) fn explain(error: &RedisError, server: &str, cluster: bool) -> Error {
    let said = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        (Some(code), None) => code.to_owned(),
        _ => error.to_string(),
    };
    let message = format!("redis at {server}: {said}");
    match error.kind() {
        Kind::AuthenticationFailed => config(
            format!("redis at {server} refuses the password"),
            "check `username` and `password_file` of the sink",
        ),
        Kind::Server(ServerErrorKind::Moved) if !cluster => {
            config(format!("redis at {server} is a node of a cluster"), "set `cluster = true` for the sink")
        }
        Kind::Io if message.contains("invalid peer certificate") => {
            config(message, "name the certificate of the server's authority: `ca_file` of the sink")
        }
        Kind::InvalidClientConfig => config(message, "check the sink's `url`"),
        Kind::Io | Kind::Parse | Kind::ClusterConnectionNotFound | Kind::Server(ServerErrorKind::Moved) => {
            Error::new(ErrorKind::Unavailable, message)
        }
        _ => answer(error, message),
    }
}

/// Converts an error that a server returned, as opposed to one of the connection.
fn answer(error: &RedisError, message: String) -> Error {
    let code = error.code().unwrap_or_default();
    match code {
        "NOAUTH" => config(message, "set `password_file` of the sink"),
        "WRONGPASS" => config(message, "check `username` and `password_file` of the sink"),
        "NOPERM" => config(
            message,
            "the sink's user needs the keys `foldline:*` and +@read +@write +@scripting +@connection +info +cluster|slots",
        ),
        _ if PASSING.contains(&code) || PASSING_WORDS.iter().any(|words| message.contains(words)) => {
            Error::new(ErrorKind::Unavailable, message)
        }
        _ if message.contains("cluster support disabled") => {
            config(message, "set `cluster = false` for the sink")
        }
        _ if message.contains("refused to switch database") => {
            config(message, "check the number at the end of the sink's `url`")
        }
        _ => Error::new(ErrorKind::Refused, message),
    }
}

fn config(message: String, hint: &str) -> Error {
    Error::new(ErrorKind::Config, message).with_hint(hint)
}
