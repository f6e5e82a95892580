//! Measures the embedded log: the speed of bulk appends, of a scan, and of single appends by several callers.
//!
//! `cargo run --release -p foldline-bench --example embedded_log [RECORDS] [PARTITIONS] [CALLERS]`, in a temporary folder of
//! the working directory's disk. Records are 66 bytes; CPU is that of the whole process, generating included.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord, Start};

/// As in the host.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Records per bulk append.
const APPEND_RECORDS: usize = 20_000;

fn main() -> anyhow::Result<()> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [records, partitions, callers] =
        std::array::from_fn(|at| numbers.get(at).copied().unwrap_or([10_000_000, 4, 2][at]));
    let dir = tempfile::tempdir_in(".")?;
    let options = EmbeddedOptions {
        partitions: partitions as u32,
        partitions_of: BTreeMap::new(),
        record_bytes_max: 1 << 20,
        clock: Arc::new(|| 1_700_000_000_000),
    };
    let log = EmbeddedLog::open(dir.path(), options.clone())?;

    measure("make", records, || {
        for start in (0..records).step_by(APPEND_RECORDS) {
            drop((start..records.min(start + APPEND_RECORDS)).map(like).collect::<Vec<_>>());
        }
        Ok(())
    })?;
    measure("append (making not subtracted)", records, || {
        std::thread::scope(|scope| {
            let append = |caller: usize| -> anyhow::Result<()> {
                let own = records / callers;
                for start in (0..own).step_by(APPEND_RECORDS) {
                    let end = own.min(start + APPEND_RECORDS);
                    log.append("likes", (start..end).map(|n| like(caller * own + n)).collect())?;
                }
                Ok(())
            };
            let threads: Vec<_> = (0..callers).map(|caller| scope.spawn(move || append(caller))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("no panics"))
        })
    })?;
    drop(log);
    let log = measure("open", records, || Ok(EmbeddedLog::open(dir.path(), options.clone())?))?;
    measure("scan", records, || {
        let starts: Vec<_> = (0..partitions as u32)
            .map(|partition| Start { topic: "likes".to_owned(), partition, next_offset: 0 })
            .collect();
        let mut reader = log.reader(&starts)?;
        let mut seen = 0;
        while seen < records / callers * callers {
            seen += reader.poll(4 << 20, Duration::ZERO)?.iter().map(|batch| batch.len()).sum::<usize>();
        }
        Ok(())
    })?;
    for callers in [1, 16] {
        let each = 2_000 / callers;
        measure(&format!("single appends, {callers} callers"), each * callers, || {
            std::thread::scope(|scope| {
                for _ in 0..callers {
                    scope.spawn(|| {
                        (0..each).for_each(|n| drop(log.append("single", vec![like(n)]).expect("a disk")))
                    });
                }
            });
            Ok(())
        })?;
    }
    Ok(())
}

/// Returns a record of 66 bytes.
fn like(n: usize) -> NewRecord {
    let (user, post) = (n * 7_919 % 1_000_000, n * 104_729 % 10_000);
    NewRecord {
        key: Some(format!("p{post:05}").into_bytes()),
        value: Some(
            format!(r#"{{"user_id":"u{user:06}","post_id":"p{post:05}","timestamp":{:09}}}"#, n).into_bytes(),
        ),
        ..NewRecord::default()
    }
}

fn measure<T>(what: &str, records: usize, run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let result = run()?;
    let (seconds, cpu, millions) =
        (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu, records as f64 / 1e6);
    println!("{what:32} {seconds:7.2} s  {:7.3} M rec/s  {:6.3} CPU-s/M", millions / seconds, cpu / millions);
    Ok(result)
}

/// Returns user and system time of this process; Linux counts it in hundredths.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / 100.0)
}
