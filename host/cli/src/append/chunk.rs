//! Splits the lines of a file into requests of bounded size.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use foldline_base::byte_order_mark::{BYTE_ORDER_MARK, HAS_ONE, begins_with_mark};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::json;

/// 4 MiB: large enough to make the cost of a request negligible, small enough for two of them to fit in memory anywhere.
const CHUNK_BYTES_MAX: usize = 4 << 20;

/// A host takes a million records per request; 4 MiB of empty lines would be four million.
const CHUNK_RECORDS_MAX: u64 = 250_000;

/// 64 MiB: a file without line feeds must not fill the memory. A host refuses such a record anyway.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// The meaning of a file's lines.
pub(super) enum Lines {
    /// Values, not parsed.
    Values {
        /// The topic of all lines.
        topic: String,
    },
    /// Values that are JSON objects and contain their keys.
    KeyedValues {
        /// The topic of all lines.
        topic: String,
        /// The field with the key.
        field: String,
    },
    /// Records, each with its topic.
    Records,
}

/// The body of one request.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) topic: String,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// For each line, its number in the file, counted from 1. With several topics they are not consecutive.
    lines: Vec<u64>,
    /// Number of the file's bytes that it covers.
    pub(super) source_bytes: u64,
}

/// Splits a file into chunks. An error ends the chunks.
pub(super) struct Chunks {
    source: BufReader<Box<dyn Read + Send>>,
    name: String,
    lines: Lines,
    /// Whether to send a partial chunk instead of waiting for more input.
    eager: bool,
    line: u64,
    /// One open chunk per topic, together about [`CHUNK_BYTES_MAX`].
    open: BTreeMap<String, Chunk>,
    open_bytes: usize,
    open_records: u64,
    ready: VecDeque<Chunk>,
    /// The error that ended the file early; reported after the lines before it.
    failed: Option<Error>,
    ended: bool,
}

impl Chunks {
    /// Returns the chunks of `source`; errors call it `name`.
    pub(super) fn new(
        source: BufReader<Box<dyn Read + Send>>,
        name: String,
        lines: Lines,
        eager: bool,
    ) -> Self {
        Self {
            source,
            name,
            lines,
            eager,
            line: 0,
            open: BTreeMap::new(),
            open_bytes: 0,
            open_records: 0,
            ready: VecDeque::new(),
            failed: None,
            ended: false,
        }
    }

    fn fill(&mut self) {
        let mut line = Vec::new();
        while self.ready.is_empty() && !self.ended {
            line.clear();
            match self.read_line(&mut line) {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(error) => (self.ended, self.failed) = (true, Some(error)),
            }
            let is_drained = self.eager && self.source.buffer().is_empty();
            if self.ended || is_drained {
                self.close();
            }
        }
    }

    /// Reads a line into its chunk; returns whether there was one.
    fn read_line(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        let read = (&mut self.source).take(LINE_BYTES_MAX).read_until(b'\n', line);
        let unreadable =
            |error| Error::new(ErrorKind::Unavailable, format!("cannot read {}: {error}", self.name));
        let source_bytes = read.map_err(unreadable)? as u64;
        // The byte order mark is part of the file, not of its first record: with it, the value would not be JSON.
        if self.line == 0 && begins_with_mark(line) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let only_mark = line.is_empty() && source_bytes == BYTE_ORDER_MARK.len() as u64;
        if source_bytes == 0 || only_mark {
            return Ok(false);
        }
        self.line += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if source_bytes == LINE_BYTES_MAX {
            let message = format!("line {} is longer than {LINE_BYTES_MAX} bytes", self.line);
            return Err(Error::new(ErrorKind::Data, message));
        }
        let number = self.line;
        let bad =
            |message: fmt::Arguments<'_>| Error::new(ErrorKind::Data, format!("line {number}{message}"));
        match &self.lines {
            Lines::Values { topic } => {
                let topic = topic.clone();
                self.add(&topic, "application/octet-stream", line, source_bytes);
            }
            Lines::KeyedValues { topic, field } => {
                let record = keyed(line, field).map_err(|message| bad(format_args!("{message}")))?;
                let topic = topic.clone();
                self.add(&topic, "application/x-ndjson", &record, source_bytes);
            }
            // Editors often end a file with a blank line, which is not a record.
            Lines::Records if line.trim_ascii().is_empty() => {}
            Lines::Records => {
                let parsed = json::parse(line).map_err(|error| {
                    let error = bad(format_args!(" is not a record: {}", error.message()));
                    error.with_hint("a record looks like {\"topic\":\"likes\",\"key\":\"p1\",\"value\":{}}; to append lines as values, name a topic")
                })?;
                let topic = parsed.topic.ok_or_else(|| {
                    bad(format_args!(" is not a record: it names no topic"))
                        .with_hint("to append all lines to one topic as values: foldline append TOPIC FILE")
                })?;
                self.add(&topic, "application/x-ndjson", line, source_bytes);
            }
        }
        Ok(true)
    }

    fn add(&mut self, topic: &str, content_type: &'static str, line: &[u8], source_bytes: u64) {
        let is_full = self.open_bytes + line.len() + 1 > CHUNK_BYTES_MAX;
        if is_full || self.open_records == CHUNK_RECORDS_MAX {
            self.close();
        }
        let chunk = self.open.entry(topic.to_owned()).or_insert_with(|| Chunk {
            topic: topic.to_owned(),
            content_type,
            ..Chunk::default()
        });
        chunk.body.extend_from_slice(line);
        chunk.body.push(b'\n');
        chunk.lines.push(self.line);
        chunk.source_bytes += source_bytes;
        self.open_bytes += line.len() + 1;
        self.open_records += 1;
    }

