//! `#[derive(Parameters)]`, and `parameters = Name` in `#[reducer]` and `#[relay]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Error, Expr, Field, Lit, Meta, Path, Result, Token, Type};

use crate::attribute::{self, Mistakes};

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a struct of parameters")?;
    let fields = attribute::named_fields(item, "a struct of parameters")?;
    let mut mistakes = Mistakes::default();
    let check = mistakes.take(check_of(item)).flatten();
    let mut declared = Vec::new();
    for field in fields {
        declared.extend(mistakes.take(Declared::of(field)));
    }
    mistakes.finish()?;

    let name = &item.ident;
    let idents: Vec<&Ident> = declared.iter().map(|field| field.ident).collect();
    let names: Vec<&str> = declared.iter().map(|field| field.name.as_str()).collect();
    let explanations: Vec<&str> = declared.iter().map(|field| field.explanation.as_str()).collect();
    let fallbacks: Vec<&TokenStream> = declared.iter().map(|field| &field.fallback).collect();
    let checked = match &check {
        Some(check) => quote_spanned! {check.span()=> #check(self) },
        None => quote!(::core::result::Result::Ok(())),
    };
    Ok(quote! {
        const _: () = {
            impl ::core::default::Default for #name {
                fn default() -> Self {
                    Self { #(#idents: #fallbacks),* }
                }
            }

            impl ::foldline_sdk::Parameters for #name {
                fn declared() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Parameter> {
                    ::std::vec![#(::foldline_sdk::__private::declare(#names, #explanations, #fallbacks)),*]
                }

                fn of(
                    values: ::std::vec::Vec<::foldline_sdk::__private::contract::Scalar>,
                ) -> ::foldline_sdk::Result<Self> {
                    let mut values = values.into_iter();
                    ::core::result::Result::Ok(Self {
                        #(#idents: match values.next() {
                            ::core::option::Option::Some(value) => {
                                ::foldline_sdk::__private::ParameterValue::of_scalar(#names, value)?
                            }
                            ::core::option::Option::None => #fallbacks,
                        },)*
                    })
                }

                fn check(&self) -> ::foldline_sdk::Result<()> {
                    #checked
                }
            }
        };
    })
}

/// Returns the author's function in `#[parameters(check = path)]`, if there is one.
fn check_of(item: &DeriveInput) -> Result<Option<Path>> {
    let mut check = None;
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("parameters")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("check") {
                return Err(attribute::unknown(&meta, &["check"]));
            }
            check = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(check)
}

/// A field with what is declared of it.
struct Declared<'a> {
    ident: &'a Ident,
    name: String,
    explanation: String,
    /// An expression of the field's type.
    fallback: TokenStream,
}

impl<'a> Declared<'a> {
    fn of(field: &'a Field) -> Result<Self> {
        let ident = field.ident.as_ref().expect("the fields are named");
        let kind = Kind::of(&field.ty)?;
        let mut attributes = field.attrs.iter().filter(|attribute| attribute.path().is_ident("parameter"));
        let Some(attribute) = attributes.next() else {
            let message = format!("a parameter has a fallback, such as `#[parameter({})]`", kind.example());
            return Err(Error::new(ident.span(), message));
        };
        if let Some(second) = attributes.next() {
            return Err(Error::new(second.span(), "a parameter has one fallback"));
        }
        let fallback = kind.fallback(attribute)?;
        Ok(Self { ident, name: attribute::field_name(field), explanation: explanation(field), fallback })
    }
}

/// The type of a parameter.
#[derive(Clone, Copy)]
enum Kind {
    Boolean,
    Int,
    Float,
    Text,
    Span,
}

impl Kind {
    fn of(ty: &Type) -> Result<Self> {
        let name = match ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        Ok(match name.as_deref() {
            Some("bool") => Self::Boolean,
            Some("i64") => Self::Int,
            Some("f64") => Self::Float,
            Some("String") => Self::Text,
            Some("Span") => Self::Span,
            _ => {
                let message = "a parameter is a `bool`, an `i64`, an `f64`, a `String` or a `Span`";
                return Err(Error::new_spanned(ty, message));
            }
        })
    }

