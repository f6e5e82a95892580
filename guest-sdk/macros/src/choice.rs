//! `#[derive(Choice)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Variant};

use crate::attribute::{self, Mistakes};

/// The host's limit.
const CHOICES_MAX: usize = 256;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a choice")?;
    let Data::Enum(data) = &item.data else {
        return Err(Error::new(item.ident.span(), "a choice is an enum whose variants have no fields"));
    };
    let mut mistakes = Mistakes::default();
    let mut texts: Vec<String> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            mistakes.add(Error::new(variant.fields.span(), "a variant of a choice has no fields"));
        }
        let Some(text) = mistakes.take(text_of(variant)) else { continue };
        if texts.contains(&text) {
            mistakes.add(Error::new(variant.span(), format!("{text:?} stands here twice")));
        }
        texts.push(text);
    }
    if !(1..=CHOICES_MAX).contains(&data.variants.len()) {
        let message = format!("a choice has 1 to {CHOICES_MAX} variants");
        mistakes.add(Error::new(item.ident.span(), message));
    }
    mistakes.finish()?;

    let name = &item.ident;
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let indexes: Vec<i64> = (0..).take(variants.len()).collect();
    Ok(quote! {
        const _: () = {
            impl ::foldline_sdk::Choice for #name {
                const TEXTS: &'static [&'static str] = &[#(#texts),*];

                fn of_index(index: i64) -> ::core::option::Option<Self> {
                    match index {
                        #(#indexes => ::core::option::Option::Some(Self::#variants),)*
                        _ => ::core::option::Option::None,
                    }
                }

                fn index(&self) -> i64 {
                    match self {
                        #(Self::#variants => #indexes,)*
                    }
                }
            }

            impl<'a> ::foldline_sdk::Field<'a> for #name {
                type Value = ::foldline_sdk::Int;
                const NULLS: ::foldline_sdk::__private::Nulls = ::foldline_sdk::__private::Nulls::Refused;

                fn ty() -> ::foldline_sdk::__private::contract::FieldType {
                    let texts = <Self as ::foldline_sdk::Choice>::TEXTS;
                    let texts = texts.iter().map(|&text| ::std::string::String::from(text));
                    ::foldline_sdk::__private::contract::FieldType::Choice(texts.collect())
                }

                #[inline]
                fn from_column(value: ::core::option::Option<i64>) -> Self {
                    ::foldline_sdk::__private::chosen(value)
                }

                fn to_column(&self) -> ::core::option::Option<i64> {
                    ::core::option::Option::Some(::foldline_sdk::Choice::index(self))
                }
            }
        };
    })
}

/// Returns the text that a variant stands for.
fn text_of(variant: &Variant) -> Result<String> {
    let mut text = None;
    for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("choice")) {
        let literal: LitStr = attribute.parse_args()?;
        if literal.value().is_empty() || literal.value().len() > 128 {
            return Err(Error::new(literal.span(), "a text of a choice has 1 to 128 bytes"));
        }
        text = Some(literal.value());
    }
    Ok(text.unwrap_or_else(|| attribute::snake_case(&variant.ident.unraw().to_string())))
}
