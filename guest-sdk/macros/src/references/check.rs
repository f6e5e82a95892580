//! What a table itself shows to be wrong with its references.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Field, Ident, Path, Result};

use super::parse::{Refers, ShownColumn};
use super::table_reference::{TableFields, TableReference, Via};
use crate::attribute;
use crate::types;

/// The host's limit for references that follow one another.
const DEPTH_MAX: usize = 3;

/// The host's limit for the references of a projection.
const REFERENCES_MAX: usize = 16;

/// The fields that every referred row has.
const ROW_FIELDS: [&str; 2] = ["key", "known"];

/// Checks that a field may lead to other rows.
pub fn field(fields: &TableFields<'_>, field: &Field, refers: &Refers) -> Result<()> {
    if fields.options.keeps_every() {
        let message = "with `keep = \"every …\"` documents are final: they cannot follow other rows";
        return Err(Error::new(refers.span, message));
    }
    let is_key = fields.keys.iter().any(|key| key.ident == field.ident);
    if !is_key {
        aggregate(fields, field, refers.span)?;
    }
    Ok(())
}

fn aggregate(fields: &TableFields<'_>, field: &Field, span: Span) -> Result<()> {
    if types::kept_value(&field.ty).is_none() {
        let message = "only a `First`, a `Last` or a part of the key leads to a row";
        return Err(Error::new(field.ty.span(), message));
    }
    if fields.options.windowed() {
        let message = "the results of windows come and go: here only parts of the key lead to rows";
        return Err(Error::new(span, message));
    }
    Ok(())
}

/// Checks a part of a target's key.
pub fn via(fields: &TableFields<'_>, own: &Ident, part: &Ident) -> Result<Via> {
    let all = || fields.keys.iter().chain(fields.aggregates);
    let Some(field) = all().find(|field| field.ident.as_ref() == Some(part)) else {
        let names: Vec<String> = all().map(|field| attribute::field_name(field)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let meant = attribute::nearest(&part.unraw().to_string(), &names);
        let meant = meant.map(|meant| format!(": did you mean `{meant}`?")).unwrap_or_default();
        return Err(Error::new(part.span(), format!("this table has no field `{part}`{meant}")));
    };
    if !fields.keys.iter().any(|key| key.ident == field.ident) {
        aggregate(fields, field, part.span())?;
    }
    fields.via(part).ok_or_else(|| Error::new(own.span(), "a reference needs named fields"))
}

/// Checks that the field on which a reference stands is part of what leads there.
pub fn leads(own: &Ident, refers: &Refers) -> Result<()> {
    match refers.via.first() {
        Some(first) if !refers.via.contains(own) => {
            let message =
                format!("the key is made of other fields: put `#[refers]` on one of them, not on `{own}`");
            Err(Error::new(first.span(), message))
        }
        _ => Ok(()),
    }
}

/// Returns the name that rows give to what a part of the key leads to: `post_id` leads to `post`.
pub fn name_of_key(own: &Ident, span: Span) -> Result<Ident> {
    let name = own.unraw().to_string();
    match name.strip_suffix("_id").filter(|stem| !stem.is_empty()) {
        Some(stem) => Ok(Ident::new(stem, own.span())),
        None => Err(Error::new(
            span,
            format!("`{own}` is shown as it is: name the row that it leads to, `#[refers(… as name)]`"),
        )),
    }
}

/// Checks that a row has no other field of a reference's name.
pub fn name(fields: &TableFields<'_>, others: &[TableReference], name: &Ident, in_place: bool) -> Result<()> {
    let mut all = fields.keys.iter().chain(fields.aggregates);
    let taken = !in_place && all.any(|field| field.ident.as_ref() == Some(name));
    if taken || others.iter().any(|other| other.name == *name) {
        let message =
            format!("rows have a field `{name}` already: choose another name, `#[refers(… as name)]`");
        return Err(Error::new(name.span(), message));
    }
    Ok(())
}

/// Checks that the same values do not lead to the same table twice.
pub fn table(others: &[TableReference], own: &Ident, table: &Path, via: &[Via]) -> Result<()> {
    let text = |path: &Path| path.to_token_stream().to_string();
    let parts = |via: &[Via]| via.iter().map(|part| part.part.to_string()).collect::<Vec<_>>();
    let is_same =
        |other: &&TableReference| text(&other.table) == text(table) && parts(&other.via) == parts(via);
    match others.iter().find(is_same) {
        Some(_) => {
            let table = text(table);
            let message = format!("`{own}` leads to `{table}` already: show all columns in one `#[refers]`");
            Err(Error::new(own.span(), message))
        }
        None => Ok(()),
    }
}

/// Checks the columns that a reference shows, and those that it leads on through.
pub fn shown(columns: &[ShownColumn], depth: usize) -> Result<()> {
    for (at, column) in columns.iter().enumerate() {
        let (ident, span) = (&column.ident, column.ident.span());
        if columns[..at].iter().any(|other| other.ident == *ident) {
            return Err(Error::new(span, format!("`{ident}` is shown twice")));
        }
        if ROW_FIELDS.contains(&ident.unraw().to_string().as_str()) {
            let message = format!("rows that are referred to have a field `{ident}` of their own");
            return Err(Error::new(span, message));
        }
        if let Some(through) = &column.through {
            if depth == DEPTH_MAX {
                let message = format!("at most {DEPTH_MAX} references follow one another");
                return Err(Error::new(span, message));
            }
            shown(through, depth + 1)?;
        }
    }
    Ok(())
}

/// Checks how many there are in all.
pub fn in_all(references: &[TableReference]) -> Result<()> {
    let mut count = 0;
    for reference in references {
        count += 1 + nested(&reference.shown);
        if count > REFERENCES_MAX {
            let message =
                format!("a table has at most {REFERENCES_MAX} references, those that lead on among them");
            return Err(Error::new(reference.span, message));
        }
    }
    Ok(())
}

fn nested(shown: &[ShownColumn]) -> usize {
    shown.iter().filter_map(|column| column.through.as_ref()).map(|through| 1 + nested(through)).sum()
}
