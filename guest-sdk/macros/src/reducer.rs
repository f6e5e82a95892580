//! `#[reducer]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Result;

use crate::module::Marked;
use crate::parameters::Arguments;

const ARGUMENTS: &str = "`#[reducer]` takes no arguments but `relay`, for a reducer that has an `impl Relay` as well, and \
                         `parameters = Name`, for one that has parameters";

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments = Arguments::of(&arguments, ARGUMENTS)?;
    let marked = Marked { attribute: "reducer", implements: "Reducer", what: "a reducer" };
    let name = marked.name(&item)?;
    let documentation = format!("The reducer `{name}`, declared by `#[reducer]`.");
    let configurable = arguments.configurable(&name);
    let relays = arguments.relay;
    let world = if relays.is_some() { format_ident!("reducer_with_relay") } else { format_ident!("reducer") };
    // Reducer and relay share one declaration of inputs, so a relay with a different event must not compile.
    let same_events = relays.map(|span| {
        quote_spanned! {span=>
            const _: () = {
                #[allow(dead_code, reason = "it only has to compile")]
                fn same_events<'a>(
                    event: <#name as ::foldline_sdk::Relay>::Event<'a>,
                ) -> <#name as ::foldline_sdk::Reducer>::Event<'a> {
                    event
                }
            };
        }
    });
    Ok(quote! {
        #[doc = #documentation]
        struct #name;

        #item

        #configurable

        impl ::foldline_sdk::__private::Module for #name {
            const NAME: &'static str = ::core::env!("CARGO_PKG_NAME");
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
        }

        #same_events

        ::foldline_sdk::__export!(#world #name);
    })
}
