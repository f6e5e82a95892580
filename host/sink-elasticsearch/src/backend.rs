//! Opens the indexes of versions in one cluster, and deletes those no longer needed.

use std::sync::Arc;

use foldline_core::position::Position;
use tracing::{info, warn};

use super::alias;
use super::client::Client;
use super::control::{self, Control, Held};
use super::index::{self, Index};
use super::mapping::MARK;
use super::reading::ElasticsearchReading;
use super::refused::RefusedRows;
use super::shards::{self, Histories};
use super::writer::ElasticsearchSink;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::ElasticsearchConfig;
use foldline_sink::installation::{Installation, refuse};
use foldline_sink::{Reading, Sink, SinkBackend, SinkVersion};

/// Two hosts that open the same version collide once or twice, not forever.
const TRIES_MAX: u64 = 5;

/// A cluster that documents are served from.
pub struct ElasticsearchBackend {
    config: Arc<ElasticsearchConfig>,
    client: Client,
    installation: Installation,
}

/// Who takes over: this process, and its installation if that has a name.
struct Taker<'a> {
    owner: &'a str,
    installation: Option<&'a str>,
}

/// What the cluster holds of a version.
struct Found {
    /// From oldest to newest.
    generations: Vec<(Index, Option<Held>)>,
    /// The position up to which any of them may show documents.
    hi: Position,
}

impl ElasticsearchBackend {
    /// Prepares a client of a cluster without calling it. `sink` is the name in messages.
    ///
    /// # Errors
    /// `Config` for an address or a certificate that cannot be used.
    pub fn new(sink: &str, config: &ElasticsearchConfig) -> Result<Self> {
        let (client, installation) = (Client::new(sink, config)?, Installation::default());
        Ok(Self { client, config: Arc::new(config.clone()), installation })
    }

    /// Returns the backend as one of an installation. Without this call, it neither writes nor checks the name of an
    /// installation.
    #[must_use]
    pub fn of(self, installation: Installation) -> Self {
        Self { installation, ..self }
    }

    /// Takes over the newest index if its load was completed. Otherwise begins the next generation, skipping `names_taken`
    /// numbers. `None` means that another writer was faster, or that an index of that name exists.
    fn try_open(
        &self,
        client: &Client,
        version: &SinkVersion,
        taker: &Taker<'_>,
        from_empty: bool,
        names_taken: u64,
    ) -> Result<Option<ElasticsearchSink>> {
        let Found { mut generations, hi } = self.find(client, version, taker.installation)?;
        // A newest index that was begun and not loaded marks the decision to replace the earlier ones.
        let newest = generations.pop();
        if let Some((index, Some(held))) = &newest
            && !from_empty
            && let Some(shards) = usable(client, version, index, &held.control)?
        {
            return self.take_over(client, version, taker, index.clone(), held, shards, hi);
        }
        let generation = newest.as_ref().map_or(1, |(index, _)| index.meta.generation + 1) + names_taken;
        let begun = self.begin(client, version, taker, generation, hi)?;
        if begun.is_some() {
            for (index, held) in generations.into_iter().chain(newest) {
                let is_loaded = held.is_some_and(|held| held.control.lo.is_some());
                // An index of another format is read until the new one replaces it.
                if !is_loaded && index.meta.is_known() {
                    index::delete(client, &index)?;
                }
            }
        }
        Ok(begun)
    }

