//! The conformance suite of sinks against Redis; each test has its own server.

use foldline_sink::installation::Installation;
use foldline_sink::{SinkBackend, SinkVersion};
use foldline_sink_redis::RedisBackend;
use foldline_sink_testkit::{Capabilities, Claim, Contents, LossNoticed, Readers, SinkKind};
use foldline_tests::redis_sink::{contents, pointed, prefixes};
use foldline_tests::servers::redis::RedisServer;
use redis::Commands;

foldline_sink_testkit::conformance!(start);

fn start() -> Option<Redis> {
    RedisServer::start().map(Redis)
}

struct Redis(RedisServer);

impl SinkKind for Redis {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            readers: Readers::FollowPointer,
            loss_noticed: LossNoticed::Examined,
            checks_order: Claim::Holds,
            fences: Claim::Holds,
            serves_sets: Claim::Holds,
            flushes_atomically: Claim::Not("a large flush takes several scripts"),
            deletes_versions: Claim::Holds,
            disowns: Claim::Holds,
            names_changes_by_hand: Claim::Holds,
            tells_installations_apart: Claim::Holds,
            refused_body: Err("any body is a string"),
        }
    }

    fn backend(&self) -> Box<dyn SinkBackend> {
        Box::new(RedisBackend::new(&self.0.config()).expect("a configuration"))
    }

    fn backend_of(&self, installation: &str) -> Box<dyn SinkBackend> {
        let backend = RedisBackend::new(&self.0.config()).expect("a configuration");
        Box::new(backend.of("cache", Installation::named(installation)))
    }

    fn projection(&self) -> String {
        "feed".to_owned()
    }

    fn shown(&self, _: &SinkVersion) -> Contents {
        let mut connection = self.0.connection();
        pointed(&mut connection).map(|prefix| contents(&mut connection, &prefix)).unwrap_or_default()
    }

    fn lose(&self, _: &SinkVersion) {
        let mut connection = self.0.connection();
        for prefix in prefixes(&mut connection) {
            let _: () = connection.del(format!("{prefix}control")).expect("DEL");
        }
    }

    fn change_by_hand(&self, _: &SinkVersion) {
        let _: () = self.0.connection().set("foldline:feed:live", "another prefix").expect("SET");
    }
}
