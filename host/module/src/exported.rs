//! Which interfaces of the contract a module exports.

/// Which interfaces of the contract a module exports, besides the manifest that every module has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exported {
    /// Whether it folds events into tables.
    pub(super) reduce: bool,
    /// Whether it turns events into messages for other systems.
    pub(super) relay: bool,
}
