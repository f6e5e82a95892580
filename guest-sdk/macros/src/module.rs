//! What `#[reducer]` and `#[relay]` have in common: the implementation that they stand on.

use proc_macro2::TokenStream;
use syn::{Error, Ident, ItemImpl, Result, Type};

/// An attribute, and the trait whose implementation it belongs on.
pub struct Marked {
    pub attribute: &'static str,
    pub implements: &'static str,
    /// What the implementing type is.
    pub what: &'static str,
}

impl Marked {
    /// Returns the implementation and the name to declare, or says why this is none.
    pub fn parse(&self, item: TokenStream) -> Result<(ItemImpl, Ident)> {
        let Ok(item) = syn::parse2::<ItemImpl>(item.clone()) else {
            return Err(Error::new_spanned(item, self.misplaced()));
        };
        let name = self.name(&item)?.clone();
        Ok((item, name))
    }

    fn misplaced(&self) -> String {
        let Self { attribute, implements, .. } = self;
        format!("`#[{attribute}]` belongs on an `impl {implements} for Name`")
    }

    fn name<'i>(&self, item: &'i ItemImpl) -> Result<&'i Ident> {
        let Self { attribute, implements, what } = self;
        let is_trait =
            |path: &syn::Path| path.segments.last().is_some_and(|segment| segment.ident == implements);
        match &item.trait_ {
            Some((None, path, _)) if is_trait(path) => {}
            Some((_, path, _)) => {
                return Err(Error::new_spanned(path, format!("`#[{attribute}]` implements `{implements}`")));
            }
            None => return Err(Error::new_spanned(&item.self_ty, self.misplaced())),
        }
        if let Some(parameter) = item.generics.params.first() {
            return Err(Error::new_spanned(parameter, format!("{what} has no generic parameters")));
        }
        let name = match &*item.self_ty {
            Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
            _ => None,
        };
        name.ok_or_else(|| {
            let message = format!("{what} is a plain name, which `#[{attribute}]` declares");
            Error::new_spanned(&item.self_ty, message)
        })
    }
}
