//! Redis: the bare client runs the sink's script. It prepares all requests before the clock starts, sends them on one connection
//! as fast as the server reads, and only checks that the answers are no errors.

use foldline_bench::Stopwatch;
use foldline_config::RedisConfig;
use foldline_sink::{Documents, SinkBackend as _};
use foldline_sink_redis::RedisBackend;
use redis::Connection;
use serde_json::Value;

use crate::documents::{chunks, load, version};
use crate::failure::Result;

/// As many as the sink writes per script.
const SCRIPT_DOCUMENTS: usize = 512;
const SCRIPT: &str = include_str!("../../../../host/sink-redis/src/write.lua");

/// Loads an empty server through the sink.
pub(crate) fn load_by_sink(url: &str, documents: u64) -> Result<Value> {
    emptied(url)?;
    let config = RedisConfig { urls: vec![url.into()], ..RedisConfig::default() };
    let mut sink = RedisBackend::new(&config)?.open(&version(Vec::new()), "bench", false)?;
    load(&mut *sink, documents, &bodies(documents))
}

/// Loads the same documents with the same script.
pub(crate) fn load_bare(url: &str, documents: u64) -> Result<Value> {
    const CONTROL: &str = "bare:control";
    const NONE: &str = "0000000000000000";
    let mut connection = emptied(url)?;
    let hash: String = redis::cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query(&mut connection)?;
    let control = [("owner", "bench"), ("term", "1"), ("link", "1"), ("seq", NONE)];
    redis::cmd("HSET").arg(CONTROL).arg(&control).exec(&mut connection)?;
    let (mut requests, mut scripts) = (Vec::new(), 0);
    for changes in bodies(documents).iter().flat_map(|chunk| chunk.changes.chunks(SCRIPT_DOCUMENTS)) {
        let mut script = redis::cmd("EVALSHA");
        script.arg(&hash).arg(1).arg(CONTROL).arg(&["bare:", "bench", "1", "1", "", NONE, "", ""]);
        for change in changes {
            script.arg(&change.id).arg(&change.body).arg("0");
        }
        script.write_packed_command(&mut requests);
        scripts += 1;
    }
    let stopwatch = Stopwatch::start()?;
    connection.send_packed_command(&requests)?;
    for _ in 0..scripts {
        connection.recv_response()?.extract_error()?;
    }
    let measured = stopwatch.measured(documents)?;
    let keys: u64 = redis::cmd("DBSIZE").query(&mut connection)?;
    if keys != documents + 1 {
        return Err(format!("{keys} keys instead of {documents} documents and a control").into());
    }
    Ok(measured)
}

fn bodies(documents: u64) -> Vec<Documents> {
    chunks(documents, |number| format!(r#"{{"post_id":"post-{number}","count":{}}}"#, number % 1_013))
}

fn emptied(url: &str) -> Result<Connection> {
    let mut connection = redis::Client::open(url)?.get_connection()?;
    redis::cmd("FLUSHALL").exec(&mut connection)?;
    Ok(connection)
}
