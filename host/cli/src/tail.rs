//! `foldline tail`: shows the newest records of the log.

use std::time::Duration;

use foldline_core::position::Position;
use serde::Deserialize;

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::Topics;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::json;

/// Records per request.
const PAGE_RECORDS: u64 = 1_000;

/// How long a request waits if there is no new record. With `--follow`, this is the largest delay per topic.
const FOLLOW_WAIT: Duration = Duration::from_millis(250);

/// How long a request waits for a record that the log says it holds: a Kafka reader must fetch it first.
const HELD_WITHIN: Duration = Duration::from_secs(5);

/// Show the newest records as JSON lines, in the format of `append`
///
/// Records of all partitions are shown together, in the order of their times.
#[derive(Debug, clap::Args)]
pub(super) struct Tail {
    /// The topic [default: all topics]
    topic: Option<String>,
    /// The number of records to show [default: 10; all with --from and --from-start]
    #[arg(short = 'n', value_name = "N")]
    records: Option<u64>,
    /// Keep showing records as they are appended
    #[arg(short, long)]
    follow: bool,
    /// Start with the oldest records instead, in the order in which the log returns them
    #[arg(long)]
    from_start: bool,
    /// Start with the record at this offset, and read only this partition
    #[arg(long, value_name = "PARTITION:OFFSET", requires = "topic", conflicts_with_all = ["from_start", "follow"])]
    from: Option<RecordLocation>,
}

/// A record's location in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RecordLocation {
    partition: u32,
    offset: u64,
}

impl std::str::FromStr for RecordLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.split_once(':').and_then(|(partition, offset)| {
            Some(Self { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        });
        place.ok_or_else(|| "use the form PARTITION:OFFSET, such as 0:1200".to_owned())
    }
}

/// One topic, and how far it has been read.
#[derive(Clone, Debug)]
struct Topic {
    name: String,
    next: Position,
    /// The topic's end when it was opened.
    end: Position,
    /// The only partition to read; `None` for all.
    partition: Option<u32>,
}

/// A record line as the host wrote it.
struct Line {
    bytes: Vec<u8>,
    time_ms: Option<i64>,
}

/// The answer of `GET topics/{t}`.
#[derive(Deserialize)]
struct TopicAnswer {
    partitions: Vec<PartitionAnswer>,
}

#[derive(Deserialize)]
struct PartitionAnswer {
    partition: u32,
    start_offset: u64,
    end_offset: u64,
}

impl Tail {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        if let (Some(topic), Some(from)) = (&self.topic, self.from) {
            return print_from(client, topic, from, self.records.unwrap_or(u64::MAX), out);
        }
        let newest = if self.from_start { None } else { Some(self.records.unwrap_or(10)) };
        let mut topics = Vec::new();
        for name in self.names(client)? {
            topics.push(Topic::open(client, &name, newest)?);
        }
        match newest {
            Some(records) => print_newest(client, &mut topics, records, out)?,
            None => print_oldest(client, &mut topics, self.records.unwrap_or(u64::MAX), out)?,
        }
        if self.follow { self.follow(client, topics, out) } else { Ok(()) }
    }

    fn names(&self, client: &Client) -> Result<Vec<String>> {
        match &self.topic {
            Some(topic) => Ok(vec![topic.clone()]),
            None => Ok(client.get::<Topics>(Request::to(&["topics"]))?.topics),
        }
    }

    /// Prints new records until stdout is closed.
    fn follow(&self, client: &Client, mut topics: Vec<Topic>, out: &mut Output) -> Outcome {
        loop {
            out.flush()?;
            if topics.is_empty() {
                std::thread::sleep(FOLLOW_WAIT);
            }
            for topic in &mut topics {
                print(&topic.read(client, PAGE_RECORDS, FOLLOW_WAIT)?, out)?;
            }
            for name in self.names(client)? {
                if !topics.iter().any(|topic| topic.name == name) {
                    // Everything in a topic that did not exist before is new.
                    topics.push(Topic::open(client, &name, None)?);
                }
            }
        }
    }
}

