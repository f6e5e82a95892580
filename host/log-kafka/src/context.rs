//! The callbacks of a librdkafka client. It reports log lines, why it cannot reach a broker, and which topic it reads; it gets
//! tokens.

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

/// Receives what a client reports, and gives it tokens.
pub struct Context {
    last_error: Mutex<Option<LastError>>,
    /// Whether a caller waits for this client's first answer from a broker.
    greets: AtomicBool,
    told: Told,
    tokens: Option<Arc<Tokens>>,
    /// The ids of the topics that the client reads, by name, according to its log lines.
    topic_ids: Mutex<HashMap<String, String>>,
}

/// Why a connection failed.
#[derive(Clone, Debug)]
struct LastError {
    reason: String,
    /// What is wrong, if waiting does not help.
    refusal: Option<Refusal>,
}

impl Context {
    pub(super) fn new(told: Told, tokens: Option<Arc<Tokens>>) -> Self {
        let greets = AtomicBool::new(false);
        Self { last_error: Mutex::default(), greets, told, tokens, topic_ids: Mutex::default() }
    }

    /// Sets whether a caller waits for this client's first answer from a broker. That caller then reports the outcome itself.
    pub(super) fn greet(&self, greets: bool) {
        self.greets.store(greets, Ordering::Relaxed);
    }

    /// Returns whether a broker has refused this host in such a way that another try would get the same answer.
    pub(super) fn is_refused(&self) -> bool {
        let last = self.last_error.lock();
        last.as_ref().and_then(|last| last.refusal.as_ref()).is_some_and(Refusal::is_final)
    }

    /// Adds to an error why the last connection failed: the host was refused, or the broker not reached.
    pub fn explained(&self, doing: &str, error: Error) -> Error {
        let Some(LastError { reason, refusal }) = self.last_error() else { return error };
        // Connections also end because a broker or the network fails. That is more likely if a connection has been up before.
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

    /// Forgets why connections failed, because one has succeeded.
    pub(super) fn connected(&self) {
        self.last_error.lock().take();
    }

    /// Stores why a connection failed, and logs it if an operator has to act.
    fn failed(&self, code: RDKafkaErrorCode, reason: &str) {
        debug!("kafka: {reason}");
        let refusal = Refusal::of(code, reason);
        let known = self.last_error().and_then(|last| last.refusal).filter(Refusal::is_final);
        // Errors that follow a refusal say less than the refusal.
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

    /// Returns whether refusals are logged here. A refusal of the first connection is reported by the caller that waits for
    /// it.
    fn is_told(&self) -> bool {
        !self.greets.load(Ordering::Relaxed)
    }

    /// Returns the id of the topic that the client reads under a name, if the client has reported it.
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
            // The host enabled these lines itself (see `Settings::reader`); they are of no interest to an operator.
            trace!(facility, "{text}");
            return;
        }
        match level {
            // Every kind of client gets all settings, so warnings about settings that do not concern this one are expected.
            _ if facility == "CONFWARN" => debug!(facility, "{text}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                error!(facility, "{text}");
            }
            // Failed connections also arrive as errors, repeatedly during an outage. Connections that brokers end are reported
            // only here.
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
            // Summarizes failures that are also reported one by one, repeatedly during an outage. Readers and appends report
            // the outage once, with what it means for them.
            Some(RDKafkaErrorCode::AllBrokersDown) => debug!("kafka: {reason}"),
            Some(code) => self.failed(code, reason),
            None => debug!("kafka: {reason}"),
        }
    }
}

impl ConsumerContext for Context {}

/// For transactions: delivery reports of single messages are ignored, since the commit decides about all of them.
impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// Returns topic and new id from the log line by which librdkafka reports that it reads another topic of the same name from
/// now on. The line comes before the first fetch from that topic.
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
