//! `#[relay]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::module::Marked;

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[relay]` takes no arguments"));
    }
    let marked = Marked { attribute: "relay", implements: "Relay", what: "a relay" };
    let name = marked.name(&item)?;
    let documentation = format!("The relay `{name}`, declared by `#[relay]`.");
    Ok(quote! {
        #[doc = #documentation]
        struct #name;

        #item

        impl ::foldline_sdk::__private::RelayModule for #name {
            const NAME: &'static str = ::core::env!("CARGO_PKG_NAME");
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
        }

        ::foldline_sdk::__export!(relay #name);
    })
}
