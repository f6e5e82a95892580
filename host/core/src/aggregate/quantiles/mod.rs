//! `Quantiles`: how values are distributed, within a relative error, as a histogram of logarithmic buckets.
//!
//! Each bucket counts the values of one small range (`mapping`), of which one number stands for all, off by the
//! declared relative error at most. Buckets are never collapsed, unlike in the paper: what is lost would depend on the
//! order of merges. There is no need to: of the whole range of floats there are 1,600,000 buckets at 0.1 %, and 158,000
//! at 1 %; values from a millisecond to an hour fall into 820 of these.
//!
//! Counts add up modulo 2^64, so that states form a group: what was merged can be subtracted again.
//!
//! The quantile q of n values is the value at rank ⌊q · (n − 1)⌋, counted from 0, in rising order.
//!
//! C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
//! guarantees" (VLDB 2019).

mod mapping;
mod asked;
mod steps;

use super::Aggregate;
use super::bytes::{Bytes, push_varint, varint_len};
use super::json;
pub use asked::{AT_MAX, Asked, MILLIONTHS_MAX, MILLIONTHS_MIN};
pub use mapping::{Bucket, Mapping};

const VERSION: u8 = 2;

/// A histogram of a given relative error: see the [module](self).
///
/// ```
/// use foldline_core::aggregate::quantiles::{Asked, Quantiles};
/// use foldline_core::description::QuantileSpec;
/// let asked = Asked::new(&QuantileSpec { relative_error_millionths: 10_000, at: vec![0.5, 1.0] })?;
/// let mut waits = Quantiles::new(asked.millionths());
/// for wait in [20.0, 0.0, 0.0] {
///     waits.insert(asked.bucket(wait));
/// }
/// assert_eq!(waits.result(&asked), r#"{"count":3,"p50":0,"p100":20.101974920030454}"#);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Quantiles {
    /// By rising bucket; no count is 0.
    counts: Vec<Counted>,
    millionths: u32,
}

/// A bucket's count, in 12 bytes where a 64-bit number would make it 16.
#[derive(Clone, Copy, Debug)]
struct Counted {
    bucket: Bucket,
    low: u32,
    high: u32,
}

impl Counted {
    fn new(bucket: Bucket, count: u64) -> Self {
        Self { bucket, low: count as u32, high: (count >> 32) as u32 }
    }

