//! Marks of rows: which are dirty, tracked separately for each sink and for checkpoints, and which were touched since the last
//! eviction.

use super::growth::{fill_to, room_after_eviction};
use super::renumbering::Renumbering;

/// Who needs to know which rows changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The next checkpoint.
    Checkpoint,
    /// The next flush to one of the sinks, which are numbered below [`Mark::FLUSHES`].
    Flush(u8),
    /// As `Flush`, for rows of other tables that show this one: set only when they show the change.
    Echo(u8),
    /// The next update of the index that says where rows lead: set only when a row may lead elsewhere.
    Lead,
}

impl Mark {
    /// The most sinks that are tracked, each at its own pace.
    pub const FLUSHES: usize = 5;

    const COUNT: usize = 2 + 2 * Self::FLUSHES;

    fn index(self) -> usize {
        match self {
            Self::Checkpoint => 0,
            Self::Flush(sink) => 1 + usize::from(sink),
            Self::Echo(sink) => 1 + Self::FLUSHES + usize::from(sink),
            Self::Lead => 1 + 2 * Self::FLUSHES,
        }
    }

    fn bit(self) -> u16 {
        1 << self.index()
    }
}

/// The bits of all echoes.
const ECHOES: u16 = ((1 << Mark::FLUSHES) - 1) << (1 + Mark::FLUSHES);

/// The bit of rows that may lead elsewhere.
const LEAD: u16 = 1 << (1 + 2 * Mark::FLUSHES);

/// The bits of all who show documents.
const FLUSHES: u16 = (((1 << Mark::FLUSHES) - 1) << 1) | ECHOES;

/// The bit of touched rows, to which contributions were applied.
const TOUCHED: u16 = 1 << Mark::COUNT;

/// The bit of rows that are gone: they hold nothing any more.
const GONE: u16 = TOUCHED << 1;

/// A bit per slot and mark, and for each mark a list of the slots that have it.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    bits: Vec<u16>,
    /// The bits of the marks that are on.
    tracked: u16,
    /// Those of them that a change sets now: of any column, or of the one that contributions are applied to.
    set_by_change: u16,
    /// By column: the bits that its changes do not set; a column without an entry sets all of them.
    unset_by: Vec<u16>,
    tracks_touches: bool,
    lists: [Vec<u32>; Mark::COUNT],
    gone_len: usize,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            bits: Vec::new(),
            tracked: Mark::Flush(0).bit() | Mark::Checkpoint.bit(),
            set_by_change: Mark::Flush(0).bit() | Mark::Checkpoint.bit(),
            unset_by: Vec::new(),
            tracks_touches: false,
            lists: Default::default(),
            gone_len: 0,
        }
    }
}

impl Marks {
    /// Makes room for slots below `rows`.
    pub(crate) fn grow_to(&mut self, rows: usize) {
        fill_to(&mut self.bits, rows, || 0);
    }

    /// Makes a row dirty for everyone who tracks changes. If it is dirty already, as most are, this looks at one byte.
    #[inline]
    pub(crate) fn mark_dirty(&mut self, slot: u32) {
        self.set(self.set_by_change, slot);
    }

    /// Declares by column whether rows of other tables show it. Changes of the others set no [`Mark::Echo`].
    pub(crate) fn show(&mut self, shown: Vec<bool>) {
        self.unset_by(ECHOES, &shown);
    }

    /// Declares by column whether rows lead to others by it. Changes of the others do not set [`Mark::Lead`].
    pub(crate) fn lead_by(&mut self, leading: Vec<bool>) {
        self.unset_by(LEAD, &leading);
    }

    fn unset_by(&mut self, bits: u16, set_by: &[bool]) {
        self.unset_by.resize(set_by.len(), 0);
        for (unset, &set) in self.unset_by.iter_mut().zip(set_by) {
            *unset = *unset & !bits | if set { 0 } else { bits };
        }
    }

    /// Begins the changes of one column.
    pub(crate) fn begin_column(&mut self, column: usize) {
        self.set_by_change = self.tracked & !self.unset_by.get(column).copied().unwrap_or(0);
    }

    /// Ends the changes of columns: other changes set all marks that are on.
    pub(crate) fn end_columns(&mut self) {
        self.set_by_change = self.tracked;
    }

    /// Makes a row dirty for the next checkpoint alone: no document shows the change.
    #[inline]
    pub(crate) fn mark_for_checkpoint(&mut self, slot: u32) {
        self.set(self.tracked & Mark::Checkpoint.bit(), slot);
    }

    /// Makes a row dirty for flushes, because documents show the change; [`Marks::mark_for_checkpoint`] did so for the
    /// checkpoint.
    #[inline]
    pub(crate) fn mark_for_flushes(&mut self, slot: u32) {
        self.set(self.tracked & FLUSHES, slot);
    }

