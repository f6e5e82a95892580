//! One aggregate of all rows in sliding form, whichever it is.

use super::column::{self, AggregateColumn, of_type};
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::quantiles::Asked;
use crate::aggregate::sliding::min_max::SlidingExtreme;
use crate::aggregate::sliding::{
    SlidingCount, SlidingFirst, SlidingLast, SlidingQuantiles, SlidingSum, SlidingTopK,
};
use crate::aggregate::{Distinct, Quantiles, Sliding, SlidingDistinct, TopK, Value};
use crate::column::Column;
use crate::description::{AggregateKind, ValueType};
use crate::slots::growth::{fill_to, room_after_eviction};
use crate::slots::renumbering::Renumbering;

/// The windows of one aggregate, by slot.
#[derive(Clone, Debug)]
pub(super) enum SlidingColumn {
    Count(Windows<SlidingCount>),
    Sum(u8, Windows<SlidingSum>),
    Min(ValueType, Windows<SlidingExtreme<false>>),
    Max(ValueType, Windows<SlidingExtreme<true>>),
    First(ValueType, Windows<SlidingFirst>),
    Last(ValueType, Windows<SlidingLast>),
    Distinct(u8, Windows<SlidingDistinct>),
    TopK(u32, Windows<SlidingTopK>),
    Quantiles(Asked, Windows<SlidingQuantiles>),
}

/// Runs `$body` with `$windows` bound to the windows of whichever aggregate a column holds.
macro_rules! with_windows {
    ($column:expr, $windows:ident => $body:expr) => {
        match $column {
            SlidingColumn::Count($windows) => $body,
            SlidingColumn::Sum(_, $windows) => $body,
            SlidingColumn::Min(_, $windows) => $body,
            SlidingColumn::Max(_, $windows) => $body,
            SlidingColumn::First(_, $windows) => $body,
            SlidingColumn::Last(_, $windows) => $body,
            SlidingColumn::Distinct(_, $windows) => $body,
            SlidingColumn::TopK(_, $windows) => $body,
            SlidingColumn::Quantiles(_, $windows) => $body,
        }
    };
}

impl SlidingColumn {
    /// Brings a slot's window closer.
    #[inline]
    pub(super) fn prefetch(&self, slot: u32) {
        with_windows!(self, windows => prefetch(&windows.values, slot as usize));
    }

    /// Brings closer what sealing a cell's values will need of a slot's window.
    #[inline]
    pub(super) fn prefetch_for(&self, slot: u32, cells: &AggregateColumn, cell: u32) {
        if let (Self::Distinct(_, windows), AggregateColumn::Distinct(_, cells)) = (self, cells) {
            windows.at(slot).prefetch(cells.at(cell));
        }
    }

    /// Returns a column without rows.
    pub(super) fn new(kind: &AggregateKind) -> Result<Self, String> {
        Ok(match kind {
            AggregateKind::Count => Self::Count(Windows::default()),
            AggregateKind::Sum(scale) => Self::Sum(*scale, Windows::default()),
            AggregateKind::Min(ty) => Self::Min(*ty, Windows::default()),
            AggregateKind::Max(ty) => Self::Max(*ty, Windows::default()),
            AggregateKind::First(ty) => Self::First(*ty, Windows::default()),
            AggregateKind::Last(ty) => Self::Last(*ty, Windows::default()),
            AggregateKind::Distinct(precision) => Self::Distinct(*precision, Windows::default()),
            AggregateKind::TopK(k) => Self::TopK(*k, Windows::default()),
            AggregateKind::Quantiles(spec) => Self::Quantiles(Asked::new(spec)?, Windows::default()),
            AggregateKind::Fold => return Err(format!("{} over windows is not supported yet", kind.name())),
        })
    }

