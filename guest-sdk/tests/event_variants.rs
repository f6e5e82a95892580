//! An enum of events may declare them in its variants.
//!
//! Method: the same events, declared in variants and held by them; what is declared, and what comes back from columns.

use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "likes", bound = "5s")]
struct Like<'a> {
    post_id: &'a str,
}

#[derive(Event)]
#[event(time = timestamp, unit = "s", bound = "1m")]
enum Input<'a> {
    #[topic("users")]
    #[event(untimed)]
    User {
        user_id: &'a str,
        name: Option<&'a str>,
        timestamp: Time,
    },
    Like(Like<'a>),
    #[topic("posts")]
    Post {
        #[event(key)]
        post_id: &'a str,
        #[event(path = "author.id")]
        author_id: &'a str,
        timestamp: Time,
    },
    #[event(topic = "views", time = seen, unit = "ms", bound = "2m")]
    View {
        post_id: &'a str,
        seen: i64,
    },
    #[topic("tags")]
    #[event(changelog)]
    Tag {
        #[event(key)]
        tag: &'a str,
        text: Option<&'a str>,
    },
}

#[derive(Table)]
#[table(window = "1m")]
struct Posts {
    #[key]
    post_id: Text,
    #[refers(Users { name } as none)]
    #[key]
    author: Text,
    views: Count,
}

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Option<Text>>,
}

#[derive(Tables)]
struct All {
    posts: Posts,
    users: Users,
}

#[derive(Document)]
struct Seen {
    views: u64,
    name: Option<String>,
}

#[reducer]
impl Reducer for Views {
    type Event<'a> = Input<'a>;
    type Table = All;
    type Document = Seen;

    fn extract(event: Input<'_>, out: &mut Contributions<All>) -> Result<()> {
        match event {
            Input::User { user_id, name, .. } => {
                if user_id == "bad" {
                    out.add(Posts::key("p1", "bad").views(1))?;
                }
                out.add(Users::key(user_id).name(name))
            }
            Input::Like(like) => out.add(Posts::key(like.post_id, "ann").views(0)),
            Input::Post { post_id, author_id, .. } => out.add(Posts::key(post_id, author_id).views(0)),
            Input::View { post_id, .. } => out.add(Posts::key(post_id, "ann").views(1)),
            Input::Tag { tag, text } => out.add(Users::key(tag).name(text)),
        }
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<Seen>) -> Result<()> {
        out.document(Seen { views: row.views, name: row.none.name.map(Into::into) })
    }
}

#[test]
fn each_variant_is_an_input_with_the_options_of_its_own_and_of_the_enum() {
    let inputs = <Input<'_> as Event<'_>>::inputs();
    let declared: Vec<_> = inputs
        .iter()
        .map(|input| {
            (&*input.topic, input.event_time, input.out_of_orderness_ms, input.untimed, input.changelog)
        })
        .collect();
    assert_eq!(
        declared,
        [
            ("users", Some(2), 0, true, false),
            ("likes", None, 5_000, false, false),
            ("posts", Some(2), 60_000, false, false),
            ("views", Some(1), 120_000, false, false),
            ("tags", None, 60_000, false, true),
        ]
    );
    assert_eq!(<Input<'_> as Event<'_>>::INPUTS, 5);
}

#[test]
fn what_is_encoded_is_read_again() {
    let time = Time::from_ms(7_000);
    let events = [
        Input::User { user_id: "ann", name: None, timestamp: time },
        Input::Like(Like { post_id: "p1" }),
        Input::Post { post_id: "p1", author_id: "ann", timestamp: time },
        Input::View { post_id: "p1", seen: 9 },
        Input::Tag { tag: "t", text: Some("x") },
    ];
    for (input, event) in events.iter().enumerate() {
        let (encoded, columns) = event.encode();
        assert_eq!(encoded, input);
        let reader = <Input<'_> as Event<'_>>::open(input, &columns, 1).unwrap();
        let again = <Input<'_> as Event<'_>>::read(&reader, 0);
        assert_eq!(format!("{:?}", again.encode().1), format!("{columns:?}"));
    }
}

#[test]
fn an_untimed_topic_neither_moves_nor_holds_windows() {
    let mut views = Harness::<Views>::new();
    views.event(Input::View { post_id: "p1", seen: 1 });
    views.watermark(59_999);
    views.event(Input::User { user_id: "ann", name: Some("Ann"), timestamp: Time::from_ms(900_000) });
    assert_eq!(views.document("p1/ann"), None, "a profile of a later time does not close the window");
    views.watermark(60_000);
    assert_eq!(views.document("p1/ann"), Some(json!({"views": 1, "name": "Ann"})));
    views.event(Input::User { user_id: "ann", name: Some("Anna"), timestamp: Time::from_ms(901_000) });
    assert_eq!((views.late(), &views.document("p1/ann").unwrap()["name"]), (0, &json!("Anna")));
}

#[test]
fn what_an_untimed_record_adds_to_windows_makes_it_a_dead_letter() {
    let mut views = Harness::<Views>::new();
    views.event(Input::User { user_id: "bad", name: None, timestamp: Time::from_ms(1) });
    assert!(views.rejected()[0].reason.contains("untimed"), "{:?}", views.rejected());
}
