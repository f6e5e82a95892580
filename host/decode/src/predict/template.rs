//! A template: the layout of a record as it was seen once. It holds the bytes between scalars, and what to do with each scalar.
//!
//! Why a match proves a record valid: the layout was that of valid JSON, and with other valid scalars in it, it is valid
//! JSON again, with the same names in the same places. No scalar can be read in two ways, because whatever follows one
//! begins with a comma, a bracket or white space.

use std::ops::Range;

use foldline_core::column::ValueRef;
use foldline_core::description::{TimeUnit, ValueType};
use foldline_core::rfc3339;

use super::super::scan::Found;
use super::super::special::Special;
use super::super::value::{self, Row};
use super::scalar;
use foldline_base::planted::{Bug, is_planted};

/// How records of one layout become values.
#[derive(Clone)]
pub(super) struct Template {
    /// The literals, cut into words, each with a mask of the bytes that count.
    words: Vec<(u64, u64)>,
    holes: Vec<Hole>,
    tail: Literal,
    /// Optional fields that do not occur in this layout.
    absent: Vec<usize>,
}

/// Bytes that are the same in every record of the layout.
#[derive(Clone)]
struct Literal {
    words: Range<usize>,
    len: usize,
}

/// A scalar, with the literal in front of it.
#[derive(Clone)]
struct Hole {
    literal: Literal,
    take: Take,
}

/// What to do with one scalar.
#[derive(Clone)]
pub(super) enum Take {
    /// Skip it: it must be valid, and is not declared.
    Skip,
    /// It must be null, because something below this place is declared.
    Null,
    /// It is the value of a field.
    Field(Target),
    /// It is the value of several fields; if the flag is set, it must also be null.
    All(Vec<Target>, bool),
}

/// A field that takes its value from a scalar.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) field: usize,
    pub(super) ty: ValueType,
    pub(super) special: Option<Special>,
    pub(super) required: bool,
}

impl Template {
    /// Returns the template of a text with scalars at `holes`, in order, and what to do with each.
    pub(super) fn new(text: &[u8], holes: Vec<(Range<usize>, Take)>, absent: Vec<usize>) -> Self {
        let mut words = Vec::new();
        let mut literal = |bytes: &[u8]| {
            let first = words.len();
            words.extend(
                bytes.chunks(8).map(|chunk| (scalar::word(chunk, 0), scalar::first_bytes(chunk.len()))),
            );
            Literal { words: first..words.len(), len: bytes.len() }
        };
        let mut end = 0;
        let holes = holes
            .into_iter()
            .map(|(hole, take)| {
                let literal = literal(&text[end..hole.start]);
                end = hole.end;
                Hole { literal, take }
            })
            .collect();
        let tail = literal(&text[end..]);
        Self { words, holes, tail, absent }
    }

    /// Writes the values of a record of this layout into its row. Returns `None` if the record has another layout, or needs the
    /// full parser.
    #[inline]
    pub(super) fn fill(&self, value: &[u8], row: &mut Row<'_>) -> Option<()> {
        let mut at = 0;
        for hole in &self.holes {
            at = self.match_literal(&hole.literal, value, at)?;
            at = hole.take.take(value, at, row)?;
        }
        if self.match_literal(&self.tail, value, at)? != value.len() {
            return None;
        }
        for &field in &self.absent {
            row.set(field, None);
        }
        Some(())
    }

    #[inline(always)]
    fn match_literal(&self, literal: &Literal, value: &[u8], at: usize) -> Option<usize> {
        for (i, &(word, mask)) in self.words[literal.words.clone()].iter().enumerate() {
            if scalar::word(value, at + 8 * i) & mask != word {
                return None;
            }
        }
        Some(at + literal.len)
    }
}

impl Take {
    /// Reads the scalar at `at`; returns where it ends.
    #[inline(always)]
    fn take(&self, value: &[u8], at: usize, row: &mut Row<'_>) -> Option<usize> {
        match self {
            Take::Field(target) => target.take(value, at, row),
            Take::Skip => skip(value, at),
            Take::Null => scalar::literal(value, at, "null"),
            Take::All(targets, null) => {
                let mut ends = targets.iter().map(|target| target.take(value, at, row));
                let end = ends.next()??;
                // For one target an int may end at the decimal point, while for another a float goes on.
                let agreed = ends.all(|other| other == Some(end));
                let null = !null || scalar::literal(value, at, "null") == Some(end);
                (agreed && null).then_some(end)
            }
        }
    }
}

