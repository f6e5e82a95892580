//! Medians over the rounds: as tables, as JSON, and written into a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::machine::Machine;
use super::measured::Subject::{
    Append, Eight, Fold, FoldOneCore, KafkaFold, KafkaRead, Keys, Latency, Native, NativePhases, ParseOnly,
    Start, StartEight, StartOneCore, Upgrade, Window, WindowHour, WindowMonth, WindowTenSeconds,
};
use super::measured::{Measured, Round, Subject};
use super::rounds::Rounds;
use super::table::{Table, cell, grouped};
use super::targets::{self, cpu_s_per_event, events_per_s};
use super::{feed, sinks};

/// The names in the markers of likes, of sinks and of the feed.
const SECTIONS: [&str; 3] = ["bench", "bench:sinks", "bench:feed"];

/// The rows of the table, in order.
const ROWS: [Subject; 17] = [
    Native,
    NativePhases,
    Fold,
    FoldOneCore,
    Eight,
    Keys,
    Window,
    WindowHour,
    WindowTenSeconds,
    WindowMonth,
    KafkaFold,
    Append,
    Start,
    StartOneCore,
    StartEight,
    ParseOnly,
    KafkaRead,
];

impl Rounds {
    /// Returns the report for people, in Markdown.
    pub fn text(&self) -> String {
        let said = self.sections().into_iter().map(|(_, text)| text).filter(|text| !text.is_empty());
        said.collect::<Vec<_>>().join("\n")
    }

