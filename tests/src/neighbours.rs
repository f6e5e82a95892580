//! Reducers that read the same topics as another one and declare more fields. Records that are invalid for them alone must not
//! affect the other one.

use foldline_module::ValidatedModule;
use serde_json::{Value, json};

use crate::rng::Rng;
use crate::variants::variant;

/// The field that a reducer declares besides those it uses: none, or a `weight`, which records have in many forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Weights are not declared.
    #[default]
    Undeclared,
    /// `Option<i64>`: a weight that is not a number makes a dead letter.
    Optional,
    /// `i64`: a missing weight also makes a dead letter.
    Required,
}

/// The neighbours of a reducer, in order.
pub const NEIGHBOURS: [Weight; 2] = [Weight::Optional, Weight::Required];

impl Weight {
    /// Returns whether a record is an event for a reducer with this declaration.
    pub fn admits(self, record: &Value) -> bool {
        let weight = &record["weight"];
        match self {
            Self::Undeclared => true,
            Self::Optional => weight.is_null() || weight.is_i64(),
            Self::Required => weight.is_i64(),
        }
    }

    /// Returns a reducer of this repository that also makes this declaration in the named events.
    ///
    /// # Panics
    /// As [`variant`].
    pub fn of(self, reducer: &str, events: &[&str]) -> ValidatedModule {
        let ty = match self {
            Self::Undeclared => return variant(reducer, &[]),
            Self::Optional => "Option<i64>",
            Self::Required => "i64",
        };
        let changes: Vec<(String, String)> = events
            .iter()
            .map(|event| {
                (format!("struct {event}<'a> {{\n"), format!("struct {event}<'a> {{\n    weight: {ty},\n"))
            })
            .collect();
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (&**from, &**to)).collect();
        variant(reducer, &changes)
    }
}

/// Gives a record a weight: mostly a number, or none, or something that is not a number.
pub fn weigh(rng: &mut Rng, record: &mut Value) {
    match rng.below(20) {
        0 => record["weight"] = json!("heavy"),
        1 => record["weight"] = json!(1.5),
        2 => record["weight"] = Value::Null,
        3..=5 => {}
        _ => record["weight"] = json!(rng.below(100)),
    }
}
