//! `foldline append`: appends the lines of a file to the log.

mod chunk;

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use indicatif::ProgressBar;

use super::client::{Client, Request};
use super::output::Output;
use super::progress;
use super::stop::Outcome;
use chunk::{Chunk, Chunks, Lines};
use foldline_api::Appended;
use foldline_base::error::{Error, ErrorKind, Result};

/// How long to retry the rest of a chunk after the log took a part.
const AGAIN_FOR: Duration = Duration::from_secs(30);

/// Pause between two retries: temporary problems of a log take about this long to pass.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// Append records, in the order of the file
///
/// With TOPIC, the bytes of each line are a value, unparsed. Without it, each line is a record as `tail` prints it:
/// {"topic":"likes","key":"p1","value":{…}}, or a punctuation. Prints how many records were appended, and the token with
/// which reads see them all. If the log takes only a part, the rest is sent again; if that fails, too, the error names the
/// lines that were not appended.
#[derive(Debug, clap::Args)]
#[command(override_usage = "foldline append [OPTIONS] [TOPIC] <FILE>")]
pub(super) struct Append {
    /// The topic of all lines; if omitted, each line names its own
    // Not an optional argument before a required one, which clap ignores as soon as an option follows it.
    #[arg(value_name = "TOPIC")]
    first: PathBuf,
    /// The file to append; `-` for stdin
    #[arg(value_name = "FILE")]
    second: Option<PathBuf>,
    /// Take each record's key from this top-level field of its line, a text or a number; requires TOPIC
    #[arg(long, value_name = "FIELD", requires = "second")]
    key: Option<String>,
}

impl Append {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let (topic, file) = self.target()?;
        let is_stdin = file.as_os_str() == "-";
        let (name, source, bytes): (_, Box<dyn Read + Send>, _) = if is_stdin {
            ("stdin".to_owned(), Box::new(std::io::stdin()), None)
        } else {
            let name = format!("`{}`", file.display());
            let unreadable = |error| Error::new(ErrorKind::Usage, format!("cannot read {name}: {error}"));
            let file = File::open(&file).map_err(unreadable)?;
            // Pipes and devices have no length, so there is no progress to show.
            let bytes =
                file.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
            (name, Box::new(file), bytes)
        };
        let lines = match (topic, self.key) {
            (None, _) => Lines::Records,
            (Some(topic), None) => Lines::Values { topic },
            (Some(topic), Some(field)) => Lines::KeyedValues { topic, field },
        };
        // Someone who types, or pipes in the output of a slow program, wants to see records arrive before the end of the input.
        let eager = is_stdin || bytes.is_none();
        let chunks = Chunks::new(BufReader::with_capacity(256 << 10, source), name.clone(), lines, eager);
        let bar = progress::bytes(bytes).with_message("appending");
        if is_stdin && std::io::stdin().is_terminal() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let appended = append(client, &name, chunks, &bar);
        bar.finish_and_clear();
        let Appended { appended, punctuations, token } = appended?;
        match punctuations {
            0 => out.line(format_args!("appended {appended} records"))?,
            _ => out.line(format_args!("appended {appended} records and {punctuations} punctuations"))?,
        }
        out.line(format_args!("token {token}"))
    }
}

impl Append {
    /// Returns the topic, if one is given, and the file.
    pub(super) fn target(&self) -> Result<(Option<String>, PathBuf)> {
        let Some(file) = &self.second else { return Ok((None, self.first.clone())) };
        let topic = self.first.to_str().ok_or_else(|| {
            let message = format!("`{}` is not a topic name: it is not UTF-8", self.first.display());
            Error::new(ErrorKind::Usage, message)
        })?;
        Ok((Some(topic.to_owned()), file.clone()))
    }
}

