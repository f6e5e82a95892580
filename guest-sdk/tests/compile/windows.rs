use foldline_sdk::prelude::*;

#[derive(Table)]
#[table(window = "24h / 7m", lateness = "soon")]
struct Uneven {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "2m / 24h")]
struct Gaps {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "sessions 30m", keep = "lastest", when_empty = "zeros")]
struct Misspelled {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "an hour")]
struct Words {
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

#[derive(Table)]
#[table(lateness = "10s")]
struct UnwindowedLateness {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "1h", keep = "every 7d", when_empty = "zero")]
struct EveryEmpty {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "1h", keep = "every")]
struct EveryEver {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "session 30m", when_empty = "delete")]
struct EmptySession {
    #[key]
    post_id: Text,
    users: Distinct,
}

#[derive(Table)]
#[table(window = "1h")]
struct Taken {
    #[key]
    post_id: Text,
    window_end: Last<Time>,
}

fn main() {}
