//! The mergeable values that tables are made of, a folder each.
//!
//! Every merge is commutative and associative bit for bit, so a row is a function of the *set* of its contributions,
//! whatever the batch sizes, interleavings or restarts (docs/design/invariants.md). Encodings are canonical: equal
//! values have equal bytes, which fingerprints rely on.
//!
//! A folder owns everything that differs from kind to kind: the value and its encoding (`mod.rs`), its form over windows
//! (`sliding`), and how a column of it is declared, contributed to and shown (`column`), behind the trait `kind::Kind`.
//! `registry` lists the folders. All code that treats kinds alike is generated from that list.

mod contract;
mod sliding;
pub(crate) mod contributed;
pub(crate) mod cells;
mod kind;
#[macro_use]
mod dispatch;
pub(crate) mod registry;
pub(crate) mod column;
pub(crate) mod any;

pub mod count;
pub mod sum;
pub mod min_max;
pub mod first_last;
pub mod distinct;
pub mod top_k;
pub mod quantiles;

pub mod value;
mod bytes;
mod ids;
mod json;
pub(crate) mod prefetch;
#[cfg(test)]
pub(crate) mod laws;

pub use contract::{Aggregate, Codec};
pub use count::Count;
pub use count::sliding::SlidingCount;
pub use distinct::Distinct;
pub use distinct::sliding::SlidingDistinct;
pub use first_last::sliding::{SlidingFirst, SlidingLast};
pub use first_last::{First, Last, LastOrNone, Stamp};
pub use min_max::sliding::{SlidingMax, SlidingMin};
pub use min_max::{Max, Min};
pub use quantiles::Quantiles;
pub use quantiles::sliding::SlidingQuantiles;
pub use registry::AggregateKind;
pub use sliding::form::Sliding;
pub use sum::Sum;
pub use sum::sliding::SlidingSum;
pub use top_k::TopK;
pub use top_k::sliding::SlidingTopK;
pub use value::Value;
