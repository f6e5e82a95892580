//! Planted bugs: each switches off one rule that the guarantees rest on, to show that a test notices.
//!
//! Without the feature `planted` there are none, and [`is_planted`] is a constant. With it, the environment variable
//! `FOLDLINE_PLANTED` names the planted bug. `cargo xtask planted` shows that each one is caught.

/// Declares the bugs, and the list of all of them.
macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A bug that can be planted: a rule that can be switched off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Bug {
            /// Every bug, in the order of the data flow.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

bugs! {
    /// A state that has folded records which have since been skipped continues as if it had not.
    SkipForgotten,
    /// Readers of the embedded log see records before they are synced.
    UnsyncedRead,
    /// Blocks are accepted even if they were written for another partition.
    OwnerNotAsked,
    /// Missing segments of the embedded log are noticed only when they are read.
    ChainNotLookedAt,
    /// The host appends to a segment that was replaced while it ran.
    SegmentNotWatched,
    /// A log that ends before its end mark passes for complete.
    EndMarkNotRead,
    /// A reader continues in a Kafka topic that was re-created.
    TopicMadeAnew,
    /// An append is stamped with an earlier time than the previous one.
    AppendsGoBack,
    /// A predicted value is taken without being validated.
    PredictedUnread,
    /// A reducer takes the shared decode as it is, without checking it against its own declarations.
    SharedVerdict,
    /// Events that only a reducer's own decoder makes are put after the batch instead of at their offsets.
    RescuedBehind,
    /// Records of an untimed input move the event time of their partition.
    UntimedMovesTime,
    /// The records of a partition are judged one input after the other instead of in the order of the log.
    TimesByInput,
    /// A batch on which a call fails becomes dead letters as a whole instead of being bisected.
    WholeBatchGuilty,
    /// Dead letters are counted from the start of a batch instead of in aligned blocks.
    DeadShareByBatch,
    /// A contribution goes to a shard by its place in the batch instead of its key.
    ExchangeByRow,
    /// Rows that changed since the last durable checkpoint are evicted.
    DirtyRowEvicted,
    /// Rows are evicted while the checkpoint that holds them is not durable.
    EvictedInFlight,
    /// Evicted rows are not read from the store.
    ColdRowForgotten,
    /// An evicted row that cannot be read for the moment passes for damaged.
    UnreadableIsDamaged,
    /// Rows that a restart leaves in the store are ignored when their windows advance.
    ColdDateForgotten,
    /// Rows that show a row of another table are not sent when it changes.
    EchoForgotten,
    /// A changed row is told only to the first shard, not to others whose rows show it.
    OtherShardNotTold,
    /// What rows refer to is read as the last checkpoint left it, not as it stands.
    TargetOfAnotherCut,
    /// A sink that catches up is sent rows that changed, but none that show a row that changed.
    AffectedForgotten,
    /// No checkpoint is cut by time.
    TimeNotDue,
    /// No checkpoint is cut by volume.
    VolumeNotDue,
    /// A checkpoint states a later position than that of its rows.
    PositionAhead,
    /// A checkpoint's rows are written separately from what declares them present.
    TornCheckpoint,
    /// The rows of a checkpoint that could not be written are not written again.
    FailedCutForgotten,
    /// The checksum of a row in the state store is not verified.
    SealNotChecked,
    /// A state that lost rows passes for complete.
    RowsNotCounted,
    /// A state that lost a checkpoint from the middle passes for complete.
    GapNotNoticed,
    /// A damaged state is given up without checking that the log can rebuild it.
    HistoryNotAsked,
    /// A version that is started again shares its folder with the one that is being deleted.
    RunShared,
    /// A restore omits a row.
    RestoredRowForgotten,
    /// The seals of the embedded store's pages are not verified.
    PageSealNotChecked,
    /// A sink is sent a flush before the engine has passed the position up to which the sink may already show documents.
    HiNotAwaited,
    /// A flush states a later position than that of its rows.
    FlushAhead,
    /// The flusher reports itself free while a flush is in flight.
    SecondFlight,
    /// After a restart, a sink that lags behind the checkpoint is sent only the rows that the replay changes.
    LagNotScanned,
    /// Changed keys beyond the cap are dropped without a scan.
    CapWithoutScan,
    /// A sink accepts a flush from an owner that was fenced.
    OwnerNotChecked,
    /// A sink accepts a flush with any seq.
    SeqNotChecked,
    /// A sink accepts a flush at a position before the one it shows.
    SinkGoesBack,
    /// A script continues from whatever a Redis server holds, even if the effects of earlier scripts are gone.
    ScriptGapIgnored,
    /// The host continues with an index whose shards went back to an earlier state.
    ShardHistoryIgnored,
    /// What another installation holds on a server is taken over or deleted as if it were one's own.
    InstallationNotChecked,
    /// A failed row is not recorded.
    FailedRowForgotten,
    /// A topic of changes is continued although the topic and the note about it disagree.
    StandingTrusted,
    /// A row keeps its former memberships.
    PlaceLeftBehind,
    /// Windows close before the slowest partition has passed them.
    SealedEarly,
    /// Whether a record is late depends on later records of its batch.
    LateByBatch,
    /// Partitions that have shown no event time yet do not hold back event time.
    AbsenceIgnored,
    /// A punctuation of the host moves a watermark beyond the time of its append.
    PunctuatedBeyondClock,
    /// A partition without records is not moved on while all other partitions are idle.
    EmptyHolds,
    /// An added partition begins at an event time that is already sealed.
    AddedTooEarly,
    /// A fold ignores the event time at which an added partition begins.
    AdditionForgotten,
    /// A deleted row is forgotten before every sink has deleted its document.
    DeletionForgotten,
    /// A module that looks complete is judged at once, even if its end may be missing.
    HalfModuleTaken,
    /// At startup, a folder that no decision mentions is deleted.
    UnknownDeleted,
    /// The values of a module's parameters are left out of the identity of what runs.
    ParametersLeftOut,
    /// A hand-over to a version ends before that version shows what the previous one may already show.
    IntentNotAwaited,
    /// A version that became live writes to a sink before the sink's pointer names it.
    FlushBeforePointing,
    /// The previous version writes to a sink again as soon as the decision is made.
    ThawedByDecision,
    /// A sink that must be refilled is written before the engine has passed the position that it showed.
    RefilledTooEarly,
    /// A wait ends when the embedded store shows what the log holds, even if other sinks do not.
    SinksNotAwaited,
    /// A projection that has no live version yet is reported as not existing.
    NotYetIsNone,
    /// A rollback window ends by the wall clock.
    WindowEndsByClock,
    /// A relay's frontier is written separately from the messages.
    FrontierBeside,
    /// A relay continues at the end of the log instead of at the frontier.
    RelayStartChosen,
    /// The witnesses of a position are not compared with the log.
    WitnessNotAsked,
    /// A topic of frontiers that went back is not recognized from what this host saw sent.
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
