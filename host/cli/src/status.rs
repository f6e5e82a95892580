//! `foldline status`: the status of every version of every projection.

use std::fmt::Write as _;
use std::time::Duration;

use foldline_core::rfc3339;

use super::client::{Client, Request};
use super::output::{self, Format, Output};
use super::stop::Outcome;
use foldline_api::{
    Holder, ProjectionSkip, RelayPhase, RelayStatus, SinkStatus, Status as Answer, VersionStatus,
};
use foldline_base::foreign::foreign;
use foldline_config::quantity::format_duration;
use foldline_core::status::{Phase, SinkPhase};

/// 10 s: a log that answers is asked once a second.
const LOG_END_AGE_MAX_MS: u64 = 10_000;

/// Show the status of every version of every projection
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

impl Status {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let request = Request::to(&["status"]);
        match self.output {
            // Printed as the host wrote it, so that an older command line does not drop newer fields.
            Format::Json => out.json_line(client.get_bytes(request)?.trim_ascii_end()),
            Format::Text => print(&client.get(request)?, out),
        }
    }
}

fn print(status: &Answer, out: &mut Output) -> Outcome {
    out.line(format_args!("foldline {}, {} log", status.version, status.log))?;
    if status.clock_behind_ms > 0 {
        let behind = format_duration(Duration::from_millis(status.clock_behind_ms));
        out.line(format_args!(
            "the host's clock is {behind} behind the last append: append times never go back, and continue from there"
        ))?;
    }
    if status.log_end_age_ms > LOG_END_AGE_MAX_MS {
        let age = format_duration(Duration::from_secs(status.log_end_age_ms / 1_000));
        out.line(format_args!("the ends of topics were last read {age} ago: lags are that old"))?;
    }
    for said in status.doubts.iter().chain(&status.unmatched) {
        out.line(said)?;
    }
    for skip in &status.skips {
        let ProjectionSkip { projection, topic, partition, from, to, reason, .. } = skip;
        let does = if skip.undone { "skips no longer" } else { "skips" };
        let relay = if skip.relay { ", and its relay" } else { "" };
        out.line(format_args!(
            "{projection}{relay} {does} offsets {from} to {to} (exclusive) of partition {partition} of `{topic}`, since {}: {}",
            shown_time(skip.at_ms),
            foreign(reason)
        ))?;
    }
    if status.projections.is_empty() {
        return out.line("no projections: drop NAME@VERSION.wasm into the modules folder");
    }
    let mut table = output::table(&[
        "PROJECTION",
        "VERSION",
        "PHASE",
        "EVENTS",
        "LAG",
        "DEAD LETTERS",
        "FAILED ROWS",
        "DOCUMENTS",
        "POSITION",
    ]);
    for version in &status.projections {
        table.add_row([
            version.name.clone(),
            version.version.clone(),
            phase(version.phase).to_owned(),
            version.events.to_string(),
            lag(version).to_string(),
            version.dead_letters.to_string(),
            version.failed_rows.to_string(),
            version.documents.to_string(),
            positions(version),
        ]);
    }
    out.line(table.trim_fmt())?;
    for version in &status.projections {
        let name = format!("{}@{}", version.name, version.version);
        if !version.parameters.is_empty() {
            out.line(format_args!("{name}: {}", version.parameters))?;
        }
        if let Some(reason) = &version.reason {
            let halted = if version.phase == Phase::Halted { " halted" } else { "" };
            out.line(format_args!("{name}{halted}: {reason}"))?;
        }
        for sink in &version.sinks {
            out.line(format_args!("{name} {}", sink_line(sink)))?;
        }
        if let Some(waits_for) = &version.waits_for {
            out.line(format_args!("{name} has caught up and waits: {waits_for}"))?;
        }
        if version.phase == Phase::Replaying
            && let Some(rate) = version.records_per_s
        {
            out.line(format_args!("{name} replays: {}", replay(version, rate)))?;
        }
        if version.passed_over > 0 {
            let passed_over = version.passed_over;
            out.line(format_args!("{name}: {passed_over} records were passed over, which no input selects"))?;
        }
        if let Some(watermark_ms) = version.watermark_ms {
            let (watermark, late) = (shown_time(watermark_ms), version.late);
            out.line(format_args!("{name}: event time has passed {watermark}; {late} records were late"))?;
        }
        for line in held_by(&version.held_by) {
            out.line(format_args!("{name}: event time is held by {line}"))?;
        }
        if let Some(kept_ms) = version.kept_ms {
            let kept = format_duration(Duration::from_secs(kept_ms.div_ceil(1_000)));
            out.line(format_args!("{name} is kept for a rollback for another {kept} of host uptime"))?;
        }
        if !version.producer_times.is_empty() {
            let topics = version.producer_times.join("`, `");
            out.line(format_args!(
                "{name}: producers stamp the records of `{topics}` (CreateTime), so an event from the future may get past \
                 max_ahead; message.timestamp.type=LogAppendTime protects better"
            ))?;
        }
        for said in &version.coarse_times {
            out.line(format_args!("{name}: {said}"))?;
        }
        if !version.missing_topics.is_empty() {
            let topics = version.missing_topics.join("`, `");
            out.line(format_args!("{name} waits for topics that do not exist: `{topics}`"))?;
        }
    }
    if status.relays.is_empty() { Ok(()) } else { print_relays(&status.relays, out) }
}

