//! Windows: their options in `#[table(…)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, LitStr, Result};

use crate::attribute::{self, Mistakes, did_you_mean};

/// The host's limit.
const SLIDES_MAX: u64 = 1 << 20;

const EXAMPLES: &str = "a window looks like \"24h / 2m\", \"1h\" or \"session 30m\"";

/// The window of a table with its options, as the contract expresses them.
#[derive(Default)]
pub struct WindowOptions {
    window: Option<Window>,
    keep: Option<Keep>,
    when_empty: Option<WhenEmpty>,
    lateness_ms: u64,
    /// The first option that has no meaning without a window.
    needs_window: Option<(String, Span)>,
}

#[derive(Debug, PartialEq)]
enum Window {
    Tumbling(u64),
    Sliding { size_ms: u64, slide_ms: u64 },
    Session(u64),
}

#[derive(Debug, PartialEq)]
enum Keep {
    Latest,
    Every(u64),
}

struct WhenEmpty {
    zero: bool,
    span: Span,
}

impl WindowOptions {
    /// Parses the attributes of a table. Errors are added to the mistakes.
    pub fn parse(item: &DeriveInput, mistakes: &mut Mistakes) -> Self {
        let mut options = Self::default();
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("table")) {
            let parsed = attribute.parse_nested_meta(|meta| options.take(&meta, mistakes));
            mistakes.take(parsed);
        }
        if mistakes.is_empty() {
            mistakes.take(options.check());
        }
        options
    }

    /// Returns whether the table has windows.
    pub fn windowed(&self) -> bool {
        self.window.is_some()
    }

    /// Returns whether the table keeps each of its windows.
    pub fn keeps_every(&self) -> bool {
        self.windowed() && matches!(self.keep, Some(Keep::Every(_)))
    }

    /// Returns the type that says which rows there are for a key.
    pub fn kind(&self) -> TokenStream {
        let kind = match (self.windowed(), self.keeps_every()) {
            (false, _) => quote!(NoWindows),
            (true, false) => quote!(LatestWindow),
            (true, true) => quote!(EveryWindow),
        };
        quote!(::foldline_sdk::__private::#kind)
    }

    /// Takes one option. If its value is wrong, parsing continues.
    fn take(&mut self, meta: &ParseNestedMeta<'_>, mistakes: &mut Mistakes) -> Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if !["window", "keep", "when_empty", "lateness"].contains(&name.as_str()) {
            return Err(attribute::unknown(meta, &["window", "keep", "when_empty", "lateness"]));
        }
        let text = attribute::text(meta)?;
        match name.as_str() {
            "window" => self.window = mistakes.take(parse_window(&text)),
            "keep" => self.keep = mistakes.take(parse_keep(&text)),
            "when_empty" => self.when_empty = mistakes.take(parse_when_empty(&text, meta.path.span())),
            _ => self.lateness_ms = mistakes.take(attribute::duration_ms(&text)).unwrap_or_default(),
        }
        if name != "window" && self.needs_window.is_none() {
            self.needs_window = Some((name, meta.path.span()));
        }
        Ok(())
    }

    /// Checks the options against each other.
    fn check(&self) -> Result<()> {
        if let (None, Some((option, span))) = (&self.window, &self.needs_window) {
            return Err(Error::new(*span, format!("`{option}` belongs to a window: add `window = \"…\"`")));
        }
        let Some(when_empty) = &self.when_empty else { return Ok(()) };
        if let Some(Window::Session(_)) = self.window {
            return Err(Error::new(when_empty.span, "a session is never empty: leave out `when_empty`"));
        }
        if let Some(Keep::Every(_)) = self.keep {
            return Err(Error::new(
                when_empty.span,
                "with `keep = \"every …\"` only windows that hold something are kept: leave out `when_empty`",
            ));
        }
        Ok(())
    }

    /// Returns the fields of the contract's table that describe windows.
    pub fn describe(&self) -> TokenStream {
        let contract = quote!(::foldline_sdk::__private::contract);
        let window = match &self.window {
            None => quote!(Unbounded),
            Some(Window::Tumbling(size_ms)) => quote!(Tumbling(#size_ms)),
            Some(Window::Sliding { size_ms, slide_ms }) => {
                quote!(Sliding(#contract::Sliding { size_ms: #size_ms, slide_ms: #slide_ms }))
            }
            Some(Window::Session(gap_ms)) => quote!(Session(#gap_ms)),
        };
        let keep = match &self.keep {
            None | Some(Keep::Latest) => quote!(Latest),
            Some(Keep::Every(retention_ms)) => quote!(Every(#retention_ms)),
        };
        let zero = self.when_empty.as_ref().is_some_and(|when_empty| when_empty.zero);
        let when_empty = if zero { quote!(Zero) } else { quote!(Delete) };
        let lateness_ms = self.lateness_ms;
        quote! {
            window: #contract::Window::#window,
            keep: #contract::Keep::#keep,
            when_empty: #contract::WhenEmpty::#when_empty,
            allowed_lateness_ms: #lateness_ms,
        }
    }
}

/// The tokens that windows add to a table's expansion; empty without windows.
#[derive(Default)]
pub struct WindowTokens {
    pub row_fields: TokenStream,
    pub reader_fields: TokenStream,
    pub open: TokenStream,
    pub open_fields: TokenStream,
    pub read: TokenStream,
}

impl WindowTokens {
    /// Returns the tokens of a table that has windows, or has none.
    pub fn new(windowed: bool) -> Self {
        if !windowed {
            return Self::default();
        }
        Self {
            row_fields: quote! {
                /// The start of the window.
                pub window_start: ::foldline_sdk::Time,
                /// The end of the window.
                pub window_end: ::foldline_sdk::Time,
            },
            reader_fields: quote! {
                window_starts: &'a [i64],
                window_ends: &'a [i64],
            },
            open: quote! {
                if rows.window_starts.len() != count || rows.window_ends.len() != count {
                    return ::core::result::Result::Err(::std::format!("the host sent no windows for {count} rows"));
                }
            },
            open_fields: quote! {
                window_starts: &rows.window_starts,
                window_ends: &rows.window_ends,
            },
            read: quote! {
                window_start: ::foldline_sdk::Time::from_ms(reader.window_starts[row]),
                window_end: ::foldline_sdk::Time::from_ms(reader.window_ends[row]),
            },
        }
    }
}

/// Parses `24h / 2m`, `1h` or `session 30m`.
fn parse_window(literal: &LitStr) -> Result<Window> {
    let text = literal.value();
    let refuse = |why: String| Err(Error::new(literal.span(), why));
    if let Some((size, slide)) = text.split_once('/') {
        let (size_ms, slide_ms) = (length_ms(size, literal)?, length_ms(slide, literal)?);
        let (size, slide) = (size.trim(), slide.trim());
        if slide_ms > size_ms {
            return refuse(format!(
                "a window of {size} that slides by {slide} would miss what happens between two: \
                 the slide is at most the size"
            ));
        }
        if size_ms % slide_ms != 0 {
            return refuse(format!("a window's slide must divide its size: {slide} does not divide {size}"));
        }
        if size_ms / slide_ms > SLIDES_MAX {
            return refuse(format!(
                "a window has at most {SLIDES_MAX} slides: {slide} is too short for {size}"
            ));
        }
        return Ok(Window::Sliding { size_ms, slide_ms });
    }
    match text.trim().split_once(char::is_whitespace) {
        Some(("session", gap)) => Ok(Window::Session(length_ms(gap, literal)?)),
        Some((word, gap)) if attribute::nearest(word, &["session"]).is_some() => {
            refuse(format!("`{word}` is not a kind of window: did you mean \"session {}\"?", gap.trim()))
        }
        _ => Ok(Window::Tumbling(length_ms(&text, literal)?)),
    }
}

/// Parses the length of a window or a slide, which must not be zero.
fn length_ms(text: &str, literal: &LitStr) -> Result<u64> {
    match attribute::parse_duration_ms(text.trim()) {
        Some(0) => Err(Error::new(literal.span(), "windows, slides and gaps must be longer than zero")),
        Some(ms) => Ok(ms),
        None => Err(Error::new(literal.span(), EXAMPLES)),
    }
}

/// Parses `latest` or `every 7d`.
fn parse_keep(literal: &LitStr) -> Result<Keep> {
    let text = literal.value();
    let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    match (word, attribute::parse_duration_ms(rest.trim())) {
        ("latest", None) if rest.is_empty() => Ok(Keep::Latest),
        ("every", Some(retention_ms)) if retention_ms > 0 => Ok(Keep::Every(retention_ms)),
        ("every", _) => {
            Err(Error::new(literal.span(), "say for how long each window is kept, such as \"every 7d\""))
        }
        _ => {
            let message = "`keep` is \"latest\" or, for a retention of a week, \"every 7d\"";
            Err(Error::new(literal.span(), format!("{message}{}", did_you_mean(word, &["latest", "every"]))))
        }
    }
}

fn parse_when_empty(literal: &LitStr, span: Span) -> Result<WhenEmpty> {
    match literal.value().as_str() {
        "delete" => Ok(WhenEmpty { zero: false, span }),
        "zero" => Ok(WhenEmpty { zero: true, span }),
        other => {
            let meant = did_you_mean(other, &["delete", "zero"]);
            Err(Error::new(literal.span(), format!("`when_empty` is \"delete\" or \"zero\"{meant}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn literal(text: &str) -> LitStr {
        parse_quote!(#text)
    }

    #[test]
    fn windows_are_read_and_nonsense_is_refused() {
        for (text, expected) in [
            ("24h / 2m", Window::Sliding { size_ms: 86_400_000, slide_ms: 120_000 }),
            ("1h/1h", Window::Sliding { size_ms: 3_600_000, slide_ms: 3_600_000 }),
            ("1h", Window::Tumbling(3_600_000)),
            (" 500ms ", Window::Tumbling(500)),
            ("session 30m", Window::Session(1_800_000)),
            ("session  7d ", Window::Session(604_800_000)),
        ] {
            assert_eq!(parse_window(&literal(text)).unwrap(), expected);
        }
        for (text, why) in [
            ("", EXAMPLES),
            ("1 hour", EXAMPLES),
            ("24h 2m", EXAMPLES),
            ("1h /", EXAMPLES),
            ("session", EXAMPLES),
            ("session 30m / 1m", EXAMPLES),
            ("0s", "longer than zero"),
            ("1h / 0s", "longer than zero"),
            ("session 0m", "longer than zero"),
            ("1h / 7m", "7m does not divide 1h"),
            ("2m / 24h", "at most the size"),
            ("365d / 10s", "at most 1048576 slides"),
            ("sesion 5m", "did you mean \"session 5m\"?"),
        ] {
            let error = parse_window(&literal(text)).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_kept_is_read_and_nonsense_is_refused() {
        assert_eq!(parse_keep(&literal("latest")).unwrap(), Keep::Latest);
        assert_eq!(parse_keep(&literal("every 7d")).unwrap(), Keep::Every(604_800_000));
        for (text, why) in [
            ("every", "for how long"),
            ("every 0s", "for how long"),
            ("every week", "for how long"),
            ("lastest", "did you mean \"latest\"?"),
            ("evry 7d", "did you mean \"every\"?"),
            ("latest 7d", "\"latest\" or"),
            ("all", "\"latest\" or"),
        ] {
            let error = parse_keep(&literal(text)).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
