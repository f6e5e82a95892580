//! The compiler's messages about a reducer's crate.
//!
//! A macro that finds a mistake expands to nothing, so every use of its item is another error: dozens, of which only the first
//! one names the mistake. A macro's own message has no error code; the compiler's messages have one.

use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    code: Option<serde::de::IgnoredAny>,
    rendered: Option<String>,
}

impl Diagnostic {
    fn is_error(&self) -> bool {
        // Drops the last message, which only counts those before it.
        self.level == "error" && !self.message.starts_with("aborting due to")
    }

    fn is_of_macro(&self) -> bool {
        self.is_error() && self.code.is_none()
    }
}

/// Returns what to show of cargo's messages, one JSON object per line: all of them, or only the macros' own if there are any.
pub(super) fn shown(messages: &[u8]) -> String {
    let lines = messages.split(|&byte| byte == b'\n');
    let said: Vec<Diagnostic> =
        lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok()?.message).collect();
    if !said.iter().any(Diagnostic::is_of_macro) {
        return said.iter().filter_map(|diagnostic| diagnostic.rendered.as_deref()).collect();
    }
    let (own, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) = said
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .partition(|diagnostic| diagnostic.is_of_macro());
    let mut shown: String = own.iter().filter_map(|diagnostic| diagnostic.rendered.as_deref()).collect();
    match others.len() {
        0 => {}
        1 => shown.push_str("one more error follows from this, and is not shown\n"),
        more => shown.push_str(&format!("{more} more errors follow from this, and are not shown\n")),
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_MACRO: &str = r#"{"reason":"compiler-message","message":{"level":"error","message":"no key","code":null,"rendered":"error: no key\n"}}"#;
    const FOLLOWS: &str = r#"{"reason":"compiler-message","message":{"level":"error","message":"no `key`","code":{"code":"E0599"},"rendered":"error[E0599]: no `key`\n"}}"#;
    const WARNING: &str = r#"{"reason":"compiler-message","message":{"level":"warning","message":"unused","code":{"code":"unused"},"rendered":"warning: unused\n"}}"#;
    const LAST: &str = r#"{"reason":"compiler-message","message":{"level":"error","message":"aborting due to 3 previous errors","code":null,"rendered":"error: aborting\n"}}"#;
    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","filenames":[]}"#;

    #[test]
    fn what_follows_from_a_mistake_that_a_macro_names_is_counted_and_not_shown() {
        let messages = [FOLLOWS, WARNING, OF_MACRO, FOLLOWS, ARTIFACT, LAST].join("\n");
        assert_eq!(
            shown(messages.as_bytes()),
            "error: no key\n2 more errors follow from this, and are not shown\n"
        );
        assert_eq!(shown([OF_MACRO, LAST].join("\n").as_bytes()), "error: no key\n");
    }

    #[test]
    fn everything_is_shown_where_no_macro_has_found_a_mistake() {
        let messages = [WARNING, FOLLOWS, LAST, ARTIFACT].join("\n");
        assert_eq!(shown(messages.as_bytes()), "warning: unused\nerror[E0599]: no `key`\nerror: aborting\n");
        assert_eq!(shown(ARTIFACT.as_bytes()), "");
    }
}
