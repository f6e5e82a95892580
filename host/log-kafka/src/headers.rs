//! The headers that this host adds to messages.

/// The header of a punctuation, a message without a value: its time in milliseconds, as ASCII digits.
pub(super) const PUNCTUATION_HEADER: &str = "foldline-time";

/// The header that marks the records of a topic of changes.
pub(super) const MARK_HEADER: &str = "foldline-changes";