    /// Adds empty windows for slots below `rows`.
    pub(super) fn grow_to(&mut self, rows: usize) {
        match self {
            Self::Count(windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::Sum(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::Min(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::Max(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::First(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::Last(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::Quantiles(_, windows) => fill_to(&mut windows.values, rows, Default::default),
            Self::TopK(k, windows) => fill_to(&mut windows.values, rows, || SlidingTopK::new(*k)),
            Self::Distinct(precision, windows) => {
                fill_to(&mut windows.values, rows, || SlidingDistinct::new(*precision))
            }
        }
    }

    /// Moves a row's window on: drops panes before `first`, and seals the pane (number, cell of its values) that has
    /// ended, whose cell is empty then. Returns whether the result is another.
    pub(super) fn slide(
        &mut self,
        slot: u32,
        first: i64,
        ended: Option<(i64, &mut AggregateColumn, u32)>,
    ) -> bool {
        /// One arm for each kind: panes and windows of a column are of the same one.
        macro_rules! slide {
            ($windows:expr, $kind:pat => $cells:expr, $empty:expr, $result:expr) => {{
                let pane = ended.map(|(pane, column, cell)| match column {
                    $kind => (pane, $cells.replace(cell, $empty)),
                    _ => unreachable!("panes hold the window's aggregate"),
                });
                $windows.slide(slot, first, pane, $result)
            }};
        }
        use AggregateColumn as Panes;
        match self {
            Self::Count(windows) => {
                slide!(windows, Panes::Count(cells) => cells, Default::default(), |window| window.result())
            }
            Self::Sum(scale, windows) => {
                slide!(windows, Panes::Sum(_, cells) => cells, Default::default(), |window| window.result(*scale))
            }
            Self::Min(_, windows) => {
                slide!(windows, Panes::Min(_, cells) => cells, Default::default(), |window| window.result().cloned())
            }
            Self::Max(_, windows) => {
                slide!(windows, Panes::Max(_, cells) => cells, Default::default(), |window| window.result().cloned())
            }
            Self::First(_, windows) => {
                slide!(windows, Panes::First(_, cells) => cells, Default::default(), |window| window.result().cloned())
            }
            Self::Last(_, windows) => {
                slide!(windows, Panes::Last(_, cells) => cells, Default::default(), |window| window.result().cloned())
            }
            Self::Distinct(precision, windows) => {
                slide!(windows, Panes::Distinct(_, cells) => cells, Distinct::new(*precision), |window| window.counted())
            }
            Self::TopK(k, windows) => {
                slide!(windows, Panes::TopK(_, cells) => cells, TopK::new(*k), |window| window.result())
            }
            Self::Quantiles(asked, windows) => {
                let empty = Quantiles::new(asked.millionths());
                slide!(windows, Panes::Quantiles(_, cells) => cells, empty, |window| window.result(asked))
            }
        }
    }

    /// Returns the oldest pane that something is kept of.
    pub(super) fn oldest(&self, slot: u32) -> Option<i64> {
        with_windows!(self, windows => windows.at(slot).oldest())
    }

    /// Returns one row's result.
    pub(super) fn result(&self, slot: u32) -> Option<Value> {
        self.results(&[slot]).get(0).map(Value::from)
    }

    /// Returns the results of some rows, as modules receive them.
    pub(super) fn results(&self, slots: &[u32]) -> Column {
        let slots = slots.iter().copied();
        match self {
            Self::Count(windows) => column::ints(slots.map(|slot| windows.at(slot).result())),
            Self::Distinct(_, windows) => {
                let count = |slot| i64::try_from(windows.at(slot).estimate()).unwrap_or(i64::MAX);
                column::ints(slots.map(count))
            }
            Self::Sum(scale, windows) => column::texts(slots.map(|slot| windows.at(slot).result(*scale))),
            Self::TopK(_, windows) => column::texts(slots.map(|slot| windows.at(slot).result())),
            Self::Quantiles(asked, windows) => {
                column::texts(slots.map(|slot| windows.at(slot).result(asked)))
            }
            Self::Min(ty, windows) => column::scalars(*ty, slots.map(|slot| windows.at(slot).result())),
            Self::Max(ty, windows) => column::scalars(*ty, slots.map(|slot| windows.at(slot).result())),
            Self::First(ty, windows) => column::scalars(*ty, slots.map(|slot| windows.at(slot).result())),
            Self::Last(ty, windows) => column::scalars(*ty, slots.map(|slot| windows.at(slot).result())),
        }
    }

    /// Appends the canonical encoding of one window.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        with_windows!(self, windows => windows.at(slot).encode(out));
    }

    /// Returns the length of one window's encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        with_windows!(self, windows => windows.at(slot).encoded_len())
    }

    /// Replaces one window by one that [`SlidingColumn::encode`] wrote.
    pub(super) fn set_encoded(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        /// Parameters are part of an encoding and of a declaration: both must say the same.
        fn same<T: PartialEq + std::fmt::Display>(held: T, declared: T) -> Result<(), String> {
            if held == declared {
                return Ok(());
            }
            Err(format!("a window was made for {held}, declared is {declared}"))
        }
        match self {
            Self::Distinct(precision, windows) => {
                let window = SlidingDistinct::decode(bytes)?;
                same(window.precision(), *precision)?;
                windows.set(slot, window);
            }
            Self::TopK(k, windows) => {
                let window = SlidingTopK::decode(bytes)?;
                same(window.k(), *k)?;
                windows.set(slot, window);
            }
            Self::Quantiles(asked, windows) => {
                let window = SlidingQuantiles::decode(bytes)?;
                if let Some(total) = window.total() {
                    same(total.millionths(), asked.millionths())?;
                }
                windows.set(slot, window);
            }
            Self::Count(windows) => windows.set(slot, Sliding::decode(bytes)?),
            Self::Sum(_, windows) => windows.set(slot, Sliding::decode(bytes)?),
            Self::Min(ty, windows) => {
                let window = Sliding::decode(bytes)?;
                windows.set(slot, of_type(window, *ty, SlidingExtreme::result)?);
            }
            Self::Max(ty, windows) => {
                let window = Sliding::decode(bytes)?;
                windows.set(slot, of_type(window, *ty, SlidingExtreme::result)?);
            }
            Self::First(ty, windows) => {
                let window = Sliding::decode(bytes)?;
                windows.set(slot, of_type(window, *ty, SlidingFirst::result)?);
            }
            Self::Last(ty, windows) => {
                let window = Sliding::decode(bytes)?;
                windows.set(slot, of_type(window, *ty, SlidingLast::result)?);
            }
        }
        Ok(())
    }

    /// Drops the windows of slots from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        with_windows!(self, windows => windows.truncate(rows));
    }

    /// Moves windows to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        with_windows!(self, windows => windows.compact(renumbering));
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        with_windows!(self, windows => windows.total_bytes())
    }

    /// Returns the memory that one window holds outside itself, in bytes.
    pub(super) fn outside_bytes_of(&self, slot: u32) -> usize {
        with_windows!(self, windows => windows.at(slot).heap_bytes())
    }

    /// Returns the memory that all windows hold outside themselves, in bytes.
    pub(super) fn outside_bytes(&self) -> usize {
        with_windows!(self, windows => windows.heap_bytes)
    }

    /// Returns the memory that [`SlidingColumn::compact`] leaves for `rows` windows, without what they hold outside.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        with_windows!(self, windows => windows.compact_bytes(rows))
    }
}

/// Windows and the memory that they hold outside themselves.
#[derive(Clone, Debug)]
pub(super) struct Windows<S> {
    values: Vec<S>,
    heap_bytes: usize,
}

impl<S: Sliding> Windows<S> {
    fn at(&self, slot: u32) -> &S {
        &self.values[slot as usize]
    }

