//! Tables: the keyed state of a reducer, declared as a struct whose fields are aggregates.

use crate::bindings::foldline::reducer::types::{
    Batch, Contributed, Contributions as Collected, Rows, Table as TableSpec,
};
use crate::contributed::Source;
use crate::error::Result;
use crate::key::Key;
use crate::windows::Windows;

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
/// # Keys of several parts
///
/// A key may have up to four parts, each marked `#[key]`. The id of a row's document joins them by `/`.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Follows { #[key] follower: Text, #[key] followed: Text, active: Last<Boolean> }
///
/// let follow = Follows::key("ann", "bob").active(true);
/// # let _ = follow;
/// ```
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
/// # References
///
/// A row may be shown together with rows of other tables: a post with its author's name. `#[refers(Users { name, avatar })]`
/// stands on the column that holds the other row's key, a `First` or a `Last`, and lists the columns that are shown. When one of
/// these changes, the documents that show it change.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Users { #[key] user_id: Text, name: Last<Text>, avatar: Last<Option<Text>> }
///
/// #[derive(Table)]
/// struct Posts {
///     #[key]
///     post_id: Text,
///     #[refers(Users { name, avatar })]
///     author: Last<Text>,
///     title: Last<Text>,
/// }
///
/// #[derive(Tables)]
/// struct Feed { posts: Posts, users: Users }
///
/// #[derive(Document)]
/// struct Item { author: PostsAuthor, title: String }
///
/// fn project(row: Row<'_, Posts>, out: &mut Projected<Item>) -> Result<()> {
///     let (Some(author), Some(title)) = (row.author, row.title) else { return out.nothing() };
///     if author.known && author.name == Some("bot") {
///         return out.nothing();
///     }
///     out.document(Item { author: author.into(), title: title.into() })
/// }
/// ```
///
/// In the place of the plain value the row has an `Option` of a `PostsAuthorRow`: the `key` of the other row, whether it is
/// `known`, and the columns with their results. `PostsAuthor` is its form in documents, which `into` makes: `{"key": "u1", "known":
/// true, "name": "Ann", "avatar": null}`. A row that has not come yet, or never comes, is not `known` and shows the results of
/// nothing; when it comes, that is a change like another. The `Option` is `None` where there is no key.
///
/// | on a field | meaning |
/// |---|---|
/// | `#[refers(Users { name })]` | its value is the key of a row of `Users` |
/// | `#[refers(Users)]` | only `key` and `known` are shown |
/// | `#[refers(Users { name } as writer)]` | the other row is the field `writer`, of the type `PostsWriterRow`; the plain value stays |
/// | `#[refers(Members(tribe, author) { points } as member)]` | the key of `Members` has two parts: the values of these fields, of which this is one. Both are then tuples |
/// | `#[refers(Users { name, home { name } })]` | `home` has `#[refers]` in `Users`: the row shows what that leads to, here as `author.home` |
///
/// - A **part of the key** leads to rows, too. It stays as it is, and what it leads to is another field: `post_id` leads to `post`;
///   a part whose name does not end in `_id` needs `as`. As a key always leads somewhere, the field is no `Option`, unless other
///   columns are part of the way.
/// - A field may have several `#[refers]` that lead to different tables; all but one need `as`. At most three references follow
///   one another, and a table has at most 16. All tables that they lead to are in the reducer's [`Tables`]. A table may refer to
///   itself.
/// - **Windows** refer by parts of their key only, and not with `keep = "every …"`, whose documents are final. A table with windows
///   is referred to by the whole key of the shown row, and shows what is closed: a post shows its likes of the last 24 hours.
/// - Columns of `TopK` and of `Blob`s are not shown by references.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Posts { #[key] post_id: Text, title: Last<Text> }
///
/// #[derive(Table)]
/// #[table(window = "24h / 2m")]
/// struct Trends {
///     #[key]
///     tribe_id: Text,
///     #[key]
///     #[refers(Posts { title })]
///     post_id: Text,
///     users: Distinct,
/// }
///
/// #[derive(Document)]
/// struct Trend { tribe_id: String, post: TrendsPost, users: u64 }
///
/// fn project(row: Row<'_, Trends>, out: &mut Projected<Trend>) -> Result<()> {
///     out.document(Trend { tribe_id: row.tribe_id.into(), post: row.post.into(), users: row.users })
/// }
/// ```
///
/// A topic of posts beside likes would hold back windows at its own event time. Declare it `untimed`
/// ([`Event`](crate::Event)).
///
/// [`Contributions::add`]: crate::Contributions::add
#[diagnostic::on_unimplemented(message = "`{Self}` is not a table", label = "needs `#[derive(Table)]`")]
pub trait Table: Sized + 'static {
    /// One row's key and results.
    type Row<'a>;
    /// What an event adds to one row.
    type Contribution<'a>: Contribution<Table = Self>;
    /// Contributions in columns.
    #[doc(hidden)]
    type Columns;
    /// The opened columns of results.
    #[doc(hidden)]
    type Reader<'a>;
    /// All parts of the key.
    #[doc(hidden)]
    type Key: Key;
    /// Which rows there are for a key.
    #[doc(hidden)]
    type Windows: Windows;
    /// The names of the aggregates; those that references cannot show are empty.
    #[doc(hidden)]
    const COLUMNS: &'static [&'static str];
    /// The names that rows give to what they refer to.
    #[doc(hidden)]
    const REFERENCES: &'static [&'static str];
    /// Describes the table.
    #[doc(hidden)]
    fn spec() -> TableSpec;
    #[doc(hidden)]
    fn columns(rows: usize) -> Self::Columns;
    #[doc(hidden)]
    fn truncate(columns: &mut Self::Columns, rows: usize);
    /// Returns a column per part of the key, and the columns of each aggregate.
    #[doc(hidden)]
    fn finish(columns: Self::Columns) -> (Vec<Contributed>, Vec<Contributed>);
    #[doc(hidden)]
    fn open(rows: &Rows) -> Result<Self::Reader<'_>, String>;
    #[doc(hidden)]
    fn row<'a>(reader: &Self::Reader<'a>, row: usize) -> Result<Self::Row<'a>>;
    /// Uses every field of the author's struct, which exists only for its types, so that the compiler reports no unused fields.
    #[doc(hidden)]
    fn touch(&self);
}

