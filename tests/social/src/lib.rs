//! A social network from a seed, and what a feed must show of it.
//!
//! ```text
//! seed ─► generator ─► record ─┬─► record lines, for `foldline append`
//!                              ├─► model: documents and sets at the end
//!                              └─► history: which documents are right on the way
//! ```
//!
//! The model is made of maps and sets. It shares no code with the host, and knows what `reducers/feed-item` shows.

pub mod rng;
pub mod power_law;
pub mod names;
pub mod fields;
pub mod record;
pub mod posts;
pub mod generator;
pub mod event;
pub mod register;
pub mod model;
pub mod history;

pub use generator::{Generator, Settings};
pub use history::History;
pub use model::{Model, Ranked};
pub use record::Record;
pub use rng::Rng;
