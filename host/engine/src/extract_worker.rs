//! What one thread needs to turn records into contributions: an instance of the module, and its views of decoded batches.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use foldline_core::contribution::{Contributions, EventBatch};
use foldline_core::description::{Description, Input, TableSpec, Window};
use foldline_core::skips::OffsetRanges;
use foldline_core::table::{Origin, hash_keys, shard_of};
use foldline_core::watermark::{EventTimes, Watermarks};
use parking_lot::Mutex;

use super::extract::{Extraction, Extractor};
use foldline_base::seed::hash_seed;
use foldline_core::dead_letter::DeadLetter;
use foldline_module::bisection::PoisonRecord;
use foldline_source::feed::batch::{Declared, FeedBatch, SharedDecode};

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_decode::{DecodeLimits, DecodedTopic, TopicDecoder, TopicView, coarser_unit};
use foldline_log::RecordBatch;
use foldline_module::ValidatedModule;

/// The inputs of a reducer, by topic.
pub struct Inputs {
    by_topic: BTreeMap<String, DeclaredTopic>,
    limits: DecodeLimits,
    /// Whether event times matter beyond the records that carry them.
    windowed: bool,
    /// By topic, a description of the first coarse time. It affects no result.
    coarse_times: Mutex<BTreeMap<String, String>>,
}

/// The lateness that a reducer's tables allow.
pub struct Lateness {
    /// By declared table, in milliseconds; `None` for a table without windows.
    pub allowed_ms: Vec<Option<u64>>,
}

struct DeclaredTopic {
    /// The inputs that read it, with their indexes in the description.
    inputs: Vec<(usize, Input)>,
    /// Rank among the reducer's topics, ordered by name: it decides ties of `First` and `Last`, the same way on every host.
    topic_rank: u16,
}

/// The rows of a batch that go into one call of a module.
pub struct BatchSlice<'a> {
    /// The batch.
    pub batch: &'a FeedBatch,
    /// Its rows.
    pub rows: Range<usize>,
    /// The offsets of these rows, and of the punctuations before, between and after them.
    pub offsets: Range<u64>,
}

/// What one call made of a batch slice: contributions, dead letters and event times.
pub struct ExtractedBatch {
    /// Number of records that were folded, without dead letters.
    pub events: u64,
    /// Records that could not be folded, by offset.
    pub dead: Vec<DeadLetter>,
    /// Number of records that no input selects.
    pub passed_over: u64,
    contributions: Vec<TableContributions>,
    partition: u32,
    topic: Arc<str>,
    /// Event times, for reducers with windows.
    event_times: EventTimes,
    /// By declared table, the offsets of records that are late for it; empty if no record is late.
    late: Vec<Vec<u64>>,
}

/// The contributions of some events to one table, dealt out to shards.
struct TableContributions {
    events: Arc<EventBatch>,
    topic_rank: u16,
    contributions: Contributions,
    hashes: Vec<u64>,
    /// The rows of each shard; empty if there is only one shard, which takes all.
    dealt: Vec<Vec<u32>>,
}

/// An instance and decoders for one thread. All extract workers of a version give the same answers.
pub struct ExtractWorker {
    extractor: Extractor,
    decoders: BTreeMap<u16, TopicDecoder>,
    /// By topic, the newest declaration and the view of it.
    views: BTreeMap<u16, (Arc<Declared>, Option<TopicView>)>,
    poison: Vec<PoisonRecord>,
}

impl Inputs {
    /// Returns the inputs of a module.
    ///
    /// # Errors
    /// `Module` when there are more inputs than ranks.
    pub fn of(module: &ValidatedModule, limits: DecodeLimits) -> Result<Self> {
        let by_topic = module.description().inputs_by_topic();
        let topics = by_topic.len();
        let ranked = |(rank, (topic, inputs)): (usize, (String, Vec<(usize, Input)>))| {
            let topic_rank = u16::try_from(rank).map_err(|_| {
                Error::new(ErrorKind::Module, format!("{topics} inputs are more than 65,536"))
            })?;
            Ok((topic, DeclaredTopic { inputs, topic_rank }))
        };
        let by_topic = by_topic.into_iter().enumerate().map(ranked).collect::<Result<_>>()?;
        let windowed = module.description().is_windowed();
        Ok(Self { by_topic, limits, windowed, coarse_times: Mutex::default() })
    }

