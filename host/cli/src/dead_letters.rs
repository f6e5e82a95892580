//! `foldline dead-letters`: records that could not be folded.

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::DeadLetterPage;

/// Number of dead letters per request.
const PAGE_LETTERS: u64 = 100;

/// List records that could not be folded, with the reason and their contents, as JSON lines
#[derive(Debug, clap::Args)]
pub(super) struct DeadLetters {
    /// List only this projection's
    name: Option<String>,
}

impl DeadLetters {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let mut cursor: Option<String> = None;
        loop {
            let request = Request::to(&["dead-letters"])
                .query_some("projection", self.name.as_deref())
                .query("limit", PAGE_LETTERS)
                .query("records", true)
                .query_some("cursor", cursor.as_deref());
            let page: DeadLetterPage = client.get(request)?;
            for letter in &page.dead_letters {
                out.json(letter)?;
            }
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, Seen, printed};

    #[test]
    fn every_page_is_printed_as_json_lines() {
        let host = FakeHost::start(|request: &Seen| {
            let offset = if request.line.contains("cursor=c1") { 8 } else { 7 };
            let cursor = if offset == 7 { "\"c1\"" } else { "null" };
            let letter = format!(
                r#"{{"projection":"p","topic":"likes","partition":0,"offset":{offset},"reason":"missing field"}}"#
            );
            (200, format!(r#"{{"dead_letters":[{letter}],"cursor":{cursor}}}"#))
        });
        let letters = DeadLetters { name: Some("p".to_owned()) };
        let (outcome, printed) = printed(|out| letters.run(&host.client(), out));
        outcome.unwrap();
        let offsets: Vec<_> = printed
            .lines()
            .map(|line| serde_json::from_str::<foldline_api::DeadLetter>(line).unwrap().offset)
            .collect();
        assert_eq!(offsets, [7, 8]);
        assert_eq!(host.requests()[0].line, "GET /dead-letters?projection=p&limit=100&records=true");
    }
}
