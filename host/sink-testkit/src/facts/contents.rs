//! The contents of a sink: documents, sets, and refused documents.

use std::collections::BTreeMap;

use foldline_sink::reading::Entry;
use foldline_sink::{DocumentChange, Documents, ReadyChunks, Refused};

use crate::driven::{Driven, put};
use crate::kind::SinkKind;
use crate::model::random_changes;

/// Rows of the random facts: few enough for most to change several times.
const ROWS: u64 = 300;

/// A document is what was flushed last. A removal leaves nothing, even if there was no document.
pub fn documents_and_removals_are_what_was_flushed_last(kind: &dyn SinkKind) {
    let mut driven =
        Driven::served(kind, "1.0.0", vec![put("a", 1, &[]), put("b", 1, &[]), put("c", 1, &[])]);
    driven.flush(vec![put("a", 2, &[]), DocumentChange::removed("b".into()), put("d", 2, &[])]);
    driven.flush(vec![put("b", 3, &[]), DocumentChange::removed("never".into())]);
    driven.flush(vec![DocumentChange::removed("c".into()), DocumentChange::removed("b".into())]);
    driven.sink().point().expect("readers are here already");
    driven.check();
    assert_eq!(driven.shown().documents.len(), 2);
}

/// Flushes with any number and size of chunks, restarts in between, several versions of a document.
pub fn random_flushes_and_restarts_leave_what_the_model_holds(kind: &dyn SinkKind) {
    let mut state = 1;
    let mut below = move |bound: u64| splitmix(&mut state) % bound;
    let mut driven = Driven::served(kind, "1.0.0", random_changes(&mut below, ROWS, ROWS));
    for _ in 0..15 {
        match below(5) {
            0 => driven.restart(),
            1 => driven.flush_chunks(&[]),
            2 => {
                let changes = random_changes(&mut below, ROWS, ROWS);
                // No id is in two chunks.
                let chunks = changes.chunks(70);
                let chunks: Vec<Documents> =
                    chunks.map(|chunk| Documents { changes: chunk.to_vec(), failed: Vec::new() }).collect();
                driven.flush_chunks(&chunks);
            }
            _ => driven.flush(random_changes(&mut below, 20, ROWS)),
        }
        driven.serve();
        driven.check();
    }
    driven.flush(driven.model.load().into_iter().map(|row| DocumentChange::removed(row.id)).collect());
    driven.serve();
    driven.check();
    assert!(driven.shown().documents.is_empty());
}

/// A row's list of memberships replaces the former one. A kind without sets still serves the documents.
pub fn a_row_that_changes_its_set_leaves_nothing_behind(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("p1", 0, &[("tribe:z", "p1", 1.0)])]);
    for (count, memberships) in [
        vec![("tribe:a", "p1", 1.0), ("all", "p1", 1.0)],
        vec![("tribe:b", "p1", 2.0), ("all", "p1", 3.0)],
        vec![("tribe:b", "p1", 2.5)],
        vec![("tribe:b", "other-name", 2.5), ("tribe:a", "p1", 9.0)],
        vec![],
        vec![("tribe:c", "p1", 0.0)],
    ]
    .iter()
    .enumerate()
    {
        driven.flush(vec![put("p1", count as i64, memberships), put("p2", 0, &[("all", "p2", 5.0)])]);
        driven.serve();
        driven.check();
    }
    driven.flush(vec![DocumentChange::removed("p1".into())]);
    driven.serve();
    driven.check();
    assert_eq!(driven.shown().sets.contains_key("all"), kind.capabilities().serves_sets.holds());
}

/// Reading back returns everything that is shown and nothing else, and nothing where nothing was written.
pub fn what_was_written_is_read_back(kind: &dyn SinkKind) {
    let before = kind.backend().read_back(&crate::version(&kind.projection(), "1.0.0")).expect("an answer");
    assert!(before.is_none(), "nothing is there yet");
    let mut state = 7;
    let mut below = move |bound: u64| splitmix(&mut state) % bound;
    let mut driven = Driven::served(kind, "1.0.0", random_changes(&mut below, 2_500, 2_000));
    driven.flush(vec![put("r1", 1, &[]), DocumentChange::removed("r2".into())]);
    driven.serve();
    let mut reading =
        driven.backend.read_back(&driven.version).expect("an answer").expect("something is shown");
    assert_eq!(reading.has_sets(), kind.capabilities().serves_sets.holds());
    let normal = reading.normal();
    let (mut documents, mut sets) = (BTreeMap::new(), BTreeMap::<String, BTreeMap<String, f64>>::new());
    let mut visit = |entry: Entry| {
        match entry {
            Entry::Document { id, body } => drop(documents.insert(id, normal(&body).into_owned())),
            Entry::Member { set, member, score, .. } => {
                sets.entry(set).or_default().insert(member, score);
            }
        }
        Ok(())
    };
    reading.entries(&mut visit).expect("read");
    let mut expected = driven.expected();
    expected.documents.values_mut().for_each(|body| *body = normal(body).into_owned());
    assert!(expected.documents.len() > 500);
    assert!(documents == expected.documents && sets == expected.sets);
}

/// Documents that the store refuses for good are counted and named until they fit, and block nothing else. A kind that refuses
/// nothing names none.
pub fn a_document_that_is_refused_is_named_and_holds_up_no_other(kind: &dyn SinkKind) {
    let mut driven = Driven::served(kind, "1.0.0", vec![put("a", 1, &[])]);
    let Ok(body) = kind.capabilities().refused_body else {
        driven
            .flush(vec![DocumentChange { body: Some("{\"count\":\"many\"}".into()), ..put("bad", 0, &[]) }]);
        assert_eq!(driven.sink().refused(), Refused::default());
        driven.serve();
        return driven.check();
    };
    let bad = DocumentChange { body: Some(body.to_owned()), ..put("bad", 0, &[]) };
    let chunks = [Documents { changes: vec![bad, put("b", 2, &[])], failed: Vec::new() }];
    let head = driven.next_head();
    driven.sink().flush(&head, &mut ReadyChunks::new(&chunks)).expect("what is refused is passed");
    driven.flushed(&head, &chunks);
    driven.model.apply(&[DocumentChange::removed("bad".into())]);
    driven.serve();
    driven.check();
    for _ in 0..2 {
        let refused = driven.sink().refused();
        assert_eq!((refused.rows, refused.example.expect("one is named").id.as_str()), (1, "bad"));
        // A restart keeps the note.
        driven.restart();
    }
    driven.flush(vec![put("bad", 3, &[])]);
    assert_eq!(driven.sink().refused(), Refused::default());
    driven.serve();
    driven.check();
}

/// Sebastiano Vigna's splitmix64.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
