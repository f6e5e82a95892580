//! The documents that an index refused for good. The index itself remembers them until their ids are written again.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::bulk::{Bulk, Write};
use super::client::{Client, Request};
use super::control::RESERVED;
use super::index::{self, Index};
use super::mapping::{KIND, MARK};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::foreign::foreign;
use foldline_sink::{DocumentChange, FailedRow, Refused};

/// 10,000: so many refusals mean a wrong declaration rather than odd documents. A search returns at most as many.
const ROWS_MAX: usize = 10_000;

/// Ids with the reasons.
#[derive(Default)]
pub(super) struct RefusedRows(BTreeMap<String, String>);

impl RefusedRows {
    /// Reads the notes of an index.
    pub(super) fn read(client: &Client, index: &Index) -> Result<Self> {
        #[derive(Deserialize)]
        struct Answered {
            hits: Hits,
        }
        #[derive(Deserialize)]
        struct Hits {
            #[serde(default)]
            hits: Vec<Hit>,
        }
        #[derive(Deserialize)]
        struct Hit {
            #[serde(rename = "_source")]
            source: Source,
        }
        #[derive(Deserialize)]
        struct Source {
            #[serde(rename = "_foldline")]
            row: Row,
        }
        #[derive(Deserialize)]
        struct Row {
            id: String,
            reason: String,
        }
        index::refresh(client, index)?;
        let request = Request::post(format!("{}/_search", index.path())).query(&[
            ("filter_path", "hits.hits._source,hits.total"),
            ("allow_partial_search_results", "false"),
        ]);
        let query = json!({"size": ROWS_MAX, "query": {"term": {KIND: "refused"}}});
        let answer = client.call(&request.json(&query))?;
        let doing = format!("read what `{}` refused", index.name);
        if !answer.is_success() {
            return Err(answer.failure(client.sink(), &doing));
        }
        let Some(Answered { hits }) = answer.read() else {
            return Err(client.unavailable(format!("{doing}: the answer cannot be read")));
        };
        let rows = hits.hits.into_iter().map(|hit| (hit.source.row.id, hit.source.row.reason));
        Ok(Self(rows.collect()))
    }

    /// Remembers which of the documents just written were refused, and forgets notes about the others.
    ///
    /// # Errors
    /// `Data` when too many are refused; errors of the bulk request.
    pub(super) fn note(
        &mut self,
        bulk: &mut Bulk,
        version: u64,
        written: &[DocumentChange],
        refused: Vec<FailedRow>,
    ) -> Result<()> {
        if refused.is_empty() && self.0.is_empty() {
            return Ok(());
        }
        let refused: BTreeMap<String, String> = refused.into_iter().map(|row| (row.id, row.reason)).collect();
        let taken = written.iter().map(|change| &change.id);
        let taken: Vec<&String> =
            taken.filter(|id| self.0.contains_key(*id) && !refused.contains_key(*id)).collect();
        let mut notes = Vec::new();
        for (id, reason) in &refused {
            notes.push(note(id, &json!({MARK: {"kind": "refused", "id": id, "reason": reason}}).to_string()));
        }
        for id in &taken {
            // The server would forget a deletion's version, so that an old note could reappear.
            notes.push(note(id, &json!({MARK: {"kind": "forgotten"}}).to_string()));
        }
        if let Some(row) = bulk.write(version, &notes)?.into_iter().next() {
            let message = format!("a note of the host's own was refused: {}", row.reason);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        for id in taken {
            self.0.remove(id);
        }
        self.0.extend(refused);
        match self.0.first_key_value() {
            Some((id, reason)) if self.0.len() > ROWS_MAX => {
                let message = format!(
                    "more than {ROWS_MAX} documents are refused, such as `{}`: {}",
                    foreign(id),
                    foreign(reason)
                );
                Err(Error::new(ErrorKind::Data, message)
                    .with_hint("declare the fields of the document as what they are"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the summary for people.
    pub(super) fn shown(&self) -> Refused {
        let example = self.0.first_key_value();
        Refused {
            rows: self.0.len() as u64,
            example: example.map(|(id, reason)| FailedRow { id: id.clone(), reason: reason.clone() }),
        }
    }
}

fn note(id: &str, source: &str) -> Write<'static> {
    // Hashed, because a document's id may use all bytes that an id can have.
    let id = format!("{RESERVED}refused:{}", blake3::hash(id.as_bytes()).to_hex());
    Write { id: id.into(), source: source.to_owned().into() }
}
