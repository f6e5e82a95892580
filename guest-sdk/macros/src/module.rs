//! The common part of `#[reducer]` and `#[relay]`: the implementation below the attribute.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Generics, Ident, Path, Result, Token, Type, WhereClause, braced};

/// An attribute, and the trait whose implementation it belongs on.
pub struct Marked {
    pub attribute: &'static str,
    pub implements: &'static str,
    /// What the implementing type is called in messages.
    pub what: &'static str,
}

impl Marked {
    /// Returns the name of the type to declare. The error says why the attribute is misplaced.
    pub fn name(&self, item: &TokenStream) -> Result<Ident> {
        let Self { attribute, implements, what } = self;
        let misplaced = format!("`#[{attribute}]` belongs on an `impl {implements} for Name`");
        let Ok(Implementation { generics, trait_path, self_ty }) = syn::parse2(item.clone()) else {
            return Err(Error::new_spanned(item, misplaced));
        };
        match trait_path {
            Some(path) if path.segments.last().is_some_and(|segment| segment.ident == implements) => {}
            Some(path) => {
                return Err(Error::new_spanned(path, format!("`#[{attribute}]` implements `{implements}`")));
            }
            None => return Err(Error::new_spanned(self_ty, misplaced)),
        }
        if let Some(parameter) = generics.params.first() {
            return Err(Error::new_spanned(parameter, format!("{what} has no generic parameters")));
        }
        let name = match &self_ty {
            Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
            _ => None,
        };
        name.cloned().ok_or_else(|| {
            let message = format!("{what} is a plain name, which `#[{attribute}]` declares");
            Error::new_spanned(&self_ty, message)
        })
    }
}

/// The head of an `impl` block. The compiler parses the body: syn's parser for all of Rust would make a guest's first build a
/// sixth longer.
struct Implementation {
    generics: Generics,
    trait_path: Option<Path>,
    self_ty: Type,
}

impl Parse for Implementation {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Attribute::parse_outer(input)?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Token![impl]>()?;
        let generics = input.parse()?;
        let first: Type = input.parse()?;
        let (trait_path, self_ty) = match (input.parse::<Option<Token![for]>>()?, first) {
            (Some(_), Type::Path(path)) if path.qself.is_none() => (Some(path.path), input.parse()?),
            (Some(_), other) => return Err(Error::new_spanned(other, "expected a trait")),
            (None, own) => (None, own),
        };
        input.parse::<Option<WhereClause>>()?;
        let body;
        braced!(body in input);
        body.parse::<TokenStream>()?;
        Ok(Self { generics, trait_path, self_ty })
    }
}
