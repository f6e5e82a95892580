//! Compares served documents with the exact answers.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Relative standard error of a HyperLogLog at p = 14: 1.04 / sqrt(16,384).
const SIGMA: f64 = 1.04 / 128.0;
/// Among a million posts, none is off by more than this by chance.
const SIGMAS_MAX: f64 = 6.0;
/// In small sets, two items may share a register.
const ITEMS_MAX: f64 = 3.0;

#[derive(Deserialize)]
struct Count {
    post_id: String,
    count: u64,
}

/// A line of `foldline query --all`.
#[derive(Deserialize)]
struct Served {
    document: Count,
}

/// Checks documents in the format of the native program.
pub fn documents(lines: &str, exact: &HashMap<String, u64>) -> Result<()> {
    compare(lines.lines().map(serde_json::from_str::<Count>), exact)
}

/// Checks documents in the format of a host.
pub fn served(lines: &str, exact: &HashMap<String, u64>) -> Result<()> {
    compare(lines.lines().map(|line| Ok(serde_json::from_str::<Served>(line)?.document)), exact)
}

fn compare(
    documents: impl Iterator<Item = serde_json::Result<Count>>,
    exact: &HashMap<String, u64>,
) -> Result<()> {
    let mut missing: std::collections::HashSet<&str> = exact.keys().map(String::as_str).collect();
    for document in documents {
        let Count { post_id, count } = document.context("a document is not what it should be")?;
        ensure!(missing.remove(post_id.as_str()), "post {post_id} was never liked, or is there twice");
        let exact = exact[&post_id];
        ensure!(is_close(count, exact), "post {post_id} has {count} users where {exact} would be exact");
    }
    ensure!(missing.is_empty(), "{} of {} posts have no document", missing.len(), exact.len());
    Ok(())
}

/// Returns whether an estimate may be as far from the exact count as this one is.
pub fn is_close(count: u64, exact: u64) -> bool {
    count.abs_diff(exact) as f64 <= (SIGMAS_MAX * SIGMA * exact as f64).max(ITEMS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &str) -> String {
        let exact = HashMap::from([("p1".to_owned(), 10_000), ("p2".to_owned(), 3)]);
        documents(lines, &exact).map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    #[test]
    fn what_is_off_missing_or_too_much_is_told() {
        let small = r#"{"post_id":"p2","count":3}"#;
        let lines = |count: u64| format!("{{\"post_id\":\"p1\",\"count\":{count}}}\n{small}");
        assert_eq!(check(&lines(10_400)), "ok");
        assert_eq!(check(&lines(10_500)), "post p1 has 10500 users where 10000 would be exact");
        assert_eq!(check(&lines(9_500)), "post p1 has 9500 users where 10000 would be exact");
        assert_eq!(check(small), "1 of 2 posts have no document");
        let twice = "post p2 was never liked, or is there twice";
        assert_eq!(check(&format!("{}\n{small}", lines(10_000))), twice);
    }
}
