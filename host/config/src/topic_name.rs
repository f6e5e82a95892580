//! The rules for names of topics.

/// The prefix of the host's internal topics.
const INTERNAL: &str = "foldline.";

/// A regular expression that every topic's name matches.
pub(crate) const PATTERN: &str = "^[A-Za-z0-9._-]{1,249}$";

/// Checks that a name is valid in every log: it follows Kafka's own rule and is no internal topic of the host.
pub(crate) fn check(name: &str) -> Result<(), String> {
    check_letters(name)?;
    if name.starts_with(INTERNAL) {
        return Err(format!(
            "`{name}` cannot be a topic: names that begin with `{INTERNAL}` are the host's own"
        ));
    }
    Ok(())
}

/// Checks that a name is valid for an internal topic of the host.
pub(crate) fn check_internal(name: &str) -> Result<(), String> {
    check_letters(name)?;
    if name.starts_with(INTERNAL) {
        return Ok(());
    }
    Err(format!("`{name}` does not begin with `{INTERNAL}`, as the host's own topics do"))
}

/// Checks Kafka's own rule.
fn check_letters(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 249 || !name.chars().all(is_allowed) || matches!(name, "." | "..") {
        return Err(format!("`{name}` cannot be a topic: 1 to 249 letters, digits, `.`, `_` or `-`"));
    }
    Ok(())
}
