//! An event of one topic: a struct, or a variant with fields.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Field, Ident, Lifetime, LitStr, Result, Token, Type};

use super::field::{EventField, FieldAt};
use super::select;
use crate::attribute::{self, Mistakes};
use crate::types;

/// The options in `#[event(…)]` on a struct, an enum or a variant.
#[derive(Default)]
pub struct EventOptions {
    pub topic: Option<LitStr>,
    time: Option<Ident>,
    unit: Option<LitStr>,
    bound: Option<LitStr>,
    changelog: bool,
    untimed: bool,
    /// What deals the records of a topic to an enum's variants.
    pub select: Option<FieldAt>,
}

/// The options that an enum may set for all its variants.
const COMMON: [&str; 5] = ["topic", "time", "unit", "bound", "select"];

impl EventOptions {
    /// Parses the options of an event.
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("topic") {
                options.topic =
                    Some(attribute.parse_args().map_err(|error| {
                        Error::new(error.span(), "name the topic: `#[topic(\"users\")]`")
                    })?);
            } else if attribute.path().is_ident("event") {
                options.take(attribute)?;
            }
        }
        if let (None, Some(unit)) = (&options.time, &options.unit) {
            return Err(Error::new(
                unit.span(),
                "`unit` is the unit of the event's time: add `time = FIELD`",
            ));
        }
        if let (true, Some(bound)) = (options.untimed, &options.bound) {
            return Err(Error::new(
                bound.span(),
                "an untimed topic holds back no windows: leave out `bound`",
            ));
        }
        Ok(options)
    }

    /// Parses the options that an enum sets for all its variants.
    pub fn parse_common(attributes: &[Attribute]) -> Result<Self> {
        let options = Self::parse(attributes)?;
        if let (Some(topic), None) = (&options.topic, &options.select) {
            let message = "variants share a topic where something selects them: add `select = \"a.path\"`";
            return Err(Error::new(topic.span(), message));
        }
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("event")) {
            attribute.parse_nested_meta(|meta| {
                if !COMMON.iter().any(|known| meta.path.is_ident(known)) {
                    return Err(Error::new(
                        meta.path.span(),
                        "each variant has an option of its own for this",
                    ));
                }
                match meta.path.is_ident("select") {
                    true => select::source(&meta).map(drop),
                    false => meta.value()?.parse::<TokenTree>().map(drop),
                }
            })?;
        }
        Ok(options)
    }

    fn take(&mut self, attribute: &Attribute) -> Result<()> {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("topic") {
                self.topic = Some(attribute::text(&meta)?);
            } else if meta.path.is_ident("time") {
                self.time = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("unit") {
                self.unit = Some(attribute::text(&meta)?);
            } else if meta.path.is_ident("bound") {
                self.bound = Some(attribute::text(&meta)?);
            } else if meta.path.is_ident("changelog") {
                self.changelog = true;
            } else if meta.path.is_ident("untimed") {
                self.untimed = true;
            } else if meta.path.is_ident("select") {
                self.select = Some(select::source(&meta)?);
            } else {
                let known = ["topic", "time", "unit", "bound", "changelog", "untimed"];
                return Err(attribute::unknown(&meta, &known));
            }
            Ok(())
        })
    }

    /// Takes over what an enum sets for all its variants. A changelog has no time of its own, and an untimed topic no bound.
    fn with_common(self, common: &Self) -> Self {
        let (has_time, has_bound) =
            (self.time.is_some() || self.changelog, self.bound.is_some() || self.untimed);
        Self {
            topic: self.topic.or_else(|| common.topic.clone()),
            unit: if has_time { self.unit } else { common.unit.clone() },
            time: if has_time { self.time } else { common.time.clone() },
            bound: if has_bound { self.bound } else { common.bound.clone() },
            ..self
        }
    }

    fn bound_ms(&self) -> Result<u64> {
        self.bound.as_ref().map_or(Ok(0), attribute::duration_ms)
    }
}

/// The code for an event: the contract's input, and how a row of its columns is opened, read and encoded.
pub struct EventShape<'i> {
    pub topic: LitStr,
    fields: Vec<EventField<'i>>,
    /// The place of the event time among the fields.
    time_at: Option<u32>,
    bound_ms: u64,
    changelog: bool,
    untimed: bool,
}

