use foldline_sdk::prelude::*;

#[derive(Table)]
struct Posts { #[key] post_id: Text, likes: Count }

#[derive(Table)]
struct Users { #[key] user_id: Text, name: First<Option<Text>> }

#[derive(Table)]
struct Tribes { #[key] tribe_id: Text, posts: Count }

#[derive(Table)]
struct Visits { #[key] a: Text, #[key] b: Text, #[key] c: Text, #[key] d: Text, #[key] e: Text, n: Count }

#[derive(Tables)]
struct Feed { posts: Posts, tribes: Tribes }

#[derive(Tables)]
struct Twice { posts: Posts, others: Posts }

#[derive(Tables)]
struct OneIsNoTable { posts: Posts, title: Text }

#[derive(Table)]
struct Tags { #[key] tag: Text, n: Count }

fn extract(out: &mut Contributions<Feed>) -> Result<()> {
    out.add(Posts::key("p1").likes(1))?;
    out.add(Tags::key("t1").n(1))
}

fn main() {}
