//! Rows are shown together with the rows to which they refer.
//!
//! Method: a feed whose posts refer to users and tribes, through chains, by keys of two parts and to themselves; the documents
//! that the harness makes, and the declarations.

use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "users", time = at)]
struct User<'a> {
    user_id: &'a str,
    name: &'a str,
    home: Option<&'a str>,
    at: i64,
}

#[derive(Event)]
#[event(topic = "tribes", time = at)]
struct Tribe<'a> {
    tribe_id: &'a str,
    name: &'a str,
    owner: &'a str,
    at: i64,
}

#[derive(Event)]
#[event(topic = "posts", time = at)]
struct Post<'a> {
    post_id: &'a str,
    author: &'a str,
    tribe: Option<&'a str>,
    parent: Option<&'a str>,
    at: i64,
}

#[derive(Event)]
#[event(topic = "members", time = at)]
struct Member<'a> {
    tribe_id: &'a str,
    user_id: &'a str,
    points: i64,
    at: i64,
}

#[derive(Event)]
enum Input<'a> {
    User(User<'a>),
    Tribe(Tribe<'a>),
    Post(Post<'a>),
    Member(Member<'a>),
}

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Text>,
    #[refers(Tribes { name })]
    home: Last<Option<Text>>,
    posts: Count,
}

#[derive(Table)]
struct Tribes {
    #[key]
    tribe_id: Text,
    name: Last<Text>,
    #[refers(Users { name })]
    owner: Last<Text>,
}

#[derive(Table)]
struct Members {
    #[key]
    tribe_id: Text,
    #[key]
    user_id: Text,
    points: Sum,
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    #[refers(Users { posts, name, home { owner { name } } })]
    #[refers(Members(tribe, author) { points } as member)]
    author: Last<Text>,
    #[refers(Tribes { name })]
    tribe: Last<Option<Text>>,
    #[refers(Posts as parent_post)]
    parent: Last<Option<Text>>,
}

#[derive(Tables)]
struct Feed {
    posts: Posts,
    users: Users,
    tribes: Tribes,
    members: Members,
}

#[derive(Document)]
struct Item {
    author: Option<PostsAuthor>,
    member: Option<PostsMember>,
    tribe: Option<PostsTribe>,
    parent: Option<String>,
    parent_known: bool,
}

#[reducer]
impl Reducer for Feeds {
    type Event<'a> = Input<'a>;
    type Table = Feed;
    type Document = Item;

    fn extract(event: Input<'_>, out: &mut Contributions<Feed>) -> Result<()> {
        match event {
            Input::User(user) => out.add(Users::key(user.user_id).name(user.name).home(user.home)),
            Input::Tribe(tribe) => out.add(Tribes::key(tribe.tribe_id).name(tribe.name).owner(tribe.owner)),
            Input::Post(post) => {
                out.add(Users::key(post.author).posts(1))?;
                let row = Posts::key(post.post_id).author(post.author);
                out.add(row.tribe(post.tribe).parent(post.parent))
            }
            Input::Member(member) => {
                out.add(Members::key(member.tribe_id, member.user_id).points(member.points))
            }
        }
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<Item>) -> Result<()> {
        if let Some(tribe) = row.tribe {
            out.member(format!("tribe:{}", tribe.key), row.post_id, 1)?;
        }
        out.document(Item {
            author: row.author.map(Into::into),
            member: row.member.map(Into::into),
            tribe: row.tribe.map(Into::into),
            parent: row.parent.map(Into::into),
            parent_known: row.parent_post.is_some_and(|parent| parent.known),
        })
    }
}

fn user<'a>(user_id: &'a str, name: &'a str, home: Option<&'a str>, at: i64) -> Input<'a> {
    Input::User(User { user_id, name, home, at })
}

fn tribe<'a>(tribe_id: &'a str, name: &'a str, owner: &'a str, at: i64) -> Input<'a> {
    Input::Tribe(Tribe { tribe_id, name, owner, at })
}

fn post<'a>(
    post_id: &'a str,
    author: &'a str,
    tribe: Option<&'a str>,
    parent: Option<&'a str>,
    at: i64,
) -> Input<'a> {
    Input::Post(Post { post_id, author, tribe, parent, at })
}

