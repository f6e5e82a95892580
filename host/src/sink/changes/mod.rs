//! A projection's documents as a topic of changes, keyed by id: its last record of each key is what is served.
//!
//! The topic belongs to the projection, not to a version: only the version that readers are pointed to writes it. When that
//! changes, the new one writes all of its documents, and a record without a value for each id of the topic that it does not
//! serve. At least once: after a crash some changes are written again. How far it is stands in a file of the data folder;
//! without the file everything is written again.

mod backend;
mod standing;
#[cfg(test)]
mod tests;

pub use backend::ChangesBackend;
