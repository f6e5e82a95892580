//! The configuration of a host: `foldline.toml`, resolved and checked (docs/design/interfaces.md).
//!
//! Each key is declared once, as a `key::Key` in the file of its table: name, type, range, unit, default, text. The parser,
//! the defaults, docs/configuration.md and docs/foldline.schema.json are made from the declarations:
//!
//! ```text
//!  config ─► server, log/, topics, sinks/, projections, relays, limits, checkpoint, engine     keys, and what they become
//!    │          │
//!    │          ├─► section ─► value          the parser: one table of the file, one value
//!    │          └─► table ─► key ─► kind      what a declaration is made of
//!    └─► reference, schema                    docs/, written from the declarations by `tests/declarations.rs` with UPDATE_DOCS=1
//! ```

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod load;
mod config;
mod server;
mod log;
mod topics;
mod sinks;
mod projections;
mod relays;
mod limits;
mod checkpoint;
mod engine;
mod topic_name;
mod section;
mod table;
mod key;
mod kind;
mod url;
mod form;
mod value;
mod interpolate;
mod problem;
pub mod quantity;
pub mod reference;
pub mod schema;
#[cfg(test)]
mod tests;

pub use checkpoint::CheckpointConfig;
pub use config::{Config, Overrides};
pub use engine::EngineConfig;
pub use interpolate::Env;
pub use limits::Limits;
pub use load::{FILE_NAME, load, load_with};
pub use log::{KafkaClientCertificate, KafkaConfig, KafkaSasl, KafkaTls, LogConfig, TokenSource};
pub use projections::{ProjectionConfig, Promote};
pub use relays::{RelayFrom, RelaysConfig};
pub use server::ServerConfig;
pub use sinks::{ChangesConfig, EMBEDDED, ElasticsearchConfig, NAMESPACE, RedisConfig, SinkConfig};
pub use topics::TopicConfig;
