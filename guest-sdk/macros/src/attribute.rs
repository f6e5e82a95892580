//! Common parts of the derives' attributes and items.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Field, Fields, GenericParam, Generics, Ident, Lifetime, LitStr, Result, Token,
};

/// Several mistakes of one item, reported together.
#[derive(Default)]
pub struct Mistakes(Option<Error>);

impl Mistakes {
    pub fn add(&mut self, mistake: Error) {
        match &mut self.0 {
            Some(first) => first.combine(mistake),
            none => *none = Some(mistake),
        }
    }

    /// Returns the value, or records the mistake.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// Returns the error for an unknown option; it lists the known ones.
pub fn unknown(meta: &ParseNestedMeta<'_>, known: &[&str]) -> Error {
    let name = meta.path.get_ident().map_or_else(|| "this".to_owned(), Ident::to_string);
    let message = match nearest(&name, known) {
        Some(meant) => format!("unknown option `{name}`: did you mean `{meant}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("unknown option `{name}`; known here: {}", known.join(", "))
        }
    };
    Error::new(meta.path.span(), message)
}

/// Returns the end of a message that suggests a similar known word, if there is one.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known).map(|meant| format!(": did you mean \"{meant}\"?")).unwrap_or_default()
}

/// Returns the known word that was probably meant.
pub fn nearest<'n>(word: &str, known: &[&'n str]) -> Option<&'n str> {
    let nearest = known.iter().map(|known| (distance(word, known), *known)).min()?;
    (nearest.0 <= 1 + word.chars().count() / 4).then_some(nearest.1)
}

/// Returns the number of letters to add, drop or replace to turn one word into the other (Levenshtein distance).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

/// Parses `= "text"`.
pub fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// Parses a text such as `90s` into milliseconds.
pub fn duration_ms(literal: &LitStr) -> Result<u64> {
    parse_duration_ms(literal.value().trim()).ok_or_else(|| {
        Error::new(
            literal.span(),
            format!(
                "{:?} is not a duration; use one such as \"250ms\", \"30s\", \"5m\", \"24h\" or \"7d\"",
                literal.value()
            ),
        )
    })
}

/// Returns `None` for an invalid duration, and for more than `u64` milliseconds.
pub fn parse_duration_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let unit_ms = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit_ms)
}

/// Parses the unit of a time into the contract's.
pub fn time_unit(literal: &LitStr) -> Result<TokenStream> {
    let unit = match literal.value().as_str() {
        "s" => quote!(Seconds),
        "ms" => quote!(Milliseconds),
        "us" => quote!(Microseconds),
        "ns" => quote!(Nanoseconds),
        "rfc3339" => quote!(Rfc3339),
        other => {
            let message =
                format!("{other:?} is not a unit of time; units: \"s\", \"ms\", \"us\", \"ns\", \"rfc3339\"");
            return Err(Error::new(literal.span(), message));
        }
    };
    Ok(quote!(::foldline_sdk::__private::contract::TimeUnit::#unit))
}

/// Returns a field's name as descriptions show it: `r#type` is `type`.
pub fn field_name(field: &Field) -> String {
    field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

/// Returns the fields of a struct with named fields.
pub fn named_fields<'i>(item: &'i DeriveInput, what: &str) -> Result<&'i Punctuated<Field, Token![,]>> {
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Ok(&fields.named),
            _ => Err(Error::new(item.ident.span(), format!("{what} needs named fields"))),
        },
        _ => Err(Error::new(item.ident.span(), format!("{what} is a struct with named fields"))),
    }
}

/// Returns the lifetime of an item that may have at most one.
pub fn lifetime(generics: &Generics) -> Result<Option<&Lifetime>> {
    let mut lifetime = None;
    for parameter in &generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) if lifetime.is_none() => lifetime = Some(&parameter.lifetime),
            other => {
                return Err(Error::new(
                    other.span(),
                    "an event has at most one lifetime, and no other parameters",
                ));
            }
        }
    }
    Ok(lifetime)
}

/// Returns a name of a type or a variant as one of a field: `PostStats` is `post_stats`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// Returns the name of a field as a part of one of a type: `home_tribe` is `HomeTribe`.
pub fn pascal_case(name: &Ident) -> String {
    let mut pascal = String::new();
    for word in name.unraw().to_string().split('_') {
        let mut letters = word.chars();
        pascal.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        pascal.push_str(letters.as_str());
    }
    pascal
}

/// Refuses generic parameters.
pub fn no_generics(generics: &Generics, what: &str) -> Result<()> {
    match generics.params.first() {
        Some(parameter) => Err(Error::new(parameter.span(), format!("{what} has no generic parameters"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, parse_duration_ms, snake_case};

    #[test]
    fn names_of_types_become_names_of_fields() {
        for (name, snake) in [("Likes", "likes"), ("PostStats", "post_stats")] {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn words_are_near_by_a_quarter_of_their_letters() {
        let known = ["window", "keep", "when_empty", "lateness"];
        for (word, meant) in [
            ("windows", Some("window")),
            ("windwo", Some("window")),
            ("keeps", Some("keep")),
            ("when-empty", Some("when_empty")),
            ("latness", Some("lateness")),
            ("size", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), meant, "{word}");
        }
    }

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, ms) in [
            ("0s", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("5m", 300_000),
            ("24h", 86_400_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse_duration_ms(text), Some(ms), "{text}");
        }
        for text in
            ["", "5", "m", "1.5h", "-1s", "5 m", "5min", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(parse_duration_ms(text), None, "{text}");
        }
    }
}
