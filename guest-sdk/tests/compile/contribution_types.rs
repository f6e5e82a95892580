use foldline_sdk::prelude::*;

#[derive(Table)]
struct Likes {
    #[key]
    post_id: Text,
    users: Distinct,
}

fn add(out: &mut Contributions<Likes>) -> Result<()> {
    out.add(Likes::key("p1").users(42))
}

fn main() {}
