//! Foreign text on an operator's screen. Ids, keys, reasons and records may hold anything, including control sequences that a
//! terminal would obey.

use std::fmt::{self, Write};

/// A text whose `Display` is one line: whatever a terminal would obey is escaped.
pub struct Foreign<'a>(&'a str);

/// Wraps foreign text for use in a message.
pub fn foreign(text: &str) -> Foreign<'_> {
    Foreign(text)
}

impl fmt::Display for Foreign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            c if is_obeyed(c) => write!(f, "{}", c.escape_unicode()),
            c => f.write_char(c),
        })
    }
}

/// Writes a whole answer so that a terminal obeys nothing in it but line ends and tabs. Foreign text in the answer that may hold
/// line ends of its own has already gone through [`foreign`].
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.split_inclusive(|c| is_obeyed(c) && c != '\n' && c != '\t').try_for_each(|part| {
            match part.char_indices().next_back() {
                Some((at, c)) if is_obeyed(c) && c != '\n' && c != '\t' => {
                    self.0.write_str(&part[..at])?;
                    write!(self.0, "{}", c.escape_unicode())
                }
                _ => self.0.write_str(part),
            }
        })
    }
}

/// Returns a message as stdout and stderr show it.
pub fn on_screen(message: impl fmt::Display) -> String {
    let mut shown = String::new();
    // Writing to a string fails only if a `Display` fails.
    let _ = write!(Lines(&mut shown), "{message}");
    shown
}

/// Returns a log line that is safe for a terminal. In a coloured line, foreign escape characters were already escaped when the
/// line was formatted; the remaining ones are the colours, and are kept.
pub fn log_line(line: &[u8], is_json: bool, coloured: bool) -> std::borrow::Cow<'_, [u8]> {
    let is_kept = |c: char| matches!(c, '\n' | '\t') || (coloured && c == '\u{1b}');
    let Ok(text) = std::str::from_utf8(line) else { return line.into() };
    if !text.chars().any(|c| is_obeyed(c) && !is_kept(c)) {
        return line.into();
    }
    if is_json {
        return json_on_screen(text).into_owned().into_bytes().into();
    }
    let shown = text.chars().fold(String::new(), |mut shown, c| {
        match is_obeyed(c) && !is_kept(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
        shown
    });
    shown.into_bytes().into()
}

/// Returns the same JSON with everything that a terminal would obey replaced by JSON escapes. Outside strings, JSON has no such
/// characters except the whitespace between tokens.
pub fn json_on_screen(json: &str) -> std::borrow::Cow<'_, str> {
    if !json.chars().any(is_obeyed_in_json) {
        return json.into();
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_obeyed_in_json(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

fn is_obeyed_in_json(c: char) -> bool {
    is_obeyed(c) && !c.is_ascii_whitespace()
}

/// Returns whether a character may affect a screen instead of being shown on it: control characters, characters that change the
/// direction of the text or end a line, and characters without width.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "a\u{1b}[31mred\u{9b}2J\u{7}\r\nb\u{202e}c\u{feff}\u{7f}";

    #[test]
    fn nothing_of_a_foreign_text_is_obeyed_and_everything_is_seen() {
        let shown = foreign(EVIL).to_string();
        assert_eq!(shown, "a\\u{1b}[31mred\\u{9b}2J\\u{7}\\u{d}\\u{a}b\\u{202e}c\\u{feff}\\u{7f}");
        assert_eq!(foreign("père Noël 🎅 \"x\" `y` \\").to_string(), "père Noël 🎅 \"x\" `y` \\");
    }

    #[test]
    fn an_answer_keeps_its_own_lines() {
        let mut shown = String::new();
        writeln!(Lines(&mut shown), "one {EVIL}\ttwo").unwrap();
        assert_eq!(shown, "one a\\u{1b}[31mred\\u{9b}2J\\u{7}\\u{d}\nb\\u{202e}c\\u{feff}\\u{7f}\ttwo\n");
    }

    #[test]
    fn a_log_line_keeps_its_own_colours_alone() {
        let line = format!("\u{1b}[32mINFO\u{1b}[0m row\r{}\u{9b}2J\n", '\u{202e}');
        let shown = log_line(line.as_bytes(), false, true).into_owned();
        assert_eq!(
            String::from_utf8(shown).unwrap(),
            "\u{1b}[32mINFO\u{1b}[0m row\\u{d}\\u{202e}\\u{9b}2J\n"
        );
        assert!(!log_line(line.as_bytes(), false, false).contains(&0x1b));
        assert!(matches!(log_line(b"plain\n", false, false), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({ "id": EVIL, "tag": "\u{e0041}" });
        let shown = json_on_screen(&value.to_string()).into_owned();
        assert!(!shown.chars().any(is_obeyed), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(matches!(json_on_screen("{\"a\":\t1}\n"), std::borrow::Cow::Borrowed(_)));
    }
}
