//! Targets, compared with the measurements.

use serde_json::{Value, json};

use super::measured::Subject::{
    Eight, ElasticsearchBareLoad, ElasticsearchLive, ElasticsearchLoad, Feed, Fold, FoldOneCore, KafkaFold,
    KafkaRead, Keys, Native, RedisBareLoad, RedisLive, RedisLoad, Renames, Upgrade, Window, WindowHour,
    WindowMonth, WindowTenSeconds,
};
use super::measured::{Round, Subject};
use super::rounds::Rounds;
use super::table::Table;

/// The cost of librdkafka itself, plus a quarter for the rest.
const KAFKA_SHARE: f64 = 1.25;

/// A number with its target.
pub struct Target {
    what: &'static str,
    goal: Goal,
    /// The number in one round; `None` if a measurement that it needs is missing.
    of: fn(&Round) -> Option<f64>,
}

enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// The targets for likes.
pub const LIKES: &[Target] = &[
    Target {
        what: "events per CPU second, log to documents ÷ native event by event",
        goal: Goal::AtLeast(2.0),
        of: |round| Some(cpu_s_per_event(round, Native)? / cpu_s_per_event(round, Fold)?),
    },
    Target {
        what: "events per wall second, log to documents ÷ native event by event",
        goal: Goal::AtLeast(1.6),
        of: |round| Some(events_per_s(round, Fold)? / events_per_s(round, Native)?),
    },
    Target {
        what: "events per wall second, all cores ÷ one core",
        goal: Goal::AtLeast(1.6),
        of: |round| Some(events_per_s(round, Fold)? / events_per_s(round, FoldOneCore)?),
    },
    Target {
        what: "CPU seconds per million events, log to documents",
        goal: Goal::AtMost(0.18),
        of: |round| Some(cpu_s_per_event(round, Fold)? * 1e6),
    },
    Target {
        what: "CPU seconds, eight reducers ÷ one",
        goal: Goal::AtMost(3.0),
        of: |round| Some(round.net(Eight)?.cpu_s / round.net(Fold)?.cpu_s),
    },
    Target {
        what: "wall seconds, eight reducers ÷ one",
        goal: Goal::AtMost(3.0),
        of: |round| Some(round.net(Eight)?.wall_s / round.net(Fold)?.wall_s),
    },
    Target {
        what: "CPU seconds, over 24 h sliding by 2 min ÷ without windows",
        goal: Goal::AtMost(3.0),
        of: |round| Some(round.net(Window)?.cpu_s / round.net(Fold)?.cpu_s),
    },
    Target {
        what: "CPU seconds of four windows, how far the dearest and the cheapest are off their middle",
        goal: Goal::AtMost(0.2),
        of: |round| {
            let of = |subject| Some(round.net(subject)?.cpu_s);
            let all = [of(Window)?, of(WindowHour)?, of(WindowTenSeconds)?, of(WindowMonth)?];
            let cheapest = all.iter().copied().fold(f64::INFINITY, f64::min);
            let dearest = all.iter().copied().fold(0.0, f64::max);
            Some((dearest - cheapest) / (dearest + cheapest))
        },
    },
    Target {
        what: "seconds until ready with many keys, after a stop",
        goal: Goal::AtMost(2.0),
        of: |round| round.whole(Keys)?.more.get("stopped_ready_s").copied(),
    },
    Target {
        what: "seconds until ready with many keys, after a kill",
        goal: Goal::AtMost(2.0),
        of: |round| round.whole(Keys)?.more.get("killed_ready_s").copied(),
    },
    Target {
        what: "99 % of records from append to read, during a replay ÷ without one",
        goal: Goal::AtMost(3.0),
        of: |round| {
            let more = |name| round.whole(Upgrade)?.more.get(name).copied();
            Some(more("replay_p99_ms")? / more("calm_p99_ms")?)
        },
    },
    Target {
        what: "CPU seconds, from Kafka ÷ (from the embedded log + 1.25 × bare librdkafka)",
        goal: Goal::AtMost(1.0),
        of: |round| {
            let allowed = round.net(Fold)?.cpu_s + KAFKA_SHARE * round.net(KafkaRead)?.cpu_s;
            Some(round.net(KafkaFold)?.cpu_s / allowed)
        },
    },
];

