//! A reference of a table, and the fields that it is made of.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Field, Ident, Path};

use super::parse::ShownColumn;
use crate::types;
use crate::window::WindowOptions;

/// One reference of a table to another one.
pub struct TableReference {
    pub table: Path,
    /// The name that rows give it.
    pub name: Ident,
    /// The aggregate whose plain value rows do not show, because this stands in its place.
    pub replaces: Option<Ident>,
    pub via: Vec<Via>,
    /// Whether the target's key is the row's whole key.
    pub is_whole_key: bool,
    pub shown: Vec<ShownColumn>,
    pub span: Span,
}

/// A part of a target's key.
pub struct Via {
    pub part: TokenStream,
    /// The type of its values.
    pub ty: TokenStream,
    pub is_key: bool,
}

impl TableReference {
    /// Whether it leads to a row for each row.
    pub fn always_leads(&self) -> bool {
        self.via.iter().all(|part| part.is_key)
    }
}

/// The fields of a table.
pub struct TableFields<'i> {
    pub keys: &'i [&'i Field],
    pub aggregates: &'i [&'i Field],
    pub options: &'i WindowOptions,
}

impl TableFields<'_> {
    /// Returns what a field contributes to a target's key.
    pub fn via(&self, ident: &Ident) -> Option<Via> {
        let is_it = |field: &&Field| field.ident.as_ref() == Some(ident);
        let contract = quote!(::foldline_sdk::__private::contract::KeyPart);
        if let Some(nth) = self.keys.iter().position(is_it) {
            let (ty, number) = (&self.keys[nth].ty, nth as u32);
            return Some(Via { part: quote!(#contract::Key(#number)), ty: quote!(#ty), is_key: true });
        }
        let nth = self.aggregates.iter().position(is_it)?;
        let (ty, number) = (&self.aggregates[nth].ty, nth as u32);
        let ty = types::kept_value(ty).map(|value| quote!(#value));
        Some(Via { part: quote!(#contract::Aggregate(#number)), ty: ty.unwrap_or_default(), is_key: false })
    }
}
