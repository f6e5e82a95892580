//! The problems of a file, all collected at once, each with its line and column.

use std::cell::RefCell;
use std::ops::Range;

use foldline_base::error::{Error, ErrorKind};

/// Collects problems of one text.
pub(super) struct Problems<'t> {
    file: &'t str,
    text: &'t str,
    found: RefCell<Vec<Problem>>,
}

struct Problem {
    /// The byte range in the text; `None` for something that the file does not contain.
    span: Option<Range<usize>>,
    message: String,
}

impl<'t> Problems<'t> {
    /// Returns an empty collection for a text that was read from `file`.
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: RefCell::default() }
    }

    /// Notes a problem.
    pub(super) fn add(&self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.found.borrow_mut().push(Problem { span, message: message.into() });
    }

    /// Returns a place in the text for messages: file, line and column.
    pub(super) fn place(&self, byte: usize) -> String {
        let (line, column) = line_and_column(self.text, byte);
        format!("{}:{line}:{column}", self.file)
    }

    /// Returns all problems as one error, in the order of the text; `None` when there are none.
    pub(super) fn into_error(self) -> Option<Error> {
        let mut found = self.found.take();
        // By place, so that the list reads like the file; the sort is stable.
        found.sort_by_key(|problem| problem.span.as_ref().map_or(usize::MAX, |span| span.start));
        let lines: Vec<String> = found
            .iter()
            .map(|problem| match &problem.span {
                None => problem.message.clone(),
                Some(span) => format!("{}: {}", self.place(span.start), problem.message),
            })
            .collect();
        let message = match lines.as_slice() {
            [] => return None,
            [only] => only.clone(),
            many => format!("{} problems in the configuration\n  {}", many.len(), many.join("\n  ")),
        };
        Some(Error::new(ErrorKind::Config, message).with_hint("docs/configuration.md explains every key"))
    }
}

/// Returns the line and the column (in characters) of a byte, both counted from 1, as editors do.
fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(byte)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a = 1\n# ähm\nö = 2\n";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, text.find("m").unwrap()), (2, 5));
        assert_eq!(line_and_column(text, text.find("2").unwrap()), (3, 5));
        assert_eq!(line_and_column(text, text.len()), (4, 1));
    }
}
