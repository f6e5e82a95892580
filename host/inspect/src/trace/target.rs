//! The row that is traced, parsed from a document's id.

use foldline_core::description::{Description, Keep, TableSpec, Window};
use foldline_core::key::KeyColumns;
use foldline_core::table::hash_key;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::foreign::foreign;
use foldline_base::seed::hash_seed;

/// The row that is traced, and which of its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceTarget {
    /// The key as canonical bytes.
    key: Vec<u8>,
    hash: u64,
    /// One window's document, for tables that keep a document per window.
    document: Option<TargetWindow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TargetWindow {
    id: String,
    start_ms: i64,
    /// `None` for sessions, whose end depends on their events.
    size_ms: Option<u64>,
}

impl TraceTarget {
    /// Returns the row whose document has this id. Where every window has a document, `KEY@START_MS` selects one window and `KEY`
    /// all of them.
    ///
    /// # Errors
    /// `NotFound` when the text is no key of the projected table.
    pub fn new(id: &str, description: &Description) -> Result<Self> {
        let index =
            description.projected_table().expect("validation accepts only modules that project a table");
        let spec = &description.tables[index];
        if let Some((key, document)) = of_window(id, spec) {
            return Ok(Self { hash: hash_key(&key, hash_seed()), key, document: Some(document) });
        }
        let key = spec.key.of_text(id).ok_or_else(|| {
            let message = format!("`{}` is not a key of table `{}`", foreign(id), spec.name);
            Error::new(ErrorKind::NotFound, message)
                .with_hint(format!("its keys are of type {}; a key is the id of a document", spec.key))
        })?;
        Ok(Self { hash: hash_key(&key, hash_seed()), key, document: None })
    }

    /// Returns whether the key of a contribution, with this hash, is the target's key.
    #[inline]
    pub(super) fn is(&self, hash: u64, keys: &KeyColumns, row: usize) -> bool {
        hash == self.hash && keys.canonical_bytes(row) == self.key
    }

    /// Returns the row's canonical key.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Returns whether an event of this time can affect the target.
    pub(super) fn has_event(&self, time_ms: i64) -> bool {
        self.document.as_ref().is_none_or(|document| {
            let end_ms = document.size_ms.map(|size_ms| document.start_ms.saturating_add_unsigned(size_ms));
            document.start_ms <= time_ms && end_ms.is_none_or(|end_ms| time_ms < end_ms)
        })
    }

    /// Returns whether the target is a single window.
    pub(super) fn is_one_window(&self) -> bool {
        self.document.is_some()
    }

    /// Returns whether the target includes a document.
    pub(super) fn has_document(&self, id: &str) -> bool {
        self.document.as_ref().is_none_or(|document| document.id == id)
    }
}

fn of_window(id: &str, spec: &TableSpec) -> Option<(Vec<u8>, TargetWindow)> {
    if spec.keep == Keep::Latest || spec.window == Window::Unbounded {
        return None;
    }
    // The key itself may contain an `@`.
    let (key, start) = id.rsplit_once('@')?;
    let start_ms: i64 = start.parse().ok().filter(|start_ms: &i64| start_ms.to_string() == start)?;
    let size_ms = match spec.window {
        Window::Tumbling(size_ms) | Window::Sliding { size_ms, .. } => Some(size_ms),
        Window::Session(_) | Window::Unbounded => None,
    };
    Some((spec.key.of_text(key)?, TargetWindow { id: id.to_owned(), start_ms, size_ms }))
}

#[cfg(test)]
mod tests {
    use foldline_core::description::{Projection, ValueType};

    use super::*;

    fn target(id: &str, window: Window, keep: Keep, key: ValueType) -> Result<TraceTarget> {
        let table = TableSpec { window, keep, ..TableSpec::new("hours", key, Vec::new()) };
        let description = Description {
            name: "x".into(),
            version: "0.1.0".into(),
            sdk: String::new(),
            inputs: Vec::new(),
            tables: vec![table],
            projections: vec![Projection {
                name: "x".into(),
                table: 0,
                references: Vec::new(),
                document: Vec::new(),
            }],
            relay_topics: Vec::new(),
        };
        TraceTarget::new(id, &description)
    }

    #[test]
    fn the_id_of_a_closed_window_is_its_rows_key_and_its_start() {
        let hour = Window::Tumbling(3_600_000);
        let one = target("a@b@3600000", hour, Keep::Every(1), ValueType::Text).unwrap();
        assert_eq!(one.key, b"a@b");
        assert!(one.has_document("a@b@3600000") && !one.has_document("a@b@0"));
        let inside = [3_599_999, 3_600_000, 7_199_999, 7_200_000].map(|time_ms| one.has_event(time_ms));
        assert_eq!(inside, [false, true, true, false]);
        let all = target("a@b", hour, Keep::Every(1), ValueType::Text).unwrap();
        assert_eq!(all.key, b"a@b");
        assert!(all.has_document("a@b@3600000") && all.has_document("a@b@0") && all.has_event(0));
        // With one document per key, the id is the key alone.
        assert_eq!(target("a@5", hour, Keep::Latest, ValueType::Text).unwrap().key, b"a@5");
    }

    #[test]
    fn a_text_that_is_no_key_of_the_table_is_said_so() {
        let error = target("p1", Window::Unbounded, Keep::Latest, ValueType::Int).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::NotFound, "`p1` is not a key of table `hours`")
        );
    }
}
