//! An enum of events: each variant is the event of one topic, or holds an event that is declared elsewhere.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DataEnum, DeriveInput, Error, Fields, Ident, Lifetime, Result, Type, Variant};

use super::field::FieldAt;
use super::select;
use super::shape::{EventOptions, EventShape, any_lifetime};
use crate::attribute::{self, Mistakes};

/// A variant, ready to be expanded.
struct EventVariant<'i> {
    ident: &'i Ident,
    event: VariantEvent<'i>,
    /// The texts that select it, if something selects.
    texts: Vec<String>,
    /// The number of inputs of all variants before it, as an expression: the index of its own first one.
    first_input: TokenStream,
}

enum VariantEvent<'i> {
    /// `Like(Like<'a>)`
    Held(&'i Type),
    /// `#[topic("likes")] Like { post_id: &'a str }`
    Own(EventShape<'i>),
}

pub fn expand(item: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let mut mistakes = Mistakes::default();
    let declared = attribute::lifetime(&item.generics)?;
    let lifetime = declared.cloned().unwrap_or_else(any_lifetime);
    let has_own = data.variants.iter().any(|variant| matches!(variant.fields, Fields::Named(_)));
    let options = item.attrs.iter().find(|attribute| attribute.path().is_ident("event"));
    let common = mistakes.take(EventOptions::parse_common(&item.attrs)).unwrap_or_default();
    let selects = common.select.is_some();
    if let (Some(attribute), false, false) = (options, has_own, selects) {
        mistakes
            .add(Error::new(attribute.span(), "an enum has no options: each variant's event has its own"));
    }
    let mut variants: Vec<EventVariant<'_>> = Vec::new();
    for variant in &data.variants {
        let Some(event) = mistakes.take(VariantEvent::parse(variant, &common)) else { continue };
        let texts = mistakes.take(select::texts(variant, selects)).unwrap_or_default();
        let is_known = |text: &&String| variants.iter().any(|other| other.texts.contains(text));
        if let (true, Some(text)) = (selects, texts.iter().find(is_known)) {
            mistakes.add(Error::new(variant.span(), format!("{text:?} selects two variants")));
        }
        if let VariantEvent::Own(shape) = &event
            && !selects
            && variants.iter().any(|other| other.topic().as_ref() == Some(&shape.topic.value()))
        {
            let message = format!("topic {:?} stands here twice", shape.topic.value());
            mistakes.add(Error::new(shape.topic.span(), message));
        }
        let before = variants.iter().map(|variant| variant.inputs(&lifetime));
        let first_input = quote!((0 #(+ #before)*));
        variants.push(EventVariant { ident: &variant.ident, event, texts, first_input });
    }
    if data.variants.is_empty() {
        mistakes.add(Error::new(item.ident.span(), "an enum of events has at least one variant"));
    }
    mistakes.finish()?;

    let name = &item.ident;
    let arguments = declared.map(|lifetime| quote!(<#lifetime>));
    let idents: Vec<&Ident> = variants.iter().map(|variant| variant.ident).collect();
    let inputs = variants.iter().map(|variant| variant.inputs(&lifetime));
    let readers = variants.iter().map(|variant| variant.reader(&lifetime));
    let reader_types = variants.iter().map(|variant| variant.reader_type(&lifetime));
    let source = common.select.as_ref().map(FieldAt::describe);
    let described = variants.iter().map(|variant| variant.describe(&lifetime, source.as_ref()));
    let opened = variants.iter().map(|variant| variant.open(&lifetime));
    let read = variants.iter().map(EventVariant::read);
    let encoded = variants.iter().map(EventVariant::encode);
    Ok(quote! {
        const _: () = {
            #(#readers)*

            #[allow(private_interfaces, reason = "nobody can name this type")]
            pub enum __FoldlineReader<#lifetime> {
                #(#idents(#reader_types),)*
            }

            impl<#lifetime> ::foldline_sdk::Event<#lifetime> for #name #arguments {
                type Reader = __FoldlineReader<#lifetime>;

                const INPUTS: usize = 0 #(+ #inputs)*;

                fn inputs() -> ::std::vec::Vec<::foldline_sdk::__private::contract::Input> {
                    let mut inputs = ::std::vec::Vec::new();
                    #(#described)*
                    inputs
                }

                fn open(
                    input: usize,
                    columns: &#lifetime [::foldline_sdk::__private::contract::Column],
                    rows: usize,
                ) -> ::core::result::Result<Self::Reader, ::std::string::String> {
                    #(#opened)*
                    ::core::result::Result::Err(::std::format!("the host sent input {input} of {}", Self::INPUTS))
                }

                #[inline]
                fn read(reader: &Self::Reader, row: usize) -> Self {
                    match reader {
                        #(#read)*
                    }
                }

                fn encode(&self) -> (usize, ::std::vec::Vec<::foldline_sdk::__private::contract::Column>) {
                    match self {
                        #(#encoded)*
                    }
                }
            }
        };
    })
}

impl<'i> VariantEvent<'i> {
    fn parse(variant: &'i Variant, common: &EventOptions) -> Result<Self> {
        let is_option =
            |name: &&&str| variant.attrs.iter().any(|attribute| attribute.path().is_ident(**name));
        match &variant.fields {
            Fields::Named(fields) if !fields.named.is_empty() => {
                let shape = EventShape::parse(&variant.ident, &variant.attrs, &fields.named, Some(common))?;
                Ok(Self::Own(shape))
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                if let Some(name) = ["event", "topic"].iter().find(is_option) {
                    let message = format!(
                        "the event in `{}` has options of its own: no `#[{name}]` here",
                        variant.ident
                    );
                    return Err(Error::new(variant.ident.span(), message));
                }
                Ok(Self::Held(&fields.unnamed[0].ty))
            }
            _ => Err(Error::new(
                variant.span(),
                format!("variant `{0}` holds one event: `{0}(Event)`, or has its fields", variant.ident),
            )),
        }
    }
}

impl EventVariant<'_> {
    fn topic(&self) -> Option<String> {
        match &self.event {
            VariantEvent::Held(_) => None,
            VariantEvent::Own(shape) => Some(shape.topic.value()),
        }
    }

    /// Returns the number of inputs.
    fn inputs(&self, lifetime: &Lifetime) -> TokenStream {
        match &self.event {
            VariantEvent::Held(ty) => {
                quote_spanned!(ty.span()=> <#ty as ::foldline_sdk::Event<#lifetime>>::INPUTS)
            }
            VariantEvent::Own(_) => quote!(1usize),
        }
    }

    fn reader_name(&self) -> Ident {
        format_ident!("__Foldline{}Reader", self.ident)
    }

    /// Returns the struct that holds the opened columns of a variant's own fields.
    fn reader(&self, lifetime: &Lifetime) -> Option<TokenStream> {
        match &self.event {
            VariantEvent::Held(_) => None,
            VariantEvent::Own(shape) => Some(shape.reader(&self.reader_name(), lifetime)),
        }
    }

    fn reader_type(&self, lifetime: &Lifetime) -> TokenStream {
        match &self.event {
            VariantEvent::Held(ty) => quote!(<#ty as ::foldline_sdk::Event<#lifetime>>::Reader),
            VariantEvent::Own(_) => {
                let name = self.reader_name();
                quote!(#name<#lifetime>)
            }
        }
    }

    /// Returns code that adds its inputs; `source` selects them by its texts.
    fn describe(&self, lifetime: &Lifetime, source: Option<&TokenStream>) -> TokenStream {
        let inputs = match &self.event {
            VariantEvent::Held(ty) => quote!(<#ty as ::foldline_sdk::Event<#lifetime>>::inputs()),
            VariantEvent::Own(shape) => {
                let input = shape.input();
                quote!(::std::vec![#input])
            }
        };
        let texts = &self.texts;
        match source {
            None => quote!(inputs.extend(#inputs);),
            Some(source) => quote! {
                inputs.extend(::foldline_sdk::__private::selected(#inputs, #source, &[#(#texts),*]));
            },
        }
    }

    fn open(&self, lifetime: &Lifetime) -> TokenStream {
        let Self { ident, first_input, .. } = self;
        let inputs = self.inputs(lifetime);
        let reader = match &self.event {
            VariantEvent::Held(ty) => quote! {
                <#ty as ::foldline_sdk::Event<#lifetime>>::open(input - #first_input, columns, rows)?
            },
            VariantEvent::Own(shape) => shape.open(&self.reader_name()),
        };
        quote! {
            if input < #first_input + #inputs {
                return ::core::result::Result::Ok(__FoldlineReader::#ident(#reader));
            }
        }
    }

    fn read(&self) -> TokenStream {
        let ident = self.ident;
        match &self.event {
            VariantEvent::Held(_) => quote! {
                __FoldlineReader::#ident(reader) => Self::#ident(::foldline_sdk::Event::read(reader, row)),
            },
            VariantEvent::Own(shape) => {
                let fields = shape.read();
                quote!(__FoldlineReader::#ident(reader) => Self::#ident { #fields },)
            }
        }
    }

    fn encode(&self) -> TokenStream {
        let Self { ident, first_input, .. } = self;
        match &self.event {
            VariantEvent::Held(_) => quote! {
                Self::#ident(event) => {
                    let (input, columns) = ::foldline_sdk::Event::encode(event);
                    (#first_input + input, columns)
                }
            },
            VariantEvent::Own(shape) => {
                let fields = shape.idents();
                quote! {
                    Self::#ident { #(#fields),* } => {
                        (#first_input, ::std::vec![#(::foldline_sdk::__private::encode_field(#fields)),*])
                    }
                }
            }
        }
    }
}
