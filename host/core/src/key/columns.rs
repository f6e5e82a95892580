//! The keys of many contributions, a column per part.

use std::sync::{Arc, OnceLock};

use super::key_type::{KEY_BYTES_MAX, KeyType};
use super::part::canonical;
use super::{part, text};
use crate::column::{BytesColumn, Column, ValueRef, Values};

/// The keys of contributions: a column for each part, all of one length.
#[derive(Clone, Debug)]
pub struct KeyColumns {
    parts: Vec<Arc<Column>>,
    /// The canonical bytes of keys of several parts, made when they are first needed.
    composite: OnceLock<BytesColumn>,
}

/// Keys as they are hashed and compared, without copies where a key has one part.
#[derive(Clone, Copy)]
pub(crate) enum CanonicalKeys<'k> {
    /// Canonical bytes.
    Bytes(&'k BytesColumn),
    /// Ints or times.
    Ints(&'k [i64]),
    /// A bitmap of this many booleans.
    Bits(&'k [u8], usize),
}

impl KeyColumns {
    /// Returns keys with these parts.
    ///
    /// # Errors
    /// Says which part cannot be one, or differs in length from the others.
    pub fn new(parts: Vec<Arc<Column>>) -> Result<Self, String> {
        let Some(first) = parts.first() else { return Err("keys have no parts".into()) };
        for (nth, part) in parts.iter().enumerate() {
            if matches!(part.values(), Values::Floats(_) | Values::Blobs(_)) {
                return Err(format!(
                    "part {nth} of the keys holds {}, which are no keys",
                    part.values().type_name()
                ));
            }
            if part.len() != first.len() {
                return Err(format!(
                    "part {nth} of the keys has {} values, part 0 {}",
                    part.len(),
                    first.len()
                ));
            }
        }
        Ok(Self { parts, composite: OnceLock::new() })
    }

    /// Returns the parts.
    pub fn parts(&self) -> &[Arc<Column>] {
        &self.parts
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.parts[0].len()
    }

    /// Returns whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks that these are keys of a declared type.
    ///
    /// # Errors
    /// Says what they are and what they must be.
    pub(crate) fn check_type(&self, ty: &KeyType) -> Result<(), String> {
        let (got, want) = (self.parts.len(), ty.parts().len());
        if got != want {
            return Err(format!("have {got} parts where {want} are expected"));
        }
        for (nth, (part, &ty)) in self.parts.iter().zip(ty.parts()).enumerate() {
            if let Err(want) = part.values().check_type(ty) {
                let got = part.values().type_name();
                return Err(match self.parts.len() {
                    1 => format!("are {got} where {want} are expected"),
                    _ => format!("have {got} as part {nth} where {want} are expected"),
                });
            }
        }
        Ok(())
    }

    /// Gives `refuse` the row of each key that cannot be one, and what is wrong with it, in words that fit behind its name.
    pub(crate) fn check(&self, refuse: &mut dyn FnMut(usize, String)) {
        let is_sound = |len: usize| (1..=KEY_BYTES_MAX).contains(&len);
        let all_sound = match &self.parts[..] {
            // Most keys: looked at without a branch for each part.
            [part] if part.validity().is_none() => match part.values() {
                Values::Texts(texts) => texts.lengths().all(is_sound),
                _ => true,
            },
            _ => false,
        };
        if all_sound {
            return;
        }
        for row in 0..self.len() {
            if let Err(what) = self.check_key(row) {
                refuse(row, what);
            }
        }
    }

    /// Returns what is wrong with a key.
    pub(super) fn check_key(&self, row: usize) -> Result<(), String> {
        let is_composite = self.parts.len() > 1;
        let of_part = |nth: usize, what: &str| match is_composite {
            true => format!("has a part {nth} that {what}"),
            false => what.to_owned(),
        };
        for (nth, part) in self.parts.iter().enumerate() {
            if !part.is_valid(row) {
                return Err(of_part(nth, "is null"));
            }
            if let Values::Texts(texts) = part.values()
                && texts.get(row).is_empty()
            {
                return Err(of_part(nth, "is empty"));
            }
        }
        let bytes = match (is_composite, self.parts[0].values()) {
            (true, _) => {
                let parts = self.parts.iter().filter_map(|part| part.get(row));
                text::len(parts.map(text::escaped_len))
            }
            (false, Values::Texts(texts)) => texts.get(row).len(),
            (false, _) => return Ok(()),
        };
        if bytes > KEY_BYTES_MAX {
            return Err(format!("has {bytes} bytes where {KEY_BYTES_MAX} are allowed"));
        }
        Ok(())
    }

    /// Returns the canonical bytes of a key.
    ///
    /// # Panics
    /// Panics when a part is null.
    pub fn canonical_bytes(&self, row: usize) -> Vec<u8> {
        let parts: Vec<ValueRef<'_>> = (self.parts.iter())
            .map(|part| part.get(row).expect("contributions without a key are refused"))
            .collect();
        canonical(&parts)
    }

    /// Returns the keys as they are hashed and compared.
    pub(crate) fn canonical(&self) -> CanonicalKeys<'_> {
        if self.parts.len() > 1 {
            return CanonicalKeys::Bytes(self.composite.get_or_init(|| self.made_composite()));
        }
        match self.parts[0].values() {
            Values::Texts(texts) => CanonicalKeys::Bytes(texts),
            Values::Ints(values) | Values::Times(values) => CanonicalKeys::Ints(values),
            Values::Booleans(bits) => CanonicalKeys::Bits(bits, self.len()),
            Values::Floats(_) | Values::Blobs(_) => unreachable!("`new` refuses these"),
        }
    }

    fn made_composite(&self) -> BytesColumn {
        let mut keys = BytesColumn::with_capacity(self.len(), 16 * self.len());
        let mut key = Vec::new();
        for row in 0..self.len() {
            key.clear();
            for (nth, column) in self.parts.iter().enumerate() {
                // Contributions with a null are refused before they are hashed.
                if let Some(value) = column.get(row) {
                    part::append(value, nth + 1 == self.parts.len(), &mut key);
                }
            }
            keys.push(&key);
        }
        keys
    }

    /// Returns a copy of the given rows, in their order.
    pub fn pick(&self, rows: impl IntoIterator<Item = usize> + Clone) -> Self {
        let parts = self.parts.iter().map(|part| Arc::new(part.pick(rows.clone()))).collect();
        Self { parts, composite: OnceLock::new() }
    }
}

/// Keys of one part.
///
/// # Panics
/// Panics on floats and blobs, which are no keys.
impl From<Column> for KeyColumns {
    fn from(part: Column) -> Self {
        Self::new(vec![Arc::new(part)]).expect("a column of keys")
    }
}

impl PartialEq for KeyColumns {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}
