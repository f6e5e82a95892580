//! The conformance suite of logs against a Kafka broker.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use foldline_config::{KafkaConfig, TopicConfig};
use foldline_log::{Log, NewRecord};
use foldline_log_kafka::{KafkaLog, KafkaOptions};
use foldline_log_testkit::{Capabilities, Claim, FailingAppend, LogKind, Seen, read_to_end, record};
use foldline_tests::kafka::{Broker, unique_topic};
use foldline_tests::world::Rng;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

foldline_log_testkit::conformance!(start);

const RECORD_BYTES_MAX: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

fn start() -> Option<Kafka> {
    let broker = Broker::shared()?;
    Some(Kafka { broker, log: Mutex::new(connect(broker, BTreeMap::new())) })
}

fn connect(broker: &Broker, topics: BTreeMap<String, TopicConfig>) -> Arc<KafkaLog> {
    let cluster = KafkaConfig { brokers: broker.address().to_owned(), ..KafkaConfig::default() };
    let topic_defaults = topic_config(None);
    let options = KafkaOptions { cluster, topics, topic_defaults, record_bytes_max: RECORD_BYTES_MAX };
    Arc::new(KafkaLog::connect(options).expect("the broker answers"))
}

fn topic_config(partitions: Option<u32>) -> TopicConfig {
    TopicConfig { partitions, create: true, punctuate: true, ..TopicConfig::default() }
}

struct Kafka {
    broker: &'static Broker,
    log: Mutex<Arc<KafkaLog>>,
}

impl Kafka {
    fn kafka(&self) -> Arc<KafkaLog> {
        Arc::clone(&self.log.lock().expect("no test panics here"))
    }

    /// Waits until the log knows a topic that another client created.
    fn await_topic(&self, topic: &str, partitions: u32) {
        let (log, deadline) = (self.kafka(), Instant::now() + PATIENCE);
        while log.partitions(topic).expect("the broker answers") != Some(partitions) {
            assert!(Instant::now() < deadline, "{topic} does not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl LogKind for Kafka {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            record_bytes_max: Ok(RECORD_BYTES_MAX),
            has_ids: Claim::Holds,
            keeps_record_ids: Claim::Holds,
            outlives_its_process: Claim::Holds,
            writes_before_it_is_durable: Claim::Holds,
            can_fail_midway: Claim::Holds,
            appends_all_or_nothing: Claim::Not("an append is no transaction (decision 10)"),
        }
    }

    fn log(&self) -> Arc<dyn Log> {
        self.kafka()
    }

    fn topic(&self, partitions: u32) -> String {
        let topic = unique_topic("conformance");
        let topics = BTreeMap::from([(topic.clone(), topic_config(Some(partitions)))]);
        assert!(connect(self.broker, topics).ensure_topic(&topic).expect("the topic is made"));
        self.await_topic(&topic, partitions);
        topic
    }

    fn unknown_topic(&self) -> String {
        unique_topic("unknown")
    }

    /// Only the client restarts; the broker stays.
    fn restart(&self) -> Arc<dyn Log> {
        let log = connect(self.broker, BTreeMap::new());
        *self.log.lock().expect("no test panics here") = Arc::clone(&log);
        log
    }

    /// Reads within an open transaction.
    fn read_before_durable(&self, topic: &str, records: Vec<NewRecord>) -> Vec<Vec<Seen>> {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.broker.address())
            .set("transactional.id", unique_topic("durable"))
            .create()
            .expect("a producer");
        producer.init_transactions(PATIENCE).expect("the broker answers");
        producer.begin_transaction().expect("a transaction");
        for record in &records {
            let value = record.value.as_deref().unwrap_or_default();
            let partition = record.partition.unwrap_or_default().cast_signed();
            let message = BaseRecord::<(), [u8]>::to(topic).partition(partition).payload(value);
            producer.send(message).map_err(|(error, _)| error).expect("it is queued");
        }
        producer.flush(PATIENCE).expect("the broker has it");
        let found = read_to_end(self.kafka().as_ref(), topic);
        producer.commit_transaction(PATIENCE).expect("the broker answers");
        // Kafka answers before all partitions show it.
        let deadline = Instant::now() + PATIENCE;
        while read_to_end(self.kafka().as_ref(), topic).len() < found.len() + records.len() {
            assert!(Instant::now() < deadline, "it is not committed");
        }
        vec![found]
    }

    /// Uses a record that only the broker can refuse.
    fn failing_append(&self) -> FailingAppend {
        let topic = unique_topic("small");
        let config = ["--config", "max.message.bytes=2000"];
        let create = ["--create", "--topic", &topic, "--partitions", "2"];
        self.broker.tool("topics", &[&create[..], &config].concat(), "");
        self.await_topic(&topic, 2);
        let mut rng = Rng::new(3);
        let noise: Vec<u8> = (0..20_000).map(|_| b'a' + rng.below(26) as u8).collect();
        let records = vec![record(0, "a"), record(1, noise), record(0, "c")];
        FailingAppend { log: self.log(), topic, records, repair: None }
    }
}
