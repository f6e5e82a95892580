//! `Quantiles`: the distribution of values, within a relative error.

use std::fmt;
use std::marker::PhantomData;

use serde_core::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::aggregate::{Aggregate, Item, Shown};
use crate::bindings::foldline::reducer::types::{AggregateKind, QuantileSpec};
use crate::contributed::ContributedColumn;
use crate::error::Result;
use crate::value::{Float, Text};

/// The distribution of values: their number, and the values at chosen quantiles, within a relative error.
///
/// Declare the quantiles with `#[quantiles(…)]` on the column:
///
/// | | meaning |
/// |---|---|
/// | `at = [0.5, 0.999]` | the quantiles, 1 to 16 of them from 0 (the smallest value) to 1 (the largest); required |
/// | `error = "1%"` | the relative error of the answers, `"0.1%"` to `"10%"`; default `"1%"` |
///
/// A row then shows `count`, a `u64`, and for each quantile an `Option<f64>`, named after its percentage: `p50`, `p99_9`;
/// `None` before the first value. A contribution is any finite [`Number`].
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Requests {
///     #[key]
///     route: Text,
///     #[quantiles(at = [0.5, 0.99, 0.999], error = "1%")]
///     ms: Quantiles,
/// }
///
/// #[derive(Document)]
/// struct Latency {
///     route: String,
///     requests: u64,
///     #[sortable]
///     p99_ms: Option<f64>,
///     ms: RequestsMs, // all of it: {"count":7,"p50":12.0,"p99":80.5,"p99.9":80.5}
/// }
///
/// # struct Request<'a> { route: &'a str, ms: i64 }
/// fn extract(request: Request<'_>, out: &mut Contributions<Requests>) -> Result<()> {
///     out.add(Requests::key(request.route).ms(request.ms))
/// }
///
/// fn project(row: Row<'_, Requests>, out: &mut Projected<Latency>) -> Result<()> {
///     out.document(Latency {
///         route: row.route.into(),
///         requests: row.ms.count,
///         p99_ms: row.ms.p99,
///         ms: row.ms,
///     })
/// }
/// ```
///
/// The type that a row shows is named after table and column, here `RequestsMs`. A document's field may have this type.
pub struct Quantiles(());

/// What [`Quantiles`] take: `f64`, `f32`, and whole numbers of up to 64 bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that `Quantiles` takes",
    label = "expected a float or an integer"
)]
pub trait Number: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn to_f64(self) -> f64;
}

mod sealed {
    pub trait Sealed {}
}

/// Beyond 2^53 an integer is rounded, by far less than the error of any quantile.
macro_rules! numbers {
    ($($ty:ty)*) => {$(
        impl sealed::Sealed for $ty {}
        impl Number for $ty {
            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

numbers!(f64 f32 i64 u64 i32 u32 i16 u16 i8 u8);

/// The quantiles that `#[quantiles]` declares, with the type of their answers, which the derive generates.
#[doc(hidden)]
pub trait QuantileSet: Sized + 'static {
    const ERROR_MILLIONTHS: u32;
    const AT: &'static [f64];
    /// The host's names of the answers, in the order of `AT`.
    const NAMES: &'static [&'static str];
    /// Returns the answers; `values` are in the order of `AT`.
    fn from_answers(count: u64, values: &[Option<f64>]) -> Self;
}

/// [`Quantiles`] as declared on a column.
#[doc(hidden)]
pub struct QuantilesOf<S>(PhantomData<S>);

impl<S: QuantileSet> Aggregate for QuantilesOf<S> {
    type Input<'a> = f64;
    type Output<'a> = S;
    type Contributed = ContributedColumn<Float>;
    type Shown = Text;

    fn kind() -> AggregateKind {
        AggregateKind::Quantiles(QuantileSpec {
            relative_error_millionths: S::ERROR_MILLIONTHS,
            at: S::AT.to_vec(),
        })
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        Ok(input)
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        let json = result.ok_or("the host sent no result of `Quantiles`")?;
        let answers = Answers(S::NAMES).deserialize(&mut serde_json::Deserializer::from_str(json));
        match answers {
            Ok((Some(count), values)) => Ok(S::from_answers(count, &values)),
            Ok((None, _)) => Err(format!("the host sent `Quantiles` without a count: {json}").into()),
            Err(error) => Err(format!("the host sent `Quantiles` of {json}: {error}").into()),
        }
    }
}

/// Parses `{"count":2,"p50":1.5}` for these names.
struct Answers(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Answers {
    type Value = (Option<u64>, Vec<Option<f64>>);

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answers {
    type Value = (Option<u64>, Vec<Option<f64>>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count and quantiles")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let (mut count, mut values) = (None, vec![None; self.0.len()]);
        while let Some(name) = map.next_key::<&str>()? {
            if name == "count" {
                count = Some(map.next_value()?);
            } else if let Some(at) = self.0.iter().position(|known| *known == name) {
                values[at] = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((count, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ms(u64, Vec<Option<f64>>);

    impl QuantileSet for Ms {
        const ERROR_MILLIONTHS: u32 = 10_000;
        const AT: &'static [f64] = &[0.999, 0.5];
        const NAMES: &'static [&'static str] = &["p99.9", "p50"];

        fn from_answers(count: u64, values: &[Option<f64>]) -> Self {
            Self(count, values.to_vec())
        }
    }

    #[test]
    fn answers_are_found_by_name() {
        let Ms(count, values) = QuantilesOf::show(Some(r#"{"count":3,"p50":2,"p99.9":4.5}"#)).unwrap();
        assert_eq!((count, values), (3, vec![Some(4.5), Some(2.0)]));
        let Ms(count, values) = QuantilesOf::show(Some(r#"{"count":0,"p50":null,"p99.9":null}"#)).unwrap();
        assert_eq!((count, values), (0, vec![None, None]));
    }

    #[test]
    fn another_answer_fails_the_row() {
        for json in ["", "[]", "{}", r#"{"p50":1}"#, r#"{"count":1,"p50":"1"}"#] {
            assert!(QuantilesOf::<Ms>::show(Some(json)).is_err(), "{json}");
        }
        assert!(QuantilesOf::<Ms>::show(None).is_err());
    }
}
