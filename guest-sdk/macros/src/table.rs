//! `#[derive(Table)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Field, Ident, Result, Type};

use crate::attribute::{self, Mistakes, field_name};
use crate::quantiles::QuantilesColumn;
use crate::references::{ReferenceTokens, References, TableFields};
use crate::types;
use crate::window::{WindowOptions, WindowTokens};

/// The fields of rows in windowed tables, besides their columns.
const WINDOW_FIELDS: [&str; 2] = ["window_start", "window_end"];

/// The host's limit.
const KEY_PARTS_MAX: usize = 4;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    attribute::no_generics(&item.generics, "a table")?;
    let mut mistakes = Mistakes::default();
    let fields = attribute::named_fields(item, "a table")?;
    let options = WindowOptions::parse(item, &mut mistakes);
    let (keys, aggregates): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| field.attrs.iter().any(|attribute| attribute.path().is_ident("key")));
    if keys.is_empty() {
        let message = format!(
            "table `{}` has no key: mark the fields that rows are keyed by with `#[key]`",
            item.ident
        );
        mistakes.add(Error::new(item.ident.span(), message));
    }
    if let Some(fifth) = keys.get(KEY_PARTS_MAX) {
        let message = format!("a key has at most {KEY_PARTS_MAX} parts");
        mistakes.add(Error::new(fifth.span(), message));
    }
    for attribute in fields.iter().flat_map(|field| &field.attrs) {
        if attribute.path().is_ident("key") {
            mistakes.take(attribute.meta.require_path_only());
        }
    }
    for key in &keys {
        mistakes.take(types::check_key(&key.ty));
    }
    let mut columns = Vec::new();
    if !keys.is_empty() {
        for aggregate in &aggregates {
            columns.extend(mistakes.take(TableColumn::parse(&item.ident, aggregate)));
        }
    }
    if aggregates.is_empty() && !keys.is_empty() {
        mistakes.add(Error::new(item.ident.span(), "a table has at least one aggregate besides its key"));
    }
    if options.windowed() {
        for field in fields.iter().filter(|field| WINDOW_FIELDS.contains(&field_name(field).as_str())) {
            mistakes.add(Error::new(field.span(), "rows of windowed tables have this field already"));
        }
    }
    let fields = TableFields { keys: &keys, aggregates: &aggregates, options: &options };
    let references =
        if mistakes.is_empty() { References::parse(&fields, &mut mistakes) } else { References::default() };
    mistakes.finish()?;
    Ok(expand_checked(item, &keys, &columns, &references, &options))
}

/// A column of the table, ready to be expanded.
struct TableColumn<'i> {
    field: &'i Field,
    name: String,
    /// The aggregate's type. For quantiles it has a type argument that the author does not write.
    ty: TokenStream,
    quantiles: Option<QuantilesColumn>,
}

impl<'i> TableColumn<'i> {
    fn parse(table: &Ident, field: &'i Field) -> Result<Self> {
        types::check_aggregate(&field.ty)?;
        let quantiles = QuantilesColumn::parse(table, field)?;
        let ty = match &quantiles {
            Some(QuantilesColumn { answers, .. }) => quote!(::foldline_sdk::__private::QuantilesOf<#answers>),
            None => field.ty.to_token_stream(),
        };
        Ok(Self { field, name: field_name(field), ty, quantiles })
    }

    /// Returns the name by which references find the column; it is empty if they cannot show it.
    fn name_for_references(&self) -> &str {
        if types::is_shown_by_references(&self.field.ty) { &self.name } else { "" }
    }

    /// Returns what tells references of the column's aggregate, if they can show it.
    fn describe_place(&self, table: &Ident, index: usize) -> Option<TokenStream> {
        let ty = &self.ty;
        types::is_shown_by_references(&self.field.ty).then(|| {
            quote_spanned! {self.field.ty.span()=>
                impl ::foldline_sdk::__private::HasColumn<#index> for #table {
                    type Aggregate = #ty;
                }
            }
        })
    }

