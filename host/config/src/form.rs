//! What a value may be, as data: in words for the reference page, and as JSON schema.
//!
//! The schema refuses nothing that the host accepts. A string may hold variables (`${VAR}`), so each pattern also allows a string
//! with a dollar sign. The host alone checks what a pattern cannot express (the range of a duration, one log per host).

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::quantity::{format_duration, format_size};

/// What a value may be: its type, its range and its unit.
pub(crate) enum Form {
    /// A string.
    Text {
        /// What it is, for the reference page.
        what: &'static str,
        /// A regular expression that it matches.
        pattern: Option<Cow<'static, str>>,
    },
    /// A list of strings.
    Texts {
        /// What they are.
        what: &'static str,
    },
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Number {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
        /// What it counts.
        unit: &'static str,
    },
    /// A number of bytes, written with its unit.
    Size {
        /// The smallest, in bytes.
        least: u64,
        /// The largest, in bytes.
        most: u64,
    },
    /// A span of time, written with its unit.
    Duration {
        /// The shortest.
        least: Duration,
        /// The longest.
        most: Duration,
    },
    /// A number from 0 to 1.
    Share,
    /// A number with a percent sign.
    Percentage {
        /// The largest.
        most: f64,
    },
    /// One of a few names.
    Choice {
        /// All of them.
        names: Vec<&'static str>,
        /// Whether case is ignored.
        any_case: bool,
    },
    /// A string, a number or a truth value that the host passes on.
    PassedThrough,
}

impl Form {
    /// Returns the bounds of its range, as messages show them.
    pub(crate) fn bounds(&self) -> Option<(String, String)> {
        match self {
            Self::Number { least, most, .. } => Some((least.to_string(), most.to_string())),
            Self::Size { least, most } => Some((format_size(*least), format_size(*most))),
            Self::Duration { least, most } => Some((format_duration(*least), format_duration(*most))),
            Self::Share => Some(("0".to_owned(), "1".to_owned())),
            Self::Percentage { most } if most.is_finite() => Some(("0%".to_owned(), format!("{most}%"))),
            _ => None,
        }
    }

    /// Returns what a value may be, in words.
    pub(crate) fn words(&self) -> String {
        let from_to = self.bounds().map_or_else(String::new, |(least, most)| format!("{least} to {most}"));
        match self {
            Self::Text { what, .. } | Self::Texts { what } => (*what).to_owned(),
            Self::Truth => "`true` or `false`".to_owned(),
            Self::Number { unit, .. } => format!("{from_to} {unit}"),
            Self::Size { .. } => format!("size, {from_to}"),
            Self::Duration { .. } => format!("duration, {from_to}"),
            Self::Share => format!("share, {from_to}"),
            Self::Percentage { .. } if from_to.is_empty() => "percentage, 0% or more".to_owned(),
            Self::Percentage { .. } => format!("percentage, {from_to}"),
            Self::Choice { names, .. } => {
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            }
            Self::PassedThrough => "string, number, `true` or `false`".to_owned(),
        }
    }

    /// Returns the schema of a value.
    pub(crate) fn schema(&self) -> Json {
        match self {
            Self::Text { pattern: None, .. } => json!({ "type": "string", "minLength": 1 }),
            Self::Text { pattern: Some(pattern), .. } => string(pattern),
            Self::Texts { .. } => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Truth => json!({ "type": "boolean" }),
            Self::Number { least, most, .. } => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Self::Size { .. } => string("^[0-9]+([KMG]i)?B$"),
            Self::Duration { .. } => string("^([0-9]+(d|h|m|s|ms))+$"),
            Self::Share => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
            Self::Percentage { .. } => string(r"^[0-9]*\.?[0-9]*%$"),
            Self::Choice { names, any_case } => {
                let spelt = |name: &&str| if *any_case { in_any_case(name) } else { (*name).to_owned() };
                let pattern = names.iter().map(spelt).collect::<Vec<_>>().join("|");
                // The names come first because editors offer them.
                json!({ "anyOf": [{ "enum": names }, string(&format!("^({pattern})$"))] })
            }
            Self::PassedThrough => json!({ "type": ["string", "number", "boolean"] }),
        }
    }
}

/// Returns the schema of a string that matches a pattern once its variables are filled in.
fn string(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": format!("{pattern}|[$]") })
}

/// Returns a pattern that matches a name in any case; JSON schema has no flag for it.
fn in_any_case(name: &str) -> String {
    let letter = |c: char| match c.is_ascii_alphabetic() {
        true => format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase()),
        false => c.to_string(),
    };
    name.chars().map(letter).collect()
}
