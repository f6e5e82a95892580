//! One declared field: where it may stand in a record, and how its value gets into its column.

use foldline_core::column::ValueRef;
use foldline_core::description::{Field, FieldSource, ValueType};
use foldline_log::RecordRef;

use super::builder::ColumnBuilder;
use super::paths::{self, PathTree};
use super::reason;
use super::scan::Found;
use super::selection::Selection;
use super::special::Special;
use super::value::{self, Row};

/// A declared field with the places where it may stand.
#[derive(Clone)]
pub(super) struct DeclaredField {
    name: String,
    /// The type of its column.
    pub(super) ty: ValueType,
    /// How it is written, if that is not as its column holds it.
    pub(super) special: Option<Special>,
    pub(super) required: bool,
    pub(super) source: Source,
    /// Bytes that its column took in the previous batch.
    column_bytes: usize,
}

#[derive(Clone)]
pub(super) enum Source {
    Key,
    /// The value as a whole.
    Raw,
    Partition,
    Offset,
    /// The record's own time.
    Timestamp,
    /// Places in the path tree: the path itself, then its aliases.
    Places(Vec<usize>),
}

/// A scanned value: its text, and what was found at each place.
pub(super) struct Scanned<'s, 'a> {
    pub(super) text: &'a str,
    pub(super) tree: &'s PathTree,
    pub(super) places: &'s [Found<'a>],
}

// Values are written where they are made. Returning them as `Result<Option<…>>` took 23 % of the samples of a profile, in
// stalls on copies of data that had only just been written.
impl DeclaredField {
    /// Returns the field with its places in `tree`, which was made with its paths.
    pub(super) fn new(field: &Field, tree: &PathTree) -> Self {
        let source = match field.source {
            FieldSource::Key => Source::Key,
            FieldSource::Value(_) => {
                Source::Places(paths::of_field(field).map(|path| tree.place(&path)).collect())
            }
            FieldSource::Raw => Source::Raw,
            FieldSource::Partition => Source::Partition,
            FieldSource::Offset => Source::Offset,
            FieldSource::Timestamp => Source::Timestamp,
            FieldSource::Header(_) => unreachable!("validation refuses headers"),
        };
        Self {
            name: field.name.clone(),
            ty: field.ty.column_type(),
            special: Special::of(&field.ty),
            required: field.required,
            source,
            column_bytes: 0,
        }
    }

    /// Returns what selects a record, with its places in `tree`.
    pub(super) fn selecting(selection: &Selection, tree: &PathTree) -> Self {
        let source = match &selection.source {
            FieldSource::Value(path) => Source::Places(vec![tree.place(path)]),
            FieldSource::Key => Source::Key,
            other => unreachable!("validation refuses selectors by {other:?}"),
        };
        Self {
            name: String::new(),
            ty: ValueType::Int,
            special: Some(Special::Selects(selection.texts.as_slice().into())),
            required: false,
            source,
            column_bytes: 0,
        }
    }

    /// Returns whether anything may stand where this field is read.
    fn takes_anything(&self) -> bool {
        matches!(self.special, Some(Special::Selects(_)))
    }

    /// Returns an empty column for up to `rows_max` values.
    pub(super) fn column(&self, rows_max: usize) -> ColumnBuilder {
        ColumnBuilder::new(self.ty, rows_max, self.column_bytes + self.column_bytes / 8)
    }

    /// Notes how many bytes the column took, to size the next one.
    pub(super) fn note_bytes(&mut self, bytes: usize) {
        self.column_bytes = bytes;
    }

    /// Writes what is not read from a path of the value into column `index` of the row, or returns why it is refused.
    pub(super) fn write_outside(
        &self,
        index: usize,
        record: &RecordRef<'_>,
        partition: u32,
        row: &mut Row<'_>,
    ) -> Result<(), String> {
        let value = match self.source {
            Source::Key => return self.write_key(index, record.key, row),
            // A deletion has none, required or not.
            Source::Raw => record.value.map(ValueRef::Blob),
            Source::Partition => Some(ValueRef::Int(i64::from(partition))),
            Source::Offset => Some(ValueRef::Int(i64::try_from(record.offset).unwrap_or(i64::MAX))),
            Source::Timestamp if record.time_ms.is_none() && self.required => {
                return Err(reason::missing_timestamp(&self.name));
            }
            Source::Timestamp => record.time_ms.map(ValueRef::Time),
            Source::Places(_) => unreachable!("such a field is read from the value"),
        };
        row.set(index, value);
        Ok(())
    }

