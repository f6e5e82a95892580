//! `foldline run`: runs a host, from reading the configuration to the last checkpoint.

mod catch_up;
mod descriptors;
mod signals;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::MultiProgress;
use tokio::net::TcpListener;
use tokio::task::JoinError;
use tracing::{error, info, warn};

use super::stop::Outcome;
use crate::telemetry;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt as _};
use foldline_base::{panics, terminal};
use foldline_config::{self as config, Config, Overrides};
use foldline_module as module;
use foldline_runtime::Host;
use foldline_server::{self as server, Listener, ServerOptions, Socket};
use signals::{Signals, Stopping};

/// 10 s: half of the time that an orchestrator gives a process to stop. The last flush and checkpoint need the other half.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Run the host
///
/// SIGINT and SIGTERM stop it after a last flush and checkpoint; a second signal stops it at once. FOLDLINE_LOG filters the
/// log (`info`, `foldline_engine=debug`), and FOLDLINE_LOG_FORMAT=json makes it machine-readable.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// The folder for everything that the host writes [default: .foldline]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder to watch for NAME@VERSION.wasm [default: modules]
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// The address to listen on; port 0 picks a free port [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Run {
    pub(super) fn run(self, config: Option<&Path>) -> Outcome {
        let env = |variable: &str| std::env::var(variable).ok();
        let overrides = Overrides { listen: self.listen, data: self.data, modules: self.modules };
        let config = config::load_with(config, &overrides, &env)?;
        keep_private(&config.modules);
        let bars = MultiProgress::with_draw_target(terminal::draw_target());
        telemetry::init(&env, &bars)?;
        panics::end_process_unless_contained();
        module::compile_aside();
        descriptors::raise_limit()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            // A request that panics gets an error as its answer. A panic of the host's own tasks is noticed by whoever waits for
            // them.
            .on_thread_start(panics::contain_thread)
            .build()
            .kind(ErrorKind::Internal, "cannot start the runtime")?;
        let outcome = runtime.block_on(run(config, bars));
        // A thread that is still blocked (by a start that a signal interrupted) must not delay the exit.
        runtime.shutdown_background();
        Ok(outcome?)
    }
}

/// Makes new files of this process readable to its own user alone: the data folder and its contents. The modules folder is for
/// others to fill, so it is created before.
fn keep_private(modules: &Path) {
    // A failure is reported where the folder is opened.
    let _ = std::fs::create_dir_all(modules);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Runs a host until a signal. Not cancel safe: dropping it leaves the host running.
async fn run(config: Config, bars: MultiProgress) -> Result<()> {
    let mut signals = Signals::listen()?;
    // Bind the port first: if it is taken, nothing has changed yet.
    let listener = bind("listen", config.listen).await?;
    let address = server::address(&listener)?;
    let mut operators = Vec::new();
    if let Some(address) = config.server.operators_listen {
        operators.push(Listener::Tcp(bind("server.operators_listen", address).await?));
    }
    let options = ServerOptions {
        token: config.token.clone(),
        record_bytes_max: config.limits.record_bytes_max,
        module_bytes_max: config.limits.module_bytes_max,
        limits: config.server.clone(),
    };
    let data = config.data.clone();
    let start = tokio::task::spawn_blocking(move || Host::start(config));
    let host = tokio::select! {
        started = start => started.map_err(lost)??,
        signal = signals.next() => {
            info!(signal = signal.name, "stopped before the start was complete");
            return Ok(());
        }
    };

    // After the start, which holds the folder's lock.
    match Socket::open(&data) {
        Ok(socket) => {
            info!(path = %socket.path().display(), "operators' socket is open");
            operators.push(Listener::Socket(socket));
        }
        // The host can serve without it.
        Err(error) => error!(%error, "operators have no socket"),
    }
    let stopping = signals.watch();
    catch_up::show(Arc::clone(&host), bars.clone());
    bars.suspend(|| tell_addresses(address, &operators));
    let readers = Listener::Tcp(listener);
    let shutdown = stopping.clone().stopped();
    let served = tokio::select! {
        served = server::serve(Arc::clone(&host), readers, operators, options, shutdown) => served,
        () = drained_too_long(stopping) => Ok(()),
    };
    // Also after an error: a checkpoint saves what is already folded.
    tokio::task::spawn_blocking(move || host.stop()).await.map_err(lost)?;
    served
}

/// Logs the addresses of the host, the readers' last, once all are open.
fn tell_addresses(readers: SocketAddr, operators: &[Listener]) {
    for listener in operators {
        if let Listener::Tcp(listener) = listener
            && let Ok(address) = server::address(listener)
        {
            terminal::say(format_args!("listening for operators on http://{address}"));
        }
    }
    terminal::say(format_args!("listening on http://{readers}"));
}

async fn bind(key: &str, address: SocketAddr) -> Result<TcpListener> {
    let flag = if key == "listen" { "--listen, or " } else { "" };
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            Error::new(ErrorKind::Unavailable, format!("cannot listen on {address}: it is in use")).with_hint(
                format!("stop what listens there, or choose another address with {flag}`{key}` in foldline.toml; port 0 takes a free one"),
            )
        }
        _ => Error::new(ErrorKind::Config, format!("cannot listen on {address}: {error}"))
            .with_hint(format!("choose another address with {flag}`{key}` in foldline.toml")),
    })
}

async fn drained_too_long(stopping: Stopping) {
    stopping.stopped().await;
    tokio::time::sleep(DRAIN_MAX).await;
    warn!(after_s = DRAIN_MAX.as_secs(), "requests were still running and were aborted");
}

fn lost(error: JoinError) -> Error {
    Error::new(ErrorKind::Internal, format!("a thread of the host was lost: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_next_step() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(bind("listen", address)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.message(), format!("cannot listen on {address}: it is in use"));
        assert!(error.hint().unwrap().contains("--listen"));
    }

    #[test]
    fn an_address_of_another_machine_is_a_configuration_error() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(bind("listen", "192.0.2.1:7070".parse().unwrap())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
