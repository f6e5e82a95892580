//! The last value by event time, whatever the order in which values come.

use crate::record::Record;

/// When a value was said: by event time; equal times by the place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// The event time.
    pub time_ms: i64,
    /// The topic.
    pub topic: &'static str,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
}

impl Stamp {
    /// Returns the stamp of a record with this event time.
    pub fn of(time_ms: i64, record: &Record) -> Self {
        Self { time_ms, topic: record.topic, partition: record.partition, offset: record.offset }
    }
}

/// The last value by event time.
#[derive(Debug)]
pub struct Register<T>(Option<(Stamp, T)>);

impl<T> Default for Register<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Register<T> {
    /// Takes a value, unless a later one is known.
    pub fn offer(&mut self, stamp: Stamp, value: T) {
        if self.0.as_ref().is_none_or(|(last, _)| *last < stamp) {
            self.0 = Some((stamp, value));
        }
    }

    /// Returns the value.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}
