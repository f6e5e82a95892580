//! Benchmarks of a sliding window of distinct items: the cost per event, and whether it depends on the window's length.
//!
//! Likes of 1,000 posts by Zipf, users uniform, times uniform over twice the window's length. Panes are collected beforehand, as
//! the host does while they are open. The window alone is timed: all boundaries at which anything enters or leaves, in the order
//! of time, with an estimate at each. Uses the host's allocator. Before a time counts, the last estimates are compared with panes
//! merged into plain sketches. Run with `cargo bench -p foldline-core --bench sliding_distinct`.

mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use common::{Rng, Zipf};
use foldline_core::aggregate::distinct::hash;
use foldline_core::aggregate::{Aggregate, Codec, Distinct, Sliding, SlidingDistinct};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const KEYS: usize = 1_000;
const USERS: u64 = 1_000_000;
const EVENTS: usize = 4_000_000;

fn main() {
    // With `--test`, Cargo only checks that benchmarks run.
    let events = if std::env::args().any(|arg| arg == "--test") { 10_000 } else { EVENTS };
    println!(
        "| window / slide | panes | p | ns an event | ns a boundary and key | KiB a key | ns an event, warm |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, panes) in
        [("1 h / 2 min", 30), ("24 h / 2 min", 720), ("30 d / 1 h", 720), ("24 h / 10 s", 8_640)]
    {
        for precision in [12, 14] {
            // 30 d / 1 h is the same window as 24 h / 2 min (720 panes), so it gets a quarter of the events.
            let events = if name == "30 d / 1 h" { events / 4 } else { events };
            runs(name, panes, precision, events);
        }
    }
    lengths(if events == EVENTS { 1_000 } else { 1 });
    slides(events);
    peers(events / 100);
}

/// A pane, and the sketch of each of its keys, in the order of keys.
type Pane = (i64, Vec<(usize, Distinct)>);

/// Draws the events of one pane.
fn draw(pane: i64, events: usize, precision: u8, posts: &Zipf, rng: &mut Rng) -> Pane {
    let mut open: Vec<Option<Distinct>> = vec![None; KEYS];
    for _ in 0..events {
        let key = posts.draw(rng);
        let user = hash::int(rng.below(USERS) as i64);
        open[key].get_or_insert_with(|| Distinct::new(precision)).insert(user);
    }
    let open = open.into_iter().enumerate();
    (pane, open.filter_map(|(key, items)| items.map(|items| (key, items))).collect())
}

/// The panes of twice the window's length, in the order of time.
fn panes(window: i64, precision: u8, events: usize) -> Vec<Pane> {
    let mut rng = Rng(1);
    let posts = Zipf::new(KEYS);
    let until = |pane: i64| (events as i64 * pane / (2 * window)) as usize;
    let events = |pane| until(pane + 1) - until(pane);
    (0..2 * window).map(|pane| draw(pane, events(pane), precision, &posts, &mut rng)).collect()
}

/// The windows of all keys, over panes that arrive one by one.
struct WindowRun {
    windows: Vec<SlidingDistinct>,
    window: i64,
    /// For each pane that may leave, by its number modulo the window's length, the keys to visit.
    leaving: Vec<Vec<u32>>,
}

impl WindowRun {
    fn new(window: i64, precision: u8) -> Self {
        Self {
            windows: vec![SlidingDistinct::new(precision); KEYS],
            window,
            leaving: vec![Vec::new(); window as usize],
        }
    }

    /// Slides by a pane, with an estimate at each boundary at which anything enters or leaves. Returns the time taken
    /// and the number of these boundaries.
    fn slide(&mut self, (pane, entering): Pane) -> (Duration, usize) {
        let Self { windows, window, leaving } = self;
        let start = Instant::now();
        let (mut sum, mut boundaries) = (0, 0);
        for key in std::mem::take(&mut leaving[(pane % *window) as usize]) {
            let held = &mut windows[key as usize];
            held.expire(pane + 1 - *window);
            sum += held.estimate();
            boundaries += 1;
            if let Some(oldest) = held.oldest() {
                leaving[(oldest % *window) as usize].push(key);
            }
        }
        for (key, items) in entering {
            let held = &mut windows[key];
            if held.is_empty() {
                leaving[(pane % *window) as usize].push(key as u32);
            }
            held.seal(pane, items);
            sum += held.estimate();
            boundaries += 1;
        }
        black_box(sum);
        (start.elapsed(), boundaries)
    }

    /// Takes all boundaries of the panes from [`panes`]. Returns time and number of boundaries for each half.
    fn run(&mut self, panes: Vec<Pane>) -> [(Duration, usize); 2] {
        let mut halves = [(Duration::ZERO, 0); 2];
        for pane in panes {
            let half = &mut halves[(pane.0 / self.window) as usize];
            let (taken, boundaries) = self.slide(pane);
            half.0 += taken;
            half.1 += boundaries;
        }
        halves
    }

    /// Returns the memory per key, in bytes.
    fn bytes_a_key(&self) -> usize {
        self.windows.iter().map(|held| held.heap_bytes() + size_of_val(held)).sum::<usize>() / KEYS
    }
}

fn runs(name: &str, window: i64, precision: u8, events: usize) {
    let sealed = panes(window, precision, events);
    let mut times = Vec::new();
    let mut bytes = 0;
    for round in 0..3 {
        let mut run_of_window = WindowRun::new(window, precision);
        let halves = run_of_window.run(sealed.clone());
        let boundaries: usize = halves.iter().map(|half| half.1).sum();
        let total: Duration = halves.iter().map(|half| half.0).sum();
        let ns = |time: Duration, per: usize| time.as_nanos() as f64 / per as f64;
        times.push((ns(total, events), ns(total, boundaries), ns(halves[1].0, events / 2)));
        bytes = run_of_window.bytes_a_key();
        if round == 0 {
            check(&run_of_window.windows, &sealed, window, precision);
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (event, boundary, warm) = times[times.len() / 2];
    println!(
        "| {name} | {window} | {precision} | {event:.0} | {boundary:.0} | {:.1} | {warm:.0} |",
        bytes as f64 / 1024.0
    );
}

/// The same panes in full windows of different lengths. The shorter ones fit the processor's caches.
fn lengths(pane_events: usize) {
    println!("\n| {pane_events} events a pane: panes in the window | p | ns an event | KiB a key |");
    println!("|---|---|---|---|");
    for (window, precision) in
        [30i64, 720, 8_640].into_iter().flat_map(|window| [12, 14].map(|precision| (window, precision)))
    {
        let mut rng = Rng(1);
        let posts = Zipf::new(KEYS);
        let mut run_of_window = WindowRun::new(window, precision);
        let mut taken = Duration::ZERO;
        let timed = window.max(1_000);
        for pane in 0..window + timed {
            let (slide, _) = run_of_window.slide(draw(pane, pane_events, precision, &posts, &mut rng));
            if pane >= window {
                taken += slide;
            }
        }
        let bytes = run_of_window.bytes_a_key();
        let ns = taken.as_nanos() as f64 / (timed as usize * pane_events) as f64;
        println!("| {window} | {precision} | {ns:.0} | {:.1} |", bytes as f64 / 1024.0);
    }
}

/// Checks that the windows' registers are those of their merged panes.
fn check(windows: &[SlidingDistinct], sealed: &[Pane], window: i64, precision: u8) {
    let mut merged = vec![Distinct::new(precision); windows.len()];
    for (key, items) in sealed[window as usize..].iter().flat_map(|(_, entered)| entered) {
        merged[*key].merge(items);
    }
    for (key, (held, merged)) in windows.iter().zip(&merged).enumerate() {
        let (ours, theirs) = (held.estimate(), merged.estimate());
        // If the forms differ, so do the estimates, by the dense form's error.
        let error = 5.0 * 1.04 / f64::from(1u32 << precision).sqrt();
        assert!(ours.abs_diff(theirs) as f64 <= error * theirs as f64, "{ours}, not {theirs}, of key {key}");
    }
}

/// Hot, warm and cold keys after two windows' lengths: the cost of a slide, an encoding and a restart.
fn slides(events: usize) {
    println!(
        "\n| 24 h / 2 min | p | estimate | KiB held | KiB encoded | encode µs | decode µs | slide µs | seal µs | items |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for precision in [12, 14] {
        let sealed = panes(720, precision, events);
        let mut run_of_window = WindowRun::new(720, precision);
        run_of_window.run(sealed.clone());
        for key in [0, 9, 99, 999] {
            let held = &run_of_window.windows[key];
            let mut bytes = Vec::new();
            held.encode(&mut bytes);
            let encode = micros(|| {
                bytes.clear();
                held.encode(&mut bytes);
            });
            let decode = micros(|| drop(black_box(SlidingDistinct::decode(&bytes))));
            // Another hundred panes like the last hundred.
            let of_key = |(pane, entered): &'_ Pane| {
                let items = entered.iter().find(|(of, _)| *of == key)?.1.clone();
                Some((*pane, items))
            };
            let last: Vec<(i64, Distinct)> = sealed[1_340..].iter().filter_map(of_key).collect();
            let mut next = held.clone();
            let (mut slide, mut seal, mut items) = (Duration::ZERO, Duration::ZERO, 0);
            for (pane, value) in &last {
                let start = Instant::now();
                next.expire(pane + 100 - 719);
                slide += start.elapsed();
                items += value.estimate();
                let value = value.clone();
                let start = Instant::now();
                next.seal(pane + 100, value);
                seal += start.elapsed();
            }
            let each = |time: Duration| time.as_nanos() as f64 / 1_000.0 / last.len().max(1) as f64;
            println!(
                "| key {key} | {precision} | {} | {:.1} | {:.1} | {encode:.1} | {decode:.1} | {:.2} | {:.2} | {:.1} |",
                held.estimate(),
                held.heap_bytes() as f64 / 1024.0,
                bytes.len() as f64 / 1024.0,
                each(slide),
                each(seal),
                items as f64 / last.len().max(1) as f64,
            );
        }
    }
}

/// The median of some runs, in microseconds.
fn micros(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[7].as_nanos() as f64 / 1_000.0
}

/// The same windows by the obvious methods, over 24 h / 2 min and a hundredth of the events: in the steady second half,
/// merging all panes of a key at each boundary at which one enters or leaves; and adding every item to its 720 windows.
fn peers(events: usize) {
    const WINDOW: i64 = 720;
    println!("\n| 24 h / 2 min, {events} events | p | ns an event |");
    println!("|---|---|---|");
    for precision in [12, 14] {
        let sealed = panes(WINDOW, precision, events);
        let mut run_of_window = WindowRun::new(WINDOW, precision);
        let [_, (ours, boundaries)] = run_of_window.run(sealed.clone());

        let mut held: Vec<std::collections::VecDeque<(i64, Distinct)>> = vec![Default::default(); KEYS];
        let mut merges = 0;
        let mut results = vec![0; KEYS];
        let start = Instant::now();
        for pane in WINDOW..2 * WINDOW {
            for (key, items) in &sealed[pane as usize].1 {
                held[*key].push_back((pane, items.clone()));
            }
            for (key, held) in held.iter_mut().enumerate() {
                let enters = held.back().is_some_and(|(last, _)| *last == pane);
                let leaves = held.front().is_some_and(|(first, _)| *first <= pane - WINDOW);
                if leaves {
                    held.pop_front();
                }
                if enters || leaves {
                    let mut merged = Distinct::new(precision);
                    held.iter().for_each(|(_, items)| merged.merge(items));
                    results[key] = black_box(merged.estimate());
                    merges += 1;
                }
            }
        }
        let merging = start.elapsed();
        let agree = results.iter().zip(&run_of_window.windows).filter(|(a, b)| **a == b.estimate()).count();

        // A sample of the events, because each is added to 720 sketches of its key.
        let sample = (events / 100).max(1);
        let posts = Zipf::new(KEYS);
        let mut rng = Rng(2);
        let mut all: Vec<Vec<Distinct>> = vec![Vec::new(); KEYS];
        let start = Instant::now();
        for _ in 0..sample {
            let key = posts.draw(&mut rng);
            let user = hash::int(rng.below(USERS) as i64);
            let windows = &mut all[key];
            windows.resize_with(WINDOW as usize, || Distinct::new(precision));
            windows.iter_mut().for_each(|window| {
                window.insert(user);
            });
        }
        let every = start.elapsed();

        let ns = |time: Duration, of: usize| time.as_nanos() as f64 / of as f64;
        println!("| future maxima, {boundaries} boundaries | {precision} | {:.0} |", ns(ours, events / 2));
        println!(
            "| panes merged, {merges} boundaries, {agree} keys agree | {precision} | {:.0} |",
            ns(merging, events / 2)
        );
        println!(
            "| every event into 720 windows, {sample} events | {precision} | {:.0} |",
            ns(every, sample)
        );
    }
}
