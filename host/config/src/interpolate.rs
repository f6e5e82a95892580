//! Environment variables inside string values: `${VAR}`, `${VAR:-default}`, and `$$` for a dollar sign.
//!
//! This happens after parsing and only inside strings, so a variable's value can never change the file's structure.

use std::borrow::Cow;

/// Looks a variable up. Passed as an argument, so that tests need no real environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Returns the text with every variable replaced. As in a shell, a default also stands in for an empty variable.
///
/// # Errors
/// A sentence that names the unset variable or the stray dollar sign. It quotes nothing else of the text, which may be a
/// password.
pub(super) fn interpolate<'t>(text: &'t str, env: Env<'_>) -> Result<Cow<'t, str>, String> {
    if !text.contains('$') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let (reference, after) =
                after.split_once('}').ok_or_else(|| "`${` has no closing `}`".to_owned())?;
            out.push_str(&resolve(reference, env)?);
            rest = after;
        } else {
            return Err("`$` stands alone; write `$$` for a dollar sign, `${VAR}` for a variable".to_owned());
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Resolves the text between the braces: `VAR` or `VAR:-default`.
fn resolve(reference: &str, env: Env<'_>) -> Result<String, String> {
    let (variable, default) = match reference.split_once(":-") {
        Some((variable, default)) => (variable, Some(default)),
        None => (reference, None),
    };
    let is_name = variable.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err("the text between `${` and `}` is not the name of an environment variable".to_owned());
    }
    match (env(variable), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(format!(
            "environment variable `{variable}` is not set; a default is written `${{{variable}:-…}}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variable: &str) -> Option<String> {
        match variable {
            "HOST" => Some("kafka-1".to_owned()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${HOST}".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_and_defaults_are_filled_in_once() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${HOST}:9092", "kafka-1:9092"),
            ("${NONE:-a:b}/${HOST}", "a:b/kafka-1"),
            ("${EMPTY}|${EMPTY:-x}|${NONE:-}", "|x|"),
            ("pa$$word$${HOST}", "pa$word${HOST}"),
            ("${NESTED}", "${HOST}"),
        ] {
            assert_eq!(interpolate(text, &env).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        for (text, message) in [
            ("${NONE}", "environment variable `NONE` is not set; a default is written `${NONE:-…}`"),
            ("a$b", "`$` stands alone; write `$$` for a dollar sign, `${VAR}` for a variable"),
            ("${HOST", "`${` has no closing `}`"),
            ("${a b}", "the text between `${` and `}` is not the name of an environment variable"),
            ("${}", "the text between `${` and `}` is not the name of an environment variable"),
        ] {
            assert_eq!(interpolate(text, &env), Err(message.to_owned()), "{text}");
        }
    }
}
