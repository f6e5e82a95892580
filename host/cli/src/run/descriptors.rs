//! File descriptors: raises the limit as far as the system allows, and fails at the start if that is too few to run.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

use foldline_base::error::{Error, ErrorKind, Result};

/// An idle host has 30 open, each version about 20, each partition of the log 2, each client one. With fewer than this the host
/// would start, but its versions would wait forever.
const DESCRIPTORS_MIN: u64 = 256;

/// Raises the soft limit to the hard one.
///
/// # Errors
/// `Config` when the hard limit is too low.
pub(super) fn raise_limit() -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = if raised.is_ok() { maximum } else { current };
    if let Err(error) = raised {
        warn!(%error, "cannot raise the limit of open files to the hard limit");
    }
    enough(limit)
}

/// Checks a limit; `None` means unlimited.
fn enough(limit: Option<u64>) -> Result<()> {
    let Some(limit) = limit.filter(|limit| *limit < DESCRIPTORS_MIN) else { return Ok(()) };
    let message = format!("the limit of open files is {limit}, and a host needs at least {DESCRIPTORS_MIN}");
    Err(Error::new(ErrorKind::Config, message).with_hint(
        "raise it: `ulimit -n 4096` in a shell, `LimitNOFILE=` in systemd, `--ulimit nofile=4096` in Docker",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_too_low_is_an_error_with_the_number_that_is_needed() {
        enough(None).unwrap();
        enough(Some(DESCRIPTORS_MIN)).unwrap();
        let error = enough(Some(32)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.message(), "the limit of open files is 32, and a host needs at least 256");
        assert!(error.hint().unwrap().contains("ulimit -n"));
    }
}
