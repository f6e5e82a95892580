//! `#[derive(Event)]`.

mod field;
mod select;
mod shape;
mod variants;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Result};

use crate::attribute;
use shape::{EventShape, any_lifetime};

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    match &item.data {
        Data::Enum(data) => variants::expand(item, data),
        _ => expand_struct(item),
    }
}

fn expand_struct(item: &DeriveInput) -> Result<TokenStream> {
    let declared = attribute::lifetime(&item.generics)?;
    let fields = attribute::named_fields(item, "an event")?;
    let shape = EventShape::parse(&item.ident, &item.attrs, fields, None)?;

    let name = &item.ident;
    let lifetime = declared.cloned().unwrap_or_else(any_lifetime);
    let arguments = declared.map(|lifetime| quote!(<#lifetime>));
    let reader_name = format_ident!("__FoldlineReader");
    let (reader, open) = (shape.reader(&reader_name, &lifetime), shape.open(&reader_name));
    let (input, read, idents) = (shape.input(), shape.read(), shape.idents());
    Ok(quote! {
        const _: () = {
            #reader

            impl<#lifetime> ::foldline_sdk::Event<#lifetime> for #name #arguments {
                type Reader = __FoldlineReader<#lifetime>;

                const INPUTS: usize = 1;

                fn inputs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Input> {
                    ::std::vec![#input]
                }

                fn open(
                    _input: usize,
                    columns: &#lifetime [::foldline_sdk::__private::contract::Column],
                    rows: usize,
                ) -> ::core::result::Result<Self::Reader, ::std::string::String> {
                    ::core::result::Result::Ok(#open)
                }

                #[inline]
                fn read(reader: &Self::Reader, row: usize) -> Self {
                    Self { #read }
                }

                fn encode(&self) -> (usize, ::std::vec::Vec<::foldline_sdk::__private::contract::Column>) {
                    (0, ::std::vec![#(::foldline_sdk::__private::encode_field(&self.#idents)),*])
                }
            }
        };
    })
}
