//! Coarse times: event times that were written in a coarser unit than declared. Seconds read as milliseconds, for example, lie in
//! January 1970.
//!
//! Such an event merely looks old, and old events may be right. So no verdict or result depends on it, but an operator should
//! hear of the first one. Values in a finer unit than declared lie in the far future, and are dead letters (`event_time`).

use std::ops::Range;

use foldline_core::contribution::EventBatch;
use foldline_core::description::{FieldType, Input, TimeUnit, ValueType};
use foldline_core::rfc3339;

use super::rows::rows_of;
use foldline_log::RecordBatch;

/// How much older than its append an event may be and still count as recent: ten years.
const RECENT_MS: i64 = 3_652 * 86_400_000;

/// Seconds of this century, read as milliseconds, lie in the first 50 days of 1970.
const EARLY_MS: i64 = 1 << 32;

/// The units, coarsest first, with their names in messages and in declarations.
const UNITS: [(TimeUnit, &str, &str); 4] = [
    (TimeUnit::Seconds, "seconds", "s"),
    (TimeUnit::Milliseconds, "milliseconds", "ms"),
    (TimeUnit::Microseconds, "microseconds", "us"),
    (TimeUnit::Nanoseconds, "nanoseconds", "ns"),
];

/// Returns a message about the first event of a batch whose time would be recent if its unit were coarser, if there is one.
pub fn coarser_unit(
    input: &Input,
    records: &RecordBatch,
    rows: Range<usize>,
    events: &EventBatch,
) -> Option<String> {
    let field = input.event_time?;
    let unit = match input.fields[field].ty {
        FieldType::Value(ValueType::Time(unit)) => unit,
        FieldType::Value(ValueType::Int) => TimeUnit::Milliseconds,
        _ => return None,
    };
    let declared = UNITS.iter().position(|&(known, ..)| known == unit)?;
    // No early exit, so that the loop is vectorized. Almost always this is all the work.
    let earliest_ms = events.times_ms.iter().fold(i64::MAX, |earliest, &time_ms| earliest.min(time_ms));
    if earliest_ms >= EARLY_MS {
        return None;
    }
    let record_rows = rows_of(records, rows, &events.offsets);
    record_rows.into_iter().enumerate().find_map(|(row, record_row)| {
        let append_ms = records.append_time(record_row)?.ms();
        let time_ms = events.times_ms[row];
        if !events.columns[field].is_valid(row) {
            return None;
        }
        let (name, meant, meant_ms) = meant(declared, time_ms, append_ms)?;
        let (field, topic, partition) = (&input.fields[field].name, &input.topic, records.partition());
        Some(format!(
            "field `{field}` of the record at {topic}:{partition}:{} is taken for {}: the value looks like {name}, as which it \
             is {}; declare unit = {meant:?}",
            events.offsets[row],
            shown(time_ms),
            shown(meant_ms),
        ))
    })
}

/// Returns the coarser unit in which a time would be recent (its name, and as declared), and the time in that unit.
fn meant(declared: usize, time_ms: i64, append_ms: i64) -> Option<(&'static str, &'static str, i64)> {
    // An append time near 1970 is not a real one, and every small value would be close to it.
    let recent = append_ms.saturating_sub(RECENT_MS).max(RECENT_MS)..=append_ms.saturating_add(86_400_000);
    let mut meant_ms = time_ms;
    UNITS[..declared].iter().rev().find_map(|&(_, name, unit)| {
        meant_ms = meant_ms.saturating_mul(1_000);
        recent.contains(&meant_ms).then_some((name, unit, meant_ms))
    })
}

fn shown(time_ms: i64) -> String {
    rfc3339::print(time_ms).unwrap_or_else(|| format!("{time_ms} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const APPEND_S: i64 = 1_767_225_600;

    #[test]
    fn a_time_in_a_coarser_unit_than_declared_is_recognised() {
        let in_unit = |unit: usize, value: i64| match unit {
            0 => value * 1_000,
            1 => value,
            2 => value / 1_000,
            _ => value / 1_000_000,
        };
        let recognised = |declared, value| {
            meant(declared, in_unit(declared, value), APPEND_S * 1_000).map(|(_, unit, _)| unit)
        };
        for (declared, value, unit) in [
            (1, APPEND_S - 5, Some("s")),
            (1, APPEND_S - 5 * 365 * 86_400, Some("s")),
            (2, (APPEND_S - 5) * 1_000, Some("ms")),
            (3, (APPEND_S - 5) * 1_000_000, Some("us")),
            // A right time, truly old times, and a unit that has no coarser one.
            (1, (APPEND_S - 5) * 1_000, None),
            (1, 1, None),
            (1, 86_400_000, None),
            (0, APPEND_S - 5, None),
        ] {
            assert_eq!(recognised(declared, value), unit, "{value} in {}", UNITS[declared].2);
        }
    }

    #[test]
    fn near_an_append_that_is_hardly_a_time_nothing_is_suspicious() {
        assert_eq!(meant(1, 1, 0), None);
        assert_eq!(meant(1, 1_000, 1_000_000), None);
    }
}
