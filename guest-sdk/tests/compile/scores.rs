use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "posts")]
struct Post<'a> {
    post_id: &'a str,
}

#[derive(Table)]
struct Posts {
    #[key]
    post_id: Text,
    posts: Count,
}

#[reducer]
impl Reducer for Ranking {
    type Event<'a> = Post<'a>;
    type Table = Posts;
    type Document = ();

    fn extract(post: Post<'_>, out: &mut Contributions<Posts>) -> Result<()> {
        out.add(Posts::key(post.post_id).posts(1))
    }

    fn project(row: Row<'_, Posts>, out: &mut Projected<()>) -> Result<()> {
        out.member("all", row.post_id, "high")?;
        out.member("all", row.post_id, Some(row.posts))?;
        out.member(7, row.post_id, row.posts)
    }
}

fn main() {}
