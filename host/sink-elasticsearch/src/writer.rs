//! Writes the documents of one projection version, as the sole owner of its index.

use std::sync::Arc;

use foldline_core::position::Position;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::info;

use super::alias;
use super::bulk::{self, Bulk, Write};
use super::client::{Client, Request};
use super::control::{self, Control, Held, RESERVED};
use super::index::{self, Index};
use super::mapping::KIND;
use super::refresher::Refresher;
use super::refused::RefusedRows;
use super::shards;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::ElasticsearchConfig;
use foldline_sink::{
    DocumentChunks, Documents, FailedRow, FlushHead, Interrupt, Refused, Sink, SinkProgress, SinkVersion,
};

/// The body that replaces a removed document.
const TOMBSTONE: &str = r#"{"_foldline":{"kind":"deleted"}}"#;

/// 512 bytes: a longer id makes the server refuse the whole request.
const ID_BYTES_MAX: usize = 512;

/// 10,000: fewer tombstones cost less than a new index.
const TOMBSTONES_MIN: u64 = 10_000;

/// A compare-and-set that finds an own write whose answer was lost needs a second try. A third finds another writer.
const SWAPS_MAX: usize = 3;

/// The writing side of a version's index.
pub(super) struct ElasticsearchSink {
    client: Client,
    config: Arc<ElasticsearchConfig>,
    version: SinkVersion,
    /// The alias that readers use.
    alias: String,
    index: Index,
    held: Held,
    bulk: Bulk,
    refused: RefusedRows,
    found: SinkProgress,
    /// The flush that this sink has begun and not ended.
    begun: Option<u64>,
    /// The last flush that a forced refresh made visible.
    refreshed: Option<u64>,
    /// Present once readers were pointed here.
    refresher: Option<Refresher>,
    /// Tombstones written since the last count.
    tombstones: u64,
}

impl ElasticsearchSink {
    /// Returns the writer of an index that was taken over. `hi` includes that of the indexes it replaces.
    pub(super) fn new(
        client: Client,
        config: Arc<ElasticsearchConfig>,
        version: SinkVersion,
        index: Index,
        held: Held,
        hi: Position,
        refused: RefusedRows,
    ) -> Self {
        let control = &held.control;
        Self {
            bulk: Bulk::new(client.clone(), index.clone(), &control.owner),
            found: SinkProgress { seq: control.seq, hi, lo: control.lo.clone() },
            client,
            alias: alias::name(&config.namespace, &version.projection),
            config,
            version,
            index,
            held,
            refused,
            begun: None,
            refreshed: None,
            refresher: None,
            // Their number is not known yet.
            tombstones: TOMBSTONES_MIN,
        }
    }

    /// Deletes older generations, except for one that readers still use.
    pub(super) fn clear_older(&self) -> Result<()> {
        let holders = alias::holders(&self.client, &self.alias)?;
        for older in index::of_projection(&self.client, &self.config.namespace, &self.version.projection)? {
            let is_older =
                older.meta.is_of(&self.version) && older.meta.generation < self.index.meta.generation;
            if is_older && !holders.contains_key(&older.name) {
                control::delete_ours(&self.client, &older, self.held.control.installation.as_deref())?;
            }
        }
        Ok(())
    }

    /// Checks that the shards are those that were written: nothing would restore what an older shard lacks.
    fn check_shards(&self) -> Result<()> {
        match &self.held.control.shards {
            Some(written) => {
                let now = shards::read(&self.client, &self.index)?;
                shards::compare(&self.client, &self.index, written, &now)
            }
            None => Ok(()),
        }
    }

