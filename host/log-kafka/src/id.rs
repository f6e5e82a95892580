//! Ids of clusters and topics, as text.

/// Returns an id as Kafka's own tools print it, in the alphabet of URLs; librdkafka has the other one.
pub(super) fn printed(id: &str) -> String {
    id.replace('+', "-").replace('/', "_")
}
