//! Compares feed documents with the exact ones, line by line: both are ordered by post.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use foldline_social::model::comparable;
use serde_json::Value;

use super::super::exact;

/// Counts of different users, which a sketch estimates.
const ESTIMATED: [&str; 2] = ["likes", "bumps"];

/// Checks documents in the format of the native program.
pub fn documents(lines: &str, answers: &Path) -> Result<()> {
    compare(lines.lines().map(serde_json::from_str), answers)
}

/// Checks documents in the format of a host.
pub fn served(lines: &str, answers: &Path) -> Result<()> {
    let document = |line: &str| -> serde_json::Result<Value> {
        Ok(serde_json::from_str::<Value>(line)?["document"].take())
    };
    compare(lines.lines().map(document), answers)
}

fn compare(mut documents: impl Iterator<Item = serde_json::Result<Value>>, answers: &Path) -> Result<()> {
    let file = File::open(answers).with_context(|| answers.display().to_string())?;
    for answer in BufReader::with_capacity(1 << 20, file).lines() {
        let answer: Value = serde_json::from_str(&answer.context("reading answers")?).context("an answer")?;
        let document = documents.next().with_context(|| format!("no document of {}", answer["post_id"]))?;
        judge(&document.context("a document is not what it should be")?, answer)?;
    }
    ensure!(documents.next().is_none(), "there are more documents than posts");
    Ok(())
}

fn judge(document: &Value, mut answer: Value) -> Result<()> {
    let mut known = comparable(document);
    for field in ESTIMATED {
        let (count, exact) = (known[field].as_u64(), answer[field].as_u64().context("an exact count")?);
        let is_close = count.is_some_and(|count| exact::is_close(count, exact));
        ensure!(is_close, "{} has {} {field} where {exact} would be exact", answer["post_id"], known[field]);
        for side in [&mut known, &mut answer] {
            side[field] = Value::Null;
        }
    }
    ensure!(known == answer, "{known}\nwhere this is right:\n{answer}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(post: &str, likes: u64) -> Value {
        json!({
            "post_id": post, "author": {"key": "u1", "known": true, "name": "Ann", "avatar": null}, "tribe": null,
            "title": "a", "media": null, "created": 5, "views": 3, "likes": likes, "comments": 2, "bumps": 1,
        })
    }

    #[test]
    fn what_is_off_missing_or_too_much_is_told() {
        let answers = std::env::temp_dir().join(format!("foldline-answers-{}", std::process::id()));
        let lines = |of: &[(&str, u64)]| {
            of.iter().map(|(post, likes)| document(post, *likes).to_string() + "\n").collect::<String>()
        };
        std::fs::write(&answers, lines(&[("p1", 10_000), ("p10", 3)])).unwrap();
        let judged = |lines: &str| {
            documents(lines, &answers).map_or_else(|error| error.to_string(), |()| "ok".to_owned())
        };
        assert_eq!(judged(&lines(&[("p1", 10_400), ("p10", 3)])), "ok");
        assert_eq!(
            judged(&lines(&[("p1", 10_500), ("p10", 3)])),
            "\"p1\" has 10500 likes where 10000 would be exact"
        );
        assert_eq!(judged(&lines(&[("p1", 10_000)])), "no document of \"p10\"");
        assert_eq!(
            judged(&lines(&[("p1", 10_000), ("p10", 3), ("p2", 1)])),
            "there are more documents than posts"
        );
        assert!(judged(&lines(&[("p1", 10_000), ("p11", 3)])).contains("where this is right"));
        let mut other = document("p1", 10_000);
        other["rank"] = json!(7.5);
        other["author"]["name"] = json!("Anna");
        assert!(judged(&other.to_string()).contains("where this is right"));
        let hosted = format!("{{\"id\":\"p1\",\"document\":{}}}\n", document("p1", 10_000));
        let both = hosted.clone() + &hosted.replace("\"p1\"", "\"p10\"").replace("10000", "3");
        served(&both, &answers).unwrap();
        std::fs::remove_file(&answers).unwrap();
    }
}
