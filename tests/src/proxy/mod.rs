//! Faults between the host and a server, switched while both run.

pub mod http;
pub mod tcp;
