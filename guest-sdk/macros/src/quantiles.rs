//! Quantiles: the options in `#[quantiles(…)]`, and the type of the answers.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Field, Ident, Lit, LitStr, Result, Token, Visibility, bracketed};

use crate::attribute::{self, field_name};
use crate::types;

const AT_MAX: usize = 16;
const DEFAULT_ERROR_MILLIONTHS: u32 = 10_000;

/// A checked column of quantiles.
pub struct QuantilesColumn {
    /// The name of the type of its answers.
    pub answers: Ident,
    column: String,
    error_millionths: u32,
    at: Vec<Quantile>,
}

/// One quantile as declared.
struct Quantile {
    value: f64,
    /// In percent: `50`, `99.9`.
    percent: String,
}

impl QuantilesColumn {
    /// Parses a column's attribute; `None` for other columns.
    pub fn parse(table: &Ident, field: &Field) -> Result<Option<Self>> {
        let mut attributes = field.attrs.iter().filter(|attribute| attribute.path().is_ident("quantiles"));
        let attribute = match (types::is_quantiles(&field.ty), attributes.next()) {
            (true, Some(attribute)) => attribute,
            (true, None) => {
                let message = "say which quantiles: add `#[quantiles(at = [0.5, 0.99])]` above";
                return Err(Error::new_spanned(&field.ty, message));
            }
            (false, Some(attribute)) => {
                return Err(Error::new_spanned(
                    attribute,
                    "`#[quantiles]` belongs on a column of `Quantiles`",
                ));
            }
            (false, None) => return Ok(None),
        };
        let (mut at, mut error_millionths) = (None, DEFAULT_ERROR_MILLIONTHS);
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("at") {
                at = Some(meta.value()?.parse::<At>()?.0);
            } else if meta.path.is_ident("error") {
                error_millionths = parse_error(&attribute::text(&meta)?)?;
            } else {
                return Err(attribute::unknown(&meta, &["at", "error"]));
            }
            Ok(())
        })?;
        let at =
            at.ok_or_else(|| Error::new_spanned(attribute, "say which quantiles: add `at = [0.5, 0.99]`"))?;
        let column = field_name(field);
        let answers = format_ident!("{table}{}", camel_case(&column), span = field.ty.span());
        Ok(Some(Self { answers, column, error_millionths, at }))
    }

    /// Returns the type of the answers.
    pub fn expand(&self, visibility: &Visibility) -> TokenStream {
        let Self { answers, column, error_millionths, at } = self;
        let values = at.iter().map(|quantile| quantile.value);
        let names: Vec<String> = at.iter().map(|quantile| format!("p{}", quantile.percent)).collect();
        let fields: Vec<Ident> =
            names.iter().map(|name| format_ident!("{}", name.replace('.', "_"))).collect();
        let documentation = format!("What `{column}` shows: how many values there were, and the quantiles.");
        let documentations = at.iter().map(|quantile| {
            format!("{} % of the values are at most this; `None` before the first.", quantile.percent)
        });
        let (indexes, members) = (0..at.len(), at.len() + 1);
        let serde = quote!(::foldline_sdk::__private::serde);
        quote! {
            #[doc = #documentation]
            #[derive(Clone, Copy, Debug, PartialEq)]
            #visibility struct #answers {
                /// The number of values.
                pub count: u64,
                #(
                    #[doc = #documentations]
                    pub #fields: ::core::option::Option<f64>,
                )*
            }

            const _: () = {
                impl ::foldline_sdk::__private::QuantileSet for #answers {
                    const ERROR_MILLIONTHS: u32 = #error_millionths;
                    const AT: &'static [f64] = &[#(#values),*];
                    const NAMES: &'static [&'static str] = &[#(#names),*];

                    fn from_answers(count: u64, values: &[::core::option::Option<f64>]) -> Self {
                        Self { count, #(#fields: values[#indexes],)* }
                    }
                }

                impl #serde::Serialize for #answers {
                    fn serialize<S: #serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> ::core::result::Result<S::Ok, S::Error> {
                        use #serde::ser::SerializeStruct as _;
                        let mut object = serializer.serialize_struct("Quantiles", #members)?;
                        object.serialize_field("count", &self.count)?;
                        #(object.serialize_field(#names, &self.#fields)?;)*
                        object.end()
                    }
                }

                impl ::foldline_sdk::DocumentField for #answers {
                    const TYPE: ::core::option::Option<::foldline_sdk::__private::contract::ValueType> =
                        ::core::option::Option::None;
                }
            };
        }
    }
}

/// A list such as `[0.5, 0.99]`.
struct At(Vec<Quantile>);

