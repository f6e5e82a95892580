use foldline_sdk::prelude::*;

#[derive(Table)]
struct Likes {
    #[key]
    post_id: Text,
    users: Distinct,
}

fn end(row: Row<'_, Likes>) -> Time {
    row.window_end
}

fn main() {}
