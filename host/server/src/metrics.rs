//! `GET /metrics`: the contents of `status` for Prometheus (text format 0.0.4). Names of projections and topics are labels; keys
//! never are.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::admission::Admission;
use super::app::App;
use super::problem::Answer;
use foldline_api::{RelayPhase, RelayStatus, SinkStatus, Status, VersionStatus};
use foldline_core::status::{Phase, SinkPhase};

/// A metric per version: name, type, description, value.
type OfVersion = (&'static str, &'static str, &'static str, fn(&VersionStatus) -> Option<f64>);

const OF_VERSIONS: &[OfVersion] = &[
    ("foldline_events_total", "counter", "Records folded.", |version| Some(version.events as f64)),
    ("foldline_dead_letters_total", "counter", "Records that could not be folded.", |version| {
        Some(version.dead_letters as f64)
    }),
    ("foldline_late_records_total", "counter", "Records that came too late for a window.", |version| {
        Some(version.late as f64)
    }),
    (
        "foldline_passed_over_records_total",
        "counter",
        "Records that none of its inputs selects.",
        |version| Some(version.passed_over as f64),
    ),
    ("foldline_rows", "gauge", "Rows in state.", |version| Some(version.rows as f64)),
    ("foldline_failed_rows", "gauge", "Rows whose document could not be made.", |version| {
        Some(version.failed_rows as f64)
    }),
    ("foldline_documents", "gauge", "Documents that the version shows.", |version| {
        Some(version.documents as f64)
    }),
    ("foldline_rows_bytes", "gauge", "Memory of the rows in memory.", |version| {
        Some(version.takes.rows_bytes as f64)
    }),
    ("foldline_evicted_bytes", "gauge", "Memory that evicted rows still take.", |version| {
        Some(version.takes.evicted_bytes as f64)
    }),
    ("foldline_store_bytes", "gauge", "Memory of the state store.", |version| {
        Some(version.takes.store_bytes as f64)
    }),
    ("foldline_store_disk_bytes", "gauge", "Files of the state store, without its journal.", |version| {
        Some(version.takes.disk_bytes as f64)
    }),
    (
        "foldline_watermark_seconds",
        "gauge",
        "Event time that all partitions have passed, in seconds since 1970.",
        |version| version.watermark_ms.map(|ms| ms as f64 / 1e3),
    ),
    ("foldline_halted", "gauge", "1 for a version that has halted.", |version| {
        Some(f64::from(u8::from(version.phase == Phase::Halted)))
    }),
];

/// A metric per partition of a version: name, description, value.
type OfPartition = (&'static str, &'static str, fn(&foldline_api::PartitionStatus) -> u64);

const OF_PARTITIONS: &[OfPartition] = &[
    ("foldline_next_offset", "The next offset to fold.", |at| at.next_offset),
    ("foldline_shown_offset", "The next offset that the embedded store shows.", |at| at.shown_offset),
    ("foldline_end_offset", "The end of the partition in the log.", |at| at.end_offset),
];

/// A metric per relay: name, type, description, value.
type OfRelay = (&'static str, &'static str, &'static str, fn(&RelayStatus) -> u64);

const OF_RELAYS: &[OfRelay] = &[
    ("foldline_relay_messages_total", "counter", "Messages sent.", |relay| relay.sent),
    (
        "foldline_relay_dead_letters_total",
        "counter",
        "Records that made no message because they do not decode or the module cannot relay them.",
        |relay| relay.dead_letters,
    ),
    ("foldline_relay_lag_records", "gauge", "Offsets in the log that are not relayed yet.", RelayStatus::lag),
    ("foldline_relay_trouble", "gauge", "1 for a relay that cannot send for the moment.", |relay| {
        u64::from(relay.reason.is_some())
    }),
    ("foldline_relay_halted", "gauge", "1 for a relay that has halted.", |relay| {
        u64::from(relay.phase == RelayPhase::Halted)
    }),
];

/// A metric per sink of a version: name, description, value.
type OfSink = (&'static str, &'static str, fn(&SinkStatus) -> u64);

const OF_SINKS: &[OfSink] = &[
    ("foldline_sink_lag", "Offsets in the log that the sink does not show yet.", |sink| sink.lag),
    ("foldline_sink_refused", "Documents that the sink refused for good.", |sink| sink.refused),
    ("foldline_sink_halted", "1 for a sink that was given up.", |sink| {
        u64::from(sink.phase == SinkPhase::Halted)
    }),
];

pub(super) async fn get(State(app): State<App>) -> Answer<Response> {
    let status = app.blocking(|host| host.status()).await?;
    let mut text = text(&status);
    add_connections(&mut text, &app.admissions);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn add_connections(out: &mut String, admissions: &[Arc<Admission>]) {
    head(out, "foldline_http_connections", "gauge", "Open connections.");
    for of in admissions {
        let _ = writeln!(out, "foldline_http_connections{{listener=\"{}\"}} {}", of.listener(), of.open());
    }
    let name = "foldline_http_connections_refused_total";
    head(out, name, "counter", "Connections that were refused: all that may be open were at work.");
    for of in admissions {
        for (reason, refused) in of.refused() {
            let _ = writeln!(out, "{name}{{listener=\"{}\",limit=\"{reason}\"}} {refused}", of.listener());
        }
    }
    let name = "foldline_http_idle_connections_closed_total";
    head(out, name, "counter", "Connections that waited for a request and were closed for new ones.");
    for of in admissions {
        let _ = writeln!(out, "{name}{{listener=\"{}\"}} {}", of.listener(), of.closed_idle());
    }
}

fn head(out: &mut String, name: &str, kind: &str, meaning: &str) {
    let _ = writeln!(out, "# HELP {name} {meaning}\n# TYPE {name} {kind}");
}

fn text(status: &Status) -> String {
    let mut out = String::new();
    head(&mut out, "foldline_build_info", "gauge", "The host's version, and which log it reads.");
    let (version, log) = (escaped(&status.version), escaped(&status.log));
    let _ = writeln!(out, "foldline_build_info{{version=\"{version}\",log=\"{log}\"}} 1");
    let name = "foldline_log_end_age_seconds";
    head(&mut out, name, "gauge", "How long ago the log said where topics end; lags are as old.");
    let _ = writeln!(out, "{name} {}", status.log_end_age_ms as f64 / 1e3);
    for (name, kind, meaning, value) in OF_VERSIONS {
        head(&mut out, name, kind, meaning);
        for version in &status.projections {
            if let Some(value) = value(version) {
                let _ = writeln!(out, "{name}{{{}}} {value}", labels(version));
            }
        }
    }
    for (name, meaning, value) in OF_PARTITIONS {
        head(&mut out, name, "gauge", meaning);
        for version in &status.projections {
            for at in &version.positions {
                let (labels, topic, partition) = (labels(version), escaped(&at.topic), at.partition);
                let value = value(at);
                let _ =
                    writeln!(out, "{name}{{{labels},topic=\"{topic}\",partition=\"{partition}\"}} {value}");
            }
        }
    }
    for (name, kind, meaning, value) in OF_RELAYS.iter().filter(|_| !status.relays.is_empty()) {
        head(&mut out, name, kind, meaning);
        for relay in &status.relays {
            let (projection, version) = (escaped(&relay.name), escaped(&relay.version));
            let value = value(relay);
            let _ = writeln!(out, "{name}{{projection=\"{projection}\",version=\"{version}\"}} {value}");
        }
    }
    for (name, meaning, value) in OF_SINKS {
        head(&mut out, name, "gauge", meaning);
        for version in &status.projections {
            for sink in &version.sinks {
                let (labels, of, value) = (labels(version), escaped(&sink.name), value(sink));
                let _ = writeln!(out, "{name}{{{labels},sink=\"{of}\"}} {value}");
            }
        }
    }
    out
}

fn labels(version: &VersionStatus) -> String {
    let role = match version.phase {
        Phase::Replaying | Phase::CaughtUp => "candidate",
        Phase::Live => "live",
        Phase::Draining => "draining",
        Phase::Halted => "halted",
    };
    let (name, number) = (escaped(&version.name), escaped(&version.version));
    format!("projection=\"{name}\",version=\"{number}\",role=\"{role}\"")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_with_its_role_and_each_partition_with_its_topic() {
        let status: Status = serde_json::from_str(
            r#"{"version":"0.1.0","log":"embedded","projections":[{"name":"trending","version":"0.2.0","digest":"ab",
            "phase":"live","positions":[{"topic":"li\"kes","partition":3,"next_offset":9,"shown_offset":8,"end_offset":10}],
            "sinks":[{"name":"cache","phase":"halted","lag":3,"reason":"gone","refused":2,"pointed":true}],
            "missing_topics":[],"events":9,"dead_letters":2,"late":4,"passed_over":6,"watermark_ms":1500,"failed_rows":0,"rows":5,
            "documents":5}],"relays":[{"name":"relay","version":"0.1.0","phase":"relaying","positions":[{"topic":"posts",
            "partition":0,"next_offset":4,"end_offset":9}],"sent":3,"dead_letters":1}]}"#,
        )
        .unwrap();
        let text = text(&status);
        let of = r#"projection="trending",version="0.2.0",role="live""#;
        for line in [
            r#"foldline_build_info{version="0.1.0",log="embedded"} 1"#.to_owned(),
            format!("foldline_late_records_total{{{of}}} 4"),
            format!("foldline_passed_over_records_total{{{of}}} 6"),
            format!("foldline_watermark_seconds{{{of}}} 1.5"),
            format!("foldline_shown_offset{{{of},topic=\"li\\\"kes\",partition=\"3\"}} 8"),
            format!("foldline_sink_lag{{{of},sink=\"cache\"}} 3"),
            format!("foldline_sink_halted{{{of},sink=\"cache\"}} 1"),
            "# TYPE foldline_events_total counter".to_owned(),
            r#"foldline_relay_messages_total{projection="relay",version="0.1.0"} 3"#.to_owned(),
            r#"foldline_relay_lag_records{projection="relay",version="0.1.0"} 5"#.to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in:\n{text}");
        }
    }
}
