//! Progress bars on stderr: only where a person looks at a terminal.

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use foldline_base::terminal;

/// Returns a bar over bytes, hidden without a terminal; `bytes` is `None` when the end is not known.
pub(super) fn bytes(bytes: Option<u64>) -> ProgressBar {
    let template = match bytes {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}",
        None => "{msg} {spinner} {bytes} {bytes_per_sec}",
    };
    bar(bytes, template)
}

/// Returns a bar over records, hidden without a terminal.
pub(super) fn records(records: u64) -> ProgressBar {
    bar(Some(records), "{msg} {bar:30} {human_pos}/{human_len} {rate} eta {eta}")
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, terminal::draw_target());
    let style = ProgressStyle::with_template(template).expect("the templates of this file are well formed");
    bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A failure to draw is no failure of the work.
        let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
    }));
    bar
}
