//! The cursor of a page of dead letters: where the page ended, as a text that the next request passes back.

use foldline_api::DeadLetter;
use foldline_base::error::{Error, ErrorKind, Result};

/// Where a page of dead letters ended.
pub(super) struct DeadLetterCursor {
    pub(super) projection: String,
    pub(super) topic: String,
    pub(super) partition: u32,
    pub(super) offset: u64,
}

pub(super) fn print_cursor(letter: &DeadLetter) -> String {
    format!("{}:{}:{}:{}", letter.projection, letter.topic, letter.partition, letter.offset)
}

pub(super) fn parse_cursor(text: &str) -> Result<DeadLetterCursor> {
    // Names of projections and topics contain no colon.
    let parse = || {
        let [projection, topic, partition, offset] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
        Some(DeadLetterCursor {
            projection: projection.to_owned(),
            topic: topic.to_owned(),
            partition: partition.parse().ok()?,
            offset: offset.parse().ok()?,
        })
    };
    parse().ok_or_else(|| {
        Error::new(ErrorKind::Data, format!("invalid cursor `{text}`"))
            .with_hint("pass the `cursor` of the previous page, unchanged")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went_out() {
        let letter = DeadLetter {
            record: None,
            projection: "like-count".into(),
            topic: "prod.likes".into(),
            partition: 3,
            offset: 9,
            reason: "why".into(),
        };
        let cursor = parse_cursor(&print_cursor(&letter)).unwrap();
        assert_eq!((cursor.projection, cursor.topic), (letter.projection, letter.topic));
        assert_eq!((cursor.partition, cursor.offset), (3, 9));
        for text in ["", "a:b:c", "a:b:c:d", "a:b:1:2:3"] {
            assert!(parse_cursor(text).is_err(), "{text}");
        }
    }
}
