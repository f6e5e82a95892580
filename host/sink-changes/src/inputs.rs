//! The topics that reducers read. None of them may be written as a topic of changes, unless it is read as a changelog.

use std::any::Any;
use std::sync::{Arc, Weak};

use foldline_core::description::Input;
use parking_lot::Mutex;

use foldline_base::error::{Error, ErrorKind, Result};

/// The inputs of the running versions.
#[derive(Default)]
pub struct ReadTopics(Mutex<Vec<Reader>>);

struct Reader {
    /// The version runs as long as this is alive.
    version: Weak<dyn Any + Send + Sync>,
    label: String,
    projection: String,
    /// Topics, each with whether it is read as a changelog.
    topics: Vec<(String, bool)>,
}

impl ReadTopics {
    /// Records the inputs of a version, for as long as `version` is alive. `label` names it for people.
    pub fn note(&self, version: Arc<dyn Any + Send + Sync>, label: &str, projection: &str, inputs: &[Input]) {
        let topics = inputs.iter().map(|input| (input.topic.clone(), input.changelog)).collect();
        let version = Arc::downgrade(&version);
        let reader = Reader { version, label: label.to_owned(), projection: projection.to_owned(), topics };
        let mut readers = self.0.lock();
        readers.retain(|reader| reader.version.strong_count() > 0);
        readers.push(reader);
    }

    /// Refuses a topic of changes that the projection itself reads, or that another projection reads as facts.
    ///
    /// # Errors
    /// `Refused`, naming the reader.
    pub(super) fn refuse(&self, topic: &str, projection: &str) -> Result<()> {
        let readers = self.0.lock();
        let conflict = readers.iter().filter(|reader| reader.version.strong_count() > 0).find(|reader| {
            let reads = reader.topics.iter().find(|(read, _)| read == topic);
            reads.is_some_and(|(_, changelog)| reader.projection == projection || !changelog)
        });
        let Some(reader) = conflict else { return Ok(()) };
        let message = format!(
            "topic `{topic}` is an input of {}: changes of `{projection}` are not written into it",
            reader.label
        );
        Err(Error::new(ErrorKind::Refused, message).with_hint(
            "name another `topic` of the sink; a reducer that is to read changes declares its input a changelog",
        ))
    }
}
