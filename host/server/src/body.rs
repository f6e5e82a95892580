//! Reads request bodies, with limits on size, on time, and on the memory of all bodies together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Answer, Refusal};

/// 64 MiB: a million records of ordinary size.
const RECORDS_BYTES_MAX: usize = 64 << 20;

/// The limit of a body of records.
pub(super) const RECORDS: BodyLimit = BodyLimit::Bytes(RECORDS_BYTES_MAX);

/// The limit of a body that is a module.
pub(super) const MODULE: BodyLimit = BodyLimit::Key("limits.module_bytes_max");

/// 10 s for the next bytes to arrive, or for other bodies to free memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// 120 s for the whole body: half a megabyte per second for the largest.
const WHOLE: Duration = Duration::from_secs(120);

/// Up to 64 MiB of a body that is too long are read and dropped before it is refused.
const DRAINED_BYTES_MAX: usize = 64 << 20;

/// The length limit of a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum BodyLimit {
    /// A fixed limit.
    Bytes(usize),
    /// The value of a configuration key.
    Key(&'static str),
}

/// Memory that requests share. Dropping a request's [`Share`] returns its part.
#[derive(Clone)]
pub(super) struct Budget {
    kib: Arc<Semaphore>,
    kib_max: usize,
}

/// A request's share of a budget.
#[derive(Default)]
pub(super) struct Share {
    permit: Option<OwnedSemaphorePermit>,
    kib: usize,
}

/// A body, with its share of the budget.
#[derive(Default)]
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    share: Share,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        let kib_max = bytes >> 10;
        Self { kib: Arc::new(Semaphore::new(kib_max)), kib_max }
    }

    /// Raises a share to this many bytes, waiting until others make room. More than the whole budget takes all of it.
    pub(super) async fn raise(&self, share: &mut Share, bytes: usize) -> Answer<()> {
        let kib = bytes.div_ceil(1 << 10).min(self.kib_max);
        let more = kib.saturating_sub(share.kib);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let permit = timeout(PATIENCE, self.kib.clone().acquire_many_owned(more));
        let permit = permit.await.map_err(|_| self.overloaded())?.expect("the semaphore is never closed");
        match &mut share.permit {
            Some(permits) => permits.merge(permit),
            none => *none = Some(permit),
        }
        share.kib = share.kib.max(kib);
        Ok(())
    }

    fn overloaded(&self) -> Refusal {
        let detail = format!("requests in flight already hold {} MiB", self.kib_max >> 10);
        Refusal::unavailable(detail).hint("try again later; `memory_max` of `[server]` is the limit")
    }

    #[cfg(test)]
    pub(super) fn free_kib(&self) -> usize {
        self.kib.available_permits()
    }
}

/// Reads a whole body of records.
pub(super) async fn receive(body: Body, budget: &Budget) -> Answer<Received> {
    receive_within(body, budget, RECORDS_BYTES_MAX, too_large).await
}

/// Reads a whole body that is a module.
pub(super) async fn receive_module(body: Body, budget: &Budget, bytes_max: usize) -> Answer<Received> {
    let too_large = || {
        let detail = format!("the module is longer than the limit of {bytes_max} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
            .hint("build it with `foldline build`, which strips it, or raise `limits.module_bytes_max`")
    };
    receive_within(body, budget, bytes_max, too_large).await
}

async fn receive_within(
    body: Body,
    budget: &Budget,
    bytes_max: usize,
    too_large: impl Fn() -> Refusal,
) -> Answer<Received> {
    timeout(WHOLE, read(body, budget, bytes_max, too_large)).await.unwrap_or_else(|_| Err(too_slow()))
}

async fn read(
    mut body: Body,
    budget: &Budget,
    bytes_max: usize,
    too_large: impl Fn() -> Refusal,
) -> Answer<Received> {
    let announced = axum::body::HttpBody::size_hint(&body);
    if announced.lower() > bytes_max as u64 {
        drain(&mut body).await;
        return Err(too_large());
    }
    let most = announced.upper().and_then(|most| usize::try_from(most).ok()).unwrap_or(bytes_max);
    let mut received = Received::default();
    while let Some(frame) = timeout(PATIENCE, body.frame()).await.map_err(|_| too_slow())? {
        let frame = frame.map_err(|error| Refusal::bad_request(format!("the body ended early: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        let bytes = received.bytes.len() + data.len();
        if bytes > bytes_max {
            // The body is refused, so the bytes so far are dropped.
            drop((received, data));
            drain(&mut body).await;
            return Err(too_large());
        }
        if let Err(overloaded) = received.make_room(budget, bytes, most).await {
            drop((received, data));
            drain(&mut body).await;
            return Err(overloaded);
        }
        received.bytes.extend_from_slice(&data);
    }
    Ok(received)
}

impl Received {
    /// Makes room for `bytes` bytes, of at most `most` in total. Memory is taken as the body grows, so that a client holds little
    /// more than it has sent.
    async fn make_room(&mut self, budget: &Budget, bytes: usize, most: usize) -> Answer<()> {
        if bytes <= self.bytes.capacity() {
            return Ok(());
        }
        let capacity = bytes.max((self.bytes.capacity() * 2).min(most));
        budget.raise(&mut self.share, capacity).await?;
        self.bytes.reserve_exact(capacity - self.bytes.len());
        Ok(())
    }
}

/// Reads and drops the rest of a body, up to a bound. A client that is still sending does not read the refusal, and would only
/// see its connection break.
async fn drain(body: &mut Body) {
    let mut left = DRAINED_BYTES_MAX;
    while left > 0 {
        let Ok(Some(Ok(frame))) = timeout(PATIENCE, body.frame()).await else { return };
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
    }
}

fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body is longer than {} MiB", RECORDS_BYTES_MAX >> 20),
    )
    .hint("send the records in several requests")
}

fn too_slow() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
        .hint("send the records in smaller requests")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::{Bytes, HttpBody};
    use hyper::body::Frame;
    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;

    /// A body of unknown length.
    struct Chunked(Receiver<usize>);

    impl HttpBody for Chunked {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(vec![b'x'; bytes].into()))))
        }
    }

    #[tokio::test]
    async fn a_body_that_is_refused_holds_no_memory_while_its_rest_is_read() {
        let budget = Budget::new(128 << 20);
        let (send, chunks) = channel(1);
        let whole = budget.clone();
        let reading = tokio::spawn(async move { receive(Body::new(Chunked(chunks)), &whole).await });
        for _ in 0..RECORDS_BYTES_MAX >> 20 {
            send.send(1 << 20).await.unwrap();
        }
        send.send(1).await.unwrap();
        // The channel takes two more only after the excess chunk has been examined.
        send.send(1).await.unwrap();
        send.send(1).await.unwrap();
        assert_eq!(budget.free_kib(), 128 << 10);
        drop(send);
        assert_eq!(reading.await.unwrap().err().unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_body_pays_for_the_memory_that_it_takes_and_gives_it_back() {
        let budget = Budget::new(1 << 20);
        let (send, chunks) = channel(8);
        for bytes in [100 << 10, 1, 150 << 10] {
            send.send(bytes).await.unwrap();
        }
        drop(send);
        let received = receive(Body::new(Chunked(chunks)), &budget).await.unwrap();
        let paid = (1 << 10) - budget.free_kib();
        assert!(paid >= received.bytes.capacity() >> 10 && paid <= 501, "{paid} KiB");
        drop(received);
        assert_eq!(budget.free_kib(), 1 << 10);
    }
}
