//! One function per fact. Each creates its own topics.

mod appends;
mod readers;
mod topics;
mod punctuations;

pub use appends::*;
pub use punctuations::*;
pub use readers::*;
pub use topics::*;
