//! The suite against logs from files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use foldline_log::file::FileLog;
use foldline_log::{Log, NewRecord};
use foldline_log_testkit::{Capabilities, Claim, LogKind};

foldline_log_testkit::conformance!(start);

fn start() -> Option<Files> {
    Some(Files::default())
}

/// A log from files has the same number of partitions for all topics: the first topic decides it.
#[derive(Default)]
struct Files {
    log: std::sync::OnceLock<(u32, Arc<FileLog>)>,
    topics: AtomicU32,
}

impl Files {
    fn of(&self, partitions: u32) -> &(u32, Arc<FileLog>) {
        let new = || Arc::new(FileLog::from_records(Vec::new(), partitions).expect("there are no records"));
        self.log.get_or_init(|| (partitions, new()))
    }
}

impl LogKind for Files {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            record_bytes_max: Err("a fixture may hold any record"),
            has_ids: Claim::Not("a log in memory is gone with its process"),
            keeps_record_ids: Claim::Not("nobody relays from a fixture"),
            outlives_its_process: Claim::Not("it is read once from its file"),
            writes_before_it_is_durable: Claim::Not("nothing of it is durable"),
            can_fail_midway: Claim::Not("an append is checked first, and memory takes it"),
            appends_all_or_nothing: Claim::Holds,
        }
    }

    fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.of(1).1) as Arc<dyn Log>
    }

    fn topic(&self, partitions: u32) -> String {
        let (existing, log) = self.of(partitions);
        assert_eq!(*existing, partitions, "a fact makes topics of one kind");
        let name = format!("topic-{}", self.topics.fetch_add(1, Ordering::Relaxed));
        log.append(&name, Vec::<NewRecord>::new()).expect("the topic is made");
        name
    }

    fn unknown_topic(&self) -> String {
        "unknown".to_owned()
    }
}
