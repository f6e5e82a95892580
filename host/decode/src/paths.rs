//! The declared paths of an input as a tree of nodes, so that one pass over a value finds them all.
//!
//! Places are numbered in the order of their sorted paths. A place comes directly before all places below it, which are
//! contiguous, so forgetting what an earlier, equal name held is one `fill` over a range.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use foldline_core::description::{Field, FieldSource};

/// The place of the whole value.
pub(super) const ROOT: usize = 0;

/// The declared paths and all their prefixes.
#[derive(Clone)]
pub(super) struct PathTree {
    /// In the order of their paths; the root's path is empty.
    places: Vec<PathNode>,
}

#[derive(Clone)]
struct PathNode {
    path: Vec<String>,
    parent: usize,
    /// One past the last place below this one.
    end: usize,
    /// The names directly below, in the order of [`Name`].
    children: Vec<(Name<Box<str>>, usize)>,
}

/// A name that compares fast, by its first eight bytes and its length, because every key of every record is looked up.
///
/// The order is by head, length, then text. It is not alphabetical, but suffices for a binary search.
#[derive(Clone, Copy)]
struct Name<T> {
    head: u64,
    text: T,
}

impl<T: AsRef<str>> Name<T> {
    fn new(text: T) -> Self {
        Self { head: head(text.as_ref().as_bytes()), text }
    }

    fn order(&self, other: &Name<impl AsRef<str>>) -> Ordering {
        let (own, other_text) = (self.text.as_ref().as_bytes(), other.text.as_ref().as_bytes());
        self.head.cmp(&other.head).then(own.len().cmp(&other_text.len())).then_with(|| match own.len() {
            0..=8 => Ordering::Equal,
            _ => own.cmp(other_text),
        })
    }
}

