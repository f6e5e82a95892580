//! `Distinct`: how many different items, as a HyperLogLog sketch.
//!
//! The state is the largest rank seen per register and nothing else. Sparse and dense are two ways to hold it, chosen
//! by the number of registers that are set alone, so that a set of items has one state and one encoding, whatever the
//! order of insertion and however it was merged. An estimate costs no scan: a tally follows each register.

pub mod hash;
mod estimate;
mod sparse;
mod tally;

use super::Aggregate;
use super::bytes::Bytes;
use super::prefetch::prefetch;
use sparse::Sparse;
use tally::Tally;

const VERSION: u8 = 1;
const FORM_SPARSE: u8 = 0;
const FORM_DENSE: u8 = 1;

/// Below 16 registers the estimator's theory does not hold.
pub const PRECISION_MIN: u8 = 4;

/// 256 KiB a row; index and rank still fit the 24 bits of a sparse entry.
pub const PRECISION_MAX: u8 = 18;

/// A HyperLogLog sketch with 2^precision registers: the standard error of its estimate is 1.04 / √(2^precision).
///
/// ```
/// use foldline_core::aggregate::Distinct;
/// use foldline_core::aggregate::distinct::hash;
/// let mut users = Distinct::new(14);
/// for user in ["ann", "bob", "ann"] {
///     users.insert(hash::bytes(user.as_bytes()));
/// }
/// assert_eq!(users.estimate(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Distinct {
    tally: Tally,
    registers: Registers,
    precision: u8,
}

#[derive(Clone, Debug)]
enum Registers {
    Sparse(Sparse),
    Dense(Box<[u8]>),
}

impl Distinct {
    /// Returns the sketch of nothing.
    ///
    /// # Panics
    /// Panics on a precision outside [`PRECISION_MIN`]..=[`PRECISION_MAX`]: tables check theirs.
    pub fn new(precision: u8) -> Self {
        assert!((PRECISION_MIN..=PRECISION_MAX).contains(&precision), "precision {precision}");
        Self { tally: Tally::new(precision), registers: Registers::Sparse(Sparse::default()), precision }
    }

    /// Returns the precision: the logarithm of the number of registers.
    pub fn precision(&self) -> u8 {
        self.precision
    }

    /// Adds an item by its hash (see [`hash`]); returns whether the state changed.
    #[inline]
    pub fn insert(&mut self, hash: u64) -> bool {
        let (index, rank) = locate(hash, self.precision);
        self.raise(index, rank)
    }

    /// Brings the register of an item that is about to be inserted closer.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        let index = (hash >> (64 - self.precision)) as usize;
        match &self.registers {
            Registers::Sparse(sparse) => sparse.prefetch(index as u32),
            Registers::Dense(ranks) => prefetch(ranks, index),
        }
    }

    /// Returns the estimated number of distinct items, rounded.
    pub fn estimate(&self) -> u64 {
        self.estimate_unrounded().round() as u64
    }

    fn estimate_unrounded(&self) -> f64 {
        estimate::estimate(&self.tally, self.precision)
    }

    /// Raises a register to at least `rank`; returns whether it changed.
    #[inline]
    fn raise(&mut self, index: u32, rank: u8) -> bool {
        let old = match &mut self.registers {
            Registers::Dense(ranks) => {
                let held = &mut ranks[index as usize];
                let old = *held;
                if rank <= old {
                    return false;
                }
                *held = rank;
                old
            }
            Registers::Sparse(sparse) => match sparse.raise(index, rank) {
                Some(old) => old,
                None => return false,
            },
        };
        self.tally.raise(self.precision, old, rank);
        if let Registers::Sparse(sparse) = &self.registers
            && sparse.len() > sparse_len_max(self.precision)
        {
            self.make_dense();
        }
        true
    }

    #[cold]
    fn make_dense(&mut self) {
        let mut ranks = vec![0; 1 << self.precision].into_boxed_slice();
        self.for_each(|index, rank| ranks[index as usize] = rank);
        self.registers = Registers::Dense(ranks);
    }

    /// Calls `f` with every register that is set, in any order.
    fn for_each(&self, mut f: impl FnMut(u32, u8)) {
        match &self.registers {
            Registers::Sparse(sparse) => sparse.iter().for_each(|(index, rank)| f(index, rank)),
            Registers::Dense(ranks) => {
                for (index, &rank) in ranks.iter().enumerate().filter(|&(_, &rank)| rank > 0) {
                    f(index as u32, rank);
                }
            }
        }
    }

    /// Returns the sketch that the same items would have made at a lower precision.
    fn folded(&self, precision: u8) -> Self {
        let mut folded = Self::new(precision);
        self.for_each(|index, rank| {
            let (index, rank) = fold(index, rank, self.precision - precision);
            folded.raise(index, rank);
        });
        folded
    }
}

