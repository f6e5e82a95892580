//! Aggregates: the columns of a table, with what events contribute to them and what rows show.

use std::marker::PhantomData;

use crate::bindings::foldline::reducer::types::{Aggregate as AggregateSpec, AggregateKind, Column};
use crate::column::{ColumnReader, Nulls};
use crate::contributed::{ContributedColumn, ContributionColumns, OrNoneColumns};
use crate::error::Result;
use crate::value::{Int, Text, Value};

/// The kind of a table's column: how the contributions of many events become one result.
///
/// Every aggregate gives the same result, whatever the order in which events arrive.
pub trait Aggregate: 'static {
    /// What one event contributes.
    type Input<'a>;
    /// What a row shows.
    type Output<'a>;
    /// The columns of contributions.
    #[doc(hidden)]
    type Contributed: ContributionColumns;
    /// The column of results.
    #[doc(hidden)]
    type Shown: Value;
    #[doc(hidden)]
    fn kind() -> AggregateKind;
    #[doc(hidden)]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>>;
    #[doc(hidden)]
    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>>;
}

/// One entry for the columns of contributions.
pub(crate) type Item<'a, A> = <<A as Aggregate>::Contributed as ContributionColumns>::Item<'a>;
/// A value in the column of results.
pub(crate) type Shown<'a, A> = <<A as Aggregate>::Shown as Value>::Ref<'a>;

/// The sum of non-negative contributions: `.views(1)` counts one. Shows a `u64`.
pub struct Count(());

/// An exact sum.
///
/// `Sum` adds `i64`s and shows an `i64`; a sum beyond its range fails the row's projection instead of being wrong.
/// `Sum<2>` adds decimals of up to two places, passed as text (`"-1.50"`), and shows the total as text, at any size;
/// scales range from 1 to 18. Floats cannot be summed: their sum would depend on the order of events.
pub struct Sum<const SCALE: u8 = 0>(());

/// The smallest value; shows an `Option`, `None` before the first. Texts compare byte by byte.
pub struct Min<T>(PhantomData<T>);

/// The largest value; shows an `Option`, `None` before the first. Texts compare byte by byte.
pub struct Max<T>(PhantomData<T>);

/// The value with the earliest event time; shows an `Option`, `None` before the first.
pub struct First<T>(PhantomData<T>);

/// The value with the latest event time; shows an `Option`, `None` before the first.
///
/// `Last<Option<T>>` can be told that there is no value any more: its contributions are `Option`s, and after a later `None` the
/// row shows `None`.
pub struct Last<T>(PhantomData<T>);

/// The number of distinct items, estimated within about 0.8 % by HyperLogLog at the default precision of 14. Shows a
/// `u64`.
///
/// Items are texts by default; for ints, use `Distinct<14, Int>`. Pass the items themselves; the host hashes them.
pub struct Distinct<const PRECISION: u8 = 14, T = Text>(PhantomData<T>);

impl Aggregate for Count {
    type Input<'a> = u64;
    type Output<'a> = u64;
    type Contributed = ContributedColumn<Int>;
    type Shown = Int;

    fn kind() -> AggregateKind {
        AggregateKind::Count
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        i64::try_from(input).map_err(|_| format!("a count of {input} is beyond 2^63 - 1").into())
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        whole("Count", result)
    }
}

impl Aggregate for Sum {
    type Input<'a> = i64;
    type Output<'a> = i64;
    type Contributed = ContributedColumn<Int>;
    type Shown = Text;

    fn kind() -> AggregateKind {
        AggregateKind::Sum(0)
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        Ok(input)
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        let text = shown("Sum", result)?;
        text.parse().map_err(|error| format!("a sum of {text} is no i64: {error}").into())
    }
}

/// Sums of decimals: one implementation per scale, because `Sum<0>` is different.
macro_rules! decimal_sum {
    ($($scale:literal)*) => {$(
        impl Aggregate for Sum<$scale> {
            type Input<'a> = &'a str;
            type Output<'a> = &'a str;
            type Contributed = ContributedColumn<Text>;
            type Shown = Text;

            fn kind() -> AggregateKind {
                AggregateKind::Sum($scale)
            }

            #[inline]
            fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
                Ok(input)
            }

            fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
                shown("Sum", result)
            }
        }
    )*};
}

decimal_sum!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18);

/// Aggregates that keep one of the values contributed.
macro_rules! kept_value {
    ($($name:ident)*) => {$(
        impl<T: Value> Aggregate for $name<T> {
            type Input<'a> = T::Ref<'a>;
            type Output<'a> = Option<T::Ref<'a>>;
            type Contributed = ContributedColumn<T>;
            type Shown = T;

            fn kind() -> AggregateKind {
                AggregateKind::$name(T::TYPE)
            }

            #[inline]
            fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
                Ok(input)
            }

            fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
                Ok(result)
            }
        }
    )*};
}

kept_value!(Min Max First Last);

impl<T: Value> Aggregate for Last<Option<T>> {
    type Input<'a> = Option<T::Ref<'a>>;
    type Output<'a> = Option<T::Ref<'a>>;
    type Contributed = OrNoneColumns<T>;
    type Shown = T;

    fn kind() -> AggregateKind {
        AggregateKind::LastOrNone(T::TYPE)
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        Ok(input)
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        Ok(result)
    }
}

impl<const PRECISION: u8, T: Value> Aggregate for Distinct<PRECISION, T> {
    type Input<'a> = T::Ref<'a>;
    type Output<'a> = u64;
    type Contributed = ContributedColumn<T>;
    type Shown = Int;

    fn kind() -> AggregateKind {
        const { assert!(PRECISION >= 4 && PRECISION <= 18, "the precision of `Distinct` goes from 4 to 18") };
        AggregateKind::Distinct(PRECISION)
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        Ok(input)
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        whole("Distinct", result)
    }
}

fn shown<T>(kind: &str, result: Option<T>) -> Result<T> {
    result.ok_or_else(|| format!("the host sent no result of a `{kind}`").into())
}

fn whole(kind: &str, result: Option<i64>) -> Result<u64> {
    let result = shown(kind, result)?;
    u64::try_from(result).map_err(|_| format!("the host sent a `{kind}` of {result}").into())
}

/// The reader of an aggregate's results.
#[doc(hidden)]
pub type ResultReader<'a, A> = ColumnReader<'a, <A as Aggregate>::Shown>;

/// Opens an aggregate's results.
#[doc(hidden)]
pub fn open_results<'a, A: Aggregate>(
    columns: &'a [Column],
    at: usize,
    name: &str,
    rows: usize,
) -> Result<ResultReader<'a, A>, String> {
    ColumnReader::open(columns, at, name, rows, Nulls::Allowed)
}

/// Reads a result; an error names the column.
#[doc(hidden)]
pub fn show_result<'a, A: Aggregate>(
    reader: &ResultReader<'a, A>,
    name: &str,
    row: usize,
) -> Result<A::Output<'a>> {
    A::show(reader.get(row)).map_err(|error| format!("column `{name}`: {error}").into())
}

/// Describes an aggregate.
#[doc(hidden)]
pub fn describe_aggregate<A: Aggregate>(name: &str) -> AggregateSpec {
    AggregateSpec { name: name.to_owned(), kind: A::kind(), settings: Vec::new() }
}
