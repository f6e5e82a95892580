//! Which references a projection may have.

use crate::column::ValueType;
use crate::description::{AggregateKind, Keep, KeyPart, Projection, Reference, TableSpec, Window};

/// Most references of a projection.
const REFERENCES_MAX: usize = 16;

/// Most references that follow one another.
const DEPTH_MAX: usize = 3;

/// Checks the references of a projection of one of `tables`.
///
/// # Errors
/// Names the reference and what is wrong with it.
pub fn check(projection: &Projection, tables: &[TableSpec]) -> Result<(), String> {
    let references = &projection.references;
    if references.len() > REFERENCES_MAX {
        let count = references.len();
        return Err(format!("has {count} references, more than the limit of {REFERENCES_MAX}"));
    }
    let mut depths = Vec::with_capacity(references.len());
    for (at, reference) in references.iter().enumerate() {
        let target = tables
            .get(reference.table)
            .ok_or_else(|| format!("has reference {at} to table {} of {}", reference.table, tables.len()))?;
        let named = |what: String| format!("refers to table `{}` (reference {at}): {what}", target.name);
        let (holder, depth) = match reference.holder {
            None => (projection.table, 1),
            Some(earlier) if earlier < at => (references[earlier].table, depths[earlier] + 1),
            Some(other) => {
                return Err(named(format!(
                    "it hangs on reference {other}, which does not come before it; references form no cycle"
                )));
            }
        };
        if depth > DEPTH_MAX {
            return Err(named(format!(
                "it is the {depth}th of a chain, and {DEPTH_MAX} may follow one another"
            )));
        }
        depths.push(depth);
        check_reference(reference, &tables[holder], target).map_err(named)?;
    }
    Ok(())
}

fn check_reference(reference: &Reference, holder: &TableSpec, target: &TableSpec) -> Result<(), String> {
    let (via, want) = (&reference.via, target.key.parts());
    if via.len() != want.len() {
        return Err(format!("its `via` has {} parts, and the table's key has {}", via.len(), want.len()));
    }
    for (nth, (part, &want)) in via.iter().zip(want).enumerate() {
        let (what, got) = part_type(part, holder)?;
        if !is_same(got, want) {
            return Err(format!("part {nth} of its key is {want:?}, and {what} is {got:?}"));
        }
    }
    for &column in &reference.columns {
        if column >= target.aggregates.len() {
            return Err(format!("it shows aggregate {column} of {}", target.aggregates.len()));
        }
    }
    let mut columns = reference.columns.clone();
    columns.sort_unstable();
    if let Some(twice) = columns.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("it shows aggregate `{}` twice", target.aggregates[twice[0]].name));
    }
    check_windows(reference, holder, target)
}

/// Returns what a part of a target's key is made of, in words, and its type.
fn part_type(part: &KeyPart, holder: &TableSpec) -> Result<(String, ValueType), String> {
    match *part {
        KeyPart::Key(nth) => {
            let types = holder.key.parts();
            let ty = types.get(nth).ok_or_else(|| {
                format!(
                    "it leads by part {nth} of the key of table `{}`, which has {}",
                    holder.name,
                    types.len()
                )
            })?;
            Ok((format!("part {nth} of the key of table `{}`", holder.name), *ty))
        }
        KeyPart::Aggregate(nth) => {
            let aggregates = &holder.aggregates;
            let aggregate = aggregates.get(nth).ok_or_else(|| {
                let count = aggregates.len();
                format!("it leads by aggregate {nth} of table `{}`, which has {count}", holder.name)
            })?;
            let what = format!("`{}` of table `{}`", aggregate.name, holder.name);
            match &aggregate.kind {
                AggregateKind::First(ty) | AggregateKind::Last(ty) | AggregateKind::LastOrNone(ty) => {
                    Ok((what, *ty))
                }
                kind => Err(format!(
                    "it leads by {what}, which is a `{}`; only `First` and `Last` lead to a row",
                    kind.name()
                )),
            }
        }
    }
}

/// Times are kept in milliseconds, whatever unit they were read in.
fn is_same(one: ValueType, other: ValueType) -> bool {
    matches!((one, other), (ValueType::Time(_), ValueType::Time(_))) || one == other
}

fn check_windows(reference: &Reference, holder: &TableSpec, target: &TableSpec) -> Result<(), String> {
    let is_windowed = |table: &TableSpec| table.window != Window::Unbounded;
    let keeps_every = |table: &TableSpec| is_windowed(table) && table.keep != Keep::Latest;
    if keeps_every(holder) {
        return Err(format!(
            "table `{}` keeps every window, and its documents are final: they cannot follow another row",
            holder.name
        ));
    }
    let leads_by_aggregate = |part: &&KeyPart| matches!(part, KeyPart::Aggregate(_));
    if is_windowed(holder) && reference.via.iter().any(|part| leads_by_aggregate(&part)) {
        return Err(format!(
            "table `{}` has windows, whose results come and go; only parts of its key lead to a row",
            holder.name
        ));
    }
    if !is_windowed(target) {
        return Ok(());
    }
    if keeps_every(target) {
        return Err("the table keeps every window, so it has no one row for a key".into());
    }
    let whole_key = reference.via.len() == holder.key.parts().len()
        && reference.via.iter().enumerate().all(|(nth, part)| *part == KeyPart::Key(nth));
    if reference.holder.is_some() || !whole_key {
        return Err("the table has windows, so only the projected row refers to it, by its whole key".into());
    }
    Ok(())
}
