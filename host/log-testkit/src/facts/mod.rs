//! One function per fact; each makes topics of its own.

mod appends;
mod readers;
mod topics;
mod punctuations;

pub use appends::*;
pub use punctuations::*;
pub use readers::*;
pub use topics::*;
