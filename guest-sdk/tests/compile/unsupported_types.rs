use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "likes")]
struct Like<'a> {
    user_id: &'a str,
    tags: Vec<String>,
}

#[derive(Table)]
struct Likes {
    #[key]
    score: Float,
    users: u64,
    total: Sum<40>,
    last: Last<String>,
}

#[derive(Document)]
struct LikeCount {
    total: u128,
    tag: &'static [u8],
    tags: Vec<f32>,
}

fn main() {}