    #[inline]
    fn set(&mut self, marks: u16, slot: u32) {
        let bits = &mut self.bits[slot as usize];
        let mut missing = marks & !*bits;
        *bits |= missing;
        while missing != 0 {
            self.lists[missing.trailing_zeros() as usize].push(slot);
            missing &= missing - 1;
        }
    }

    /// Switches every mark off. Cells need none, because their rows are dirty instead.
    pub(crate) fn track_nothing(&mut self) {
        (self.tracked, self.set_by_change) = (0, 0);
    }

    /// Sets whether a row is gone, that is, holds nothing any more. It leaves memory once it has no mark.
    pub(crate) fn set_gone(&mut self, slot: u32, gone: bool) {
        let bits = &mut self.bits[slot as usize];
        if (*bits & GONE != 0) != gone {
            *bits ^= GONE;
            if gone { self.gone_len += 1 } else { self.gone_len -= 1 }
        }
    }

    /// Returns whether a row is gone.
    pub(crate) fn is_gone(&self, slot: u32) -> bool {
        self.bits[slot as usize] & GONE != 0
    }

    /// Returns how many rows are gone.
    pub(crate) fn gone_len(&self) -> usize {
        self.gone_len
    }

    /// Sets one mark.
    pub(crate) fn mark(&mut self, mark: Mark, slot: u32) {
        self.set(mark.bit(), slot);
    }

    /// Returns the dirty slots in the order in which they became dirty, and clears their marks.
    pub(crate) fn take(&mut self, mark: Mark) -> Vec<u32> {
        let slots = std::mem::take(&mut self.lists[mark.index()]);
        for &slot in &slots {
            self.bits[slot as usize] &= !mark.bit();
        }
        slots
    }

    /// Returns the dirty slots in the order in which they became dirty.
    pub(crate) fn dirty_slots(&self, mark: Mark) -> &[u32] {
        &self.lists[mark.index()]
    }

    /// Returns the number of dirty slots.
    pub(crate) fn len(&self, mark: Mark) -> usize {
        self.lists[mark.index()].len()
    }

    /// Switches whether changes set a mark. Switching off clears the marks that are set.
    pub(crate) fn track_dirty(&mut self, mark: Mark, on: bool) {
        if on {
            self.tracked |= mark.bit();
        } else {
            self.tracked &= !mark.bit();
            self.take(mark);
        }
        self.set_by_change = self.tracked;
    }

    /// Returns whether changes set a mark.
    pub(crate) fn is_tracking(&self, mark: Mark) -> bool {
        self.tracked & mark.bit() != 0
    }

    /// Returns whether a slot is dirty for anyone.
    pub(crate) fn is_dirty(&self, slot: u32) -> bool {
        self.bits[slot as usize] & !(TOUCHED | GONE) != 0
    }

    /// Switches whether touches are tracked. Either way, earlier touches are forgotten.
    pub(crate) fn track_touches(&mut self, on: bool) {
        self.tracks_touches = on;
        self.bits.iter_mut().for_each(|bits| *bits &= !TOUCHED);
    }

    /// Records which slots are touched, if touches are tracked.
    pub(crate) fn touch(&mut self, slots: &[u32]) {
        if self.tracks_touches {
            slots.iter().for_each(|&slot| self.bits[slot as usize] |= TOUCHED);
        }
    }

    /// Returns whether a slot was touched since the last call of [`Marks::compact`] or [`Marks::track_touches`].
    pub(crate) fn is_touched(&self, slot: u32) -> bool {
        self.bits[slot as usize] & TOUCHED != 0
    }

    /// Moves marks with their slots, and forgets touches.
    ///
    /// # Panics
    /// Panics when a dirty slot is dropped.
    pub(crate) fn compact(&mut self, renumbering: &Renumbering) {
        renumbering.compact(&mut self.bits, |_| ());
        self.bits.iter_mut().for_each(|bits| *bits &= !TOUCHED);
        self.gone_len = self.bits.iter().filter(|bits| **bits & GONE != 0).count();
        for list in &mut self.lists {
            for slot in &mut *list {
                *slot = renumbering.new_slot(*slot).expect("a dirty row stays in memory");
            }
            list.shrink_to_fit();
        }
    }

    /// Returns the memory that [`Marks::compact`] leaves when it keeps `rows` slots.
    pub(crate) fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * size_of::<u16>()
            + self.lists.iter().map(|list| list.len() * 4).sum::<usize>()
    }

    /// Returns the memory held, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bits.capacity() * size_of::<u16>()
            + self.lists.iter().map(|list| list.capacity() * 4).sum::<usize>()
    }
}