#[test]
fn a_row_that_never_comes_shows_the_results_of_nothing() {
    let mut feed = Harness::<Feeds>::new();
    feed.event(post("p1", "ann", Some("t1"), None, 1));
    let item = feed.document("p1").unwrap();
    assert_eq!(item["tribe"], json!({"key": "t1", "known": false, "name": null}));
    assert_eq!(item["author"], json!({"key": "ann", "known": true, "posts": 1, "name": null, "home": null}));
    assert_eq!(item["member"], json!({"key": ["t1", "ann"], "known": false, "points": 0}));
}

#[test]
fn a_row_that_comes_later_changes_what_refers_to_it() {
    let mut feed = Harness::<Feeds>::new();
    feed.event(post("p1", "ann", Some("t1"), None, 10)).event(tribe("t1", "Tea", "bob", 5));
    assert_eq!(feed.document("p1").unwrap()["tribe"], json!({"key": "t1", "known": true, "name": "Tea"}));
    feed.event(tribe("t1", "Coffee", "bob", 6)).event(tribe("t1", "Old", "bob", 1));
    assert_eq!(feed.document("p1").unwrap()["tribe"]["name"], "Coffee");
}

#[test]
fn a_chain_leads_through_rows_that_are_not_shown_themselves() {
    let mut feed = Harness::<Feeds>::new();
    feed.event(user("ann", "Ann", Some("t1"), 1)).event(user("bob", "Bob", None, 2));
    feed.event(tribe("t1", "Tea", "bob", 3)).event(post("p1", "ann", None, None, 4));
    let owner = json!({"key": "bob", "known": true, "name": "Bob"});
    let home = json!({"key": "t1", "known": true, "owner": owner});
    assert_eq!(
        feed.document("p1").unwrap()["author"],
        json!({"key": "ann", "known": true, "posts": 1, "name": "Ann", "home": home})
    );
    feed.event(user("ann", "Ann", None, 5));
    assert_eq!(feed.document("p1").unwrap()["author"]["home"], json!(null));
}

#[test]
fn what_leads_to_nothing_shows_nothing() {
    let mut feed = Harness::<Feeds>::new();
    feed.event(post("p1", "ann", None, None, 1));
    let item = feed.document("p1").unwrap();
    assert_eq!((&item["tribe"], &item["member"]), (&json!(null), &json!(null)));
    assert!(feed.members("tribe:t1").is_empty());
    feed.event(post("p1", "ann", Some("t1"), None, 2));
    feed.event(Input::Member(Member { tribe_id: "t1", user_id: "ann", points: 7, at: 3 }));
    let member = json!({"key": ["t1", "ann"], "known": true, "points": 7});
    assert_eq!(feed.documents()["p1"]["member"], member);
    assert_eq!(feed.members("tribe:t1"), [("p1".into(), 1.0)]);
}

#[test]
fn a_table_may_refer_to_itself_beside_its_plain_value() {
    let mut feed = Harness::<Feeds>::new();
    feed.event(post("p2", "ann", None, Some("p1"), 1));
    assert_eq!(feed.document("p2").unwrap()["parent"], "p1");
    assert_eq!(feed.document("p2").unwrap()["parent_known"], false);
    feed.event(post("p1", "ann", None, None, 2));
    assert_eq!(feed.document("p2").unwrap()["parent_known"], true);
}

#[test]
fn declarations_name_holders_before_those_who_lead_on() {
    let description = foldline_sdk::__private::describe::<Feeds>();
    let declared = description.projections[0].references.iter();
    let declared: Vec<String> = declared
        .map(|reference| {
            let holder = reference.holder.map_or("row".to_owned(), |holder| holder.to_string());
            format!("{holder} {:?} {} {:?}", reference.via, reference.table, reference.columns)
        })
        .collect();
    assert_eq!(
        declared,
        [
            "row [KeyPart::Aggregate(0)] 1 [2, 0]",
            "0 [KeyPart::Aggregate(1)] 2 []",
            "1 [KeyPart::Aggregate(1)] 1 [0]",
            "row [KeyPart::Aggregate(1), KeyPart::Aggregate(0)] 3 [0]",
            "row [KeyPart::Aggregate(1)] 2 [0]",
            "row [KeyPart::Aggregate(2)] 0 []",
        ]
    );
}

mod windows {
    use super::*;

