//! Goal: every promise of the `Log` trait holds on a real Kafka broker, even when the broker is unreachable for a while.
//!
//! Method: a `KafkaLog` uses a broker that the tests start. Other clients do what happens to a cluster besides: transactions,
//! deleted records, Java's partitioner.

#![expect(clippy::unwrap_used, reason = "a test's helpers end the test like the test itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use foldline_base::error::{Error, ErrorKind};
use foldline_config::{KafkaConfig, TopicConfig};
use foldline_log::witness::{hashed, hashes_at};
use foldline_log::{AppendTime, Log, LogReader, NewRecord, Punctuation, RecordBatch, Start};
use foldline_log_kafka::{KafkaLog, KafkaOptions};
use foldline_tests::kafka::{Broker, unique_topic};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

/// Far more than anything here takes; only a broken promise reaches it.
const PATIENCE: Duration = Duration::from_secs(60);
const MIB: usize = 1 << 20;

/// A record as tests compare it.
type Seen = (u64, Option<Vec<u8>>, Option<Vec<u8>>);

fn options(address: &str) -> KafkaOptions {
    KafkaOptions {
        cluster: KafkaConfig { brokers: address.to_owned(), ..KafkaConfig::default() },
        topics: BTreeMap::new(),
        topic_defaults: created(None),
        record_bytes_max: 8 * MIB,
    }
}

fn created(partitions: Option<u32>) -> TopicConfig {
    TopicConfig { partitions, create: true, ..TopicConfig::default() }
}

/// Returns a log, and a new topic in it with this many partitions.
fn log_with_topic(broker: &Broker, partitions: u32) -> (KafkaLog, String) {
    let topic = unique_topic("log");
    let mut options = options(broker.address());
    options.topics.insert(topic.clone(), created(Some(partitions)));
    let log = KafkaLog::connect(options).unwrap();
    assert!(log.ensure_topic(&topic).unwrap());
    (log, topic)
}

fn record(partition: u32, key: Option<&str>, value: Option<&str>) -> NewRecord {
    NewRecord {
        key: key.map(Into::into),
        value: value.map(Into::into),
        partition: Some(partition),
        ..NewRecord::default()
    }
}

fn start(topic: &str, partition: u32, next_offset: u64) -> Start {
    Start { topic: topic.to_owned(), partition, next_offset }
}

