//! A table that refers to one that is not in the reducer's set.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts")]
struct Post<'a> {
    post_id: &'a str,
}

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Text>,
}

#[derive(Table)]
struct Tribes {
    #[key]
    tribe_id: Text,
    name: Last<Text>,
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    #[refers(Users { name })]
    author: Last<Text>,
    #[refers(Tribes { name })]
    tribe: Last<Text>,
}

#[derive(Tables)]
struct Feed {
    posts: Posts,
    users: Users,
}

#[derive(Document)]
struct Item {
    author: Option<PostsAuthor>,
}

#[reducer]
impl Reducer for Items {
    type Event<'a> = Post<'a>;
    type Table = Feed;
    type Document = Item;

    fn extract(post: Post<'_>, out: &mut Contributions<Feed>) -> Result<()> {
        out.add(Posts::key(post.post_id))
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<Item>) -> Result<()> {
        out.document(Item { author: row.author.map(Into::into) })
    }
}

fn main() {}
