//! Listeners: an address, or a Unix socket in the data folder.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

use super::admission::{Peer, Reason};
use super::connection::{self, Served};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt as _};
use foldline_runtime::SCRATCH;

/// The operators' socket, in the data folder.
pub const OPERATORS_SOCKET: &str = "operators.sock";

/// The longest path of a socket that the system accepts, including the terminating zero byte.
#[cfg(target_os = "linux")]
const PATH_BYTES_MAX: usize = 108;
#[cfg(not(target_os = "linux"))]
const PATH_BYTES_MAX: usize = 104;

/// Where connections come from.
#[derive(Debug)]
pub enum Listener {
    /// An address.
    Tcp(TcpListener),
    /// A socket in the file system.
    Socket(Socket),
}

/// A Unix socket that only its owner can open. Dropping it removes its file.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

/// A connection and its client.
pub(super) struct Accepted {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
}

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// Returns whether only this machine can connect.
    ///
    /// # Errors
    /// `Internal` when the system does not report the address.
    pub fn is_loopback(&self) -> Result<bool> {
        match self {
            Self::Tcp(listener) => Ok(address(listener)?.ip().to_canonical().is_loopback()),
            Self::Socket(_) => Ok(true),
        }
    }

    /// Accepts the next connection. Cancel safe.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                Ok(Accepted { stream: Stream::Tcp(stream), peer: Peer::of(address.ip()) })
            }
            Self::Socket(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                Ok(Accepted { stream: Stream::Unix(stream), peer: Peer::of_socket() })
            }
        }
    }
}

/// Returns the address of a listener.
///
/// # Errors
/// `Internal` when the system does not report it.
pub fn address(listener: &TcpListener) -> Result<SocketAddr> {
    listener.local_addr().kind(ErrorKind::Internal, "cannot read the address")
}

impl Socket {
    /// Opens the operators' socket of a data folder whose lock this process holds. An existing socket was left by a process that
    /// was killed.
    ///
    /// # Errors
    /// `Unavailable`, with what to do, when the system does not allow such a socket.
    pub fn open(data: &Path) -> Result<Self> {
        let path = data.join(OPERATORS_SOCKET);
        let refused = |error: &dyn std::fmt::Display| {
            let message = format!("operators' socket `{}`: {error}", path.display());
            Error::new(ErrorKind::Unavailable, message)
        };
        let bytes = path.as_os_str().len();
        if bytes >= PATH_BYTES_MAX {
            let error = format!("its path has {bytes} bytes, and the system takes {}", PATH_BYTES_MAX - 1);
            return Err(refused(&error).with_hint(
                "give `data` a shorter path, or operators an address: `operators_listen` of `[server]`",
            ));
        }
        let listener = bind(data, &path).map_err(|error| refused(&error))?;
        Ok(Self { listener, path })
    }

    /// Returns the socket's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Binds the socket in a folder that no other user can enter, and moves it into place once its permissions are set.
fn bind(data: &Path, path: &Path) -> io::Result<UnixListener> {
    // Shorter than the final name, so that it fits wherever that one fits.
    let aside = data.join(SCRATCH).join("s");
    match std::fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&aside)?;
    let bound = aside.join("o");
    let listener = StdUnixListener::bind(&bound)?;
    std::fs::set_permissions(&bound, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    std::fs::rename(&bound, path)?;
    std::fs::remove_dir(&aside)?;
    Ok(listener)
}

impl Drop for Socket {
    fn drop(&mut self) {
        // If this fails, the next host replaces the file; nothing answers there until then.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Stream {
    /// Serves the connection until it ends.
    pub(super) async fn serve(self, served: Served, stopping: watch::Receiver<bool>) {
        match self {
            Self::Tcp(stream) => {
                // Answers are small and should be sent at once.
                let _ = stream.set_nodelay(true);
                connection::serve(stream, served, stopping).await;
            }
            Self::Unix(stream) => connection::serve(stream, served, stopping).await,
        }
    }

    /// Sends the reason of a refusal, and closes the connection.
    pub(super) fn refuse(self, reason: Reason) {
        // Outside of the runtime, which would wait until the stream is writable. If it is not writable now, nothing is sent.
        match self {
            Self::Tcp(stream) => drop(stream.into_std().map(|stream| connection::refuse(stream, reason))),
            Self::Unix(stream) => drop(stream.into_std().map(|stream| connection::refuse(stream, reason))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileTypeExt as _;

    use super::*;

    #[tokio::test]
    async fn the_socket_is_its_owners_alone_replaces_a_stale_one_and_goes_when_it_is_closed() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(OPERATORS_SOCKET);
        // A killed process leaves this: a file without a listener.
        drop(StdUnixListener::bind(&path).unwrap());
        assert!(std::os::unix::net::UnixStream::connect(&path).is_err());
        let socket = Socket::open(data.path()).unwrap();
        let file = std::fs::symlink_metadata(&path).unwrap();
        assert!(file.file_type().is_socket());
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        std::os::unix::net::UnixStream::connect(&path).unwrap();
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_path_that_the_system_does_not_take_is_named_with_its_length_and_what_to_do() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path().join("d".repeat(100));
        std::fs::create_dir(&data).unwrap();
        let error = Socket::open(&data).unwrap_err();
        assert!(error.message().contains("bytes, and the system takes 107"), "{error}");
        assert!(error.hint().unwrap().contains("operators_listen"), "{error}");
        // A path that just fits is bound, too.
        let parent = tempfile::tempdir().unwrap();
        let room = PATH_BYTES_MAX - 1 - parent.path().as_os_str().len() - OPERATORS_SOCKET.len() - 2;
        let data = parent.path().join("d".repeat(room));
        std::fs::create_dir(&data).unwrap();
        Socket::open(&data).unwrap();
    }
}
