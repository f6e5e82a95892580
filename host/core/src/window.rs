//! How event time is cut into panes and windows.
//!
//! Panes are one slide long and numbered from the epoch: pane p covers `[p · slide, (p + 1) · slide)`. A *boundary* b is
//! the instant b · slide: pane b - 1 ends there, and the window of n panes that closes there holds panes b - n to b - 1.
//! A tumbling window is one of a single pane.

use crate::description::Window;

/// The most panes of a window, 2^20: enough for three years by two minutes. More is a mistake in a declaration.
pub const PANES_MAX: u64 = 1 << 20;

/// The panes of a tumbling or sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// Length of a pane, in milliseconds.
    pub slide_ms: i64,
    /// Panes in a window.
    pub count: i64,
}

impl Panes {
    /// Returns the panes of a window; `None` if it has none.
    ///
    /// # Errors
    /// Describes what is wrong: a length of zero, a slide that does not divide the length, or too many panes.
    pub fn of(window: Window) -> Result<Option<Self>, String> {
        let (size_ms, slide_ms) = match window {
            Window::Unbounded | Window::Session(_) => return Ok(None),
            Window::Tumbling(size_ms) => (size_ms, size_ms),
            Window::Sliding { size_ms, slide_ms } => (size_ms, slide_ms),
        };
        if size_ms == 0 || slide_ms == 0 || i64::try_from(size_ms).is_err() {
            return Err(format!("a window of {size_ms} ms that slides by {slide_ms} ms"));
        }
        if !size_ms.is_multiple_of(slide_ms) {
            return Err(format!("a window of {size_ms} ms is no multiple of its slide of {slide_ms} ms"));
        }
        let count = size_ms / slide_ms;
        if count > PANES_MAX {
            return Err(format!("a window of {count} slides, where {PANES_MAX} are allowed"));
        }
        Ok(Some(Self { slide_ms: slide_ms as i64, count: count as i64 }))
    }

    /// Returns the pane that holds a time.
    #[inline]
    pub fn pane(self, time_ms: i64) -> i64 {
        time_ms.div_euclid(self.slide_ms)
    }

    /// Returns the last boundary that event time has reached. Every window that closes there or before is final.
    pub fn boundary(self, time_ms: i64) -> i64 {
        self.pane(time_ms)
    }

    /// Returns when the window that closes at a boundary begins, in milliseconds.
    pub fn start_ms(self, boundary: i64) -> i64 {
        (boundary - self.count).saturating_mul(self.slide_ms)
    }

    /// Returns when the window that closes at a boundary ends, in milliseconds.
    pub fn end_ms(self, boundary: i64) -> i64 {
        boundary.saturating_mul(self.slide_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_reached_when_its_pane_is_over() {
        let panes = Panes::of(Window::Sliding { size_ms: 30, slide_ms: 10 }).unwrap().unwrap();
        assert_eq!(panes, Panes { slide_ms: 10, count: 3 });
        for (time, pane) in [(-11, -2), (-10, -1), (-1, -1), (0, 0), (9, 0), (10, 1)] {
            assert_eq!(panes.pane(time), pane);
        }
        assert_eq!((panes.boundary(19), panes.boundary(20)), (1, 2));
        assert_eq!((panes.start_ms(2), panes.end_ms(2)), (-10, 20));
    }

    #[test]
    fn windows_that_make_no_sense_are_refused() {
        for window in [
            Window::Tumbling(0),
            Window::Sliding { size_ms: 10, slide_ms: 0 },
            Window::Sliding { size_ms: 10, slide_ms: 3 },
            Window::Sliding { size_ms: 10, slide_ms: 20 },
            Window::Tumbling(u64::MAX),
            Window::Sliding { size_ms: 1 << 40, slide_ms: 1 },
        ] {
            assert!(Panes::of(window).is_err(), "{window:?}");
        }
        assert_eq!(Panes::of(Window::Unbounded), Ok(None));
        assert_eq!(Panes::of(Window::Session(5)), Ok(None));
    }
}
