//! Reducers that read the topics of another one and declare more of their records: what they find wrong there is no
//! business of the other one's.

use foldline_module::ValidatedModule;
use serde_json::{Value, json};

use crate::rng::Rng;
use crate::variants::variant;

/// What a reducer declares besides the fields that it uses: nothing, or a `weight`, which records have in many shapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// It does not look at weights.
    #[default]
    Undeclared,
    /// `Option<i64>`: what is no number makes a dead letter.
    Optional,
    /// `i64`: what is not there does, too.
    Required,
}

/// The neighbours that a reducer gets, in their order.
pub const NEIGHBOURS: [Weight; 2] = [Weight::Optional, Weight::Required];

impl Weight {
    /// Returns whether a record is an event for who declares this.
    pub fn admits(self, record: &Value) -> bool {
        let weight = &record["weight"];
        match self {
            Self::Undeclared => true,
            Self::Optional => weight.is_null() || weight.is_i64(),
            Self::Required => weight.is_i64(),
        }
    }

    /// Returns a reducer of this repository that declares this as well, of these of its events.
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

/// Gives a record some weight: mostly a number, or none, or something that is no number.
pub fn weigh(rng: &mut Rng, record: &mut Value) {
    match rng.below(20) {
        0 => record["weight"] = json!("heavy"),
        1 => record["weight"] = json!(1.5),
        2 => record["weight"] = Value::Null,
        3..=5 => {}
        _ => record["weight"] = json!(rng.below(100)),
    }
}
