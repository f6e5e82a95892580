//! The encoding of a row over windows.

use super::{Pane, WindowRows, WindowState};
use crate::table::encoding::{encode_behind_length, take_array, take_behind_length};
use crate::table::open::Ordered;

impl WindowRows {
    /// Newest sealed pane, boundary of the last change, whether the window holds something; then the open panes, newest first;
    /// then the sliding forms.
    pub(in crate::table) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        let state = &self.states[slot as usize];
        out.extend_from_slice(&state.newest.to_le_bytes());
        out.extend_from_slice(&state.changed.to_le_bytes());
        out.push(u8::from(state.filled));
        let open = self.open.of_row(slot).count() as u32;
        out.extend_from_slice(&open.to_le_bytes());
        for cell in self.open.of_row(slot) {
            out.extend_from_slice(&self.open.of(cell).0.to_le_bytes());
            self.open.encode(cell, out);
        }
        for column in &self.columns {
            encode_behind_length(out, |out| column.encode(slot, out));
        }
    }

    /// Returns the approximate length of that encoding.
    pub(in crate::table) fn encoded_len(&self, slot: u32) -> usize {
        let open: usize = self.open.of_row(slot).map(|cell| 8 + self.open.encoded_len(cell)).sum();
        21 + open + self.columns.iter().map(|column| 4 + column.encoded_len(slot)).sum::<usize>()
    }

    /// Reads what [`WindowRows::encode`] wrote as the row with the number `rows`.
    pub(in crate::table) fn push_encoded(&mut self, rows: usize, rest: &mut &[u8]) -> Result<(), String> {
        self.grow_to(rows + 1);
        let slot = rows as u32;
        let newest = i64::from_le_bytes(take_array(rest)?);
        let changed = i64::from_le_bytes(take_array(rest)?);
        let filled = match take_array::<1>(rest)? {
            [filled @ (0 | 1)] => filled == 1,
            [other] => return Err(format!("a row's window is filled: {other}")),
        };
        self.states[rows] = WindowState { newest, changed, taken: self.sealed, filled };
        let mut before = i64::MAX;
        for _ in 0..u32::from_le_bytes(take_array(rest)?) {
            let pane = i64::from_le_bytes(take_array(rest)?);
            if pane >= before || pane <= newest {
                return Err(format!("open pane {pane} after {before}, where {newest} is sealed"));
            }
            before = pane;
            let place = self.open.seek(slot, Pane(pane).order());
            let cell = self.open.insert(slot, Pane(pane), place);
            self.open.decode(cell, rest)?;
        }
        for column in &mut self.columns {
            column.set_encoded(slot, take_behind_length(rest)?)?;
        }
        Ok(())
    }
}
