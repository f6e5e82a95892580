use super::*;

#[test]
fn a_partition_that_is_named_twice_stands_at_the_higher_offset() {
    for text in ["likes:0:9,likes:0:1,likes:1:2", "likes:0:1,likes:1:2,likes:0:9"] {
        let position: Position = text.parse().unwrap();
        assert_eq!(position.to_string(), "likes:0:9,likes:1:2", "{text}");
    }
}

#[test]
fn a_position_covers_another_only_when_no_partition_is_behind() {
    let ahead: Position = "a:0:5,a:1:5".parse().unwrap();
    let behind: Position = "a:0:5,a:1:4".parse().unwrap();
    assert!(ahead.covers(&behind));
    assert!(!behind.covers(&ahead));
    assert!(ahead.covers(&Position::default()));
    assert!(!Position::default().covers(&ahead));
}

#[test]
fn text_round_trips() {
    for text in ["-", "likes:0:1", "prod.likes:0:1,prod.likes:11:99"] {
        assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
    }
    for text in ["", "likes", "likes:0", "likes:x:1", ":0:1"] {
        assert!(text.parse::<Position>().is_err(), "{text}");
    }
}

#[test]
fn what_is_kept_says_which_log_was_read_and_what_is_shown_does_not() {
    let kept = "likes#4f/x-_,likes:0:120@119.00000000000000ff!7-9!30-50,likes:1:98!97-98,posts:0:3@1.8000000000000000";
    let position: Position = kept.parse().unwrap();
    assert_eq!(position.kept().to_string(), kept);
    assert_eq!(position.to_string(), "likes:0:120,likes:1:98,posts:0:3");
    assert_eq!(
        position,
        position.to_string().parse().unwrap(),
        "ids and witnesses are no part of what it says"
    );
    assert_eq!(position.topic_id("likes"), Some("4f/x-_"));
    let witness = Witness { offset: 119, hash: 255 };
    assert_eq!(position.witnesses("likes").collect::<Vec<_>>(), [(0, witness)]);
    for text in [
        "likes#",
        "#a",
        "likes:0:5@5.0",
        "likes:0:5@4",
        "likes:0:5@4.x",
        "likes:0:5!3",
        "likes:0:5!3-6",
        "likes:0:5!3-3",
    ] {
        assert!(text.parse::<Position>().is_err(), "{text}");
    }
}

#[test]
fn a_witness_and_what_was_skipped_stay_with_a_position_that_is_behind_them() {
    let mut position: Position = "a:0:5@3.1!1-2!3-5".parse().unwrap();
    position.set("a", 0, 9);
    assert_eq!(position.kept().to_string(), "a:0:9@3.0000000000000001!1-2!3-5", "still before it");
    position.set("a", 0, 4);
    assert_eq!(position.kept().to_string(), "a:0:4@3.0000000000000001!1-2!3-4");
    position.note_skipped("a", 0, None);
    position.set("a", 0, 3);
    assert_eq!(position.kept().to_string(), "a:0:3");
}

#[test]
fn of_two_positions_each_partition_keeps_the_witness_of_the_one_that_is_taken() {
    let position = |text: &str| text.parse::<Position>().unwrap();
    let (one, other) = (position("a#x,a:0:5@4.1,a:1:2@1.2"), position("a#x,a:0:3@2.3,a:1:8@7.4"));
    let text = |position: Position| position.kept().to_string();
    let expected = "a#x,a:0:3@2.0000000000000003,a:1:2@1.0000000000000002";
    assert_eq!(text(one.least(&other)), expected);
    let mut raised = one.clone();
    raised.raise_to(&other);
    assert_eq!(text(raised), "a#x,a:0:5@4.0000000000000001,a:1:8@7.0000000000000004");
}
