//! Creates topics if the configuration allows it, and looks up their cleanup policy.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;

use super::admin_token;
use super::client::{ANSWER_WITHIN, Cluster, RETRY_AFTER};
use super::context::Context;
use super::settings::{self, Settings};
use foldline_base::error::{Error, ErrorKind, Result};

/// Kafka's number for “the broker's default”, for partitions and for replicas.
const BROKER_DEFAULT: i32 = -1;

/// Creates a topic, and returns once the brokers answer for it. A topic that another client created meanwhile is accepted.
pub(super) fn create_topic(
    settings: &Settings,
    cluster: &Cluster,
    topic: &str,
    partitions: Option<u32>,
    properties: &[(&str, &str)],
) -> Result<()> {
    let refused = |reason: String| {
        Error::new(ErrorKind::Unavailable, format!("cannot create kafka topic `{topic}`: {reason}"))
            .with_hint(
                "`create = true` under [topics] asks for it: let the brokers allow it, or create it by hand",
            )
    };
    let admin = connect(settings)?;
    let partitions = partitions.map_or(BROKER_DEFAULT, |count| i32::try_from(count).unwrap_or(i32::MAX));
    let mut new_topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(BROKER_DEFAULT));
    for (key, value) in properties {
        new_topic = new_topic.set(key, value);
    }
    let options =
        AdminOptions::new().request_timeout(Some(ANSWER_WITHIN)).operation_timeout(Some(ANSWER_WITHIN));
    let answers = block_on(admin.create_topics([&new_topic], &options));
    for answer in answers.map_err(|error| refused(error.to_string()))? {
        match answer {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(refused(code.to_string())),
        }
    }
    // The controller knows the topic; the other brokers learn of it a moment later.
    let deadline = Instant::now() + ANSWER_WITHIN;
    while cluster.partitions(topic)?.is_none() {
        if Instant::now() > deadline {
            return Err(refused("it was created, but no broker knows it yet".to_owned()));
        }
        std::thread::sleep(RETRY_AFTER);
    }
    Ok(())
}

/// Returns whether Kafka compacts a topic: removes records that a later one of the same key replaces.
pub(super) fn is_compacted(settings: &Settings, topic: &str) -> Result<bool> {
    let failed = |reason: String| {
        Error::new(
            ErrorKind::Unavailable,
            format!("cannot read the configuration of kafka topic `{topic}`: {reason}"),
        )
        .with_hint("the host needs the permission DescribeConfigs on the topics that reducers read")
    };
    let admin = connect(settings)?;
    let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
    let answers = block_on(admin.describe_configs([&ResourceSpecifier::Topic(topic)], &options));
    let mut answers = answers.map_err(|error| failed(error.to_string()))?;
    let resource = answers
        .pop()
        .ok_or_else(|| failed("no answer".to_owned()))?
        .map_err(|code| failed(code.to_string()))?;
    let policy = resource.get("cleanup.policy").and_then(|entry| entry.value.as_deref()).unwrap_or_default();
    Ok(policy.split(',').any(|policy| policy.trim() == "compact"))
}

fn connect(settings: &Settings) -> Result<AdminClient<Context>> {
    let admin: AdminClient<Context> =
        settings.admin().create_with_context(settings.context()).map_err(settings::refused)?;
    if let Some(tokens) = settings.tokens() {
        let token = tokens.get().map_err(|error| error.to_string());
        token.and_then(|token| admin_token::set(&admin, &token)).map_err(|reason| {
            Error::new(ErrorKind::Unavailable, format!("no token for kafka: {reason}"))
                .with_hint("see `token_url` of [log.kafka]")
        })?;
    }
    Ok(admin)
}

/// Waits for a future that another thread completes. The admin client has its own thread, so no runtime is needed, and unlike
/// a runtime's `block_on` this may be called anywhere.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = TaskContext::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}
