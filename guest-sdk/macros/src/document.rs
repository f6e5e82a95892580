//! `#[derive(Document)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Result};

use crate::attribute::{self, Mistakes, field_name};
use crate::types;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a document")?;
    let fields = attribute::named_fields(item, "a document")?;
    let mut mistakes = Mistakes::default();
    let mut described = Vec::new();
    let mut written = Vec::new();
    for field in fields {
        mistakes.take(types::check_document_field(&field.ty));
        let mut sortable = false;
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("sortable")) {
            mistakes.take(attribute.meta.require_path_only());
            mistakes.take(types::check_sortable(attribute, &field.ty));
            sortable = true;
        }
        let (ident, ty, name) = (&field.ident, &field.ty, field_name(field));
        described.push(quote_spanned! {ty.span()=>
            ::foldline_sdk::__private::describe_output::<#ty>(#name, #sortable)
        });
        written.push(quote_spanned! {ty.span()=>
            ::foldline_sdk::__private::write_field::<#ty, _>(&mut object, #name, &self.#ident)?;
        });
    }
    mistakes.finish()?;

    let (name, json_name, fields) = (&item.ident, item.ident.to_string(), fields.len());
    Ok(quote! {
        const _: () = {
            impl ::foldline_sdk::__private::serde::Serialize for #name {
                fn serialize<S: ::foldline_sdk::__private::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    let mut object = serializer.serialize_struct(#json_name, #fields)?;
                    #(#written)*
                    ::foldline_sdk::__private::serde::ser::SerializeStruct::end(object)
                }
            }

            impl ::foldline_sdk::Document for #name {
                fn fields() -> ::std::vec::Vec<::foldline_sdk::__private::contract::OutputField> {
                    [#(#described),*].into_iter().flatten().collect()
                }
            }

            impl ::foldline_sdk::DocumentField for #name {
                const TYPE: ::core::option::Option<::foldline_sdk::__private::contract::ValueType> =
                    ::core::option::Option::None;
            }
        };
    })
}