impl Aggregate for Distinct {
    /// Sketches of different precision merge into the lower one, exactly as if all items had been inserted there.
    fn merge(&mut self, other: &Self) {
        if other.precision < self.precision {
            *self = self.folded(other.precision);
        }
        let drop = other.precision - self.precision;
        match (&mut self.registers, &other.registers) {
            (Registers::Dense(ranks), Registers::Dense(others)) if drop == 0 => {
                for (rank, &other) in ranks.iter_mut().zip(others) {
                    *rank = (*rank).max(other);
                }
                self.tally = Tally::of(self.precision, ranks);
            }
            (Registers::Sparse(few), Registers::Dense(_)) if drop == 0 => {
                let mut merged = other.clone();
                few.iter().for_each(|(index, rank)| {
                    merged.raise(index, rank);
                });
                *self = merged;
            }
            _ => other.for_each(|index, rank| {
                let (index, rank) = fold(index, rank, drop);
                self.raise(index, rank);
            }),
        }
    }

    /// Version, precision and form; then the registers: all as a byte each, or the set ones as rising 24-bit numbers
    /// `index << 6 | rank`, big end first.
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        out.extend_from_slice(&[VERSION, self.precision]);
        match &self.registers {
            Registers::Sparse(sparse) => {
                out.push(FORM_SPARSE);
                for entry in sparse.sorted() {
                    out.extend_from_slice(&entry.to_be_bytes()[1..]);
                }
            }
            Registers::Dense(ranks) => {
                out.push(FORM_DENSE);
                out.extend_from_slice(ranks);
            }
        }
    }

    fn encoded_len(&self) -> usize {
        match &self.registers {
            Registers::Sparse(sparse) => 3 + 3 * sparse.len(),
            Registers::Dense(ranks) => 3 + ranks.len(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a sketch")?;
        let precision = bytes.u8()?;
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return Err(format!("a sketch has precision {precision}"));
        }
        match bytes.u8()? {
            FORM_SPARSE => decode_sparse(precision, bytes.rest()),
            FORM_DENSE => decode_dense(precision, bytes.rest()),
            other => Err(format!("a sketch has unknown form {other}")),
        }
    }

    fn heap_bytes(&self) -> usize {
        match &self.registers {
            Registers::Sparse(sparse) => sparse.heap_bytes(),
            Registers::Dense(ranks) => ranks.len(),
        }
    }
}

/// Equal sketches have seen sets of items that this precision cannot tell apart.
impl PartialEq for Distinct {
    fn eq(&self, other: &Self) -> bool {
        let encoded = |sketch: &Self| {
            let mut out = Vec::new();
            sketch.encode(&mut out);
            out
        };
        self.tally == other.tally && encoded(self) == encoded(other)
    }
}

impl Eq for Distinct {}

fn decode_sparse(precision: u8, bytes: &[u8]) -> Result<Distinct, String> {
    let (entries, rest) = bytes.as_chunks::<3>();
    if !rest.is_empty() || entries.len() > sparse_len_max(precision) {
        return Err(format!("a sparse sketch of precision {precision} has {} bytes", bytes.len()));
    }
    let mut sketch = Distinct::new(precision);
    let mut next_index = 0;
    for &[high, middle, low] in entries {
        let (index, rank) = sparse::unpack(u32::from_be_bytes([0, high, middle, low]));
        if index < next_index || index >> precision != 0 || rank == 0 || rank > rank_max(precision) {
            return Err(format!(
                "a sparse sketch of precision {precision} has rank {rank} at register {index}"
            ));
        }
        next_index = index + 1;
        sketch.raise(index, rank);
    }
    Ok(sketch)
}

fn decode_dense(precision: u8, ranks: &[u8]) -> Result<Distinct, String> {
    if ranks.len() != 1 << precision {
        return Err(format!("a dense sketch of precision {precision} has {} registers", ranks.len()));
    }
    if let Some(rank) = ranks.iter().find(|&&rank| rank > rank_max(precision)) {
        return Err(format!("a dense sketch of precision {precision} has rank {rank}"));
    }
    let set = ranks.iter().filter(|&&rank| rank > 0).count();
    if set <= sparse_len_max(precision) {
        return Err(format!("a dense sketch of precision {precision} has only {set} registers set"));
    }
    let tally = Tally::of(precision, ranks);
    Ok(Distinct { tally, registers: Registers::Dense(ranks.into()), precision })
}

/// Returns register and rank of an item: the first `precision` bits, and one more than the zeros that follow.
#[inline]
fn locate(hash: u64, precision: u8) -> (u32, u8) {
    let index = hash >> (64 - precision);
    // The guard bit ends the zeros where the hash ends.
    let rest = hash << precision | 1 << (precision - 1);
    (index as u32, rest.leading_zeros() as u8 + 1)
}

/// Returns where an item's register lies when the precision drops: the index's last bits then belong to the zeros.
fn fold(index: u32, rank: u8, drop: u8) -> (u32, u8) {
    let low = index & ((1 << drop) - 1);
    let rank = if low == 0 { drop + rank } else { drop - low.ilog2() as u8 };
    (index >> drop, rank)
}

/// Returns the largest rank: all bits after the index are zeros.
fn rank_max(precision: u8) -> u8 {
    64 - precision + 1
}

/// Returns how many registers may be set before the sketch is dense: the sparse table, which is filled to three
/// quarters, has then reached half of the dense size and would reach all of it with the next entry.
fn sparse_len_max(precision: u8) -> usize {
    3 * (1 << precision) / 32
}

#[cfg(test)]
mod tests;
