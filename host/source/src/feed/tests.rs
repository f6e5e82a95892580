use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use foldline_core::description::{Field, FieldSource, ValueType};
use foldline_core::position::Position;

use super::*;
use crate::threads;
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord};

/// How long anything may take. Only failing tests reach it.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    log: Arc<EmbeddedLog>,
    feeds: Feeds,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(partitions: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions {
            partitions,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 8 << 20,
            clock: Arc::new(|| 0),
        };
        let log = Arc::new(EmbeddedLog::open(folder.path(), options).unwrap());
        let feeds = Feeds::new(Arc::clone(&log) as Arc<dyn Log>, threads(Some(2)).unwrap(), 8 << 20);
        Self { log, feeds, _folder: folder }
    }

    /// Appends records `{"n":…}` with a filler; returns the log's end.
    fn append(&self, numbers: std::ops::Range<u32>, filler: usize) -> Position {
        let filler = "x".repeat(filler);
        let record = |n: u32| NewRecord {
            key: Some(n.to_string().into_bytes()),
            value: Some(format!(r#"{{"n":{n},"filler":"{filler}"}}"#).into_bytes()),
            ..NewRecord::default()
        };
        let mut end = Position::default();
        let all: Vec<u32> = numbers.collect();
        for some in all.chunks(1_000) {
            end.raise_to(&self.log.append("t", some.iter().copied().map(record).collect()).unwrap());
        }
        end
    }

    /// Appends as [`World::append`], with punctuations in between.
    fn append_punctuated(&self, numbers: std::ops::Range<u32>) {
        for n in numbers {
            let record = |n: u32| NewRecord {
                partition: Some(n % 3),
                value: Some(format!(r#"{{"n":{n}}}"#).into_bytes()),
                ..NewRecord::default()
            };
            let records = match n % 5 {
                0 => vec![NewRecord::punctuation(None, 0), NewRecord::punctuation(Some(n % 3), 0)],
                1 => vec![record(n), NewRecord::punctuation(Some(n % 3), 0), record(n)],
                _ => (0..n % 4).map(record).collect(),
            };
            if !records.is_empty() {
                self.log.append("t", records).unwrap();
            }
        }
    }

    fn ends(&self) -> Vec<u64> {
        self.log.ends("t").unwrap()
    }

    fn subscribe(&self, position: Vec<u64>) -> Reader {
        let notifier = Arc::new(Notifier::default());
        let input = input();
        Reader {
            rows_max: usize::MAX,
            subscription: self.feeds.subscribe(std::slice::from_ref(&input), position, &notifier).unwrap(),
            notifier,
            input,
        }
    }

    fn readers(&self) -> usize {
        let registry = self.feeds.registry.lock();
        registry.by_topic.values().flatten().filter(|feed| feed.state.lock().ended.is_none()).count()
    }
}

fn input() -> Input {
    let field = Field::of_value(vec!["n".into()], ValueType::Int);
    Input { topic: "t".into(), fields: vec![field], ..Input::default() }
}

struct Reader {
    /// The most records of one take.
    rows_max: usize,
    subscription: Subscription,
    notifier: Arc<Notifier>,
    input: Input,
}

impl Reader {
    /// Takes until `end`. Returns the (partition, offset) of every record, in the order of taking.
    fn take_until(&mut self, feeds: &Feeds, end: &[u64]) -> Vec<(u32, u64)> {
        self.take_no_further_than(feeds, None, end)
    }

    /// As [`Reader::take_until`], but takes nothing beyond `until`.
    fn take_no_further_than(
        &mut self,
        feeds: &Feeds,
        until: Option<&Position>,
        end: &[u64],
    ) -> Vec<(u32, u64)> {
        let deadline = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while self.subscription.position() != end {
            assert!(Instant::now() < deadline, "{:?} of {end:?}", self.subscription.position());
            let seen = self.notifier.seen();
            feeds.move_up(&mut self.subscription, std::slice::from_ref(&self.input), &self.notifier);
            let mut taken = Vec::new();
            match self.subscription.take(1 << 20, self.rows_max, until, &mut taken).unwrap() {
                None => {
                    let position = self.subscription.position().to_vec();
                    self.subscription =
                        feeds.subscribe(std::slice::from_ref(&self.input), position, &self.notifier).unwrap();
                }
                Some(0) => drop(self.notifier.wait_until(seen, deadline)),
                Some(_) => {}
            }
            for Taken { batch, rows, offsets } in taken {
                let partition = batch.records.partition();
                let punctuations = batch.records.punctuations_from(offsets.start).iter();
                let punctuations = punctuations.map(|punctuation| punctuation.offset);
                all.extend(
                    punctuations.take_while(|offset| *offset < offsets.end).map(|offset| (partition, offset)),
                );
                all.extend(rows.map(|row| (partition, batch.records.get(row).offset)));
            }
        }
        all
    }
}

/// Checks that every offset from `start` to `end` occurs once, rising within each partition.
fn check(all: &[(u32, u64)], start: &[u64], end: &[u64]) {
    for (partition, (&start, &end)) in (0..).zip(start.iter().zip(end)) {
        let offsets: Vec<u64> =
            all.iter().filter(|(p, _)| *p == partition).map(|(_, offset)| *offset).collect();
        assert_eq!(offsets, (start..end).collect::<Vec<_>>(), "partition {partition}");
    }
}

#[test]
fn everyone_takes_every_record_once_wherever_they_start() {
    let world = World::new(3);
    world.append(0..20_000, 100);
    let end = world.ends();
    let middle: Vec<u64> = end.iter().map(|end| end / 2 + 7).collect();
    let mut first = world.subscribe(vec![0; 3]);
    let mut second = world.subscribe(vec![0; 3]);
    let mut third = world.subscribe(middle.clone());
    // One reader takes pieces of batches, the other whole batches.
    second.rows_max = 777;
    check(&second.take_until(&world.feeds, &end), &[0; 3], &end);
    check(&first.take_until(&world.feeds, &end), &[0; 3], &end);
    check(&third.take_until(&world.feeds, &end), &middle, &end);
}

#[test]
fn what_may_be_taken_ends_at_any_offset_and_the_rest_follows() {
    let world = World::new(3);
    world.append_punctuated(0..300);
    let end = world.ends();
    let notifier = Arc::new(Notifier::default());
    for at in 0..40 {
        let share = |partition: u64, end: u64| (end * (at * 7 + partition * 13) / 350).min(end);
        let middle: Vec<u64> = (0..).zip(&end).map(|(partition, &end)| share(partition, end)).collect();
        let mut until = Position::default();
        (0..).zip(&middle).for_each(|(partition, &next_offset)| until.set("t", partition, next_offset));
        let mut reader = world.subscribe(vec![0; 3]);
        let before = reader.take_no_further_than(&world.feeds, Some(&until), &middle);
        check_sorted(before, &[0; 3], &middle);
        // Further takes return nothing more.
        let mut taken = Vec::new();
        reader.subscription.take(1 << 20, usize::MAX, Some(&until), &mut taken).unwrap();
        assert!(taken.is_empty());
        // A reader that joins at this position takes the same as the reader that stood there.
        let mut joined = world.feeds.subscribe(&[input()], middle.clone(), &notifier).unwrap();
        let rest = reader.take_until(&world.feeds, &end);
        check_sorted(rest, &middle, &end);
        reader.subscription = std::mem::replace(&mut joined, reader.subscription);
        check_sorted(reader.take_until(&world.feeds, &end), &middle, &end);
    }
}

fn check_sorted(mut all: Vec<(u32, u64)>, start: &[u64], end: &[u64]) {
    all.sort_unstable();
    check(&all, start, end);
}

#[test]
fn one_who_waits_at_an_offset_finds_what_it_needs_behind_much_that_it_does_not() {
    let world = World::new(2);
    let record = |partition: u32, bytes: usize| NewRecord {
        partition: Some(partition),
        value: Some(format!(r#"{{"n":1,"filler":"{}"}}"#, "x".repeat(bytes)).into_bytes()),
        ..NewRecord::default()
    };
    world.log.append("t", vec![record(0, 1), record(1, 1)]).unwrap();
    let mut reader = world.subscribe(vec![0; 2]);
    reader.take_until(&world.feeds, &[1, 1]);
    // More than a feed holds for a slow subscriber, which loses its subscription on the way.
    for _ in 0..24 {
        world.log.append("t", vec![record(0, 1 << 20)]).unwrap();
    }
    // The feed has read ahead as far as it may, and waits.
    let held = || reader.subscription.held_bytes();
    let deadline = Instant::now() + PATIENCE;
    while held() <= AHEAD_BYTES_MAX {
        assert!(Instant::now() < deadline, "only {} bytes were read", held());
        std::thread::yield_now();
    }
    world.log.append("t", vec![record(1, 1)]).unwrap();
    let until: Position = "t:0:1,t:1:2".parse().unwrap();
    let taken = reader.take_no_further_than(&world.feeds, Some(&until), &[1, 2]);
    check(&taken, &[1, 1], &[1, 2]);
    let end = world.ends();
    check(&reader.take_until(&world.feeds, &end), &[1, 2], &end);
}

#[test]
fn a_replay_that_has_caught_up_shares_the_older_reader() {
    let world = World::new(2);
    world.append(0..20_000, 600);
    let end = world.ends();
    let mut live = world.subscribe(end.clone());
    let mut replay = world.subscribe(vec![0; 2]);
    assert_eq!(world.readers(), 2);
    replay.take_until(&world.feeds, &end);
    // At the log's end, both readers stand at the same position.
    world.feeds.move_up(&mut replay.subscription, std::slice::from_ref(&replay.input), &replay.notifier);
    let deadline = Instant::now() + PATIENCE;
    while world.readers() != 1 {
        assert!(Instant::now() < deadline, "the replay's own reader goes on");
        std::thread::yield_now();
    }
    world.append(20_000..21_000, 100);
    let later = world.ends();
    check(&live.take_until(&world.feeds, &later), &end, &later);
    check(&replay.take_until(&world.feeds, &later), &end, &later);
}

#[test]
fn one_who_takes_nothing_does_not_hold_up_the_others() {
    let world = World::new(2);
    world.append(0..40_000, 1_000);
    let end = world.ends();
    let mut idle = world.subscribe(vec![0; 2]);
    let mut busy = world.subscribe(vec![0; 2]);
    check(&busy.take_until(&world.feeds, &end), &[0; 2], &end);
    check(&idle.take_until(&world.feeds, &end), &[0; 2], &end);
}

#[test]
fn a_feed_without_subscribers_ends() {
    let world = World::new(1);
    world.append(0..10, 1);
    drop(world.subscribe(vec![0]));
    let deadline = Instant::now() + PATIENCE;
    while world.readers() != 0 {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
}

#[test]
fn what_is_decoded_once_serves_everyone_who_declared_it() {
    let world = World::new(1);
    world.log.ensure_topic("t").unwrap();
    let mut first = world.subscribe(vec![0]);
    let _second = world.subscribe(vec![0]);
    world.append(0..100, 1);
    let deadline = Instant::now() + PATIENCE;
    let mut taken = Vec::new();
    while taken.is_empty() {
        let seen = first.notifier.seen();
        first.subscription.take(1 << 20, usize::MAX, None, &mut taken).unwrap();
        assert!(!taken.is_empty() || first.notifier.wait_until(seen, deadline));
    }
    let shared = taken[0].batch.shared.as_ref().unwrap();
    assert!(shared.declared.view(&[(0, input())], false).is_some());
    let (_, decoded) = &shared.parts[0];
    assert!(decoded.events.rows() > 0 && decoded.dead.is_empty());
}

#[test]
fn what_only_someone_declared_who_left_is_decoded_no_longer() {
    let world = World::new(1);
    world.log.ensure_topic("t").unwrap();
    let stays = world.subscribe(vec![0]);
    let mut other = input();
    other.fields[0].source = FieldSource::Value(vec!["filler".into()]);
    let notifier = Arc::new(Notifier::default());
    let leaves = world.feeds.subscribe(std::slice::from_ref(&other), vec![0], &notifier).unwrap();
    let decodes = |input: &Input| {
        let registry = world.feeds.registry.lock();
        let feeds: Vec<_> = registry.by_topic.values().flatten().collect();
        let [feed] = feeds[..] else { panic!("{} feeds", feeds.len()) };
        feed.state.lock().declared.view(&[(0, input.clone())], false).is_some()
    };
    assert!(decodes(&stays.input) && decodes(&other));
    drop(leaves);
    assert!(decodes(&stays.input) && !decodes(&other));
}

#[test]
fn a_feed_reads_so_far_ahead_and_no_further() {
    let world = World::new(2);
    world.append(0..40_000, 1_000);
    let reader = world.subscribe(vec![0; 2]);
    let held = || {
        let registry = world.feeds.registry.lock();
        registry.by_topic.values().flatten().map(|feed| feed.state.lock().ring.held_bytes()).sum::<usize>()
    };
    // The subscriber takes nothing: 40 MB wait in the log, only a few of them in memory.
    let deadline = Instant::now() + PATIENCE;
    while held() < AHEAD_BYTES_MAX {
        assert!(Instant::now() < deadline, "only {} bytes were read", held());
        std::thread::yield_now();
    }
    for _ in 0..1_000 {
        assert!(held() <= 2 * AHEAD_BYTES_MAX, "{} bytes are held", held());
        std::thread::yield_now();
    }
    drop(reader);
}
