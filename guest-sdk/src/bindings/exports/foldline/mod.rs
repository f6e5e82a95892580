// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

pub mod reducer;
