//! The list of all aggregates. To add one, write its folder, declare it in `aggregate/mod.rs`, and add a line here.

use serde::{Deserialize, Serialize};

use super::column::plain::PlainColumn;
use super::column::sliding::SlidingColumn;
use super::quantiles::requested::QuantileSpec;
use crate::column::ValueType;

aggregates! { $
    /// A number of things; each contribution adds a non-negative int to it.
    Count => count::CountKind,
    /// Exact sum with this many decimal places.
    Sum(scale: u8) => sum::SumKind,
    /// The smallest value.
    Min(ty: ValueType) => min_max::ExtremeKind<false>,
    /// The largest value.
    Max(ty: ValueType) => min_max::ExtremeKind<true>,
    /// The earliest value by event time.
    First(ty: ValueType) => first_last::StampedKind<false>,
    /// The latest value by event time.
    Last(ty: ValueType) => first_last::StampedKind<true>,
    /// The latest value by event time, or that there is none; each contributes whether there is a value, and the value, in
    /// two columns.
    LastOrNone(ty: ValueType) => first_last::LastOrNoneKind,
    /// Number of distinct items, HyperLogLog with this precision.
    Distinct(precision: u8) => distinct::DistinctKind,
    /// The k largest values of distinct ids; each contributes an id and a value, in two columns.
    TopK(k: u32) => top_k::TopKKind,
    /// Quantiles with bounded relative error.
    Quantiles(spec: QuantileSpec) => quantiles::QuantilesKind,
}

pub(super) use {any_column, with_column, with_kind, with_windows_and_panes};