    #[derive(Event)]
    #[event(topic = "likes", time = at)]
    struct Like<'a> {
        tribe_id: &'a str,
        post_id: &'a str,
        at: i64,
    }

    #[derive(Event)]
    #[event(topic = "titles", time = at)]
    struct Title<'a> {
        post_id: &'a str,
        title: &'a str,
        at: i64,
    }

    #[derive(Event)]
    enum Read<'a> {
        Like(Like<'a>),
        Title(Title<'a>),
    }

    #[derive(Table)]
    #[table(window = "1m")]
    struct Trends {
        #[key]
        tribe_id: Text,
        #[key]
        #[refers(Titles { title })]
        #[refers(Likes(tribe_id, post_id) { likes } as ever)]
        post_id: Text,
        likes: Count,
    }

    #[derive(Table)]
    struct Likes {
        #[key]
        tribe_id: Text,
        #[key]
        post_id: Text,
        likes: Count,
    }

    #[derive(Table)]
    struct Titles {
        #[key]
        post_id: Text,
        title: Last<Text>,
    }

    #[derive(Tables)]
    struct All {
        trends: Trends,
        titles: Titles,
        likes: Likes,
    }

    #[derive(Document)]
    struct Trend {
        tribe: String,
        post: TrendsPost,
        likes: u64,
        ever: u64,
    }

    #[reducer]
    impl Reducer for Trending {
        type Event<'a> = Read<'a>;
        type Table = All;
        type Document = Trend;

        fn extract(event: Read<'_>, out: &mut Contributions<All>) -> Result<()> {
            match event {
                Read::Like(like) => {
                    out.add(Likes::key(like.tribe_id, like.post_id).likes(1))?;
                    out.add(Trends::key(like.tribe_id, like.post_id).likes(1))
                }
                Read::Title(title) => out.add(Titles::key(title.post_id).title(title.title)),
            }
        }

        fn project(row: Row<'_, Trends>, out: &mut Projected<Trend>) -> Result<()> {
            assert_eq!(row.ever.key, (row.tribe_id, row.post_id));
            let (tribe, post) = (row.tribe_id.into(), row.post.into());
            out.document(Trend { tribe, post, likes: row.likes, ever: row.ever.likes })
        }
    }

    #[test]
    fn windows_refer_by_parts_of_their_keys() {
        let mut trending = Harness::<Trending>::new();
        for at in [1, 2, 60_001] {
            trending.event(Read::Like(Like { tribe_id: "t1", post_id: "p1", at }));
        }
        trending.event(Read::Title(Title { post_id: "p1", title: "Tea", at: 60_001 }));
        assert_eq!(
            trending.document("t1/p1"),
            Some(json!({
                "tribe": "t1",
                "post": {"key": "p1", "known": true, "title": "Tea"},
                "likes": 2,
                "ever": 3,
            }))
        );
    }
}

mod windowed_target {
    use super::*;

    #[derive(Event)]
    #[event(topic = "likes", time = at)]
    struct Like<'a> {
        post_id: &'a str,
        at: i64,
    }

    #[derive(Table)]
    struct Posts {
        #[key]
        #[refers(Trends { likes } as trend)]
        post_id: Text,
        likes: Count,
    }

    #[derive(Table)]
    #[table(window = "1m", when_empty = "delete")]
    struct Trends {
        #[key]
        post_id: Text,
        likes: Count,
    }

    #[derive(Tables)]
    struct All {
        posts: Posts,
        trends: Trends,
    }

    #[derive(Document)]
    struct Item {
        likes: u64,
        lately: u64,
        trends: bool,
    }

    #[reducer]
    impl Reducer for Items {
        type Event<'a> = Like<'a>;
        type Table = All;
        type Document = Item;

        fn extract(like: Like<'_>, out: &mut Contributions<All>) -> Result<()> {
            out.add(Posts::key(like.post_id).likes(1))?;
            out.add(Trends::key(like.post_id).likes(1))
        }

        fn project(row: Row<'_, Posts>, out: &mut Projected<Item>) -> Result<()> {
            out.document(Item { likes: row.likes, lately: row.trend.likes, trends: row.trend.known })
        }
    }

    #[test]
    fn a_window_shows_through_a_reference_what_its_own_document_would() {
        let mut items = Harness::<Items>::new();
        items.event(Like { post_id: "p1", at: 1 });
        assert_eq!(
            items.document("p1"),
            Some(json!({"likes": 1, "lately": 0, "trends": false})),
            "it is open"
        );
        items.watermark(60_000);
        assert_eq!(items.document("p1"), Some(json!({"likes": 1, "lately": 1, "trends": true})));
        items.watermark(120_000);
        assert_eq!(
            items.document("p1"),
            Some(json!({"likes": 1, "lately": 0, "trends": false})),
            "it is empty"
        );
    }
}
