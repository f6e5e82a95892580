use foldline_sdk::prelude::*;

struct Likes;

#[reducer]
impl Likes {}

#[reducer]
struct Counter;

#[reducer]
impl<T> Reducer for Counters<T> {}

fn main() {}
