//! The name that installations which share a server are told apart by.

use crate::kind::Text;

/// What servers are shared by: whoever writes in another namespace is never met. A projection's alias bears its plain name in
/// this one.
pub const NAMESPACE: &str = "foldline";

/// Long enough for a team and a stage; names of indexes have 255 bytes.
const BYTES_MAX: usize = 40;

/// What names of keys and indexes begin with: both kinds of servers must allow it.
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
