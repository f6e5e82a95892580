//! Checks the types of fields, by their names.
//!
//! The traits under the derives would refuse wrong types, too, but once for every use of a field in an expansion. Checked here, a
//! mistake gets one message. The price: type aliases are not resolved.

use syn::{Attribute, Error, Expr, ExprLit, GenericArgument, Lit, PathArguments, PathSegment, Result, Type};

const VALUES: &[&str] = &["Text", "Int", "Float", "Boolean", "Time", "Blob"];
const KEYS: &[&str] = &["Text", "Int", "Boolean", "Time"];
const DOCUMENT: &[&str] = &["String", "i64", "i32", "u64", "u32", "f64", "bool", "Time"];

/// Checks the type of an event's field.
pub fn check_event_field(ty: &Type) -> Result<()> {
    let supported = match option_of(ty).unwrap_or(ty) {
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Slice(slice) => is_one_of(&slice.elem, &["u8"]),
            text => is_one_of(text, &["str"]),
        },
        plain => {
            is_one_of(plain, &["String", "i64", "f64", "bool", "Time"]) || is_json(plain) || may_derive(plain)
        }
    };
    if supported {
        return Ok(());
    }
    let names = "`&str`, `String`, `i64`, `f64`, `bool`, `&[u8]`, `Time`, `Json`, enums that derive `Choice`, and `Option`s \
                 of these";
    Err(Error::new_spanned(ty, format!("this type cannot be a field of an event; supported: {names}")))
}

/// Checks that the type of a field, or of an `Option`, is one.
pub fn check_exact(ty: &Type, is_right: fn(&Type) -> bool, message: &str) -> Result<()> {
    if is_right(option_of(ty).unwrap_or(ty)) {
        return Ok(());
    }
    Err(Error::new_spanned(ty, message))
}

/// Whether a type is `&[u8]`.
pub fn is_bytes(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference)
        if matches!(&*reference.elem, Type::Slice(slice) if is_one_of(&slice.elem, &["u8"])))
}

/// Whether a type is `i64`.
pub fn is_int(ty: &Type) -> bool {
    is_one_of(ty, &["i64"])
}

/// Whether a type is `&str` or `String`.
pub fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => is_one_of(&reference.elem, &["str"]),
        plain => is_one_of(plain, &["String"]),
    }
}

/// Whether a type is `Time`.
pub fn is_time(ty: &Type) -> bool {
    is_one_of(ty, &["Time"])
}

/// Whether a type is `Json`.
pub fn is_json(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "Json")
}

/// Checks the type of a field that has a unit of time.
pub fn check_time(ty: &Type) -> Result<()> {
    if is_one_of(option_of(ty).unwrap_or(ty), &["i64", "Time"]) {
        return Ok(());
    }
    Err(Error::new_spanned(
        ty,
        "a field with a `unit` is a time: an `i64`, a `Time`, or an `Option` of these",
    ))
}

/// Checks the type of the field that is the event's time.
pub fn check_event_time(ty: &Type) -> Result<()> {
    if is_one_of(ty, &["i64", "Time"]) {
        return Ok(());
    }
    Err(Error::new_spanned(ty, "the event's time is an `i64` or a `Time`, and never absent"))
}

/// Checks the type of a table's key.
pub fn check_key(ty: &Type) -> Result<()> {
    check_value(ty, KEYS, "the type of a key")
}

/// Checks the type of a field of a set of tables; whether a struct is a table is the compiler's to see.
pub fn check_table(ty: &Type) -> Result<()> {
    let is_table = last_segment(ty).is_some_and(|segment| {
        segment.arguments.is_none() && !VALUES.contains(&segment.ident.to_string().as_str())
    });
    if is_table && check_aggregate(ty).is_err() {
        return Ok(());
    }
    Err(Error::new_spanned(ty, "this is not a table: the fields are structs that derive `Table`"))
}

