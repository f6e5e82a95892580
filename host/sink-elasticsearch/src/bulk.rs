//! Writes documents in bulk requests of bounded size, and reads the answer item by item.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{Cause, failure};
use super::client::{Client, Request};
use super::control;
use super::index::Index;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_sink::FailedRow;

/// 5 MiB: larger requests are hardly faster, and a server holds several in memory.
const REQUEST_BYTES_MAX: usize = 5 << 20;

/// 5,000: small documents reach the byte limit late, and the answer has a line for each document.
const REQUEST_DOCUMENTS_MAX: usize = 5_000;

/// 5 tries in a row in which no document was accepted: the server is as good as unreachable.
const TRIES_WITHOUT_PROGRESS: u32 = 5;

/// 50 ms, doubled with each try: a full queue of a server drains in about such times.
const BACKOFF_MIN: Duration = Duration::from_millis(50);

/// 512 bytes: a reason names the field first.
const REASON_BYTES_MAX: usize = 512;

/// A document to write.
#[derive(Clone, Debug)]
pub(super) struct Write<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) source: Cow<'a, str>,
}

/// Writes documents into an index.
pub(super) struct Bulk {
    client: Client,
    index: Index,
    jitter: Jitter,
}

/// The outcome of a request.
enum Outcome {
    /// An answer for each document.
    Items(Vec<Item>),
    /// It is unknown whether anything was written.
    Unknown(String),
    /// The server accepts smaller requests only.
    TooLarge(String),
}

#[derive(Debug, Deserialize)]
struct Item {
    status: u16,
    error: Option<Cause>,
}

impl Bulk {
    /// `seed` makes the pauses of this writer differ from those of others.
    pub(super) fn new(client: Client, index: Index, seed: &str) -> Self {
        Self { client, index, jitter: Jitter::new(seed) }
    }

    /// Writes documents with a version number, each id once, except where the index has a newer version. Returns the documents
    /// that the index refuses for good.
    ///
    /// # Errors
    /// `Unavailable` when some were not accepted (all may be sent again); `NotFound` when the index is gone.
    pub(super) fn write(&mut self, version: u64, writes: &[Write<'_>]) -> Result<Vec<FailedRow>> {
        let mut refused = Vec::new();
        let mut rest = writes;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |write: &&Write<'_>| {
                bytes += write.id.len() + write.source.len();
                bytes <= REQUEST_BYTES_MAX
            };
            let many = rest.iter().take(REQUEST_DOCUMENTS_MAX).take_while(fits).count().max(1);
            let (now, later) = rest.split_at(many);
            self.write_all(version, now.iter().collect(), &mut refused)?;
            rest = later;
        }
        Ok(refused)
    }

    fn write_all<'a>(
        &mut self,
        version: u64,
        mut pending: Vec<&'a Write<'a>>,
        refused: &mut Vec<FailedRow>,
    ) -> Result<()> {
        let mut tries = 0;
        loop {
            let trouble = match self.request(version, &pending)? {
                Outcome::TooLarge(reason) if pending.len() == 1 => {
                    refused.push(FailedRow { id: pending[0].id.clone().into_owned(), reason });
                    return Ok(());
                }
                Outcome::TooLarge(_) => {
                    let second = pending.split_off(pending.len() / 2);
                    self.write_all(version, pending, refused)?;
                    return self.write_all(version, second, refused);
                }
                Outcome::Unknown(reason) => reason,
                Outcome::Items(items) => {
                    let before = pending.len();
                    let trouble = self.judge(version, &mut pending, items, refused)?;
                    if pending.is_empty() {
                        return Ok(());
                    }
                    if pending.len() < before {
                        tries = 0;
                    }
                    trouble
                }
            };
            tries += 1;
            if tries == TRIES_WITHOUT_PROGRESS {
                let (many, name) = (pending.len(), &self.index.name);
                let message = format!("{many} documents of `{name}` are not taken: {trouble}");
                return Err(self.client.unavailable(message));
            }
            self.client.pause(self.jitter.of(BACKOFF_MIN * 2_u32.pow(tries - 1)))?;
        }
    }

    fn request(&self, version: u64, pending: &[&Write<'_>]) -> Result<Outcome> {
        #[derive(Deserialize)]
        struct Answered {
            items: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            index: Item,
        }
        let request = Request::post(format!("{}/_bulk", self.index.write_path())).query(&[
            ("require_alias", "true"),
            ("timeout", "30s"),
            ("filter_path", "items.*.status,items.*.error"),
        ]);
        let answer = self.client.call(&request.lines(body(version, pending)))?;
        if answer.status == 413 {
            return Ok(Outcome::TooLarge("larger than what the server takes in one request".into()));
        }
        if !answer.is_success() {
            let doing = format!("write documents to `{}`", self.index.name);
            return Err(answer.failure(self.client.sink(), &doing));
        }
        Ok(match answer.read::<Answered>() {
            None => Outcome::Unknown("the answer cannot be read".into()),
            Some(Answered { items }) if items.len() != pending.len() => {
                Outcome::Unknown(format!("{} answers for {} documents", items.len(), pending.len()))
            }
            Some(Answered { items }) => Outcome::Items(items.into_iter().map(|entry| entry.index).collect()),
        })
    }

    /// Leaves in `pending` what must be sent again. Returns the last reason for that.
    fn judge<'a>(
        &self,
        version: u64,
        pending: &mut Vec<&'a Write<'a>>,
        items: Vec<Item>,
        refused: &mut Vec<FailedRow>,
    ) -> Result<String> {
        let (mut again, mut conflicts) = (Vec::new(), Vec::new());
        let mut trouble = String::new();
        let mut is_there = false;
        for (write, item) in pending.drain(..).zip(items) {
            let Item { status, error } = item;
            let reason = error.as_ref().map_or_else(|| format!("status {status}"), Cause::told);
            let doing = || format!("sink `{}`: write `{}`", self.client.sink(), self.index.name);
            match (status, error) {
                (200..300, _) => continue,
                (409, _) => conflicts.push(write),
                (403 | 429 | 503, Some(cause)) if cause.kind == "cluster_block_exception" => {
                    return Err(failure(status, &cause, &doing()));
                }
                (_, Some(cause)) if cause.says_closed() => return Err(failure(status, &cause, &doing())),
                (401 | 403, Some(cause)) => return Err(failure(status, &cause, &doing())),
                // A 404 alone does not prove that the index is gone; reading it must fail as well.
                (404, _) => {
                    if !is_there {
                        control::read(&self.client, &self.index)?;
                        is_there = true;
                    }
                    again.push(write);
                }
                (400..500, Some(_)) if !matches!(status, 408 | 429) => {
                    let reason = cut(&reason);
                    refused.push(FailedRow { id: write.id.clone().into_owned(), reason });
                    continue;
                }
                _ => again.push(write),
            }
            trouble = reason;
        }
        if !conflicts.is_empty() {
            let superseded = self.superseded(version, &conflicts)?;
            again.extend(conflicts.into_iter().filter(|write| !superseded.contains(&*write.id)));
        }
        *pending = again;
        Ok(trouble)
    }

    /// Returns the ids that the index has in this version or a newer one.
    fn superseded(&self, version: u64, writes: &[&Write<'_>]) -> Result<HashSet<String>> {
        #[derive(Deserialize)]
        struct Answered {
            docs: Vec<Found>,
        }
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "_id")]
            id: String,
            #[serde(rename = "_version", default)]
            version: u64,
            #[serde(default)]
            found: bool,
        }
        let ids: Vec<&str> = writes.iter().map(|write| &*write.id).collect();
        let request = Request::post(format!("{}/_mget", self.index.path()))
            .query(&[("_source", "false"), ("filter_path", "docs._id,docs._version,docs.found")]);
        let answer = self.client.call(&request.json(&json!({"ids": ids})))?;
        let doing = format!("look for newer documents in `{}`", self.index.name);
        if !answer.is_success() {
            return Err(answer.failure(self.client.sink(), &doing));
        }
        let Some(Answered { docs }) = answer.read() else {
            return Err(self.client.unavailable(format!("{doing}: the answer cannot be read")));
        };
        let newer = docs.into_iter().filter(|found| found.found && found.version >= version);
        Ok(newer.map(|found| found.id).collect())
    }
}