    /// Returns, by topic, the description of the first coarse time.
    pub fn coarse_times(&self) -> BTreeMap<String, String> {
        self.coarse_times.lock().clone()
    }

    /// Looks for a coarse time, unless one of this topic is already recorded.
    fn note_coarse_times(&self, input: &Input, slice: &BatchSlice<'_>, events: &EventBatch) {
        if self.coarse_times.lock().contains_key(&input.topic) {
            return;
        }
        if let Some(said) = coarser_unit(input, &slice.batch.records, slice.rows.clone(), events) {
            self.coarse_times.lock().entry(input.topic.clone()).or_insert(said);
        }
    }

    fn of_topic(&self, topic: &str) -> Result<&DeclaredTopic> {
        self.by_topic.get(topic).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("topic `{topic}` is not an input of this reducer"))
        })
    }
}

/// Returns whether a reducer has tables over windows.
pub fn has_windows(description: &Description) -> bool {
    Lateness::of(description).is_some()
}

impl Lateness {
    /// Returns the lateness that a reducer's tables allow; `None` when it has no windows.
    pub fn of(description: &Description) -> Option<Self> {
        let allowed =
            |table: &TableSpec| (table.window != Window::Unbounded).then_some(table.allowed_lateness_ms);
        description
            .is_windowed()
            .then(|| Self { allowed_ms: description.tables.iter().map(allowed).collect() })
    }
}

impl ExtractWorker {
    /// Returns an extract worker for one more thread.
    pub fn new(module: ValidatedModule) -> Self {
        Self {
            extractor: Extractor::new(module),
            decoders: BTreeMap::new(),
            views: BTreeMap::new(),
            poison: Vec::new(),
        }
    }

    /// Turns rows of a batch into contributions, dealt out to `shards`.
    ///
    /// # Errors
    /// `Internal` when the host itself fails.
    pub fn extract(
        &mut self,
        inputs: &Inputs,
        slice: &BatchSlice<'_>,
        shards: usize,
    ) -> Result<ExtractedBatch> {
        let records = &slice.batch.records;
        let topic = inputs.of_topic(records.topic())?;
        let punctuations = if inputs.windowed { slice.punctuations(&inputs.limits) } else { Vec::new() };
        let DecodedTopic { events: of_inputs, dead, passed_over } =
            self.decode(inputs, topic, slice.batch, slice.rows.clone());
        for ((_, input), events) in topic.inputs.iter().zip(&of_inputs) {
            inputs.note_coarse_times(input, slice, events);
            // Lateness is judged record by record, and lookups by offset rely on this order.
            assert!(
                events.is_in_order() || is_planted(Bug::RescuedBehind),
                "events of {}, partition {}, are not in the order of the log",
                records.topic(),
                records.partition()
            );
        }
        let mut event_times = EventTimes::default();
        if inputs.windowed {
            topic.add_times(&of_inputs, &mut event_times);
            event_times.punctuate(&punctuations);
        }
        let letter = |offset, reason| DeadLetter {
            topic: Arc::clone(records.topic()),
            partition: records.partition(),
            offset,
            reason,
        };
        let mut batch = ExtractedBatch {
            events: of_inputs.iter().map(|events| events.rows() as u64).sum(),
            passed_over,
            dead: dead.into_iter().map(|dead| letter(dead.offset, dead.reason)).collect(),
            contributions: Vec::new(),
            partition: records.partition(),
            topic: Arc::clone(records.topic()),
            event_times,
            late: Vec::new(),
        };
        for events in of_inputs {
            for Extraction { events, contributions } in self.extractor.extract(events, &mut self.poison)? {
                let events = Arc::new(events);
                let topic_rank = topic.topic_rank;
                let of_tables = contributions.into_iter().map(|contributions| {
                    TableContributions::new(Arc::clone(&events), topic_rank, contributions, shards)
                });
                batch.contributions.extend(of_tables);
            }
        }
        batch.events -= self.poison.len() as u64;
        batch.dead.extend(self.poison.drain(..).map(|poison| letter(poison.offset, poison.reason)));
        batch.dead.sort_unstable_by_key(|letter| letter.offset);
        Ok(batch)
    }

