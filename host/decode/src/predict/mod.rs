//! Reads records by layouts seen before instead of parsing them, in a tenth of the time if records resemble each other.
//!
//! Whatever does not fit a template is left to `scan`: only events are ever predicted, and a record that fits a template is the
//! event that the scan would have made of it (`template` tells why). So what was learned affects time, never a verdict.

mod scalar;
mod template;
mod learn;

use self::template::Template;
use super::field::DeclaredField;
use super::paths::PathTree;
use super::value::Row;

/// The most layouts known at once. A record of an unknown layout is tried in vain against each of them.
const TEMPLATES_MAX: usize = 4;

/// The number of records after which to judge whether prediction pays.
const WINDOW_RECORDS: u32 = 256;

/// One record in four must fit: trying costs about a fifth of what a fit saves.
const HITS_MIN: u32 = WINDOW_RECORDS / 4;

/// The most layouts learned within a window: learning costs a few times what reading the record does.
const LEARNT_MAX: u32 = 8;

/// If prediction does not pay, it is switched off for this many records, then for twice as many, and so on.
const PAUSE_RECORDS_MIN: u32 = 4_096;
const PAUSE_RECORDS_MAX: u32 = 1 << 20;

/// The layouts that records are expected to have.
#[derive(Clone)]
pub(super) struct Predictor {
    /// The most frequent first.
    templates: Vec<Known>,
    window: Window,
    /// How many more records are not predicted; `u32::MAX` = never predict again.
    paused: u32,
    pause: u32,
    #[cfg(test)]
    hits: usize,
}

#[derive(Clone)]
struct Known {
    template: Template,
    /// How many records fitted, where those of earlier windows count half, a quarter, and so on.
    hits: u32,
}

#[derive(Clone, Default)]
struct Window {
    records: u32,
    hits: u32,
    learnt: u32,
}

impl Predictor {
    /// Returns a predictor that knows nothing yet.
    pub(super) fn new() -> Self {
        Self {
            templates: Vec::new(),
            window: Window::default(),
            paused: 0,
            pause: PAUSE_RECORDS_MIN,
            #[cfg(test)]
            hits: 0,
        }
    }

    /// Returns a predictor that never predicts.
    pub(super) fn off() -> Self {
        Self { paused: u32::MAX, ..Self::new() }
    }

    /// Writes the values of a record into its row if the record has a known layout; returns whether it did.
    ///
    /// If not, the row may hold some values, which the caller must overwrite.
    #[inline]
    pub(super) fn fill(&mut self, value: &[u8], row: &mut Row<'_>) -> bool {
        if self.paused > 0 {
            self.skip_record();
            return false;
        }
        self.window.records += 1;
        let hit = self.templates.iter_mut().find_map(|known| {
            known.template.fill(value, row)?;
            known.hits += 1;
            Some(())
        });
        self.window.hits += u32::from(hit.is_some());
        #[cfg(test)]
        {
            self.hits += usize::from(hit.is_some());
        }
        if self.window.records == WINDOW_RECORDS {
            self.judge();
        }
        hit.is_some()
    }

    /// Learns the layout of a record that fitted no template but became an event.
    pub(super) fn learn(&mut self, text: &str, tree: &PathTree, fields: &[DeclaredField]) {
        if self.paused > 0 || self.window.learnt == LEARNT_MAX {
            return;
        }
        self.window.learnt += 1;
        let Some(template) = learn::learn(text, tree, fields) else { return };
        // The last template is the least likely one, or as new as this one.
        self.templates.truncate(TEMPLATES_MAX - 1);
        self.templates.push(Known { template, hits: 0 });
    }

    /// Returns how many records fitted so far.
    #[cfg(test)]
    pub(super) fn hits(&self) -> usize {
        self.hits
    }

    fn skip_record(&mut self) {
        if self.paused != u32::MAX {
            self.paused -= 1;
        }
    }

    #[cold]
    fn judge(&mut self) {
        if self.window.hits < HITS_MIN {
            self.paused = self.pause;
            self.pause = PAUSE_RECORDS_MAX.min(2 * self.pause);
        } else {
            self.pause = PAUSE_RECORDS_MIN;
        }
        self.window = Window::default();
        self.templates.sort_by_key(|known| std::cmp::Reverse(known.hits));
        self.templates.iter_mut().for_each(|known| known.hits /= 2);
    }
}
