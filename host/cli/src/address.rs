//! The address of a host. If none is given, the host is found by the socket in its data folder.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use hyper::Uri;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::secret::{Secret, without_user_info};
use foldline_base::terminal;
use foldline_config::{self as config, Config, Env};
use foldline_server::OPERATORS_SOCKET;

/// Where a host listens by default.
pub(super) const DEFAULT: &str = "http://127.0.0.1:7070";

/// 3 s is enough: a host is on this machine or in this network.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The prefix of a socket's address.
const SOCKET: &str = "unix:";

/// The address of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// `http://HOST:PORT`.
    Url(String),
    /// A socket in a host's data folder.
    Socket(PathBuf),
}

/// Returns the address of a configuration's host, and the host's token: its socket, if a host answers there. `config` names the
/// file; by default it is the working folder's file, if there is one.
///
/// # Errors
/// `Config` for a named file that is wrong, and for a socket of another user that the working folder's file names. A wrong file
/// in the working folder is no error, because it may not be a host's.
pub(super) fn find(config: Option<&Path>, env: Env<'_>) -> Result<(Address, Option<Secret>)> {
    let loaded = match config::load(config, env) {
        Ok(loaded) => loaded,
        Err(error) if config.is_some() => return Err(error),
        Err(error) => {
            // It may need environment variables that only the host has.
            terminal::say(format_args!(
                "foldline.toml in this folder names no host, using {DEFAULT}: {error}"
            ));
            return Ok((Address::Url(DEFAULT.to_owned()), None));
        }
    };
    // A file that the user names is trusted. The working folder may belong to another user, and the environment's token is meant
    // for the user's own host.
    let trusted = config.is_none().then(|| rustix::process::geteuid().as_raw());
    of(loaded, trusted)
}

/// Returns the address of a configuration's host. `trusted` is the user who may own its socket, besides root.
fn of(loaded: Config, trusted: Option<u32>) -> Result<(Address, Option<Secret>)> {
    let socket = loaded.data.join(OPERATORS_SOCKET);
    // There is no socket, or a host that was killed left it behind.
    if !is_answered(&socket) {
        return Ok((Address::Url(DEFAULT.to_owned()), None));
    }
    if let Some(user) = trusted {
        check_owner(&socket, user)?;
    }
    Ok((Address::Socket(socket), loaded.token))
}

/// Checks that this user or root owns a socket.
///
/// # Errors
/// `Config` if another user owns it.
fn check_owner(socket: &Path, user: u32) -> Result<()> {
    let owner = socket.metadata().map(|metadata| metadata.uid());
    if owner.as_ref().is_ok_and(|&owner| owner == user || owner == 0) {
        return Ok(());
    }
    let owner = owner.map_or_else(|error| error.to_string(), |owner| format!("user {owner}"));
    let message = format!(
        "`{}`, named by foldline.toml in this folder, is not this user's socket: it belongs to {owner}",
        socket.display()
    );
    Err(Error::new(ErrorKind::Config, message)
        .with_hint("if that host may see your token, name the file with --config, or the host with --host"))
}

impl Address {
    /// Reads an address as people write it.
    ///
    /// # Errors
    /// `Usage` for a text that is neither `http://…` nor `unix:PATH`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        // A name and a password in the address would appear in every message.
        if !text.starts_with(SOCKET) && text.contains('@') {
            let shown = without_user_info(text);
            let error = format!("`{shown}`: a host address must not contain a user name or password");
            return Err(
                Error::new(ErrorKind::Usage, error).with_hint("set FOLDLINE_TOKEN to the host's token")
            );
        }
        match text.strip_prefix(SOCKET) {
            Some(path) if !path.is_empty() => Ok(Self::Socket(path.into())),
            None if is_url(text) => Ok(Self::Url(text.trim_end_matches('/').to_owned())),
            _ => Err(Error::new(ErrorKind::Usage, format!("`{text}` is not a host address")).with_hint(
                format!(
                    "use an address such as {DEFAULT} or {SOCKET}.foldline/{OPERATORS_SOCKET}; for TLS, put a proxy in front of the host"
                ),
            )),
        }
    }

    /// Returns the URL prefix of requests.
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Url(url) => url,
            // A numeric address, so that no name is looked up in vain.
            Self::Socket(_) => "http://127.0.0.1",
        }
    }
}

