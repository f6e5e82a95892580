use foldline_sdk::prelude::*;

#[derive(Document)]
struct Team {
    name: String,
    members: Vec<Member>,
}

struct Member {
    name: String,
}

fn main() {}
