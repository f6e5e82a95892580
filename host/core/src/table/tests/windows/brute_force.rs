//! The model: what windows must show, computed from all events at once.

use std::collections::{BTreeMap, BTreeSet};

use super::Event;
use super::run::Shown;
use crate::table::tests::*;

/// Returns what must be shown, and how many records are late.
pub(super) fn brute_force(spec: &TableSpec, events: &[Event], bound_ms: u64) -> (Shown, usize) {
    let mut largest: Option<i64> = None;
    let mut kept: BTreeMap<u8, Vec<(i64, u8)>> = BTreeMap::new();
    let mut late = 0;
    let slack = (bound_ms + spec.allowed_lateness_ms) as i64;
    for &(key, item, time) in events {
        if largest.is_some_and(|largest| time < largest - slack) {
            late += 1;
        } else {
            kept.entry(key).or_default().push((time, item));
        }
        largest = largest.max(Some(time));
    }
    let watermark = largest.unwrap() - bound_ms as i64;
    let over = watermark - spec.allowed_lateness_ms as i64;
    let mut shown = Shown::new();
    for (key, mut of_key) in kept {
        of_key.sort();
        let windows = match spec.window {
            Window::Session(gap) => sessions(&of_key, gap as i64),
            Window::Tumbling(size) => sliding(&of_key, size as i64, size as i64, over),
            Window::Sliding { size_ms, slide_ms } => sliding(&of_key, size_ms as i64, slide_ms as i64, over),
            Window::Unbounded => unreachable!(),
        };
        let closed: Vec<Closed> = windows.into_iter().filter(|(_, end, _)| *end <= over).collect();
        let results = |inside: &[(i64, u8)]| {
            let items: BTreeSet<u8> = inside.iter().map(|event| event.1).collect();
            let result = |aggregate: &AggregateSpec| match aggregate.kind {
                AggregateKind::Distinct(_) => Value::Int(items.len() as i64),
                AggregateKind::TopK(k) => {
                    let best = items.iter().rev().take(k as usize);
                    let best: Vec<_> =
                        best.map(|item| format!(r#"{{"id":"i{item}","value":{item}}}"#)).collect();
                    Value::Text(format!("[{}]", best.join(",")).into())
                }
                _ => Value::Int(inside.len() as i64),
            };
            spec.aggregates.iter().map(|aggregate| Some(result(aggregate))).collect::<Vec<_>>()
        };
        match spec.keep {
            Keep::Every(retention) => {
                for (start, end, inside) in closed {
                    let gone = i128::from(end) + i128::from(retention) + i128::from(spec.allowed_lateness_ms)
                        <= i128::from(watermark);
                    if !inside.is_empty() && !gone {
                        shown.insert(format!("k{key}@{start}"), (results(&inside), start, end));
                    }
                }
            }
            Keep::Latest => {
                let mut last: Option<(Vec<Option<Value>>, i64, i64, bool)> = None;
                for (start, end, inside) in closed {
                    let now = results(&inside);
                    let session = matches!(spec.window, Window::Session(_));
                    match &last {
                        None if inside.is_empty() => {}
                        Some((before, _, _, filled))
                            if *before == now && *filled != inside.is_empty() && !session => {}
                        _ => last = Some((now, start, end, !inside.is_empty())),
                    }
                }
                if let Some((results, start, end, filled)) = last
                    && (filled || spec.when_empty == WhenEmpty::Zero)
                {
                    shown.insert(format!("k{key}"), (results, start, end));
                }
            }
        }
    }
    (shown, late)
}

type Closed = (i64, i64, Vec<(i64, u8)>);

fn sliding(events: &[(i64, u8)], size: i64, slide: i64, over: i64) -> Vec<Closed> {
    let first = events[0].0.div_euclid(slide) * slide + slide;
    let ends = (0..).map(|nth| first + nth * slide).take_while(|end| *end <= over);
    let inside =
        |end: i64| events.iter().copied().filter(|event| (end - size..end).contains(&event.0)).collect();
    ends.map(|end| (end - size, end, inside(end))).collect()
}

fn sessions(events: &[(i64, u8)], gap: i64) -> Vec<Closed> {
    let mut sessions: Vec<Closed> = Vec::new();
    for &event in events {
        match sessions.last_mut().filter(|session| event.0 < session.1) {
            Some(session) => {
                session.1 = event.0 + gap;
                session.2.push(event);
            }
            None => sessions.push((event.0, event.0 + gap, vec![event])),
        }
    }
    sessions
}
