//! The conformance suite for a topic of changes.

use foldline_sink_testkit::{Capabilities, Claim, Contents, LossNoticed, Readers, SinkKind};

use super::*;

foldline_sink_testkit::conformance!(start);

fn start() -> Option<World> {
    Some(World::new())
}

impl SinkKind for World {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            readers: Readers::ReadOnePlace,
            loss_noticed: LossNoticed::Opened,
            checks_order: Claim::Not(
                "a change that is written again changes nothing for whoever follows the topic",
            ),
            fences: Claim::Not("a log has no writer of its own; records that are nobody's stop the sink"),
            serves_sets: Claim::Not("a topic is keyed by document"),
            flushes_atomically: Claim::Not("an append takes several partitions, and a flush several appends"),
            deletes_versions: Claim::Not("the topic belongs to the projection and outlives its versions"),
            disowns: Claim::Holds,
            names_changes_by_hand: Claim::Not("a record by hand is found by the write that follows it"),
            tells_installations_apart: Claim::Not(
                "the topic is in the log, which belongs to its installation",
            ),
            refused_body: Err("any body is a record"),
        }
    }

    fn backend(&self) -> Box<dyn SinkBackend> {
        Box::new(World::backend(self))
    }

    fn projection(&self) -> String {
        "posts".to_owned()
    }

    fn shown(&self, _: &SinkVersion) -> Contents {
        let documents =
            if self.log.partitions(TOPIC).unwrap().is_some() { World::shown(self) } else { BTreeMap::new() };
        Contents { documents, ..Contents::default() }
    }

    /// The topic is a part of the log; only its progress note can be lost separately.
    fn lose(&self, version: &SinkVersion) {
        let standing = self.folder.path().join(format!("out/{}.json", version.projection));
        std::fs::remove_file(standing).unwrap();
    }
}