    fn close(&mut self) {
        self.ready.extend(std::mem::take(&mut self.open).into_values());
        (self.open_bytes, self.open_records) = (0, 0);
    }
}

impl Chunk {
    /// Returns the lines still to append after a refusal: those not in the log. `None` if that is unknown for some line.
    pub(super) fn left(&self, refused: &Error) -> Option<Self> {
        let partly = refused.partly().filter(|partly| partly.unknown.is_empty())?;
        let mut is_missing = vec![false; self.lines.len()];
        for range in &partly.missing {
            let end = self.lines.len().min(range.end as usize);
            is_missing.get_mut(range.start as usize..end)?.fill(true);
        }
        let mut left = Self { topic: self.topic.clone(), content_type: self.content_type, ..Self::default() };
        let lines = self.body.split_inclusive(|byte| *byte == b'\n').zip(&self.lines);
        for ((line, number), _) in lines.zip(is_missing).filter(|(_, is_missing)| *is_missing) {
            left.body.extend_from_slice(line);
            left.lines.push(*number);
        }
        left.source_bytes = self.source_bytes;
        (!left.lines.is_empty()).then_some(left)
    }

    /// Returns a host's refusal of this chunk with line numbers of the file: the host counts from the chunk's start. If part of
    /// the chunk may be in the log, the message says which part.
    /// may be in the log it says which.
    pub(super) fn refused(&self, error: Error) -> Error {
        let named = error.message().strip_prefix("line ").and_then(|rest| rest.split_once(": "));
        let line = named.and_then(|(number, rest)| {
            let at = number.parse::<usize>().ok()?.checked_sub(1)?;
            Some((self.lines.get(at)?, rest))
        });
        let mut message = match line {
            Some((line, rest)) => format!("line {line}: {rest}"),
            None => {
                let all = 0..self.lines.len() as u64;
                format!("{}: {}", self.in_words(std::slice::from_ref(&all)), error.message())
            }
        };
        let mut hint = error.hint().map(str::to_owned);
        if let Some(partly) = error.partly() {
            let _ = write!(message, "; partly appended: {}", partly.written);
            for (what, ranges) in [("not in the log", &partly.missing), ("perhaps in it", &partly.unknown)] {
                if !ranges.is_empty() {
                    let _ = write!(message, "; {what}: {}", self.in_words(ranges));
                }
            }
            hint = Some(match partly.unknown.is_empty() {
                true => "append again only the lines that are not in the log".to_owned(),
                false => "check with `foldline tail` which lines are there, and append only the others again"
                    .to_owned(),
            });
        }
        let refused = Error::new(error.kind(), message);
        match hint {
            Some(hint) => refused.with_hint(hint),
            None => refused,
        }
    }

    /// Describes lines of this chunk by their numbers in the file.
    fn in_words(&self, ranges: &[Range<u64>]) -> String {
        /// Enough for a person; the HTTP answer has all of them.
        const SHOWN: usize = 20;
        let named = |range: &Range<u64>| {
            let last = range.end.min(self.lines.len() as u64).checked_sub(1)?;
            let (first, last) = (self.lines.get(range.start as usize)?, self.lines.get(last as usize)?);
            Some(if first == last { format!("line {first}") } else { format!("lines {first} to {last}") })
        };
        let mut all: Vec<String> = ranges.iter().filter_map(named).collect();
        let more = all.len().saturating_sub(SHOWN);
        all.truncate(SHOWN);
        match more {
            0 => all.join(", "),
            more => format!("{} and {more} more", all.join(", ")),
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Result<Chunk>> {
        self.fill();
        self.ready.pop_front().map(Ok).or_else(|| self.failed.take().map(Err))
    }
}

/// Returns the record line of a value whose key is one of its fields. The error says what is wrong, to follow the line's number.
fn keyed(line: &[u8], field: &str) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!(" is not UTF-8: {error}"))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let found = FieldOf(field).deserialize(&mut json).and_then(|found| json.end().map(|()| found)).map_err(
        |error| match begins_with_mark(line) {
            true => format!(" {HAS_ONE}"),
            false => format!(" is not a JSON object: {error}"),
        },
    )?;
    let key = found.ok_or_else(|| format!(" has no field `{field}`"))?.get();
    let is_number = key.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if !is_number && !key.starts_with('"') {
        return Err(format!(": field `{field}` is `{}`, not a text or a number", shorten(key)));
    }
    let quote = if is_number { "\"" } else { "" };
    let mut record = Vec::with_capacity(line.len() + key.len() + 24);
    record.extend_from_slice(format!("{{\"key\":{quote}{key}{quote},").as_bytes());
    if text.trim_ascii().len() == text.len() {
        record.extend_from_slice(b"\"value\":");
        record.extend_from_slice(line);
    } else {
        // White space around a JSON value is part of the line but not of the JSON value, and would be lost.
        record.extend_from_slice(format!("\"value_base64\":\"{}\"", STANDARD.encode(line)).as_bytes());
    }
    record.push(b'}');
    Ok(record)
}

fn shorten(json: &str) -> String {
    const SHOWN: usize = 60;
    json.chars().take(SHOWN).collect()
}

/// Finds one field of an object and returns its raw text.
struct FieldOf<'f>(&'f str);

impl<'de> DeserializeSeed<'de> for FieldOf<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldOf<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Name<'_>>()? {
            if name.0 == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A field's name, borrowed if it contains no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
