//! What the end-to-end tests share: host processes, data with exact answers, real servers.

pub mod host;
pub mod versions;
pub mod likes;
pub mod client;
pub mod rng;
pub mod world;
pub mod windowed;
pub mod variants;
pub mod neighbours;
pub mod quirks;
pub mod runs;
pub mod documents;
pub mod folders;
pub mod kafka;
pub mod kafka_security;
pub mod servers;
pub mod proxy;
pub mod served;
pub mod redis_sink;
pub mod slow_module;
pub mod troubles;
pub mod small_disk;
pub mod soak;
pub mod pages;
pub mod relayed;
pub mod relayed_kafka;