/// The targets for sinks.
pub const SINKS: &[Target] = &[
    Target {
        what: "documents per second, first load of Redis ÷ bare pipelined client",
        goal: Goal::AtLeast(0.7),
        of: |round| Some(events_per_s(round, RedisLoad)? / events_per_s(round, RedisBareLoad)?),
    },
    Target {
        what: "documents per second, first load of Elasticsearch ÷ bare bulk client",
        goal: Goal::AtLeast(0.8),
        of: |round| {
            Some(events_per_s(round, ElasticsearchLoad)? / events_per_s(round, ElasticsearchBareLoad)?)
        },
    },
    Target {
        what: "milliseconds within which 99 % are seen in Redis, at 20,000 events/s",
        goal: Goal::AtMost(150.0),
        of: |round| round.whole(RedisLive)?.more.get("p99_ms").copied(),
    },
    Target {
        what: "the same in a search of Elasticsearch (refresh interval 1 s)",
        goal: Goal::AtMost(1_200.0),
        of: |round| round.whole(ElasticsearchLive)?.more.get("p99_ms").copied(),
    },
];

/// The targets for the feed.
pub const FEED: &[Target] = &[
    Target {
        what: "million events per CPU second, log to feed documents",
        goal: Goal::AtLeast(1.0),
        of: |round| Some(1e-6 / cpu_s_per_event(round, Feed)?),
    },
    Target {
        what: "milliseconds within which 99 % of new names are shown, with up to 256 posts",
        goal: Goal::AtMost(50.0),
        of: |round| round.whole(Renames)?.more.get("p99_ms").copied(),
    },
];

impl Goal {
    fn text(&self) -> String {
        match self {
            Self::AtLeast(goal) => format!("≥ {goal}"),
            Self::AtMost(goal) => format!("≤ {goal}"),
        }
    }

    fn is_met(&self, measured: f64) -> bool {
        match self {
            Self::AtLeast(goal) => measured >= *goal,
            Self::AtMost(goal) => measured <= *goal,
        }
    }
}

/// Returns the targets that this run has measured, with their numbers.
fn measured<'a>(targets: &'a [Target], report: &Rounds) -> impl Iterator<Item = (&'a Target, f64)> {
    targets.iter().filter_map(|target| Some((target, report.median(target.of)?)))
}

/// Returns a table of the targets that this run has measured.
pub fn table(targets: &[Target], report: &Rounds) -> String {
    let mut table = Table::new(&["target", "goal", "measured", ""]);
    for (Target { what, goal, .. }, measured) in measured(targets, report) {
        let verdict = if goal.is_met(measured) { "met" } else { "missed" };
        table.row(vec![(*what).to_owned(), goal.text(), format!("{measured:.2}"), verdict.to_owned()]);
    }
    table.markdown()
}

/// Returns all targets that this run has measured, as JSON.
pub fn json(report: &Rounds) -> Value {
    let json = |(Target { what, goal, .. }, measured): (&Target, f64)| json!({ "target": what, "goal": goal.text(), "measured": measured, "met": goal.is_met(measured) });
    [LIKES, SINKS, FEED].into_iter().flat_map(|targets| measured(targets, report)).map(json).collect()
}

/// Returns events per second of wall time, without the time of a start; `None` if there are no events.
pub fn events_per_s(round: &Round, subject: Subject) -> Option<f64> {
    let net = round.net(subject)?;
    (net.events > 0).then(|| net.events as f64 / net.wall_s)
}

/// Returns CPU seconds per event, without those of a start; `None` if there are no events.
pub fn cpu_s_per_event(round: &Round, subject: Subject) -> Option<f64> {
    let net = round.net(subject)?;
    (net.events > 0).then(|| net.cpu_s / net.events as f64)
}