    /// Returns the parts of the report, each with the name in its markers. A part without measurements is empty.
    fn sections(&self) -> [(&'static str, String); 3] {
        let [likes, sinks, feed] = SECTIONS;
        [(likes, self.likes()), (sinks, sinks::text(self)), (feed, feed::text(self))]
    }

    fn likes(&self) -> String {
        if !self.has(&[&ROWS[..], &[Latency, Upgrade]].concat()) {
            return String::new();
        }
        let heading = self.heading(&format!("{} likes", grouped(self.events as f64)));
        let mut text = format!("{heading}\n\n{}\n{}", self.table(), targets::table(targets::LIKES, self));
        let details = self.details();
        if !details.is_empty() {
            write!(text, "\n{details}").expect("a string takes everything");
        }
        text
    }

    fn table(&self) -> String {
        let mut table = Table::new(&[
            "what",
            "wall s",
            "CPU s",
            "events/s",
            "CPU-s per M events",
            "events per CPU-s, native = 1",
            "events/s, native = 1",
            "peak MB",
        ]);
        for subject in ROWS {
            let whole = |of: fn(&Measured) -> f64| self.median(|round| round.whole(subject).map(of));
            let Some(wall_s) = whole(|measured| measured.wall_s) else { continue };
            let rate = |round: &Round| events_per_s(round, subject);
            let cost = |round: &Round| cpu_s_per_event(round, subject);
            let cost_ratio = self.median(|round| Some(cpu_s_per_event(round, Native)? / cost(round)?));
            let rate_ratio = self.median(|round| Some(rate(round)? / events_per_s(round, Native)?));
            table.row(vec![
                subject.title().to_owned(),
                cell(Some(wall_s), 2),
                cell(whole(|measured| measured.cpu_s), 2),
                self.median(rate).map_or_else(|| "–".to_owned(), grouped),
                cell(self.median(cost).map(|seconds| seconds * 1e6), 3),
                cell(cost_ratio, 2),
                cell(rate_ratio, 2),
                cell(whole(|measured| measured.peak_rss_bytes as f64 / 1e6), 0),
            ]);
        }
        table.markdown()
    }

    /// Returns the details that are not in the table, one per line.
    fn details(&self) -> String {
        let more = |subject: Subject, name: &'static str| {
            self.median(move |round| round.whole(subject)?.more.get(name).copied())
        };
        let per_million = |subject: Subject, seconds: f64| {
            let events = self.median(|round| Some(round.whole(subject)?.events as f64));
            events.map(|events| seconds / events * 1e6)
        };
        let mut lines = Vec::new();
        if let Some(stopped_s) = more(Fold, "stopped_cpu_s").and_then(|seconds| per_million(Fold, seconds)) {
            lines.push(format!(
                "- Log to documents, whole process: start, last checkpoint, stop and the check's reads included: \
                 {stopped_s:.3} CPU-s per M events."
            ));
        }
        if let (Some(p50_ms), Some(p99_ms)) = (more(Latency, "p50_ms"), more(Latency, "p99_ms")) {
            lines.push(format!(
                "- A record appended alone is synced, folded, shown and read, over HTTP on one connection, after {p50_ms:.1} ms \
                 (median), {p99_ms:.1} ms (99 %)."
            ));
        }
        if let Some(rate) = more(Upgrade, "load_records_per_s") {
            let ms = |name| more(Upgrade, name).unwrap_or(f64::NAN);
            lines.push(format!(
                "- An upgrade while {} records a second come: a replay of {} records took {:.1} s, {:.1} s after the drop it had \
                 caught up; from append to read {:.1} ms (median) and {:.1} ms (99 %) before, {:.1} ms and {:.1} ms during the \
                 replay; promoting took {:.0} ms, going back {:.0} ms, and a reader at 1 kHz waited {:.1} ms and {:.1} ms at \
                 most.",
                grouped(rate.round()),
                grouped(self.events as f64),
                ms("replay_s"),
                ms("drop_to_caught_up_s"),
                ms("calm_p50_ms"),
                ms("calm_p99_ms"),
                ms("replay_p50_ms"),
                ms("replay_p99_ms"),
                ms("promote_ms"),
                ms("rollback_ms"),
                ms("promote_gap_ms"),
                ms("rollback_gap_ms"),
            ));
        }
        if let (Some(client_s), Some(log_bytes)) = (more(Append, "client_cpu_s"), more(Append, "log_bytes")) {
            let client_s = per_million(Append, client_s).unwrap_or_default();
            let bytes = log_bytes / self.events as f64;
            lines.push(format!(
                "- Append: the client (`foldline append`) took {client_s:.3} CPU-s per M events, without the host; the \
                 log takes {bytes:.1} bytes per event on disk."
            ));
        }
        if let Some(keys) = more(Keys, "keys") {
            let number = |name| more(Keys, name).map_or_else(|| "–".to_owned(), grouped);
            let seconds = |name| more(Keys, name).unwrap_or(f64::NAN);
            lines.push(format!(
                "- {} keys: {} bytes of memory per key after the fold, {} after a restart; {} bytes of state and {} of \
                 documents per key on disk. Ready {:.2} s after a start that follows a kill, {:.2} s after one that \
                 follows a stop.",
                grouped(keys),
                number("folded_rss_bytes_per_key"),
                number("restarted_rss_bytes_per_key"),
                number("state_bytes_per_key"),
                number("documents_bytes_per_key"),
                seconds("killed_ready_s"),
                seconds("stopped_ready_s"),
            ));
        }
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// Returns medians, targets and the numbers of every round.
    pub fn json(&self) -> Value {
        let Machine { cores, system, date, versions, load } = &self.machine;
        json!({
            "machine": { "cores": cores, "system": system, "load": load },
            "date": date,
            "versions": versions,
            "events": self.events,
            "medians": self.medians(),
            "targets": targets::json(self),
            "rounds": self.rounds.iter().map(Round::json).collect::<Vec<_>>(),
        })
    }

    fn medians(&self) -> Value {
        let of = |subject: Subject| {
            json!({
                "wall_s": self.median(|round| Some(round.whole(subject)?.wall_s)),
                "cpu_s": self.median(|round| Some(round.whole(subject)?.cpu_s)),
                "events_per_s": self.median(|round| events_per_s(round, subject)),
                "cpu_s_per_million_events": self.median(|round| Some(cpu_s_per_event(round, subject)? * 1e6)),
                "more": self.more(subject),
            })
        };
        let all = ROWS.into_iter().chain(sinks::ROWS).chain(feed::ROWS);
        let measured = all.filter(|&subject| self.has(&[subject]));
        measured.map(|subject| (subject.name().to_owned(), of(subject))).collect()
    }

    fn more(&self, subject: Subject) -> BTreeMap<&'static str, Option<f64>> {
        let measured = self.rounds.iter().filter_map(|round| round.whole(subject));
        let names = measured.flat_map(|measured| measured.more.keys().copied());
        names.map(|name| (name, self.median(|round| round.whole(subject)?.more.get(name).copied()))).collect()
    }

