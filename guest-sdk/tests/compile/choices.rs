use foldline_sdk::prelude::*;

#[derive(Choice)]
enum Twice { Post, #[choice("post")] Repost }

#[derive(Choice)]
enum WithFields { Post(i64) }

#[derive(Choice)]
struct NoEnum { post: i64 }

#[derive(Event)]
#[event(topic = "posts")]
struct Posted<'a> {
    #[event(decimal = 19)]
    price: &'a str,
    #[event(decimal = 2)]
    count: i64,
    #[event(raw)]
    whole: &'a str,
    #[event(offset)]
    offset: &'a str,
    #[event(partition, path = "a")]
    partition: i64,
    #[event(decimals = 2)]
    other: &'a str,
    #[event(timestamp)]
    at: i64,
    #[event(timestamp, unit = "s")]
    then: Time,
    #[event(key)]
    key: Json<'a>,
}

#[derive(Event)]
#[event(topic = "lines")]
struct Line<'a> {
    #[event(raw)]
    line: &'a [u8],
    #[event(key)]
    host: &'a str,
    level: &'a str,
}

fn main() {}
