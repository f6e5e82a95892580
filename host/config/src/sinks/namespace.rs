//! The namespace that keeps apart installations which share a server.

use crate::kind::Text;

/// The default namespace. Installations in other namespaces never touch its keys and indexes. In this namespace alone, a
/// projection's alias is its plain name.
pub const NAMESPACE: &str = "foldline";

/// Long enough for a team and a stage; index names are limited to 255 bytes.
const BYTES_MAX: usize = 40;

/// The prefix of keys and indexes: both kinds of servers must allow it.
pub(super) const KIND: Text = Text {
    what: "lowercase letters, digits and `-`, at most 40",
    pattern: Some("^[a-z][a-z0-9-]{0,39}$"),
    check,
};

fn check(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = text.len() <= BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(plain);
    if is_name {
        return Ok(());
    }
    Err(format!(
        "`{text}` is not a namespace: use a lowercase letter, then lowercase letters, digits or `-`, at most {BYTES_MAX}"
    ))
}
