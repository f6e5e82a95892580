//! Goal: every kind of sink and log that is a server keeps the same contract as the others.
//! Method: the conformance suites (`host/sink-testkit`, `host/log-testkit`) against real servers. The kinds without a server run
//! the same suites in their own crates.

mod redis;
mod elasticsearch;
mod kafka;
