//! Progress bars on stderr, only if it is a terminal.

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use foldline_base::terminal;

/// Returns a progress bar over bytes, hidden without a terminal. `bytes` is `None` if the total is unknown.
pub(super) fn bytes(bytes: Option<u64>) -> ProgressBar {
    let template = match bytes {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}",
        None => "{msg} {spinner} {bytes} {bytes_per_sec}",
    };
    bar(bytes, template)
}

/// Returns a progress bar over records, hidden without a terminal.
pub(super) fn records(records: u64) -> ProgressBar {
    bar(Some(records), "{msg} {bar:30} {human_pos}/{human_len} {rate} eta {eta}")
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, terminal::draw_target());
    let style = ProgressStyle::with_template(template).expect("the templates of this file are well formed");
    bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // An error while drawing does not affect the work.
        let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
    }));
    bar
}
