//! What a sink that lags behind is sent from a checkpoint, where rows show rows of other tables, against plain maps.

use std::collections::BTreeMap;

use foldline_core::position::Position;
use foldline_core::table::{HashSeed, Mark, NoColdRows, Origin, Selected, Table, hash_keys};
use foldline_state::{Checkpointed, Cut, CutRow, StateStore};
use foldline_testkit::feed::{self, Model, Said, Shown, shown};
use proptest::prelude::*;

use super::*;

/// The rows of all tables, and the store that their checkpoints go to.
struct State {
    tables: Vec<Table>,
    store: StateStore,
    position: Position,
    _folder: tempfile::TempDir,
}

impl State {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let module = feed::module();
        let (store, _) = StateStore::open(folder.path(), &module.digest().to_string(), 1 << 20).unwrap();
        let tables = module.description().tables.iter().map(|spec| Table::new(spec).unwrap()).collect();
        Self { tables, store, position: Position::default(), _folder: folder }
    }

    fn contribute(&mut self, said: Said) {
        let contributions = feed::contributions(said);
        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
        let offset = self.position.next_offset("events", 0);
        let times = [offset as i64];
        let origin =
            Origin { topic: 0, partition: 0, offsets: &[offset], times_ms: &times, late_offsets: &[] };
        let rows = &mut self.tables[said.0];
        rows.apply(&contributions, &origin, Selected::all(&hashes), &mut NoColdRows).unwrap();
        self.position.set("events", 0, offset + 1);
    }

    fn checkpoint(&mut self) -> Scan {
        let mut rows = Vec::new();
        for (index, table) in self.tables.iter_mut().enumerate() {
            for slot in table.take_changed(Mark::Checkpoint) {
                let mut row = Vec::new();
                table.encode_row(slot, &mut row);
                rows.push(CutRow { table: index as u8, key: table.key_bytes(slot).to_vec(), row: Some(row) });
            }
        }
        let row_count = self.tables.iter().map(|table| table.len() as u64).sum();
        let checkpointed = Checkpointed { position: self.position.clone(), ..Checkpointed::default() };
        self.store.commit(&mut Cut { checkpointed, row_count, rows, ..Cut::default() }).unwrap()
    }
}

/// Returns what the rows of a scan show that may have changed after a position.
fn sent(scan: &Scan, after: Option<&Position>) -> BTreeMap<String, Shown> {
    let table = ProjectedTable::of(feed::module().description());
    let passed = |_| Ok(());
    let mut rows = ScannedRows::new(&table, scan, after, &passed);
    let mut sent = BTreeMap::new();
    while let Some(chunk) = rows.next_chunk().unwrap() {
        let RowsBatch { ids, rows, .. } = rows.batch(&chunk).unwrap();
        sent.extend(ids.into_iter().enumerate().map(|(row, id)| (id, shown(&rows, row))));
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sink_that_lags_behind_is_sent_rows_that_show_a_row_that_changed(
        parts in proptest::collection::vec(
            proptest::collection::vec((0..4_usize, 0..6_u8, 0..3_usize, 0..5_u8), 0..10),
            1..6,
        ),
        lag in 0..5_usize,
    ) {
        let (mut state, mut model) = (State::new(), Model::default());
        // At each checkpoint: its position, and what the model shows there.
        let mut checkpoints: Vec<(Position, BTreeMap<String, Shown>)> = Vec::new();
        for part in parts {
            for said in part {
                state.contribute(said);
                model.add(said);
            }
            let scan = state.checkpoint();
            prop_assert_eq!(&sent(&scan, None), &model.documents());
            checkpoints.push((state.position.clone(), model.documents()));
            let (after, mut sink) = checkpoints[checkpoints.len().saturating_sub(1 + lag)].clone();
            sink.extend(sent(&scan, Some(&after)));
            prop_assert_eq!(sink, model.documents());
        }
    }
}

#[test]
fn a_row_that_shows_no_change_is_not_sent_again() {
    let mut state = State::new();
    for post in 0..6 {
        state.contribute((feed::POSTS, post, 0, post));
    }
    state.checkpoint();
    let after = state.position.clone();
    state.contribute((feed::USERS, 2, 0, 1));
    let scan = state.checkpoint();
    let sent = sent(&scan, Some(&after));
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["p2"]);
}
