//! The status of every version, its sinks and the relays, as `foldline status` and `/metrics` show it.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldline_core::position::Position;

use super::{Host, relays};
use foldline_api as api;
use foldline_base::error::{Error, Result};
use foldline_base::foreign::foreign;
use foldline_config::LogConfig;
use foldline_core::status::Phase;
use foldline_engine::VersionHandle;
use foldline_lifecycle::Skip;
use foldline_log::metadata::KnownEnds;
use foldline_state::StateStore;

impl Host {
    /// Returns the status from what is known here: it asks no server, and no log on another machine. What cannot be determined is
    /// reported in the versions' reasons.
    ///
    /// # Errors
    /// None at present.
    pub fn status(&self) -> Result<api::Status> {
        let log = match &self.config.log {
            LogConfig::Embedded { .. } => "embedded",
            LogConfig::Kafka(_) => "kafka",
        };
        let (versions, relays) = (self.registry.versions(), self.registry.relays());
        let topics: BTreeSet<String> =
            versions.iter().flat_map(|version| version.topics().to_vec()).collect();
        let known = self.metadata.known_ends(&topics.into_iter().collect::<Vec<_>>());
        let projections = versions.iter().map(|version| self.version_status(version, &known)).collect();
        let relays = relays.iter().map(|relay| relays::status(relay, &known)).collect();
        Ok(api::Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            log: log.to_owned(),
            clock_behind_ms: self.log.clock_behind_ms(),
            log_end_age_ms: u64::try_from(known.age.as_millis()).unwrap_or(u64::MAX),
            doubts: self.doubts(),
            unmatched: self.registry.unmatched(),
            skips: self.skips(),
            projections,
            relays,
        })
    }

    /// Returns all decisions about records that projections skip.
    fn skips(&self) -> Vec<api::ProjectionSkip> {
        self.registry.look_at_catalog(|catalog| {
            let of = |name: &str| -> Vec<api::ProjectionSkip> {
                catalog.skips(name).iter().map(|skip| projection_skip(name, skip.clone())).collect()
            };
            catalog.names().flat_map(of).collect()
        })
    }

    fn version_status(&self, handle: &Arc<VersionHandle>, known: &KnownEnds) -> api::VersionStatus {
        let progress = handle.progress();
        let shown = progress.shown.clone().unwrap_or_default();
        let mut reasons: Vec<String> = progress.halt.iter().map(|halt| halt.reason.clone()).collect();
        if progress.halt.is_none() && !handle.has_opened() {
            let starting = if progress.troubles.text().is_none() { "it is starting: " } else { "" };
            reasons.push(format!("{starting}what it has folded is not known yet"));
        } else if progress.phase == Phase::Live && progress.shown.is_none() {
            reasons
                .push("its documents are being rebuilt from the log: reads answer 503 meanwhile".to_owned());
        }
        reasons.extend(progress.troubles.text());
        reasons.extend(known.doubt(handle.topics()));
        let serving =
            self.registry.serving(handle.name()).filter(|serving| Arc::ptr_eq(&serving.handle, handle));
        let reader = serving.map_or_else(|| handle.documents(), |serving| Ok(Some(serving.reader.clone())));
        let counted = reader.and_then(|reader| match reader {
            Some(reader) => Ok((reader.count()?.value, reader.failed_count()?, reader.failed(1)?)),
            None => Ok((0, 0, Vec::new())),
        });
        let (documents, failed_rows, failed) = counted.unwrap_or_else(|error: Error| {
            reasons.push(error.to_string());
            (0, 0, Vec::new())
        });
        reasons.extend(
            failed
                .iter()
                .map(|row| format!("row `{}` has no document: {}", foreign(&row.id), foreign(&row.reason))),
        );
        let store = handle.store();
        let of_store = |bytes: fn(&StateStore) -> u64| store.as_ref().map_or(0, bytes);
        let takes = api::Takes {
            rows_bytes: progress.rows_bytes,
            evicted_bytes: progress.cold_bytes,
            store_bytes: of_store(StateStore::memory_bytes),
            disk_bytes: of_store(StateStore::disk_bytes),
        };
        let end = known.ends_of(handle.topics(), &progress.position);
        let positions = end
            .iter()
            .map(|(topic, partition, end_offset)| api::PartitionStatus {
                topic: topic.to_owned(),
                partition,
                next_offset: progress.position.next_offset(topic, partition),
                shown_offset: shown.next_offset(topic, partition),
                end_offset,
            })
            .collect();
        let lag = |shown: &Position| {
            end.iter()
                .map(|(topic, partition, end)| end.saturating_sub(shown.next_offset(topic, partition)))
                .sum()
        };
        let sinks = progress.sinks.iter().map(|(name, state)| api::SinkStatus {
            name: name.clone(),
            phase: state.phase,
            lag: lag(&state.shown.clone().unwrap_or_default()),
            reason: state.reason.clone().or_else(|| state.trouble.clone()),
            refused: state.refused.rows,
            example: state
                .refused
                .example
                .as_ref()
                .map(|row| format!("`{}`: {}", foreign(&row.id), foreign(&row.reason))),
            pointed: state.pointed,
        });
        let sinks = sinks.collect();
        api::VersionStatus {
            name: handle.name().to_owned(),
            version: handle.version().to_owned(),
            digest: handle.build().to_string(),
            parameters: handle.values().clone(),
            phase: progress.phase,
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            positions,
            sinks,
            missing_topics: progress.missing_topics,
            producer_times: progress.producer_times,
            coarse_times: progress.coarse_times.into_values().collect(),
            waits_for: progress.waits_for,
            records_per_s: progress.records_per_s,
            events: progress.events,
            dead_letters: progress.dead_letters,
            late: progress.late,
            passed_over: progress.passed_over,
            watermark_ms: progress.watermark_ms,
            held_by: progress.held_by,
            kept_ms: progress.kept.map(|kept| u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)),
            failed_rows,
            rows: progress.rows,
            documents,
            takes,
        }
    }
}

fn projection_skip(name: &str, skip: Skip) -> api::ProjectionSkip {
    let Skip { topic, partition, from, to, relay, undone, reason, at_ms } = skip;
    api::ProjectionSkip {
        projection: name.to_owned(),
        topic,
        partition,
        from,
        to,
        relay,
        undone,
        reason,
        at_ms,
    }
}
