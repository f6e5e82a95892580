//! Proxies that inject faults between the host and a server, switchable while both run.

mod entrance;
mod watched;
pub mod http;
pub mod tcp;
pub mod kafka;
