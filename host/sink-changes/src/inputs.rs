//! The topics that reducers read: none of them is written as a topic of changes, unless it is read as a changelog.

use std::any::Any;
use std::sync::{Arc, Weak};

use foldline_core::description::Input;
use parking_lot::Mutex;

use foldline_base::error::{Error, ErrorKind, Result};

/// What the versions that run read.
#[derive(Default)]
pub struct ReadTopics(Mutex<Vec<Reader>>);

struct Reader {
    /// While it lives, the version runs.
    version: Weak<dyn Any + Send + Sync>,
    label: String,
    projection: String,
    /// Topics, and whether each is read as a changelog.
    topics: Vec<(String, bool)>,
}

impl ReadTopics {
    /// Notes what a version of a projection reads, for as long as `version` lives; `label` names it for people.
    pub fn note(&self, version: Arc<dyn Any + Send + Sync>, label: &str, projection: &str, inputs: &[Input]) {
        let topics = inputs.iter().map(|input| (input.topic.clone(), input.changelog)).collect();
        let version = Arc::downgrade(&version);
        let reader = Reader { version, label: label.to_owned(), projection: projection.to_owned(), topics };
        let mut readers = self.0.lock();
        readers.retain(|reader| reader.version.strong_count() > 0);
        readers.push(reader);
    }

    /// Refuses a topic for the changes of a projection that reads it itself, or that another one reads as facts.
    ///
    /// # Errors
    /// `Refused`, naming who reads it.
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
