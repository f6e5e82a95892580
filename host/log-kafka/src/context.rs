//! What a client of librdkafka says: log lines, why it cannot reach a broker, which topic it reads; and what it is given: tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use tracing::{debug, error, info, trace, warn};

use super::refusal::{Refusal, Told, no_token};
use super::tokens::Tokens;
use foldline_base::error::{Error, Result};

/// The facility of log lines about topics.
const METADATA: &str = "METADATA";

/// Receives what a client has to say: its log lines, and why it cannot reach a broker; gives it tokens.
pub struct Context {
    last_error: Mutex<Option<LastError>>,
    /// Whether this client has yet to hear of a broker for the first time, while a caller waits.
    greets: AtomicBool,
    told: Told,
    tokens: Option<Arc<Tokens>>,
    /// Which topic of a name the client reads: ids by name, as its log lines say.
    topic_ids: Mutex<HashMap<String, String>>,
}

/// Why a connection failed.
#[derive(Clone, Debug)]
struct LastError {
    reason: String,
    /// What is wrong, where waiting does not mend it.
    refusal: Option<Refusal>,
}

impl Context {
    pub(super) fn new(told: Told, tokens: Option<Arc<Tokens>>) -> Self {
        let greets = AtomicBool::new(false);
        Self { last_error: Mutex::default(), greets, told, tokens, topic_ids: Mutex::default() }
    }

    /// Says whether a caller waits for this client to hear of a broker for the first time, and reports the outcome itself.
    pub(super) fn greet(&self, greets: bool) {
        self.greets.store(greets, Ordering::Relaxed);
    }

    /// Returns whether a broker has refused this host, such that asking again would be answered alike.
    pub(super) fn is_refused(&self) -> bool {
        let last = self.last_error.lock();
        last.as_ref().and_then(|last| last.refusal.as_ref()).is_some_and(Refusal::is_final)
    }

    /// Returns an error with why the last connection failed: refused, or not reached.
    pub fn explained(&self, doing: &str, error: Error) -> Error {
        let Some(LastError { reason, refusal }) = self.last_error() else { return error };
        // Connections also end because a broker or the network goes; where one has been up, that is likelier.
        match refusal.filter(|refusal| refusal.is_certain() || !self.is_told()) {
            Some(refusal) => {
                let (message, hint) = refusal.explained(&self.told);
                let message = if doing.is_empty() { message } else { format!("{doing}: {message}") };
                Error::new(error.kind(), message).with_hint(hint)
            }
            None => {
                let hint = error.hint().map(|hint| format!("{hint} (last seen: {reason})"));
                error.with_hint(hint.unwrap_or_else(|| format!("last seen: {reason}")))
            }
        }
    }

    /// Forgets why connections failed: one has come about.
    pub(super) fn connected(&self) {
        self.last_error.lock().take();
    }

    /// Notes why a connection failed, and logs it where an operator has to act.
    fn failed(&self, code: RDKafkaErrorCode, reason: &str) {
        debug!("kafka: {reason}");
        let refusal = Refusal::of(code, reason);
        let known = self.last_error().and_then(|last| last.refusal).filter(Refusal::is_final);
        // What follows a refusal says less.
        if refusal.is_none() && known.is_some() {
            return;
        }
        *self.last_error.lock() = Some(LastError { reason: reason.to_owned(), refusal: refusal.clone() });
        let has_changed = |refusal: &Refusal| known.as_ref().is_none_or(|known| known.kind != refusal.kind);
        if let Some(refusal) =
            refusal.filter(|refusal| refusal.is_final() && self.is_told() && has_changed(refusal))
        {
            let (said, hint) = refusal.explained(&self.told);
            error!(broker = refusal.broker, hint, "{said}");
        }
    }

    /// Returns whether refusals are told here: that of the first greeting is told by the caller that waits for it.
    fn is_told(&self) -> bool {
        !self.greets.load(Ordering::Relaxed)
    }

    /// Returns the id of the topic that the client reads under a name, if it has said so.
    pub(super) fn topic_id(&self, topic: &str) -> Option<String> {
        self.topic_ids.lock().get(topic).cloned()
    }