/// Refuses a version number beyond the server's range.
pub(super) fn check_version(version: u64) -> Result<()> {
    if i64::try_from(version).is_ok() {
        return Ok(());
    }
    let message = format!("flush {version} is beyond the versions of elasticsearch, which end at 2^63");
    Err(Error::new(ErrorKind::Internal, message))
}

fn body(version: u64, writes: &[&Write<'_>]) -> Bytes {
    /// Bytes per document besides id and body.
    const ACTION_BYTES: usize = 96;
    #[derive(Serialize)]
    struct Action<'a> {
        index: Target<'a>,
    }
    #[derive(Serialize)]
    struct Target<'a> {
        _id: &'a str,
        version: u64,
        version_type: &'static str,
    }
    let bytes = writes.iter().map(|write| ACTION_BYTES + write.id.len() + write.source.len()).sum();
    let mut lines = Vec::with_capacity(bytes);
    for write in writes {
        let index = Target { _id: &write.id, version, version_type: "external_gte" };
        serde_json::to_writer(&mut lines, &Action { index }).expect("texts and a number are JSON");
        lines.push(b'\n');
        // Raw line feeds in JSON occur between values only, where a space means the same.
        lines
            .extend(write.source.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        lines.push(b'\n');
    }
    lines.into()
}

fn cut(reason: &str) -> String {
    reason[..reason.floor_char_boundary(REASON_BYTES_MAX)].to_owned()
}

/// Varies pauses, so that writers that were refused together do not retry together.
struct Jitter(u64);

impl Jitter {
    fn new(seed: &str) -> Self {
        let hash = blake3::hash(seed.as_bytes());
        let bytes = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
        Self(u64::from_le_bytes(*bytes) | 1)
    }

    /// Returns a random time between half the pause and all of it.
    fn of(&mut self, pause: Duration) -> Duration {
        // Xorshift: the quality of the randomness does not matter.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let half = pause / 2;
        let part = u32::try_from(self.0 % 1_000).expect("it is below 1,000");
        half + half * part / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_two_lines_a_document_whatever_is_in_it() {
        let write = Write { id: "a\n\"b\"".into(), source: "{\n \"x\":\r\n\"\\n\"}".into() };
        let lines = body(9_007_199_254_740_993, &[&write]);
        let text = std::str::from_utf8(&lines).unwrap();
        assert_eq!(
            text,
            "{\"index\":{\"_id\":\"a\\n\\\"b\\\"\",\"version\":9007199254740993,\"version_type\":\"external_gte\"}}\n\
             {  \"x\":  \"\\n\"}\n"
        );
    }

    #[test]
    fn pauses_are_between_half_and_whole() {
        let mut jitter = Jitter::new("owner");
        let pauses: Vec<Duration> = (0..100).map(|_| jitter.of(Duration::from_secs(1))).collect();
        assert!(pauses.iter().all(|pause| (500..=1_000).contains(&pause.as_millis())));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
