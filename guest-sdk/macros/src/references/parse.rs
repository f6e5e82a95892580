//! `#[refers(…)]` as authors write it.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Field, Ident, Path, Result, Token, braced, parenthesized, token};

/// One attribute: `Follows(follower, followed) { active } as follow`.
pub struct Refers {
    pub table: Path,
    /// The fields that make the target's key; without them it is the field that the attribute stands on.
    pub via: Vec<Ident>,
    pub shown: Vec<ShownColumn>,
    /// The name after `as`.
    pub name: Option<Ident>,
    pub span: Span,
}

/// A column of the target that is shown.
pub struct ShownColumn {
    pub ident: Ident,
    /// What is shown of the row to which the column leads: `home { name }`.
    pub through: Option<Vec<ShownColumn>>,
}

impl Refers {
    /// Parses the attributes of a field.
    pub fn of_field(field: &Field) -> Result<Vec<Self>> {
        let attributes = field.attrs.iter().filter(|attribute| attribute.path().is_ident("refers"));
        let parsed = attributes.map(|attribute| {
            let refers: Refers = attribute.parse_args()?;
            Ok(Refers { span: attribute.path().span(), ..refers })
        });
        parsed.collect()
    }
}

impl Parse for Refers {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Ident) && !input.peek(Token![::]) && !input.peek(Token![crate]) {
            return Err(input.error("name a table and the columns to show: `#[refers(Users { name })]`"));
        }
        let table = input.call(Path::parse_mod_style)?;
        let mut via = Vec::new();
        if input.peek(token::Paren) {
            let parts;
            parenthesized!(parts in input);
            via = Punctuated::<Ident, Token![,]>::parse_terminated(&parts)?.into_iter().collect();
        }
        let shown = if input.peek(token::Brace) { parse_shown(input)? } else { Vec::new() };
        let name = if input.parse::<Option<Token![as]>>()?.is_some() { Some(input.parse()?) } else { None };
        if !input.is_empty() {
            return Err(input
                .error("expected `Table { columns }`, `Table(key) { columns }`, and `as name` at the end"));
        }
        Ok(Self { span: table.span(), table, via, shown, name })
    }
}

impl Parse for ShownColumn {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ident = input.parse()?;
        let through = if input.peek(token::Brace) { Some(parse_shown(input)?) } else { None };
        Ok(Self { ident, through })
    }
}

fn parse_shown(input: ParseStream<'_>) -> Result<Vec<ShownColumn>> {
    let columns;
    braced!(columns in input);
    let columns = Punctuated::<ShownColumn, Token![,]>::parse_terminated(&columns)?;
    Ok(columns.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(shown: &[ShownColumn]) -> Vec<String> {
        let text = |column: &ShownColumn| match &column.through {
            Some(through) => format!("{} {{{}}}", column.ident, columns(through).join(",")),
            None => column.ident.to_string(),
        };
        shown.iter().map(text).collect()
    }

    #[test]
    fn references_are_read_and_nonsense_is_refused() {
        for (text, via, shown, name) in [
            ("Users", 0, "", None),
            ("Users {}", 0, "", None),
            ("Users { name, avatar, }", 0, "name avatar", None),
            ("crate::tables::Users { name, home { name } }", 0, "name home {name}", None),
            ("Follows(follower, followed) { active } as follow", 2, "active", Some("follow")),
        ] {
            let refers: Refers = syn::parse_str(text).unwrap();
            assert_eq!(refers.via.len(), via, "{text}");
            assert_eq!(columns(&refers.shown).join(" "), shown, "{text}");
            assert_eq!(refers.name.map(|name| name.to_string()).as_deref(), name, "{text}");
        }
        for text in [
            "",
            "{ name }",
            "\"Users\"",
            "Users { name } as",
            "Users { name } name",
            "Users { 1 }",
            "Users<u8>",
        ] {
            assert!(syn::parse_str::<Refers>(text).is_err(), "{text}");
        }
    }
}
