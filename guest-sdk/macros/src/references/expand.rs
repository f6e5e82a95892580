//! The code for a table's references.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident};

use super::node::{Node, place, respan};
use super::parse::ShownColumn;
use super::{References, TableReference};
use crate::attribute::pascal_case;

/// What references add to a table's expansion.
pub struct ReferenceTokens {
    /// The types of referred rows, which authors name.
    pub types: TokenStream,
    /// Their readers, and the implementations of traits.
    pub implementations: TokenStream,
    pub row_fields: TokenStream,
    pub reader_fields: TokenStream,
    pub open_fields: TokenStream,
    pub read: TokenStream,
}

impl References {
    /// Returns the code for the references of a table.
    pub fn expand(&self, item: &DeriveInput) -> ReferenceTokens {
        let mut nodes = Vec::new();
        let own: Vec<usize> = self.0.iter().map(|reference| reference.add_nodes(item, &mut nodes)).collect();
        let places = nodes.iter().map(|node| node.places(&nodes));
        let types = nodes.iter().map(|node| node.types(item, &nodes));
        let readers = nodes.iter().enumerate().map(|(at, node)| node.reader(at, &nodes));
        let led_on = nodes.iter().filter(|node| node.holder.is_some());
        let checks = led_on.map(|node| check_windows(&node.target, node.name.span(), false));
        let own_checks = self.0.iter().map(TableReference::checks);
        let implementations = self.implement(item, &nodes);
        let list = || self.0.iter().zip(own.iter().map(|&at| &nodes[at]));
        let row_fields = list().map(|(reference, node)| {
            let (name, row) = (node.name, node.row());
            let documentation =
                format!("The row of `{}` that it leads to.", reference.table.to_token_stream());
            let ty = match reference.always_leads() {
                true => quote!(#row<'a>),
                false => quote!(::core::option::Option<#row<'a>>),
            };
            quote!(#[doc = #documentation] pub #name: #ty,)
        });
        let read = list().map(|(reference, node)| {
            let (name, text) = (node.name, node.name.unraw().to_string());
            match reference.always_leads() {
                true => quote!(#name: ::foldline_sdk::__private::required(reader.#name.row(row)?, #text)?,),
                false => quote!(#name: reader.#name.row(row)?,),
            }
        });
        let names = || own.iter().map(|&at| nodes[at].name);
        let (fields, opened): (Vec<&Ident>, Vec<&Ident>) = (names().collect(), names().collect());
        let reader_types: Vec<Ident> = own.iter().map(|&at| nodes[at].reader_name()).collect();
        ReferenceTokens {
            types: quote!(#(#places)* #(#types)*),
            implementations: quote!(#(#readers)* #implementations #(#own_checks)* #(#checks)*),
            row_fields: quote!(#(#row_fields)*),
            reader_fields: quote!(#(#fields: #reader_types<'a>,)*),
            open_fields: quote!(#(#opened: #reader_types::open(rows)?,)*),
            read: quote!(#(#read)*),
        }
    }

    fn implement(&self, item: &DeriveInput, nodes: &[Node<'_>]) -> TokenStream {
        let table = &item.ident;
        let private = quote!(::foldline_sdk::__private);
        let held = nodes.iter().map(|Node { target, name, .. }| {
            let target = respan(target, name.span());
            quote_spanned!(name.span()=> S: #private::Holds<#target>,)
        });
        let described = nodes.iter().map(|node| {
            let Node { target, via, .. } = node;
            let holder = match node.holder {
                Some(holder) => quote!(::core::option::Option::Some(#holder)),
                None => quote!(::core::option::Option::None),
            };
            let columns = node.columns.iter().map(|column| node.place(column));
            let target = respan(target, node.name.span());
            quote! {
                #private::describe_reference(
                    #holder, #via, <S as #private::Holds<#target>>::INDEX, ::std::vec![#(#columns as u32),*],
                )
            }
        });
        let reachable = self.0.iter().enumerate().map(|(at, TableReference { table: target, via, .. })| {
            let parts = via.iter().map(|part| &part.part);
            quote! {
                impl #private::HasReference<#at> for #table {
                    type Target = #target;

                    fn via() -> ::std::vec::Vec<#private::contract::KeyPart> {
                        ::std::vec![#(#parts),*]
                    }
                }
            }
        });
        quote! {
            impl<S: ::foldline_sdk::Tables> #private::ReferencesIn<S> for #table where #(#held)* {
                fn references() -> ::std::vec::Vec<#private::contract::Reference> {
                    ::std::vec![#(#described),*]
                }
            }

            #(#reachable)*
        }
    }
}

impl TableReference {
    /// Adds the nodes of a reference and of all that lead on from it; returns the place of its own.
    fn add_nodes<'r>(&'r self, item: &DeriveInput, nodes: &mut Vec<Node<'r>>) -> usize {
        let parts = self.via.iter().map(|part| &part.part);
        let type_name = format_ident!("{}{}", item.ident, pascal_case(&self.name));
        let (target, via) = (self.table.to_token_stream(), quote!(::std::vec![#(#parts),*]));
        let node = Node {
            name: &self.name,
            type_name,
            holder: None,
            target,
            via,
            columns: Vec::new(),
            nested: Vec::new(),
        };
        add_node(node, &self.shown, nodes)
    }

    /// Returns code that compiles if the target's key is made of the right types, and its windows allow the reference.
    fn checks(&self) -> TokenStream {
        let span = self.table.segments.last().map_or(self.span, |segment| segment.ident.span());
        let table = respan(&self.table.to_token_stream(), span);
        let types = self.via.iter().map(|part| respan(&part.ty, span));
        let types = match self.via.len() {
            1 => quote_spanned!(span=> #(#types)*),
            _ => quote_spanned!(span=> (#(#types,)*)),
        };
        let windows = check_windows(&table, span, self.is_whole_key);
        let key = quote_spanned! {span=>
            const _: fn() = ::foldline_sdk::__private::leads_by_key::<#table, #types>;
        };
        quote!(#key #windows)
    }
}

fn check_windows(target: &TokenStream, span: Span, by_whole_key: bool) -> TokenStream {
    let target = respan(target, span);
    match by_whole_key {
        true => {
            quote_spanned!(span=> const _: fn() = ::foldline_sdk::__private::leads_by_whole_key::<#target>;)
        }
        false => quote_spanned!(span=> const _: fn() = ::foldline_sdk::__private::leads_anyhow::<#target>;),
    }
}

fn add_node<'r>(node: Node<'r>, shown: &'r [ShownColumn], nodes: &mut Vec<Node<'r>>) -> usize {
    let (at, type_name, holder) = (nodes.len(), node.type_name.clone(), node.target.clone());
    nodes.push(node);
    for ShownColumn { ident, through } in shown {
        let Some(through) = through else {
            nodes[at].columns.push(ident);
            continue;
        };
        let (place, span) = (place(&type_name, ident), ident.span());
        let holder = respan(&holder, span);
        let reference =
            quote_spanned!(span=> <#holder as ::foldline_sdk::__private::HasReference<{ #place }>>);
        let nested = Node {
            name: ident,
            type_name: format_ident!("{type_name}{}", pascal_case(ident)),
            holder: Some(at as u32),
            target: quote_spanned!(span=> #reference::Target),
            via: quote_spanned!(span=> #reference::via()),
            columns: Vec::new(),
            nested: Vec::new(),
        };
        let nested = add_node(nested, through, nodes);
        nodes[at].nested.push(nested);
    }
    at
}