    /// Replaces the text between the markers of a file, for the parts that this run has measured.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut page =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        for (section, text) in self.sections().into_iter().filter(|(_, text)| !text.is_empty()) {
            let (before, after) =
                around(&page, section).with_context(|| format!("{} has no markers", path.display()))?;
            page = format!("{before}\n{text}{after}");
        }
        std::fs::write(path, page).with_context(|| format!("writing {}", path.display()))
    }
}

/// Refuses a file without markers before an hour is spent on measurements.
pub fn check_markers(path: &Path) -> Result<()> {
    let page = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    for section in SECTIONS {
        let (has, [begin, end]) = (around(&page, section).is_some(), markers(section));
        ensure!(has, "{} has no {begin} … {end} to write between", path.display());
    }
    Ok(())
}

/// Returns the text up to the first marker of a section, and the text from the second marker on.
fn around<'a>(page: &'a str, section: &str) -> Option<(&'a str, &'a str)> {
    let [begin, end] = markers(section);
    let inside = page.find(&begin)? + begin.len();
    let after = inside + page[inside..].find(&end)?;
    Some((&page[..inside], &page[after..]))
}

fn markers(section: &str) -> [String; 2] {
    ["begin", "end"].map(|which| format!("<!-- {section}:{which} -->"))
}

#[cfg(test)]
mod tests {
    use super::super::measured::Subject::{Feed, RedisLoad};
    use super::*;

    fn report(rounds: &[&[(Subject, f64, f64)]]) -> Rounds {
        let machine = Machine {
            cores: "2 cores".to_owned(),
            system: "Linux".to_owned(),
            date: "2026-01-01".to_owned(),
            versions: "foldline 0.1.0".to_owned(),
            load: "0.1".to_owned(),
        };
        let mut report = Rounds::new(machine, 1_000_000);
        for subjects in rounds {
            let mut round = Round::default();
            for &(subject, wall_s, cpu_s) in *subjects {
                let events = if subject == Start { 0 } else { 1_000_000 };
                round.add(subject, Measured { events, wall_s, cpu_s, ..Measured::default() });
            }
            report.add(round);
        }
        report
    }

    #[test]
    fn ratios_are_medians_of_each_rounds_own_and_a_start_is_left_out() {
        // A slow hour doubles all numbers; the ratio stays the same.
        let report = report(&[
            &[(Native, 0.4, 0.4), (Start, 0.1, 0.2), (Fold, 0.2, 0.4)],
            &[(Native, 0.8, 0.8), (Start, 0.2, 0.4), (Fold, 0.4, 0.8)],
            &[(Native, 0.4, 0.4), (Start, 0.1, 0.2), (Fold, 1.1, 1.2)],
        ]);
        let table = report.table();
        let row: Vec<&str> = table.lines().find(|line| line.contains("log to")).unwrap().split('|').collect();
        let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
        assert_eq!(&cells[2..8], ["0.40", "0.80", "5,000,000", "0.400", "2.00", "4.00"]);
    }

    #[test]
    fn what_stands_between_the_markers_is_replaced_and_nothing_else() {
        let file = std::env::temp_dir().join(format!("foldline-bench-{}.md", std::process::id()));
        let page = |parts: [&str; 3]| {
            let part = |(section, text): (&str, &str)| {
                let [begin, end] = markers(section);
                format!("before {section}\n{begin}\n{text}{end}\n")
            };
            SECTIONS.into_iter().zip(parts).map(part).collect::<String>() + "after\n"
        };
        for (section, subject) in [Native, RedisLoad, Feed].into_iter().enumerate() {
            std::fs::write(&file, page(["earlier\n"; 3])).unwrap();
            check_markers(&file).unwrap();
            let report = report(&[&[(subject, 0.4, 0.4)]]);
            report.write(&file).unwrap();
            let text = report.text();
            assert!(text.starts_with("2 cores, Linux;"), "{text}");
            let mut expected = ["earlier\n"; 3];
            expected[section] = &text;
            assert_eq!(std::fs::read_to_string(&file).unwrap(), page(expected));
        }
        std::fs::write(&file, page([""; 3]).replace("bench:sinks:end", "")).unwrap();
        assert!(check_markers(&file).is_err());
        std::fs::remove_file(&file).unwrap();
        assert!(check_markers(Path::new("no such file")).is_err());
    }

    #[test]
    fn thousands_are_grouped() {
        let numbers = [0.0, 999.0, 1_000.0, 1_234_567.0, -1_000.0, -100.0];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "1,234,567", "-1,000", "-100"]);
    }
}
