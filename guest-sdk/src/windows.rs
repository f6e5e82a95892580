//! Which rows a table has, as types.

/// Which rows of a table there are for a key.
#[doc(hidden)]
pub trait Windows {}
/// One row.
#[doc(hidden)]
pub struct NoWindows(());
/// One row, that of the newest closed window.
#[doc(hidden)]
pub struct LatestWindow(());
/// A row for each window.
#[doc(hidden)]
pub struct EveryWindow(());

impl Windows for NoWindows {}
impl Windows for LatestWindow {}
impl Windows for EveryWindow {}
