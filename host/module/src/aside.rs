//! Compiles in a separate process, which is bounded in time and memory, and ends when the host stops. A failure there (a stack
//! overflow, memory that runs out, a bug of the compiler) does not end the host.
//!
//! The process is this binary with a hidden command. It reads the module from stdin and writes machine code to stdout. Both
//! are files, so that neither process waits for the other. The reason why a module does not compile goes to stderr.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{
    Resource, Rlimit, Signal, set_parent_process_death_signal, setpriority_process, setrlimit,
};
use wasmtime::Engine;

use super::fault::{bounded, is_hosts};
use super::settings::settings;
use foldline_base::error::{Error, ErrorKind, Result};

/// The hidden command.
pub const COMMAND: &str = "compile-module";

/// Maximum processor time of one compilation, over all its threads. A limit on elapsed time would refuse good modules on a
/// busy machine. A reducer takes half a second, 24 MB of code take 21 s.
const CPU_SECONDS_MAX: u64 = 120;

/// Maximum resident memory of one compilation. A reducer takes 50 MiB, 19 MB in functions of half a megabyte take 615 MiB.
const MEMORY_BYTES_MAX: u64 = 2 << 30;

/// Compiling has a lower priority than folding and serving: it gets what is left of the cores.
const NICENESS: i32 = 10;

/// Returns how many threads compile: half of the cores, so that other threads find a core at once. When compiling used all of
/// them, the 99th percentile from append to visible was six times as high as without.
fn threads() -> usize {
    (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1)
}

/// How often the process is checked.
const LOOK: Duration = Duration::from_millis(5);

/// Exit codes: the module does not compile; the host cannot compile now.
const REFUSED: u8 = 3;
const FAILED: u8 = 4;

/// Exit code of a process that has no memory for its libraries.
const NOT_LOADED: u8 = 127;

/// Messages of a compiler that got no memory (from the allocator) or no thread.
const NO_ROOM: [&str; 2] = ["memory allocation of ", "Resource temporarily unavailable"];

/// This binary, even if another one has replaced it on disk: machine code of the other one would be of another engine.
const THIS_BINARY: &str = "/proc/self/exe";

static IS_ASIDE: AtomicBool = AtomicBool::new(false);

/// From now on, modules are compiled by processes of this binary, if the system provides its path.
pub fn compile_aside() {
    IS_ASIDE.store(Path::new(THIS_BINARY).exists(), Ordering::Release);
}

/// Returns whether modules are compiled in separate processes.
pub(super) fn is_on() -> bool {
    IS_ASIDE.load(Ordering::Acquire)
}

/// Compiles a module in a separate process, until `stop` is set; returns machine code for engines with the same settings.
///
/// # Errors
/// `Module` when it does not compile, or exceeds the limits; `Unavailable` when stopped, or when the host lacks memory or
/// threads; `Internal` when the compiler fails.
pub(super) fn precompile(wasm: &[u8], stop: &AtomicBool) -> Result<Vec<u8>> {
    let file = || tempfile::tempfile().map_err(no_room);
    let (mut module, mut code, mut said) = (file()?, file()?, file()?);
    let start = || -> std::io::Result<Child> {
        module.write_all(wasm)?;
        module.rewind()?;
        Command::new(THIS_BINARY)
            .arg(COMMAND)
            .env("RAYON_NUM_THREADS", threads().to_string())
            // Signals that a terminal sends to the host must not reach it.
            .process_group(0)
            .stdin(module)
            .stdout(code.try_clone()?)
            .stderr(said.try_clone()?)
            .spawn()
    };
    let mut child = start().map_err(no_room)?;
    let status = awaited(&mut child, stop)?;
    let said = String::from_utf8_lossy(&read(&mut said).map_err(no_room)?).trim_end().to_owned();
    if status.success() {
        return read(&mut code).map_err(no_room);
    }
    Err(failure(status, &bounded(&said)))
}

/// Waits for the process. Ends it if it takes too much memory, or the host stops.
fn awaited(child: &mut Child, stop: &AtomicBool) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().map_err(no_room)? {
            return Ok(status);
        }
        let given_up = match () {
            () if stop.load(Ordering::Acquire) => Error::new(ErrorKind::Unavailable, "the host stops"),
            () if resident_bytes(child.id()) > MEMORY_BYTES_MAX => {
                too_much(format_args!("{} MiB of memory", MEMORY_BYTES_MAX >> 20))
            }
            () => {
                std::thread::sleep(LOOK);
                continue;
            }
        };
        // It may have ended already; the answer is the same.
        let _ = child.kill();
        let _ = child.wait();
        return Err(given_up);
    }
}

