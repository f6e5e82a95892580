//! How a new version's documents differ from those of the old one, before it takes its place (docs/design/versions.md).
//!
//! Both versions are brought to one position and cut a checkpoint there ([`align`]). Each version's own module projects the rows
//! of its checkpoint, and the documents are merged by key, streaming, while both versions go on. Memory is bounded by a chunk of
//! rows of each and a few samples, whatever the number of documents.

mod tolerance;
mod drift;
mod side;
mod tally;
mod join;
#[cfg(test)]
mod tests;

use foldline_core::description::{Description, ValueType};
use foldline_core::key::KeyType;
use foldline_core::skips::Skips;
use foldline_core::table::layout::shown_table;

use self::join::join;
use self::tally::Tally;
pub use self::tolerance::Tolerances;
use foldline_api::{ComparedVersion, Comparison};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_engine::VersionHandle;
use foldline_engine::aligned_scans::align;
use foldline_projection::ShownTable;
use foldline_state::Scan;

/// Compares the documents of two versions of a projection at one position. `progress` receives the rows read and the rows to
/// read, and returns whether to go on.
///
/// May take as long as projecting every row of both versions. One comparison or verification runs at a time
/// (`Registry::try_examine`).
///
/// # Errors
/// `Unavailable` when one of them does not run or has not caught up, or when `progress` stops it; `Data` when their
/// documents cannot be paired, and for a tolerance of a field that neither has; `Corrupt` when a state cannot be read.
pub fn compare(
    old: &VersionHandle,
    new: &VersionHandle,
    tolerances: &Tolerances,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Comparison> {
    panic_if_asked(PanicPoint::Compare, old.name());
    let [of_old, of_new] = [old.folding()?.module, new.folding()?.module];
    let descriptions: [&Description; 2] = [of_old.description(), of_new.description()];
    check_pairing(descriptions, [old, new])?;
    tolerances.check(descriptions)?;
    let scans = align(old, new)?;
    require_equal_skips([old, new], &scans)?;

    let of = scans.iter().map(Scan::row_count).sum();
    let told = std::cell::RefCell::new((0, progress));
    let passed = |rows: u64| {
        let mut told = told.borrow_mut();
        told.0 += rows;
        let read = told.0;
        match (told.1)(read, of) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Unavailable, "stopped before the comparison was complete")),
        }
    };
    let mut tally = Tally::new(descriptions, tolerances);
    let [shown_of_old, shown_of_new] = [ShownTable::of(&of_old), ShownTable::of(&of_new)];
    join(shown_of_old.rows(&scans[0], &passed), shown_of_new.rows(&scans[1], &passed), &mut tally)?;

    let mut comparison = tally.finish();
    for (version, handle, scan) in
        [(&mut comparison.old, old, &scans[0]), (&mut comparison.new, new, &scans[1])]
    {
        describe(version, handle, scan);
        comparison.position.raise_to(&scan.checkpointed().position);
    }
    Ok(comparison)
}

/// Refuses two states if one was made without records that the other holds: one of the versions is being rebuilt.
fn require_equal_skips([old, new]: [&VersionHandle; 2], scans: &[Scan; 2]) -> Result<()> {
    // Only topics that both read: a version may have dropped an input.
    let both: Vec<&str> =
        old.topics().iter().filter(|topic| new.topics().contains(topic)).map(String::as_str).collect();
    let of = |scan: &Scan| Skips::before(&scan.checkpointed().position.of_topics(both.iter().copied()));
    let [of_old, of_new] = [of(&scans[0]), of(&scans[1])];
    if of_old == of_new {
        return Ok(());
    }
    let message = format!(
        "{} and {} were made under different skips, so they differ in any case",
        old.label(),
        new.label()
    );
    Err(Error::new(ErrorKind::Unavailable, message)
        .with_hint("one of them is being rebuilt: see `foldline status`"))
}

fn describe(version: &mut ComparedVersion, handle: &VersionHandle, scan: &Scan) {
    version.version = handle.label();
    let checkpointed = scan.checkpointed();
    version.events = checkpointed.events;
    version.dead_letters = checkpointed.dead_letters;
    version.late = checkpointed.late;
}

/// How a part of the key identifies documents, and how it sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identity {
    Text,
    /// Ints and times: their key bytes and their texts are the same.
    Number,
    Boolean,
}

/// Checks that the rows of both versions are sorted in the same order, so that a merge finds the pairs.
fn check_pairing(descriptions: [&Description; 2], handles: [&VersionHandle; 2]) -> Result<()> {
    let shown = descriptions.map(|description| {
        let index =
            description.projected_table().expect("validation accepts only modules that project a table");
        let keeps_windows = shown_table(&description.tables, index) != index;
        (identities(&description.tables[index].key), keeps_windows)
    });
    if shown[0] == shown[1] {
        return Ok(());
    }
    let [old, new] = [0, 1].map(|side| {
        let (identities, keeps_windows) = &shown[side];
        let part = |identity: &Identity| match identity {
            Identity::Text => "a text",
            Identity::Number => "a number",
            Identity::Boolean => "a boolean",
        };
        let key = identities.iter().map(part).collect::<Vec<_>>().join(" and ");
        let each = if *keeps_windows { "each window of" } else { "each key," };
        format!("{} has a document for {each} {key}", handles[side].label())
    });
    Err(Error::new(ErrorKind::Data, format!("{old}, {new}: there is nothing that pairs them"))
        .with_hint("versions whose documents have other ids are compared by their readers"))
}

fn identities(key: &KeyType) -> Vec<Identity> {
    let of_part = |ty: &ValueType| match ty {
        ValueType::Int | ValueType::Time(_) => Identity::Number,
        ValueType::Boolean => Identity::Boolean,
        _ => Identity::Text,
    };
    key.parts().iter().map(of_part).collect()
}
