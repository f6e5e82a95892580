//! The interface between tables and a kind of aggregate: everything that differs from kind to kind.

use std::fmt::{Debug, Display};

use super::cells::Cells;
use super::contract::Aggregate;
use super::contributed::{Contributed, Rows};
use super::sliding::form::Sliding;
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;

/// A kind of aggregate, with the checked parameters of one declaration.
pub(crate) trait Kind: Clone + Debug {
    /// What a declaration says about it.
    type Parameters;

    /// What a row, or a pane, holds.
    type Value: Aggregate + Clone + Debug;

    /// What a row over windows holds.
    type Window: Sliding<Pane = Self::Value> + Clone + Debug;

    /// What a window shows; equal when results are.
    type Shown: PartialEq;

    /// The name used in messages and documentation.
    const NAME: &'static str;

    /// How many columns of values its contributions have.
    const COLUMNS: usize = 1;

    /// Checks a declaration.
    ///
    /// # Errors
    /// Says which parameters are allowed.
    fn new(parameters: &Self::Parameters) -> Result<Self, String>;

    /// Returns the type of its results.
    fn result_type(parameters: &Self::Parameters) -> ValueType;

    /// Checks the type of the `nth` of its columns of contributions.
    ///
    /// # Errors
    /// Names what it must be.
    fn check_type(parameters: &Self::Parameters, nth: usize, values: &Values) -> Result<(), &'static str>;

    /// Looks for contributions that cannot be taken into account, and gives `refuse` the row and the reason of each.
    /// Types are checked before.
    fn check_contributions(
        _parameters: &Self::Parameters,
        _columns: &[Column],
        _refuse: &mut dyn FnMut(usize, String),
    ) {
    }

    /// Takes columns of contributions into account and notes the slots that they change.
    ///
    /// # Panics
    /// Panics on contributions that the checks would refuse.
    fn contribute(
        &self,
        cells: &mut Cells<Self::Value>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Column],
        marks: &mut Marks,
    );

    /// Returns the value of nothing.
    fn empty(&self) -> Self::Value;

    /// Returns the window of nothing.
    fn empty_window(&self) -> Self::Window;

    /// Checks that a stored value is of this declaration.
    ///
    /// # Errors
    /// Says where they differ.
    fn check_value(&self, _value: &Self::Value) -> Result<(), String> {
        Ok(())
    }

    /// Checks that a stored window is of this declaration.
    ///
    /// # Errors
    /// Says where they differ.
    fn check_window(&self, _window: &Self::Window) -> Result<(), String> {
        Ok(())
    }

    /// Appends a value's result to a column of [`Kind::result_type`].
    fn push_result(&self, value: &Self::Value, results: &mut Column);

    /// Appends a window's result to a column of [`Kind::result_type`].
    fn push_window_result(&self, window: &Self::Window, results: &mut Column);

    /// Returns what a window shows, to compare.
    fn shown(&self, window: &Self::Window) -> Self::Shown;

    /// Brings closer what sealing a cell's pane will need of a slot's window.
    #[inline]
    fn prefetch_for(_windows: &Cells<Self::Window>, _slot: u32, _panes: &Cells<Self::Value>, _cell: u32) {}
}

/// Checks a parameter that is part of a window's encoding as it is of a declaration.
///
/// # Errors
/// Names both, where they differ.
pub(crate) fn check_same<T: PartialEq + Display>(held: T, declared: T) -> Result<(), String> {
    if held == declared {
        return Ok(());
    }
    Err(format!("a window was made for {held}, declared is {declared}"))
}

/// Stops on contributions of a type that was not checked.
#[cold]
pub(crate) fn mismatch(values: &Column) -> ! {
    panic!("{} were not refused before they were applied", values.values().type_name())
}
