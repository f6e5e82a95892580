//! Hand-written modules ([`canned`]) that misbehave in every way we could think of.

mod rejections;
mod v0_2;
mod parameters;
mod faults;
mod caching;

use std::sync::Arc;

use foldline_core::column::{Column, ValueRef};
use foldline_core::contribution::EventBatch;
use foldline_core::description::{TimeUnit, ValueType};

use super::{ModuleEngine, ModuleLimits};
pub(crate) use foldline_testkit::results;

/// Little enough that a loop ends in milliseconds.
const FUEL: u64 = 2_000_000;

pub(crate) fn limits() -> ModuleLimits {
    ModuleLimits { file_bytes_max: 4 << 20, memory_max: 8 << 20, fuel: FUEL, output_max: 1 << 20 }
}

pub(crate) fn engine() -> ModuleEngine {
    ModuleEngine::new(limits(), None).unwrap()
}

fn likes(rows: usize) -> EventBatch {
    let mut users = Column::empty(ValueType::Text);
    let mut times = Column::empty(ValueType::Time(TimeUnit::Milliseconds));
    for row in 0..rows {
        users.push(Some(ValueRef::Text("u1")));
        times.push(Some(ValueRef::Time(row as i64)));
    }
    EventBatch {
        input: 0,
        partition: 0,
        offsets: (0..rows as u64).collect(),
        times_ms: (0..rows as i64).collect(),
        columns: vec![Arc::new(users), Arc::new(times)],
    }
}
