//! `POST topics/{t}/records`: appends records and punctuations, all or none. If only a part is in the log, the answer says which.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};

use super::app::App;
use super::body::{self, Share};
use super::problem::{Answer, Refusal};
use foldline_api::{Appended, PartlyAppended};
use foldline_base::partly::Partly;
use foldline_log::{NewRecord, json};

/// 1,000,000 records: 64 MiB of ordinary records. A body of bare line feeds would be 64 times as many.
const RECORDS_MAX: usize = 1_000_000;

/// Upper bound of an allocator's overhead for a key and a value of ordinary size.
const ALLOCATION_BYTES: usize = 32;

/// The format of a body of records.
#[derive(Clone, Copy, Debug)]
enum Format {
    /// Record lines (see [`json`]); empty lines are skipped.
    Lines,
    /// The bytes of each line are a value; an empty line is an empty value. The last line feed is optional.
    Values,
}

pub(super) async fn append(
    State(app): State<App>,
    topic: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Appended>> {
    let Path(topic) = topic?;
    let format = format(&headers)?;
    let received = body::receive(body, &app.capacity.bodies).await?;
    let mut share = Share::default();
    app.capacity.records.raise(&mut share, memory_of_records(&received.bytes)).await?;
    let record_bytes_max = app.options.record_bytes_max;
    let appended = app
        .blocking(move |host| {
            // Held until the records are in the log, even if the client disconnects.
            let _share = share;
            let records = match parse(&received.bytes, format, &topic, record_bytes_max) {
                Ok(records) => records,
                Err(refusal) => return Ok(Err(refusal)),
            };
            match records.is_empty() {
                true => Ok(Ok(Appended { token: Default::default(), appended: 0, punctuations: 0 })),
                false => match host.append(&topic, records) {
                    Ok(appended) => Ok(Ok(appended)),
                    Err(error) => Ok(Err(refused(error, &received.bytes, format))),
                },
            }
        })
        .await??;
    Ok(Json(appended))
}

/// Returns an upper bound for the memory of a body's records: their bytes once more, plus the structures around them.
fn memory_of_records(body: &[u8]) -> usize {
    body.len() + records_max(body) * (size_of::<NewRecord>() + ALLOCATION_BYTES)
}

/// Returns an upper bound for the number of records in a body.
fn records_max(body: &[u8]) -> usize {
    lines(body).count().min(RECORDS_MAX)
}

/// Returns the error of an append, with the lines that are not in the log or may be in it.
fn refused(error: foldline_base::error::Error, body: &[u8], format: Format) -> Refusal {
    let Some(partly) = error.partly().cloned() else { return error.into() };
    let lines: Vec<u64> =
        lines(body).zip(1..).filter(|(line, _)| is_record(line, format)).map(|(_, number)| number).collect();
    let of = |numbers: &[Range<u64>]| {
        // Blank lines in between are not records and do not split a range.
        let of_range = |range: &Range<u64>| {
            let last = range.end.min(lines.len() as u64).checked_sub(1)?;
            Some([*lines.get(range.start as usize)?, *lines.get(last as usize)?])
        };
        numbers.iter().filter_map(of_range).collect()
    };
    let (missing, unknown) = (of(&partly.missing), of(&partly.unknown));
    let Partly { written: appended, token, .. } = partly;
    Refusal::from(error).partly(PartlyAppended { appended, token, missing, unknown })
}

/// Returns the lines of a body; the last line feed is optional.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.strip_suffix(b"\n").unwrap_or(body).split(|byte| *byte == b'\n')
}

fn is_record(line: &[u8], format: Format) -> bool {
    matches!(format, Format::Values) || !line.trim_ascii().is_empty()
}

fn format(headers: &HeaderMap) -> Answer<Format> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let detail = format!("content encoding {encoding:?} is not supported");
        return Err(
            Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).hint("send records uncompressed")
        );
    }
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    match given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-ndjson" => Ok(Format::Lines),
        "application/octet-stream" => Ok(Format::Values),
        other => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("content type `{other}` is not a format of records"),
        )
        .hint("`application/x-ndjson` is one record per line, `application/octet-stream` one raw value per line")),
    }
}

