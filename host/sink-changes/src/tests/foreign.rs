//! A topic of another writer is left alone, and memory stays bounded.

use foldline_core::description::Input;

use super::*;
use foldline_log::NewRecord;

fn record(key: &str) -> NewRecord {
    NewRecord { key: Some(key.into()), value: Some(b"a fact".to_vec()), ..NewRecord::default() }
}

fn input(topic: &str, changelog: bool) -> Input {
    Input { topic: topic.to_owned(), changelog, ..Input::default() }
}

/// Opens a sink as a version that must be refilled.
fn takes_over(backend: &ChangesBackend) -> foldline_base::error::Result<Box<dyn Sink>> {
    let mut before = backend.open(&version("0.1.0"), "me", false)?;
    assert_eq!(before.point().unwrap_err().kind(), ErrorKind::Lost);
    backend.open(&version("0.1.0"), "me", true)
}

#[test]
fn a_topic_that_holds_somebody_elses_records_is_refused_and_not_written() {
    let world = World::new();
    world.log.ensure_topic(TOPIC).unwrap();
    world.log.append(TOPIC, vec![record("a"), record("b")]).unwrap();
    let before = world.records();
    let Err(error) = takes_over(&world.backend()) else { panic!("it is opened") };
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("`posts-changes` holds a record at offset 0"), "{error}");
    assert_eq!(world.records(), before);
}

#[test]
fn a_topic_that_a_reducer_reads_as_facts_is_refused_also_when_the_reducer_comes_later() {
    let world = World::new();
    let backend = world.backend();
    let reader = Arc::new(());
    world.inputs.note(reader.clone(), "likes@1.0.0", "likes", &[input(TOPIC, false)]);
    let Err(error) = backend.open(&version("0.1.0"), "me", false) else { panic!("it is opened") };
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("`posts-changes` is an input of likes@1.0.0"), "{error}");
    drop(reader);
    let mut live = take_over(&backend, "0.1.0", &[("a", Some("1"))]);
    let changelog = Arc::new(());
    world.inputs.note(changelog.clone(), "tags@1.0.0", "tags", &[input(TOPIC, true)]);
    flush(&mut *live, 2, &[("a", Some("2"))]);
    let facts = Arc::new(());
    world.inputs.note(facts.clone(), "likes@1.1.0", "likes", &[input(TOPIC, false)]);
    let refused = live.flush(&head(3), &mut ReadyChunks::new(&[documents(&[("a", Some("3"))])])).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(world.shown(), shown(&[("a", "2")]));
}

#[test]
fn a_reducer_never_reads_its_own_changes_not_even_as_a_changelog() {
    let world = World::new();
    let reader = Arc::new(());
    world.inputs.note(reader.clone(), "posts@0.1.0", "posts", &[input(TOPIC, true)]);
    assert!(world.backend().open(&version("0.1.0"), "me", false).is_err());
}

#[test]
fn somebody_elses_record_in_between_stops_the_sink_and_is_not_ended() {
    let world = World::new();
    let backend = world.backend();
    let mut live = take_over(&backend, "0.1.0", &[("a", Some("1"))]);
    // Into all partitions, so that the next append meets one of them.
    for partition in 0..3 {
        let foreign = NewRecord { partition: Some(partition), ..record("stranger") };
        world.log.append(TOPIC, vec![foreign]).unwrap();
    }
    let refused = live.flush(&head(2), &mut ReadyChunks::new(&[documents(&[("a", Some("2"))])])).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused, "{refused}");
    let Err(error) = takes_over(&world.backend()) else { panic!("it is opened") };
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(world.shown()["stranger"], "a fact");
}

#[test]
fn a_punctuation_in_the_topic_harms_nobody() {
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1"))]);
    world.log.punctuate(TOPIC, None, 1 << 39).unwrap();
    flush(&mut *live, 2, &[("a", Some("2"))]);
    assert_eq!(world.shown(), shown(&[("a", "2")]));
}

#[test]
fn what_is_ended_at_a_takeover_is_the_same_however_little_of_it_is_held_at_once() {
    let ids: Vec<String> = (0..200).map(|at| format!("id{at}")).collect();
    for room in [1, 500, 1 << 20] {
        let world = World::new();
        let mut backend = world.backend();
        backend.ended_bytes_max = room;
        let all: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), Some("1"))).collect();
        let mut old = take_over(&backend, "0.1.0", &all);
        flush(&mut *old, 2, &[("id7", None)]);
        let kept: Vec<_> = all.iter().step_by(3).copied().collect();
        take_over(&backend, "0.2.0", &kept);
        assert_eq!(world.shown(), kept.iter().map(|(id, _)| ((*id).to_owned(), "1".to_owned())).collect());
        let ended = world.records();
        assert_eq!(ended["id7"].len(), 2, "what was ended is not ended again, room {room}");
        assert_eq!(ended["id8"].len(), 2, "each is ended once, room {room}");
    }
}
