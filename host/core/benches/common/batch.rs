//! Batches of contributions, as the engine hands them to tables, and tables for them.

use foldline_core::column::{BytesColumn, Column, Values};
use foldline_core::contribution::Contributions;
use foldline_core::description::{AggregateKind, AggregateSpec, TableSpec, ValueType, WhenEmpty};
use foldline_core::key::KeyColumns;
use foldline_core::table::{HashSeed, NoColdRows, Origin, Selected, Table, hash_keys, shard_of};

use super::{Rng, Zipf};

pub const BATCH_ROWS: usize = 4_096;

/// One batch, as the engine hands it to tables.
pub struct Batch {
    pub contributions: Contributions,
    pub hashes: Vec<u64>,
    pub offsets: Vec<u64>,
    pub times_ms: Vec<i64>,
}

impl Batch {
    fn new(keys: impl Into<KeyColumns>, values: Vec<Column>) -> Self {
        let keys = keys.into();
        let rows = keys.len();
        let mut hashes = Vec::new();
        hash_keys(&keys, HashSeed::default(), &mut hashes);
        let source_rows = (0..rows as u32).collect();
        Self {
            contributions: Contributions::new(0, source_rows, keys, values),
            hashes,
            offsets: (0..rows as u64).collect(),
            times_ms: vec![0; rows],
        }
    }

    /// Returns likes: posts by Zipf, users uniform.
    pub fn likes(rng: &mut Rng, posts: &Zipf, users: u64) -> Self {
        let keys = texts((0..BATCH_ROWS).map(|_| format!("p{}", posts.draw(rng))));
        let users = texts((0..BATCH_ROWS).map(|_| format!("u{}", rng.below(users))));
        Self::new(keys, vec![users])
    }

    /// Returns a contribution of 1 for each key.
    pub fn counts(keys: impl Iterator<Item = u64>) -> Self {
        let keys = texts(keys.map(|key| format!("key{key}")));
        let ones = Column::from_parts(keys.len(), Values::Ints(vec![1; keys.len()]), None);
        Self::new(keys, vec![ones.expect("a good column")])
    }

    /// Returns a contribution of 1 for each key, with hashes of a seed.
    pub fn of_ints(keys: &[i64], seed: HashSeed) -> Self {
        let keys = Column::from_parts(keys.len(), Values::Ints(keys.to_vec()), None).expect("a good column");
        let ones = Column::from_parts(keys.len(), Values::Ints(vec![1; keys.len()]), None);
        let mut batch = Self::new(keys, vec![ones.expect("a good column")]);
        hash_keys(&batch.contributions.keys, seed, &mut batch.hashes);
        batch
    }

    /// Returns the contributions of each shard; `None` if there is one shard, which takes all.
    pub fn lists(&self, shards: usize) -> Option<Vec<Vec<u32>>> {
        let taken_by = |shard| {
            let rows = (0..).zip(&self.hashes).filter(|&(_, &hash)| shard_of(hash, shards) == shard);
            rows.map(|(row, _)| row).collect()
        };
        (shards > 1).then(|| (0..shards).map(taken_by).collect())
    }

    /// Applies the contributions of one shard.
    pub fn apply(&self, table: &mut Table, lists: &Option<Vec<Vec<u32>>>, shard: usize) {
        let origin = Origin {
            topic: 0,
            partition: 0,
            offsets: &self.offsets,
            times_ms: &self.times_ms,
            late_offsets: &[],
        };
        let rows = lists.as_ref().map(|lists| &lists[shard][..]);
        let selected = Selected { hashes: &self.hashes, rows };
        table.apply(&self.contributions, &origin, selected, &mut NoColdRows).expect("no row is cold");
    }
}

fn texts(texts: impl Iterator<Item = String>) -> Column {
    let mut column = BytesColumn::default();
    texts.for_each(|text| column.push(text.as_bytes()));
    Column::from_parts(column.len(), Values::Texts(column), None).expect("a good column")
}

/// Returns a table without windows.
pub fn spec(key: ValueType, aggregates: &[(&str, AggregateKind)]) -> TableSpec {
    let spec = |(name, kind): &(&str, AggregateKind)| AggregateSpec::new(*name, kind.clone());
    TableSpec {
        when_empty: WhenEmpty::Zero,
        ..TableSpec::new("t", key, aggregates.iter().map(spec).collect())
    }
}