    fn example(self) -> &'static str {
        match self {
            Self::Boolean => "true",
            Self::Int => "5",
            Self::Float => "0.5",
            Self::Text => "\"text\"",
            Self::Span => "\"10m\"",
        }
    }

    /// Returns the fallback as an expression of this type.
    fn fallback(self, attribute: &Attribute) -> Result<TokenStream> {
        let wrong = |span: Span| {
            let what = match self {
                Self::Boolean => "a `bool` falls back to `true` or `false`",
                Self::Int => "an `i64` falls back to a whole number, such as `5`",
                Self::Float => "an `f64` falls back to a finite number, such as `0.5`",
                Self::Text => "a `String` falls back to a text in quotes",
                Self::Span => "a `Span` falls back to a duration in quotes, such as \"10m\"",
            };
            Error::new(span, what)
        };
        let Meta::List(list) = &attribute.meta else { return Err(wrong(attribute.span())) };
        let Ok(literal) = syn::parse2::<Lit>(list.tokens.clone()) else {
            let span = if list.tokens.is_empty() { attribute.span() } else { list.tokens.span() };
            return Err(wrong(span));
        };
        match (self, &literal) {
            (Self::Boolean, Lit::Bool(_)) => Ok(literal.to_token_stream()),
            (Self::Int, Lit::Int(int)) => match int.base10_parse::<i64>() {
                Ok(value) => Ok(quote!(#value)),
                Err(_) => Err(wrong(int.span())),
            },
            (Self::Float, Lit::Float(float)) => match float.base10_parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(quote!(#value)),
                _ => Err(wrong(float.span())),
            },
            (Self::Float, Lit::Int(int)) => match int.base10_parse::<f64>() {
                Ok(value) => Ok(quote!(#value)),
                Err(_) => Err(wrong(int.span())),
            },
            (Self::Text, Lit::Str(_)) => Ok(quote!(::std::string::String::from(#literal))),
            (Self::Span, Lit::Str(text)) => {
                let ms = attribute::duration_ms(text)?;
                let ms = i64::try_from(ms).map_err(|_| wrong(text.span()))?;
                Ok(quote!(::foldline_sdk::Span::of_ms(#ms)))
            }
            _ => Err(wrong(literal.span())),
        }
    }
}

/// Returns the doc comment of a field as one paragraph.
fn explanation(field: &Field) -> String {
    let lines = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = lines.filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(documented) => match &documented.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// An argument of `#[reducer]` or `#[relay]`.
pub enum Argument {
    /// `relay`.
    Relay(Span),
    /// `parameters = Name`.
    Parameters(Box<Type>),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name: Ident = input.parse()?;
        if name == "relay" {
            return Ok(Self::Relay(name.span()));
        }
        if name == "parameters" {
            input.parse::<Token![=]>()?;
            return input.parse().map(|ty| Self::Parameters(Box::new(ty)));
        }
        Err(Error::new(name.span(), "unknown argument"))
    }
}

/// The arguments of `#[reducer]` or `#[relay]`.
#[derive(Default)]
pub struct Arguments {
    pub relay: Option<Span>,
    pub parameters: Option<Type>,
}

impl Arguments {
    /// Parses them; `message` says which there are.
    pub fn of(tokens: &TokenStream, message: &str) -> Result<Self> {
        let mut arguments = Self::default();
        if tokens.is_empty() {
            return Ok(arguments);
        }
        let wrong = || Error::new_spanned(tokens, message);
        let all =
            syn::parse::Parser::parse2(Punctuated::<Argument, Token![,]>::parse_terminated, tokens.clone());
        for argument in all.map_err(|_| wrong())? {
            let is_first = match argument {
                Argument::Relay(span) => arguments.relay.replace(span).is_none(),
                Argument::Parameters(ty) => arguments.parameters.replace(*ty).is_none(),
            };
            if !is_first {
                return Err(wrong());
            }
        }
        Ok(arguments)
    }

    /// Returns what says which parameters a reducer or a relay takes.
    pub fn configurable(&self, name: &Ident) -> TokenStream {
        let Some(ty) = &self.parameters else {
            return quote! {
                impl ::foldline_sdk::__private::Configurable for #name {
                    type Parameters = ();
                }
            };
        };
        quote_spanned! {ty.span()=>
            impl ::foldline_sdk::__private::Named for #ty {}

            impl ::foldline_sdk::__private::Configurable for #name {
                type Parameters = #ty;
            }
        }
    }
}