/// Prints the newest records of all partitions together. Keeps at most `records` of each partition in memory.
fn print_newest(client: &Client, topics: &mut [Topic], records: u64, out: &mut Output) -> Outcome {
    let mut newest = Vec::new();
    for topic in topics {
        while let Some(page) = topic.next_page(client, u64::MAX)? {
            newest.extend(page);
        }
    }
    // The sort is stable: records of a partition keep their order even if a producer's clock went back.
    newest.sort_by_key(|line| line.time_ms);
    let too_many = newest.len().saturating_sub(usize::try_from(records).unwrap_or(usize::MAX));
    print(&newest[too_many..], out)
}

/// Prints the records of one partition from an offset up to its current end.
fn print_from(
    client: &Client,
    topic: &str,
    from: RecordLocation,
    mut records: u64,
    out: &mut Output,
) -> Outcome {
    let mut topic = Topic::open(client, topic, None)?;
    let held = |position: &Position| {
        position.iter().find(|(_, partition, _)| *partition == from.partition).map(|(.., at)| at)
    };
    let (Some(start), Some(end)) = (held(&topic.next), held(&topic.end)) else {
        let message = format!("topic `{}` has no partition {}", topic.name, from.partition);
        return Err(Error::new(ErrorKind::NotFound, message).into());
    };
    if !(start..=end).contains(&from.offset) {
        let message = format!(
            "partition {} of topic `{}` holds offsets {start} to {end} (exclusive), not {}",
            from.partition, topic.name, from.offset
        );
        return Err(Error::new(ErrorKind::NotFound, message).into());
    }
    let (mut next, mut end) = (Position::default(), Position::default());
    let name = topic.name.clone();
    next.set(&name, from.partition, from.offset);
    end.set(&name, from.partition, topic.end.next_offset(&name, from.partition));
    (topic.next, topic.end, topic.partition) = (next, end, Some(from.partition));
    while let Some(page) = topic.next_page(client, records)? {
        records -= page.len() as u64;
        print(&page, out)?;
    }
    Ok(())
}

/// Prints the oldest records, one topic after another.
fn print_oldest(client: &Client, topics: &mut [Topic], mut records: u64, out: &mut Output) -> Outcome {
    for topic in topics {
        while let Some(page) = topic.next_page(client, records)? {
            records -= page.len() as u64;
            print(&page, out)?;
        }
    }
    Ok(())
}

fn print(lines: &[Line], out: &mut Output) -> Outcome {
    lines.iter().try_for_each(|line| out.json_line(&line.bytes))
}

impl Topic {
    /// Opens a topic at its start, or at a position with `newest` records left in each partition.
    fn open(client: &Client, name: &str, newest: Option<u64>) -> Result<Self> {
        let TopicAnswer { partitions } = client.get(Request::to(&["topics", name]))?;
        let (mut next, mut end) = (Position::default(), Position::default());
        for PartitionAnswer { partition, start_offset, end_offset } in partitions {
            let wanted = newest.map_or(start_offset, |newest| end_offset.saturating_sub(newest));
            next.set(name, partition, wanted.max(start_offset));
            end.set(name, partition, end_offset);
        }
        Ok(Self { name: name.to_owned(), next, end, partition: None })
    }

    /// Reads on towards the end that the topic had when it was opened; `None` when that is reached.
    fn next_page(&mut self, client: &Client, records_max: u64) -> Result<Option<Vec<Line>>> {
        let limit = PAGE_RECORDS.min(records_max);
        if limit == 0 || self.next.covers(&self.end) {
            return Ok(None);
        }
        let before = self.next.clone();
        let page = self.read(client, limit, HELD_WITHIN)?;
        // Offsets without records only advance the position. If neither records nor an advance came, the log holds no more.
        Ok((!page.is_empty() || self.next != before).then_some(page))
    }