/// Polls until `enough` returns true. Returns all batches.
fn poll_until(
    reader: &mut dyn LogReader,
    bytes_max: usize,
    mut enough: impl FnMut(&[RecordBatch]) -> bool,
) -> Vec<RecordBatch> {
    let deadline = Instant::now() + PATIENCE;
    let mut batches = Vec::new();
    while !enough(&batches) {
        assert!(Instant::now() < deadline, "only these came: {batches:?}");
        match reader.poll(bytes_max, Duration::from_secs(1)) {
            Ok(more) => batches.extend(more),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    batches
}

/// Reads one partition from an offset until the reader reaches `end`.
fn read_to(log: &KafkaLog, topic: &str, from: u64, end: u64) -> Vec<Seen> {
    let mut reader = log.reader(&[start(topic, 0, from)]).unwrap();
    let batches = poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(end) || from == end);
    seen(&batches)
}

fn position(batches: &[RecordBatch]) -> Option<u64> {
    batches.last().map(RecordBatch::next_offset)
}

fn seen(batches: &[RecordBatch]) -> Vec<Seen> {
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let records = batches.iter().flat_map(RecordBatch::iter);
    records.map(|record| (record.offset, owned(record.key), owned(record.value))).collect()
}

fn text(text: &str) -> Option<Vec<u8>> {
    Some(text.into())
}

fn transactional(broker: &Broker, id: &str) -> BaseProducer {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .set("transactional.id", id)
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer
}

fn send(producer: &BaseProducer, topic: &str, value: &str) {
    producer
        .send(BaseRecord::<(), str>::to(topic).partition(0).payload(value))
        .map_err(|(error, _)| error)
        .unwrap();
}

/// Removes a topic's first records, as retention does.
fn delete_records_before(broker: &Broker, topic: &str, offset: u64) {
    let plan = tempfile::NamedTempFile::new().unwrap();
    let partitions = serde_json::json!([{"topic": topic, "partition": 0, "offset": offset}]);
    let text = serde_json::json!({"partitions": partitions, "version": 1}).to_string();
    std::fs::write(plan.path(), text).unwrap();
    broker.tool("delete-records", &["--offset-json-file", plan.path().to_str().unwrap()], "");
}

fn error_of<T>(result: Result<T, Error>) -> Error {
    result.err().expect("this is refused")
}

#[test]
fn a_logical_topic_may_have_another_name_in_kafka() {
    let Some(broker) = Broker::shared() else { return };
    let (logical, physical) = (unique_topic("likes"), unique_topic("prod.likes"));
    let mut options = options(broker.address());
    let config = TopicConfig { name: Some(physical.clone()), ..created(Some(1)) };
    options.topics.insert(logical.clone(), config);
    let log = KafkaLog::connect(options).unwrap();

    let position = log.append(&logical, vec![record(0, None, Some("v"))]).unwrap();
    assert_eq!(position.to_string(), format!("{logical}:0:1"));
    let topics = log.topics().unwrap();
    assert!(topics.contains(&logical), "{topics:?}");
    assert!(!topics.contains(&physical), "{topics:?}");
    assert!(!topics.iter().any(|topic| topic.starts_with("__")), "{topics:?}");
    assert_eq!(read_to(&log, &logical, 0, 1), [(0, None, text("v"))]);
}

#[test]
fn keys_go_to_the_partitions_that_javas_producer_chooses() {
    const PARTITIONS: u32 = 7;
    let Some(broker) = Broker::shared() else { return };
    let keys = ["a", "post-1", "post-2", "p42", "ключ", "a somewhat longer key than the others", "0", "zz"];
    let (log, ours) = log_with_topic(broker, PARTITIONS);
    let (_, javas) = log_with_topic(broker, PARTITIONS);
    let record = |key: &&str| NewRecord { key: text(key), value: text("v"), ..NewRecord::default() };
    log.append(&ours, keys.iter().map(record).collect()).unwrap();
    let lines: String = keys.iter().map(|key| format!("{key}=v\n")).collect();
    let arguments =
        ["--topic", &javas, "--reader-property", "parse.key=true", "--reader-property", "key.separator=="];
    broker.tool("producer", &arguments, &lines);

    let partitions_of = |topic: &str| {
        let starts: Vec<Start> = (0..PARTITIONS).map(|partition| start(topic, partition, 0)).collect();
        let mut reader = log.reader(&starts).unwrap();
        let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::len).sum::<usize>();
        let batches = poll_until(reader.as_mut(), MIB, |batches| count(batches) == keys.len());
        let with_partition = |batch: &RecordBatch| {
            batch.iter().map(|record| (record.key.unwrap().to_vec(), batch.partition())).collect::<Vec<_>>()
        };
        batches.iter().flat_map(with_partition).collect::<BTreeMap<_, _>>()
    };
    let chosen = partitions_of(&ours);
    assert_eq!(chosen, partitions_of(&javas));
    assert!(chosen.values().collect::<BTreeSet<_>>().len() > 1, "{chosen:?}");
}

#[test]
fn aborted_records_are_not_seen_and_the_position_passes_control_records() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let producer = transactional(broker, &topic);
    for (value, commit) in [("committed", true), ("aborted", false), ("again", true), ("last", false)] {
        producer.begin_transaction().unwrap();
        send(&producer, &topic, value);
        producer.flush(PATIENCE).unwrap();
        if commit {
            producer.commit_transaction(PATIENCE).unwrap();
        } else {
            producer.abort_transaction(PATIENCE).unwrap();
        }
    }
    // Each transaction is a record and a control record.
    let expected = [(0, None, text("committed")), (4, None, text("again"))];
    assert_eq!(read_to(&log, &topic, 0, 8), expected);
    assert_eq!(log.ends(&topic).unwrap(), [8]);
    // Also from an offset behind the last record, where only control records follow.
    assert_eq!(read_to(&log, &topic, 5, 8), []);
}