    /// Returns why the last connection failed.
    fn last_error(&self) -> Option<LastError> {
        self.last_error.lock().clone()
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        let tokens = self.tokens.as_ref().ok_or("the configuration names no source of tokens")?;
        let token = tokens.get().map_err(|error| no_token(&error))?;
        Ok(OAuthToken {
            token: token.text.expose().to_owned(),
            principal_name: token.principal,
            lifetime_ms: token.expires_ms,
        })
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        if facility == METADATA {
            if let Some((topic, id)) = changed_id(text) {
                self.topic_ids.lock().insert(topic.to_owned(), super::id::printed(id));
            }
            // They are asked for (see `Settings::reader`), and tell no other part anything new.
            trace!(facility, "{text}");
            return;
        }
        match level {
            // Settings pass to every kind of client; that some do not concern this one is known.
            _ if facility == "CONFWARN" => debug!(facility, "{text}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                error!(facility, "{text}");
            }
            // Failed connections arrive as errors too, over and over during an outage. What brokers end is said here alone.
            RDKafkaLogLevel::Error if facility == "FAIL" => debug!(facility, "{text}"),
            _ if facility == "FAIL" => {
                let reason = text.split_once("]: ").map_or(text, |(_, reason)| reason);
                self.failed(RDKafkaErrorCode::BrokerTransportFailure, reason);
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => warn!(facility, "{text}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => info!(facility, "{text}"),
            RDKafkaLogLevel::Debug => debug!(facility, "{text}"),
        }
    }

    fn stats_raw(&self, _statistics: &[u8]) {}

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            // The sum of failures that come one by one, over and over during an outage: readers and appends report it
            // once, with what it means for them.
            Some(RDKafkaErrorCode::AllBrokersDown) => debug!("kafka: {reason}"),
            Some(code) => self.failed(code, reason),
            None => debug!("kafka: {reason}"),
        }
    }
}

impl ConsumerContext for Context {}

/// For transactions: what became of single messages is not asked for, since the commit says it of all.
impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// Returns topic and new id of the log line by which librdkafka says that it reads another topic of the name from now on; it
/// does so before the first fetch from it.
fn changed_id(line: &str) -> Option<(&str, &str)> {
    let (before, ids) = line.split_once(" changed id from ")?;
    let (_, topic) = before.rsplit_once("Topic ")?;
    let (_, id) = ids.rsplit_once(" to ")?;
    Some((topic, id.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_another_topic_is_understood() {
        let line =
            "[thrd:main]: Topic a.b-c changed id from AAAAAAAAAAAAAAAAAAAAAA to 9mEg+Zi/SRqk0Q3hOZ6m8A";
        assert_eq!(changed_id(line), Some(("a.b-c", "9mEg+Zi/SRqk0Q3hOZ6m8A")));
        assert_eq!(changed_id("[thrd:main]: Topic a partition count changed from 0 to 1"), None);
        let context = Context::new(Told::default(), None);
        context.log(RDKafkaLogLevel::Debug, METADATA, line);
        assert_eq!(context.topic_id("a.b-c").as_deref(), Some("9mEg-Zi_SRqk0Q3hOZ6m8A"));
    }

    #[test]
    fn a_broker_is_looked_at_once_for_many_failures() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let broker = listener.local_addr().unwrap().to_string();
        let looks = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&looks);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        let told = Told::default();
        let context = Context::new(told.clone(), None);
        let reason = format!("ssl://{broker}/bootstrap: broker certificate could not be verified");
        for _ in 0..3 {
            context.failed(RDKafkaErrorCode::SSL, &reason);
            let error = Error::new(foldline_base::error::ErrorKind::Unavailable, "away");
            assert!(context.explained("", error).message().contains(&broker));
        }
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        let other = Context::new(told, None);
        other.failed(RDKafkaErrorCode::SSL, &reason);
        assert_eq!(looks.load(Ordering::SeqCst), 1, "clients share what one has found");
    }
}