    fn count(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

impl Quantiles {
    /// Returns the histogram of nothing.
    ///
    /// # Panics
    /// Panics on an error outside [`MILLIONTHS_MIN`]..=[`MILLIONTHS_MAX`]: tables check theirs.
    pub fn new(millionths: u32) -> Self {
        assert!((MILLIONTHS_MIN..=MILLIONTHS_MAX).contains(&millionths), "{millionths} millionths");
        Self { counts: Vec::new(), millionths }
    }

    /// Returns the relative error, in millionths.
    pub fn millionths(&self) -> u32 {
        self.millionths
    }

    /// Returns whether nothing was inserted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Counts a value by its bucket, which is one of this histogram's error ([`Asked::bucket`]).
    #[inline]
    pub fn insert(&mut self, bucket: Bucket) {
        match self.counts.binary_search_by_key(&bucket, |counted| counted.bucket) {
            Ok(at) => {
                let count = self.counts[at].count().wrapping_add(1);
                self.counts[at] = Counted::new(bucket, count);
                if count == 0 {
                    self.counts.remove(at);
                }
            }
            Err(at) => {
                if self.counts.len() == self.counts.capacity() {
                    self.counts.reserve_exact((self.counts.len() / 2).max(1));
                }
                self.counts.insert(at, Counted::new(bucket, 1));
            }
        }
    }

    /// Takes back everything that `other` holds, which was merged before.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, u64::wrapping_sub);
        if self.counts.len() <= self.counts.capacity() / 2 {
            self.counts.shrink_to_fit();
        }
    }

    fn combine(&mut self, other: &Self, operate: fn(u64, u64) -> u64) {
        assert_eq!(self.millionths, other.millionths, "histograms of one column have one error");
        let mut emptied = false;
        let (mut missing, mut at) = (0, 0);
        for theirs in &other.counts {
            at += lower_len(&self.counts[at..], theirs.bucket);
            match self.counts.get_mut(at) {
                Some(ours) if ours.bucket == theirs.bucket => {
                    *ours = Counted::new(ours.bucket, operate(ours.count(), theirs.count()));
                    emptied |= ours.count() == 0;
                }
                _ => missing += 1,
            }
        }
        if missing > 0 {
            self.add_missing(other, missing, operate);
        }
        if emptied {
            self.counts.retain(|counted| counted.count() != 0);
        }
    }

    /// Adds the buckets that only `other` has, all others being done.
    fn add_missing(&mut self, other: &Self, missing: usize, operate: fn(u64, u64) -> u64) {
        let mut all = Vec::with_capacity(self.counts.len() + missing);
        let mut ours = self.counts.iter().copied().peekable();
        for theirs in &other.counts {
            while let Some(lower) = ours.next_if(|ours| ours.bucket < theirs.bucket) {
                all.push(lower);
            }
            let shared = ours.next_if(|ours| ours.bucket == theirs.bucket);
            all.push(shared.unwrap_or_else(|| Counted::new(theirs.bucket, operate(0, theirs.count()))));
        }
        all.extend(ours);
        self.counts = all;
    }

    /// Returns the number of values and the quantiles asked for, as JSON: `{"count":123,"p50":1.5,"p99":7.25}`.
    ///
    /// Members are called by percent, the smallest first; of no values they are null.
    pub fn result(&self, asked: &Asked) -> String {
        use std::fmt::Write;
        let total: u128 = self.counts.iter().map(|counted| u128::from(counted.count())).sum();
        let mut out = format!("{{\"count\":{total}");
        let mut rest = self.counts.iter();
        let (mut bucket, mut below) = (None, 0);
        for (at, name) in asked.at() {
            write!(out, ",\"{name}\":").expect("a String takes everything");
            let rank = (at * total.saturating_sub(1) as f64) as u128;
            while below <= rank.min(total.saturating_sub(1))
                && let Some(counted) = rest.next()
            {
                bucket = Some(counted.bucket);
                below += u128::from(counted.count());
            }
            match bucket {
                Some(bucket) => json::push_float(&mut out, asked.value(bucket)),
                None => out.push_str("null"),
            }
        }
        out.push('}');
        out
    }

    /// Goes through the buckets as they are encoded: how many are passed over, and the count. The first is as many away
    /// from zero, with the sign as the last bit.
    fn each_step(&self, mut each: impl FnMut(u64, u64)) {
        let mut before: Option<i32> = None;
        for counted in &self.counts {
            let Bucket(index) = counted.bucket;
            let passed = before.map_or_else(|| zigzag(index), |before| (index - before - 1) as u64);
            each(passed, counted.count());
            before = Some(index);
        }
    }
}

/// Returns how many counts are of lower buckets; the fewer, the faster: it looks ever further ahead.
fn lower_len(counts: &[Counted], bucket: Bucket) -> usize {
    let mut end = 1;
    while counts.get(end - 1).is_some_and(|counted| counted.bucket < bucket) {
        end *= 2;
    }
    let start = end / 2;
    start + counts[start..counts.len().min(end)].partition_point(|counted| counted.bucket < bucket)
}

/// A number whose sign is its last bit, so that small ones of both signs are short.
fn zigzag(value: i32) -> u64 {
    u64::from((value << 1 ^ value >> 31) as u32)
}

impl Aggregate for Quantiles {
    /// # Panics
    /// Panics when the relative errors differ: histograms that are merged are of one column.
    fn merge(&mut self, other: &Self) {
        self.combine(other, u64::wrapping_add);
    }

    /// Version, relative error, the number of buckets; then the `steps` from each to the next.
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
        // A step takes a byte at least: nothing is reserved for what is only claimed.
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
        Ok(Self { counts, millionths })
    }

    fn heap_bytes(&self) -> usize {
        self.counts.capacity() * size_of::<Counted>()
    }
}

#[cfg(test)]
pub(super) mod tests;
