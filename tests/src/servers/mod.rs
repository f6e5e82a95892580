//! Real servers, started for tests.

pub mod elasticsearch;
pub mod redis;
pub mod redis_cluster;
