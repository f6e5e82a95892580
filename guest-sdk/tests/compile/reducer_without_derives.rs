use foldline_sdk::prelude::*;

struct Like {
    post_id: i64,
}

#[derive(Table)]
struct Likes {
    #[key]
    post_id: Int,
    likes: Count,
}

#[derive(Document)]
struct LikeCount {
    likes: u64,
}

#[reducer]
impl Reducer for LikeCounter {
    type Event<'a> = Like;
    type Table = Likes;
    type Document = LikeCount;

    fn extract(like: Like, out: &mut Contributions<Likes>) -> Result<()> {
        out.add(Likes::key(like.post_id).likes(1))
    }

    fn project(row: Row<'_, Likes>, out: &mut Projected<LikeCount>) -> Result<()> {
        out.document(LikeCount { likes: row.likes })
    }
}

fn main() {}
