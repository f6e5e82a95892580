// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

/// All that a module may ask of its host: no clock, no randomness, no files, no network.
#[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
pub mod host;
/// Declarations, and the layout of everything that crosses the border: columns, after Arrow.
///
/// Times are milliseconds since the Unix epoch. Bitmaps hold one bit a row, the least significant bit of a byte first;
/// n rows take exactly ceil(n / 8) bytes, and the bits behind the last row mean nothing. Indexes count from 0. Both
/// sides check what they are given; what breaks a rule stated here is a fault of the side that sent it.
///
/// Room to grow: these types never change. What a later host learns to do is declared by a `setting`, by an `other`, or
/// by an interface of its own. A host refuses what it does not know, naming it, and never ignores it.
#[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
pub mod types;
