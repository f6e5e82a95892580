//! Goal: every kind of sink and of log that is a server keeps the contract that the others keep, too. Method: the conformance
//! suites (`host/sink-testkit`, `host/log-testkit`), against real servers. The kinds without a server run the same suites in
//! their own crates.

mod redis;
mod elasticsearch;
mod kafka;
