//! The memberships of a row, as the host receives them and as a test sees them.
//!
//! Method: one reducer has rows in no set, in some, and only in sets. It is called through the contract and fed natively.

use foldline_sdk::__private::{contract, project};
use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "moves", time = at)]
struct Move<'a> {
    player: &'a str,
    board: &'a str,
    points: i64,
    at: i64,
}

#[derive(Table)]
struct Players {
    #[key]
    player: Text,
    board: Last<Text>,
    points: Sum,
    at: Last<Time>,
}

#[derive(Document)]
struct Player {
    points: i64,
}

#[reducer]
impl Reducer for Boards {
    type Event<'a> = Move<'a>;
    type Table = Players;
    type Document = Player;

    fn extract(event: Move<'_>, out: &mut Contributions<Players>) -> Result<()> {
        let row = Players::key(event.player).board(event.board).points(event.points);
        out.add(row.at(Time::from_ms(event.at)))
    }

    fn project(row: Row<'_, Players>, out: &mut Projected<Player>) -> Result<()> {
        match row.board.unwrap_or_default() {
            "none" => out.document(Player { points: row.points }),
            "gone" => out.nothing(),
            "alone" => out.member("alone", row.player, 1.5),
            "nan" => out.member("nan", row.player, f64::NAN),
            "silent" => Ok(()),
            "shared" => out.member("shared", "the winner", row.points),
            board => {
                out.member(format!("points:{board}"), row.player, row.points)?;
                out.document(Player { points: row.points })?;
                out.member(format!("latest:{board}"), row.player, row.at.ok_or("no time")?)
            }
        }
    }
}

fn moved<'a>(player: &'a str, board: &'a str, points: i64, at: i64) -> Move<'a> {
    Move { player, board, points, at }
}

fn texts(texts: &[&str]) -> contract::Column {
    contract::Column { values: contract::Values::Texts(bytes(texts)), validity: None }
}

fn bytes(texts: &[&str]) -> contract::BytesColumn {
    let mut column = contract::BytesColumn { offsets: vec![0], data: Vec::new() };
    for text in texts {
        column.data.extend_from_slice(text.as_bytes());
        column.offsets.push(column.data.len() as u32);
    }
    column
}

/// Returns the answer for players whose last moves were on these boards.
fn answer(boards: &[&str]) -> Result<contract::Projected, String> {
    let players: Vec<String> = (0..boards.len()).map(|row| format!("p{row}")).collect();
    let players: Vec<&str> = players.iter().map(String::as_str).collect();
    let points = vec!["7"; boards.len()];
    let times = contract::Values::Times((0..boards.len() as i64).collect());
    project::<Boards>(&contract::Rows {
        projection: 0,
        count: boards.len() as u32,
        keys: vec![texts(&players)],
        window_starts: Vec::new(),
        window_ends: Vec::new(),
        window_open: None,
        results: vec![texts(boards), texts(&points), contract::Column { values: times, validity: None }],
        referred: Vec::new(),
    })
}

#[test]
fn places_reach_the_host_row_by_row() {
    let answer = answer(&["none", "a", "gone", "alone", "b"]).unwrap();
    assert_eq!(answer.member_rows, [1, 1, 3, 4, 4]);
    let sets = bytes(&["points:a", "latest:a", "alone", "points:b", "latest:b"]);
    assert_eq!((answer.sets.offsets, answer.sets.data), (sets.offsets, sets.data));
    let members = bytes(&["p1", "p1", "p3", "p4", "p4"]);
    assert_eq!((answer.members.offsets, answer.members.data), (members.offsets, members.data));
    assert_eq!(answer.scores, [7.0, 1.0, 1.5, 7.0, 4.0]);
    assert_eq!(answer.documents.validity, Some(vec![0b10011]));
}

#[test]
fn rows_that_are_in_no_set_cost_nothing() {
    let answer = answer(&["none", "gone"]).unwrap();
    assert_eq!((answer.member_rows.len(), answer.scores.len()), (0, 0));
    assert_eq!((answer.sets.offsets.len(), answer.members.offsets.len()), (1, 1));
}

#[test]
fn a_membership_that_cannot_be_refuses_its_row() {
    for (board, why) in [
        (&"x".repeat(512)[..], "the name of a set has 519 bytes, and must have 1 to 512"),
        ("nan", "a score in set `nan` is NaN, and must be a finite number"),
        ("silent", "`project` called none of `out.document`, `out.member` and `out.nothing`"),
    ] {
        let refused = answer(&["none", board]).map(|_| ()).unwrap_err();
        assert_eq!(refused, why);
    }
}

#[test]
fn the_harness_ranks_members_and_forgets_former_places() {
    let mut boards = Harness::<Boards>::new();
    boards.event(moved("ann", "a", 5, 10)).event(moved("bob", "a", 9, 20)).event(moved("cem", "a", 5, 5));
    assert_eq!(boards.members("points:a"), [("bob".into(), 9.0), ("ann".into(), 5.0), ("cem".into(), 5.0)]);
    assert_eq!(boards.members("latest:a"), [("bob".into(), 20.0), ("ann".into(), 10.0), ("cem".into(), 5.0)]);
    assert_eq!(boards.members("nobody"), []);
    boards.event(moved("bob", "alone", 0, 30));
    assert_eq!(boards.members("points:a"), [("ann".into(), 5.0), ("cem".into(), 5.0)]);
    assert_eq!((boards.members("alone"), boards.document("bob")), (vec![("bob".into(), 1.5)], None));
    assert_eq!(boards.document("ann"), Some(json!({"points": 5})));
}

#[test]
#[should_panic(expected = "`ann` and `bob` are both in set `shared` as `the winner`")]
fn the_harness_notices_two_rows_that_claim_a_place() {
    let mut boards = Harness::<Boards>::new();
    boards.event(moved("ann", "shared", 5, 10)).event(moved("bob", "shared", 9, 20));
    boards.members("shared");
}
