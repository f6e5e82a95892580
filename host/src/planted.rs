//! Bugs on purpose: each switches off one rule that the guarantees rest on, so that a test can be seen to notice.
//!
//! Without the feature `planted` there are none, and every question after one is a constant. With it, the environment
//! variable `FOLDLINE_PLANTED` names the one that is there. `cargo xtask planted` shows each one caught.

/// A rule that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A checkpoint says a later position than its rows have.
    PositionAhead,
    /// A sink is sent a flush before the engine has passed what it may already show.
    HiNotAwaited,
    /// A sink takes a flush from an owner that another one has fenced.
    OwnerNotChecked,
    /// After a restart a sink that lags behind the checkpoint is sent only what is replayed.
    LagNotScanned,
    /// Changed keys beyond the cap are dropped without a scan.
    CapWithoutScan,
    /// Rows that changed since the last durable checkpoint are evicted.
    DirtyRowEvicted,
    /// Rows are evicted while the checkpoint that holds them is not durable.
    EvictedInFlight,
    /// Evicted rows are not looked for in the store.
    ColdRowForgotten,
    /// A batch that fails is refused whole instead of being halved.
    WholeBatchGuilty,
    /// Readers of the embedded log see records that are not synced.
    UnsyncedRead,
    /// A state row's checksum is not looked at.
    SealNotChecked,
    /// A row whose document could not be made is forgotten.
    FailedRowForgotten,
    /// Dead letters are counted from the start of a batch instead of in aligned blocks.
    DeadShareByBatch,
    /// A contribution goes to a shard by its place in the batch instead of its key.
    ExchangeByRow,
    /// What was decoded for all reducers is taken for what one of them declared.
    SharedVerdict,
    /// A predicted value is taken without being read.
    PredictedUnread,
}

impl Bug {
    /// Every bug, in the order of the flow.
    pub const ALL: [Self; 16] = [
        Self::UnsyncedRead,
        Self::PredictedUnread,
        Self::SharedVerdict,
        Self::WholeBatchGuilty,
        Self::DeadShareByBatch,
        Self::ExchangeByRow,
        Self::DirtyRowEvicted,
        Self::EvictedInFlight,
        Self::ColdRowForgotten,
        Self::PositionAhead,
        Self::SealNotChecked,
        Self::HiNotAwaited,
        Self::OwnerNotChecked,
        Self::LagNotScanned,
        Self::CapWithoutScan,
        Self::FailedRowForgotten,
    ];
}

/// Returns whether a bug is planted.
#[cfg(feature = "planted")]
pub fn is_planted(bug: Bug) -> bool {
    static PLANTED: std::sync::LazyLock<Option<Bug>> = std::sync::LazyLock::new(|| {
        let name = std::env::var("FOLDLINE_PLANTED").ok()?;
        Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name)
    });
    *PLANTED == Some(bug)
}

/// Returns that no bug is planted.
#[cfg(not(feature = "planted"))]
pub const fn is_planted(_: Bug) -> bool {
    false
}