    #[expect(clippy::too_many_arguments, reason = "what was found, and who takes it over")]
    fn take_over(
        &self,
        client: &Client,
        version: &SinkVersion,
        taker: &Taker<'_>,
        index: Index,
        held: &Held,
        shards: Histories,
        hi: Position,
    ) -> Result<Option<ElasticsearchSink>> {
        let found = held.control.clone();
        let control = Control {
            owner: taker.owner.to_owned(),
            taken: found.taken + 1,
            installation: taker.installation.map(str::to_owned).or(found.installation),
            shards: Some(shards),
            ..found
        };
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
        taker: &Taker<'_>,
        generation: u64,
        hi: Position,
    ) -> Result<Option<ElasticsearchSink>> {
        let Some(index) = index::create(client, &self.config, version, generation)? else { return Ok(None) };
        let histories = shards::read(client, &index)?;
        if histories.len() < self.config.shards as usize {
            return Err(client.unavailable(format!("not every shard of index `{}` has started", index.name)));
        }
        let control = Control {
            owner: taker.owner.to_owned(),
            taken: 1,
            seq: 0,
            hi: hi.clone(),
            lo: None,
            ended: 0,
            installation: taker.installation.map(str::to_owned),
            adopted: false,
            shards: Some(histories),
        };
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

    /// Finds what the cluster holds of a version.
    ///
    /// # Errors
    /// `Refused` when another installation owns anything of the projection.
    fn find(&self, client: &Client, version: &SinkVersion, ours: Option<&str>) -> Result<Found> {
        let mut found = Found { generations: Vec::new(), hi: Position::default() };
        for index in index::of_projection(client, &self.config.namespace, &version.projection)? {
            let held = if index.meta.is_known() { control::read(client, &index)? } else { None };
            if let Some(theirs) = held.as_ref().and_then(|held| held.control.theirs(ours)) {
                let (what, sink) = (format!("index `{}`", index.name), client.sink());
                let ours = ours.unwrap_or_default();
                return Err(refuse(&what, theirs, ours, &version.projection, sink, "elasticsearch"));
            }
            if !index.meta.is_of(version) {
                continue;
            }
            if let Some(held) = &held {
                found.hi.raise_to(&held.control.hi);
            }
            found.generations.push((index, held));
        }
        Ok(found)
    }
}

impl SinkBackend for ElasticsearchBackend {
    fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let client = self.client.with_own_interrupt();
        if version.document.iter().any(|field| field.name == MARK) {
            let message = format!("the document of `{}` has a field `{MARK}`", version.projection);
            return Err(Error::new(ErrorKind::Refused, message).with_hint("give the field another name"));
        }
        let installation = self.installation.name()?;
        let taker = Taker { owner, installation: installation.as_deref() };
        for names_taken in 0..TRIES_MAX {
            match self.try_open(&client, version, &taker, from_empty, names_taken) {
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

    fn disown(&self, version: &SinkVersion) -> Result<()> {
        let client = self.client.with_own_interrupt();
        let installation = self.installation.name()?;
        let Found { generations, .. } = self.find(&client, version, installation.as_deref())?;
        for (index, _) in generations.iter().filter(|(_, held)| held.is_some()) {
            adopt(&client, index, installation.as_deref(), true)?;
        }
        Ok(())
    }

    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let client = self.client.with_own_interrupt();
        let found = index::of_projection(&client, &self.config.namespace, &version.projection)?;
        let newest = found.into_iter().rfind(|index| index.meta.is_of(version) && index.meta.is_known());
        Ok(newest.map(|index| Box::new(ElasticsearchReading::new(client, index)) as Box<dyn Reading>))
    }

    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()> {
        let client = self.client.with_own_interrupt();
        let installation = self.installation.name()?;
        let holders = alias::holders(&client, &alias::name(&self.config.namespace, projection))?;
        for index in index::of_projection(&client, &self.config.namespace, projection)? {
            if kept.iter().any(|version| index.meta.is_of(version)) {
                continue;
            }
            // Readers that are not pointed elsewhere yet must still find an index.
            if !kept.is_empty() && holders.contains_key(&index.name) {
                warn!(index = index.name, "kept although its version is not: readers still read it");
                continue;
            }
            control::delete_ours(&client, &index, installation.as_deref())?;
        }
        Ok(())
    }

    fn adopt(&self, projection: &str) -> Result<bool> {
        let client = self.client.with_own_interrupt();
        let ours = self.installation.must_have_name()?;
        let mut is_taken = false;
        for index in index::of_projection(&client, &self.config.namespace, projection)? {
            is_taken |= adopt(&client, &index, Some(&ours), false)?;
        }
        info!(projection, sink = client.sink(), installation = ours, is_taken, "adopted its indexes");
        Ok(is_taken)
    }
}

/// Returns the histories of an index's shards, if the sink can continue with the index.
fn usable(
    client: &Client,
    version: &SinkVersion,
    index: &Index,
    control: &Control,
) -> Result<Option<Histories>> {
    if control.lo.is_none() || control.adopted || !index.meta.is_current(version) {
        return Ok(None);
    }
    let now = shards::read(client, index)?;
    match control.shards.as_ref().map(|written| shards::compare(client, index, written, &now)) {
        Some(Err(error)) if error.kind() == ErrorKind::Lost => {
            warn!(index = index.name, %error, "documents are loaded again, into a new index");
            Ok(None)
        }
        Some(Err(error)) => Err(error),
        Some(Ok(())) | None => Ok(Some(now)),
    }
}

/// Makes this installation the owner of an index. If it was another installation's, or of another log, its contents are given up
/// and its writer is fenced. Returns whether it was another installation's.
fn adopt(client: &Client, index: &Index, ours: Option<&str>, is_foreign: bool) -> Result<bool> {
    match try_adopt(client, index, ours, is_foreign) {
        // It was deleted meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        outcome => outcome,
    }
}

fn try_adopt(client: &Client, index: &Index, ours: Option<&str>, is_foreign: bool) -> Result<bool> {
    for _ in 0..TRIES_MAX {
        let Some(held) = control::read(client, index)? else { return Ok(false) };
        let found = &held.control;
        let theirs = found.theirs(ours);
        let installation = ours.map(str::to_owned).or_else(|| found.installation.clone());
        let control = Control { installation, ..found.clone() };
        let control = match theirs.is_some() || is_foreign {
            false => control,
            // It was made from another log, so the position that it may show has no meaning for this one.
            true => Control {
                owner: format!("installation {}", ours.unwrap_or_default()),
                taken: found.taken + 1,
                hi: Position::default(),
                adopted: true,
                ..control
            },
        };
        if control == *found || control::swap(client, index, Some(&held), control)?.is_some() {
            return Ok(theirs.is_some());
        }
    }
    Err(client.unavailable(format!("who writes `{}` changes all the time", index.name)))
}
