//! Notes what stands at each declared path of one JSON text, in one pass, borrowing from the text, and knowing no types.
//!
//! Everything else is skipped, but validated as thoroughly as what is declared (serde_json's own skipping would accept lone
//! surrogates, numbers out of range and any depth). If acceptance depended on what is declared, another reducer's declaration
//! could change the verdict on a record.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::paths::{PathTree, ROOT};

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found<'a> {
    Absent,
    Null,
    Boolean(bool),
    Int(i64),
    /// A whole number beyond `i64::MAX`.
    BigInt(u64),
    /// Any other number: with fraction or exponent, beyond 64 bits, or `-0`.
    Float(f64),
    /// A text as it stands in the record.
    Text(&'a str),
    /// A text that was written with escapes, as its range in the scratch space, which holds it without them.
    Unescaped(TextRange),
    Array,
    Object,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextRange {
    start: usize,
    end: usize,
}

impl TextRange {
    pub(super) fn of(self, unescaped: &str) -> &str {
        &unescaped[self.start..self.end]
    }
}

impl<'a> Found<'a> {
    /// Returns the text, if this is one.
    pub(super) fn text<'s>(&self, unescaped: &'s str) -> Option<&'s str>
    where
        'a: 's,
    {
        match self {
            Found::Text(text) => Some(text),
            Found::Unescaped(range) => Some(range.of(unescaped)),
            _ => None,
        }
    }
}

/// Fills `places` from one JSON text, and `unescaped` with those of its texts that have escapes.
///
/// A place that is not reached is absent. After an error, the contents of `places` are meaningless.
pub(super) fn scan<'a>(
    tree: &PathTree,
    text: &'a str,
    places: &mut [Found<'a>],
    unescaped: &mut String,
) -> serde_json::Result<()> {
    unescaped.clear();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    At { scan: &mut Scan { tree, places, unescaped }, place: ROOT }.deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Scan<'s, 'a> {
    tree: &'s PathTree,
    places: &'s mut [Found<'a>],
    unescaped: &'s mut String,
}

/// Reads the value at a place.
struct At<'r, 's, 'a> {
    scan: &'r mut Scan<'s, 'a>,
    place: usize,
}

impl<'a> At<'_, '_, 'a> {
    /// Notes a value. The last of equal names counts, so what an earlier one left below this place is forgotten.
    fn note<E>(&mut self, found: Found<'a>) -> Result<(), E> {
        self.scan.places[self.place] = found;
        self.scan.places[self.scan.tree.below(self.place)].fill(Found::Absent);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.note(Found::Null)
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        self.note(Found::Boolean(value))
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<(), E> {
        self.note(Found::Int(value))
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<(), E> {
        self.note(i64::try_from(value).map_or(Found::BigInt(value), Found::Int))
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<(), E> {
        self.note(Found::Float(value))
    }

    fn visit_borrowed_str<E>(mut self, value: &'de str) -> Result<(), E> {
        self.note(Found::Text(value))
    }

    fn visit_str<E>(mut self, value: &str) -> Result<(), E> {
        let start = self.scan.unescaped.len();
        self.scan.unescaped.push_str(value);
        let end = self.scan.unescaped.len();
        self.note(Found::Unescaped(TextRange { start, end }))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, seq: A) -> Result<(), A::Error> {
        self.note::<A::Error>(Found::Array)?;
        Skip.visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.note::<A::Error>(Found::Object)?;
        if self.scan.tree.is_leaf(self.place) {
            return Skip.visit_map(map);
        }
        let parent = self.place;
        while let Some(child) = map.next_key_seed(Name { tree: self.scan.tree, parent })? {
            match child {
                Some(place) => map.next_value_seed(At { scan: &mut *self.scan, place })?,
                None => map.next_value_seed(Skip)?,
            }
        }
        Ok(())
    }
}

/// Reads a name in the object at `parent`, and returns its place if it is declared.
struct Name<'s> {
    tree: &'s PathTree,
    parent: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.tree.child(self.parent, name))
    }
}

/// Reads an undeclared value.
#[derive(Clone, Copy)]
struct Skip;

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Skip)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Skip)?.is_some() {
            map.next_value_seed(Skip)?;
        }
        Ok(())
    }
}