    fn read(&mut self, client: &Client, limit: u64, wait: Duration) -> Result<Vec<Line>> {
        let path = ["topics", &self.name, "records"];
        let request = match self.partition {
            None => Request::to(&path).query("position", &self.next),
            Some(partition) => Request::to(&path)
                .query("partition", partition)
                .query("offset", self.next.next_offset(&self.name, partition)),
        };
        let request = request
            .query("limit", limit)
            .query("wait", format_args!("{}ms", wait.as_millis()))
            .patience(wait);
        let (bytes, next) = client.get_at_position(request)?;
        self.next.raise_to(&next);
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| Ok(Line { bytes: line.to_vec(), time_ms: json::parse(line)?.record.time_ms }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, Seen, printed};

    /// Two partitions: partition 0 holds the even times from 0 to 40, partition 1 the odd ones; partition 0 has lost its first 5.
    /// Pages hold at most 7 records.
    fn host() -> FakeHost {
        FakeHost::start(|request: &Seen| {
            let (path, query) = request.line.split_once('?').unwrap_or((&request.line, ""));
            let answer = match path {
                "GET /topics" => r#"{"topics":["likes"]}"#.to_owned(),
                "GET /topics/likes" => r#"{"topic":"likes","partitions":[
                    {"partition":0,"start_offset":5,"end_offset":20},
                    {"partition":1,"start_offset":0,"end_offset":20}]}"#
                    .to_owned(),
                "GET /topics/likes/records" => records(query),
                other => panic!("{other}"),
            };
            (200, answer)
        })
    }

    fn records(query: &str) -> String {
        let parameter = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            percent_encoding::percent_decode_str(pair.unwrap()).decode_utf8().unwrap().into_owned()
        };
        let mut position: Position = parameter("position").parse().unwrap();
        let limit = parameter("limit").parse::<usize>().unwrap().min(7);
        let mut lines = Vec::new();
        for partition in [0, 1] {
            for offset in position.next_offset("likes", partition)..20 {
                if lines.len() < limit {
                    lines.push(line(partition, offset) + "\n");
                    position.set("likes", partition, offset + 1);
                }
            }
        }
        format!("position: {position}\n{}", lines.concat())
    }

    fn line(partition: u32, offset: u64) -> String {
        let time = offset * 2 + u64::from(partition);
        format!(
            r#"{{"topic":"likes","value":{time},"time":{time},"partition":{partition},"offset":{offset}}}"#
        )
    }

    fn values(tail: Tail) -> Vec<u64> {
        let host = host();
        let (outcome, printed) = printed(|out| tail.run(&host.client(), out));
        outcome.unwrap();
        let value = |line: &str| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            record["value"].as_u64().unwrap()
        };
        printed.lines().map(value).collect()
    }

    fn tail(topic: Option<&str>, records: Option<u64>, from_start: bool) -> Tail {
        Tail { topic: topic.map(str::to_owned), records, follow: false, from_start, from: None }
    }

    #[test]
    fn the_newest_records_of_all_partitions_come_in_the_order_of_time() {
        assert_eq!(values(tail(Some("likes"), Some(3), false)), [37, 38, 39]);
        assert_eq!(values(tail(None, None, false)), (30..40).collect::<Vec<_>>());
        assert_eq!(values(tail(None, Some(0), false)), [0u64; 0]);
    }

    #[test]
    fn from_the_start_every_record_that_is_left_comes_once() {
        let mut all = values(tail(None, None, true));
        all.sort_unstable();
        let expected: Vec<u64> = (0..40).filter(|time| time % 2 == 1 || *time >= 10).collect();
        assert_eq!(all, expected);
        assert_eq!(values(tail(None, Some(9), true)), [10, 12, 14, 16, 18, 20, 22, 24, 26]);
    }

    #[test]
    fn lines_are_printed_as_the_host_wrote_them() {
        let host = host();
        let (_, printed) = printed(|out| tail(None, Some(1), false).run(&host.client(), out));
        assert_eq!(printed, line(1, 19) + "\n");
    }
}