#[test]
fn records_of_an_open_transaction_wait_for_its_end() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    log.append(&topic, vec![record(0, None, Some("before"))]).unwrap();
    let producer = transactional(broker, &topic);
    producer.begin_transaction().unwrap();
    send(&producer, &topic, "open");
    producer.flush(PATIENCE).unwrap();
    let after = log.append(&topic, vec![record(0, None, Some("behind"))]).unwrap();
    assert_eq!(after.next_offset(&topic, 0), 3);
    assert_eq!(log.ends(&topic).unwrap(), [1]);
    assert_eq!(read_to(&log, &topic, 0, 1), [(0, None, text("before"))]);
    // A reader can start at the position after an append, even though that is beyond the last stable offset.
    let mut reader = log.reader(&[start(&topic, 0, 3)]).unwrap();
    assert!(reader.poll(MIB, Duration::ZERO).unwrap().is_empty());

    producer.commit_transaction(PATIENCE).unwrap();
    // Kafka answers the commit before it has written the control record.
    assert_eq!(read_to(&log, &topic, 1, 4), [(1, None, text("open")), (2, None, text("behind"))]);
    assert_eq!(log.ends(&topic).unwrap(), [4]);
}

#[test]
fn a_poll_returns_about_as_many_bytes_as_asked_for() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let value = "x".repeat(1000);
    log.append(&topic, (0..5000).map(|_| record(0, None, Some(&value))).collect()).unwrap();
    let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
    let batches = poll_until(reader.as_mut(), 100_000, |batches| position(batches) == Some(5000));
    // Until it has seen records, a reader estimates their size.
    let largest = batches.iter().map(RecordBatch::bytes).max().unwrap();
    assert!(largest <= 500_000, "{largest}");
}

#[test]
fn an_offset_that_kafka_no_longer_holds_is_named_with_what_it_holds() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    log.append(&topic, (0..10).map(|_| record(0, None, Some("v"))).collect()).unwrap();
    delete_records_before(broker, &topic, 6);
    assert_eq!(log.starts(&topic).unwrap(), [6]);

    let gone = error_of(log.reader(&[start(&topic, 0, 5)]));
    assert_eq!(gone.kind(), ErrorKind::Corrupt);
    let expected = format!("kafka topic `{topic}` partition 0 holds offsets 6 to 10, no longer 5");
    assert_eq!(gone.message(), expected);
    assert!(gone.hint().is_some());
    let behind = error_of(log.reader(&[start(&topic, 0, 11)]));
    assert_eq!(behind.kind(), ErrorKind::Corrupt);
    assert_eq!(
        behind.message(),
        format!("kafka topic `{topic}` partition 0 holds offsets 6 to 10, not yet 11")
    );
    assert_eq!(read_to(&log, &topic, 6, 10).len(), 4);
}

#[test]
fn records_removed_under_a_reader_end_it_with_their_range() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("removed");
    let mut options = options(broker.address());
    options.topics.insert(topic.clone(), created(Some(1)));
    // Uncompressed, this is more than a reader prefetches, so the removed records are not fetched yet.
    options.cluster.librdkafka.insert("compression.type".to_owned(), "none".into());
    let log = KafkaLog::connect(options).unwrap();
    let value = "x".repeat(MIB / 2);
    for _ in 0..12 {
        log.append(&topic, (0..16).map(|_| record(0, None, Some(&value))).collect()).unwrap();
    }
    let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
    let first = poll_until(reader.as_mut(), 1, |batches| !batches.is_empty());
    delete_records_before(broker, &topic, 190);

    let (mut next_offset, deadline) = (position(&first).unwrap(), Instant::now() + PATIENCE);
    let error = loop {
        assert!(Instant::now() < deadline, "no error, and the reader stands at {next_offset}");
        match reader.poll(8 * MIB, Duration::from_secs(1)) {
            Ok(batches) => next_offset = position(&batches).unwrap_or(next_offset),
            Err(error) => break error,
        }
    };
    assert!(next_offset < 190, "what was removed has a gap, not a jump: {next_offset}");
    let expected =
        format!("kafka topic `{topic}` partition 0 holds offsets 190 to 192, no longer {next_offset}");
    assert_eq!((error.kind(), error.message()), (ErrorKind::Corrupt, expected.as_str()));
    assert_eq!(error_of(reader.poll(MIB, Duration::ZERO)).message(), expected, "the error stays");
}

