//! `#[derive(Event)]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Field, Fields, Ident, Lifetime, LitInt, LitStr, Result, Type};

use crate::attribute::{self, Mistakes, field_name};
use crate::types;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    match &item.data {
        Data::Enum(data) => expand_enum(item, data),
        _ => expand_struct(item),
    }
}

/// The options in `#[event(…)]` on a struct.
#[derive(Default)]
struct EventOptions {
    topic: Option<LitStr>,
    time: Option<Ident>,
    unit: Option<LitStr>,
    bound_ms: u64,
    changelog: bool,
}

impl EventOptions {
    fn parse(item: &DeriveInput) -> Result<Self> {
        let mut options = Self::default();
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("event")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("topic") {
                    options.topic = Some(attribute::text(&meta)?);
                } else if meta.path.is_ident("time") {
                    options.time = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("unit") {
                    options.unit = Some(attribute::text(&meta)?);
                } else if meta.path.is_ident("bound") {
                    options.bound_ms = attribute::duration_ms(&attribute::text(&meta)?)?;
                } else if meta.path.is_ident("changelog") {
                    options.changelog = true;
                } else {
                    return Err(attribute::unknown(&meta, &["topic", "time", "unit", "bound", "changelog"]));
                }
                Ok(())
            })?;
        }
        if let (None, Some(unit)) = (&options.time, &options.unit) {
            return Err(Error::new(
                unit.span(),
                "`unit` is the unit of the event's time: add `time = FIELD`",
            ));
        }
        Ok(options)
    }
}

/// Where a field comes from.
enum FieldAt {
    Path(Vec<String>),
    Key,
    Raw,
    Partition,
    Offset,
    Timestamp,
}

impl FieldAt {
    /// Returns the sources besides paths, by the names of their options.
    fn of_option(name: &Ident) -> Option<Self> {
        Some(match name.to_string().as_str() {
            "key" => Self::Key,
            "raw" => Self::Raw,
            "partition" => Self::Partition,
            "offset" => Self::Offset,
            "timestamp" => Self::Timestamp,
            _ => return None,
        })
    }

    /// Checks the type of a field with this source.
    fn check(&self, ty: &Type) -> Result<()> {
        match self {
            Self::Path(_) | Self::Key => Ok(()),
            Self::Raw => types::check_exact(ty, types::is_bytes, "the whole value is a `&[u8]`"),
            Self::Partition | Self::Offset => {
                types::check_exact(ty, types::is_int, "a partition or an offset is an `i64`")
            }
            Self::Timestamp => types::check_exact(ty, types::is_time, "a record's own time is a `Time`"),
        }
    }

