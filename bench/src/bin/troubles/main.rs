//! Measures how much longer a projection takes from append to visible while something else on its host is in trouble.
//!
//! Each trouble has its own host. Some appends are read back before the trouble, and as many while it lasts. The output shows the
//! 99th percentile of both, and their ratio. It also shows the host's CPU seconds per append, because the machine is shared. A
//! ratio above 3 is a fault, which the exit code reports.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use foldline_tests::client::Client;
use foldline_tests::troubles::{Stage, Trouble};

/// Appends that are read back, before and during the trouble.
const APPENDS: usize = 600;

/// A larger ratio means that the trouble affects others.
const RATIO_MAX: f64 = 3.0;

/// The times of some appends.
struct Measured {
    p50: Duration,
    p99: Duration,
    cpu: Duration,
}

fn main() -> ExitCode {
    let mut out = std::io::stdout();
    let mut say = |line: String| writeln!(out, "{line}").is_ok();
    say(format!(
        "{:>18} | {:>22} | {:>22} | ratio of p99",
        "trouble", "before: p50, p99, CPU", "while: p50, p99, CPU"
    ));
    let mut is_fine = true;
    for trouble in Trouble::ALL {
        let Some(mut stage) = Stage::start() else {
            say("LEFT OUT: redis-server is not here".to_owned());
            return ExitCode::FAILURE;
        };
        stage.drain_log();
        let mut client = Client::new(1);
        client.append(&stage.host.url, 20_000);
        client.check(&stage.host);
        let before = measure(&stage, &mut client);
        stage.make(trouble);
        let during = measure(&stage, &mut client);
        let ratio = during.p99.as_secs_f64() / before.p99.as_secs_f64();
        is_fine &= ratio <= RATIO_MAX;
        say(format!("{:>18} | {} | {} | {ratio:.2}", format!("{trouble:?}"), shown(&before), shown(&during)));
    }
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn shown(Measured { p50, p99, cpu }: &Measured) -> String {
    let ms = |duration: &Duration| duration.as_secs_f64() * 1e3;
    format!("{:>5.1} {:>6.1} ms {:>5.1} ms", ms(p50), ms(p99), ms(cpu))
}

/// Appends and reads back. The first few appends do not count.
fn measure(stage: &Stage, client: &mut Client) -> Measured {
    (0..20).for_each(|_| client.append_and_read(&stage.host.url));
    let cpu_before = stage.host.cpu();
    let mut took: Vec<Duration> = (0..APPENDS)
        .map(|_| {
            let began = Instant::now();
            client.append_and_read(&stage.host.url);
            began.elapsed()
        })
        .collect();
    let cpu = (stage.host.cpu() - cpu_before) / APPENDS as u32;
    took.sort_unstable();
    Measured { p50: took[APPENDS / 2], p99: took[APPENDS * 99 / 100], cpu }
}
