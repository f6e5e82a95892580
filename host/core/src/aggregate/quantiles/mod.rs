//! `Quantiles`: the distribution of values, within a relative error, as a histogram of logarithmic buckets.
//!
//! Each bucket counts the values of one small range (`mapping`). One number represents them all, and is off by at most the
//! declared relative error. Unlike in the paper, buckets are never collapsed: what is lost would depend on the
//! order of merges. There is no need to: the whole range of floats has 1,600,000 buckets at 0.1 %, and 158,000
//! at 1 %; values from a millisecond to an hour fall into 820 of these.
//!
//! Counts add up modulo 2^64, so states form a group: what was merged can be subtracted again.
//!
//! The quantile q of n values is the value at rank ⌊q · (n − 1)⌋, counted from 0, in rising order.
//!
//! C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
//! guarantees" (VLDB 2019).

mod mapping;
pub(crate) mod requested;
mod counts;
mod steps;
pub mod sliding;
pub(crate) mod column;

use super::bytes::{Bytes, push_varint, varint_len};
use super::contract::{Aggregate, Codec};
use super::json;
use counts::{Counted, Counts};
pub use mapping::{Bucket, Mapping};
pub use requested::{AT_MAX, MILLIONTHS_MAX, MILLIONTHS_MIN, RequestedQuantiles};

const VERSION: u8 = 2;

/// A histogram of a given relative error: see the [module](self).
///
/// ```
/// use foldline_core::aggregate::quantiles::{RequestedQuantiles, Quantiles};
/// use foldline_core::description::QuantileSpec;
/// let requested = RequestedQuantiles::new(&QuantileSpec { relative_error_millionths: 10_000, at: vec![0.5, 1.0] })?;
/// let mut waits = Quantiles::new(requested.millionths());
/// for wait in [20.0, 0.0, 0.0] {
///     waits.insert(requested.bucket(wait));
/// }
/// assert_eq!(waits.result(&requested), r#"{"count":3,"p50":0,"p100":20.101974920030454}"#);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantiles {
    counts: Counts,
    millionths: u32,
}

impl Quantiles {
    /// Returns an empty histogram.
    ///
    /// # Panics
    /// Panics on an error outside [`MILLIONTHS_MIN`]..=[`MILLIONTHS_MAX`]. Tables check declarations before.
    pub fn new(millionths: u32) -> Self {
        assert!((MILLIONTHS_MIN..=MILLIONTHS_MAX).contains(&millionths), "{millionths} millionths");
        Self { counts: Counts::new(), millionths }
    }

    /// Returns the relative error, in millionths.
    pub fn millionths(&self) -> u32 {
        self.millionths
    }

    /// Returns whether nothing was inserted.
    pub fn is_empty(&self) -> bool {
        self.counts.len() == 0
    }

    /// Counts a value by its bucket, which must be one for this histogram's error ([`RequestedQuantiles::bucket`]).
    #[inline]
    pub fn insert(&mut self, bucket: Bucket) {
        self.counts.change(bucket, |count| count.wrapping_add(1));
    }

    /// Subtracts everything that `other` holds, which was merged before.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, u64::wrapping_sub);
        self.counts.shrink();
    }

    fn combine(&mut self, other: &Self, operate: fn(u64, u64) -> u64) {
        assert_eq!(self.millionths, other.millionths, "histograms of one column have one error");
        self.counts.combine(&other.counts, operate);
    }

    /// Returns the number of values and the quantiles asked for, as JSON: `{"count":123,"p50":1.5,"p99":7.25}`.
    ///
    /// Members are named by percent, the smallest first. Without values, they are null.
    pub fn result(&self, requested: &RequestedQuantiles) -> String {
        use std::fmt::Write;
        let total: u128 = self.counts.iter().map(|counted| u128::from(counted.count())).sum();
        let mut out = format!("{{\"count\":{total}");
        let mut rest = self.counts.iter();
        let (mut bucket, mut below) = (None, 0);
        for (at, name) in requested.at() {
            write!(out, ",\"{name}\":").expect("a String takes everything");
            let rank = (at * total.saturating_sub(1) as f64) as u128;
            while below <= rank.min(total.saturating_sub(1))
                && let Some(counted) = rest.next()
            {
                bucket = Some(counted.bucket);
                below += u128::from(counted.count());
            }
            match bucket {
                Some(bucket) => json::push_float(&mut out, requested.value(bucket)),
                None => out.push_str("null"),
            }
        }
        out.push('}');
        out
    }

    /// Calls `each` for the buckets as they are encoded, with the number of buckets passed over and the count. For the first
    /// bucket, the former is its distance from zero, with the sign as the last bit.
    fn each_step(&self, mut each: impl FnMut(u64, u64)) {
        let mut before: Option<i32> = None;
        for counted in self.counts.iter() {
            let Bucket(index) = counted.bucket;
            let passed = before.map_or_else(|| zigzag(index), |before| (index - before - 1) as u64);
            each(passed, counted.count());
            before = Some(index);
        }
    }
}

/// Encodes a number with its sign as the last bit, so that small numbers of both signs are short.
fn zigzag(value: i32) -> u64 {
    u64::from((value << 1 ^ value >> 31) as u32)
}

impl Codec for Quantiles {
    /// Version, relative error, the number of buckets; then the `steps` from each bucket to the next.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.millionths.to_le_bytes());
        push_varint(out, self.counts.len() as u64);
        self.each_step(|passed, count| steps::push(out, passed, count));
    }

    fn encoded_len(&self) -> usize {
        let mut len = 5 + varint_len(self.counts.len() as u64);
        self.each_step(|passed, count| len += steps::len(passed, count));
        len
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a histogram")?;
        let millionths = u32::from_le_bytes(bytes.array()?);
        if !(MILLIONTHS_MIN..=MILLIONTHS_MAX).contains(&millionths) {
            return Err(format!("a histogram has a relative error of {millionths} millionths"));
        }
        let index_max = Mapping::new(millionths).index_max();
        let len = bytes.varint()?;
        // A step takes at least a byte, so no memory is reserved for more buckets than there can be.
        if len > bytes.len() as u64 {
            return Err(format!("a histogram has {len} buckets in {} bytes", bytes.len()));
        }
        let mut counts: Vec<Counted> = Vec::with_capacity(len as usize);
        for _ in 0..len {
            let (passed, count) = steps::read(&mut bytes)?;
            let index = match counts.last() {
                None => (passed >> 1) as i64 ^ -((passed & 1) as i64),
                Some(last) => i64::from(last.bucket.0 + 1).saturating_add_unsigned(passed),
            };
            let index = i32::try_from(index).ok().filter(|index| index.abs() <= index_max);
            let Some(index) = index else { return Err("a histogram has a bucket beyond all floats".into()) };
            counts.push(Counted::new(Bucket(index), count));
        }
        bytes.end()?;
        Ok(Self { counts: Counts::of(counts), millionths })
    }

    fn heap_bytes(&self) -> usize {
        self.counts.heap_bytes()
    }
}

impl Aggregate for Quantiles {
    /// # Panics
    /// Panics when the relative errors differ: only histograms of one column are merged.
    fn merge(&mut self, other: &Self) {
        self.combine(other, u64::wrapping_add);
    }
}

#[cfg(test)]
pub(super) mod tests;
