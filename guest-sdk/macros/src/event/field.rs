//! A field of an event: its options, and where it comes from.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Field, Ident, LitInt, LitStr, Result, Type};

use crate::attribute::{self, field_name};
use crate::types;

/// Where a field comes from.
pub enum FieldAt {
    Path(Vec<String>),
    Key,
    Raw,
    Partition,
    Offset,
    Timestamp,
}

impl FieldAt {
    /// Returns the sources besides paths, by the names of their options.
    fn of_option(name: &Ident) -> Option<Self> {
        Some(match name.to_string().as_str() {
            "key" => Self::Key,
            "raw" => Self::Raw,
            "partition" => Self::Partition,
            "offset" => Self::Offset,
            "timestamp" => Self::Timestamp,
            _ => return None,
        })
    }

    /// Checks the type of a field with this source.
    fn check(&self, ty: &Type) -> Result<()> {
        match self {
            Self::Path(_) | Self::Key => Ok(()),
            Self::Raw => types::check_exact(ty, types::is_bytes, "the whole value is a `&[u8]`"),
            Self::Partition | Self::Offset => {
                types::check_exact(ty, types::is_int, "a partition or an offset is an `i64`")
            }
            Self::Timestamp => types::check_exact(ty, types::is_time, "a record's own time is a `Time`"),
        }
    }

    pub fn describe(&self) -> TokenStream {
        let source = quote!(::foldline_sdk::__private::contract::FieldSource);
        match self {
            Self::Path(path) => quote!(::foldline_sdk::__private::at_path(&[#(#path),*])),
            Self::Key => quote!(#source::Key),
            Self::Raw => quote!(#source::Raw),
            Self::Partition => quote!(#source::Partition),
            Self::Offset => quote!(#source::Offset),
            Self::Timestamp => quote!(#source::Timestamp),
        }
    }
}

/// One field with its options, ready to be described.
pub struct EventField<'i> {
    pub ident: &'i Ident,
    pub ty: &'i Type,
    pub name: String,
    pub at: FieldAt,
    aliases: Vec<String>,
    /// The unit as an expression, for times.
    pub unit: Option<TokenStream>,
    /// The places of a decimal.
    decimal: Option<u8>,
}

impl<'i> EventField<'i> {
    /// Parses a field with its options.
    pub fn parse(field: &'i Field) -> Result<Self> {
        const OPTIONS: [&str; 9] =
            ["path", "alias", "key", "unit", "decimal", "raw", "partition", "offset", "timestamp"];
        let name = field_name(field);
        let mut path = None;
        let mut outside: Option<(Span, FieldAt)> = None;
        let mut aliases = Vec::new();
        let mut unit = None;
        let mut decimal = None;
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("event")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("path") {
                    path = Some(parse_path(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("alias") {
                    aliases.push(attribute::text(&meta)?.value());
                } else if meta.path.is_ident("unit") {
                    unit = Some(attribute::time_unit(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("decimal") {
                    decimal = Some(parse_places(&meta.value()?.parse()?)?);
                } else if let Some(at) = meta.path.get_ident().and_then(FieldAt::of_option) {
                    if outside.is_some() {
                        return Err(Error::new(meta.path.span(), "a field has one source"));
                    }
                    outside = Some((meta.path.span(), at));
                } else {
                    return Err(attribute::unknown(&meta, &OPTIONS));
                }
                Ok(())
            })?;
        }
        if let Some((span, at)) = &outside
            && (path.is_some() || !aliases.is_empty())
        {
            let what = if matches!(at, FieldAt::Key) {
                "the record's key is taken as a whole"
            } else {
                "this is no part of the value"
            };
            return Err(Error::new(*span, format!("{what}: it has neither `path` nor `alias`")));
        }
        types::check_event_field(&field.ty)?;
        if unit.is_some() {
            types::check_time(&field.ty)?;
        }
        if let (
            Some(_),
            Some((span, FieldAt::Raw | FieldAt::Partition | FieldAt::Offset | FieldAt::Timestamp)),
        ) = (unit.as_ref().map(|_| ()).or(decimal.map(|_| ())), &outside)
        {
            return Err(Error::new(
                *span,
                "this is no part of the value: it has neither `unit` nor `decimal`",
            ));
        }
        if let Some((span, FieldAt::Key)) = &outside
            && types::is_json(types::option_of(&field.ty).unwrap_or(&field.ty))
        {
            return Err(Error::new(*span, "the record's key is a text, not JSON: take it as a `&str`"));
        }
        if decimal.is_some() {
            types::check_exact(&field.ty, types::is_text, "a decimal is a `&str` or a `String`")?;
        }
        let ident =
            field.ident.as_ref().ok_or_else(|| Error::new(field.span(), "an event needs named fields"))?;
        let at = match outside {
            Some((_, at)) => at,
            None => FieldAt::Path(path.unwrap_or_else(|| vec![name.clone()])),
        };
        at.check(&field.ty)?;
        Ok(Self { ident, ty: &field.ty, name, at, aliases, unit, decimal })
    }

    /// Returns the contract's field.
    pub fn describe(&self) -> TokenStream {
        let Self { ty, name, aliases, .. } = self;
        let source = self.at.describe();
        let field_type = quote!(::foldline_sdk::__private::contract::FieldType);
        let form = match (&self.unit, self.decimal) {
            (Some(unit), _) => quote!(::core::option::Option::Some(#field_type::Time(#unit))),
            (None, Some(places)) => quote!(::core::option::Option::Some(#field_type::Decimal(#places))),
            (None, None) => quote!(::core::option::Option::None),
        };
        quote_spanned! {ty.span()=>
            ::foldline_sdk::__private::describe_field::<#ty>(#name, #source, &[#(#aliases),*], #form)
        }
    }
}

/// The places of a decimal.
fn parse_places(literal: &LitInt) -> Result<u8> {
    match literal.base10_parse::<u8>() {
        Ok(places) if places <= 18 => Ok(places),
        _ => Err(Error::new(literal.span(), "a decimal has 0 to 18 places")),
    }
}

pub fn parse_path(literal: &LitStr) -> Result<Vec<String>> {
    let path: Vec<String> = literal.value().split('.').map(str::to_owned).collect();
    if path.iter().any(String::is_empty) {
        let message = format!("{:?} is not a path; use one such as \"user.id\"", literal.value());
        return Err(Error::new(literal.span(), message));
    }
    Ok(path)
}