#[test]
fn reading_goes_on_exactly_after_the_broker_was_away() {
    let Some(broker) = Broker::own() else { return };
    let (log, topic) = log_with_topic(&broker, 1);
    let append = |range: std::ops::Range<u32>| {
        let values: Vec<String> = range.map(|i| i.to_string()).collect();
        log.append(&topic, values.iter().map(|value| record(0, None, Some(value))).collect()).unwrap();
    };
    append(0..1000);
    let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
    let mut batches = poll_until(reader.as_mut(), 500, |batches| !batches.is_empty());
    assert!(position(&batches).unwrap() < 1000, "the reader is in the middle");

    broker.stop();
    let gone = error_of(log.ends(&topic));
    assert_eq!(gone.kind(), ErrorKind::Unavailable, "{gone}");
    batches.extend(poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(1000)));
    let quiet = reader.poll(MIB, Duration::from_secs(1));
    assert!(quiet.is_ok_and(|batches| batches.is_empty()), "nothing comes from a broker that is away");

    broker.start();
    append(1000..2000);
    batches.extend(poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(2000)));
    let expected: Vec<Seen> = (0..2000).map(|i| (i, None, text(&i.to_string()))).collect();
    assert_eq!(seen(&batches), expected);
}

#[test]
fn a_broker_that_is_not_there_is_named_with_the_next_step() {
    let error = error_of(KafkaLog::connect(options("127.0.0.1:1")));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.message(), "cannot reach kafka at `127.0.0.1:1` within 10 s");
    assert!(error.hint().unwrap().contains("[log.kafka]"), "{error}");
}

#[test]
fn a_topic_is_created_only_when_the_configuration_says_so() {
    let Some(broker) = Broker::shared() else { return };
    let (missing, wanted) = (unique_topic("missing"), unique_topic("wanted"));
    let mut options = options(broker.address());
    options.topic_defaults.create = false;
    options.topics.insert(wanted.clone(), created(Some(3)));
    let log = KafkaLog::connect(options).unwrap();

    assert!(!log.ensure_topic(&missing).unwrap());
    assert_eq!(log.partitions(&missing).unwrap(), None);
    for error in [
        error_of(log.ends(&missing)),
        error_of(log.starts(&missing)),
        error_of(log.reader(&[start(&missing, 0, 0)])),
        error_of(log.append(&missing, vec![record(0, None, None)])),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.message(), format!("kafka has no topic `{missing}`"));
    }
    // The broker would have created it for any client that asks.
    assert!(!log.topics().unwrap().contains(&missing));

    assert!(log.ensure_topic(&wanted).unwrap());
    assert!(log.ensure_topic(&wanted).unwrap(), "it exists already");
    assert_eq!(log.partitions(&wanted).unwrap(), Some(3));
    assert_eq!(log.ends(&wanted).unwrap(), [0, 0, 0]);
    let error = error_of(log.reader(&[start(&wanted, 3, 0)]));
    assert_eq!(error.message(), format!("kafka topic `{wanted}` has no partition 3, only 3"));
    assert_eq!(error_of(log.ensure_topic("no topic")).kind(), ErrorKind::Data);
}