/// Returns the resident memory of a process, in bytes; 0 if the system does not tell, or the process has ended.
fn resident_bytes(process: u32) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = told.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

fn failure(status: ExitStatus, said: &str) -> Error {
    if status.code() == Some(i32::from(REFUSED)) {
        return Error::new(ErrorKind::Module, said);
    }
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        return too_much(format_args!("{CPU_SECONDS_MAX} s of processor time"));
    }
    let ended = match said {
        "" => format!("the compiler failed ({status})"),
        said => format!("the compiler failed ({status}): {said}"),
    };
    if lacked_room(status, said) { no_room(ended) } else { Error::new(ErrorKind::Internal, ended) }
}

/// Returns whether a compiler ended because it lacked memory or threads, which the host may have later.
fn lacked_room(status: ExitStatus, said: &str) -> bool {
    // The kernel does this when memory runs out.
    let was_killed = status.signal() == Some(Signal::KILL.as_raw());
    let ended = [FAILED, NOT_LOADED].map(i32::from).map(Some).contains(&status.code());
    was_killed || ended || NO_ROOM.iter().any(|no_room| said.contains(no_room))
}

/// Returns the error that a module cannot be compiled for now.
pub(super) fn no_room(cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unavailable, format_args!("cannot be compiled now: {cause}")).with_hint(
        "give the host more memory, processes, or room for temporary files (TMPDIR); a running host tries again",
    )
}

fn too_much(what: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::Module, format_args!("takes more than {what} to compile, the limit"))
}

fn read(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The main function of the compiling process: compiles from stdin to stdout.
pub fn run() -> ExitCode {
    let compiled = limit_oneself().and_then(|()| {
        let mut wasm = Vec::new();
        std::io::stdin().read_to_end(&mut wasm)?;
        Ok(wasm)
    });
    let compiled = compiled.map_err(wasmtime::Error::from).and_then(|wasm| {
        let code = Engine::new(&settings())?.precompile_component(&wasm)?;
        Ok(std::io::stdout().write_all(&code)?)
    });
    let Err(error) = compiled else { return ExitCode::SUCCESS };
    foldline_base::terminal::say(format_args!("{error:#}"));
    ExitCode::from(if is_hosts(&error) { FAILED } else { REFUSED })
}

/// Limits this process: it ends with the host, has a lower priority, and a maximum processor time.
fn limit_oneself() -> std::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let seconds = Some(CPU_SECONDS_MAX);
    // Fails if a lower limit is set already.
    let _ =
        setrlimit(Resource::Cpu, Rlimit { current: seconds, maximum: seconds.map(|seconds| seconds + 1) });
    // Fails in some containers; compile nevertheless.
    let _ = setpriority_process(None, NICENESS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_compilation_says_and_how_it_ends_tell_whose_fault_it_is() {
        let of = |status: i32, said: &str| {
            let error = failure(ExitStatus::from_raw(status), said);
            (error.kind(), error.message().to_owned())
        };
        let exit = |code: u8| i32::from(code) << 8;
        assert_eq!(of(exit(REFUSED), "no such type"), (ErrorKind::Module, "no such type".to_owned()));
        let (kind, message) = of(Signal::XCPU.as_raw(), "");
        assert_eq!(
            (kind, &*message),
            (ErrorKind::Module, "takes more than 120 s of processor time to compile, the limit")
        );
        for status in [exit(101), Signal::SEGV.as_raw(), Signal::ABORT.as_raw()] {
            assert_eq!(of(status, "why").0, ErrorKind::Internal, "{status}");
        }
        let no_room = [
            (exit(FAILED), "No space left on device"),
            (exit(NOT_LOADED), "cannot map a library"),
            (exit(101), "the thread pool: Resource temporarily unavailable"),
            (Signal::KILL.as_raw(), ""),
            (Signal::ABORT.as_raw(), "memory allocation of 4096 bytes failed"),
        ];
        for (status, said) in no_room {
            assert_eq!(of(status, said).0, ErrorKind::Unavailable, "{status} {said}");
        }
    }

    #[test]
    fn a_compilation_ends_when_the_host_stops() {
        let stop = AtomicBool::new(true);
        let began = std::time::Instant::now();
        let mut endless = Command::new("sleep").arg("600").spawn().unwrap();
        assert_eq!(awaited(&mut endless, &stop).unwrap_err().kind(), ErrorKind::Unavailable);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
