//! Memberships: the sets that a row is served in.

use crate::bindings::foldline::reducer::types::{BytesColumn, Column, Projected as Answer};
use crate::error::Result;
use crate::value::Time;

/// 512 bytes: the maximum length of a document's id.
const NAME_BYTES_MAX: usize = 512;

/// What orders the members of a set: a number, or a [`Time`] in milliseconds.
///
/// Scores are 64-bit floats: integers beyond 2^53 are rounded to the nearest float.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a score",
    label = "members are ordered by an `i64`, `i32`, `u64`, `u32`, `f64`, `f32` or `Time`"
)]
pub trait Score {
    /// Returns the number.
    fn score(self) -> f64;
}

macro_rules! score {
    ($($number:ty)*) => {$(
        impl Score for $number {
            fn score(self) -> f64 {
                self as f64
            }
        }
    )*};
}

score!(i64 i32 u64 u32 f64 f32);

impl Score for Time {
    fn score(self) -> f64 {
        self.ms() as f64
    }
}

/// The memberships of all rows of a call.
#[derive(Default)]
pub(crate) struct Memberships {
    rows: Vec<u32>,
    sets: Names,
    members: Names,
    scores: Vec<f64>,
}

impl Memberships {
    /// Adds a membership of a row; rows come in order.
    pub(crate) fn push(&mut self, row: u32, set: &str, member: &str, score: f64) -> Result {
        check("set", set)?;
        check("member", member)?;
        if !score.is_finite() {
            return Err(format!("a score in set `{set}` is {score}, and must be a finite number").into());
        }
        self.rows.push(row);
        self.sets.push(set);
        self.members.push(member);
        self.scores.push(score);
        Ok(())
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Completes an answer.
    pub(crate) fn answer(self, documents: Column) -> Answer {
        Answer {
            documents,
            member_rows: self.rows,
            sets: self.sets.0,
            members: self.members.0,
            scores: self.scores,
        }
    }
}

/// Names one after the other.
struct Names(BytesColumn);

impl Default for Names {
    fn default() -> Self {
        Self(BytesColumn { offsets: vec![0], data: Vec::new() })
    }
}

impl Names {
    fn push(&mut self, name: &str) {
        self.0.data.extend_from_slice(name.as_bytes());
        self.0.offsets.push(self.0.data.len() as u32);
    }
}

fn check(what: &str, name: &str) -> Result {
    match name.len() {
        1..=NAME_BYTES_MAX => Ok(()),
        bytes => {
            Err(format!("the name of a {what} has {bytes} bytes, and must have 1 to {NAME_BYTES_MAX}").into())
        }
    }
}
