//! `#[derive(Table)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Field, Ident, LitStr, Result, Type};

use crate::attribute::{self, Mistakes, field_name};
use crate::types;

/// The fields that rows of windowed tables have beside their columns.
const WINDOW_FIELDS: [&str; 2] = ["window_start", "window_end"];

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a table")?;
    let mut mistakes = Mistakes::default();
    let fields = attribute::named_fields(item, "a table")?;
    let options = mistakes.take(TableOptions::parse(item)).unwrap_or_default();
    let (keys, aggregates): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| field.attrs.iter().any(|attribute| attribute.path().is_ident("key")));
    let key = match keys[..] {
        [key] => Some(key),
        [] => {
            let message = format!(
                "table `{}` has no key: mark the field that rows are keyed by with `#[key]`",
                item.ident
            );
            mistakes.add(Error::new(item.ident.span(), message));
            None
        }
        [_, second, ..] => {
            mistakes.add(Error::new(second.span(), "a table has one key"));
            None
        }
    };
    for attribute in fields.iter().flat_map(|field| &field.attrs) {
        if attribute.path().is_ident("key") {
            mistakes.take(attribute.meta.require_path_only());
        }
    }
    if let Some(key) = key {
        mistakes.take(types::check_key(&key.ty));
        for aggregate in &aggregates {
            mistakes.take(types::check_aggregate(&aggregate.ty));
        }
    }
    if aggregates.is_empty() && key.is_some() {
        mistakes.add(Error::new(item.ident.span(), "a table has at least one aggregate beside its key"));
    }
    if options.window.is_some() {
        for field in fields.iter().filter(|field| WINDOW_FIELDS.contains(&field_name(field).as_str())) {
            mistakes.add(Error::new(field.span(), "rows of windowed tables have this field already"));
        }
    }
    mistakes.finish()?;
    // Without a key there was a mistake.
    Ok(key.map(|key| expand_checked(item, key, &aggregates, &options)).unwrap_or_default())
}

/// What stands in `#[table(…)]`.
#[derive(Default)]
struct TableOptions {
    window: Option<TokenStream>,
    keep: Option<TokenStream>,
    when_empty: Option<TokenStream>,
    lateness_ms: u64,
}

