//! What end-to-end tests share: real servers, started once and cleaned up.

pub mod kafka;
