//! Tables: the keyed state of a reducer, declared as a struct whose fields are aggregates.

use crate::bindings::foldline::reducer::types::{Column, Rows, Table as TableSpec};
use crate::error::Result;

/// Keyed state: one row per key, with an aggregate per column. Derive it on a struct with named fields.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Orders {
///     #[key]
///     customer: Text,
///     orders: Count,
///     spent: Sum<2>,
///     last_coupon: Last<Text>,
///     products: Distinct,
/// }
///
/// // A contribution starts with the row's key and names what it adds; other columns stay unchanged.
/// let order = Orders::key("c1").orders(1).spent("19.90").products("p7");
/// # let _ = order;
/// ```
///
/// In `extract` a contribution goes to [`Contributions::add`]. In `project`, [`Row`] has the same fields with their
/// results: here `row.orders` is a `u64`, `row.spent` a `&str`, `row.last_coupon` an `Option<&str>`. If a contribution
/// names an aggregate twice, the second value counts. To add several contributions for one event, call `add` repeatedly.
///
/// # Windows
///
/// With windows, rows hold what happened in a span of event time. A window is served once it is closed: when no
/// partition is expected to have events before its end any more.
///
/// | `#[table(…)]` | meaning |
/// |---|---|
/// | `window = "24h / 2m"` | windows of 24 hours that slide by 2 minutes, which must divide it |
/// | `window = "1h"` | windows of one hour, back to back |
/// | `window = "session 30m"` | windows that end after half an hour without events of the key |
/// | `keep = "latest"` | one document per key: the newest closed window (default) |
/// | `keep = "every 7d"` | one document per closed window, kept for seven days, with the id `KEY@START` |
/// | `when_empty = "delete"` | no document if the newest window is empty (default); `"zero"`: a document with empty results |
/// | `lateness = "10s"` | how much longer a window waits for late events; default `0s` |
///
/// Durations are a whole number and a unit: `500ms`, `5s`, `2m`, `24h`, `7d`. The event declares how far events may be
/// out of order without being late: `bound` in [`Event`](crate::Event). Events that are later than that and the lateness
/// are dropped and counted.
///
/// Rows then have two more fields, both [`Time`](crate::Time)s: `row.window_start` and `row.window_end`. With `keep =
/// "latest"` they belong to the window in which the results last changed; with `keep = "every …"`, to the window itself.
/// A session's window starts at its first event, and ends half an hour (in the example) after its last one.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// #[table(window = "1h", keep = "every 7d", lateness = "10m")]
/// struct Sales { #[key] shop: Text, orders: Count }
///
/// #[derive(Document)]
/// struct Hour { shop: String, hour: Time, orders: u64 }
///
/// fn project(row: Row<'_, Sales>, out: &mut Projected<Hour>) -> Result<()> {
///     out.document(Hour { shop: row.shop.into(), hour: row.window_start, orders: row.orders })
/// }
/// ```
///
/// [`Contributions::add`]: crate::Contributions::add
#[diagnostic::on_unimplemented(message = "`{Self}` is not a table", label = "needs `#[derive(Table)]`")]
pub trait Table: Sized + 'static {
    /// One row's key and results.
    type Row<'a>;
    /// What an event adds to one row.
    type Contribution<'a>;
    /// Contributions in columns.
    #[doc(hidden)]
    type Columns;
    /// The opened columns of results.
    #[doc(hidden)]
    type Reader<'a>;
    /// Describes the table.
    #[doc(hidden)]
    fn spec() -> TableSpec;
    #[doc(hidden)]
    fn columns(rows: usize) -> Self::Columns;
    /// Appends a contribution. After an error, some columns may be longer than others; see `truncate`.
    #[doc(hidden)]
    fn push(columns: &mut Self::Columns, contribution: Self::Contribution<'_>) -> Result;
    #[doc(hidden)]
    fn truncate(columns: &mut Self::Columns, rows: usize);
    /// Returns the keys and one column per aggregate.
    #[doc(hidden)]
    fn finish(columns: Self::Columns) -> (Column, Vec<Column>);
    #[doc(hidden)]
    fn open(rows: &Rows) -> Result<Self::Reader<'_>, String>;
    #[doc(hidden)]
    fn row<'a>(reader: &Self::Reader<'a>, row: usize) -> Result<Self::Row<'a>>;
    /// Uses every field of the author's struct, which exists only for its types, so that the compiler reports no unused fields.
    #[doc(hidden)]
    fn touch(&self);
}

/// A row of a table: the key and each aggregate's result, as fields of the same names.
pub type Row<'a, T> = <T as Table>::Row<'a>;
