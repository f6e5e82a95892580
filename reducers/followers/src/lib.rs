//! Who follows whom: a row per relation, served in the set of its target's followers and the set of those its user follows.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "follows", time = timestamp, unit = "ms")]
struct Follow<'a> {
    user_id: &'a str,
    target_id: &'a str,
    action: &'a str,
    timestamp: i64,
}

#[derive(Table)]
struct Relations {
    #[key]
    user_id: Text,
    #[key]
    target_id: Text,
    action: Last<Text>,
    /// The time of the last action.
    since: Last<Int>,
}

#[reducer]
impl Reducer for Followers {
    type Event<'a> = Follow<'a>;
    type Table = Relations;
    /// There are no documents: relations are read through their sets.
    type Document = ();

    fn extract(follow: Follow<'_>, out: &mut Contributions<Relations>) -> Result<()> {
        let Follow { user_id, target_id, action, timestamp } = follow;
        if !matches!(action, "follow" | "unfollow") {
            return Err(format!("`action` is `{action}`: it is `follow` or `unfollow`").into());
        }
        out.add(Relations::key(user_id, target_id).action(action).since(timestamp))
    }

    fn project(row: Row<'_, Relations>, out: &mut Projected<()>) -> Result<()> {
        let (user, target) = (row.user_id, row.target_id);
        match (row.action, row.since) {
            (Some("follow"), Some(since)) => {
                out.member(format!("followers:{target}"), user, since)?;
                out.member(format!("following:{user}"), target, since)
            }
            _ => out.nothing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::Harness;

    use super::*;

    fn follow<'a>(user_id: &'a str, target_id: &'a str, action: &'a str, timestamp: i64) -> Follow<'a> {
        Follow { user_id, target_id, action, timestamp }
    }

    fn members(relations: &Harness<Followers>, set: &str) -> Vec<String> {
        relations.members(set).into_iter().map(|(member, _)| member).collect()
    }

    #[test]
    fn a_relation_is_in_both_sets_until_it_ends() {
        let mut relations = Harness::<Followers>::new();
        relations.event(follow("ann", "bob", "follow", 1)).event(follow("cem", "bob", "follow", 2));
        assert_eq!(relations.members("followers:bob"), [("cem".into(), 2.0), ("ann".into(), 1.0)]);
        assert_eq!(members(&relations, "following:ann"), ["bob"]);
        relations.event(follow("ann", "bob", "unfollow", 3));
        assert_eq!(members(&relations, "followers:bob"), ["cem"]);
        assert!(relations.members("following:ann").is_empty());
        relations.event(follow("ann", "bob", "follow", 4));
        assert_eq!(members(&relations, "followers:bob"), ["ann", "cem"]);
        assert!(relations.documents().is_empty());
    }

    #[test]
    fn the_latest_action_counts_whatever_comes_last() {
        let mut relations = Harness::<Followers>::new();
        relations.event(follow("ann", "t1", "unfollow", 9)).event(follow("ann", "t1", "follow", 5));
        assert!(relations.members("followers:t1").is_empty());
    }

    #[test]
    fn a_slash_in_an_id_mixes_no_relations_up() {
        let mut relations = Harness::<Followers>::new();
        relations.event(follow("a/b", "c", "follow", 1)).event(follow("a", "b/c", "follow", 2));
        assert_eq!(members(&relations, "followers:c"), ["a/b"]);
        assert_eq!(members(&relations, "following:a"), ["b/c"]);
    }

    #[test]
    fn empty_ids_and_unknown_actions_are_refused() {
        let mut relations = Harness::<Followers>::new();
        relations.event(follow("a", "", "follow", 2)).event(follow("a", "b", "block", 3));
        let reasons: Vec<_> =
            relations.rejected().iter().map(|rejection| rejection.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "the key of table `relations` has a part 1 that is empty",
                "`action` is `block`: it is `follow` or `unfollow`",
            ]
        );
    }
}
