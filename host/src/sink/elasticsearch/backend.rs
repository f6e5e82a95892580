//! Opens the indexes of versions in one cluster, and deletes those that nobody needs.

use std::sync::Arc;

use foldline_core::position::Position;
use tracing::{info, warn};

use super::alias;
use super::client::Client;
use super::control::{self, Control, Held};
use super::index::{self, Index};
use super::mapping::MARK;
use super::refused::RefusedRows;
use super::writer::ElasticsearchSink;
use crate::config::ElasticsearchConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::{Backend, Sink, SinkVersion};

/// Two hosts that open the same version meet once or twice, not for ever.
const TRIES_MAX: usize = 5;

/// A cluster that documents are served from.
pub struct ElasticsearchBackend {
    config: Arc<ElasticsearchConfig>,
    client: Client,
}

/// What is there of a version.
struct Found {
    /// From the oldest to the newest.
    generations: Vec<(Index, Option<Held>)>,
    /// What any of them may show.
    hi: Position,
}

impl ElasticsearchBackend {
    /// Prepares for a cluster, without calling it; `sink` is the name that messages use.
    ///
    /// # Errors
    /// `Config` for an address or a certificate that cannot be used.
    pub fn new(sink: &str, config: &ElasticsearchConfig) -> Result<Self> {
        Ok(Self { client: Client::new(sink, config)?, config: Arc::new(config.clone()) })
    }

    /// Takes over the newest index if it was loaded, or begins the next one. `None` = somebody else was faster.
    fn try_open(
        &self,
        client: &Client,
        version: &SinkVersion,
        owner: &str,
        anew: bool,
    ) -> Result<Option<ElasticsearchSink>> {
        let Found { mut generations, hi } = find(client, version)?;
        // An index that was begun and not loaded stands for the decision to replace those before it.
        match generations.pop() {
            Some((index, Some(held))) if !anew && held.control.lo.is_some() => {
                self.take_over(client, version, owner, index, &held, hi)
            }
            newest => {
                let generation = newest.as_ref().map_or(1, |(index, _)| index.meta.generation + 1);
                let begun = self.begin(client, version, owner, generation, hi)?;
                if begun.is_some() {
                    for (index, held) in generations.into_iter().chain(newest) {
                        let is_loaded = held.is_some_and(|held| held.control.lo.is_some());
                        // What another format holds is read until the new index is.
                        if !is_loaded && index.meta.is_known() {
                            index::delete(client, &index)?;
                        }
                    }
                }
                Ok(begun)
            }
        }
    }

    fn take_over(
        &self,
        client: &Client,
        version: &SinkVersion,
        owner: &str,
        index: Index,
        held: &Held,
        hi: Position,
    ) -> Result<Option<ElasticsearchSink>> {
        let control =
            Control { owner: owner.to_owned(), taken: held.control.taken + 1, ..held.control.clone() };
        let Some(held) = control::swap(client, &index, Some(held), control)? else { return Ok(None) };
        let refused = RefusedRows::read(client, &index)?;
        let sink = self.sink(client, version, index, held, hi, refused);
        sink.clear_older()?;
        Ok(Some(sink))
    }

    fn begin(
        &self,
        client: &Client,
        version: &SinkVersion,
        owner: &str,
        generation: u64,
        hi: Position,
    ) -> Result<Option<ElasticsearchSink>> {
        let Some(index) = index::create(client, &self.config, version, generation)? else { return Ok(None) };
        let control =
            Control { owner: owner.to_owned(), taken: 1, seq: 0, hi: hi.clone(), lo: None, ended: 0 };
        let Some(held) = control::swap(client, &index, None, control)? else { return Ok(None) };
        info!(index = index.name, "documents are loaded into a new index");
        Ok(Some(self.sink(client, version, index, held, hi, RefusedRows::default())))
    }

    fn sink(
        &self,
        client: &Client,
        version: &SinkVersion,
        index: Index,
        held: Held,
        hi: Position,
        refused: RefusedRows,
    ) -> ElasticsearchSink {
        let config = Arc::clone(&self.config);
        ElasticsearchSink::new(client.clone(), config, version.clone(), index, held, hi, refused)
    }
}

impl Backend for ElasticsearchBackend {
    fn open(&self, version: &SinkVersion, owner: &str, anew: bool) -> Result<Box<dyn Sink>> {
        let client = self.client.with_own_interrupt();
        if version.document.iter().any(|field| field.name == MARK) {
            let message = format!("the document of `{}` has a field `{MARK}`", version.projection);
            return Err(Error::new(ErrorKind::Refused, message).with_hint("give the field another name"));
        }
        for _ in 0..TRIES_MAX {
            match self.try_open(&client, version, owner, anew) {
                Ok(Some(sink)) => return Ok(Box::new(sink)),
                // Another host was faster, or has deleted what was just found.
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let message = format!("another host keeps taking over the indexes of `{}`", version.projection);
        Err(client.unavailable(message))
    }

    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()> {
        let client = self.client.with_own_interrupt();
        let holders = alias::holders(&client, projection)?;
        for index in index::of_projection(&client, projection)? {
            if kept.iter().any(|version| index.meta.is_of(version)) {
                continue;
            }
            // Readers who have not been pointed elsewhere yet must not find nothing.
            if !kept.is_empty() && holders.contains_key(&index.name) {
                warn!(index = index.name, "kept although its version is not: readers still read it");
                continue;
            }
            index::delete(&client, &index)?;
            info!(index = index.name, "deleted");
        }
        Ok(())
    }
}

fn find(client: &Client, version: &SinkVersion) -> Result<Found> {
    let mut found = Found { generations: Vec::new(), hi: Position::default() };
    for index in index::of_projection(client, &version.projection)? {
        if !index.meta.is_of(version) {
            continue;
        }
        let held = if index.meta.is_known() { control::read(client, &index)? } else { None };
        if let Some(held) = &held {
            found.hi.raise_to(&held.control.hi);
        }
        found.generations.push((index, held));
    }
    Ok(found)
}