    fn flush_all(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        if !self.must_write(head)? {
            return Ok(());
        }
        let mut chunk = chunks.next()?;
        // Without data there is no intent to write.
        if chunk.is_some() {
            self.begin(head)?;
        }
        while let Some(documents) = chunk {
            self.write(head.seq, documents)?;
            chunk = chunks.next()?;
        }
        if let Some(refresher) = &self.refresher {
            refresher.note_written();
        }
        let is_first = self.held.control.lo.is_none();
        if is_first {
            index::end_load(&self.client, &self.config, &self.index)?;
        }
        self.check_shards()?;
        self.change(Control {
            seq: head.seq,
            hi: head.position.clone(),
            lo: Some(head.position.clone()),
            ended: head.seq,
            ..self.held.control.clone()
        })?;
        self.begun = None;
        if is_first {
            info!(index = self.index.name, seq = head.seq, "documents are loaded");
            self.clear_older()?;
        }
        Ok(())
    }

    /// Returns whether a flush must be written. It is not if an earlier call already wrote it and the answer was lost.
    fn must_write(&self, head: &FlushHead) -> Result<bool> {
        let control = &self.held.control;
        if head.seq == control.ended && control.lo.as_ref() == Some(&head.position) {
            return Ok(false);
        }
        let refuse = |reason: String| {
            let message = format!("sink `{}`: {}: {reason}", self.client.sink(), self.index.name);
            Err(Error::new(ErrorKind::Internal, message))
        };
        let is_begun = self.begun == Some(head.seq) && control.seq == head.seq;
        if !is_begun && head.seq != control.seq + 1 {
            return refuse(format!("flush {} cannot follow flush {}", head.seq, control.seq));
        }
        for hi in [&control.hi, &self.found.hi] {
            if !head.position.covers(hi) {
                let (seq, position) = (head.seq, &head.position);
                return refuse(format!("flush {seq} at {position} would go back behind {hi}"));
            }
        }
        bulk::check_version(head.seq)?;
        Ok(true)
    }

    /// Writes the intent of a flush, unless that was already done.
    fn begin(&mut self, head: &FlushHead) -> Result<()> {
        self.begun = Some(head.seq);
        let control = &self.held.control;
        if control.seq == head.seq && control.hi == head.position {
            return Ok(());
        }
        self.change(Control { seq: head.seq, hi: head.position.clone(), ..control.clone() })
    }

    /// Writes documents with a version number. Version 0 is the load, which writes no tombstones because nothing existed before.
    fn write(&mut self, version: u64, documents: &Documents) -> Result<()> {
        let mut refused = Vec::new();
        let mut writes = Vec::with_capacity(documents.changes.len());
        let mut tombstones = 0;
        for change in &documents.changes {
            let id = &change.id;
            if let Some(reason) = unwritable(id) {
                refused.push(FailedRow { id: id.clone(), reason });
                continue;
            }
            match &change.body {
                Some(body) => writes.push(Write { id: id.into(), source: body.into() }),
                None if version == 0 => {}
                None => {
                    tombstones += 1;
                    writes.push(Write { id: id.into(), source: TOMBSTONE.into() });
                }
            }
        }
        refused.extend(self.bulk.write(version, &writes)?);
        self.tombstones += tombstones;
        self.refused.note(&mut self.bulk, version, &documents.changes, refused)
    }

    /// Writes the control document by compare-and-set.
    fn change(&mut self, next: Control) -> Result<()> {
        for _ in 0..SWAPS_MAX {
            let swapped = control::swap(&self.client, &self.index, Some(&self.held), next.clone())?;
            if let Some(held) = swapped {
                self.held = held;
                return Ok(());
            }
            self.read_control()?;
            if self.held.control == next {
                return Ok(());
            }
        }
        Err(self.client.unavailable(format!("who writes `{}` changes all the time", self.index.name)))
    }

    /// Reads the control document again. It must be as it was left, or as an own write left it whose answer was lost.
    fn read_control(&mut self) -> Result<()> {
        let found = control::read(&self.client, &self.index)?;
        let judged = found.as_ref().map(|held| &held.control);
        if let Some(error) = control::judge(&self.client, &self.index, &self.held.control, judged) {
            return Err(error);
        }
        if let Some(held) = found {
            self.held = held;
        }
        Ok(())
    }

