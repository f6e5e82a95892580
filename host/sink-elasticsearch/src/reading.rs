//! Reads back what a version's index shows, as its readers see it, for comparisons. Uses a scroll.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::alias;
use super::client::{Client, Request};
use super::index::{self, Index};
use foldline_base::error::Result;
use foldline_sink::reading::{Entry, EntryVisitor, Normalize, Reading};

/// Documents per answer.
const CHUNK: usize = 1_000;

/// How long the server keeps the scroll between two chunks.
const KEPT: &str = "2m";

pub(super) struct ElasticsearchReading {
    client: Client,
    index: Index,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "_scroll_id")]
    scroll: String,
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_source")]
    source: Box<RawValue>,
}

impl ElasticsearchReading {
    pub(super) fn new(client: Client, index: Index) -> Self {
        Self { client, index }
    }

    fn page(&self, request: &Request<'_>) -> Result<Page> {
        let doing = format!("read `{}` back", self.index.name);
        let answer = self.client.call(request)?;
        if !answer.is_success() {
            return Err(answer.failure(self.client.sink(), &doing));
        }
        let unreadable = || self.client.unavailable(format!("{doing}: the answer cannot be read"));
        answer.read::<Page>().ok_or_else(unreadable)
    }
}

impl Reading for ElasticsearchReading {
    /// This sink serves no sets.
    fn has_sets(&self) -> bool {
        false
    }

    /// The server returns equal JSON, but not the same text.
    fn normal(&self) -> Normalize {
        |body| {
            serde_json::from_str::<Value>(body).map_or(Cow::Borrowed(body), |value| value.to_string().into())
        }
    }

    fn entries(&mut self, visit: &mut EntryVisitor<'_>) -> Result<()> {
        index::refresh(&self.client, &self.index)?;
        let begin = Request::post(format!("{}/_search", self.index.path())).query(&[("scroll", KEPT)]);
        let body = json!({"size": CHUNK, "sort": ["_doc"], "query": alias::filter()});
        let mut page = self.page(&begin.json(&body))?;
        let outcome = loop {
            if page.hits.hits.is_empty() {
                break Ok(());
            }
            let heard = std::mem::take(&mut page.hits.hits)
                .into_iter()
                .try_for_each(|hit| visit(Entry::Document { id: hit.id, body: hit.source.get().to_owned() }));
            if heard.is_err() {
                break heard;
            }
            let next = Request::post("_search/scroll".to_owned());
            match self.page(&next.json(&json!({"scroll": KEPT, "scroll_id": page.scroll}))) {
                Ok(next) => page = next,
                Err(error) => break Err(error),
            }
        };
        // Best effort: the scroll expires by itself.
        let end = Request::delete("_search/scroll".to_owned());
        let _ = self.client.call(&end.json(&json!({"scroll_id": page.scroll})));
        outcome
    }
}
