//! Writes the JSON of results that consist of more than one value.

/// Appends a text as a JSON string (RFC 8259, §7). Only quotes, backslashes and control characters are escaped.
pub(super) fn push_string(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    let mut start = 0;
    // Only ASCII characters are escaped, so every cut is between characters.
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                out.push_str("\\u00");
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// Appends a finite float with the fewest digits that read back as the same float. Very large and very small ones get
/// an exponent.
pub(super) fn push_float(out: &mut String, value: f64) {
    use std::fmt::Write;
    let plain = value == 0.0 || (1e-7..1e21).contains(&value.abs());
    let written = if plain { write!(out, "{value}") } else { write!(out, "{value:e}") };
    written.expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    fn string(text: &str) -> String {
        let mut out = String::new();
        push_string(&mut out, text);
        out
    }

    fn float(value: f64) -> String {
        let mut out = String::new();
        push_float(&mut out, value);
        out
    }

    #[test]
    fn what_json_forbids_in_strings_is_escaped() {
        for (text, want) in [
            ("", r#""""#),
            ("plain", r#""plain""#),
            (r#"a"b\c"#, r#""a\"b\\c""#),
            ("\n\r\t", r#""\n\r\t""#),
            ("\0\u{1f}\u{8}é\u{7f}", "\"\\u0000\\u001f\\u0008é\u{7f}\""),
            ("/\u{2028}😀", "\"/\u{2028}😀\""),
        ] {
            assert_eq!(string(text), want);
        }
    }

    #[test]
    fn floats_are_short() {
        for (value, want) in [
            (0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e20, "100000000000000000000"),
            (1e21, "1e21"),
            (-2.5e-8, "-2.5e-8"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            assert_eq!(float(value), want);
        }
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn floats_read_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(float(value).parse::<f64>(), Ok(value));
        }

        /// A separate JSON reader, since core depends on none.
        #[test]
        fn strings_read_back(text in "(\\PC|[\\x00-\\x1f\"\\\\]){0,12}") {
            let json = string(&text);
            let mut inside = json[1..json.len() - 1].chars();
            let mut read = String::new();
            while let Some(next) = inside.next() {
                prop_assert!(next >= ' ' && next != '"');
                if next != '\\' {
                    read.push(next);
                    continue;
                }
                read.push(match inside.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let hex: String = inside.by_ref().take(4).collect();
                        char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap()
                    }
                    other => other,
                });
            }
            prop_assert_eq!(read, text);
        }
    }
}
