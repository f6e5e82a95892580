//! References that only their target shows to be wrong.

use foldline_sdk::prelude::*;

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Text>,
    photo: Last<Blob>,
    best: TopK<3>,
}

#[derive(Table)]
struct Places {
    #[key]
    place: Int,
    name: Last<Text>,
}

#[derive(Table)]
struct Follows {
    #[key]
    follower: Text,
    #[key]
    followed: Text,
    active: Last<Boolean>,
}

#[derive(Table)]
#[table(window = "24h / 2m")]
struct Trends {
    #[key]
    post_id: Text,
    likes: Count,
}

#[derive(Table)]
#[table(window = "24h", keep = "every 7d")]
struct Days {
    #[key]
    post_id: Text,
    likes: Count,
}

#[derive(Table)]
struct NoColumn {
    #[key]
    post_id: Text,
    #[refers(Users { nam })]
    author: Last<Text>,
}

#[derive(Table)]
struct NotShown {
    #[key]
    post_id: Text,
    #[refers(Users { photo })]
    author: Last<Text>,
    #[refers(Users { best })]
    editor: Last<Text>,
}

#[derive(Table)]
struct NoChain {
    #[key]
    post_id: Text,
    #[refers(Users { name { name } })]
    author: Last<Text>,
}

#[derive(Table)]
struct OtherKey {
    #[key]
    post_id: Text,
    #[refers(Places { name })]
    place: Last<Text>,
}

#[derive(Table)]
struct HalfAKey {
    #[key]
    post_id: Text,
    #[refers(Follows { active })]
    author: Last<Text>,
}

#[derive(Table)]
struct Windowed {
    #[key]
    #[refers(Trends { likes } as trend)]
    post_id: Text,
    #[refers(Trends { likes })]
    other: Last<Text>,
}

#[derive(Table)]
struct EveryDay {
    #[key]
    #[refers(Days { likes } as day)]
    post_id: Text,
    likes: Count,
}

fn main() {}
