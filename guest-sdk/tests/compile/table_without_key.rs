use foldline_sdk::prelude::*;

#[derive(Table)]
struct Likes {
    post_id: Text,
    users: Distinct,
}

fn main() {}