impl TableOptions {
    fn parse(item: &DeriveInput) -> Result<Self> {
        let mut options = Self::default();
        let mut needs_window = None;
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("table")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("window") {
                    options.window = Some(parse_window(&attribute::text(&meta)?)?);
                    return Ok(());
                }
                if meta.path.is_ident("keep") {
                    options.keep = Some(parse_keep(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("when_empty") {
                    options.when_empty = Some(parse_when_empty(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("lateness") {
                    options.lateness_ms = attribute::duration_ms(&attribute::text(&meta)?)?;
                } else {
                    return Err(attribute::unknown(&meta, "`window`, `keep`, `when_empty`, `lateness`"));
                }
                needs_window.get_or_insert(meta.path.span());
                Ok(())
            })?;
        }
        match needs_window {
            Some(span) if options.window.is_none() => {
                Err(Error::new(span, "this belongs to a window: add `window = \"…\"`"))
            }
            _ => Ok(options),
        }
    }
}

/// Parses `24h / 2m`, `1h` or `session 30m`.
fn parse_window(literal: &LitStr) -> Result<TokenStream> {
    let text = literal.value();
    let refuse = |why: &str| Err(Error::new(literal.span(), why));
    let ms = |text: &str| attribute::parse_duration_ms(text.trim()).filter(|&ms| ms > 0);
    if let Some((size, slide)) = text.split_once('/') {
        let (Some(size_ms), Some(slide_ms)) = (ms(size), ms(slide)) else {
            return refuse("a sliding window looks like \"24h / 2m\": its size / its slide");
        };
        if size_ms % slide_ms != 0 {
            return refuse("a window's slide must divide its size");
        }
        return Ok(quote!(Sliding(::foldline_sdk::__private::contract::Sliding {
            size_ms: #size_ms,
            slide_ms: #slide_ms,
        })));
    }
    let window = match text.trim().strip_prefix("session ") {
        Some(gap) => ms(gap).map(|gap_ms| quote!(Session(#gap_ms))),
        None => ms(&text).map(|size_ms| quote!(Tumbling(#size_ms))),
    };
    match window {
        Some(window) => Ok(window),
        None => refuse("a window looks like \"24h / 2m\", \"1h\" or \"session 30m\""),
    }
}

/// Parses `latest` or `every 7d`.
fn parse_keep(literal: &LitStr) -> Result<TokenStream> {
    let text = literal.value();
    if text == "latest" {
        return Ok(quote!(Latest));
    }
    match text.strip_prefix("every ").and_then(|retention| attribute::parse_duration_ms(retention.trim())) {
        Some(retention_ms) => Ok(quote!(Every(#retention_ms))),
        None => Err(Error::new(
            literal.span(),
            "`keep` is \"latest\" or, for a retention of a week, \"every 7d\"",
        )),
    }
}

fn parse_when_empty(literal: &LitStr) -> Result<TokenStream> {
    match literal.value().as_str() {
        "delete" => Ok(quote!(Delete)),
        "zero" => Ok(quote!(Zero)),
        _ => Err(Error::new(literal.span(), "`when_empty` is \"delete\" or \"zero\"")),
    }
}

fn expand_checked(
    item: &DeriveInput,
    key: &Field,
    aggregates: &[&Field],
    options: &TableOptions,
) -> TokenStream {
    let (name, visibility) = (&item.ident, &item.vis);
    let (row, contribution) = (format_ident!("{name}Row"), format_ident!("{name}Contribution"));
    let (key_ident, key_type, key_name) = (&key.ident, &key.ty, field_name(key));
    let idents: Vec<&Option<Ident>> = aggregates.iter().map(|field| &field.ident).collect();
    let types: Vec<&Type> = aggregates.iter().map(|field| &field.ty).collect();
    let names: Vec<String> = aggregates.iter().map(|field| field_name(field)).collect();
    let columns = 0..aggregates.len();

    let key_trait = quote_spanned!(key_type.span()=> <#key_type as ::foldline_sdk::Value>);
    let described = types.iter().zip(&names).map(
        |(ty, name)| quote_spanned!(ty.span()=> ::foldline_sdk::__private::describe_aggregate::<#ty>(#name)),
    );
    let inputs: Vec<TokenStream> = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty as ::foldline_sdk::Aggregate>::Input))
        .collect();
    let documentation = names.iter().map(|name| format!("Contributes to `{name}`."));
    let key_documentation =
        format!("Starts a contribution to the row of this `{key_name}`, which is made if need be.");

    let spec = describe(&name.to_string(), options, &quote!(#key_trait::TYPE), &quote!(#(#described),*));
    let window = WindowTokens::new(options.window.is_some());
    let WindowTokens { row_fields, reader_fields, open: open_windows, open_fields, read: read_windows } =
        window;
    quote! {
        const _: () = {
            /// A row with the results of its aggregates.
            pub struct #row<'a> {
                #[doc = "The key."]
                pub #key_ident: #key_trait::Ref<'a>,
                #(
                    #[doc = "The result."]
                    pub #idents: <#types as ::foldline_sdk::Aggregate>::Output<'a>,
                )*
                #row_fields
            }

            /// What an event adds to one row.
            #[must_use = "a contribution adds nothing until it is given to `out.add`"]
            pub struct #contribution<'a> {
                #key_ident: #key_trait::Ref<'a>,
                #(#idents: ::core::option::Option<#inputs<'a>>,)*
            }

            pub struct __FoldlineColumns {
                #key_ident: ::foldline_sdk::__private::ColumnBuilder<#key_type>,
                #(#idents: ::foldline_sdk::__private::ColumnBuilder<
                    <#types as ::foldline_sdk::Aggregate>::Contributed
                >,)*
            }

            pub struct __FoldlineReader<'a> {
                #key_ident: ::foldline_sdk::__private::ColumnReader<'a, #key_type>,
                #(#idents: ::foldline_sdk::__private::ResultReader<'a, #types>,)*
                #reader_fields
            }

            impl #name {
                #[doc = #key_documentation]
                #[inline]
                #visibility fn key(key: #key_trait::Ref<'_>) -> #contribution<'_> {
                    #contribution { #key_ident: key, #(#idents: ::core::option::Option::None,)* }
                }
            }

            impl<'a> #contribution<'a> {
                #(
                    #[doc = #documentation]
                    #[inline]
                    pub fn #idents(mut self, value: #inputs<'a>) -> Self {
                        self.#idents = ::core::option::Option::Some(value);
                        self
                    }
                )*
            }

            impl ::foldline_sdk::Table for #name {
                type Row<'a> = #row<'a>;
                type Contribution<'a> = #contribution<'a>;
                type Columns = __FoldlineColumns;
                type Reader<'a> = __FoldlineReader<'a>;

                fn spec() -> ::foldline_sdk::__private::contract::Table {
                    #spec
                }

                fn columns(rows: usize) -> Self::Columns {
                    __FoldlineColumns {
                        #key_ident: ::foldline_sdk::__private::ColumnBuilder::with_capacity(rows),
                        #(#idents: ::foldline_sdk::__private::ColumnBuilder::with_capacity(rows),)*
                    }
                }

                #[inline]
                fn push(columns: &mut Self::Columns, contribution: #contribution<'_>) -> ::foldline_sdk::Result {
                    columns.#key_ident.push(::core::option::Option::Some(contribution.#key_ident));
                    #(
                        columns.#idents.push(match contribution.#idents {
                            ::core::option::Option::Some(value) => ::core::option::Option::Some(
                                <#types as ::foldline_sdk::Aggregate>::contribute(value)?,
                            ),
                            ::core::option::Option::None => ::core::option::Option::None,
                        });
                    )*
                    ::core::result::Result::Ok(())
                }

                fn truncate(columns: &mut Self::Columns, rows: usize) {
                    columns.#key_ident.truncate(rows);
                    #(columns.#idents.truncate(rows);)*
                }

                fn finish(columns: Self::Columns) -> (
                    ::foldline_sdk::__private::contract::Column,
                    ::std::vec::Vec<::foldline_sdk::__private::contract::Column>,
                ) {
                    (columns.#key_ident.finish(), ::std::vec![#(columns.#idents.finish()),*])
                }

                fn open(
                    rows: &::foldline_sdk::__private::contract::Rows,
                ) -> ::core::result::Result<__FoldlineReader<'_>, ::std::string::String> {
                    let count = rows.count as usize;
                    #open_windows
                    ::core::result::Result::Ok(__FoldlineReader {
                        #key_ident: ::foldline_sdk::__private::ColumnReader::open_one(
                            &rows.keys,
                            #key_name,
                            count,
                            ::foldline_sdk::__private::Nulls::Refused,
                        )?,
                        #(#idents: ::foldline_sdk::__private::open_results::<#types>(
                            &rows.results,
                            #columns,
                            #names,
                            count,
                        )?,)*
                        #open_fields
                    })
                }

                fn row<'a>(reader: &Self::Reader<'a>, row: usize) -> ::foldline_sdk::Result<#row<'a>> {
                    ::core::result::Result::Ok(#row {
                        #key_ident: reader.#key_ident.required(row),
                        #(#idents: ::foldline_sdk::__private::show_result::<#types>(&reader.#idents, #names, row)?,)*
                        #read_windows
                    })
                }

                fn touch(&self) {
                    let _ = (&self.#key_ident, #(&self.#idents,)*);
                }
            }
        };
    }
}