#[test]
fn a_topic_without_a_number_of_partitions_gets_the_brokers() {
    let Some(broker) = Broker::shared() else { return };
    let log = KafkaLog::connect(options(broker.address())).unwrap();
    let topic = unique_topic("default");
    log.append(&topic, vec![NewRecord::default()]).unwrap();
    assert_eq!(log.partitions(&topic).unwrap(), Some(4), "num.partitions of tests/services/kafka-up.sh");
}

#[test]
fn records_longer_than_may_be_appended_are_still_read() {
    let Some(broker) = Broker::shared() else { return };
    let topic = unique_topic("large");
    let bytes = (11 * MIB).to_string();
    broker.tool(
        "topics",
        &[
            "--create",
            "--topic",
            &topic,
            "--partitions",
            "1",
            "--config",
            &format!("max.message.bytes={bytes}"),
        ],
        "",
    );
    let lengths = [5 * MIB, 3, 10 * MIB, 10 * MIB];
    let mut options = options(broker.address());
    options.record_bytes_max = 10 * MIB;
    // As Java's producer sends it by default.
    options.cluster.librdkafka.insert("compression.type".to_owned(), "none".into());
    let writer = KafkaLog::connect(options.clone()).unwrap();
    let values: Vec<String> = lengths.iter().map(|&length| "x".repeat(length)).collect();
    writer.append(&topic, values.iter().map(|value| record(0, None, Some(value))).collect()).unwrap();

    options.record_bytes_max = MIB;
    let log = KafkaLog::connect(options).unwrap();
    let read: Vec<usize> =
        read_to(&log, &topic, 0, 4).into_iter().map(|(_, _, value)| value.unwrap().len()).collect();
    assert_eq!(read, lengths);
}

#[test]
fn what_cannot_be_stored_whole_is_refused_before_anything_is_sent() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let long = "x".repeat(8 * MIB + 1);
    let in_1970 = NewRecord { time_ms: Some(0), ..NewRecord::default() };
    for (bad, part) in [
        (record(0, None, Some(&long)), "has 8388609 bytes, more than 8388608"),
        (record(1, None, Some("v")), "names partition 1, but there are 1"),
        (in_1970, "has the time 0 ms"),
    ] {
        let error = error_of(log.append(&topic, vec![record(0, None, Some("good")), bad]));
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().starts_with("record 2 for kafka topic"), "{error}");
        assert!(error.message().contains(part), "{error}");
    }
    assert_eq!(log.ends(&topic).unwrap(), [0]);
    // Only the broker can refuse this one: its topics accept 1 MiB.
    let incompressible: Vec<u8> = (0..2 * MIB as u64).map(noise).collect();
    let error =
        error_of(log.append(&topic, vec![NewRecord { value: Some(incompressible), ..NewRecord::default() }]));
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.hint().unwrap().contains("max.message.bytes"), "{error}");
    // And the log still accepts valid records.
    log.append(&topic, vec![record(0, None, Some("good"))]).unwrap();
}

/// Returns a log that may write punctuations, and a new topic in it with this many partitions.
fn log_with_punctuated_topic(broker: &Broker, partitions: u32) -> (KafkaLog, String) {
    let topic = unique_topic("punctuated");
    let mut options = options(broker.address());
    let config = TopicConfig { punctuate: true, ..created(Some(partitions)) };
    options.topics.insert(topic.clone(), config);
    let log = KafkaLog::connect(options).unwrap();
    assert!(log.ensure_topic(&topic).unwrap());
    (log, topic)
}

fn read_batches(log: &KafkaLog, topic: &str, end: u64) -> Vec<RecordBatch> {
    let mut reader = log.reader(&[start(topic, 0, 0)]).unwrap();
    poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(end))
}

fn punctuations(batches: &[RecordBatch]) -> Vec<(u64, i64)> {
    let all = batches.iter().flat_map(RecordBatch::punctuations);
    all.map(|&Punctuation { offset, time_ms, .. }| (offset, time_ms)).collect()
}

