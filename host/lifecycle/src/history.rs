//! Checks that the log still holds everything that a replay reads, and rejects a module otherwise: part of a log gives other
//! documents than the whole log.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use foldline_core::description::Input;

use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::panics;
use foldline_config::Config;
use foldline_log::Log;
use foldline_log::history::{History, histories};
use foldline_module::Digest;

/// How long the supervisor waits for an answer that may come quickly.
const PATIENCE: Duration = Duration::from_millis(500);

/// Asks the log what it holds of these inputs.
///
/// # Errors
/// `Unavailable` with [`Code::LogUnavailable`] when the log does not answer.
pub fn ask(log: &dyn Log, inputs: &[Input]) -> Result<Vec<History>> {
    histories(log, inputs).map_err(|error| match error.kind() {
        ErrorKind::Unavailable => error.with_code(Code::LogUnavailable),
        _ => error,
    })
}

/// Refuses to replay an incomplete history. `live` is the version that is served meanwhile.
///
/// # Errors
/// `Refused`, with the topic, the partition, what is left of it, and what to do.
pub fn require_whole(histories: &[History], config: &Config, live: Option<&str>) -> Result<()> {
    for history in histories {
        let topic = &history.topic;
        let name = config.name_in_log(topic);
        let known_as = if name == topic { String::new() } else { format!(" (`{name}` in the log)") };
        let Some(message) = history.missing(&known_as) else { continue };
        let restore = match history.lost() {
            Some(_) => "restore the topic's beginning and copy the module in again",
            None => "declare the input a changelog if the last record of each key is all that it needs",
        };
        let keep =
            live.map_or_else(String::new, |live| format!(", or keep {live}, which continues unchanged"));
        let hint =
            format!("{restore}, or read a topic that keeps everything (`name` under [topics.{topic}]){keep}");
        return Err(Error::new(ErrorKind::Refused, message).with_hint(hint).with_code(Code::HistoryMissing));
    }
    Ok(())
}

/// Asks the log on a thread of its own: an unreachable log answers after many seconds, and a rollback must not wait for it.
#[derive(Default)]
pub(super) struct HistoryLookup {
    asked: Option<(Digest, Receiver<Result<Vec<History>>>)>,
}