fn print_relays(relays: &[RelayStatus], out: &mut Output) -> Outcome {
    let mut table = output::table(&["RELAY", "VERSION", "PHASE", "SENT", "LAG", "DEAD LETTERS", "POSITION"]);
    for relay in relays {
        let phase = match relay.phase {
            RelayPhase::Starting => "starting",
            RelayPhase::Relaying => "relaying",
            RelayPhase::Halted => "halted",
        };
        let positions: Vec<String> = relay
            .positions
            .iter()
            .map(|at| format!("{}:{} {}/{}", at.topic, at.partition, at.next_offset, at.end_offset))
            .collect();
        table.add_row([
            relay.name.clone(),
            relay.version.clone(),
            phase.to_owned(),
            relay.sent.to_string(),
            relay.lag().to_string(),
            relay.dead_letters.to_string(),
            positions.join("\n"),
        ]);
    }
    out.line(table.trim_fmt())?;
    for relay in relays {
        let name = &relay.name;
        if let Some(reason) = &relay.reason {
            let halted = if relay.phase == RelayPhase::Halted { " halted" } else { "" };
            out.line(format_args!("relay {name}{halted}: {reason}"))?;
        }
        if let Some(letter) = relay.letters.last() {
            let (topic, partition, offset, reason) =
                (&letter.topic, letter.partition, letter.offset, &letter.reason);
            out.line(format_args!("relay {name}: last dead letter {topic}:{partition} {offset}: {reason}"))?;
        }
        if !relay.missing_topics.is_empty() {
            let topics = relay.missing_topics.join("`, `");
            out.line(format_args!("relay {name} waits for topics that do not exist: `{topics}`"))?;
        }
    }
    Ok(())
}

/// Returns the holders of event time with their reasons, one per line. Holders with the same reason share a line.
fn held_by(holders: &[Holder]) -> Vec<String> {
    let same = |a: &Holder, b: &Holder| (&a.why, &a.hint) == (&b.why, &b.hint);
    let line = |some: &[Holder]| {
        let place = |holder: &Holder| match holder.partition {
            Some(partition) => format!("{}:{partition}", holder.topic),
            None => format!("`{}`", holder.topic),
        };
        let places: Vec<String> = some.iter().map(place).collect();
        let hint = some[0].hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}: {}{hint}", places.join(", "), some[0].why)
    };
    holders.chunk_by(same).map(line).collect()
}

/// Returns a line about a version's sink.
fn sink_line(sink: &SinkStatus) -> String {
    let mut line = format!("in sink {}: {}", sink.name, sink_phase(sink.phase));
    if matches!(sink.phase, SinkPhase::Following) {
        let read = if sink.pointed { ", readers read it" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(line, ", {} records behind{read}", sink.lag);
    }
    if sink.refused > 0 {
        let example = sink.example.as_ref().map(|example| format!(", such as {example}")).unwrap_or_default();
        let _ = write!(line, "; it refused {} documents{example}", sink.refused);
    }
    if let Some(reason) = &sink.reason {
        let _ = write!(line, ": {reason}");
    }
    line
}

fn sink_phase(phase: SinkPhase) -> &'static str {
    match phase {
        SinkPhase::Opening => "being opened",
        SinkPhase::Waiting => "waits until the log's end is reached",
        SinkPhase::Loading => "being loaded",
        SinkPhase::Following => "follows",
        SinkPhase::Halted => "halted",
    }
}

/// Returns the progress, speed and remaining time of a replay.
fn replay(version: &VersionStatus, rate: u64) -> String {
    let folded: u64 = version.positions.iter().map(|at| at.next_offset).sum();
    let of: u64 = version.positions.iter().map(|at| at.end_offset).sum();
    let left = of.saturating_sub(folded);
    let eta = match rate {
        0 => "standing still".to_owned(),
        rate => format!("about {} left", format_duration(Duration::from_secs(left.div_ceil(rate)))),
    };
    format!("{folded} of {of} records, {rate} a second, {eta}")
}

