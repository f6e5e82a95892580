//! `#[derive(Tables)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Ident, Result, Type};

use crate::attribute::{self, Mistakes};
use crate::types;

/// The host's limit.
const TABLES_MAX: usize = 32;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a set of tables")?;
    let fields = attribute::named_fields(item, "a set of tables")?;
    let mut mistakes = Mistakes::default();
    let tables: Vec<&Type> = fields.iter().map(|field| &field.ty).collect();
    for (at, ty) in tables.iter().enumerate() {
        mistakes.take(types::check_table(ty));
        let text = ty.to_token_stream().to_string();
        if tables[..at].iter().any(|other| other.to_token_stream().to_string() == text) {
            mistakes.add(Error::new(ty.span(), format!("table `{text}` stands here twice")));
        }
    }
    if tables.len() > TABLES_MAX {
        let message = format!("a reducer has at most {TABLES_MAX} tables");
        mistakes.add(Error::new(tables[TABLES_MAX].span(), message));
    }
    mistakes.finish()?;

    let name = &item.ident;
    let idents: Vec<&Option<Ident>> = fields.iter().map(|field| &field.ident).collect();
    let numbers = 0..tables.len() as u32;
    let shown = tables[0];
    let traits: Vec<TokenStream> =
        tables.iter().map(|ty| quote_spanned!(ty.span()=> <#ty as ::foldline_sdk::Table>)).collect();
    let holds = tables.iter().zip(&idents).zip(numbers.clone()).map(|((ty, ident), number)| {
        quote_spanned! {ty.span()=>
            impl ::foldline_sdk::__private::Holds<#ty> for #name {
                const INDEX: u32 = #number;

                #[inline]
                fn collector(collectors: &mut __FoldlineCollectors) -> &mut ::foldline_sdk::__private::Collector<#ty> {
                    &mut collectors.#ident
                }
            }
        }
    });
    Ok(quote! {
        const _: () = {
            #[allow(private_interfaces, reason = "nobody can name this type")]
            pub struct __FoldlineCollectors {
                #(#idents: ::foldline_sdk::__private::Collector<#tables>,)*
            }

            impl ::foldline_sdk::Tables for #name {
                type Shown = #shown;
                type Collectors = __FoldlineCollectors;

                fn specs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Table> {
                    // The fields exist for their types only.
                    let _ = |tables: &Self| {
                        let _ = (#(&tables.#idents,)*);
                    };
                    ::std::vec![#(#traits::spec()),*]
                }

                fn collectors(rows: usize) -> Self::Collectors {
                    __FoldlineCollectors {
                        #(#idents: ::foldline_sdk::__private::Collector::with_capacity(rows),)*
                    }
                }

                fn take_back(collectors: &mut Self::Collectors, row: u32) {
                    #(collectors.#idents.take_back(row);)*
                }

                fn finish(
                    collectors: Self::Collectors,
                ) -> ::std::vec::Vec<::foldline_sdk::__private::contract::Contributions> {
                    [#(collectors.#idents.finish(#numbers)),*].into_iter().flatten().collect()
                }
            }

            #(#holds)*
        };
    })
}
