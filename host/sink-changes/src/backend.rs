//! Opens topics of changes, one per projection. Checks who writes a topic, and whether it agrees with its progress note.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use foldline_core::position::Position;
use parking_lot::Mutex;
use tracing::warn;

use super::inputs::ReadTopics;
use super::progress_note::ProgressNote;
use super::reading::ChangesReading;
use super::topic::{Topic, Whose};
use super::writer::{ChangesSink, WriterLock};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_config::ChangesConfig;
use foldline_log::Log;
use foldline_sink::{Reading, Sink, SinkBackend, SinkProgress, SinkVersion};

/// 64 MiB of ids that need tombstones are held at once: about a million of them.
const ENDED_BYTES_MAX: usize = 64 << 20;

/// The topics of one `[sinks.NAME.changes]`.
pub struct ChangesBackend {
    log: Arc<dyn Log>,
    topic: String,
    inputs: Arc<ReadTopics>,
    /// The folder of the progress notes.
    folder: PathBuf,
    writers: Mutex<BTreeMap<String, Arc<WriterLock>>>,
    /// Limit of the ids that need tombstones and are held at once, in bytes.
    pub(super) ended_bytes_max: usize,
}

impl ChangesBackend {
    /// Returns the sink `name`. `inputs` knows which topics of the log reducers read; the progress notes go into `folder`.
    pub fn new(
        name: &str,
        config: &ChangesConfig,
        log: Arc<dyn Log>,
        inputs: Arc<ReadTopics>,
        folder: &std::path::Path,
    ) -> Self {
        let (folder, topic, writers) = (folder.join(name), config.topic.clone(), Mutex::default());
        Self { log, topic, inputs, folder, writers, ended_bytes_max: ENDED_BYTES_MAX }
    }

    fn writer_of(&self, projection: &str) -> Arc<WriterLock> {
        Arc::clone(self.writers.lock().entry(projection.to_owned()).or_default())
    }
}

impl SinkBackend for ChangesBackend {
    fn open(&self, version: &SinkVersion, _: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let SinkVersion { projection, .. } = version;
        std::fs::create_dir_all(&self.folder)
            .kind(ErrorKind::Unavailable, format!("folder `{}`", self.folder.display()))?;
        let name = self.topic.replace("{projection}", projection);
        self.inputs.refuse(&name, projection)?;
        if !self.log.ensure_topic(&name)? {
            return Err(Error::new(ErrorKind::Unavailable, format!("there is no topic `{name}`")).with_hint(
                format!("create it with cleanup.policy=compact, or let the host do it: [topics.{name}] create = true"),
            ));
        }
        let topic = Topic::new(Arc::clone(&self.log), name, projection.clone());
        let label = label(version);
        let path = self.folder.join(format!("{projection}.json"));
        let progress = ProgressNote::read(&path).unwrap_or_default();
        let topic_id = self.log.topic_id(topic.name())?;
        let ends = topic.ends()?;
        let resumes = !from_empty
            && progress.version == label
            && progress.lo.is_some()
            && match distrusted(&topic, &progress, topic_id.as_deref(), &ends)? {
                None => true,
                Some(why) => {
                    warn!(topic = topic.name(), version = label, why, "all documents are written again");
                    is_planted(Bug::StandingTrusted)
                }
            };
        let writer = self.writer_of(projection);
        let mut holder = writer.lock();
        if resumes {
            *holder = Some(label.clone());
        }
        let writes = holder.as_ref() == Some(&label);
        drop(holder);
        let whole_since = if writes && !resumes {
            topic.refuse_foreign()?;
            Some(ends.clone())
        } else {
            None
        };
        let found = SinkProgress {
            seq: if resumes { progress.seq } else { 0 },
            hi: if writes { progress.hi.clone() } else { Default::default() },
            lo: progress.lo.filter(|_| resumes),
        };
        let inputs = Arc::clone(&self.inputs);
        let ended_bytes_max = self.ended_bytes_max;
        let sink = ChangesSink {
            lo: found.lo.clone(),
            topic,
            topic_id,
            inputs,
            writer,
            path,
            label,
            found,
            ends,
            writes,
            whole_since,
            ended_bytes_max,
        };
        if sink.whole_since.is_some() {
            // From here on the topic holds only a part, so nothing may continue from the earlier note.
            sink.note(0, progress.hi)?;
        }
        Ok(Box::new(sink))
    }

    fn disown(&self, version: &SinkVersion) -> Result<()> {
        let path = self.folder.join(format!("{}.json", version.projection));
        match ProgressNote::read(&path).filter(|progress| progress.version == label(version)) {
            Some(progress) => ProgressNote { lo: None, hi: Position::default(), ..progress }.write(&path),
            None => Ok(()),
        }
    }

    /// A topic shows the version that writes it; other versions show nothing.
    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let label = label(version);
        if self.writer_of(&version.projection).lock().as_ref() != Some(&label) {
            return Ok(None);
        }
        let name = self.topic.replace("{projection}", &version.projection);
        let topic = Topic::new(Arc::clone(&self.log), name, version.projection.clone());
        Ok(Some(Box::new(ChangesReading(topic))))
    }

    /// A topic outlives versions: there is nothing to delete.
    fn keep_only(&self, _: &str, _: &[SinkVersion]) -> Result<()> {
        Ok(())
    }
}

/// Returns a version's name for marks and progress notes.
fn label(version: &SinkVersion) -> String {
    format!("{}-{}", version.version, version.digest)
}

/// Returns why a topic disagrees with its progress note, or `None` if it agrees: an older copy of either was restored, or another
/// version has written since.
fn distrusted(
    topic: &Topic,
    progress: &ProgressNote,
    topic_id: Option<&str>,
    ends: &[u64],
) -> Result<Option<String>> {
    if let (Some(known), Some(found)) = (&progress.topic_id, topic_id)
        && known != found
    {
        return Ok(Some("the topic was re-created".to_owned()));
    }
    let end_of = |partition: usize| ends.get(partition).copied().unwrap_or(0);
    for (partition, &known) in progress.ends.iter().enumerate() {
        if end_of(partition) < known {
            let end = end_of(partition);
            return Ok(Some(format!(
                "partition {partition} ends at offset {end}, and ended at {known} before"
            )));
        }
    }
    let mut why = None;
    topic.look_at(&progress.ends, ends, |partition, record, mark| {
        let offset = record.offset;
        match topic.whose(mark) {
            Whose::Foreign => return Err(topic.foreign(partition, offset)),
            Whose::Ours { label, seq } if label != progress.version || seq > progress.seq => {
                why.get_or_insert_with(|| {
                    format!(
                        "offset {offset} of partition {partition} was written later than the host remembers"
                    )
                });
            }
            Whose::Ours { .. } => {}
        }
        Ok(())
    })?;
    Ok(why)
}
