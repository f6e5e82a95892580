//! `[projections]`: where projections are served from, and how their versions follow each other.

use std::collections::BTreeMap;
use std::time::Duration;

use foldline_core::description::Scalar;
use foldline_core::parameters::{Given, GivenValues};

use super::key::{Key, Overriding};
use super::kind::{Choice, DurationRange, Optional, ParameterValue, Percentage, Texts};
use super::limits::DEAD_LETTERS_MAX;
use super::section::{Section, defaults};
use super::sinks::{SINKS_OF_A_PROJECTION_MAX, SinkConfig};
use super::table::{CHOSEN, Table};

/// How versions of one projection follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectionConfig {
    /// The sinks that it is served from, besides the embedded store.
    pub sinks: Vec<String>,
    /// What lets a version that has caught up take over.
    pub promote: Promote,
    /// The percentage of documents that may differ for [`Promote::WhenDiffBelow`].
    pub diff_below: f64,
    /// The values of its parameters.
    pub parameters: GivenValues,
    /// Per document field, how far two numbers may differ and count as the same, in percent.
    pub tolerance: BTreeMap<String, f64>,
    /// How long the version before stays caught up for a rollback.
    pub keep_old: Duration,
    /// As [`Limits::dead_letters_max`](super::Limits::dead_letters_max), for this projection.
    pub dead_letters_max: Option<f64>,
}

/// The gate of a version that has caught up. The first version of a projection goes live without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promote {
    /// An operator promotes it.
    Manual,
    /// It takes over once it has caught up.
    WhenCaughtUp,
    /// It takes over if the share of its documents that differ from the live version's is small enough.
    WhenDiffBelow,
}

pub(crate) static TABLE: Table = Table {
    name: "projections",
    about: "Defaults of all projections.",
    keys: &[&SINKS, &PROMOTE, &DIFF_BELOW, &KEEP_OLD],
    each_table: Some(&EACH),
    ..Table::EMPTY
};

static EACH: Table = Table {
    name: CHOSEN,
    about: "One projection, by its name. What it does not set is taken from `[projections]`.",
    keys: &[
        &Overriding { key: &SINKS, about: OVERRIDES },
        &Overriding { key: &PROMOTE, about: OVERRIDES },
        &Overriding { key: &DIFF_BELOW, about: OVERRIDES },
        &Overriding { key: &KEEP_OLD, about: OVERRIDES },
        &Overriding {
            key: &DEAD_LETTERS_MAX,
            about: "Overrides `[topics.X]` and `[limits]` for this projection, whichever topics it reads.",
        },
    ],
    tables: &[&PARAMETERS, &TOLERANCES],
    ..Table::EMPTY
};

// These two tables exist below one projection only: directly below `[projections]`, a table of this name would be a projection.
static PARAMETERS: Table = Table {
    name: "parameters",
    about: "Values of the reducer's parameters. They are public: `foldline status` shows them, and every decision keeps them, so \
            none may be a secret. Other values are another build of the version (see [upgrades.md](upgrades.md#parameters)).",
    each_key: Some(&PARAMETER),
    ..Table::EMPTY
};

static TOLERANCES: Table = Table {
    name: "tolerance",
    about: "Tolerances of a comparison of two versions, by field of the projection's documents.",
    each_key: Some(&TOLERANCE),
    ..Table::EMPTY
};

const OVERRIDES: &str = "Overrides `[projections]` for this projection.";

static SINKS: Key<Texts> = Key {
    name: "sinks",
    kind: Texts { what: "list of names of sinks", check: |_| Ok(()) },
    default: Vec::new,
    about: "Names of the sinks (`[sinks.X]`) that projections are served from, four at most, in addition to the embedded \
            store, which is always there.",
};

static PROMOTE: Key<Choice<Promote>> = Key {
    name: "promote",
    kind: Choice { of: &Promote::ALL, any_case: false },
    default: || Promote::Manual,
    about: "When a version that has caught up replaces the live one. `manual`: when an operator runs `foldline promote`. \
            `when-caught-up`: at once. `when-diff-below`: if its documents agree with the live ones (`diff_below`). `manual` \
            by default, because readers see changes that the author of a reducer may not have thought of. The first version \
            of a projection needs no promotion. A row without a document blocks every promotion.",
};

static DIFF_BELOW: Key<Percentage> = Key {
    name: "diff_below",
    kind: Percentage(100.0),
    default: || 0.0,
    about: "For `when-diff-below`: the largest share of documents that may differ, be missing or be new. `0%` by \
            default, so that somebody reviews each intended change.",
};

static KEEP_OLD: Key<DurationRange> = Key {
    name: "keep_old",
    // From no time at all to practically forever.
    kind: DurationRange(Duration::ZERO..=Duration::from_secs(36_500 * 86_400)),
    default: || Duration::from_secs(24 * 3_600),
    about: "How long the previous version is kept caught up, so that `foldline rollback` takes effect at once. Only time in \
            which the host runs counts. Within a day most mistakes in a version are found; until then, the host \
            keeps and folds two states.",
};

