//! Where readers start, and how they continue.

use std::time::{Duration, Instant};

use foldline_base::error::ErrorKind;
use foldline_log::RecordBatch;

use crate::kind::LogKind;
use crate::reading::{POLL_BYTES, all_starts, poll_until, record, seen, start, value_of};

/// Far longer than it takes to wake a waiting reader.
const LONG: Duration = Duration::from_secs(60);

/// A reader starts at any offset up to the end, and at the end.
pub fn a_reader_starts_exactly_where_it_is_told(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(2), kind.log());
    let records = (0..100).map(|number| record(1, number.to_string()));
    log.append(&topic, records.collect()).expect("it is appended");
    for from in [0, 1, 57, 99, 100] {
        let starts = [start(&topic, 1, from), start(&topic, 0, 0)];
        let mut reader = log.reader(&starts).expect("it opens");
        let batches = poll_until(reader.as_mut(), POLL_BYTES, |batch| {
            from == 100 || batch.is_some_and(|batch| batch.next_offset() == 100)
        });
        let read: Vec<_> = seen(&batches).iter().map(|seen| (seen.offset, value_of(seen))).collect();
        let expected: Vec<_> = (from..100).map(|number| (number, number.to_string())).collect();
        assert_eq!(read, expected, "from {from}");
    }
}

/// A position that the log does not have is refused before anything is read.
pub fn a_reader_outside_of_the_log_is_refused(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(1), kind.log());
    log.append(&topic, vec![record(0, "a")]).expect("it is appended");
    let refused = |topic: &str, partition, next_offset| {
        log.reader(&[start(topic, partition, next_offset)]).err().map(|error| error.kind())
    };
    assert_eq!(refused(&topic, 0, 1), None);
    assert_eq!(refused(&topic, 0, 2), Some(ErrorKind::Corrupt), "it is behind the end");
    assert_eq!(refused(&topic, 1, 0), Some(ErrorKind::NotFound), "there is one partition");
    assert_eq!(refused(&kind.unknown_topic(), 0, 0), Some(ErrorKind::NotFound));
}

/// A small partition does not wait until a large one is read. A broker returns a megabyte of a partition at once, so there is
/// more than that, and it cannot be compressed.
pub fn a_reader_of_several_partitions_takes_turns(kind: &dyn LogKind) {
    const MANY: u64 = 8_000;
    const BYTES: u64 = 1_000;
    let (topic, log) = (kind.topic(2), kind.log());
    let many = (0..MANY).map(|number| {
        let value: Vec<u8> = (number * BYTES..(number + 1) * BYTES).map(noise).collect();
        record(0, value)
    });
    log.append(&topic, many.collect()).expect("it is appended");
    log.append(&topic, vec![record(1, "few")]).expect("it is appended");
    let mut reader = log.reader(&all_starts(log.as_ref(), &topic)).expect("it opens");
    let mut reached = [0, 0];
    let batches = poll_until(reader.as_mut(), 100_000, |batch| {
        if let Some(batch) = batch {
            reached[batch.partition() as usize] = batch.next_offset();
        }
        reached == [MANY, 1]
    });
    let of_few = batches.iter().position(|batch| batch.partition() == 1).expect("it comes");
    assert!(of_few + 1 < batches.len(), "the other partition was read to its end first");
}

/// A waiting reader is woken by new entries, so callers need not poll in a loop.
pub fn a_reader_that_waits_is_woken_by_records_and_by_punctuations(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(2), kind.log());
    let mut reader = log.reader(&all_starts(log.as_ref(), &topic)).expect("it opens");
    let waits = |reader: &mut dyn foldline_log::LogReader, append: &dyn Fn()| {
        std::thread::scope(|scope| {
            let polled = scope.spawn(|| {
                let began = Instant::now();
                (reader.poll(POLL_BYTES, LONG).expect("it answers"), began.elapsed())
            });
            append();
            polled.join().expect("the reader is sound")
        })
    };
    let (batches, waited) = waits(reader.as_mut(), &|| {
        log.append(&topic, vec![record(1, "a")]).expect("it is appended");
    });
    assert!(waited < LONG);
    assert_eq!(seen(&batches).iter().map(value_of).collect::<Vec<_>>(), ["a"]);
    let (batches, waited) = waits(reader.as_mut(), &|| {
        log.punctuate(&topic, Some(&[1]), 5).expect("it is appended");
    });
    assert!(waited < LONG);
    assert_eq!(seen(&batches).iter().map(value_of).collect::<Vec<_>>(), ["@5"]);
    assert!(batches.iter().map(RecordBatch::bytes).sum::<usize>() > 0, "it counts against budgets");
}

/// A reader makes progress however few bytes are requested, and a wait ends in time.
pub fn a_poll_of_a_single_byte_goes_on_and_one_that_finds_nothing_ends(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(1), kind.log());
    let records = (0..20).map(|number| record(0, number.to_string()));
    log.append(&topic, records.collect()).expect("it is appended");
    let mut reader = log.reader(&[start(&topic, 0, 0)]).expect("it opens");
    let batches =
        poll_until(reader.as_mut(), 1, |batch| batch.is_some_and(|batch| batch.next_offset() == 20));
    let read: Vec<_> = seen(&batches).iter().map(value_of).collect();
    assert_eq!(read, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    let began = Instant::now();
    assert!(reader.poll(POLL_BYTES, Duration::ZERO).expect("it answers").is_empty());
    assert!(reader.poll(POLL_BYTES, Duration::from_millis(50)).expect("it answers").is_empty());
    assert!(began.elapsed() < LONG);
}

/// A byte that cannot be compressed: Sebastiano Vigna's splitmix64.
fn noise(number: u64) -> u8 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as u8
}