/// What an event adds to one row of a table: what `Table::key(…)` starts.
pub trait Contribution {
    /// The table.
    #[doc(hidden)]
    type Table: Table;
    /// Appends it to the table's columns. After an error, some columns may be longer than others; see `Table::truncate`.
    #[doc(hidden)]
    fn push(self, columns: &mut <Self::Table as Table>::Columns, source: Source<'_>) -> Result;
}

/// The tables of a reducer. A single [`Table`] is all there is by itself; derive it on a struct with a field per table.
///
/// Rows of the first table are shown; the others are kept but not shown.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Posts { #[key] post_id: Text, likes: Count }
///
/// #[derive(Table)]
/// struct Users { #[key] user_id: Text, posts: Count }
///
/// #[derive(Tables)]
/// struct Feed { posts: Posts, users: Users }
///
/// fn extract(out: &mut Contributions<Feed>) -> Result<()> {
///     out.add(Posts::key("p1").likes(1))?;
///     out.add(Users::key("u1").posts(1))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a table nor a set of tables",
    label = "needs `#[derive(Table)]` or `#[derive(Tables)]`"
)]
pub trait Tables: Sized + 'static {
    /// The table whose rows become documents.
    type Shown: Table;
    /// The contributions to each table.
    #[doc(hidden)]
    type Collectors;
    #[doc(hidden)]
    fn specs() -> Vec<TableSpec>;
    #[doc(hidden)]
    fn collectors(rows: usize) -> Self::Collectors;
    /// Takes back everything of a row of the batch.
    #[doc(hidden)]
    fn take_back(collectors: &mut Self::Collectors, row: u32);
    /// Returns what was added to each table to which something was added.
    #[doc(hidden)]
    fn finish(collectors: Self::Collectors) -> Vec<Collected>;
}

/// A set of tables in which a table is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "table `{T}` is not one of the reducer's tables",
    label = "not in `{Self}`",
    note = "add a field of this type to the struct that derives `Tables`"
)]
pub trait Holds<T: Table>: Tables {
    /// The table's index in descriptions.
    const INDEX: u32;
    fn collector(collectors: &mut Self::Collectors) -> &mut Collector<T>;
}

/// The contributions of a batch to one table.
#[doc(hidden)]
pub struct Collector<T: Table> {
    columns: T::Columns,
    source_rows: Vec<u32>,
}

impl<T: Table> Collector<T> {
    pub fn with_capacity(rows: usize) -> Self {
        Self { columns: T::columns(rows), source_rows: Vec::with_capacity(rows) }
    }

    /// Appends a contribution of a row of the batch; after an error there is nothing of it.
    #[inline]
    pub(crate) fn push(
        &mut self,
        batch: &Batch,
        row: u32,
        contribution: impl Contribution<Table = T>,
    ) -> Result {
        let source = Source { batch, row, before: &self.source_rows };
        let added = contribution.push(&mut self.columns, source);
        if added.is_err() {
            T::truncate(&mut self.columns, self.source_rows.len());
        } else {
            self.source_rows.push(row);
        }
        added
    }

    pub fn take_back(&mut self, row: u32) {
        let kept = self.source_rows.partition_point(|&source_row| source_row < row);
        if kept < self.source_rows.len() {
            self.source_rows.truncate(kept);
            T::truncate(&mut self.columns, kept);
        }
    }

    /// Returns the contributions to the table with this index, if there are any.
    pub fn finish(self, table: u32) -> Option<Collected> {
        if self.source_rows.is_empty() {
            return None;
        }
        let (keys, values) = T::finish(self.columns);
        Some(Collected { table, source_rows: self.source_rows, keys, values, ends: None })
    }
}

/// A row of a table: the key and each aggregate's result, as fields of the same names.
pub type Row<'a, T> = <T as Table>::Row<'a>;