impl<'i> EventShape<'i> {
    /// Parses an event; `common` is what its enum sets, if it is a variant.
    ///
    /// # Errors
    /// All mistakes of its options and fields.
    pub fn parse(
        ident: &Ident,
        attributes: &[Attribute],
        fields: &'i Punctuated<Field, Token![,]>,
        common: Option<&EventOptions>,
    ) -> Result<Self> {
        let mut mistakes = Mistakes::default();
        let options = mistakes.take(EventOptions::parse(attributes));
        if let Some(options) = &options {
            mistakes.take(options.bound_ms());
        }
        let mut fields: Vec<EventField<'_>> =
            fields.iter().filter_map(|field| mistakes.take(EventField::parse(field))).collect();
        mistakes.finish()?;
        let own = options.unwrap_or_default();
        let has_own_time = own.time.is_some();
        if own.select.is_some() {
            return Err(Error::new(ident.span(), "only an enum of events selects among its variants"));
        }
        let options = match common {
            Some(common) => own.with_common(common),
            None => own,
        };
        check_raw(&fields)?;
        if options.changelog {
            check_changelog(&options, &fields)?;
        }
        let Some(topic) = options.topic.clone() else {
            return Err(Error::new(ident.span(), no_topic(ident, common.is_some())));
        };
        let time_at = match &options.time {
            None => None,
            Some(time) if !has_own_time && !fields.iter().any(|field| field.ident == time) => {
                let message =
                    format!("variant `{ident}` has no field `{time}`, the time of this enum's events");
                return Err(Error::new(ident.span(), message));
            }
            Some(time) => Some(event_time(&mut fields, time, options.unit.as_ref())? as u32),
        };
        let EventOptions { changelog, untimed, .. } = options;
        Ok(Self { topic, fields, time_at, bound_ms: options.bound_ms()?, changelog, untimed })
    }

    /// Returns the contract's input.
    pub fn input(&self) -> TokenStream {
        let Self { topic, bound_ms, changelog, untimed, .. } = self;
        let described = self.fields.iter().map(EventField::describe);
        let event_time = match self.time_at {
            None => quote!(::core::option::Option::None),
            Some(at) => quote!(::core::option::Option::Some(#at)),
        };
        quote! {
            ::foldline_sdk::__private::contract::Input {
                topic: ::std::string::String::from(#topic),
                when: ::core::option::Option::None,
                lists: ::std::vec::Vec::new(),
                fields: ::std::vec![#(#described),*],
                event_time: #event_time,
                out_of_orderness_ms: #bound_ms,
                changelog: #changelog,
                untimed: #untimed,
                settings: ::std::vec::Vec::new(),
            }
        }
    }

    /// Returns the struct that holds the opened columns.
    pub fn reader(&self, name: &Ident, lifetime: &Lifetime) -> TokenStream {
        let (idents, types) = (self.idents(), self.types());
        quote! {
            pub struct #name<#lifetime> {
                #(#idents: ::foldline_sdk::__private::FieldReader<#lifetime, #types>,)*
            }
        }
    }

    /// Returns an expression that opens `columns` of `rows` rows as the struct of this name.
    pub fn open(&self, name: &Ident) -> TokenStream {
        let (idents, types, columns) = (self.idents(), self.types(), 0..self.fields.len());
        let names = self.fields.iter().map(|field| &field.name);
        quote! {
            #name {
                #(#idents: ::foldline_sdk::__private::open_field::<#types>(columns, #columns, #names, rows)?,)*
            }
        }
    }

    /// Returns the fields of the event, read from `reader`.
    pub fn read(&self) -> TokenStream {
        let idents = self.idents();
        quote!(#(#idents: ::foldline_sdk::Field::from_column(reader.#idents.get(row)),)*)
    }

    /// Returns the fields' names.
    pub fn idents(&self) -> Vec<&'i Ident> {
        self.fields.iter().map(|field| field.ident).collect()
    }

    fn types(&self) -> Vec<&'i Type> {
        self.fields.iter().map(|field| field.ty).collect()
    }
}

/// The lifetime of events that borrow nothing.
pub fn any_lifetime() -> Lifetime {
    Lifetime::new("'__event", proc_macro2::Span::call_site())
}

fn no_topic(ident: &Ident, is_variant: bool) -> String {
    match is_variant {
        true => format!("variant `{ident}` has no topic: add `#[topic(\"…\")]`"),
        false => {
            format!("event `{ident}` has no topic: add `#[event(topic = \"…\")]` above `struct {ident}`")
        }
    }
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