static TOLERANCE: Key<Percentage> = Key {
    name: "*",
    kind: Percentage(f64::INFINITY),
    default: || 0.0,
    about: "A field of the documents, and how far its numbers may differ and still count as equal, such as \
            `count = \"2%\"`. By default a comparison is exact.",
};

static PARAMETER: Key<Optional<ParameterValue>> = Key {
    name: "*",
    kind: Optional(ParameterValue),
    default: || None,
    about: "A parameter of the reducer, such as `orders = 5` or `within = \"10m\"`. The reducer says which parameters it has, \
            of which types, and what applies to those that are not set.",
};

impl Promote {
    /// Every gate, with its name in the configuration.
    pub const ALL: [(&str, Self); 3] = [
        ("manual", Self::Manual),
        ("when-caught-up", Self::WhenCaughtUp),
        ("when-diff-below", Self::WhenDiffBelow),
    ];
}

impl Default for ProjectionConfig {
    fn default() -> Self {
        defaults(&TABLE, |section| Self::read_defaults(section, &BTreeMap::new()))
    }
}

/// Reads the defaults of all projections, and the projections with settings of their own.
pub(crate) fn read(
    section: &Section<'_>,
    sinks: &BTreeMap<String, SinkConfig>,
) -> (ProjectionConfig, BTreeMap<String, ProjectionConfig>) {
    let defaults = ProjectionConfig::read_defaults(section, sinks);
    let mut projections = BTreeMap::new();
    for (name, _, table) in section.tables() {
        projections.insert(name.to_owned(), ProjectionConfig::read(&table, &defaults, sinks));
    }
    (defaults, projections)
}

impl ProjectionConfig {
    fn read_defaults(section: &Section<'_>, sinks: &BTreeMap<String, SinkConfig>) -> Self {
        Self {
            sinks: chosen_sinks(section, sinks).unwrap_or_else(SINKS.default),
            promote: section.get(&PROMOTE),
            diff_below: section.get(&DIFF_BELOW),
            parameters: GivenValues::new(),
            tolerance: BTreeMap::new(),
            keep_old: section.get(&KEEP_OLD),
            dead_letters_max: None,
        }
    }

    fn read(section: &Section<'_>, defaults: &Self, sinks: &BTreeMap<String, SinkConfig>) -> Self {
        Self {
            sinks: chosen_sinks(section, sinks).unwrap_or_else(|| defaults.sinks.clone()),
            promote: section.given(&PROMOTE).unwrap_or(defaults.promote),
            diff_below: section.given(&DIFF_BELOW).unwrap_or(defaults.diff_below),
            parameters: read_parameters(&section.table(&PARAMETERS)),
            tolerance: section.table(&TOLERANCES).each(&TOLERANCE),
            keep_old: section.given(&KEEP_OLD).unwrap_or(defaults.keep_old),
            dead_letters_max: section.given(&DEAD_LETTERS_MAX),
        }
    }
}

fn read_parameters(section: &Section<'_>) -> GivenValues {
    let given = |(name, value): (String, Option<Scalar>)| {
        let place = section.place_of(&name);
        Some((name, Given { value: value?, place }))
    };
    section.each(&PARAMETER).into_iter().filter_map(given).collect()
}

/// Reads which of the sinks a projection is served from.
fn chosen_sinks(section: &Section<'_>, sinks: &BTreeMap<String, SinkConfig>) -> Option<Vec<String>> {
    section
        .given_if(&SINKS, |value, chosen| check_chosen(chosen, sinks).map_err(|message| value.says(&message)))
}

fn check_chosen(chosen: &[String], sinks: &BTreeMap<String, SinkConfig>) -> Result<(), String> {
    for (at, name) in chosen.iter().enumerate() {
        let Some(sink) = sinks.get(name) else {
            let known: Vec<&str> = sinks.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            return Err(format!("no sink is called `{name}` (sinks: {known})"));
        };
        if chosen[..at].contains(name) {
            return Err(format!("`{name}` is listed twice"));
        }
        if let Some(other) = chosen[..at].iter().find(|other| sinks[*other].shares_place_with(sink)) {
            return Err(format!(
                "`{other}` and `{name}` are the same place, so each would treat the other's documents as its own: name \
                 only one of them, or give one a `namespace` (a `topic`, for changes) of its own"
            ));
        }
    }
    if chosen.len() > SINKS_OF_A_PROJECTION_MAX {
        let (many, most) = (chosen.len(), SINKS_OF_A_PROJECTION_MAX);
        return Err(format!("{many} sinks, but a projection has at most {most}"));
    }
    Ok(())
}
