use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "likes", time = created_at)]
struct Missing<'a> {
    user_id: &'a str,
}

#[derive(Event)]
#[event(topic = "likes", time = user_id)]
struct Text<'a> {
    user_id: &'a str,
}

#[derive(Event)]
#[event(topic = "likes", time = at, unit = "seconds")]
struct Unit {
    at: i64,
}

#[derive(Event)]
struct NoTopic {
    at: i64,
}

fn main() {}
