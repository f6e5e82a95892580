//! One reference of a projection: the types of its rows, and how they are read.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident};

/// One reference of the projection: a table's own, or one that leads on from another.
pub struct Node<'r> {
    /// The name that rows give it.
    pub name: &'r Ident,
    /// What its types are called: `PostsAuthor`.
    pub type_name: Ident,
    pub holder: Option<u32>,
    pub target: TokenStream,
    /// An expression.
    pub via: TokenStream,
    pub columns: Vec<&'r Ident>,
    /// The references that lead on, by their places in the list.
    pub nested: Vec<usize>,
}

impl Node<'_> {
    /// Returns the name of the row that it leads to, as rows show it.
    pub fn row(&self) -> Ident {
        format_ident!("{}Row", self.type_name)
    }

    /// Returns the name of its reader.
    pub fn reader_name(&self) -> Ident {
        format_ident!("__Foldline{}Reader", self.type_name)
    }

    /// Returns the name of the constant that is a column's place.
    pub fn place(&self, column: &Ident) -> Ident {
        place(&self.type_name, column)
    }

    /// Returns the constants that are the places of what is shown.
    pub fn places(&self, nodes: &[Node<'_>]) -> TokenStream {
        let columns = self.columns.iter().map(|&column| (column, true));
        let all = columns.chain(self.nested.iter().map(|&at| (nodes[at].name, false)));
        let constants = all.map(|(ident, is_column)| {
            let (place, name) = (self.place(ident), ident.unraw().to_string());
            let target = respan(&self.target, ident.span());
            let table = self.table_name();
            let (lookup, explanation) = if is_column {
                let why = "they show neither the key nor a `TopK` or a `Blob`";
                ("column_of", format!("{table} has no column `{name}` for references; {why}"))
            } else {
                let why = "what has braces of its own needs `#[refers(…)]` there";
                ("reference_of", format!("{table} has no reference `{name}`: {why}"))
            };
            let lookup = Ident::new(lookup, ident.span());
            quote_spanned! {ident.span()=>
                #[doc(hidden)]
                #[allow(non_upper_case_globals, reason = "its name is made of others")]
                const #place: usize = ::foldline_sdk::__private::#lookup::<#target>(#name, #explanation);
            }
        });
        quote!(#(#constants)*)
    }

    /// Returns what messages call the target's table.
    fn table_name(&self) -> String {
        match self.holder {
            None => format!("table `{}`", self.target.to_string().replace(' ', "")),
            Some(_) => format!("the table that `{}` leads to", self.name),
        }
    }

    /// Returns the aggregate of each column.
    fn aggregates(&self) -> Vec<TokenStream> {
        let aggregate = |column: &&Ident| {
            let (target, place) = (respan(&self.target, column.span()), self.place(column));
            quote_spanned!(column.span()=> <#target as ::foldline_sdk::__private::HasColumn<{ #place }>>::Aggregate)
        };
        self.columns.iter().map(aggregate).collect()
    }

    /// Returns the type of the target's key.
    fn key(&self) -> TokenStream {
        let (span, target) = (self.target.span(), &self.target);
        quote_spanned!(span=> <#target as ::foldline_sdk::Table>::Key)
    }

    /// Returns the types of a referred row: as rows show it, and as documents hold it.
    pub fn types(&self, item: &DeriveInput, nodes: &[Node<'_>]) -> TokenStream {
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

    /// Returns its reader; `at` is its place among the projection's references.
    pub fn reader(&self, at: usize, nodes: &[Node<'_>]) -> TokenStream {
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

/// Returns the name of the constant that is the place of something shown.
pub fn place(type_name: &Ident, column: &Ident) -> Ident {
    format_ident!("__FOLDLINE_{}_{}", type_name, column.unraw(), span = column.span())
}

/// Returns tokens as if they stood at another place: the compiler then reports what is wrong with them there.
pub fn respan(tokens: &TokenStream, span: Span) -> TokenStream {
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