    fn point_readers(&mut self) -> Result<()> {
        if self.held.control.lo.is_none() {
            let message = format!("readers cannot be pointed to `{}` before it is loaded", self.index.name);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let ended = self.held.control.ended;
        if self.refreshed != Some(ended) {
            index::refresh(&self.client, &self.index)?;
            self.refreshed = Some(ended);
        }
        if self.refresher.is_none() {
            self.refresher = Some(Refresher::start(&self.client, &self.index, self.config.refresh_interval));
        }
        let holders = alias::holders(&self.client, &self.alias)?;
        if alias::is_right(&holders, &self.index) {
            return Ok(());
        }
        alias::refuse_others(&self.client, &self.alias, &self.index, &holders)?;
        alias::point(&self.client, &self.alias, &self.index, &holders)?;
        info!(alias = self.alias, index = self.index.name, "readers were pointed to another index");
        self.clear_older()
    }

    fn examine_all(&mut self, live: bool) -> Result<()> {
        self.read_control()?;
        self.check_shards()?;
        index::check_mapping(&self.client, &self.index, &self.version)?;
        if self.held.control.lo.is_none() {
            return Ok(());
        }
        if live {
            let holders = alias::holders(&self.client, &self.alias)?;
            if !alias::is_right(&holders, &self.index) {
                return Err(alias::changed(&self.client, &self.alias, &self.index, &holders));
            }
        }
        // Up to a quarter of the limit may go uncounted.
        if self.tombstones < TOMBSTONES_MIN / 4 {
            return Ok(());
        }
        let tombstones = self.count(&json!({"query": {"term": {KIND: "deleted"}}}))?;
        let all = self.count(&json!({"query": {"match_all": {}}}))?;
        self.tombstones = 0;
        if tombstones < TOMBSTONES_MIN || tombstones < all / 2 {
            return Ok(());
        }
        let message = format!(
            "sink `{}`: {tombstones} of {all} documents of `{}` are tombstones: it is rebuilt without them",
            self.client.sink(),
            self.index.name
        );
        Err(Error::new(ErrorKind::Lost, message))
    }

    fn count(&self, query: &Value) -> Result<u64> {
        #[derive(Deserialize)]
        struct Counted {
            count: u64,
        }
        let request = Request::post(format!("{}/_count", self.index.path())).json(query);
        let answer = self.client.call(&request)?;
        match answer.read::<Counted>() {
            Some(counted) if answer.is_success() => Ok(counted.count),
            _ => {
                Err(answer.failure(self.client.sink(), &format!("count documents of `{}`", self.index.name)))
            }
        }
    }

    fn explained(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::NotFound => error.with_hint(index::resync(&self.client, &self.version.projection)),
            _ => error,
        }
    }
}

impl Sink for ElasticsearchSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    fn interrupt(&self) -> Interrupt {
        let interrupt = self.client.interrupt();
        Box::new(move || interrupt.notify_one())
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        if self.held.control.lo.is_some() {
            let message =
                format!("{} was loaded already, up to flush {}", self.index.name, self.held.control.seq);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        self.write(0, documents).map_err(|error| self.explained(error))
    }

    /// The number of the flush is the version of its documents: documents sent again change nothing, and late ones are refused.
    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        self.flush_all(head, chunks).map_err(|error| self.explained(error))
    }

    fn point(&mut self) -> Result<()> {
        self.point_readers().map_err(|error| self.explained(error))
    }

    fn examine(&mut self, live: bool) -> Result<()> {
        self.examine_all(live).map_err(|error| self.explained(error))
    }

    fn refused(&self) -> Refused {
        self.refused.shown()
    }
}

fn unwritable(id: &str) -> Option<String> {
    if id.starts_with(RESERVED) {
        return Some(format!("ids that begin with `{RESERVED}` are the host's own"));
    }
    (id.is_empty() || id.len() > ID_BYTES_MAX).then(|| format!("an id has 1 to {ID_BYTES_MAX} bytes"))
}
