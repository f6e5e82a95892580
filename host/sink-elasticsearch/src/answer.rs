//! A server's answer, and what it means.

use hyper::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use foldline_base::error::{Error, ErrorKind};

/// 200 bytes: the beginning of an HTML page.
const QUOTED_BYTES_MAX: usize = 200;

/// An answer that was read completely.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Elasticsearch's description of an error.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Cause {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    caused_by: Option<Box<Cause>>,
}

impl Cause {
    /// Returns whether it means that an index or alias does not exist.
    pub(super) fn says_gone(&self) -> bool {
        self.kind == "index_not_found_exception"
    }

    /// Returns whether it means that an index is closed, and must be opened before it answers.
    pub(super) fn says_closed(&self) -> bool {
        self.kind == "index_closed_exception"
    }

    /// Returns the reason, with the reason behind it.
    pub(super) fn told(&self) -> String {
        match &self.caused_by {
            Some(inner) if !self.reason.contains(&inner.reason) => {
                format!("{}: {} ({})", self.kind, self.reason, inner.reason)
            }
            _ => format!("{}: {}", self.kind, self.reason),
        }
    }
}

impl Answer {
    /// Returns whether the request succeeded.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Parses the body. `None` means that it is not Elasticsearch's answer: possibly cut off, or from another server.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns why the request failed, in Elasticsearch's words.
    pub(super) fn cause(&self) -> Option<Cause> {
        #[derive(Deserialize)]
        struct Failed {
            error: Cause,
        }
        self.read::<Failed>().map(|failed| failed.error)
    }

    /// Returns the error for a failed request: `sink NAME: DOING: why`.
    pub(super) fn failure(&self, sink: &str, doing: &str) -> Error {
        let Some(cause) = self.cause() else {
            let quoted = String::from_utf8_lossy(&self.body[..self.body.len().min(QUOTED_BYTES_MAX)]);
            let message =
                format!("sink `{sink}`: {doing}: answered {} with `{}`", self.status, quoted.trim());
            return match self.status {
                401 => forbidden(message),
                _ => Error::new(ErrorKind::Unavailable, message),
            };
        };
        failure(self.status, &cause, &format!("sink `{sink}`: {doing}"))
    }
}

/// Returns the error for a status and Elasticsearch's reason.
pub(super) fn failure(status: u16, cause: &Cause, doing: &str) -> Error {
    let message = format!("{doing}: {}", cause.told());
    match status {
        _ if cause.kind == "cluster_block_exception" => Error::new(ErrorKind::Unavailable, message)
            .with_hint("the index takes no writes: look at its `index.blocks` settings and at the disks"),
        _ if cause.says_closed() => Error::new(ErrorKind::Unavailable, message)
            .with_hint("the index was closed: open it again (`POST INDEX/_open`)"),
        401 | 403 => forbidden(message),
        404 if cause.says_gone() => Error::new(ErrorKind::NotFound, message),
        408 | 429 | 500.. => Error::new(ErrorKind::Unavailable, message),
        _ => Error::new(ErrorKind::Refused, message),
    }
}

fn forbidden(message: String) -> Error {
    Error::new(ErrorKind::Config, message).with_hint(
        "set `username` and `password_file`, or `api_key_file`, to a user that may write `foldline-*` (or `NAMESPACE-*`)",
    )
}
