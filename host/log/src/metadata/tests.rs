//! A log on another machine that answers late, or never.

use std::sync::atomic::Ordering;

use super::*;
use crate::remote::{RemoteLog, away};

fn cache() -> (MetadataCache, Arc<RemoteLog>) {
    let log = Arc::new(RemoteLog::default());
    (MetadataCache::new(Arc::clone(&log) as Arc<dyn Log>), log)
}

fn topics(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Asks until there is an answer.
fn wait<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::yield_now();
    }
}

fn ends(known: &KnownEnds) -> String {
    known.ends.to_string()
}

#[test]
fn nobody_waits_for_a_log_that_does_not_answer_and_the_last_answer_keeps_its_age() {
    let (cache, log) = cache();
    let likes = topics(&["likes"]);
    // The log does not answer, but this returns.
    let known = cache.known_ends(&likes);
    assert_eq!((known.unknown.len(), known.error.is_none()), (1, true));
    assert!(cache.since(&likes, Instant::now()).is_none());

    log.says(Ok(7));
    let known = wait(|| Some(cache.known_ends(&likes)).filter(|known| known.unknown.is_empty()));
    assert_eq!(ends(&known), "likes:0:7");

    log.says(Err(away()));
    let since = Instant::now();
    let failed = wait(|| cache.since(&likes, since));
    assert_eq!(failed.unwrap_err().message(), "the broker is away");
    let age_min = since.elapsed();
    let known = cache.known_ends(&likes);
    assert_eq!((ends(&known).as_str(), known.error.is_some()), ("likes:0:7", true));
    assert!(known.age >= age_min);

    log.says(Ok(9));
    let known = wait(|| Some(cache.known_ends(&likes)).filter(|known| known.error.is_none()));
    assert_eq!(ends(&known), "likes:0:9");
}

#[test]
fn a_log_that_is_away_is_not_asked_about_every_topic() {
    let (cache, log) = cache();
    let all = topics(&["a", "b", "c"]);
    let since = Instant::now();
    assert!(cache.since(&all, since).is_none());
    log.says(Err(away()));
    assert!(wait(|| cache.since(&all, since)).is_err());
    assert_eq!(log.asked.load(Ordering::Relaxed), 1);
    for topic in all {
        assert!(wait(|| cache.since(std::slice::from_ref(&topic), since)).is_err());
    }
}

#[test]
fn an_append_moves_the_known_end_on() {
    let (cache, log) = cache();
    let likes = topics(&["likes"]);
    cache.known_ends(&likes);
    log.says(Ok(7));
    wait(|| Some(cache.known_ends(&likes)).filter(|known| known.unknown.is_empty()));
    log.says_nothing();
    cache.reached(&"likes:0:12,likes:1:3,posts:0:1".parse().unwrap());
    assert_eq!(ends(&cache.known_ends(&likes)), "likes:0:12");
    cache.reached(&"likes:0:8".parse().unwrap());
    assert_eq!(ends(&cache.known_ends(&likes)), "likes:0:12");
}
