//! A record of the network, with its place in the log.

/// A record of the network, with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic.
    pub topic: &'static str,
    /// The partition. Generated records are in 0: a log deals them out by their keys, and since all records of a key share a
    /// partition, it does not matter in which one they are.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
}

impl Record {
    /// Appends the record as a line that `foldline append` takes, without place: the log assigns one.
    pub fn print(&self, lines: &mut Vec<u8>) {
        for part in [&b"{\"topic\":\""[..], self.topic.as_bytes(), b"\",\"key\":\"", self.key.as_bytes()] {
            lines.extend_from_slice(part);
        }
        lines.extend_from_slice(b"\",\"value\":");
        lines.extend_from_slice(&self.value);
        lines.extend_from_slice(b"}\n");
    }
}
