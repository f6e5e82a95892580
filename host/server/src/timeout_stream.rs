//! A stream with time limits: for a request's head, and for a client that does not read its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::activity::Activity;

/// A client that takes no byte of its answer for 30 s loses its connection.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// A stream whose reads fail when a request's head takes too long, and whose writes fail when the other side accepts nothing for
/// [`WRITE_PATIENCE`].
pub(super) struct TimeoutStream<S> {
    stream: S,
    activity: Arc<Activity>,
    head_timeout: Duration,
    /// Runs while a head is owed.
    head: Deadline,
    /// Runs while a write waits.
    write: Deadline,
}

/// A timer that runs while waiting.
struct Deadline {
    sleep: Pin<Box<Sleep>>,
    running: bool,
}

impl<S> TimeoutStream<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>, head_timeout: Duration) -> Self {
        Self { stream, activity, head_timeout, head: Deadline::new(), write: Deadline::new() }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.write.running = false;
            return wrote;
        }
        ready!(self.write.poll(cx, WRITE_PATIENCE));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }
}

impl Deadline {
    fn new() -> Self {
        Self { sleep: Box::pin(tokio::time::sleep(Duration::ZERO)), running: false }
    }

    /// Completes when it has run for `timeout`. The first call after a stop starts the timer.
    fn poll(&mut self, cx: &mut Context<'_>, timeout: Duration) -> Poll<()> {
        if !self.running {
            self.running = true;
            self.sleep.as_mut().reset(Instant::now() + timeout);
        }
        self.sleep.as_mut().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        if !self.activity.owes_head() {
            self.head.running = false;
            return read;
        }
        let this = &mut *self;
        match this.head.poll(cx, this.head_timeout) {
            Poll::Ready(()) => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "a request's head took too long")))
            }
            Poll::Pending => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judge(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.activity.sent();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
