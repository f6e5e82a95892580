use foldline_sdk::prelude::*;

#[derive(Table)]
#[table(window = "24h / 7m")]
struct Uneven {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(keep = "latest")]
struct Unwindowed {
    #[key]
    post_id: Text,
    users: Distinct,
}

fn main() {}
