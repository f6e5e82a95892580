//! `#[refers(…)]`: references from the rows of a table to those of others.
//!
//! A derive sees its own table only. What it needs to know of a target (a column's type and place, a key, where a chain leads) it
//! asks the compiler for, by traits that the target's derive implements for each column's place. The places are constants, which
//! the compiler looks up by name in a list of the target's. A wrong name makes one constant fail, at the author's word for it;
//! all that depends on the constant is then not reported again.

mod parse;
mod table_reference;
mod check;
mod node;
mod expand;

use syn::ext::IdentExt;
use syn::{Field, Ident, Result};

use crate::attribute::Mistakes;
pub use expand::ReferenceTokens;
use parse::Refers;
pub use table_reference::TableFields;
use table_reference::{TableReference, Via};

/// The references of a table, checked as far as the table itself shows.
#[derive(Default)]
pub struct References(Vec<TableReference>);

impl References {
    /// Parses the references of a table. Errors are added to the mistakes.
    pub fn parse(fields: &TableFields<'_>, mistakes: &mut Mistakes) -> Self {
        let mut references = Self::default();
        for field in fields.keys.iter().chain(fields.aggregates) {
            let Some(refers) = mistakes.take(Refers::of_field(field)) else { continue };
            for refers in refers {
                let checked = references.add(fields, field, refers);
                mistakes.take(checked);
            }
        }
        if mistakes.is_empty() {
            mistakes.take(check::in_all(&references.0));
        }
        references
    }

    fn add(&mut self, fields: &TableFields<'_>, field: &Field, refers: Refers) -> Result<()> {
        let Some(own) = &field.ident else { return Ok(()) };
        check::field(fields, field, &refers)?;
        check::shown(&refers.shown, 1)?;
        let is_key = fields.keys.iter().any(|key| key.ident == field.ident);
        let via: Vec<&Ident> = if refers.via.is_empty() { vec![own] } else { refers.via.iter().collect() };
        let via = via.into_iter().map(|part| check::via(fields, own, part)).collect::<Result<Vec<Via>>>()?;
        check::leads(own, &refers)?;
        let whole = fields.keys.iter().map(|key| key.ident.as_ref());
        let is_whole_key = match &refers.via[..] {
            [] => is_key && fields.keys.len() == 1,
            parts => whole.eq(parts.iter().map(Some)),
        };
        let (name, replaces) = match &refers.name {
            Some(name) => (name.clone(), None),
            None if is_key => (check::name_of_key(own, refers.span)?, None),
            None => (own.clone(), Some(own.clone())),
        };
        let Refers { table, shown, span, .. } = refers;
        check::name(fields, &self.0, &name, replaces.is_some())?;
        check::table(&self.0, own, &table, &via)?;
        self.0.push(TableReference { table, name, replaces, via, is_whole_key, shown, span });
        Ok(())
    }

    /// Returns the names that rows give to what they refer to.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|reference| reference.name.unraw().to_string()).collect()
    }

    /// Returns whether rows show a reference in the place of this aggregate's plain value.
    pub fn replaces(&self, ident: &Option<Ident>) -> bool {
        self.0.iter().any(|reference| reference.replaces.is_some() && reference.replaces == *ident)
    }
}