    /// Moves a window on; returns whether its result is another.
    fn slide<R: PartialEq>(
        &mut self,
        slot: u32,
        first: i64,
        pane: Option<(i64, S::Pane)>,
        result: impl Fn(&S) -> R,
    ) -> bool {
        let window = &mut self.values[slot as usize];
        let bytes = window.heap_bytes();
        let stays = window.stays(first, pane.as_ref().map(|(_, value)| value));
        let before = (!stays).then(|| result(window));
        window.expire(first);
        if let Some((pane, value)) = pane {
            window.seal(pane, value);
        }
        self.heap_bytes = self.heap_bytes + window.heap_bytes() - bytes;
        before.is_some_and(|before| before != result(window))
    }

    fn set(&mut self, slot: u32, window: S) {
        self.heap_bytes += window.heap_bytes();
        let before = std::mem::replace(&mut self.values[slot as usize], window);
        self.heap_bytes -= before.heap_bytes();
    }

    fn truncate(&mut self, rows: usize) {
        for window in self.values.drain(rows.min(self.values.len())..) {
            self.heap_bytes -= window.heap_bytes();
        }
    }

    fn compact(&mut self, renumbering: &Renumbering) {
        let heap_bytes = &mut self.heap_bytes;
        renumbering.compact(&mut self.values, |window| *heap_bytes -= window.heap_bytes());
    }

    fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * size_of::<S>()
    }

    fn total_bytes(&self) -> usize {
        self.values.capacity() * size_of::<S>() + self.heap_bytes
    }
}

impl<S> Default for Windows<S> {
    fn default() -> Self {
        Self { values: Vec::new(), heap_bytes: 0 }
    }
}