/// Sends one chunk after another, and reads the next one meanwhile. Only one is in flight, because their order is the log's
/// order.
fn append(client: &Client, name: &str, chunks: Chunks, bar: &ProgressBar) -> Result<Appended> {
    let (sender, receiver) = sync_channel(1);
    let reader = std::thread::spawn(move || read(chunks, &sender));
    let mut sum = Appended { token: Position::default(), appended: 0, punctuations: 0 };
    // On an error, the reading thread is abandoned: it may wait for stdin forever, and the process is about to end.
    send(client, &receiver, &mut sum, bar).map_err(|error| {
        let before = sum.appended;
        let told = format!("{} ({before} records were appended before it)", error.message());
        let told = Error::new(error.kind(), told).context(name);
        match error.hint() {
            Some(hint) => told.with_hint(hint),
            None => told,
        }
    })?;
    if let Err(panic) = reader.join() {
        std::panic::resume_unwind(panic);
    }
    Ok(sum)
}

fn read(chunks: Chunks, sender: &SyncSender<Result<Chunk>>) {
    for chunk in chunks {
        let is_last = chunk.is_err();
        // The channel is closed: the sender gave up, and reports why.
        if sender.send(chunk).is_err() || is_last {
            return;
        }
    }
}

fn send(
    client: &Client,
    chunks: &Receiver<Result<Chunk>>,
    sum: &mut Appended,
    bar: &ProgressBar,
) -> Result<()> {
    for chunk in chunks {
        let (mut chunk, deadline) = (chunk?, Instant::now() + AGAIN_FOR);
        loop {
            let path = ["topics", &chunk.topic, "records"];
            match client.post::<Appended>(Request::to(&path), chunk.content_type, &chunk.body) {
                Ok(answer) => {
                    sum.appended += answer.appended;
                    sum.punctuations += answer.punctuations;
                    sum.token.raise_to(&answer.token);
                    bar.inc(chunk.source_bytes);
                    break;
                }
                Err(error) => {
                    let may_pass = error.kind() == ErrorKind::Unavailable && Instant::now() < deadline;
                    let left = if may_pass { chunk.left(&error) } else { None };
                    let (Some(left), Some(partly)) = (left, error.partly()) else {
                        return Err(chunk.refused(error));
                    };
                    // Records in the log must not be appended again; the others may be.
                    sum.appended += partly.written;
                    sum.token.raise_to(&partly.token);
                    chunk = left;
                    std::thread::sleep(AGAIN_AFTER);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, Seen, printed, problem};
    use crate::stop::Stop;

    fn host() -> FakeHost {
        FakeHost::start(|request: &Seen| {
            let topic = request.line.split('/').nth(2).unwrap().to_owned();
            let appended = request.body.lines().count() as u64;
            let mut token = Position::default();
            token.set(&topic, 0, appended);
            (200, serde_json::to_string(&Appended { token, appended, punctuations: 0 }).unwrap())
        })
    }

    fn appending(topic: Option<&str>, file: &std::path::Path, key: Option<&str>) -> Append {
        let key = key.map(str::to_owned);
        match topic {
            Some(topic) => Append { first: topic.into(), second: Some(file.into()), key },
            None => Append { first: file.into(), second: None, key },
        }
    }

    fn append_text(host: &FakeHost, topic: Option<&str>, key: Option<&str>, text: &str) -> (Outcome, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let append = appending(topic, file.path(), key);
        printed(|out| append.run(&host.client(), out))
    }

    fn failure(outcome: Outcome) -> Error {
        match outcome {
            Err(Stop::Failed(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn with_a_topic_each_lines_bytes_are_sent_unparsed() {
        let host = host();
        let (outcome, printed) = append_text(&host, Some("likes"), None, "{\"a\": 1}\n\nnot json");
        outcome.unwrap();
        assert_eq!(printed, "appended 3 records\ntoken likes:0:3\n");
        let [request] = &host.requests()[..] else { panic!("one request") };
        assert_eq!(request.line, "POST /topics/likes/records");
        assert_eq!(request.content_type.as_deref(), Some("application/octet-stream"));
        assert_eq!(request.body, "{\"a\": 1}\n\nnot json\n");
    }

    #[test]
    fn the_byte_order_mark_of_a_file_is_no_part_of_its_first_record() {
        let (host, text) = (host(), "\u{feff}{\"topic\":\"likes\",\"value\":1}\n");
        append_text(&host, None, None, text).0.unwrap();
        append_text(&host, Some("likes"), None, "\u{feff}{\"a\":1}\n").0.unwrap();
        let bodies: Vec<_> = host.requests().into_iter().map(|request| request.body).collect();
        assert_eq!(bodies, ["{\"topic\":\"likes\",\"value\":1}\n", "{\"a\":1}\n"]);
        // Concatenated files each have their own byte order mark.
        let error = failure(
            append_text(&host, None, None, &format!("{{\"topic\":\"likes\",\"value\":1}}\n{text}")).0,
        );
        assert!(
            error.to_string().contains("line 2") && error.to_string().contains("byte order mark (EF BB BF)"),
            "{error}"
        );
    }

    #[test]
    fn the_key_comes_from_a_field_and_the_value_keeps_its_bytes() {
        let host = host();
        let text = "{\"id\": \"p\\\"1\", \"n\":1}\n{\"n\":2,\"id\":7 }\n {\"id\":\"p2\"}\n";
        append_text(&host, Some("likes"), Some("id"), text).0.unwrap();
        let [request] = &host.requests()[..] else { panic!("one request") };
        assert_eq!(request.content_type.as_deref(), Some("application/x-ndjson"));
        let records: Vec<_> =
            request.body.lines().map(|line| foldline_log::json::parse(line.as_bytes()).unwrap()).collect();
        let keys: Vec<_> = records.iter().map(|line| line.record.key.clone().unwrap()).collect();
        assert_eq!(keys, [b"p\"1".to_vec(), b"7".to_vec(), b"p2".to_vec()]);
        let values: Vec<_> = records.iter().map(|line| line.record.value.clone().unwrap()).collect();
        let lines: Vec<_> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
        assert_eq!(values, lines);
    }

    #[test]
    fn records_go_to_the_topics_that_they_name() {
        let host = host();
        let text =
            "{\"topic\":\"a\",\"value\":1}\n{\"topic\":\"b\",\"value\":2}\n\n{\"topic\":\"a\",\"value\":3}\n";
        let (outcome, printed) = append_text(&host, None, None, text);
        outcome.unwrap();
        assert_eq!(printed, "appended 3 records\ntoken a:0:2,b:0:1\n");
        let bodies: Vec<_> =
            host.requests().into_iter().map(|request| (request.line, request.body)).collect();
        assert_eq!(
            bodies,
            [
                (
                    "POST /topics/a/records".to_owned(),
                    "{\"topic\":\"a\",\"value\":1}\n{\"topic\":\"a\",\"value\":3}\n".to_owned()
                ),
                ("POST /topics/b/records".to_owned(), "{\"topic\":\"b\",\"value\":2}\n".to_owned()),
            ]
        );
    }

    #[test]
    fn a_bad_line_ends_it_with_its_number_after_the_lines_before_it() {
        for (topic, key, good, bad, message) in [
            (None, None, "{\"topic\":\"a\",\"value\":1}", "{", "line 2 is not a record"),
            (
                None,
                None,
                "{\"topic\":\"a\",\"value\":1}",
                "{\"value\":1}",
                "line 2 is not a record: it names no topic",
            ),
            (Some("a"), Some("id"), "{\"id\":1}", "{\"ib\":1}", "line 2 has no field `id`"),
            (
                Some("a"),
                Some("id"),
                "{\"id\":1}",
                "{\"id\":[1]}",
                "line 2: field `id` is `[1]`, not a text or a number",
            ),
            (Some("a"), Some("id"), "{\"id\":1}", "nope", "line 2 is not a JSON object"),
        ] {
            let host = host();
            let (outcome, printed) = append_text(&host, topic, key, &format!("{good}\n{bad}\n{good}\n"));
            let error = failure(outcome);
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(error.message().contains(message), "{error}");
            assert!(error.message().contains("(1 records were appended before it)"), "{error}");
            assert_eq!((host.requests().len(), printed.as_str()), (1, ""));
        }
    }

    #[test]
    fn large_input_is_cut_between_lines_and_keeps_its_order() {
        let host = host();
        let lines: Vec<String> = (0..12).map(|line| format!("{line:02}{}", "x".repeat(1 << 20))).collect();
        let (outcome, _) = append_text(&host, Some("likes"), None, &lines.join("\n"));
        outcome.unwrap();
        let requests = host.requests();
        assert!(requests.iter().all(|request| request.body.len() <= 4 << 20), "a chunk is too large");
        let sent: Vec<String> =
            requests.iter().flat_map(|request| request.body.lines()).map(str::to_owned).collect();
        assert_eq!(sent, lines);
    }

    #[test]
    fn a_refusal_names_the_lines_that_were_refused() {
        let host = FakeHost::start(|_| problem(413, "line 2: it is too long", Some("raise the limit")));
        let text = "{\"topic\":\"a\",\"value\":1}\n\n{\"topic\":\"a\",\"value\":2}\n";
        let error = failure(append_text(&host, None, None, text).0);
        assert!(error.message().contains("line 3: it is too long"), "{error}");
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Data, Some("raise the limit")));

        let host = FakeHost::start(|_| problem(503, "the disk is full", None));
        let error = failure(append_text(&host, Some("a"), None, "1\n2\n").0);
        assert!(error.message().contains("lines 1 to 2: the disk is full"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn an_empty_file_appends_nothing() {
        let host = host();
        assert_eq!(append_text(&host, Some("likes"), None, "").1, "appended 0 records\ntoken -\n");
        assert!(host.requests().is_empty());
    }

    /// Returns an answer that says which lines are in the log.
    fn partly(appended: u64, missing: &[[u64; 2]], unknown: &[[u64; 2]]) -> (u16, String) {
        let (_, body) = problem(500, "the broker is away", None);
        let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["partly"] = serde_json::json!({
            "appended": appended, "token": "likes:0:1", "missing": missing, "unknown": unknown,
        });
        (500, body.to_string())
    }

    #[test]
    fn of_lines_that_a_log_took_in_part_only_the_others_are_sent_again() {
        let answers = std::sync::atomic::AtomicUsize::new(0);
        let host =
            FakeHost::start(move |_| match answers.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => partly(2, &[[2, 2], [4, 5]], &[]),
                1 => partly(1, &[[1, 2]], &[]),
                _ => (200, r#"{"token":"likes:1:9","appended":2}"#.to_owned()),
            });
        let (outcome, printed) = append_text(&host, Some("likes"), None, "1\n2\n3\n4\n5\n");
        outcome.unwrap();
        assert_eq!(printed, "appended 5 records\ntoken likes:0:1,likes:1:9\n");
        let bodies: Vec<_> = host.requests().into_iter().map(|request| request.body).collect();
        assert_eq!(bodies, ["1\n2\n3\n4\n5\n", "2\n4\n5\n", "2\n4\n"]);
    }

    #[test]
    fn lines_that_may_be_in_the_log_are_named_and_not_sent_again() {
        let host = FakeHost::start(|_| partly(1, &[[2, 2]], &[[3, 4]]));
        let error = failure(append_text(&host, Some("likes"), None, "1\n2\n3\n4\n").0);
        let said = "lines 1 to 4: the broker is away; partly appended: 1; not in the log: line 2; perhaps in it: \
                    lines 3 to 4";
        assert!(error.message().contains(said), "{error}");
        assert!(error.hint().unwrap().contains("foldline tail"));
        assert_eq!(host.requests().len(), 1);

        // A host that failed without saying which lines are in the log.
        let host = FakeHost::start(|_| problem(500, "the request made the host panic", None));
        let error = failure(append_text(&host, Some("likes"), None, "1\n2\n").0);
        assert!(error.message().contains("perhaps in it: lines 1 to 2"), "{error}");
        // An unreachable host appended nothing.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let nobody = Client::new(crate::address::Address::Url(format!("http://{address}")), None).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1\n").unwrap();
        let append = appending(Some("likes"), file.path(), None);
        let error = failure(printed(|out| append.run(&nobody, out)).0);
        assert!(!error.message().contains("perhaps"), "{error}");
    }
}