/// Returns whether a text is the URL of a host, without a path.
fn is_url(text: &str) -> bool {
    let Ok(url) = text.parse::<Uri>() else { return false };
    let Some(authority) = url.authority() else { return false };
    // An invalid port would be ignored, and port 80 would receive the token.
    let after_host = authority.as_str().rsplit(']').next().unwrap_or_default();
    let has_wrong_port = after_host.contains(':') && authority.port_u16().is_none();
    text.starts_with("http://")
        && !authority.host().is_empty()
        && !has_wrong_port
        && !text.contains(['?', '#'])
}

/// Returns whether a host accepts connections at a socket, or is too busy to.
fn is_answered(socket: &Path) -> bool {
    let socket = socket.to_owned();
    let (connected, is_connected) = mpsc::channel();
    std::thread::spawn(move || connected.send(UnixStream::connect(socket).is_ok()));
    is_connected.recv_timeout(CONNECT_TIMEOUT).unwrap_or(true)
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Socket(path) => write!(f, "{SOCKET}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn an_address_is_a_url_or_a_socket() {
        assert_eq!(Address::parse("http://h:1/").unwrap(), Address::Url("http://h:1".to_owned()));
        assert_eq!(
            Address::parse("unix:/d/operators.sock").unwrap(),
            Address::Socket("/d/operators.sock".into())
        );
        for text in ["http://h", "http://h:1/behind/a/proxy", "http://[::1]:7070", "http://[::1]"] {
            assert_eq!(Address::parse(text).unwrap(), Address::Url(text.to_owned()));
        }
        let wrong_ports = ["http://h:7O70", "http://h:70700", "http://h:", "http://[::1]:x"];
        let others =
            ["localhost:7070", "https://h", "ftp://h", "unix:", "", "http://", "http://h?x", "http://h#x"];
        for text in wrong_ports.into_iter().chain(others) {
            assert_eq!(Address::parse(text).unwrap_err().kind(), ErrorKind::Usage, "{text}");
        }
    }

    #[test]
    fn a_host_is_found_by_the_socket_of_its_configuration_where_one_answers() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().join("data"), folder.path().join("foldline.toml"));
        std::fs::create_dir(&data).unwrap();
        std::fs::write(&file, format!("data = {:?}\ntoken = \"secret\"\n", data.display().to_string()))
            .unwrap();
        let found = || find(Some(&file), &|_| None).unwrap();
        let nobody = (Address::Url(DEFAULT.to_owned()), None);
        assert_eq!(found(), nobody, "no host runs");
        let socket = data.join(OPERATORS_SOCKET);
        let listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(found(), (Address::Socket(socket), Some("secret".into())));
        drop(listener);
        assert_eq!(found(), nobody, "a host that was killed left its socket");
        std::fs::write(&file, "dta = 1").unwrap();
        assert_eq!(find(Some(&file), &|_| None).unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn a_socket_that_the_working_folder_names_gets_no_token_where_it_is_another_users() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("foldline.toml");
        std::fs::write(&file, format!("data = {:?}\n", folder.path().display().to_string())).unwrap();
        let socket = folder.path().join(OPERATORS_SOCKET);
        let _listener = UnixListener::bind(&socket).unwrap();
        let me = rustix::process::geteuid().as_raw();
        let found = |trusted| of(config::load(Some(&file), &|_| None).unwrap(), trusted);
        found(Some(me)).unwrap();
        // Only root can give a socket to another user; everybody trusts root's sockets.
        let other = me + 1;
        if me == 0 {
            found(Some(other)).unwrap();
            std::os::unix::fs::chown(&socket, Some(65_534), None).unwrap();
        }
        let error = found(Some(other)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().unwrap().contains("--config"), "{error:?}");
        found(None).expect("a file that is named is trusted");
    }
}
