//! One execution of `write.lua` as bytes on the wire, with bounded size.

use super::script::WRITE;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::foreign::foreign;
use foldline_sink::DocumentChange;

/// A script with this many rows keeps a server busy for a few milliseconds.
const ROWS_MAX: usize = 512;
/// 256 KiB: larger requests are no faster, and other clients wait longer. A single row may be larger.
const BYTES_MAX: usize = 256 << 10;

/// The writer and the flush, which a script checks before it writes.
pub(super) struct Head<'a> {
    pub(super) control: &'a str,
    pub(super) prefix: &'a str,
    pub(super) owner: &'a str,
    pub(super) term: &'a str,
    pub(super) link: &'a str,
    /// The number of the previous script.
    pub(super) follows: &'a str,
    pub(super) step: &'a str,
    /// Another flush that may have been the last one; empty if only this one may.
    pub(super) before: &'a str,
    pub(super) seq: &'a str,
    /// The intent, or empty.
    pub(super) hi: &'a str,
    /// The position shown after this script, or empty.
    pub(super) lo: &'a str,
}

/// The rows of one script.
#[derive(Default)]
pub(super) struct Rows {
    count: usize,
    arguments: usize,
    bytes: Vec<u8>,
}

impl Rows {
    /// Returns whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns whether the next row must go into another script.
    pub(super) fn is_full(&self) -> bool {
        self.count >= ROWS_MAX || self.bytes.len() >= BYTES_MAX
    }

    /// Adds a row.
    ///
    /// # Errors
    /// `Internal` for a score that is not a number.
    pub(super) fn add(&mut self, change: &DocumentChange) -> Result<()> {
        if let Some(bad) = change.memberships.iter().find(|membership| !membership.score.is_finite()) {
            let message = format!(
                "row `{}` has score {} in set `{}`",
                foreign(&change.id),
                bad.score,
                foreign(&bad.set)
            );
            return Err(Error::new(ErrorKind::Internal, message));
        }
        self.put(&change.id);
        self.put(change.body.as_deref().unwrap_or_default());
        self.put(&change.memberships.len().to_string());
        for membership in &change.memberships {
            self.put(&membership.set);
            self.put(&membership.member);
            // The shortest text that parses as the same number: `1e300` instead of 301 digits.
            self.put(&format!("{:?}", membership.score));
        }
        self.count += 1;
        Ok(())
    }

    /// Returns the request that writes the rows, and clears them.
    pub(super) fn take_request(&mut self, head: &Head<'_>) -> Vec<u8> {
        let head = [
            "EVALSHA",
            WRITE.hash(),
            "1",
            head.control,
            head.prefix,
            head.owner,
            head.term,
            head.link,
            head.follows,
            head.step,
            head.before,
            head.seq,
            head.hi,
            head.lo,
        ];
        let mut request = format!("*{}\r\n", head.len() + self.arguments).into_bytes();
        for text in head {
            put(&mut request, text);
        }
        request.append(&mut self.bytes);
        (self.count, self.arguments) = (0, 0);
        request
    }

    fn put(&mut self, text: &str) {
        put(&mut self.bytes, text);
        self.arguments += 1;
    }
}

/// Adds an argument in Redis' format, with its length first.
fn put(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(format!("${}\r\n", text.len()).as_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_sink::Membership;

    fn change(id: &str, memberships: Vec<Membership>) -> DocumentChange {
        DocumentChange { id: id.to_owned(), body: Some("{}".to_owned()), memberships }
    }

    #[test]
    fn rows_are_full_at_their_bounds_and_empty_again_once_taken() {
        let head = Head {
            control: "c",
            prefix: "p",
            owner: "o",
            term: "1",
            link: "1",
            follows: "0",
            step: "1",
            before: "",
            seq: "0",
            hi: "",
            lo: "",
        };
        let mut rows = Rows::default();
        for _ in 0..ROWS_MAX {
            assert!(!rows.is_full());
            rows.add(&change("a", Vec::new())).unwrap();
        }
        assert!(rows.is_full());
        let request = rows.take_request(&head);
        assert!(
            request.starts_with(format!("*{}\r\n$7\r\nEVALSHA\r\n$40\r\n", 14 + 3 * ROWS_MAX).as_bytes())
        );
        assert!(rows.is_empty() && !rows.is_full());
        rows.add(&change(&"x".repeat(BYTES_MAX), Vec::new())).unwrap();
        assert!(rows.is_full());
    }

    #[test]
    fn a_score_that_is_no_number_is_refused() {
        let membership = Membership { set: "s".to_owned(), member: "m".to_owned(), score: f64::NAN };
        let error = Rows::default().add(&change("a", vec![membership])).unwrap_err();
        assert_eq!(error.message(), "row `a` has score NaN in set `s`");
    }
}
