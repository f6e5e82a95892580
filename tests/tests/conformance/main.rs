//! Goal: the kinds of sink that are servers keep the contract that the others keep, too. Method: the conformance suite of
//! `host/sink-testkit`, against real servers. The kinds without a server run it in their own crates.

mod redis;
