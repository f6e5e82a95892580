//! Remembers which rows changed, apart for flushes and for checkpoints.

/// Who asks which rows changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The next flush to sinks.
    Flush,
    /// The next checkpoint.
    Checkpoint,
}

impl Mark {
    const ALL: [Self; 2] = [Self::Flush, Self::Checkpoint];

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A bit per slot and mark, and for each mark the list of slots whose bit is set.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    bits: Vec<u8>,
    /// The bits of the marks that changes set.
    noting: u8,
    lists: [Vec<u32>; 2],
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            bits: Vec::new(),
            noting: Mark::Flush.bit() | Mark::Checkpoint.bit(),
            lists: Default::default(),
        }
    }
}

impl Marks {
    /// Makes room for slots below `rows`.
    pub(super) fn grow_to(&mut self, rows: usize) {
        self.bits.resize(rows, 0);
    }

    /// Notes a change. Of a row that is marked already, which is most of them, it looks at one byte.
    #[inline]
    pub(super) fn note(&mut self, slot: u32) {
        let missing = self.noting & !self.bits[slot as usize];
        if missing != 0 {
            for mark in Mark::ALL.into_iter().filter(|mark| missing & mark.bit() != 0) {
                self.mark(mark, slot);
            }
        }
    }

    /// Sets one mark.
    pub(super) fn mark(&mut self, mark: Mark, slot: u32) {
        let bits = &mut self.bits[slot as usize];
        if *bits & mark.bit() == 0 {
            *bits |= mark.bit();
            self.lists[mark as usize].push(slot);
        }
    }

    /// Returns the marked slots in the order of marking, and clears their marks.
    pub(super) fn take(&mut self, mark: Mark) -> Vec<u32> {
        let slots = std::mem::take(&mut self.lists[mark as usize]);
        for &slot in &slots {
            self.bits[slot as usize] &= !mark.bit();
        }
        slots
    }

    /// Returns the number of marked slots.
    pub(super) fn len(&self, mark: Mark) -> usize {
        self.lists[mark as usize].len()
    }

    /// Switches whether changes set a mark; off, those that are set are forgotten.
    pub(super) fn set_noting(&mut self, mark: Mark, on: bool) {
        if on {
            self.noting |= mark.bit();
        } else {
            self.noting &= !mark.bit();
            self.take(mark);
        }
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bits.capacity() + self.lists.iter().map(|list| list.capacity() * 4).sum::<usize>()
    }
}
