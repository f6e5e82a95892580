//! Ids of clusters and topics, as text.

/// Returns an id as Kafka's own tools print it, in URL-safe Base64. librdkafka uses the standard alphabet.
pub(super) fn printed(id: &str) -> String {
    id.replace('+', "-").replace('/', "_")
}
