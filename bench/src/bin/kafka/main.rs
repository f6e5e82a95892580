//! The cost of Kafka without Foldline: loads a topic, and reads it with bare librdkafka.
//!
//! `foldline-bench-kafka load BROKERS TOPIC PARTITIONS FILE` sends a file's lines. `… read BROKERS TOPIC PARTITIONS` takes every
//! record from librdkafka's batch queue, looks at its length and drops it.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod batch_queue;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use batch_queue::{BatchQueue, Taken};
use foldline_bench::Stopwatch;
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

const USAGE: &str = "usage: foldline-bench-kafka load BROKERS TOPIC PARTITIONS FILE\n       \
                     foldline-bench-kafka read BROKERS TOPIC PARTITIONS";
/// Records sent to one partition before the next one, as in the embedded log.
const RUN_RECORDS: u64 = 4_096;
/// Time limit for the broker; only failing runs reach it.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["load", brokers, topic, partitions, file] => {
            number(partitions).and_then(|partitions| load(brokers, topic, partitions, file))
        }
        ["read", brokers, topic, partitions] => {
            number(partitions).and_then(|partitions| read(brokers, topic, partitions))
        }
        _ => Err(USAGE.to_owned()),
    };
    match answer {
        Ok(answer) => {
            // A result that cannot be printed counts as a failure.
            if writeln!(std::io::stdout(), "{answer}").is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> Result<i32, String> {
    text.parse().ok().filter(|&number| number > 0).ok_or(format!("`{text}` is not a number of partitions"))
}

/// Sends each line of a file as a value without a key, in runs per partition.
fn load(brokers: &str, topic: &str, partitions: i32, file: &str) -> Result<serde_json::Value, String> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        // The compression of `foldline append`.
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .set("batch.num.messages", "10000")
        .set("queue.buffering.max.messages", "500000")
        .create()
        .map_err(|error| error.to_string())?;
    let source = std::fs::File::open(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let mut events = 0_u64;
    for line in BufReader::with_capacity(1 << 20, source).lines() {
        let line = line.map_err(|error| format!("cannot read {file}: {error}"))?;
        let partition = (events / RUN_RECORDS % u64::from(partitions.unsigned_abs())) as i32;
        let mut record = BaseRecord::<(), str>::to(topic).partition(partition).payload(&line);
        while let Err((error, unsent)) = producer.send(record) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.to_string());
            }
            producer.poll(Duration::from_millis(10));
            record = unsent;
        }
        events += 1;
    }
    producer.flush(PATIENCE).map_err(|error| error.to_string())?;
    Ok(serde_json::json!({ "events": events }))
}

/// Reads every partition from beginning to end.
fn read(brokers: &str, topic: &str, partitions: i32) -> Result<serde_json::Value, String> {
    let stopwatch = Stopwatch::start()?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        // A full prefetch queue is empty again within milliseconds; the default pause is a second.
        .set("fetch.queue.backoff.ms", "10")
        .create()
        .map_err(|error| error.to_string())?;
    let mut queue = BatchQueue::new(consumer, topic)?;
    for partition in 0..partitions {
        queue.start(partition)?;
    }
    let (mut events, mut bytes, mut ended) = (0_u64, 0_u64, 0);
    let mut last = Instant::now();
    let mut failed = None;
    while ended < partitions {
        let came = queue.take(Duration::from_millis(100), |taken| match taken {
            Taken::Record { value_bytes } => {
                events += 1;
                bytes += value_bytes as u64;
            }
            Taken::End => ended += 1,
            Taken::Trouble { code } => failed = Some(format!("librdkafka's error {code}")),
        });
        if let Some(message) = failed {
            return Err(message);
        }
        if came > 0 {
            last = Instant::now();
        } else if last.elapsed() > PATIENCE {
            return Err(format!("nothing came for {PATIENCE:?}"));
        }
    }
    let mut answer = stopwatch.measured(events)?;
    answer["bytes"] = bytes.into();
    answer["librdkafka"] = rdkafka::util::get_rdkafka_version().1.into();
    Ok(answer)
}
