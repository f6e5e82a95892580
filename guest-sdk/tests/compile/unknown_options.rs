use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topics = "likes")]
struct Like<'a> {
    #[event(name = "user")]
    user_id: &'a str,
}

#[derive(Table)]
#[table(size = "24h")]
struct Likes {
    #[key]
    post_id: Text,
    users: Distinct,
}

fn main() {}
