//! All rounds of a run, and medians over them.

use super::machine::Machine;
use super::measured::{Round, Subject};

/// All rounds.
pub struct Rounds {
    pub(super) machine: Machine,
    pub(super) events: u64,
    pub(super) rounds: Vec<Round>,
}

impl Rounds {
    /// Returns no rounds yet.
    pub fn new(machine: Machine, events: u64) -> Self {
        Self { machine, events, rounds: Vec::new() }
    }

    /// Adds a round.
    pub fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Returns the median of `of` over the rounds; `None` if it has no value.
    pub fn median(&self, of: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.rounds.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(values[middle]),
            _ => Some((values[middle - 1] + values[middle]) / 2.0),
        }
    }

    /// Returns whether any of these subjects was measured.
    pub fn has(&self, subjects: &[Subject]) -> bool {
        self.rounds.iter().any(|round| subjects.iter().any(|&subject| round.whole(subject).is_some()))
    }

    /// Returns a heading with the subject, the machine and the date.
    pub fn heading(&self, what: &str) -> String {
        let Machine { cores, system, date, versions, load } = &self.machine;
        let rounds = self.rounds.len();
        format!(
            "{cores}, {system}; {versions}; {date}. {what}, medians of {rounds} rounds; load average at the start {load}."
        )
    }
}
