//! Reads request bodies: bounded in size, in time, and in what all of them hold together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Answer, Refusal};

/// 64 MiB: a million records of the usual size.
const BYTES_MAX: usize = 64 << 20;

/// 256 MiB held by all bodies together.
pub(super) const BUDGET_KIB: usize = 256 << 10;

/// 10 s for the next bytes to arrive, and for others' bodies to make room.
const PATIENCE: Duration = Duration::from_secs(10);

/// 120 s for the whole: half a megabyte a second for the largest.
const WHOLE: Duration = Duration::from_secs(120);

/// 64 MiB of a body that is too long are read before it is refused, and dropped.
const DRAINED_BYTES_MAX: usize = 64 << 20;

/// A body, with its share of the budget.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

/// Reads a whole body of records.
pub(super) async fn receive(body: Body, budget: &Arc<Semaphore>) -> Answer<Received> {
    receive_within(body, budget, BYTES_MAX, too_large).await
}

/// Reads a whole body that is a module.
pub(super) async fn receive_module(
    body: Body,
    budget: &Arc<Semaphore>,
    bytes_max: usize,
) -> Answer<Received> {
    let too_large = || {
        let detail = format!("the module is longer than the limit of {bytes_max} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
            .hint("build it with `foldline build`, which strips it, or raise `limits.module_bytes_max`")
    };
    receive_within(body, budget, bytes_max, too_large).await
}

async fn receive_within(
    body: Body,
    budget: &Arc<Semaphore>,
    bytes_max: usize,
    too_large: impl Fn() -> Refusal,
) -> Answer<Received> {
    timeout(WHOLE, read(body, budget, bytes_max, too_large)).await.unwrap_or_else(|_| Err(too_slow()))
}

async fn read(
    mut body: Body,
    budget: &Arc<Semaphore>,
    bytes_max: usize,
    too_large: impl Fn() -> Refusal,
) -> Answer<Received> {
    if axum::body::HttpBody::size_hint(&body).lower() > bytes_max as u64 {
        drain(&mut body).await;
        return Err(too_large());
    }
    let mut received = Received { bytes: Vec::new(), _share: None };
    let mut paid_kib = 0;
    while let Some(frame) = timeout(PATIENCE, body.frame()).await.map_err(|_| too_slow())? {
        let frame = frame.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        let bytes = received.bytes.len() + data.len();
        if bytes > bytes_max {
            drain(&mut body).await;
            return Err(too_large());
        }
        // Paid as it arrives, so that a client holds no more than it sent.
        let due_kib = bytes.div_ceil(1 << 10);
        let share = budget.clone().acquire_many_owned((due_kib - paid_kib) as u32);
        let share =
            timeout(PATIENCE, share).await.map_err(|_| overloaded())?.expect("the semaphore is never closed");
        paid_kib = due_kib;
        match &mut received._share {
            Some(shares) => shares.merge(share),
            none => *none = Some(share),
        }
        received.bytes.extend_from_slice(&data);
    }
    Ok(received)
}

/// Reads what is left of a body and drops it, up to a bound: a client that is still sending does not listen, and would take
/// the end of its connection for the answer.
async fn drain(body: &mut Body) {
    let mut left = DRAINED_BYTES_MAX;
    while left > 0 {
        let Ok(Some(Ok(frame))) = timeout(PATIENCE, body.frame()).await else { return };
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
    }
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {} MiB", BYTES_MAX >> 20))
        .hint("send the records in several requests")
}

fn too_slow() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
        .hint("send the records in smaller requests")
}

fn overloaded() -> Refusal {
    let detail = format!("requests in flight already hold {} MiB", BUDGET_KIB >> 10);
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, detail).hint("try again later")
}
