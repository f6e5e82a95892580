//! Tests of reading files, of refusing them, and of what is written from the declarations of the keys.

mod reading;
mod refusals;
mod kafka;
mod declarations;

use super::config::{Config, Overrides, parse};
use foldline_base::error::ErrorKind;

fn env(variable: &str) -> Option<String> {
    match variable {
        "BROKERS" => Some("kafka-1:9092,kafka-2:9092".to_owned()),
        _ => None,
    }
}

fn read(text: &str) -> Config {
    parse("foldline.toml", text, &Overrides::default(), &env).unwrap()
}

/// Returns the message of the refusal.
fn refused(text: &str) -> String {
    let error = parse("foldline.toml", text, &Overrides::default(), &env).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}