    /// Returns the reducer's events of a slice by input, and the records that do not decode.
    fn decode(
        &mut self,
        inputs: &Inputs,
        topic: &DeclaredTopic,
        batch: &FeedBatch,
        rows: Range<usize>,
    ) -> DecodedTopic {
        if let Some(shared) = &batch.shared
            && let Some((_, decoded)) = shared.parts.iter().find(|(range, _)| *range == rows)
            && let Some(view) = self.view(inputs, topic, shared)
        {
            return view.events(&batch.records, rows, decoded);
        }
        let decoder = self
            .decoders
            .entry(topic.topic_rank)
            .or_insert_with(|| TopicDecoder::new(&topic.inputs, &inputs.limits, inputs.windowed));
        decoder.decode(&batch.records, rows)
    }

    fn view(
        &mut self,
        inputs: &Inputs,
        topic: &DeclaredTopic,
        shared: &SharedDecode,
    ) -> Option<&mut TopicView> {
        let rank = topic.topic_rank;
        let known = self.views.get(&rank).is_some_and(|(of, _)| Arc::ptr_eq(of, &shared.declared));
        if !known {
            let view = shared.declared.view(&topic.inputs, inputs.windowed);
            self.views.insert(rank, (Arc::clone(&shared.declared), view));
        }
        self.views.get_mut(&rank).and_then(|(_, view)| view.as_mut())
    }
}

impl DeclaredTopic {
    /// Adds the times of the events that move event time, in the order of the log, whichever input takes them.
    fn add_times(&self, of_inputs: &[EventBatch], event_times: &mut EventTimes) {
        let is_timed = |input: &Input| !input.untimed || is_planted(Bug::UntimedMovesTime);
        let of_inputs = self.inputs.iter().zip(of_inputs);
        let timed: Vec<&EventBatch> =
            of_inputs.filter(|((_, input), _)| is_timed(input)).map(|(_, events)| events).collect();
        if let [events] = timed[..] {
            return event_times.add(&events.offsets, &events.times_ms);
        }
        let times = timed.iter().flat_map(|events| events.offsets.iter().zip(&events.times_ms));
        let mut times: Vec<(u64, i64)> = times.map(|(&offset, &time_ms)| (offset, time_ms)).collect();
        if !is_planted(Bug::TimesByInput) {
            times.sort_unstable();
        }
        let (offsets, times_ms): (Vec<u64>, Vec<i64>) = times.into_iter().unzip();
        event_times.add(&offsets, &times_ms);
    }
}

impl TableContributions {
    fn new(events: Arc<EventBatch>, topic_rank: u16, contributions: Contributions, shards: usize) -> Self {
        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, hash_seed(), &mut hashes);
        let mut dealt = Vec::new();
        if shards > 1 {
            // A little more than an even share, since growing a list copies it.
            let share = hashes.len() / shards + hashes.len() / (4 * shards) + 8;
            dealt.resize_with(shards, || Vec::with_capacity(share));
            for (row, &hash) in (0_u32..).zip(&hashes) {
                let shard = if is_planted(Bug::ExchangeByRow) {
                    row as usize % shards
                } else {
                    shard_of(hash, shards)
                };
                dealt[shard].push(row);
            }
        }
        Self { events, topic_rank, contributions, hashes, dealt }
    }
}

impl ExtractedBatch {
    /// Advances the watermarks by the batch's event times, after all earlier ones of its partition, and finds late records.
    /// Returns how many records are late for at least one table.
    pub fn observe(&mut self, lateness: &Lateness, watermarks: &mut Watermarks) -> u64 {
        let mut before_ms = watermarks.largest_ms(&self.topic, self.partition);
        if is_planted(Bug::LateByBatch) {
            before_ms = before_ms.max(self.event_times.largest_ms());
        }
        let bound_ms = watermarks.out_of_orderness_ms(&self.topic);
        let late = |allowed_ms: &Option<u64>| match allowed_ms {
            Some(allowed_ms) => self.event_times.late(before_ms, bound_ms.saturating_add(*allowed_ms)),
            None => Vec::new(),
        };
        self.late = lateness.allowed_ms.iter().map(late).collect();
        if let Some(largest_ms) = self.event_times.largest_ms() {
            watermarks.observe(&self.topic, self.partition, largest_ms);
        }
        // A record that is late for one table is late for every table that allows less lateness.
        self.late.iter().map(|late| late.len() as u64).max().unwrap_or(0)
    }

