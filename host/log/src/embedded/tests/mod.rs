//! The promises of the embedded log, tested from outside: records, crashes, damage, failing disks.

mod records;
mod punctuations;
mod clock;
mod damage;
mod failure;
mod kill;
mod witness;
mod identity;
mod version_1;

use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// Options with a stopped clock.
fn options(partitions: u32) -> EmbeddedOptions {
    EmbeddedOptions {
        partitions,
        partitions_of: BTreeMap::new(),
        record_bytes_max: 1 << 20,
        clock: Arc::new(|| 1_700_000_000_000),
    }
}

/// No seals, so that a closed log leaves the same files as a crash.
fn crashing() -> Tuning {
    Tuning { seal_after: Duration::from_secs(3600), seal_at_end: false, ..Tuning::default() }
}

fn open(dir: &Path, partitions: u32, tuning: Tuning) -> Result<EmbeddedLog> {
    EmbeddedLog::open_with(dir, options(partitions), tuning, Box::new(RealDisk))
}

fn record(value: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord { value: Some(value.into()), ..NewRecord::default() }
}

fn in_partition(partition: u32, value: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord { partition: Some(partition), ..record(value) }
}

/// The values of a topic by partition; checks that offsets have no gaps.
fn values(log: &EmbeddedLog, topic: &str) -> Result<Vec<Vec<String>>> {
    let ends = log.ends(topic)?;
    let starts: Vec<_> = (0..ends.len() as u32)
        .map(|partition| Start { topic: topic.to_owned(), partition, next_offset: 0 })
        .collect();
    let mut reader = log.reader(&starts)?;
    let mut values = vec![Vec::new(); ends.len()];
    loop {
        let batches = reader.poll(1 << 20, Duration::ZERO)?;
        if batches.is_empty() {
            let lens: Vec<_> = values.iter().map(|values: &Vec<String>| values.len() as u64).collect();
            assert_eq!(lens, ends, "what is announced can be read");
            return Ok(values);
        }
        for batch in batches {
            for record in batch.iter() {
                let values = &mut values[batch.partition() as usize];
                assert_eq!(record.offset, values.len() as u64);
                values.push(String::from_utf8(record.value.unwrap().to_vec()).unwrap());
            }
        }
    }
}

fn segment(dir: &Path, topic: &str, partition: u32) -> PathBuf {
    dir.join(format!("{topic}/{partition}/00000000000000000000.seg"))
}