impl Parse for At {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let list;
        let brackets = bracketed!(list in input);
        let elements = Punctuated::<Element, Token![,]>::parse_terminated(&list)?;
        if !(1..=AT_MAX).contains(&elements.len()) {
            let message = format!("there are 1 to {AT_MAX} quantiles");
            return Err(Error::new(brackets.span.join(), message));
        }
        let mut at: Vec<Quantile> = Vec::new();
        for Element(element) in &elements {
            let quantile = parse_quantile(element)?;
            if at.iter().any(|other| other.percent == quantile.percent) {
                return Err(Error::new_spanned(element, "this quantile is listed twice"));
            }
            at.push(quantile);
        }
        Ok(Self(at))
    }
}

/// The tokens between two commas.
struct Element(TokenStream);

impl Parse for Element {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
        Ok(Self(tokens))
    }
}

fn parse_quantile(element: &TokenStream) -> Result<Quantile> {
    let outside =
        || Error::new_spanned(element, "a quantile goes from 0, the smallest value, to 1, the largest");
    let digits = match syn::parse2(element.clone()) {
        Ok(Lit::Float(float)) => float.base10_digits().to_owned(),
        Ok(Lit::Int(int)) => int.base10_digits().to_owned(),
        _ => return Err(Error::new_spanned(element, "a quantile is a number such as 0.99")),
    };
    let value: f64 = digits.parse().map_err(|_| outside())?;
    if !(0.0..=1.0).contains(&value) {
        return Err(outside());
    }
    Ok(Quantile { value, percent: percent(value) })
}

/// Returns a quantile in percent. The decimal point is moved in the text, because 0.07 · 100 is 7.000000000000001.
fn percent(at: f64) -> String {
    let text = at.abs().to_string();
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{places:0<2}");
    let (percent, rest) = digits.split_at(whole.len() + 2);
    let percent = percent.trim_start_matches('0');
    let percent = if percent.is_empty() { "0" } else { percent };
    if rest.is_empty() { percent.to_owned() } else { format!("{percent}.{rest}") }
}

/// Parses `1%` into millionths.
fn parse_error(literal: &LitStr) -> Result<u32> {
    let text = literal.value();
    let refuse = || Error::new(literal.span(), "an error is a percentage from \"0.1%\" to \"10%\"");
    let number = text.trim().strip_suffix('%').ok_or_else(refuse)?.trim();
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || !plain(whole) || !plain(places) || places.len() > 4 {
        return Err(refuse());
    }
    match format!("{whole}{places:0<4}").parse() {
        Ok(millionths @ 1_000..=100_000) => Ok(millionths),
        _ => Err(refuse()),
    }
}

fn camel_case(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    name.split('_').map(capitalised).collect()
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn quantiles_are_named_in_percent() {
        for (at, want) in
            [(0.0, "0"), (0.5, "50"), (0.07, "7"), (0.999, "99.9"), (0.001, "0.1"), (1.0, "100")]
        {
            assert_eq!(percent(at), want);
        }
    }

    #[test]
    fn errors_are_percentages_within_bounds() {
        let parse = |text: &str| parse_error(&parse_quote!(#text)).ok();
        for (text, millionths) in
            [("1%", 10_000), ("0.1%", 1_000), ("10 %", 100_000), ("2.5%", 25_000), ("0.1234%", 1_234)]
        {
            assert_eq!(parse(text), Some(millionths), "{text}");
        }
        for text in ["", "%", "1", "0.09%", "10.1%", "0%", "-1%", "1.00001%", "1e1%", "99999999999%"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn lists_of_quantiles_are_bounded_and_without_repetition() {
        let parse = |list: &str| {
            syn::parse_str::<At>(list).map(|at| at.0.iter().map(|at| at.value).collect::<Vec<_>>()).ok()
        };
        assert_eq!(parse("[0, 0.5, 1.0]"), Some(vec![0.0, 0.5, 1.0]));
        assert_eq!(parse("[0.5, 0.99,]"), Some(vec![0.5, 0.99]));
        let seventeen = (0..17).map(|number| format!("0.{number:02}")).collect::<Vec<_>>().join(", ");
        for list in [
            "[]",
            "[1.5]",
            "[-0.5]",
            "[0.5, 0.50]",
            "[50 % 3]",
            "[\"0.5\"]",
            "[{ 0.5 }]",
            "[,]",
            "0.5",
            &format!("[{seventeen}]"),
        ] {
            assert_eq!(parse(list), None, "{list}");
        }
    }

    #[test]
    fn types_of_answers_are_named_in_camel_case() {
        for (column, name) in [("ms", "Ms"), ("order_total", "OrderTotal"), ("_x", "X")] {
            assert_eq!(camel_case(column), name);
        }
    }
}
