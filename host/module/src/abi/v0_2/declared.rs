//! Lifts the small parts of a declaration: types, windows, scalars.

use foldline_core::description as core;

use foldline_base::error::{Error, Result};

use super::super::lift::shortened;
use super::generated::foldline::reducer::types as wit;
use crate::refusal::refusal;

/// Refuses the first setting that this host does not know; what it does not know it must not ignore, but for notes.
pub(super) fn refuse_settings(settings: &[wit::Setting], of: &str) -> Result<()> {
    match settings.iter().find(|setting| !setting.name.starts_with("note.")) {
        Some(setting) => Err(unknown(format!("the setting `{}`", shortened(&setting.name)), of)),
        None => Ok(()),
    }
}

/// Refuses a kind that the contract has no case for.
pub(super) fn unknown_kind(what: &str, name: &str, of: &str) -> Error {
    unknown(format!("the {what} `{}`", shortened(name)), of)
}

fn unknown(what: String, of: &str) -> Error {
    refusal(format!("declares {what} of {of}, which this host does not know"))
        .with_hint("leave that part out, or use a newer host")
}

pub(super) fn scalar(wit: wit::ScalarResult) -> core::Scalar {
    match wit {
        wit::ScalarResult::Boolean(value) => core::Scalar::Boolean(value),
        wit::ScalarResult::Int(value) => core::Scalar::Int(value),
        wit::ScalarResult::Float(value) => core::Scalar::Float(value),
        wit::ScalarResult::Text(value) => core::Scalar::Text(value),
        wit::ScalarResult::Time(value) => core::Scalar::Time(value),
    }
}

pub(super) fn lowered_scalar(value: &core::Scalar) -> wit::ScalarParam<'_> {
    match value {
        core::Scalar::Boolean(value) => wit::ScalarParam::Boolean(*value),
        core::Scalar::Int(value) => wit::ScalarParam::Int(*value),
        core::Scalar::Float(value) => wit::ScalarParam::Float(*value),
        core::Scalar::Text(value) => wit::ScalarParam::Text(value),
        core::Scalar::Time(value) => wit::ScalarParam::Time(*value),
    }
}

/// In this contract, times outside records are milliseconds.
pub(super) fn value_type(wit: wit::ValueType) -> core::ValueType {
    match wit {
        wit::ValueType::Boolean => core::ValueType::Boolean,
        wit::ValueType::Int => core::ValueType::Int,
        wit::ValueType::Float => core::ValueType::Float,
        wit::ValueType::Text => core::ValueType::Text,
        wit::ValueType::Blob => core::ValueType::Blob,
        wit::ValueType::Time => core::ValueType::Time(core::TimeUnit::Milliseconds),
    }
}

pub(super) fn field_type(wit: wit::FieldType, of: &str) -> Result<core::FieldType> {
    Ok(match wit {
        wit::FieldType::Boolean => core::ValueType::Boolean.into(),
        wit::FieldType::Int => core::ValueType::Int.into(),
        wit::FieldType::Float => core::ValueType::Float.into(),
        wit::FieldType::Text => core::ValueType::Text.into(),
        wit::FieldType::Blob => core::ValueType::Blob.into(),
        wit::FieldType::Time(unit) => core::ValueType::Time(time_unit(unit)).into(),
        wit::FieldType::Decimal(places) => core::FieldType::Decimal(places),
        wit::FieldType::Choice(texts) => core::FieldType::Choice(texts),
        wit::FieldType::Json => core::FieldType::Json,
        wit::FieldType::Other(extension) => return Err(unknown_kind("type", &extension.name, of)),
    })
}

fn time_unit(wit: wit::TimeUnit) -> core::TimeUnit {
    match wit {
        wit::TimeUnit::Seconds => core::TimeUnit::Seconds,
        wit::TimeUnit::Milliseconds => core::TimeUnit::Milliseconds,
        wit::TimeUnit::Microseconds => core::TimeUnit::Microseconds,
        wit::TimeUnit::Nanoseconds => core::TimeUnit::Nanoseconds,
        wit::TimeUnit::Rfc3339 => core::TimeUnit::Rfc3339,
    }
}

pub(super) fn field_source(wit: wit::FieldSource, of: &str) -> Result<core::FieldSource> {
    Ok(match wit {
        wit::FieldSource::Value(path) => core::FieldSource::Value(path),
        wit::FieldSource::Key => core::FieldSource::Key,
        wit::FieldSource::Header(name) => core::FieldSource::Header(name),
        wit::FieldSource::Raw => core::FieldSource::Raw,
        wit::FieldSource::Partition => core::FieldSource::Partition,
        wit::FieldSource::Offset => core::FieldSource::Offset,
        wit::FieldSource::Timestamp => core::FieldSource::Timestamp,
        wit::FieldSource::Other(extension) => return Err(unknown_kind("source", &extension.name, of)),
    })
}

pub(super) fn window(wit: wit::Window, of: &str) -> Result<core::Window> {
    Ok(match wit {
        wit::Window::Unbounded => core::Window::Unbounded,
        wit::Window::Tumbling(size_ms) => core::Window::Tumbling(size_ms),
        wit::Window::Sliding(wit::Sliding { size_ms, slide_ms }) => {
            core::Window::Sliding { size_ms, slide_ms }
        }
        wit::Window::Session(gap_ms) => core::Window::Session(gap_ms),
        wit::Window::Other(extension) => return Err(unknown_kind("window", &extension.name, of)),
    })
}

pub(super) fn aggregate_kind(wit: wit::AggregateKind, of: &str) -> Result<core::AggregateKind> {
    Ok(match wit {
        wit::AggregateKind::Count => core::AggregateKind::Count,
        wit::AggregateKind::Sum(scale) => core::AggregateKind::Sum(scale),
        wit::AggregateKind::Min(ty) => core::AggregateKind::Min(value_type(ty)),
        wit::AggregateKind::Max(ty) => core::AggregateKind::Max(value_type(ty)),
        wit::AggregateKind::First(ty) => core::AggregateKind::First(value_type(ty)),
        wit::AggregateKind::Last(ty) => core::AggregateKind::Last(value_type(ty)),
        wit::AggregateKind::LastOrNone(ty) => core::AggregateKind::LastOrNone(value_type(ty)),
        wit::AggregateKind::Distinct(precision) => core::AggregateKind::Distinct(precision),
        wit::AggregateKind::TopK(k) => core::AggregateKind::TopK(k),
        wit::AggregateKind::Quantiles(spec) => core::AggregateKind::Quantiles(core::QuantileSpec {
            relative_error_millionths: spec.relative_error_millionths,
            at: spec.at,
        }),
        wit::AggregateKind::Fold(_) => core::AggregateKind::Fold,
        wit::AggregateKind::Other(custom) => return Err(unknown_kind("aggregate kind", &custom.name, of)),
    })
}
