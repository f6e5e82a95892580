//! Learns a template from a record that has just become an event: where its scalars stand, and which fields they give.

use std::ops::Range;

use super::super::field::{DeclaredField, Source};
use super::super::paths::{PathTree, ROOT};

use super::template::{Take, Target, Template};

/// A record with more scalars than this, or more bytes between them, is not learned: learning and trying a template must stay
/// cheap compared with reading the record.
const HOLES_MAX: usize = 256;
const LITERAL_BYTES_MAX: usize = 16 << 10;

/// Returns the template of a valid record, or `None` if it would be of no use.
pub(super) fn learn(text: &str, tree: &PathTree, fields: &[DeclaredField]) -> Option<Template> {
    let mut walk = Walk { text, at: 0, tree, marks: vec![Mark::Absent; tree.len()], holes: Vec::new() };
    walk.value(Some(ROOT))?;
    let Walk { marks, holes, .. } = walk;
    let literal_bytes = text.len() - holes.iter().map(Range::len).sum::<usize>();
    if literal_bytes > LITERAL_BYTES_MAX {
        return None;
    }
    let mut takes = vec![(Vec::new(), false); holes.len()];
    let mut absent = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let Source::Places(own) = &field.source else { continue };
        let present = |&&place: &&usize| marks[place] != Mark::Absent;
        match own.iter().find(present).map(|&place| marks[place]) {
            Some(Mark::Hole(hole)) => {
                let (ty, special, required) = (field.ty, field.special.clone(), field.required);
                takes[hole].0.push(Target { field: index, ty, special, required });
            }
            Some(_) => return None,
            None if field.required => return None,
            None => {
                absent.push(index);
                let above = tree.ancestors(own[0]).map(|place| marks[place]);
                match above.into_iter().find(|mark| *mark != Mark::Absent)? {
                    Mark::Hole(hole) => takes[hole].1 = true,
                    Mark::Object => {}
                    Mark::Absent | Mark::Array => return None,
                }
            }
        }
    }
    let takes = takes.into_iter().map(|(targets, null)| match (targets.as_slice(), null) {
        ([], false) => Take::Skip,
        ([], true) => Take::Null,
        ([target], false) => Take::Field(target.clone()),
        _ => Take::All(targets, null),
    });
    Some(Template::new(text.as_bytes(), holes.into_iter().zip(takes).collect(), absent))
}

/// What stands at a place.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Absent,
    /// The scalar with this index.
    Hole(usize),
    Object,
    Array,
}

/// Walks over a text that is known to be valid JSON, so it need not validate, nor guard against deep nesting.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    tree: &'a PathTree,
    marks: Vec<Mark>,
    holes: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// Walks over the next value, which is at `place` if that is a declared one; `None` when there are too many scalars.
    fn value(&mut self, place: Option<usize>) -> Option<()> {
        match self.next() {
            b'{' => {
                self.note(place, Mark::Object);
                self.at += 1;
                while self.next() != b'}' {
                    let name: String = serde_json::from_str(&self.text[self.scalar()?]).ok()?;
                    self.value(place.and_then(|place| self.tree.child(place, &name)))?;
                }
                self.at += 1;
            }
            b'[' => {
                self.note(place, Mark::Array);
                self.at += 1;
                while self.next() != b']' {
                    self.value(None)?;
                }
                self.at += 1;
            }
            _ => {
                self.note(place, Mark::Hole(self.holes.len()));
                let hole = self.scalar()?;
                self.holes.push(hole);
            }
        }
        (self.holes.len() <= HOLES_MAX).then_some(())
    }

    /// As in `scan`: the last of equal names counts, with everything below it.
    fn note(&mut self, place: Option<usize>, mark: Mark) {
        if let Some(place) = place {
            self.marks[place] = mark;
            self.marks[self.tree.below(place)].fill(Mark::Absent);
        }
    }

    /// Moves to the next bracket or scalar.
    fn next(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or_default()
    }

    /// Moves past the current scalar and returns its range.
    fn scalar(&mut self) -> Option<Range<usize>> {
        let rest = &self.text.as_bytes()[self.at..];
        let len = match rest.first()? {
            b'"' => {
                let mut escaped = true;
                let end = rest.iter().position(|&byte| {
                    let quote = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    quote
                });
                // The opening quote counts as escaped, so it does not end the text.
                end? + 1
            }
            _ => rest.iter().position(|byte| b",]} \t\r\n".contains(byte))?,
        };
        self.at += len;
        Some(self.at - len..self.at)
    }
}
