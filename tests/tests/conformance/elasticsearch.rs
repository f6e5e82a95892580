//! The conformance suite of sinks against Elasticsearch; each test has its own projection.

use foldline_config::ElasticsearchConfig;
use foldline_sink::installation::Installation;
use foldline_sink::{SinkBackend, SinkVersion};
use foldline_sink_elasticsearch::ElasticsearchBackend;
use foldline_sink_testkit::{Capabilities, Claim, Contents, LossNoticed, Readers, SinkKind};
use foldline_tests::servers::elasticsearch::{Elasticsearch as Server, unique_projection};
use serde_json::{Value, json};

foldline_sink_testkit::conformance!(start);

fn start() -> Option<Elasticsearch> {
    let server = Server::shared()?;
    Some(Elasticsearch { server, projection: unique_projection("conformance") })
}

struct Elasticsearch {
    server: &'static Server,
    projection: String,
}

impl Elasticsearch {
    fn new_backend(&self) -> ElasticsearchBackend {
        let urls = vec![self.server.url().to_owned()];
        // There is only one node.
        let config = ElasticsearchConfig { urls, replicas: 0, ..ElasticsearchConfig::default() };
        ElasticsearchBackend::new("search", &config).expect("the configuration is right")
    }

    fn indexes(&self, version: &SinkVersion) -> Vec<String> {
        let SinkVersion { projection, version, digest, .. } = version;
        let pattern = format!("foldline-{projection}-{version}-{digest}-*");
        let found = self.server.done("GET", &format!("{pattern}/_settings"), None);
        found.as_object().expect("an object").keys().cloned().collect()
    }
}

impl SinkKind for Elasticsearch {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            readers: Readers::FollowPointer,
            loss_noticed: LossNoticed::Examined,
            checks_order: Claim::Holds,
            fences: Claim::Holds,
            serves_sets: Claim::Not("memberships are not served from an index"),
            flushes_atomically: Claim::Not("a bulk request writes each document by itself"),
            deletes_versions: Claim::Holds,
            disowns: Claim::Holds,
            names_changes_by_hand: Claim::Holds,
            tells_installations_apart: Claim::Holds,
            refused_body: Ok(r#"{"count":"many"}"#),
        }
    }

    fn backend(&self) -> Box<dyn SinkBackend> {
        Box::new(self.new_backend())
    }

    fn backend_of(&self, installation: &str) -> Box<dyn SinkBackend> {
        Box::new(self.new_backend().of(Installation::named(installation)))
    }

    fn projection(&self) -> String {
        self.projection.clone()
    }

    fn shown(&self, _: &SinkVersion) -> Contents {
        let alias = &self.projection;
        if self.server.ask("POST", &format!("{alias}/_refresh"), None).0 == 404 {
            return Contents::default();
        }
        let found = self.server.done("POST", &format!("{alias}/_search"), Some(&json!({"size": 10_000})));
        let hits = found["hits"]["hits"].as_array().expect("hits");
        let hit = |hit: &Value| (hit["_id"].as_str().expect("an id").to_owned(), hit["_source"].to_string());
        Contents { documents: hits.iter().map(hit).collect(), ..Contents::default() }
    }

    fn lose(&self, version: &SinkVersion) {
        for index in self.indexes(version) {
            self.server.done("DELETE", &format!("{index}/_doc/_foldline:control"), None);
        }
    }

    fn change_by_hand(&self, version: &SinkVersion) {
        let remove = |index| json!({"remove": {"index": index, "alias": self.projection}});
        let actions: Vec<Value> = self.indexes(version).iter().map(remove).collect();
        self.server.done("POST", "_aliases", Some(&json!({"actions": actions})));
    }
}
