//! References that a table itself shows to be wrong.

use foldline_sdk::prelude::*;

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Text>,
    #[refers(Users { name })]
    friend: Last<Text>,
}

#[derive(Table)]
struct ByACount {
    #[key]
    post_id: Text,
    #[refers(Users { name })]
    views: Count,
    #[refers(Users { name })]
    readers: Distinct,
    #[refers(Users { name })]
    smallest: Min<Text>,
}

#[derive(Table)]
struct Twice {
    #[key]
    post_id: Text,
    #[refers(Users { name, name })]
    author: Last<Text>,
    #[refers(Users { name })]
    #[refers(Users { friend } as friend)]
    editor: Last<Text>,
}

#[derive(Table)]
struct TooFar {
    #[key]
    post_id: Text,
    #[refers(Users { friend { friend { friend { name } } } })]
    author: Last<Text>,
}

#[derive(Table)]
#[table(window = "1h", keep = "every 7d")]
struct Final {
    #[key]
    #[refers(Users { name } as user)]
    user_id: Text,
    posts: Count,
}

#[derive(Table)]
#[table(window = "1h")]
struct Passing {
    #[key]
    user_id: Text,
    #[refers(Users { name })]
    friend: Last<Text>,
}

#[derive(Table)]
struct Names {
    #[key]
    #[refers(Users { name })]
    user: Text,
    #[refers(Users { name } as posts)]
    friend: Last<Text>,
    posts: Count,
}

#[derive(Table)]
struct Keys {
    #[key]
    post_id: Text,
    #[refers(Users(auther) { name })]
    author: Last<Text>,
    #[refers(Users(author) { name } as other)]
    editor: Last<Text>,
    #[refers(Users { key, name })]
    owner: Last<Text>,
}

#[derive(Table)]
struct Written {
    #[key]
    post_id: Text,
    #[refers]
    author: Last<Text>,
    #[refers("Users")]
    editor: Last<Text>,
    #[refers(Users { name } owner)]
    owner: Last<Text>,
}

#[derive(Table)]
struct Many {
    #[key]
    post_id: Text,
    #[refers(Users { friend { friend { name } } })]
    a: Last<Text>,
    #[refers(Users { friend { friend { name } } })]
    b: Last<Text>,
    #[refers(Users { friend { friend { name } } })]
    c: Last<Text>,
    #[refers(Users { friend { friend { name } } })]
    d: Last<Text>,
    #[refers(Users { friend { friend { name } } })]
    e: Last<Text>,
    #[refers(Users { friend { friend { name } } })]
    f: Last<Text>,
}

fn main() {}
