//! A column of one kind, in sliding form.

use crate::aggregate::cells::Cells;
use crate::aggregate::contract::Codec;
use crate::aggregate::kind::Kind;
use crate::aggregate::sliding::form::Sliding;
use crate::column::{Column, ValueType};

/// The windows of one kind, by slot.
#[derive(Clone, Debug)]
pub(crate) struct SlidingColumn<K: Kind> {
    kind: K,
    result_type: ValueType,
    /// By slot.
    pub(crate) cells: Cells<K::Window>,
}

impl<K: Kind> SlidingColumn<K> {
    /// Returns a column without rows.
    pub(crate) fn new(parameters: &K::Parameters) -> Result<Self, String> {
        let kind = K::new(parameters)?;
        Ok(Self { kind, result_type: K::result_type(parameters), cells: Cells::default() })
    }

    /// Adds empty windows until there are `rows`.
    pub(crate) fn grow_to(&mut self, rows: usize) {
        self.cells.grow_to(rows, || self.kind.empty_window());
    }

    /// Advances a row's window: drops panes before `first`, and seals the pane that has ended, if there is one. Returns
    /// whether the result changed.
    pub(crate) fn slide(&mut self, slot: u32, first: i64, ended: Option<(i64, K::Value)>) -> bool {
        let kind = &self.kind;
        self.cells.change(slot, |window| {
            let stays = window.stays(first, ended.as_ref().map(|(_, value)| value));
            let before = (!stays).then(|| kind.shown(window));
            window.expire(first);
            if let Some((pane, value)) = ended {
                window.seal(pane, value);
            }
            before.is_some_and(|before| before != kind.shown(window))
        })
    }

    /// Returns the results of some rows, as modules receive them.
    pub(crate) fn results(&self, slots: &[u32]) -> Column {
        let mut results = Column::empty(self.result_type);
        slots.iter().for_each(|&slot| self.kind.push_window_result(self.cells.at(slot), &mut results));
        results
    }

    /// Replaces one window by an encoded one.
    pub(crate) fn set_encoded(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        let window = K::Window::decode(bytes)?;
        self.kind.check_window(&window)?;
        self.cells.replace(slot, window);
        Ok(())
    }
}