#[test]
fn punctuations_that_we_write_are_read_as_such_between_the_records() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_punctuated_topic(broker, 2);
    assert_eq!(log.punctuate(&topic, None, 5).unwrap().iter().count(), 2);
    assert_eq!(log.punctuate(&topic, Some(&[0]), 0).unwrap().to_string(), format!("{topic}:0:2"));
    let mixed = vec![
        record(0, Some("k"), Some("v")),
        NewRecord::punctuation(Some(0), 1_767_225_600_000),
        record(0, Some("k"), None),
    ];
    assert_eq!(log.append(&topic, mixed).unwrap().to_string(), format!("{topic}:0:5"));
    assert_eq!(log.ends(&topic).unwrap(), [5, 1]);

    let batches = read_batches(&log, &topic, 5);
    assert_eq!(seen(&batches), [(2, text("k"), text("v")), (4, text("k"), None)]);
    assert_eq!(punctuations(&batches), [(0, 5), (1, 0), (3, 1_767_225_600_000)]);
    // Appended now, whatever time they contain.
    for punctuation in batches.iter().flat_map(RecordBatch::punctuations) {
        let append_ms = punctuation.append_time.unwrap().ms();
        assert!(append_ms > 1_767_225_600_000, "{punctuation:?}");
    }
    // A reader may start at a punctuation, or behind it.
    let mut reader = log.reader(&[start(&topic, 0, 3)]).unwrap();
    let batches = poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(5));
    assert_eq!((punctuations(&batches).len(), seen(&batches).len()), (1, 1));
}

#[test]
fn a_foreign_producers_header_makes_a_punctuation_only_when_it_is_a_time_without_a_value() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", broker.address()).create().unwrap();
    let header = |value: Option<&'static str>| {
        let other = Header { key: "trace", value: Some("x") };
        OwnedHeaders::new().insert(other).insert(Header { key: "foldline-time", value })
    };
    let send = |value: Option<&str>, headers: OwnedHeaders| {
        let mut message = BaseRecord::<str, str>::to(&topic).partition(0).headers(headers);
        message.payload = value;
        producer.send(message).map_err(|(error, _)| error).unwrap();
    };
    send(None, header(Some("1767225600000")));
    send(Some("v"), header(Some("1767225600000")));
    for malformed in [Some("soon"), Some("-1"), Some("1.5"), Some(""), None, Some("99999999999999999999")] {
        send(None, header(malformed));
    }
    send(None, OwnedHeaders::new().insert(Header { key: "trace", value: Some("7") }));
    // Of headers with the same name, the last one counts.
    send(None, header(Some("no")).insert(Header { key: "foldline-time", value: Some("7") }));
    producer.flush(PATIENCE).unwrap();

    let batches = read_batches(&log, &topic, 10);
    assert_eq!(punctuations(&batches), [(0, 1_767_225_600_000), (9, 7)]);
    let values: Vec<_> = seen(&batches).into_iter().map(|(offset, _, value)| (offset, value)).collect();
    let expected: Vec<_> = (1..9).map(|offset| (offset, text("v").filter(|_| offset == 1))).collect();
    assert_eq!(values, expected, "malformed ones are records without a value");
}

#[test]
fn punctuations_are_written_only_where_the_configuration_allows_it() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let mixed = vec![record(0, None, Some("v")), NewRecord::punctuation(None, 5)];
    for error in [error_of(log.punctuate(&topic, None, 5)), error_of(log.append(&topic, mixed))] {
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().contains(&format!("kafka topic `{topic}`")), "{error}");
        assert!(error.hint().unwrap().contains(&format!("[topics.{topic}] punctuate = true")), "{error}");
    }
    assert_eq!(log.ends(&topic).unwrap(), [0], "nothing was sent");
    assert_eq!(error_of(log.punctuate(&unique_topic("none"), None, 5)).kind(), ErrorKind::NotFound);
}