/// What windows add to a table's expansion: nothing, without one.
#[derive(Default)]
struct WindowTokens {
    row_fields: TokenStream,
    reader_fields: TokenStream,
    open: TokenStream,
    open_fields: TokenStream,
    read: TokenStream,
}

impl WindowTokens {
    fn new(windowed: bool) -> Self {
        if !windowed {
            return Self::default();
        }
        Self {
            row_fields: quote! {
                /// The start of the window.
                pub window_start: ::foldline_sdk::Time,
                /// The end of the window.
                pub window_end: ::foldline_sdk::Time,
            },
            reader_fields: quote! {
                window_starts: &'a [i64],
                window_ends: &'a [i64],
            },
            open: quote! {
                if rows.window_starts.len() != count || rows.window_ends.len() != count {
                    return ::core::result::Result::Err(::std::format!("the host sent no windows for {count} rows"));
                }
            },
            open_fields: quote! {
                window_starts: &rows.window_starts,
                window_ends: &rows.window_ends,
            },
            read: quote! {
                window_start: ::foldline_sdk::Time::from_ms(reader.window_starts[row]),
                window_end: ::foldline_sdk::Time::from_ms(reader.window_ends[row]),
            },
        }
    }
}

/// Returns the expression of the table's description.
fn describe(name: &str, options: &TableOptions, key: &TokenStream, aggregates: &TokenStream) -> TokenStream {
    let name = snake_case(name);
    let window = options.window.clone().unwrap_or_else(|| quote!(Unbounded));
    let keep = options.keep.clone().unwrap_or_else(|| quote!(Latest));
    let when_empty = options.when_empty.clone().unwrap_or_else(|| quote!(Delete));
    let lateness_ms = options.lateness_ms;
    quote! {
        ::foldline_sdk::__private::contract::Table {
            name: ::std::string::String::from(#name),
            key: #key,
            aggregates: ::std::vec![#aggregates],
            window: ::foldline_sdk::__private::contract::Window::#window,
            keep: ::foldline_sdk::__private::contract::Keep::#keep,
            when_empty: ::foldline_sdk::__private::contract::WhenEmpty::#when_empty,
            allowed_lateness_ms: #lateness_ms,
            projected: true,
        }
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn tables_are_named_in_snake_case() {
        for (name, snake) in [("Likes", "likes"), ("PostStats", "post_stats")] {
            assert_eq!(snake_case(name), snake);
        }
    }

    #[test]
    fn windows_are_read_and_nonsense_is_refused() {
        for (text, expected) in [
            ("24h / 2m", "size_ms : 86400000u64 , slide_ms : 120000u64"),
            ("1h", "Tumbling (3600000u64)"),
            ("session 30m", "Session (1800000u64)"),
        ] {
            let literal: LitStr = parse_quote!(#text);
            let window = parse_window(&literal).unwrap().to_string();
            assert!(window.contains(expected), "{window}");
        }
        for text in ["", "0s", "1h / 0s", "1h / 7m", "2m / 24h", "session", "sessions 5m", "1h /"] {
            let literal: LitStr = parse_quote!(#text);
            assert!(parse_window(&literal).is_err(), "{text}");
        }
    }
}
