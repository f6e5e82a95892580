//! The code for a table's references.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident};

use super::parse::ShownColumn;
use super::{References, TableReference, number_of};
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

/// One reference of the projection: a table's own, or one that leads on from another.
struct Node<'r> {
    /// The name that rows give it.
    name: &'r Ident,
    /// What its types are called: `PostsAuthor`.
    type_name: Ident,
    holder: Option<u32>,
    target: TokenStream,
    /// An expression.
    via: TokenStream,
    columns: Vec<&'r Ident>,
    /// The references that lead on, by their places in the list.
    nested: Vec<usize>,
}

impl References {
    /// Returns the code for the references of a table.
    pub fn expand(&self, item: &DeriveInput) -> ReferenceTokens {
        let mut nodes = Vec::new();
        let own: Vec<usize> = self.0.iter().map(|reference| reference.add_nodes(item, &mut nodes)).collect();
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
            types: quote!(#(#types)*),
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
            let Node { target, via, columns, .. } = node;
            let holder = match node.holder {
                Some(holder) => quote!(::core::option::Option::Some(#holder)),
                None => quote!(::core::option::Option::None),
            };
            let columns = columns.iter().map(|column| {
                let (target, number) = (respan(target, column.span()), number_of(column));
                quote_spanned!(column.span()=> <#target as ::foldline_sdk::__private::HasColumn<#number>>::INDEX)
            });
            let target = respan(target, node.name.span());
            quote! {
                #private::describe_reference(
                    #holder, #via, <S as #private::Holds<#target>>::INDEX, ::std::vec![#(#columns),*],
                )
            }
        });
        let reachable = self.0.iter().map(|TableReference { table: target, name, via, .. }| {
            let (number, parts) = (number_of(name), via.iter().map(|part| &part.part));
            quote! {
                impl #private::HasReference<#number> for #table {
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
        let (number, span) = (number_of(ident), ident.span());
        let holder = respan(&holder, span);
        let reference = quote_spanned!(span=> <#holder as ::foldline_sdk::__private::HasReference<#number>>);
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

impl Node<'_> {
    fn row(&self) -> Ident {
        format_ident!("{}Row", self.type_name)
    }

    fn reader_name(&self) -> Ident {
        format_ident!("__Foldline{}Reader", self.type_name)
    }

    /// Returns the aggregate of each column.
    fn aggregates(&self) -> Vec<TokenStream> {
        let aggregate = |column: &&Ident| {
            let (target, number) = (respan(&self.target, column.span()), number_of(column));
            quote_spanned!(column.span()=> <#target as ::foldline_sdk::__private::HasColumn<#number>>::Aggregate)
        };
        self.columns.iter().map(aggregate).collect()
    }

    /// Returns the type of the target's key.
    fn key(&self) -> TokenStream {
        let (span, target) = (self.target.span(), &self.target);
        quote_spanned!(span=> <#target as ::foldline_sdk::Table>::Key)
    }

    /// Returns the types of a referred row: as rows show it, and as documents hold it.
    fn types(&self, item: &DeriveInput, nodes: &[Node<'_>]) -> TokenStream {
        let (visibility, owned, row, key) = (&item.vis, &self.type_name, self.row(), self.key());
        let columns = &self.columns;
        let (outputs, documents): (Vec<TokenStream>, Vec<TokenStream>) = (self.aggregates().into_iter())
            .zip(columns)
            .map(|(aggregate, column)| {
                let output = |lifetime: TokenStream| {
                    quote_spanned!(column.span()=> <#aggregate as ::foldline_sdk::Aggregate>::Output<#lifetime>)
                };
                let (shown, kept) = (output(quote!('a)), output(quote!('static)));
                (shown, quote_spanned!(column.span()=> <#kept as ::foldline_sdk::__private::InDocument>::Owned))
            })
            .unzip();
        let nested: Vec<&Ident> = self.nested.iter().map(|&at| nodes[at].name).collect();
        let nested_rows = self.nested.iter().map(|&at| nodes[at].row());
        let nested_owned = self.nested.iter().map(|&at| &nodes[at].type_name);
        let shown: Vec<&Ident> = columns.iter().copied().chain(nested.iter().copied()).collect();
        let (members, texts) = (2 + shown.len(), shown.iter().map(|name| name.unraw().to_string()));
        let row_documentation = format!(
            "What `{}` leads to: a row of another table. [`{owned}`] is its form in documents.",
            self.name
        );
        let owned_documentation =
            format!("A [`{row}`] as a field of a document: `row.{}.into()`.", self.name);
        let name_text = owned.to_string();
        let in_document = quote!(::foldline_sdk::__private::InDocument);
        let serde = quote!(::foldline_sdk::__private::serde);
        quote! {
            #[doc = #row_documentation]
            #[derive(Clone, Copy)]
            #[allow(dead_code, reason = "which fields are read is up to the author")]
            #visibility struct #row<'a> {
                /// Its key.
                pub key: <#key as ::foldline_sdk::__private::Key>::Ref<'a>,
                /// Whether it exists. A row that does not shows the results of nothing.
                pub known: bool,
                #(
                    /// The result.
                    pub #columns: #outputs,
                )*
                #(
                    /// What it leads to in turn.
                    pub #nested: ::core::option::Option<#nested_rows<'a>>,
                )*
            }

            #[doc = #owned_documentation]
            #[allow(dead_code, reason = "an author may show it in no document")]
            #visibility struct #owned {
                /// Its key.
                pub key: <<#key as ::foldline_sdk::__private::Key>::Ref<'static> as #in_document>::Owned,
                /// Whether it exists.
                pub known: bool,
                #(
                    /// The result.
                    pub #columns: #documents,
                )*
                #(
                    /// What it leads to in turn.
                    pub #nested: ::core::option::Option<#nested_owned>,
                )*
            }

            const _: () = {
                impl<'a> ::core::convert::From<#row<'a>> for #owned {
                    fn from(row: #row<'a>) -> Self {
                        Self {
                            key: #in_document::in_document(row.key),
                            known: row.known,
                            #(#columns: #in_document::in_document(row.#columns),)*
                            #(#nested: row.#nested.map(::core::convert::Into::into),)*
                        }
                    }
                }

                impl #serde::Serialize for #owned {
                    fn serialize<S: #serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> ::core::result::Result<S::Ok, S::Error> {
                        use #serde::ser::SerializeStruct as _;
                        let mut object = serializer.serialize_struct(#name_text, #members)?;
                        object.serialize_field("key", &self.key)?;
                        object.serialize_field("known", &self.known)?;
                        #(object.serialize_field(#texts, &self.#shown)?;)*
                        object.end()
                    }
                }

                impl ::foldline_sdk::DocumentField for #owned {
                    const TYPE: ::core::option::Option<::foldline_sdk::__private::contract::ValueType> =
                        ::core::option::Option::None;
                }
            };
        }
    }

    fn reader(&self, at: usize, nodes: &[Node<'_>]) -> TokenStream {
        let (reader, row, key) = (self.reader_name(), self.row(), self.key());
        let (columns, aggregates) = (&self.columns, self.aggregates());
        let name = self.name.unraw().to_string();
        let private = quote!(::foldline_sdk::__private);
        let fields = columns.iter().zip(&aggregates).map(|(column, aggregate)| {
            quote_spanned!(column.span()=> #column: ::foldline_sdk::__private::ResultReader<'a, #aggregate>,)
        });
        let opened = columns.iter().zip(&aggregates).zip(0usize..).map(|((column, aggregate), place)| {
            let name = column.unraw().to_string();
            quote_spanned! {column.span()=>
                #column: ::foldline_sdk::__private::open_results::<#aggregate>(
                    targets.columns, #place, #name, targets.targets(),
                )?,
            }
        });
        let shown = columns.iter().zip(&aggregates).map(|(column, aggregate)| {
            let name = column.unraw().to_string();
            quote_spanned! {column.span()=>
                #column: ::foldline_sdk::__private::show_result::<#aggregate>(&self.#column, #name, target)?,
            }
        });
        let nested: Vec<&Ident> = self.nested.iter().map(|&at| nodes[at].name).collect();
        let nested_readers: Vec<Ident> = self.nested.iter().map(|&at| nodes[at].reader_name()).collect();
        quote! {
            pub struct #reader<'a> {
                __targets: #private::ReferredReader<'a, #key>,
                #(#fields)*
                #(#nested: #nested_readers<'a>,)*
            }

            impl<'a> #reader<'a> {
                fn open(rows: &'a #private::contract::Rows) -> ::core::result::Result<Self, ::std::string::String> {
                    let targets = #private::ReferredReader::open(rows, #at, #name)?;
                    ::core::result::Result::Ok(Self {
                        #(#opened)*
                        #(#nested: #nested_readers::open(rows)?,)*
                        __targets: targets,
                    })
                }

                fn row(&self, row: usize) -> ::foldline_sdk::Result<::core::option::Option<#row<'a>>> {
                    let ::core::option::Option::Some(target) = self.__targets.target_of(row) else {
                        return ::core::result::Result::Ok(::core::option::Option::None);
                    };
                    ::core::result::Result::Ok(::core::option::Option::Some(#row {
                        key: self.__targets.key(target),
                        known: self.__targets.is_known(target),
                        #(#shown)*
                        #(#nested: self.#nested.row(row)?,)*
                    }))
                }
            }
        }
    }
}

/// Returns tokens as if they stood at another place: the compiler then reports what is wrong with them there.
fn respan(tokens: &TokenStream, span: Span) -> TokenStream {
    let respanned = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            let mut group = Group::new(group.delimiter(), respan(&group.stream(), span));
            group.set_span(span);
            TokenTree::Group(group)
        }
        mut token => {
            token.set_span(span);
            token
        }
    };
    tokens.clone().into_iter().map(respanned).collect()
}