/// Checks the type of a table's column.
pub fn check_aggregate(ty: &Type) -> Result<()> {
    let Some(segment) = last_segment(ty) else { return Err(no_aggregate(ty)) };
    let arguments = arguments(segment);
    match (segment.ident.to_string().as_str(), &arguments[..]) {
        ("Count" | "Sum" | "Distinct" | "Quantiles", []) => Ok(()),
        ("TopK", [k]) => check_number(k, 1..=1_000, "the `K` of `TopK`"),
        ("Sum", [scale]) => check_number(scale, 0..=18, "the scale of a `Sum`"),
        ("Last", [GenericArgument::Type(value)]) => {
            check_value(option_of(value).unwrap_or(value), VALUES, "the type of a value")
        }
        ("Min" | "Max" | "First", [GenericArgument::Type(value)]) => {
            check_value(value, VALUES, "the type of a value")
        }
        ("Distinct", [precision]) => check_number(precision, 4..=18, "the precision of `Distinct`"),
        ("Distinct", [precision, GenericArgument::Type(item)]) => {
            check_number(precision, 4..=18, "the precision of `Distinct`")?;
            check_value(item, VALUES, "the type of an item")
        }
        _ => Err(no_aggregate(ty)),
    }
}

/// Checks the type of a document's field.
pub fn check_document_field(ty: &Type) -> Result<()> {
    let one = option_of(ty).unwrap_or(ty);
    if let Some(item) = argument_of(one, "Vec") {
        return check_document_field(item);
    }
    if is_document_value(one) || may_derive(one) {
        return Ok(());
    }
    let names = list(DOCUMENT);
    Err(Error::new_spanned(
        ty,
        format!(
            "this type cannot be a field of a document; supported: {names}, `&'static str`, other documents, and \
             `Option`s and `Vec`s of these"
        ),
    ))
}

/// Checks that a field with `#[sortable]` has a single value.
pub fn check_sortable(attribute: &Attribute, ty: &Type) -> Result<()> {
    if is_document_value(option_of(ty).unwrap_or(ty)) {
        return Ok(());
    }
    Err(Error::new_spanned(attribute, "only single values can be sorted by, not lists or objects"))
}

fn is_document_value(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => {
            is_one_of(&reference.elem, &["str"])
                && reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
        }
        plain => is_one_of(plain, DOCUMENT),
    }
}

/// Returns whether this may be a type of the author's that derives `Choice` or `Document`; the compiler checks whether it does.
fn may_derive(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| {
        let name = segment.ident.to_string();
        let named_like_a_type = name.starts_with(char::is_uppercase);
        segment.arguments.is_none() && named_like_a_type && !VALUES.contains(&name.as_str())
    })
}

/// Returns the type of the values of a `First` or a `Last`, which lead to other rows; `None` for other aggregates.
pub fn kept_value(ty: &Type) -> Option<&Type> {
    let value = argument_of(ty, "First").or_else(|| argument_of(ty, "Last"))?;
    Some(option_of(value).unwrap_or(value))
}

/// Returns whether references can show a column: not ranked lists, which are not copied, nor blobs, which documents do not hold.
pub fn is_shown_by_references(ty: &Type) -> bool {
    let is_blob = ["Min", "Max", "First", "Last"].iter().any(|name| {
        argument_of(ty, name).is_some_and(|value| is_one_of(option_of(value).unwrap_or(value), &["Blob"]))
    });
    !is_top_k(ty) && !is_blob
}

/// Returns whether a column is a `TopK`, which takes ids and values.
pub fn is_top_k(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "TopK")
}

/// Returns whether a column is a `Quantiles`, which an attribute declares.
pub fn is_quantiles(ty: &Type) -> bool {
    is_one_of(ty, &["Quantiles"])
}

fn no_aggregate(ty: &Type) -> Error {
    let names = "`Count`, `Sum`, `Sum<SCALE>`, `Min<T>`, `Max<T>`, `First<T>`, `Last<T>`, `Last<Option<T>>`, \
                 `Distinct`, `Distinct<PRECISION, T>`, `TopK<K>`, `Quantiles`";
    Error::new_spanned(
        ty,
        format!("this is not an aggregate; aggregates: {names}; `T` is one of {}", list(VALUES)),
    )
}

fn check_value(ty: &Type, known: &[&str], what: &str) -> Result<()> {
    if is_one_of(ty, known) {
        return Ok(());
    }
    Err(Error::new_spanned(ty, format!("{what} is one of {}", list(known))))
}

