//! No code: what matters is in `Cargo.toml`. Written by `cargo xtask features`, which says why.
