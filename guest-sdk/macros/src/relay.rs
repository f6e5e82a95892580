//! `#[relay]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::module::Marked;
use crate::parameters::Arguments;

const ARGUMENTS: &str =
    "`#[relay]` takes no arguments but `parameters = Name`, for a relay that has parameters";

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let tokens = arguments;
    let arguments = Arguments::of(&tokens, ARGUMENTS)?;
    if arguments.relay.is_some() {
        return Err(Error::new_spanned(tokens, ARGUMENTS));
    }
    let marked = Marked { attribute: "relay", implements: "Relay", what: "a relay" };
    let name = marked.name(&item)?;
    let configurable = arguments.configurable(&name);
    let documentation = format!("The relay `{name}`, declared by `#[relay]`.");
    Ok(quote! {
        #[doc = #documentation]
        struct #name;

        #item

        #configurable

        impl ::foldline_sdk::__private::RelayModule for #name {
            const NAME: &'static str = ::core::env!("CARGO_PKG_NAME");
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
        }

        ::foldline_sdk::__export!(relay #name);
    })
}