/// Returns how many offsets in the log are not shown yet.
fn lag(version: &VersionStatus) -> u64 {
    version.positions.iter().map(|at| at.end_offset.saturating_sub(at.shown_offset)).sum()
}

/// Returns each partition as `topic:partition next/end`, one per line.
fn positions(version: &VersionStatus) -> String {
    let lines: Vec<String> = version
        .positions
        .iter()
        .map(|at| format!("{}:{} {}/{}", at.topic, at.partition, at.next_offset, at.end_offset))
        .collect();
    lines.join("\n")
}

fn shown_time(time_ms: i64) -> String {
    rfc3339::print(time_ms).unwrap_or_else(|| format!("{time_ms} ms"))
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Replaying => "replaying",
        Phase::CaughtUp => "caught up",
        Phase::Live => "live",
        Phase::Draining => "draining",
        Phase::Halted => "halted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    const ANSWER: &str = r#"{"version":"0.1.0","log":"embedded","clock_behind_ms":3600000,"doubts":["topic `likes` is not the one that was read"],
        "projections":[
        {"name":"like-count","version":"0.1.0","digest":"ab","phase":"live","positions":[
            {"topic":"likes","partition":0,"next_offset":90,"shown_offset":80,"end_offset":100},
            {"topic":"likes","partition":1,"next_offset":7,"shown_offset":7,"end_offset":7}],
         "missing_topics":[],"events":97,"dead_letters":2,"failed_rows":0,"rows":5,"documents":5},
        {"name":"post-stats","version":"0.2.0","digest":"cd","phase":"halted","reason":"too many dead letters",
         "positions":[],"missing_topics":["posts"],"events":0,"dead_letters":0,"failed_rows":0,"rows":0,
         "documents":0},
        {"name":"trending","version":"0.1.0","digest":"ef","parameters":{"top":3},"phase":"draining","positions":[],"missing_topics":[],
         "events":9,"dead_letters":0,"failed_rows":0,"rows":1,"documents":0,"kept_ms":86340000,"held_by":[
            {"topic":"likes","partition":1,"why":"it has no records","hint":"the host moves it on"},
            {"topic":"likes","partition":2,"why":"it has no records","hint":"the host moves it on"},
            {"topic":"likes","partition":3,"why":"its records are the oldest"}]}],"relays":[
        {"name":"relay","version":"0.1.0","phase":"relaying","reason":"kafka is away","positions":[
            {"topic":"posts","partition":0,"next_offset":4,"end_offset":9}],"sent":3,"dead_letters":1,"letters":[
            {"projection":"relay","topic":"posts","partition":0,"offset":2,"reason":"missing field `post_id`"}]}]}"#;

    fn status(output: Format) -> String {
        let host = FakeHost::start(|_| (200, ANSWER.to_owned()));
        let (outcome, printed) = printed(|out| Status { output }.run(&host.client(), out));
        outcome.unwrap();
        printed
    }

    #[test]
    fn people_see_a_table_and_what_needs_them() {
        let expected = "\
foldline 0.1.0, embedded log
the host's clock is 1h behind the last append: append times never go back, and continue from there
topic `likes` is not the one that was read
PROJECTION  VERSION  PHASE     EVENTS  LAG  DEAD LETTERS  FAILED ROWS  DOCUMENTS  POSITION
like-count  0.1.0    live      97      20   2             0            5          likes:0 90/100
                                                                                  likes:1 7/7
post-stats  0.2.0    halted    0       0    0             0            0
trending    0.1.0    draining  9       0    0             0            0
post-stats@0.2.0 halted: too many dead letters
post-stats@0.2.0 waits for topics that do not exist: `posts`
trending@0.1.0: top = 3
trending@0.1.0: event time is held by likes:1, likes:2: it has no records; the host moves it on
trending@0.1.0: event time is held by likes:3: its records are the oldest
trending@0.1.0 is kept for a rollback for another 23h59m of host uptime
RELAY  VERSION  PHASE     SENT  LAG  DEAD LETTERS  POSITION
relay  0.1.0    relaying  3     5    1             posts:0 4/9
relay relay: kafka is away
relay relay: last dead letter posts:0 2: missing field `post_id`
";
        assert_eq!(status(Format::Text), expected);
    }

    #[test]
    fn programs_get_the_hosts_own_json() {
        assert_eq!(status(Format::Json), format!("{ANSWER}\n"));
    }
}
