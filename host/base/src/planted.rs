//! Bugs on purpose: each switches off one rule that the guarantees rest on, so that a test can be seen to notice.
//!
//! Without the feature `planted` there are none, and every question after one is a constant. With it, the environment
//! variable `FOLDLINE_PLANTED` names the one that is there. `cargo xtask planted` shows each one caught.

/// Declares the bugs, and the list of all of them.
macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A rule that can be switched off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Bug {
            /// Every bug, in the order of the flow.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

bugs! {
    /// A state that holds records which are skipped by now goes on as if it did not.
    SkipForgotten,
    /// Readers of the embedded log see records that are not synced.
    UnsyncedRead,
    /// Blocks are taken whichever partition they were written for.
    OwnerNotAsked,
    /// Missing segments of the embedded log are noticed only where they are read.
    ChainNotLookedAt,
    /// A segment that is replaced under the host is appended to.
    SegmentNotWatched,
    /// A log that ends before its end mark passes for whole.
    EndMarkNotRead,
    /// A reader goes on in a Kafka topic that was re-created.
    TopicMadeAnew,
    /// An append is stamped with an earlier time than the previous one.
    AppendsGoBack,
    /// A predicted value is taken without being read.
    PredictedUnread,
    /// What was decoded for all reducers is taken for what one of them declared.
    SharedVerdict,
    /// What a reducer's own decoder makes an event comes behind the batch instead of at its offset.
    RescuedBehind,
    /// A batch that fails is refused whole instead of being halved.
    WholeBatchGuilty,
    /// Dead letters are counted from the start of a batch instead of in aligned blocks.
    DeadShareByBatch,
    /// A contribution goes to a shard by its place in the batch instead of its key.
    ExchangeByRow,
    /// Rows that changed since the last durable checkpoint are evicted.
    DirtyRowEvicted,
    /// Rows are evicted while the checkpoint that holds them is not durable.
    EvictedInFlight,
    /// Evicted rows are not looked for in the store.
    ColdRowForgotten,
    /// An evicted row that cannot be read for now passes for damaged.
    UnreadableIsDamaged,
    /// Rows that a restart leaves in the store are not looked at when their windows move on.
    ColdDateForgotten,
    /// No checkpoint is cut by time.
    TimeNotDue,
    /// No checkpoint is cut by volume.
    VolumeNotDue,
    /// A checkpoint says a later position than its rows have.
    PositionAhead,
    /// A checkpoint's rows are written apart from what says that they are there.
    TornCheckpoint,
    /// The rows of a checkpoint that the disk refused are not written again.
    FailedCutForgotten,
    /// A state row's checksum is not looked at.
    SealNotChecked,
    /// State that lost rows passes for whole.
    RowsNotCounted,
    /// State that lost a checkpoint from the middle passes for whole.
    GapNotNoticed,
    /// A damaged state is given up without asking whether the log can make it again.
    HistoryNotAsked,
    /// A version that is started again shares its folder with the one that is being deleted.
    RunShared,
    /// A restore leaves out a row.
    RestoredRowForgotten,
    /// The seals of the embedded store's pages are not looked at.
    PageSealNotChecked,
    /// A sink is sent a flush before the engine has passed what it may already show.
    HiNotAwaited,
    /// A flush says a later position than its rows have.
    FlushAhead,
    /// The flusher says that it is free while a flush is on its way.
    SecondFlight,
    /// After a restart a sink that lags behind the checkpoint is sent only what is replayed.
    LagNotScanned,
    /// Changed keys beyond the cap are dropped without a scan.
    CapWithoutScan,
    /// A sink takes a flush from an owner that another one has fenced.
    OwnerNotChecked,
    /// A sink takes a flush whatever its number.
    SeqNotChecked,
    /// A sink takes a flush that stands before what it shows.
    SinkGoesBack,
    /// A script goes on from whatever a Redis holds, also where scripts before it are gone.
    ScriptGapIgnored,
    /// An index whose shards went back is gone on with.
    ShardHistoryIgnored,
    /// What another installation holds on a server is taken over and deleted like one's own.
    InstallationNotChecked,
    /// A row whose document could not be made is forgotten.
    FailedRowForgotten,
    /// A topic of changes is written on whatever became of it and of what is noted of it.
    StandingTrusted,
    /// A row keeps its former memberships.
    PlaceLeftBehind,
    /// Windows close before the slowest partition has passed them.
    SealedEarly,
    /// A record is late by what came after it in its batch.
    LateByBatch,
    /// Partitions that have shown no time do not hold back event time.
    AbsenceIgnored,
    /// A punctuation of the host takes a watermark beyond the time of its append.
    PunctuatedBeyondClock,
    /// A partition without records is not moved on while all others sleep.
    EmptyHolds,
    /// An added partition begins before what was sealed.
    AddedTooEarly,
    /// A fold does not know where an added partition begins.
    AdditionForgotten,
    /// A deleted row is forgotten before every sink has deleted its document.
    DeletionForgotten,
    /// A module that reads as whole is judged at once, also where its end may be missing.
    HalfModuleTaken,
    /// A folder that no decision knows of is deleted at a start.
    UnknownDeleted,
    /// A hand-over to a version ends before it shows what the previous one may show.
    IntentNotAwaited,
    /// A version that became live writes a sink before its readers are pointed there.
    FlushBeforePointing,
    /// The version before writes a sink again as soon as the decision is made.
    ThawedByDecision,
    /// A sink that must be refilled is not waited for until the engine has passed what it showed.
    RefilledTooEarly,
    /// A wait ends when the embedded store shows what the log holds, whatever the other sinks do.
    SinksNotAwaited,
    /// What is not known yet is told as not being there.
    NotYetIsNone,
    /// A rollback window ends by the wall clock.
    WindowEndsByClock,
    /// A relay's frontier is written separately from the messages instead of with them.
    FrontierBeside,
    /// A relay goes on where the log ends instead of at the frontier.
    RelayStartChosen,
    /// What a position says of its log is not compared with the log.
    WitnessNotAsked,
    /// A topic of frontiers that went back is not told by what this host saw sent.
    SentNotNoted,
}

/// Returns whether a bug is planted.
#[cfg(feature = "planted")]
pub fn is_planted(bug: Bug) -> bool {
    static PLANTED: std::sync::LazyLock<Option<Bug>> = std::sync::LazyLock::new(|| {
        let name = std::env::var("FOLDLINE_PLANTED").ok()?;
        Bug::ALL.iter().copied().find(|bug| format!("{bug:?}") == name)
    });
    *PLANTED == Some(bug)
}

/// Returns that no bug is planted.
#[cfg(not(feature = "planted"))]
pub const fn is_planted(_: Bug) -> bool {
    false
}