    fn write_key(&self, index: usize, key: Option<&[u8]>, row: &mut Row<'_>) -> Result<(), String> {
        match (key, &self.special) {
            (Some(key), Some(Special::Selects(_))) if std::str::from_utf8(key).is_err() => {
                row.set(index, None);
                Ok(())
            }
            (Some(key), Some(special)) => {
                let text = std::str::from_utf8(key).ok();
                text.and_then(|text| special.read(text, self.required, |value| row.set(index, value)))
                    .ok_or_else(|| reason::wrong_special_key(&self.name, special, key))
            }
            (Some(key), None) => value::write_key(row, index, self.ty, key)
                .ok_or_else(|| reason::wrong_key(&self.name, self.ty, key)),
            (None, _) if self.required => Err(reason::missing_key(&self.name)),
            (None, _) => {
                row.set(index, None);
                Ok(())
            }
        }
    }

    /// Writes the value found at the field's places into column `index` of the row, or returns why it is refused.
    pub(super) fn write_value(
        &self,
        index: usize,
        own: &[usize],
        scanned: &Scanned<'_, '_>,
        row: &mut Row<'_>,
    ) -> Result<(), String> {
        let Some(&place) = own.iter().find(|&&place| !matches!(scanned.places[place], Found::Absent)) else {
            if !self.takes_anything() {
                self.check_path(own[0], scanned)?;
            }
            return self.write_null(index, row);
        };
        let found = &scanned.places[place];
        if matches!(found, Found::Null) {
            return self.write_null(index, row);
        }
        if let Some(special) = &self.special {
            return self.write_special(special, index, place, scanned, row);
        }
        if value::write_found(row, index, self.ty, found).is_some() {
            return Ok(());
        }
        let source = reason::source(scanned.text, scanned.tree.path(place));
        // serde_json reads `-0` as the float -0.0; here it counts as the whole number 0.
        if source == "-0" && value::write_found(row, index, self.ty, &Found::Int(0)).is_some() {
            return Ok(());
        }
        Err(reason::wrong_type(&self.name, self.ty, source))
    }

    fn write_special(
        &self,
        special: &Special,
        index: usize,
        place: usize,
        scanned: &Scanned<'_, '_>,
        row: &mut Row<'_>,
    ) -> Result<(), String> {
        let source = || reason::source(scanned.text, scanned.tree.path(place));
        let Row { index: at, columns, scratch } = row;
        let text = match (special, &scanned.places[place]) {
            (Special::Json, _)
            | (Special::Decimal(_), Found::Int(_) | Found::BigInt(_) | Found::Float(_)) => Some(source()),
            (_, found) => found.text(&scratch.unescaped),
        };
        if text.is_none() && self.takes_anything() {
            columns[index].set(*at, None);
            return Ok(());
        }
        text.and_then(|text| special.read(text, self.required, |value| columns[index].set(*at, value)))
            .ok_or_else(|| reason::wrong_special(&self.name, special, source()))
    }

    fn write_null(&self, index: usize, row: &mut Row<'_>) -> Result<(), String> {
        if self.required {
            return Err(reason::missing(&self.name));
        }
        row.set(index, None);
        Ok(())
    }

    /// Refuses a path that leads through something that is neither an object nor null; this counts as a wrong type.
    fn check_path(&self, place: usize, scanned: &Scanned<'_, '_>) -> Result<(), String> {
        let &Scanned { text, tree, places } = scanned;
        let reached = tree.ancestors(place).find(|&place| !matches!(places[place], Found::Absent));
        match reached.map(|reached| (reached, places[reached])) {
            None | Some((_, Found::Object | Found::Null)) => Ok(()),
            Some((reached, _)) => {
                let path = tree.path(reached);
                Err(reason::not_an_object_at(&self.name, path, reason::source(text, path)))
            }
        }
    }
}