/// Checks a literal. Only the compiler knows the value of a named constant.
fn check_number(argument: &GenericArgument, range: std::ops::RangeInclusive<u32>, what: &str) -> Result<()> {
    let literal = match argument {
        GenericArgument::Const(Expr::Lit(ExprLit { lit: Lit::Int(literal), .. })) => literal,
        GenericArgument::Type(Type::Path(_)) | GenericArgument::Const(_) => return Ok(()),
        other => return Err(Error::new_spanned(other, format!("{what} is a number"))),
    };
    match literal.base10_parse::<u32>() {
        Ok(number) if range.contains(&number) => Ok(()),
        _ => {
            Err(Error::new_spanned(literal, format!("{what} goes from {} to {}", range.start(), range.end())))
        }
    }
}

/// Whether a type is an `Option`.
pub fn is_option(ty: &Type) -> bool {
    option_of(ty).is_some()
}

/// Returns the `T` of an `Option<T>`.
pub fn option_of(ty: &Type) -> Option<&Type> {
    argument_of(ty, "Option")
}

/// Returns the `T` of a `Name<T>`.
fn argument_of<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    match arguments(segment)[..] {
        [GenericArgument::Type(inner)] => Some(inner),
        _ => None,
    }
}

/// Returns whether a type is one of these names without arguments, with any path.
fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    last_segment(ty)
        .is_some_and(|segment| segment.arguments.is_none() && names.iter().any(|name| segment.ident == name))
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

fn arguments(segment: &PathSegment) -> Vec<&GenericArgument> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(judge: fn(&Type) -> Result<()>, good: &[&str], bad: &[&str]) {
        for (types, expected) in [(good, true), (bad, false)] {
            for ty in types {
                let ty: Type = syn::parse_str(ty).unwrap();
                assert_eq!(judge(&ty).is_ok(), expected, "{}", quote::quote!(#ty));
            }
        }
    }

    #[test]
    fn types_of_event_fields() {
        let good = [
            "&'a str",
            "String",
            "std::string::String",
            "i64",
            "&'a [u8]",
            "Option<&'a str>",
            "Option<Time>",
            "Json<'a>",
            "Option<Json<'a>>",
            "Kind",
        ];
        let bad =
            ["u64", "f32", "Vec<u8>", "&'a mut str", "&'a [u16]", "Option<Option<i64>>", "(i64,)", "Text"];
        check(check_event_field, &good, &bad);
        check(check_event_time, &["i64", "Time"], &["Option<i64>", "&'a str", "f64"]);
        check(check_time, &["i64", "Option<Time>"], &["String", "Option<f64>"]);
    }

    #[test]
    fn types_of_columns() {
        let good = [
            "Count",
            "Sum",
            "Sum<2>",
            "Sum<SCALE>",
            "Min<Text>",
            "foldline_sdk::Last<Blob>",
            "Last<Option<Text>>",
            "Distinct<4, Int>",
            "TopK<1000>",
            "TopK<K>",
            "Quantiles",
        ];
        let bad = [
            "u64",
            "Text",
            "Sum<19>",
            "Min",
            "Min<i64>",
            "First<Option<Text>>",
            "Last<Option<Option<Text>>>",
            "Distinct<3>",
            "Distinct<14, u8>",
            "Count<1>",
            "TopK",
            "TopK<0>",
            "TopK<1001>",
            "TopK<3, Int>",
            "Quantiles<2>",
            "&str",
        ];
        check(check_aggregate, &good, &bad);
        check(check_key, &["Text", "Int", "Boolean", "Time"], &["Float", "Blob", "&'static str", "i64"]);
    }

    #[test]
    fn types_of_document_fields() {
        let good = [
            "String",
            "u64",
            "Option<f64>",
            "&'static str",
            "foldline_sdk::Time",
            "Vec<String>",
            "Vec<Option<Ranked>>",
            "Option<Vec<crate::Address>>",
            "RequestsMs",
        ];
        let bad = [
            "&'a str",
            "Text",
            "u128",
            "f32",
            "&'static [u8]",
            "Vec<u8>",
            "HashMap<String, u64>",
            "Option<Option<u64>>",
        ];
        check(check_document_field, &good, &bad);
    }
}