fn parse(body: &[u8], format: Format, topic: &str, record_bytes_max: usize) -> Answer<Vec<NewRecord>> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = Vec::with_capacity(records_max(body));
    for (line, number) in lines(body).zip(1..).filter(|(line, _)| is_record(line, format)) {
        let record = match format {
            Format::Values => NewRecord { value: Some(line.to_vec()), ..NewRecord::default() },
            Format::Lines => record(line, topic).map_err(|error| error.context(format!("line {number}")))?,
        };
        if record.bytes() > record_bytes_max {
            let detail = format!(
                "line {number}: the record has {} bytes, more than {record_bytes_max}",
                record.bytes()
            );
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
                .hint("`limits.record_bytes_max` in foldline.toml is the limit"));
        }
        if records.len() == RECORDS_MAX {
            let detail = format!("line {number}: a request holds at most {RECORDS_MAX} records");
            return Err(
                Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail).hint("send them in several requests")
            );
        }
        records.push(record);
    }
    Ok(records)
}

fn record(line: &[u8], topic: &str) -> foldline_base::error::Result<NewRecord> {
    let line = json::parse(line)?;
    match line.topic {
        Some(other) if other != topic => {
            let message = format!("field `topic` is `{other}`, but the records go to `{topic}`");
            Err(foldline_base::error::Error::new(foldline_base::error::ErrorKind::Data, message))
        }
        _ => Ok(line.record),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(body: &[u8]) -> Vec<Vec<u8>> {
        let records = parse(body, Format::Values, "t", 10).unwrap();
        records.into_iter().map(|record| record.value.unwrap()).collect()
    }

    #[test]
    fn each_line_of_raw_values_is_one_also_an_empty_one() {
        assert_eq!(values(b""), Vec::<Vec<u8>>::new());
        assert_eq!(values(b"\n"), [b""]);
        assert_eq!(values(b"a\nb"), [b"a", b"b"]);
        assert_eq!(values(b"a\nb\n"), [b"a", b"b"]);
        assert_eq!(values(b"a\n\n\xff\r\n"), [&b"a"[..], b"", b"\xff\r"]);
    }

    #[test]
    fn a_bad_line_is_refused_with_its_number() {
        for (body, format, status, part) in [
            (&b"{\"value\":1}\n\n{\"value\":}"[..], Format::Lines, 400, "line 3: the line is not JSON"),
            (b"{\"topic\":\"u\",\"value\":1}", Format::Lines, 400, "line 1: field `topic` is `u`"),
            (b"a\n12345678901", Format::Values, 413, "line 2: the record has 11 bytes"),
        ] {
            let refusal = parse(body, format, "t", 10).unwrap_err();
            assert_eq!(refusal.status().as_u16(), status);
            assert!(format!("{refusal:?}").contains(part), "{refusal:?}");
        }
    }

    #[test]
    fn more_records_than_a_request_may_hold_are_refused() {
        let refusal = parse(&vec![b'\n'; RECORDS_MAX + 1], Format::Values, "t", 10).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(parse(&vec![b'\n'; RECORDS_MAX], Format::Values, "t", 10).unwrap().len(), RECORDS_MAX);
    }

    #[test]
    fn what_records_take_is_more_than_their_bytes() {
        let body = vec![b'\n'; RECORDS_MAX];
        let records = parse(&body, Format::Values, "t", 10).unwrap();
        assert!(records.capacity() * size_of::<NewRecord>() <= memory_of_records(&body));
        assert!(memory_of_records(&body) >= 100 * body.len());
    }

    #[test]
    fn a_compressed_body_is_refused_instead_of_stored() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/octet-stream".parse().unwrap());
        assert!(format(&headers).is_ok());
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(format(&headers).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