#[test]
fn a_record_tells_whether_its_time_is_the_brokers_or_its_producers() {
    let Some(broker) = Broker::shared() else { return };
    for by_log in [false, true] {
        let topic = unique_topic("stamped");
        let stamped = if by_log { "LogAppendTime" } else { "CreateTime" };
        let config = format!("message.timestamp.type={stamped}");
        broker.tool("topics", &["--create", "--topic", &topic, "--partitions", "1", "--config", &config], "");
        let mut options = options(broker.address());
        options.topic_defaults.punctuate = true;
        let log = KafkaLog::connect(options).unwrap();
        let timed = NewRecord { time_ms: Some(1_767_225_600_000), ..record(0, None, Some("v")) };
        log.append(&topic, vec![timed, NewRecord::punctuation(Some(0), 5)]).unwrap();

        let batches = read_batches(&log, &topic, 2);
        let append_time = batches[0].append_time(0).unwrap();
        let punctuation = batches.last().unwrap().punctuations()[0];
        let of_punctuation = punctuation.append_time.unwrap();
        assert!(of_punctuation.ms() > 1_767_225_600_000, "when it was sent");
        match (by_log, append_time, of_punctuation) {
            (false, AppendTime::Producer(ms), AppendTime::Producer(_)) => {
                assert_eq!(ms, 1_767_225_600_000, "what the producer said");
            }
            (true, AppendTime::Log(ms), AppendTime::Log(_)) => {
                assert!(ms > 1_767_225_600_000, "the broker's clock, not the producer's");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Returns a byte that no compression can predict.
fn noise(i: u64) -> u8 {
    let mut x = i.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) as u8
}

#[test]
fn an_entry_has_one_hash_and_what_readers_never_see_has_none() {
    let Some(broker) = Broker::shared() else { return };
    let (_, topic) = log_with_topic(broker, 1);
    let mut options = options(broker.address());
    options.topics.insert(topic.clone(), TopicConfig { punctuate: true, ..TopicConfig::default() });
    let log = KafkaLog::connect(options).unwrap();
    log.append(&topic, vec![record(0, Some("k"), Some("v")), record(0, None, None)]).unwrap();
    log.punctuate(&topic, None, 1_767_225_600_000).unwrap();
    let producer = transactional(broker, &unique_topic("witness"));
    producer.begin_transaction().unwrap();
    send(&producer, &topic, "in a transaction");
    producer.commit_transaction(PATIENCE).unwrap();

    // Three records, one in the transaction, and the transaction's marker.
    let read = |bytes_max| {
        let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
        poll_until(reader.as_mut(), bytes_max, |batches| position(batches) == Some(5))
    };
    let hashes = |batches: &[RecordBatch]| {
        batches.iter().flat_map(RecordBatch::entries).map(hashed).collect::<Vec<_>>()
    };
    let together = read(MIB);
    let expected = hashes(&together);
    assert_eq!(expected.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(hashes(&read(1)), expected);
    let hash_at = |topic: &str, partition, offset| {
        let hashes = hashes_at(&log, topic, &[(partition, offset)].into()).expect("the log answers");
        hashes.into_values().next()
    };
    for &(offset, hash) in &expected {
        assert_eq!(hash_at(&topic, 0, offset), Some(hash), "offset {offset}");
    }
    let all = hashes_at(&log, &topic, &(0..6).map(|offset| (0, offset)).collect()).unwrap();
    assert!(
        all.into_iter().map(|((_, offset), hash)| (offset, hash)).eq(expected.iter().copied()),
        "all at once"
    );
    let last = together.iter().rev().find_map(RecordBatch::last_hash);
    assert_eq!(last, expected.last().copied(), "the marker is no entry");
    for (topic, partition, offset) in [(topic.as_str(), 0, 4), (&topic, 0, 5), (&topic, 1, 0), ("none", 0, 0)]
    {
        assert_eq!(hash_at(topic, partition, offset), None, "{topic} {partition} {offset}");
    }
    delete_records_before(broker, &topic, 2);
    assert_eq!(hash_at(&topic, 0, 1), None, "removed");
    assert_eq!(hash_at(&topic, 0, 2), Some(expected[2].1));
}

/// Deletes a topic and creates another one with the same name and this many records.
fn recreate(broker: &Broker, log: &KafkaLog, topic: &str, records: usize) {
    broker.tool("topics", &["--delete", "--topic", topic], "");
    let deadline = Instant::now() + PATIENCE;
    while log.partitions(topic).unwrap().is_some() {
        assert!(Instant::now() < deadline, "the topic stays");
    }
    assert!(log.ensure_topic(topic).unwrap());
    if records > 0 {
        log.append(topic, (0..records).map(|_| record(0, None, Some("new"))).collect()).unwrap();
    }
}

/// Polls until the reader fails, and returns its error. No record of the new topic may come.
fn refused(reader: &mut dyn LogReader) -> Error {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "the reader goes on");
        match reader.poll(MIB, Duration::from_secs(1)) {
            Ok(batches) => {
                assert!(seen(&batches).iter().all(|(_, _, value)| *value != text("new")), "{batches:?}");
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {}
            Err(error) => return error,
        }
    }
}

#[test]
fn a_topic_that_is_recreated_has_another_id() {
    let Some(broker) = Broker::shared() else { return };
    let (log, topic) = log_with_topic(broker, 1);
    let cluster = log.id().unwrap().unwrap();
    let id = log.topic_id(&topic).unwrap().unwrap();
    assert!(id.starts_with(&format!("{cluster}/")), "{id}");
    let described = broker.tool("topics", &["--describe", "--topic", &topic], "");
    assert!(described.contains(id.rsplit('/').next().unwrap()), "{id} in {described}");
    assert_eq!(
        KafkaLog::connect(options(broker.address())).unwrap().topic_id(&topic).unwrap(),
        Some(id.clone())
    );
    assert_eq!(log.topic_id("none").unwrap(), None);
    recreate(broker, &log, &topic, 0);
    let recreated = log.topic_id(&topic).unwrap().unwrap();
    assert!(recreated.starts_with(&format!("{cluster}/")) && recreated != id, "{recreated}");
}

#[test]
fn a_reader_never_goes_on_in_a_topic_that_was_recreated() {
    let Some(broker) = Broker::shared() else { return };
    // More records than were read, as many, fewer, none.
    for records in [20, 5, 3, 0] {
        let (log, topic) = log_with_topic(broker, 1);
        log.append(&topic, (0..5).map(|_| record(0, None, Some("old"))).collect()).unwrap();
        let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
        poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(5));
        recreate(broker, &log, &topic, records);
        let error = refused(reader.as_mut());
        assert_eq!(error.kind(), ErrorKind::Replaced, "{records}: {error}");
        assert!(error.message().contains(&format!("topic `{topic}` was re-created")), "{records}: {error}");
        for _ in 0..2 {
            let again = reader.poll(MIB, Duration::ZERO).unwrap_err();
            assert_eq!(again.message(), error.message(), "it is final");
        }
        // A reader that starts in the new topic reads it.
        assert_eq!(read_to(&log, &topic, 0, records as u64).len(), records);
    }
}

#[test]
fn a_reader_whose_connection_stalls_meanwhile_does_not_go_on_in_another_topic_either() {
    let Some((broker, proxy)) = Broker::behind_proxy() else { return };
    let direct = KafkaLog::connect(options(broker.address())).unwrap();
    for records in [20, 3] {
        let topic = unique_topic("stalled");
        direct.append(&topic, (0..5).map(|_| record(0, None, Some("old"))).collect()).unwrap();
        let log = KafkaLog::connect(options(&proxy.address().to_string())).unwrap();
        let mut reader = log.reader(&[start(&topic, 0, 0)]).unwrap();
        poll_until(reader.as_mut(), MIB, |batches| position(batches) == Some(5));
        drop(log);
        proxy.stall(true);
        recreate(broker, &direct, &topic, records);
        proxy.stall(false);
        let error = refused(reader.as_mut());
        assert_eq!(error.kind(), ErrorKind::Replaced, "{records}: {error}");
        assert!(error.message().contains("was re-created"), "{records}: {error}");
    }
}
