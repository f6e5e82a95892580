//! Where references lead: the keys of targets, from the keys and results of their holders.

use crate::column::{BytesColumn, Column, ValueRef};
use crate::description::KeyPart;
use crate::key;

/// The canonical keys of the rows to which some rows lead.
#[derive(Clone, Debug)]
pub struct TargetKeys {
    keys: BytesColumn,
    present: Vec<bool>,
}

impl TargetKeys {
    /// Returns the key to which a row leads; `None` if it leads to nothing.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        self.present[row].then(|| self.keys.get(row))
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }
}

/// Returns the keys to which `rows` holders lead. `keys` are the parts of the holders' keys; `result` returns the results of one
/// of their aggregates.
pub fn target_keys<'c>(
    via: &[KeyPart],
    rows: usize,
    keys: &'c [Column],
    result: impl Fn(usize) -> &'c Column,
) -> TargetKeys {
    let parts: Vec<&Column> = (via.iter())
        .map(|part| match *part {
            KeyPart::Key(nth) => &keys[nth],
            KeyPart::Aggregate(aggregate) => result(aggregate),
        })
        .collect();
    let mut targets =
        TargetKeys { keys: BytesColumn::with_capacity(rows, 16 * rows), present: Vec::with_capacity(rows) };
    let (mut key, mut values) = (Vec::new(), Vec::with_capacity(parts.len()));
    for row in 0..rows {
        values.clear();
        // A null or an empty text is no part of a key.
        values.extend(
            parts.iter().map_while(|part| part.get(row).filter(|value| *value != ValueRef::Text(""))),
        );
        let leads = values.len() == parts.len();
        key.clear();
        if leads {
            key::append_canonical(&values, &mut key);
        }
        targets.keys.push(&key);
        targets.present.push(leads);
    }
    targets
}
