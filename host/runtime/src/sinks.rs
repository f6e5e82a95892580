//! Makes the sinks that a configuration names.

use std::sync::Arc;

use foldline_base::error::Result;
use foldline_config::{Config, SinkConfig};
use foldline_log::Log;
use foldline_sink::installation::Installation;
use foldline_sink::{SharedBackend, SinkBackend};
use foldline_sink_changes::{ChangesBackend, ReadTopics};
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_sink_redis::RedisBackend;

/// Returns the configured sinks, without contacting any server. Topics of changes are written to `log`, unless reducers read them
/// (`inputs`). Notes about them go into the data folder.
///
/// # Errors
/// `Config` naming each setting that is impossible.
pub fn backends(config: &Config, log: &Arc<dyn Log>, inputs: &Arc<ReadTopics>) -> Result<Vec<SharedBackend>> {
    let installation = Installation::of(config, log);
    let backend = |(name, sink): (&String, &SinkConfig)| -> Result<SharedBackend> {
        let backend: Arc<dyn SinkBackend> = match sink {
            SinkConfig::Elasticsearch(config) => {
                Arc::new(ElasticsearchBackend::new(name, config)?.of(installation.clone()))
            }
            SinkConfig::Redis(config) => Arc::new(RedisBackend::new(config)?.of(name, installation.clone())),
            SinkConfig::Changes(changes) => {
                let folder = config.data.join("changes");
                Arc::new(ChangesBackend::new(name, changes, Arc::clone(log), Arc::clone(inputs), &folder))
            }
        };
        Ok(SharedBackend::new(name, backend))
    };
    config.sinks.iter().map(backend).collect()
}