impl HistoryLookup {
    /// Returns what the log holds of a module's inputs.
    ///
    /// # Errors
    /// As [`ask`]. Also `Unavailable` with [`Code::LogUnavailable`] while there is no answer yet: ask again later.
    pub(super) fn ask(
        &mut self,
        digest: Digest,
        log: &Arc<dyn Log>,
        inputs: &[Input],
    ) -> Result<Vec<History>> {
        let late = || {
            Error::new(ErrorKind::Unavailable, "what the log holds is not known yet")
                .with_code(Code::LogUnavailable)
        };
        if let Some((of, answer)) = &self.asked {
            let outcome = answer.try_recv();
            let same = *of == digest;
            match outcome {
                // One question at a time, so that an unreachable log blocks only one thread.
                Err(TryRecvError::Empty) => return Err(late()),
                Ok(answer) if same => {
                    self.asked = None;
                    return answer;
                }
                // No thread is working on it any more.
                Ok(_) | Err(TryRecvError::Disconnected) => self.asked = None,
            }
        }
        let (tell, answer) = sync_channel(1);
        let (log, inputs) = (Arc::clone(log), inputs.to_vec());
        // The requesting thread may have stopped waiting.
        let question = move || drop(tell.send(panics::contain(|| ask(log.as_ref(), &inputs))));
        let thread = std::thread::Builder::new().name("history".to_owned()).spawn(question);
        thread.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot start a thread that asks the log: {error}"))
        })?;
        answer.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            self.asked = Some((digest, answer));
            Err(late())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::Sender;

    use foldline_core::position::Position;

    use super::*;
    use foldline_log::{LogReader, NewRecord, Start};

    /// Answers for the topic `likes` once the test lets it.
    struct HalfLog {
        starts: Vec<u64>,
        compacted: bool,
        let_go: Option<Mutex<Receiver<()>>>,
    }

    impl HalfLog {
        fn that_starts_at(starts: &[u64]) -> Self {
            Self { starts: starts.to_vec(), compacted: false, let_go: None }
        }

        fn slow() -> (Arc<dyn Log>, Sender<()>) {
            let (lets_go, let_go) = std::sync::mpsc::channel();
            (
                Arc::new(Self { starts: vec![0, 0], compacted: false, let_go: Some(Mutex::new(let_go)) }),
                lets_go,
            )
        }
    }

    impl Log for HalfLog {
        fn topics(&self) -> Result<Vec<String>> {
            Ok(vec!["likes".into()])
        }
        fn partitions(&self, topic: &str) -> Result<Option<u32>> {
            Ok((topic == "likes").then_some(self.starts.len() as u32))
        }
        fn ensure_topic(&self, _: &str) -> Result<bool> {
            panic!("looking changes nothing")
        }
        fn starts(&self, _: &str) -> Result<Vec<u64>> {
            if let Some(let_go) = &self.let_go {
                let_go.lock().unwrap().recv().map_err(|_| Error::new(ErrorKind::Unavailable, "away"))?;
            }
            Ok(self.starts.clone())
        }
        fn ends(&self, _: &str) -> Result<Vec<u64>> {
            Ok(self.starts.iter().map(|start| start + 10).collect())
        }
        fn is_compacted(&self, _: &str) -> Result<bool> {
            Ok(self.compacted)
        }
        fn append(&self, _: &str, _: Vec<NewRecord>) -> Result<Position> {
            panic!("no test appends or reads here")
        }
        fn reader(&self, _: &[Start]) -> Result<Box<dyn LogReader>> {
            panic!("no test appends or reads here")
        }
    }

    fn reads(topic: &str) -> Vec<Input> {
        let topic = topic.to_owned();
        vec![Input { topic, ..Input::default() }]
    }

    fn config() -> Config {
        let mut config = Config::default();
        let renamed =
            foldline_config::TopicConfig { name: Some("prod.likes".into()), ..config.topic_defaults.clone() };
        config.topics.insert("likes".into(), renamed);
        config
    }

    #[test]
    fn a_topic_without_its_beginning_is_rejected_with_what_is_left_and_the_options() {
        let asked = |log: HalfLog, topic: &str| ask(&log, &reads(topic)).unwrap();
        require_whole(&asked(HalfLog::that_starts_at(&[0, 0]), "likes"), &config(), None).unwrap();
        require_whole(&asked(HalfLog::that_starts_at(&[3]), "posts"), &config(), None).unwrap();
        let half = asked(HalfLog::that_starts_at(&[0, 0, 6]), "likes");
        assert_eq!(half[0].records(), 30);
        let error = require_whole(&half, &config(), Some("like-count@0.1.0")).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, Some(Code::HistoryMissing)));
        assert_eq!(
            error.message(),
            "history is missing: partition 2 of topic `likes` (`prod.likes` in the log) begins at offset 6, and a replay reads \
             from offset 0"
        );
        assert!(
            error.hint().unwrap().ends_with("or keep like-count@0.1.0, which continues unchanged"),
            "{error}"
        );
        assert!(
            !require_whole(&half, &config(), None).unwrap_err().hint().unwrap().contains("keep like-count")
        );
    }

    #[test]
    fn a_compacted_topic_is_whole_only_for_an_input_that_is_declared_a_changelog() {
        let log = HalfLog { compacted: true, ..HalfLog::that_starts_at(&[0]) };
        let mut inputs = reads("likes");
        let error = require_whole(&ask(&log, &inputs).unwrap(), &config(), None).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, Some(Code::HistoryMissing)));
        assert_eq!(
            error.message(),
            "history is missing: topic `likes` (`prod.likes` in the log) is compacted, so of each key only the last records are \
             sure to be there, and the module reads all of them"
        );
        inputs[0].changelog = true;
        require_whole(&ask(&log, &inputs).unwrap(), &config(), None).unwrap();
    }

    #[test]
    fn a_log_that_answers_late_is_asked_once_and_its_answer_kept_for_the_module() {
        let (log, lets_go) = HalfLog::slow();
        let (first, second) = (Digest::of(b"first"), Digest::of(b"second"));
        let mut history = HistoryLookup::default();
        let mut ask = |digest| history.ask(digest, &log, &reads("likes"));
        for digest in [first, first, second] {
            let error = ask(digest).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some(Code::LogUnavailable)));
        }
        // One release is enough, because there is no second request.
        lets_go.send(()).unwrap();
        let answer = loop {
            match ask(first) {
                Ok(answer) => break answer,
                Err(_) => std::thread::yield_now(),
            }
        };
        assert_eq!(answer[0].partitions, [(0, 10), (0, 10)]);
        // A later question goes to the log again.
        drop(lets_go);
        assert_eq!(ask(second).unwrap_err().message(), "away");
    }
}
