//! The interface between tables and a kind of aggregate: everything that differs from kind to kind.

use std::sync::Arc;

use std::fmt::{Debug, Display};

use super::cells::Cells;
use super::contract::Aggregate;
use super::contributed::{Contributed, Rows};
use super::sliding::form::Sliding;
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;

/// A kind of aggregate, with the checked parameters of one declaration.
pub(crate) trait Kind: Clone + Debug {
    /// The parameters of a declaration.
    type Parameters;

    /// What a row, or a pane, holds.
    type Value: Aggregate + Clone + Debug;

    /// What a row over windows holds.
    type Window: Sliding<Pane = Self::Value> + Clone + Debug;

    /// What a window shows. Equal when results are equal.
    type Shown: PartialEq;

    /// The name used in messages and documentation.
    const NAME: &'static str;

    /// How many columns of values its contributions have.
    const COLUMNS: usize = 1;

    /// Checks a declaration.
    ///
    /// # Errors
    /// Names the allowed parameters.
    fn new(parameters: &Self::Parameters) -> Result<Self, String>;

    /// Returns the type of its results.
    fn result_type(parameters: &Self::Parameters) -> ValueType;

    /// Checks the type of the `nth` of its columns of contributions.
    ///
    /// # Errors
    /// Names the type that it must have.
    fn check_type(parameters: &Self::Parameters, nth: usize, values: &Values) -> Result<(), &'static str>;

    /// Looks for contributions that cannot be applied, and calls `refuse` with the row and the reason of each. Types have been
    /// checked before.
    fn check_contributions(
        _parameters: &Self::Parameters,
        _columns: &[Arc<Column>],
        _refuse: &mut dyn FnMut(usize, String),
    ) {
    }

    /// Applies columns of contributions, and notes the slots that they change.
    ///
    /// # Panics
    /// Panics on contributions that the checks would refuse.
    fn contribute(
        &self,
        cells: &mut Cells<Self::Value>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    );

    /// Returns an empty value.
    fn empty(&self) -> Self::Value;

    /// Returns an empty window.
    fn empty_window(&self) -> Self::Window;

    /// Checks that a stored value matches this declaration.
    ///
    /// # Errors
    /// Describes the difference.
    fn check_value(&self, _value: &Self::Value) -> Result<(), String> {
        Ok(())
    }

    /// Checks that a stored window matches this declaration.
    ///
    /// # Errors
    /// Describes the difference.
    fn check_window(&self, _window: &Self::Window) -> Result<(), String> {
        Ok(())
    }

    /// Appends a value's result to a column of [`Kind::result_type`].
    fn push_result(&self, value: &Self::Value, results: &mut Column);

    /// Appends a window's result to a column of [`Kind::result_type`].
    fn push_window_result(&self, window: &Self::Window, results: &mut Column);

    /// Returns what a window shows, for comparisons.
    fn shown(&self, window: &Self::Window) -> Self::Shown;

    /// Prefetches what sealing a cell's pane will need of a slot's window.
    #[inline]
    fn prefetch_for(_windows: &Cells<Self::Window>, _slot: u32, _panes: &Cells<Self::Value>, _cell: u32) {}
}

/// Checks that a parameter in a window's encoding equals the declared one.
///
/// # Errors
/// Names both if they differ.
pub(crate) fn check_same<T: PartialEq + Display>(held: T, declared: T) -> Result<(), String> {
    if held == declared {
        return Ok(());
    }
    Err(format!("a window was made for {held}, declared is {declared}"))
}

/// Panics on contributions of a type that was not checked.
#[cold]
pub(crate) fn mismatch(values: &Column) -> ! {
    panic!("{} were not refused before they were applied", values.values().type_name())
}