    /// As [`ExtractedBatch::observe`], for the event times at some offsets only; returns the largest of them, with its offset.
    pub fn observe_within(&self, offsets: Range<u64>, watermarks: &mut Watermarks) -> Option<(i64, u64)> {
        let largest = self.event_times.largest_within(offsets);
        if let Some((largest_ms, _)) = largest {
            watermarks.observe(&self.topic, self.partition, largest_ms);
        }
        largest
    }

    /// Passes the contributions of one shard to `apply`, in the order of the records.
    ///
    /// # Errors
    /// Returns the error of `apply`.
    pub fn contributions_to(
        &self,
        shard: usize,
        mut apply: impl FnMut(&Contributions, &Origin<'_>, &[u64], Option<&[u32]>) -> Result<()>,
    ) -> Result<()> {
        for of_table in &self.contributions {
            let events = &of_table.events;
            let origin = Origin {
                topic: of_table.topic_rank,
                partition: events.partition,
                offsets: &events.offsets,
                times_ms: &events.times_ms,
                late_offsets: self.late.get(of_table.contributions.table).map_or(&[], Vec::as_slice),
            };
            let rows = of_table.dealt.get(shard).map(Vec::as_slice);
            if rows.is_none_or(|rows| !rows.is_empty()) {
                apply(&of_table.contributions, &origin, &of_table.hashes, rows)?;
            }
        }
        Ok(())
    }
}

impl<'a> BatchSlice<'a> {
    /// Splits the slice at skipped ranges: a piece has either rows that are not skipped, or the offsets of skipped rows alone.
    pub fn without(self, skipped: &OffsetRanges) -> Vec<Self> {
        let Self { batch, mut rows, mut offsets } = self;
        let mut pieces = Vec::new();
        while let Some(border) = skipped.next_border(offsets.start).filter(|border| *border < offsets.end) {
            let row = rows.start + count_below(&batch.records, rows.clone(), border);
            let rows_before =
                if skipped.contains(offsets.start) { rows.start..rows.start } else { rows.start..row };
            pieces.push(Self { batch, rows: rows_before, offsets: offsets.start..border });
            (rows.start, offsets.start) = (row, border);
        }
        if skipped.contains(offsets.start) {
            rows.end = rows.start;
        }
        pieces.push(Self { batch, rows, offsets });
        pieces
    }

    /// Returns whether there are punctuations within its offsets.
    pub fn has_punctuations(&self) -> bool {
        let punctuations = self.batch.records.punctuations_from(self.offsets.start);
        punctuations.first().is_some_and(|first| first.offset < self.offsets.end)
    }

    /// Returns offset and time of the accepted punctuations.
    fn punctuations(&self, limits: &DecodeLimits) -> Vec<(u64, i64)> {
        let records = &self.batch.records;
        let punctuations = records.punctuations_from(self.offsets.start).iter();
        punctuations
            .take_while(|punctuation| punctuation.offset < self.offsets.end)
            // A punctuation from the future would close windows too early.
            .filter(|punctuation| {
                limits.admits(records.topic(), punctuation.time_ms, punctuation.append_time)
            })
            .map(|punctuation| (punctuation.offset, punctuation.time_ms))
            .collect()
    }
}

/// Returns how many of `rows` have an offset below `offset`.
fn count_below(records: &RecordBatch, rows: Range<usize>, offset: u64) -> usize {
    let (mut low, mut high) = (rows.start, rows.end);
    while low < high {
        let middle = low.midpoint(high);
        if records.get(middle).offset < offset { low = middle + 1 } else { high = middle }
    }
    low - rows.start
}
