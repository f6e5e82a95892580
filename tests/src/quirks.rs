//! Versions of `like-count` with quirks. They come from one build: a byte of the built module selects the quirk.

use std::sync::OnceLock;

use crate::host::renumber;
use crate::variants::variant_bytes;

/// What a version does differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// Nothing: it makes the documents of `like-count`.
    Same,
    /// Counts one more for every post with three users or more.
    OneMore,
    /// Traps on the like with the number [`TRAPS_AT`], counted from 0.
    TrapsOnce,
    /// Traps on the thousandth like that an instance receives: it keeps state, which it must not.
    TrapsByCount,
    /// Rejects every other like.
    RefusesHalf,
    /// Takes some milliseconds per like.
    Slow,
}

/// The number of the like on which [`Quirk::TrapsOnce`] traps. It is derived from the like's time, at ten milliseconds per like.
pub const TRAPS_AT: u64 = 999;

/// The text before the byte.
const MARK: &str = "the quirk of this module: ";

const CHANGES: &[(&str, &str)] = &[
    (
        "use foldline_sdk::prelude::*;",
        r#"use std::sync::atomic::{AtomicU64, Ordering};

use foldline_sdk::prelude::*;

fn quirk_byte() -> u8 {
    *std::hint::black_box("the quirk of this module: s").as_bytes().last().unwrap()
}

static SEEN: AtomicU64 = AtomicU64::new(0);
"#,
    ),
    (
        "        out.add(",
        r#"        match quirk_byte() {
            b't' if like.timestamp == 1_700_000_000_000 + 999 * 10 => panic!("the thousandth like"),
            b'c' if SEEN.fetch_add(1, Ordering::Relaxed) == 999 => panic!("a thousand are enough"),
            b'h' if like.timestamp / 10 % 2 == 1 => return Err("an odd like".into()),
            b'l' => (0..1_500_000).for_each(|step| drop(std::hint::black_box(step))),
            _ => {}
        }
        out.add("#,
    ),
    ("count: row.users }", "count: row.users + u64::from(quirk_byte() == b'm' && row.users >= 3) }"),
];

/// Returns `like-count` with a quirk, under a version of five characters.
///
/// # Panics
/// Panics when it does not compile, or when the marks are not found in it.
pub fn like_count(quirk: Quirk, version: &str) -> Vec<u8> {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    let mut wasm = BUILT.get_or_init(|| variant_bytes("like-count", CHANGES)).clone();
    let at = wasm.windows(MARK.len()).position(|window| window == MARK.as_bytes());
    wasm[at.expect("the module holds its quirk") + MARK.len()] = match quirk {
        Quirk::Same => b's',
        Quirk::OneMore => b'm',
        Quirk::TrapsOnce => b't',
        Quirk::TrapsByCount => b'c',
        Quirk::RefusesHalf => b'h',
        Quirk::Slow => b'l',
    };
    renumber(wasm, "like-count", "0.2.0", version)
}
