//! `[sinks.NAME.KIND]`: servers that documents are served from, besides the embedded store.
//!
//! Each kind of sink declares its keys in a file of its own.

mod elasticsearch;
mod redis;
mod changes;
mod namespace;

use std::collections::BTreeMap;

use super::section::Section;
use super::table::{CHOSEN, Table};

pub use changes::ChangesConfig;
pub use elasticsearch::ElasticsearchConfig;
pub use namespace::NAMESPACE;
pub use redis::RedisConfig;

/// A row's dirty marks are one byte, with one bit per sink.
pub(crate) const SINKS_OF_A_PROJECTION_MAX: usize = 4;

/// The name in `status` of the store that is always there.
pub const EMBEDDED: &str = "embedded";

/// A server that documents are served from.
#[derive(Clone, Debug, PartialEq)]
pub enum SinkConfig {
    /// An index per version, an alias per projection.
    Elasticsearch(ElasticsearchConfig),
    /// A prefix per version, a pointer per projection.
    Redis(RedisConfig),
    /// A topic of the log per projection.
    Changes(ChangesConfig),
}

pub(crate) static TABLE: Table = Table { name: "sinks", each_table: Some(&EACH), ..Table::EMPTY };

static EACH: Table = Table { name: CHOSEN, tables: &Kind::tables(&KINDS), ..Table::EMPTY };

/// A kind of sink: the table that configures it, and how the table is read.
struct Kind {
    table: &'static Table,
    read: fn(&Section<'_>) -> SinkConfig,
}

static KINDS: [Kind; 3] = [
    Kind {
        table: &elasticsearch::TABLE,
        read: |table| SinkConfig::Elasticsearch(ElasticsearchConfig::read(table)),
    },
    Kind { table: &redis::TABLE, read: |table| SinkConfig::Redis(RedisConfig::read(table)) },
    Kind { table: &changes::TABLE, read: |table| SinkConfig::Changes(ChangesConfig::read(table)) },
];

impl Kind {
    const fn tables<const N: usize>(kinds: &'static [Self; N]) -> [&'static Table; N] {
        let (mut tables, mut nth) = ([kinds[0].table; N], 0);
        while nth < N {
            tables[nth] = kinds[nth].table;
            nth += 1;
        }
        tables
    }
}

/// Reads all sinks.
pub(crate) fn read(section: &Section<'_>) -> BTreeMap<String, SinkConfig> {
    let mut sinks = BTreeMap::new();
    for (name, span, table) in section.tables() {
        if let Err(message) = check_name(name) {
            section.problem(Some(span.clone()), message);
        }
        // Each kind is read, so that all problems are reported at once.
        let kinds = KINDS.each_ref().map(|kind| (kind, (kind.read)(&table.table(kind.table))));
        let mut set =
            kinds.into_iter().filter_map(|(kind, sink)| Some((sink, table.span_of(kind.table.name)?)));
        match (set.next(), set.next()) {
            (Some((sink, _)), None) => drop(sinks.insert(name.to_owned(), sink)),
            (_, Some((_, second))) => {
                let message = format!("sink `{name}` has two kinds; give each sink a name of its own");
                table.problem(Some(second), message);
            }
            (None, None) => {
                let kinds = EACH.tables.iter().map(|kind| format!("`[sinks.{name}.{}]`", kind.name));
                let kinds = kinds.collect::<Vec<_>>().join(", ");
                table.problem(Some(span), format!("sink `{name}` has no kind: add one of {kinds}"));
            }
        }
    }
    sinks
}

impl SinkConfig {
    /// Returns whether both write to the same place, as far as their addresses tell.
    pub(crate) fn shares_place_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Elasticsearch(one), Self::Elasticsearch(other)) => one.shares_place_with(other),
            (Self::Redis(one), Self::Redis(other)) => one.shares_place_with(other),
            (Self::Changes(one), Self::Changes(other)) => one.shares_place_with(other),
            _ => false,
        }
    }
}

/// Checks a sink's name, which appears in metrics and messages.
fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_allowed) {
        return Err(format!("`{name}` cannot be a sink: 1 to 64 letters, digits, `_` or `-`"));
    }
    if name == EMBEDDED {
        return Err(format!("`{name}` cannot be a sink: this is the name of the embedded store"));
    }
    Ok(())
}
