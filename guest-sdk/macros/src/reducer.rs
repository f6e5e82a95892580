//! `#[reducer]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Ident, Result};

use crate::module::Marked;

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let relays = relays(&arguments)?;
    let marked = Marked { attribute: "reducer", implements: "Reducer", what: "a reducer" };
    let name = marked.name(&item)?;
    let documentation = format!("The reducer `{name}`, declared by `#[reducer]`.");
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

        impl ::foldline_sdk::__private::Module for #name {
            const NAME: &'static str = ::core::env!("CARGO_PKG_NAME");
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
        }

        #same_events

        ::foldline_sdk::__export!(#world #name);
    })
}

/// Returns the span of `relay`, the only possible argument, if it is present.
fn relays(arguments: &TokenStream) -> Result<Option<Span>> {
    if arguments.is_empty() {
        return Ok(None);
    }
    match syn::parse2::<Ident>(arguments.clone()) {
        Ok(argument) if argument == "relay" => Ok(Some(argument.span())),
        _ => Err(Error::new_spanned(
            arguments,
            "`#[reducer]` takes no arguments but `relay`, for a reducer that has an `impl Relay` as well",
        )),
    }
}
