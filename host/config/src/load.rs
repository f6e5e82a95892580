//! Where a configuration comes from: a named file, the one in the working folder, or the defaults.

use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};

use super::config::{Config, Overrides, parse};
use super::interpolate::Env;
use super::value::read_bounded;
use foldline_base::error::{Error, ErrorKind, Result};

/// The file that is read when none is named.
pub const FILE_NAME: &str = "foldline.toml";

/// 1 MiB: a configuration is a page or two.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Reads the named file. If none is named, reads `foldline.toml` of the working folder if it exists, else uses the defaults.
///
/// # Errors
/// `Config` when the file cannot be read, or with every problem in it, each with file, line and column.
pub fn load(path: Option<&Path>, env: Env<'_>) -> Result<Config> {
    load_with(path, &Overrides::default(), env)
}

/// As [`load`], with settings that win over the file. They are checked together with it.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: Option<&Path>, overrides: &Overrides, env: Env<'_>) -> Result<Config> {
    let Some(file) = path.map(Path::to_owned).or_else(in_working_folder) else {
        return parse(FILE_NAME, "", overrides, env);
    };
    let text = read_bounded(&file, FILE_BYTES_MAX).map_err(|message| {
        Error::new(ErrorKind::Config, format!("cannot read configuration `{}`: {message}", file.display()))
    })?;
    let config = parse(&file.display().to_string(), &text, overrides, env)?;
    // An absolute path, so that it stays right if the working folder changes.
    let file = std::path::absolute(&file).unwrap_or(file);
    Ok(Config { file: Some(file), ..config })
}

/// Returns the file of the working folder, unless it certainly does not exist. A file that cannot be examined is an error, not a
/// silent default.
fn in_working_folder() -> Option<PathBuf> {
    let path = PathBuf::from(FILE_NAME);
    match path.symlink_metadata() {
        Err(error) if error.kind() == IoErrorKind::NotFound => None,
        _ => Some(path),
    }
}
