//! What the reducers of the repository leave out of the contract: every type of value and of time, the record's key as a field,
//! a sliding window that shows zeros, an int as a key, a relay in a reducer, lines for the host's log.
//!
//! The source of `tour@0.1.0.wasm`, for readers. Nothing builds it.

use foldline_sdk::log::{Level, log};
use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "readings", time = taken, unit = "rfc3339", bound = "1m")]
struct Reading<'a> {
    #[event(key)]
    id: &'a str,
    #[event(path = "sensor.number", alias = "no")]
    sensor: i64,
    degrees: f64,
    /// Decimals, exactly.
    cost: &'a str,
    steady: bool,
    raw: &'a [u8],
    note: Option<String>,
    #[event(unit = "s")]
    built: Option<Time>,
    #[event(unit = "us")]
    read: Option<Time>,
    #[event(unit = "ns")]
    sent: Option<Time>,
    taken: Time,
}

#[derive(Table)]
#[table(window = "2h / 1h", keep = "latest", when_empty = "zero", lateness = "5m")]
struct Sensors {
    #[key]
    sensor: Int,
    readings: Count,
    cost: Sum<2>,
    whole: Sum,
    coldest: Min<Float>,
    warmest: Max<Float>,
    first_id: Min<Text>,
    unsteady: Min<Boolean>,
    latest_raw: Last<Blob>,
    first_note: First<Text>,
    built: First<Time>,
    sent: Max<Time>,
    minutes: Distinct<10, Int>,
    ids: Distinct,
    slowest: TopK<2>,
    #[quantiles(at = [0, 0.5, 1], error = "2%")]
    degrees: Quantiles,
}

#[derive(Document)]
struct Sensor {
    sensor: i64,
    kind: &'static str,
    #[sortable]
    readings: u64,
    #[sortable]
    warmest: Option<f64>,
    #[sortable]
    unsteady: Option<bool>,
    #[sortable]
    window_end: Time,
    first_id: Option<String>,
    first_note: Option<String>,
    latest_raw: Option<String>,
    times: Times,
    costs: Vec<String>,
    slowest: Vec<Ranked>,
    degrees: SensorsDegrees,
    coldest: Option<f64>,
    minutes: u64,
    ids: u64,
}

#[derive(Document)]
struct Times {
    built: Option<Time>,
    sent: Option<Time>,
}

#[derive(Document)]
struct Alarm {
    sensor: i64,
    degrees: f64,
}

#[reducer(relay)]
impl Reducer for Tour {
    type Event<'a> = Reading<'a>;
    type Table = Sensors;
    type Document = Sensor;

    fn extract(reading: Reading<'_>, out: &mut Contributions<Sensors>) -> Result<()> {
        if reading.id == "panic" {
            panic!("a reading that panics");
        }
        if reading.degrees == 0.0 {
            log(Level::Warn, "a reading of zero degrees");
            return Err(format!("reading `{}` is of zero degrees", reading.id).into());
        }
        let mut sensor = Sensors::key(reading.sensor)
            .readings(1)
            .cost(reading.cost)
            .whole(3)
            .coldest(reading.degrees)
            .warmest(reading.degrees)
            .first_id(reading.id)
            .unsteady(reading.steady)
            .latest_raw(reading.raw)
            .minutes(reading.taken.ms() / 60_000)
            .ids(reading.id)
            .degrees(reading.degrees);
        if let Some(note) = &reading.note {
            sensor = sensor.first_note(note);
        }
        if let Some(built) = reading.built {
            sensor = sensor.built(built);
        }
        if let (Some(sent), Some(read)) = (reading.sent, reading.read) {
            sensor = sensor.sent(sent).slowest(reading.id, sent.ms() - read.ms());
        }
        out.add(sensor)
    }

    fn project(row: Row<'_, Sensors>, out: &mut Projected<Sensor>) -> Result<()> {
        out.member("sensors", format!("s{}", row.sensor), row.readings)?;
        if let Some(warmest) = row.warmest {
            out.member("warm", format!("s{}", row.sensor), warmest)?;
        }
        if row.sensor < 0 {
            return out.nothing();
        }
        out.document(Sensor {
            sensor: row.sensor,
            kind: "thermometer",
            readings: row.readings,
            warmest: row.warmest,
            unsteady: row.unsteady.map(|steady| !steady),
            window_end: row.window_end,
            first_id: row.first_id.map(Into::into),
            first_note: row.first_note.map(Into::into),
            latest_raw: row.latest_raw.map(|raw| String::from_utf8_lossy(raw).into_owned()),
            times: Times { built: row.built, sent: row.sent },
            costs: vec![row.cost.into(), row.whole.to_string()],
            slowest: row.slowest,
            degrees: row.degrees,
            coldest: row.coldest,
            minutes: row.minutes,
            ids: row.ids,
        })
    }
}

impl Relay for Tour {
    type Event<'a> = Reading<'a>;
    const TOPICS: &'static [&'static str] = &["alarms", "audit"];

    fn relay(reading: Reading<'_>, out: &mut Messages) -> Result<()> {
        if reading.degrees > 100.0 {
            out.send("alarms", reading.id, &Alarm { sensor: reading.sensor, degrees: reading.degrees })?;
        }
        if reading.raw.is_empty() {
            return Err("a reading without bytes".into());
        }
        out.send_bytes("audit", None, Some(reading.id.as_bytes()))
    }
}
