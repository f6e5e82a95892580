//! The macros of foldline-sdk, which documents them.
//!
//! Each mistake gets one message at the author's own tokens. Macros check what they can see: attributes, shapes, names of types.
//! Everything that only the compiler can see is left to traits with their own diagnostics. Expansions only use paths into the
//! SDK.

mod module;
mod parameters;
mod reducer;
mod relay;
mod event;
mod choice;
mod table;
mod tables;
mod references;
mod window;
mod quantiles;
mod document;
mod attribute;
mod types;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Turns an `impl Reducer for Name` into this crate's module.
///
/// Declares `struct Name;` and, when compiled to wasm, exports the reducer under the crate's name and version. A crate
/// has one reducer. `#[reducer(relay)]` also exports its `impl Relay`; `#[reducer(parameters = Limits)]` names its
/// [`Parameters`](trait.Parameters.html).
#[proc_macro_attribute]
pub fn reducer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = reducer::expand(arguments.into(), item.into());
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Turns an `impl Relay for Name` into this crate's module.
///
/// Declares `struct Name;` and, when compiled to wasm, exports the relay under the crate's name and version. To relay
/// from a reducer's crate, use `#[reducer(relay)]` instead. `#[relay(parameters = Limits)]` names its
/// [`Parameters`](trait.Parameters.html).
#[proc_macro_attribute]
pub fn relay(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = relay::expand(arguments.into(), item.into());
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Event`](trait.Event.html), which lists the attributes.
#[proc_macro_derive(Event, attributes(event, topic, select))]
pub fn event(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    event::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Choice`](trait.Choice.html), which lists the attributes.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    choice::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Table`](trait.Table.html), which lists the attributes.
#[proc_macro_derive(Table, attributes(table, key, refers, quantiles))]
pub fn table(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    table::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Tables`](trait.Tables.html).
#[proc_macro_derive(Tables)]
pub fn tables(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    tables::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Parameters`](trait.Parameters.html), which lists the attributes.
#[proc_macro_derive(Parameters, attributes(parameter, parameters))]
pub fn parameters(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    parameters::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives [`Document`](trait.Document.html), which lists the attributes.
#[proc_macro_derive(Document, attributes(sortable))]
pub fn document(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item);
    document::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}
