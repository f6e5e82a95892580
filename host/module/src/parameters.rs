//! The values of a module's parameters: what was given, checked against what the module declares.

use foldline_core::description::{Parameter, Scalar};
use foldline_core::parameters::{Given, GivenValues, Values};

use super::described::{count, named, quoted, unique, wrong};
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::nearest::nearest;

// Bounds far above what people write by hand.
const PARAMETERS_MAX: usize = 64;
const EXPLANATION_BYTES_MAX: usize = 4 << 10;
const TEXT_BYTES_MAX: usize = 64 << 10;

/// A value for each parameter of a module.
pub(super) struct Settled {
    /// In the order of the parameters.
    pub(super) all: Vec<Scalar>,
    /// Those that differ from the fallbacks.
    pub(super) values: Values,
}

/// Checks what a module answers to `parameters`.
///
/// # Errors
/// A text that names the first thing that is wrong.
pub(super) fn check(parameters: &[Parameter]) -> Result<()> {
    count("parameters", parameters.len(), PARAMETERS_MAX)?;
    unique("parameter", parameters.iter().map(|parameter| &parameter.name))?;
    for Parameter { name, explanation, fallback } in parameters {
        named("parameter", name)?;
        let name = quoted(name);
        if explanation.len() > EXPLANATION_BYTES_MAX {
            return Err(wrong(format!(
                "explains parameter {name} in more than {EXPLANATION_BYTES_MAX} bytes"
            )));
        }
        match fallback {
            Scalar::Time(_) => {
                return Err(wrong(format!("declares parameter {name} as a time"))
                    .with_hint("parameters are booleans, ints, floats or texts"));
            }
            Scalar::Float(value) if !value.is_finite() => {
                return Err(wrong(format!("has the fallback {value} for parameter {name}"))
                    .with_hint("floats are finite"));
            }
            Scalar::Text(text) if text.len() > TEXT_BYTES_MAX => {
                return Err(wrong(format!(
                    "has a fallback of more than {TEXT_BYTES_MAX} bytes for parameter {name}"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the value of each parameter: the given one, else the fallback.
///
/// # Errors
/// `Module` with every value that is wrong, each with its place: names that are no parameter, and wrong types.
pub(super) fn settle(parameters: &[Parameter], given: &GivenValues) -> Result<Settled> {
    let mut problems = Vec::new();
    for (name, Given { value, place }) in given {
        let problem = match parameters.iter().find(|parameter| parameter.name == *name) {
            None => unknown(name, parameters),
            Some(Parameter { fallback, .. }) if value.typed_like(fallback).is_none() => {
                let (is, expected) = (value.type_name(), fallback.type_name());
                format!("parameter {} is {is}, not {expected} such as {fallback}", quoted(name))
            }
            Some(_) if matches!(value, Scalar::Text(text) if text.len() > TEXT_BYTES_MAX) => {
                format!("parameter {} is longer than {TEXT_BYTES_MAX} bytes", quoted(name))
            }
            Some(_) => continue,
        };
        problems.push(at(place.as_deref(), problem));
    }
    if !problems.is_empty() {
        return Err(refusal(problems.join("; ")));
    }
    let value = |Parameter { name, fallback, .. }: &Parameter| {
        let given = given.get(name).and_then(|given| given.value.typed_like(fallback));
        given.unwrap_or_else(|| fallback.clone())
    };
    let all: Vec<Scalar> = parameters.iter().map(value).collect();
    let differs = |(parameter, value): (&Parameter, &Scalar)| {
        (parameter.fallback != *value).then(|| (parameter.name.clone(), value.clone()))
    };
    let values = parameters.iter().zip(&all).filter_map(differs).collect();
    Ok(Settled { all, values })
}

/// Returns the error that the module itself refuses the values, with its reason.
pub(super) fn refused(values: &Values, given: &GivenValues, reason: impl std::fmt::Display) -> Error {
    let set: Vec<String> = values
        .iter()
        .map(|(name, value)| {
            let place = given.get(name).and_then(|given| given.place.as_deref());
            at(place, format!("`{name} = {value}`"))
        })
        .collect();
    refusal(format!("refuses {}: {reason}", set.join(", ")))
}

/// Returns the error for values that were set and do not fit.
pub(super) fn refusal(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Module, message)
        .with_code(Code::WrongParameters)
        .with_hint("correct the values, or remove them: without a value, a parameter has its fallback")
}

fn unknown(name: &str, parameters: &[Parameter]) -> String {
    let known: Vec<&str> = parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let guess = nearest(name, known.iter().copied());
    let guess = guess.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
    let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
    format!("no parameter is called {}{guess} (parameters: {known})", quoted(name))
}

fn at(place: Option<&str>, what: String) -> String {
    place.map_or_else(|| what.clone(), |place| format!("{place}: {what}"))
}