    fn describe(&self) -> TokenStream {
        let source = quote!(::foldline_sdk::__private::contract::FieldSource);
        match self {
            Self::Path(path) => quote!(::foldline_sdk::__private::at_path(&[#(#path),*])),
            Self::Key => quote!(#source::Key),
            Self::Raw => quote!(#source::Raw),
            Self::Partition => quote!(#source::Partition),
            Self::Offset => quote!(#source::Offset),
            Self::Timestamp => quote!(#source::Timestamp),
        }
    }
}

/// One field with its options, ready to be described.
struct EventField<'i> {
    ident: &'i Ident,
    ty: &'i Type,
    name: String,
    at: FieldAt,
    aliases: Vec<String>,
    /// The unit as an expression, for times.
    unit: Option<TokenStream>,
    /// The places of a decimal.
    decimal: Option<u8>,
}

impl<'i> EventField<'i> {
    fn parse(field: &'i Field) -> Result<Self> {
        const OPTIONS: [&str; 9] =
            ["path", "alias", "key", "unit", "decimal", "raw", "partition", "offset", "timestamp"];
        let name = field_name(field);
        let mut path = None;
        let mut outside: Option<(Span, FieldAt)> = None;
        let mut aliases = Vec::new();
        let mut unit = None;
        let mut decimal = None;
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("event")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("path") {
                    path = Some(parse_path(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("alias") {
                    aliases.push(attribute::text(&meta)?.value());
                } else if meta.path.is_ident("unit") {
                    unit = Some(attribute::time_unit(&attribute::text(&meta)?)?);
                } else if meta.path.is_ident("decimal") {
                    decimal = Some(parse_places(&meta.value()?.parse()?)?);
                } else if let Some(at) = meta.path.get_ident().and_then(FieldAt::of_option) {
                    if outside.is_some() {
                        return Err(Error::new(meta.path.span(), "a field has one source"));
                    }
                    outside = Some((meta.path.span(), at));
                } else {
                    return Err(attribute::unknown(&meta, &OPTIONS));
                }
                Ok(())
            })?;
        }
        if let Some((span, at)) = &outside
            && (path.is_some() || !aliases.is_empty())
        {
            let what = if matches!(at, FieldAt::Key) {
                "the record's key is taken as a whole"
            } else {
                "this is no part of the value"
            };
            return Err(Error::new(*span, format!("{what}: it has neither `path` nor `alias`")));
        }
        types::check_event_field(&field.ty)?;
        if unit.is_some() {
            types::check_time(&field.ty)?;
        }
        if let (
            Some(_),
            Some((span, FieldAt::Raw | FieldAt::Partition | FieldAt::Offset | FieldAt::Timestamp)),
        ) = (unit.as_ref().map(|_| ()).or(decimal.map(|_| ())), &outside)
        {
            return Err(Error::new(
                *span,
                "this is no part of the value: it has neither `unit` nor `decimal`",
            ));
        }
        if let Some((span, FieldAt::Key)) = &outside
            && types::is_json(types::option_of(&field.ty).unwrap_or(&field.ty))
        {
            return Err(Error::new(*span, "the record's key is a text, not JSON: take it as a `&str`"));
        }
        if decimal.is_some() {
            types::check_exact(&field.ty, types::is_text, "a decimal is a `&str` or a `String`")?;
        }
        let ident =
            field.ident.as_ref().ok_or_else(|| Error::new(field.span(), "an event needs named fields"))?;
        let at = match outside {
            Some((_, at)) => at,
            None => FieldAt::Path(path.unwrap_or_else(|| vec![name.clone()])),
        };
        at.check(&field.ty)?;
        Ok(Self { ident, ty: &field.ty, name, at, aliases, unit, decimal })
    }

    fn describe(&self) -> TokenStream {
        let Self { ty, name, aliases, .. } = self;
        let source = self.at.describe();
        let field_type = quote!(::foldline_sdk::__private::contract::FieldType);
        let form = match (&self.unit, self.decimal) {
            (Some(unit), _) => quote!(::core::option::Option::Some(#field_type::Time(#unit))),
            (None, Some(places)) => quote!(::core::option::Option::Some(#field_type::Decimal(#places))),
            (None, None) => quote!(::core::option::Option::None),
        };
        quote_spanned! {ty.span()=>
            ::foldline_sdk::__private::describe_field::<#ty>(#name, #source, &[#(#aliases),*], #form)
        }
    }
}

/// The places of a decimal.
fn parse_places(literal: &LitInt) -> Result<u8> {
    match literal.base10_parse::<u8>() {
        Ok(places) if places <= 18 => Ok(places),
        _ => Err(Error::new(literal.span(), "a decimal has 0 to 18 places")),
    }
}

fn parse_path(literal: &LitStr) -> Result<Vec<String>> {
    let path: Vec<String> = literal.value().split('.').map(str::to_owned).collect();
    if path.iter().any(String::is_empty) {
        let message = format!("{:?} is not a path; use one such as \"user.id\"", literal.value());
        return Err(Error::new(literal.span(), message));
    }
    Ok(path)
}

fn expand_struct(item: &DeriveInput) -> Result<TokenStream> {
    let mut mistakes = Mistakes::default();
    let declared = attribute::lifetime(&item.generics)?;
    let fields = attribute::named_fields(item, "an event")?;
    let options = mistakes.take(EventOptions::parse(item));
    let mut fields: Vec<EventField<'_>> =
        fields.iter().filter_map(|field| mistakes.take(EventField::parse(field))).collect();
    mistakes.finish()?;
    let options = options.unwrap_or_default();
    check_raw(&fields)?;
    if options.changelog {
        check_changelog(&options, &fields)?;
    }
    let Some(topic) = &options.topic else {
        let message =
            format!("event `{0}` has no topic: add `#[event(topic = \"…\")]` above `struct {0}`", item.ident);
        return Err(Error::new(item.ident.span(), message));
    };

    let event_time = match &options.time {
        None => quote!(::core::option::Option::None),
        Some(time) => {
            let at = event_time(&mut fields, time, options.unit.as_ref())?;
            let at = at as u32;
            quote!(::core::option::Option::Some(#at))
        }
    };

    let name = &item.ident;
    let lifetime = declared.cloned().unwrap_or_else(any_lifetime);
    let arguments = declared.map(|lifetime| quote!(<#lifetime>));
    let (bound_ms, changelog) = (options.bound_ms, options.changelog);
    let described = fields.iter().map(EventField::describe);
    let idents: Vec<&Ident> = fields.iter().map(|field| field.ident).collect();
    let types: Vec<&Type> = fields.iter().map(|field| field.ty).collect();
    let names = fields.iter().map(|field| &field.name);
    let columns = 0..fields.len();
    Ok(quote! {
        const _: () = {
            pub struct __FoldlineReader<#lifetime> {
                #(#idents: ::foldline_sdk::__private::FieldReader<#lifetime, #types>,)*
            }

            impl<#lifetime> ::foldline_sdk::Event<#lifetime> for #name #arguments {
                type Reader = __FoldlineReader<#lifetime>;

                const INPUTS: usize = 1;

                fn inputs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Input> {
                    ::std::vec![::foldline_sdk::__private::contract::Input {
                        topic: ::std::string::String::from(#topic),
                        when: ::core::option::Option::None,
                        lists: ::std::vec::Vec::new(),
                        fields: ::std::vec![#(#described),*],
                        event_time: #event_time,
                        out_of_orderness_ms: #bound_ms,
                        changelog: #changelog,
                        untimed: false,
                        settings: ::std::vec::Vec::new(),
                    }]
                }

                fn open(
                    _input: usize,
                    columns: &#lifetime [::foldline_sdk::__private::contract::Column],
                    rows: usize,
                ) -> ::core::result::Result<Self::Reader, ::std::string::String> {
                    ::core::result::Result::Ok(__FoldlineReader {
                        #(#idents: ::foldline_sdk::__private::open_field::<#types>(columns, #columns, #names, rows)?,)*
                    })
                }

                #[inline]
                fn read(reader: &Self::Reader, row: usize) -> Self {
                    Self { #(#idents: ::foldline_sdk::Field::from_column(reader.#idents.get(row)),)* }
                }

                fn encode(&self) -> (usize, ::std::vec::Vec<::foldline_sdk::__private::contract::Column>) {
                    (0, ::std::vec![#(::foldline_sdk::__private::encode_field(&self.#idents)),*])
                }
            }
        };
    })
}

/// Next to the whole value there are no parts of it.
fn check_raw(fields: &[EventField<'_>]) -> Result<()> {
    if !fields.iter().any(|field| matches!(field.at, FieldAt::Raw)) {
        return Ok(());
    }
    let mut mistakes = Mistakes::default();
    for field in fields.iter().filter(|field| matches!(field.at, FieldAt::Path(_))) {
        let message =
            "next to the whole value (`raw`), an event has the record's key, its place and its own time";
        mistakes.add(Error::new(field.ident.span(), message));
    }
    mistakes.finish()
}

/// A deletion has a key and nothing else.
fn check_changelog(options: &EventOptions, fields: &[EventField<'_>]) -> Result<()> {
    let mut mistakes = Mistakes::default();
    if let Some(time) = &options.time {
        mistakes.add(Error::new(
            time.span(),
            "a deletion has no fields: the event time of a changelog is the record's own, without `time`",
        ));
    }
    let is_time = |field: &EventField<'_>| options.time.as_ref().is_some_and(|time| field.ident == time);
    let is_sound = |field: &EventField<'_>| {
        matches!(field.at, FieldAt::Key | FieldAt::Partition | FieldAt::Offset) || types::is_option(field.ty)
    };
    for field in fields.iter().filter(|field| !is_sound(field) && !is_time(field)) {
        let message = format!(
            "a deletion has no fields: in a changelog `{}` is an `Option`, or the record's key (`#[event(key)]`)",
            field.name
        );
        mistakes.add(Error::new(field.ty.span(), message));
    }
    mistakes.finish()
}

/// Finds the field of the event time, and gives it its unit.
fn event_time(fields: &mut [EventField<'_>], time: &Ident, unit: Option<&LitStr>) -> Result<usize> {
    let Some(at) = fields.iter().position(|field| field.ident == time) else {
        return Err(Error::new(time.span(), format!("there is no field `{time}`")));
    };
    let field = &mut fields[at];
    types::check_event_time(field.ty)?;
    field.unit = match (unit, field.unit.take()) {
        (Some(unit), Some(_)) => {
            return Err(Error::new(unit.span(), format!("field `{time}` already has a `unit`")));
        }
        (Some(unit), None) => Some(attribute::time_unit(unit)?),
        (None, Some(unit)) => Some(unit),
        (None, None) => Some(quote!(::foldline_sdk::__private::contract::TimeUnit::Milliseconds)),
    };
    Ok(at)
}

fn expand_enum(item: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let mut mistakes = Mistakes::default();
    let declared = attribute::lifetime(&item.generics)?;
    if let Some(attribute) = item.attrs.iter().find(|attribute| attribute.path().is_ident("event")) {
        mistakes
            .add(Error::new(attribute.span(), "an enum has no options: each variant's event has its own"));
    }
    let mut variants: Vec<&Ident> = Vec::new();
    let mut types: Vec<&Type> = Vec::new();
    for variant in &data.variants {
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                variants.push(&variant.ident);
                types.push(&fields.unnamed[0].ty);
            }
            _ => mistakes.add(Error::new(
                variant.span(),
                format!("variant `{0}` holds one event: `{0}(Event)`", variant.ident),
            )),
        }
    }
    if data.variants.is_empty() {
        mistakes.add(Error::new(item.ident.span(), "an enum of events has at least one variant"));
    }
    mistakes.finish()?;

    let name = &item.ident;
    let lifetime = declared.cloned().unwrap_or_else(any_lifetime);
    let arguments = declared.map(|lifetime| quote!(<#lifetime>));
    let inputs: Vec<TokenStream> = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty as ::foldline_sdk::Event<#lifetime>>::INPUTS))
        .collect();
    // The first input of a variant has this index: the number of inputs of all variants before it.
    let first_inputs: Vec<TokenStream> = (0..inputs.len())
        .map(|at| {
            let before = &inputs[..at];
            quote!((0 #(+ #before)*))
        })
        .collect();
    Ok(quote! {
        const _: () = {
            #[allow(private_interfaces, reason = "nobody can name this type")]
            pub enum __FoldlineReader<#lifetime> {
                #(#variants(<#types as ::foldline_sdk::Event<#lifetime>>::Reader),)*
            }

            impl<#lifetime> ::foldline_sdk::Event<#lifetime> for #name #arguments {
                type Reader = __FoldlineReader<#lifetime>;

                const INPUTS: usize = 0 #(+ #inputs)*;

                fn inputs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Input> {
                    let mut inputs = ::std::vec::Vec::new();
                    #(inputs.extend(<#types as ::foldline_sdk::Event<#lifetime>>::inputs());)*
                    inputs
                }

                fn open(
                    input: usize,
                    columns: &#lifetime [::foldline_sdk::__private::contract::Column],
                    rows: usize,
                ) -> ::core::result::Result<Self::Reader, ::std::string::String> {
                    #(
                        if input < #first_inputs + #inputs {
                            let reader = <#types as ::foldline_sdk::Event<#lifetime>>::open(
                                input - #first_inputs,
                                columns,
                                rows,
                            )?;
                            return ::core::result::Result::Ok(__FoldlineReader::#variants(reader));
                        }
                    )*
                    ::core::result::Result::Err(::std::format!("the host sent input {input} of {}", Self::INPUTS))
                }

                #[inline]
                fn read(reader: &Self::Reader, row: usize) -> Self {
                    match reader {
                        #(__FoldlineReader::#variants(reader) => {
                            Self::#variants(::foldline_sdk::Event::read(reader, row))
                        })*
                    }
                }

                fn encode(&self) -> (usize, ::std::vec::Vec<::foldline_sdk::__private::contract::Column>) {
                    match self {
                        #(Self::#variants(event) => {
                            let (input, columns) = ::foldline_sdk::Event::encode(event);
                            (#first_inputs + input, columns)
                        })*
                    }
                }
            }
        };
    })
}

/// The lifetime of events that borrow nothing.
fn any_lifetime() -> Lifetime {
    Lifetime::new("'__event", proc_macro2::Span::call_site())
}