    /// Returns the method by which contributions name what they add.
    fn method(&self, input: &TokenStream) -> TokenStream {
        let (ident, documentation) = (&self.field.ident, format!("Contributes to `{}`.", self.name));
        let (arguments, value) = if types::is_top_k(&self.field.ty) {
            (quote!(id: &'a str, value: i64), quote!((id, value)))
        } else if self.quantiles.is_some() {
            (quote!(value: impl ::foldline_sdk::Number), quote!(::foldline_sdk::Number::to_f64(value)))
        } else {
            (quote!(value: #input<'a>), quote!(value))
        };
        quote! {
            #[doc = #documentation]
            #[inline]
            pub fn #ident(mut self, #arguments) -> Self {
                self.#ident = ::core::option::Option::Some(#value);
                self
            }
        }
    }
}

fn expand_checked(
    item: &DeriveInput,
    keys: &[&Field],
    columns: &[TableColumn<'_>],
    references: &References,
    options: &WindowOptions,
) -> TokenStream {
    let (name, visibility) = (&item.ident, &item.vis);
    let (row, contribution) = (format_ident!("{name}Row"), format_ident!("{name}Contribution"));
    let key_idents: Vec<&Option<Ident>> = keys.iter().map(|key| &key.ident).collect();
    let key_types: Vec<&Type> = keys.iter().map(|key| &key.ty).collect();
    let key_names: Vec<String> = keys.iter().map(|key| field_name(key)).collect();
    let key_indexes = 0..keys.len();
    let idents: Vec<&Option<Ident>> = columns.iter().map(|column| &column.field.ident).collect();
    let types: Vec<&TokenStream> = columns.iter().map(|column| &column.ty).collect();
    let answers = columns.iter().filter_map(|column| Some(column.quantiles.as_ref()?.expand(visibility)));
    // Where a reference stands in its place, rows do not show a column's plain value.
    let plain: Vec<(usize, &TableColumn<'_>)> =
        columns.iter().enumerate().filter(|(_, column)| !references.replaces(&column.field.ident)).collect();
    let plain_indexes = plain.iter().map(|(index, _)| index);
    let plain_idents: Vec<&Option<Ident>> = plain.iter().map(|(_, column)| &column.field.ident).collect();
    let plain_types: Vec<&TokenStream> = plain.iter().map(|(_, column)| &column.ty).collect();
    let plain_names: Vec<&String> = plain.iter().map(|(_, column)| &column.name).collect();
    let shown_names = columns.iter().map(|column| column.name_for_references());
    let described_columns =
        columns.iter().enumerate().filter_map(|(index, column)| column.describe_place(name, index));

    let key_traits: Vec<TokenStream> =
        key_types.iter().map(|ty| quote_spanned!(ty.span()=> <#ty as ::foldline_sdk::Value>)).collect();
    let key_tuple = match &key_types[..] {
        [one] => one.to_token_stream(),
        several => quote!((#(#several,)*)),
    };
    // One part needs no lifetime of its own in `fn key`; several must have the same.
    let key_arguments =
        key_idents.iter().zip(&key_traits).map(|(ident, part)| quote!(#ident: #part::Ref<'a>));
    let described = columns.iter().map(|TableColumn { field, name, ty, .. }| {
        quote_spanned!(field.ty.span()=> ::foldline_sdk::__private::describe_aggregate::<#ty>(#name))
    });
    let inputs: Vec<TokenStream> = columns
        .iter()
        .map(|TableColumn { field, ty, .. }| {
            quote_spanned!(field.ty.span()=> <#ty as ::foldline_sdk::Aggregate>::Input)
        })
        .collect();
    let methods = columns.iter().zip(&inputs).map(|(column, input)| column.method(input));
    let key_documentation = format!(
        "Starts a contribution to the row of this `{}`, which is created if needed.",
        key_names.join("`, `")
    );

    let table_name = attribute::snake_case(&name.to_string());
    let (windows, windows_kind) = (options.describe(), options.kind());
    let WindowTokens { row_fields, reader_fields, open: open_windows, open_fields, read: read_windows } =
        WindowTokens::new(options.windowed());
    let reference_names = references.names();
    let references = references.expand(item);
    let ReferenceTokens { types: referred_types, implementations: reference_implementations, .. } =
        &references;
    let ReferenceTokens { row_fields: referred_fields, reader_fields: referred_readers, .. } = &references;
    let ReferenceTokens { open_fields: open_referred, read: read_referred, .. } = &references;
    quote! {
        #(#answers)*

        #referred_types

        const _: () = {
            /// A row with the results of its aggregates.
            pub struct #row<'a> {
                #(
                    #[doc = "A part of the key."]
                    pub #key_idents: #key_traits::Ref<'a>,
                )*
                #(
                    #[doc = "The result."]
                    pub #plain_idents: <#plain_types as ::foldline_sdk::Aggregate>::Output<'a>,
                )*
                #referred_fields
                #row_fields
            }

            /// What an event adds to one row.
            #[must_use = "a contribution adds nothing until it is given to `out.add`"]
            #visibility struct #contribution<'a> {
                #(#key_idents: #key_traits::Ref<'a>,)*
                #(#idents: ::core::option::Option<#inputs<'a>>,)*
            }

            pub struct __FoldlineColumns {
                #(#key_idents: ::foldline_sdk::__private::ContributedColumn<#key_types>,)*
                #(#idents: <#types as ::foldline_sdk::Aggregate>::Contributed,)*
            }

            pub struct __FoldlineReader<'a> {
                #(#key_idents: ::foldline_sdk::__private::ColumnReader<'a, #key_types>,)*
                #(#plain_idents: ::foldline_sdk::__private::ResultReader<'a, #plain_types>,)*
                #referred_readers
                #reader_fields
            }

            impl #name {
                #[doc = #key_documentation]
                #[inline]
                #visibility fn key<'a>(#(#key_arguments),*) -> #contribution<'a> {
                    #contribution { #(#key_idents,)* #(#idents: ::core::option::Option::None,)* }
                }
            }

            impl<'a> #contribution<'a> {
                #(#methods)*
            }

            impl ::foldline_sdk::Table for #name {
                type Row<'a> = #row<'a>;
                type Contribution<'a> = #contribution<'a>;
                type Columns = __FoldlineColumns;
                type Reader<'a> = __FoldlineReader<'a>;
                type Key = #key_tuple;
                type Windows = #windows_kind;

                const COLUMNS: &'static [&'static str] = &[#(#shown_names),*];
                const REFERENCES: &'static [&'static str] = &[#(#reference_names),*];

                fn spec() -> ::foldline_sdk::__private::contract::Table {
                    ::foldline_sdk::__private::contract::Table {
                        name: ::std::string::String::from(#table_name),
                        key: ::std::vec![#(#key_traits::TYPE),*],
                        aggregates: ::std::vec![#(#described),*],
                        #windows
                        emit: ::foldline_sdk::__private::contract::Emit::WhenClosed,
                        retain_ms: ::core::option::Option::None,
                        ends: false,
                        settings: ::std::vec::Vec::new(),
                    }
                }

                fn columns(rows: usize) -> Self::Columns {
                    __FoldlineColumns {
                        #(#key_idents: ::foldline_sdk::__private::ContributedColumn::with_capacity(rows),)*
                        #(#idents: ::foldline_sdk::__private::ContributionColumns::with_capacity(rows),)*
                    }
                }

                fn truncate(columns: &mut Self::Columns, rows: usize) {
                    #(columns.#key_idents.truncate(rows);)*
                    #(::foldline_sdk::__private::ContributionColumns::truncate(&mut columns.#idents, rows);)*
                }

                fn finish(columns: Self::Columns) -> (
                    ::std::vec::Vec<::foldline_sdk::__private::contract::Contributed>,
                    ::std::vec::Vec<::foldline_sdk::__private::contract::Contributed>,
                ) {
                    let mut values = ::std::vec::Vec::new();
                    #(::foldline_sdk::__private::ContributionColumns::finish(columns.#idents, &mut values);)*
                    (::std::vec![#(columns.#key_idents.finish()),*], values)
                }

                fn open(
                    rows: &::foldline_sdk::__private::contract::Rows,
                ) -> ::core::result::Result<__FoldlineReader<'_>, ::std::string::String> {
                    let count = rows.count as usize;
                    #open_windows
                    ::core::result::Result::Ok(__FoldlineReader {
                        #(#key_idents: ::foldline_sdk::__private::ColumnReader::open(
                            &rows.keys,
                            #key_indexes,
                            #key_names,
                            count,
                            ::foldline_sdk::__private::Nulls::Refused,
                        )?,)*
                        #(#plain_idents: ::foldline_sdk::__private::open_results::<#plain_types>(
                            &rows.results,
                            #plain_indexes,
                            #plain_names,
                            count,
                        )?,)*
                        #open_referred
                        #open_fields
                    })
                }

                fn row<'a>(reader: &Self::Reader<'a>, row: usize) -> ::foldline_sdk::Result<#row<'a>> {
                    ::core::result::Result::Ok(#row {
                        #(#key_idents: reader.#key_idents.required(row),)*
                        #(#plain_idents: ::foldline_sdk::__private::show_result::<#plain_types>(
                            &reader.#plain_idents,
                            #plain_names,
                            row,
                        )?,)*
                        #read_referred
                        #read_windows
                    })
                }

                fn touch(&self) {
                    let _ = (#(&self.#key_idents,)* #(&self.#idents,)*);
                }
            }

            impl<'a> ::foldline_sdk::Contribution for #contribution<'a> {
                type Table = #name;

                #[inline]
                fn push(
                    self,
                    columns: &mut __FoldlineColumns,
                    source: ::foldline_sdk::__private::Source<'_>,
                ) -> ::foldline_sdk::Result {
                    #(columns.#key_idents.push(::core::option::Option::Some(self.#key_idents), source);)*
                    #(
                        ::foldline_sdk::__private::ContributionColumns::push(
                            &mut columns.#idents,
                            match self.#idents {
                                ::core::option::Option::Some(value) => ::core::option::Option::Some(
                                    <#types as ::foldline_sdk::Aggregate>::contribute(value)?,
                                ),
                                ::core::option::Option::None => ::core::option::Option::None,
                            },
                            source,
                        );
                    )*
                    ::core::result::Result::Ok(())
                }
            }

            impl ::foldline_sdk::Tables for #name {
                type Shown = Self;
                type Collectors = ::foldline_sdk::__private::Collector<Self>;

                fn specs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Table> {
                    ::std::vec![<Self as ::foldline_sdk::Table>::spec()]
                }

                fn collectors(rows: usize) -> Self::Collectors {
                    ::foldline_sdk::__private::Collector::with_capacity(rows)
                }

                fn take_back(collectors: &mut Self::Collectors, row: u32) {
                    collectors.take_back(row);
                }

                fn finish(
                    collectors: Self::Collectors,
                ) -> ::std::vec::Vec<::foldline_sdk::__private::contract::Contributions> {
                    collectors.finish(0).into_iter().collect()
                }
            }

            impl ::foldline_sdk::__private::Holds<Self> for #name {
                const INDEX: u32 = 0;

                #[inline]
                fn collector(collectors: &mut Self::Collectors) -> &mut ::foldline_sdk::__private::Collector<Self> {
                    collectors
                }
            }

            #(#described_columns)*

            #reference_implementations
        };
    }
}
