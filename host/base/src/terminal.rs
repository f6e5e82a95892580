//! Writing to stderr, which may fail: a full disk, a closed pipe, a terminal that hung up. The code that writes continues.

use std::fmt::Display;
use std::io::{self, Write as _};

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

use crate::foreign::on_screen;

/// Writes a line to stderr, and ignores errors. A terminal obeys nothing in it but line ends and tabs.
pub fn say(line: impl Display) {
    // There is nowhere else to report a failure.
    let _ = writeln!(io::stderr(), "{}", on_screen(line));
}

/// Returns stderr as a target for progress bars, hidden if it is not a terminal.
pub fn draw_target() -> ProgressDrawTarget {
    let plain = ProgressDrawTarget::stderr();
    if plain.is_hidden() {
        return plain;
    }
    ProgressDrawTarget::term_like_with_hz(Box::new(Forgiving(Term::buffered_stderr())), REDRAWS_PER_S)
}

/// indicatif's own default.
const REDRAWS_PER_S: u8 = 20;

/// A terminal whose errors are ignored: indicatif panics when it cannot draw.
#[derive(Debug)]
struct Forgiving(Term);

/// Declares methods that call the terminal's own, and never fail.
macro_rules! forgiving {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {
        $(fn $name(&self, $($argument: $type),*) -> io::Result<()> {
            let _ = self.0.$name($($argument),*);
            Ok(())
        })+
    };
}

impl TermLike for Forgiving {
    fn width(&self) -> u16 {
        self.0.size().1
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    forgiving! {
        move_cursor_up(lines: usize);
        move_cursor_down(lines: usize);
        move_cursor_right(columns: usize);
        move_cursor_left(columns: usize);
        write_line(line: &str);
        write_str(text: &str);
        clear_line();
        flush();
    }
}
