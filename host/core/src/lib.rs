//! The pure half of Foldline: what a projection *is*, without how it is read, run or stored.
//!
//! No clock, no chance, no I/O, no async: a test checks the dependencies. Read in this order:
//!
//! 1. [`description`]: what a module declares about itself (inputs, tables, aggregates, document).
//! 2. [`column`]: typed columns, the layout in which everything travels to and from modules.
//! 3. [`contribution`]: what a batch of events adds to rows, checked before it is applied.
//! 4. [`aggregate`]: the mergeable values, one file each.
//! 5. [`table`]: keyed rows of aggregates: look up, merge, results, encoding.
//! 6. [`fingerprint`]: one hash for a whole table, independent of order.
//! 7. [`position`]: how far a log was read.
//! 8. [`lifecycle`]: the phases of a version and which steps between them are allowed.

pub mod description;
pub mod column;
pub mod contribution;
pub mod aggregate;
pub mod table;
pub mod fingerprint;
pub mod position;
pub mod lifecycle;