/// The first eight bytes of a name. It holds all bytes of a shorter name, so head and length together identify that name.
#[inline]
fn head(bytes: &[u8]) -> u64 {
    let four =
        |at: usize| u64::from(u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
    match *bytes {
        [a, b, c, d, e, f, g, h, ..] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        // The two halves overlap, but never hide a byte.
        [_, _, _, _, ..] => four(0) | four(bytes.len() - 4) << 32,
        [a, b, c] => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
        [a, b] => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
        [a] => u64::from(a),
        [] => 0,
    }
}

/// Returns the paths at which a field may stand in a value: its own, then those with an alias as their last name.
pub(super) fn of_field(field: &Field) -> impl Iterator<Item = Vec<String>> {
    let own = match &field.source {
        FieldSource::Value(path) => Some(path),
        _ => None,
    };
    let stem = own.and_then(|path| path.split_last()).map(|(_, stem)| stem);
    let aliases = field.aliases.iter().filter_map(move |alias| {
        let mut path = stem?.to_vec();
        path.push(alias.clone());
        Some(path)
    });
    own.cloned().into_iter().chain(aliases)
}

impl PathTree {
    /// Returns the tree of these paths; duplicates share a place.
    pub(super) fn new(paths: impl Iterator<Item = Vec<String>>) -> Self {
        let mut all = BTreeSet::from([Vec::new()]);
        for path in paths {
            // All prefixes of a known path are known.
            let unknown =
                (1..=path.len()).rev().map(|len| &path[..len]).take_while(|part| !all.contains(*part));
            let unknown: Vec<_> = unknown.map(<[String]>::to_vec).collect();
            all.extend(unknown);
        }
        let new = |path| PathNode { path, parent: ROOT, end: 0, children: Vec::new() };
        let mut tree = Self { places: all.into_iter().map(new).collect() };
        for place in 0..tree.places.len() {
            let path = &tree.places[place].path;
            let below = tree.places[place..].iter().take_while(|other| other.path.starts_with(path)).count();
            if let Some((name, stem)) = path.split_last() {
                let (name, parent) = (Name::new(name.as_str().into()), tree.place(stem));
                tree.places[parent].children.push((name, place));
                tree.places[place].parent = parent;
            }
            tree.places[place].end = place + below;
        }
        for place in &mut tree.places {
            place.children.sort_by(|(a, _), (b, _)| a.order(b));
        }
        tree
    }

    /// Returns the place of a path that the tree was made with.
    ///
    /// # Panics
    /// Panics for any other path.
    pub(super) fn place(&self, path: &[String]) -> usize {
        self.places
            .binary_search_by(|place| place.path.as_slice().cmp(path))
            .expect("the tree was made with this path")
    }

    /// Returns the number of places, the root included.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns the path of a place.
    pub(super) fn path(&self, place: usize) -> &[String] {
        &self.places[place].path
    }

    /// Returns the place of a name in the object at `place`, if it is declared.
    pub(super) fn child(&self, place: usize, name: &str) -> Option<usize> {
        let (children, name) = (&self.places[place].children, Name::new(name));
        let at = children.binary_search_by(|(child, _)| child.order(&name)).ok()?;
        Some(children[at].1)
    }

    /// Returns whether nothing below a place is declared.
    pub(super) fn is_leaf(&self, place: usize) -> bool {
        self.places[place].children.is_empty()
    }

    /// Returns the places below a place.
    pub(super) fn below(&self, place: usize) -> std::ops::Range<usize> {
        place + 1..self.places[place].end
    }

    /// Returns the places above a place, the nearest first, the root last.
    pub(super) fn ancestors(&self, place: usize) -> impl Iterator<Item = usize> {
        let up = |&place: &usize| (place != ROOT).then(|| self.places[place].parent);
        std::iter::successors(Some(place), up).skip(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> PathTree {
        PathTree::new(paths.iter().map(|path| path.split('.').map(str::to_owned).collect()))
    }

    #[test]
    fn what_stands_below_a_place_stands_together() {
        let tree = tree(&["b.d.e", "a", "b.c", "b", "b.d", "bb", "ab"]);
        let at = |path: &str| tree.place(&path.split('.').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(tree.below(ROOT), 1..tree.len());
        assert_eq!(tree.len(), 8, "the root and seven declared paths");
        let below: Vec<_> = tree.below(at("b")).map(|place| tree.path(place).join(".")).collect();
        assert_eq!(below, ["b.c", "b.d", "b.d.e"]);
        assert_eq!(tree.below(at("a")).len(), 0);
        assert_eq!(tree.ancestors(at("b.d.e")).collect::<Vec<_>>(), [at("b.d"), at("b"), ROOT]);
    }

    #[test]
    fn a_child_is_found_by_its_whole_name_under_its_own_parent() {
        let tree = tree(&["b.d.e", "a", "b.c", "bb"]);
        let b = tree.child(ROOT, "b").unwrap();
        assert_eq!(tree.path(tree.child(b, "c").unwrap()).join("."), "b.c");
        for (place, name) in [(ROOT, "c"), (b, "a"), (b, "e"), (ROOT, ""), (ROOT, "b.c"), (ROOT, "bbb")] {
            assert_eq!(tree.child(place, name), None, "{name}");
        }
    }

    #[test]
    fn names_that_share_their_beginning_or_end_are_told_apart() {
        let names = [
            "",
            "\0",
            "a",
            "a\0",
            "aa",
            "aaa",
            "aaaa",
            "aaaaa",
            "abcdabc",
            "abcdabcd",
            "aaaaaaaa",
            "aaaaaaaab",
            "aaaaaaaac",
            "aaaaaaaa\0",
            "post_id",
            "user_id",
            "timestamp",
        ];
        let tree = PathTree::new(names.iter().map(|name| vec![(*name).to_owned()]));
        for name in names {
            assert_eq!(tree.path(tree.child(ROOT, name).unwrap()), [name]);
        }
        for name in ["b", "aab", "aaaaaa", "abcdbbcd", "aaaaaaaad", "aaaaaaaa\0\0", "timestamq"] {
            assert_eq!(tree.child(ROOT, name), None, "{name}");
        }
    }
}
