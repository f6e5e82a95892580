use foldline_sdk::prelude::*;

#[derive(Parameters)]
struct Mistaken {
    orders: i64,
    #[parameter(5)]
    small: u32,
    #[parameter("5")]
    text: i64,
    #[parameter(99999999999999999999)]
    large: i64,
    #[parameter(0.5)]
    name: String,
    #[parameter("ten minutes")]
    within: Span,
    #[parameter]
    strict: bool,
    #[parameter(1)]
    #[parameter(2)]
    twice: i64,
}

#[derive(Parameters)]
enum NoStruct { Orders }

#[derive(Parameters)]
struct Nameless(i64);

#[derive(Parameters)]
struct Generic<T> { #[parameter(5)] orders: T }

#[derive(Parameters)]
#[parameters(chek = check)]
struct Unknown { #[parameter(5)] orders: i64 }

fn main() {}
