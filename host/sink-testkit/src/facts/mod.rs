//! One function per fact. Each gets an empty sink.

mod readers;
mod flushes;
mod contents;
mod generations;
mod trouble;

pub use contents::*;
pub use flushes::*;
pub use generations::*;
pub use readers::*;
pub use trouble::*;