impl Target {
    #[inline(always)]
    fn take(&self, value: &[u8], at: usize, row: &mut Row<'_>) -> Option<usize> {
        if value.get(at) == Some(&b'n') && !self.required {
            row.set(self.field, None);
            return scalar::literal(value, at, "null");
        }
        if let Some(special) = &self.special {
            return self.take_special(special, value, at, row);
        }
        match self.ty {
            ValueType::Text => {
                let texts = row.columns[self.field].texts(row.index);
                let (room, to) = texts.room(row.index, value.len() - at + 8);
                let (start, end) = text(value, at, |start| scalar::copy_text(value, start, room, to))?;
                texts.end(row.index, to + end - start);
                Some(end + 1)
            }
            ValueType::Int => {
                let (int, end) = scalar::int(value, at)?;
                row.set(self.field, Some(ValueRef::Int(int)));
                Some(end)
            }
            ValueType::Float => {
                let (number, end) = scalar::number(value, at)?;
                row.set(self.field, Some(ValueRef::Float(number.float()?)));
                Some(end)
            }
            ValueType::Boolean => {
                let (boolean, end) = boolean(value, at)?;
                row.set(self.field, Some(ValueRef::Boolean(boolean)));
                Some(end)
            }
            ValueType::Time(TimeUnit::Rfc3339) => {
                let (start, end) = text(value, at, |start| scalar::text_end(value, start))?;
                row.set(self.field, Some(ValueRef::Time(rfc3339::parse(&value[start..end])?)));
                Some(end + 1)
            }
            ValueType::Blob => {
                let (start, end) = text(value, at, |start| scalar::text_end(value, start))?;
                let found = Found::Text(std::str::from_utf8(&value[start..end]).ok()?);
                value::write_found(row, self.field, self.ty, &found)?;
                Some(end + 1)
            }
            ValueType::Time(unit) => {
                let (int, end) = scalar::int(value, at)?;
                row.set(self.field, Some(ValueRef::Time(value::milliseconds(unit, int)?)));
                Some(end)
            }
        }
    }

    /// What is a dead letter is left to the scan, which has reasons.
    fn take_special(&self, special: &Special, value: &[u8], at: usize, row: &mut Row<'_>) -> Option<usize> {
        let is_text = value.get(at) == Some(&b'"');
        let (range, end) = match special {
            // Null is a missing field, whose reason the scan gives.
            Special::Json if value.get(at) == Some(&b'n') => return None,
            Special::Json => {
                let end = skip(value, at)?;
                (at..end, end)
            }
            Special::Decimal(_) if !is_text => {
                let (_, end) = scalar::number(value, at)?;
                (at..end, end)
            }
            Special::Decimal(_) | Special::Choice(_) | Special::Selects(_) => {
                let (start, end) = text(value, at, |start| scalar::text_end(value, start))?;
                (start..end, end + 1)
            }
        };
        let text = std::str::from_utf8(&value[range]).ok()?;
        special.read(text, self.required, |value| row.set(self.field, value))?;
        Some(end)
    }
}

/// Returns where the text at `at` starts and ends, between its quotes.
#[inline(always)]
fn text(value: &[u8], at: usize, end: impl FnOnce(usize) -> Option<usize>) -> Option<(usize, usize)> {
    if value.get(at) != Some(&b'"') {
        return None;
    }
    end(at + 1).map(|end| (at + 1, end))
}

#[inline(always)]
fn boolean(value: &[u8], at: usize) -> Option<(bool, usize)> {
    match value.get(at) {
        Some(b't') => scalar::literal(value, at, "true").map(|end| (true, end)),
        _ => scalar::literal(value, at, "false").map(|end| (false, end)),
    }
}

#[inline(always)]
fn skip(value: &[u8], at: usize) -> Option<usize> {
    if is_planted(Bug::PredictedUnread) && value.get(at) == Some(&b'"') {
        return value[at + 1..].iter().position(|&byte| byte == b'"').map(|length| at + length + 2);
    }
    match value.get(at)? {
        b'"' => scalar::text_end(value, at + 1).map(|end| end + 1),
        b'-' | b'0'..=b'9' => scalar::number(value, at).map(|(_, end)| end),
        b'n' => scalar::literal(value, at, "null"),
        _ => boolean(value, at).map(|(_, end)| end),
    }
}
