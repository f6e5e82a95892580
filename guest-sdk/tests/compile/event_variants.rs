//! Events that are declared in the variants of an enum.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "likes")]
struct Like<'a> {
    post_id: &'a str,
}

#[derive(Event)]
#[event(time = timestamp)]
enum Input<'a> {
    #[topic("users")]
    User { user_id: &'a str },
    Post { post_id: &'a str, timestamp: Time },
    #[topic("likes")]
    Like(Like<'a>),
    #[topic("views")]
    View { post_id: Text, timestamp: Time },
    #[topic(bumps)]
    Bump { post_id: &'a str, timestamp: Time },
    Nothing,
}

#[derive(Event)]
#[event(topic = "all")]
enum Common<'a> {
    #[topic("users")]
    User { user_id: &'a str },
}

#[derive(Event)]
enum Twice<'a> {
    #[topic("users")]
    User { user_id: &'a str },
    #[topic("users")]
    Other { user_id: &'a str },
}

#[derive(Event)]
#[event(topic = "users", untimed, bound = "1m")]
struct Untimed<'a> {
    user_id: &'a str,
}

fn main() {}
