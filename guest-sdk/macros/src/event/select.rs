//! How the records of one topic are dealt to the variants of an enum: by a text in each record.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, LitStr, Result, Token, Variant};

use super::field::{FieldAt, parse_path};
use crate::attribute;

/// Longest text that selects.
const TEXT_BYTES_MAX: usize = 128;

/// Parses what selects a record's variant: `select = "PATH"` or `select(key)`.
pub fn source(meta: &ParseNestedMeta<'_>) -> Result<FieldAt> {
    if !meta.input.peek(syn::token::Paren) {
        return Ok(FieldAt::Path(parse_path(&attribute::text(meta)?)?));
    }
    meta.parse_nested_meta(|inner| match inner.path.is_ident("key") {
        true => Ok(()),
        false => Err(inner.error("records are selected by `select(key)` or `select = \"a.path\"`")),
    })?;
    Ok(FieldAt::Key)
}

/// Returns the texts that select a variant: those of `#[select("…")]`, otherwise its name in snake case.
pub fn texts(variant: &Variant, selects: bool) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("select")) {
        if !selects {
            let message = "nothing selects here: add `#[event(select = \"a.path\")]` above the enum";
            return Err(Error::new(attribute.span(), message));
        }
        let literals = attribute.parse_args_with(Punctuated::<LitStr, Token![,]>::parse_terminated)?;
        for literal in literals {
            if !(1..=TEXT_BYTES_MAX).contains(&literal.value().len()) {
                let message = format!("a text that selects has 1 to {TEXT_BYTES_MAX} bytes");
                return Err(Error::new(literal.span(), message));
            }
            if texts.contains(&literal.value()) {
                return Err(Error::new(literal.span(), format!("{:?} stands here twice", literal.value())));
            }
            texts.push(literal.value());
        }
    }
    if texts.is_empty() {
        texts.push(attribute::snake_case(&variant.ident.unraw().to_string()));
    }
    Ok(texts)
}
