//! Faults between the host and a server, switched while both run.

mod entrance;
mod watched;
pub mod http;
pub mod tcp;
pub mod kafka;
