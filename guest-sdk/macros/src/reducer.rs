//! `#[reducer]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, ItemImpl, Result, Type};

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[reducer]` takes no arguments"));
    }
    let Ok(item) = syn::parse2::<ItemImpl>(item.clone()) else {
        return Err(Error::new_spanned(item, "`#[reducer]` belongs on an `impl Reducer for Name`"));
    };
    let name = reducer_name(&item)?;
    let documentation = format!("The reducer `{name}`, declared by `#[reducer]`.");
    Ok(quote! {
        #[doc = #documentation]
        struct #name;

        #item

        impl ::foldline_sdk::__private::Module for #name {
            const NAME: &'static str = ::core::env!("CARGO_PKG_NAME");
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
        }

        ::foldline_sdk::__export!(#name);
    })
}

/// Returns the name to declare, or says why this is no implementation of a reducer.
fn reducer_name(item: &ItemImpl) -> Result<&Ident> {
    let is_reducer =
        |path: &syn::Path| path.segments.last().is_some_and(|segment| segment.ident == "Reducer");
    match &item.trait_ {
        Some((None, path, _)) if is_reducer(path) => {}
        Some((_, path, _)) => return Err(Error::new_spanned(path, "`#[reducer]` implements `Reducer`")),
        None => {
            return Err(Error::new_spanned(
                &item.self_ty,
                "`#[reducer]` belongs on an `impl Reducer for Name`",
            ));
        }
    }
    if let Some(parameter) = item.generics.params.first() {
        return Err(Error::new_spanned(parameter, "a reducer has no generic parameters"));
    }
    let name = match &*item.self_ty {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    };
    name.ok_or_else(|| {
        Error::new_spanned(&item.self_ty, "a reducer is a plain name, which `#[reducer]` declares")
    })
}
