//! A connection to a host that may answer and close before it has read the request: if it has no room for another connection, or
//! does not know the token. hyper treats an early answer as an error, and a connection that accepts no more bytes as broken. This
//! stream makes it a normal answer.

use std::error::Error;
use std::future::Future;
use std::io;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tower::Service;

use super::address::{Address, CONNECT_TIMEOUT};

/// Connects to a host.
#[derive(Clone)]
pub(super) enum Connector {
    /// Connects to the address in the URL.
    Tcp(HttpConnector),
    /// Connects to a socket, whatever the URL.
    Socket(PathBuf),
}

/// A connection.
pub(super) struct Stream {
    inner: Box<dyn Duplex>,
    /// Whether anything was sent. Nothing is read before, so that an answer never precedes its request.
    has_sent: bool,
    /// The reader to wake once something was sent.
    reader: Option<Waker>,
    /// Whether the host has closed its side: it accepts no more bytes, but its answer can still be read.
    is_closed: bool,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Connector {
    pub(super) fn to(address: &Address) -> Self {
        match address {
            Address::Url(_) => {
                let mut tcp = HttpConnector::new();
                // Requests are small and should be sent at once.
                tcp.set_nodelay(true);
                Self::Tcp(tcp)
            }
            Address::Socket(path) => Self::Socket(path.clone()),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::Tcp(tcp) => tcp.poll_ready(context).map_err(Into::into),
            Self::Socket(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        match self {
            Self::Tcp(tcp) => {
                let connecting = tcp.call(url);
                Box::pin(
                    async move { Ok(TokioIo::new(Stream::new(in_time(connecting).await??.into_inner()))) },
                )
            }
            Self::Socket(path) => {
                let path = path.clone();
                Box::pin(async move { Ok(TokioIo::new(Stream::new(in_time(connect(path)).await??))) })
            }
        }
    }
}

/// Connects to a socket. A busy host lets callers wait, which only a blocking call supports.
async fn connect(path: PathBuf) -> io::Result<UnixStream> {
    let stream = tokio::task::spawn_blocking(move || StdUnixStream::connect(path)).await??;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Limits the time of connecting and looking up the host's name to that of connecting.
async fn in_time<T>(connecting: impl Future<Output = T>) -> io::Result<T> {
    let late = |_| {
        let why = format!("no connection within {} s", CONNECT_TIMEOUT.as_secs());
        io::Error::new(io::ErrorKind::TimedOut, why)
    };
    tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.map_err(late)
}

impl Stream {
    fn new(inner: impl Duplex + 'static) -> Self {
        Self { inner: Box::new(inner), has_sent: false, reader: None, is_closed: false }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_sent {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = if self.is_closed {
            Ok(bytes.len())
        } else {
            match ready!(Pin::new(&mut self.inner).poll_write(context, bytes)) {
                Err(error) if is_closed(&error) => {
                    self.is_closed = true;
                    Ok(bytes.len())
                }
                wrote => wrote,
            }
        };
        self.has_sent = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
