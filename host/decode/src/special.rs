//! Fields whose column is not what stands in the record: choices, decimals, JSON, and what selects a record.

use std::sync::Arc;

use foldline_core::aggregate::sum::decimal;
use foldline_core::column::ValueRef;
use foldline_core::description::FieldType;

/// How such a field is written in a record.
#[derive(Clone, Debug)]
pub(super) enum Special {
    /// A number or a text with at most this many places; a column of texts with exactly this many.
    Decimal(u8),
    /// One of these texts; a column of ints, their indexes.
    Choice(Arc<[String]>),
    /// Any JSON; a column of texts.
    Json,
    /// What selects a record: as a choice, but null where anything else stands, or nothing. It never makes a dead letter.
    Selects(Arc<[String]>),
}

impl Special {
    /// Returns how a field of this type is written, unless it is a plain value.
    pub(super) fn of(ty: &FieldType) -> Option<Self> {
        match ty {
            FieldType::Value(_) => None,
            FieldType::Decimal(places) => Some(Self::Decimal(*places)),
            FieldType::Choice(texts) => Some(Self::Choice(texts.as_slice().into())),
            FieldType::Json => Some(Self::Json),
        }
    }

    /// Gives the value that a text stands for to `write`: the contents of a JSON text, the literal of a number, or, for JSON,
    /// the whole source. A text that is none of the choices is null where the field is not required, because a record of
    /// another kind may be none of a reader's business. Returns `None` if the text stands for nothing.
    #[inline]
    pub(super) fn read(
        &self,
        text: &str,
        required: bool,
        write: impl FnOnce(Option<ValueRef<'_>>),
    ) -> Option<()> {
        match self {
            Self::Json => write(Some(ValueRef::Text(text))),
            Self::Choice(texts) => match texts.iter().position(|known| known == text) {
                None if required => return None,
                index => write(index.map(|index| ValueRef::Int(index as i64))),
            },
            Self::Selects(texts) => {
                let index = texts.iter().position(|known| known == text);
                write(index.map(|index| ValueRef::Int(index as i64)));
            }
            Self::Decimal(places) => write(Some(ValueRef::Text(&decimal(text, *places)?))),
        }
        Some(())
    }
}
