use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "users", changelog, time = changed_at)]
struct User<'a> {
    #[event(key)]
    user_id: &'a str,
    name: &'a str,
    city: Option<&'a str>,
    changed_at: i64,
}

fn main() {}
