//! A post as a feed shows it: author, tribe, counts and rank in one document, ranked in its tribe and for its author.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(time = timestamp)]
enum Input<'a> {
    #[topic("users")]
    User { user_id: &'a str, name: &'a str, avatar: Option<&'a str>, timestamp: Time },
    #[topic("tribes")]
    Tribe { tribe_id: &'a str, name: &'a str, timestamp: Time },
    #[topic("posts")]
    Post {
        post_id: &'a str,
        author_id: &'a str,
        tribe_id: Option<&'a str>,
        title: &'a str,
        media: Option<Json<'a>>,
        deleted: Option<bool>,
        timestamp: Time,
    },
    #[topic("views")]
    View { post_id: &'a str, timestamp: Time },
    #[topic("likes")]
    Like { post_id: &'a str, user_id: &'a str, timestamp: Time },
    #[topic("comments")]
    Comment { post_id: &'a str, timestamp: Time },
    #[topic("bumps")]
    Bump { post_id: &'a str, user_id: &'a str, timestamp: Time },
}

#[derive(Table)]
struct Users {
    #[key]
    user_id: Text,
    name: Last<Text>,
    avatar: Last<Option<Text>>,
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
    #[refers(Users { name, avatar })]
    author: Last<Text>,
    #[refers(Tribes { name })]
    tribe: Last<Option<Text>>,
    title: Last<Text>,
    media: Last<Option<Text>>,
    deleted: Last<Boolean>,
    created: First<Time>,
    views: Count,
    likes: Distinct,
    comments: Count,
    bumps: Distinct,
}

/// The first is shown.
#[derive(Tables)]
struct Feed {
    posts: Posts,
    users: Users,
    tribes: Tribes,
}

#[derive(Document)]
struct FeedItem {
    post_id: String,
    author: PostsAuthor,
    tribe: Option<PostsTribe>,
    title: String,
    media: Option<JsonText>,
    #[sortable]
    created: Time,
    #[sortable]
    rank: f64,
    views: u64,
    likes: u64,
    comments: u64,
    bumps: u64,
}

#[reducer]
impl Reducer for FeedItems {
    type Event<'a> = Input<'a>;
    type Table = Feed;
    type Document = FeedItem;

    fn extract(event: Input<'_>, out: &mut Contributions<Feed>) -> Result<()> {
        match event {
            Input::User { user_id, name, avatar, .. } => {
                out.add(Users::key(user_id).name(name).avatar(avatar))
            }
            Input::Tribe { tribe_id, name, .. } => out.add(Tribes::key(tribe_id).name(name)),
            Input::Post { post_id, author_id, tribe_id, title, media, deleted, timestamp } => out.add(
                Posts::key(post_id)
                    .author(author_id)
                    .tribe(tribe_id)
                    .title(title)
                    .media(media.map(Json::as_str))
                    .deleted(deleted == Some(true))
                    .created(timestamp),
            ),
            Input::View { post_id, .. } => out.add(Posts::key(post_id).views(1)),
            Input::Like { post_id, user_id, .. } => out.add(Posts::key(post_id).likes(user_id)),
            Input::Comment { post_id, .. } => out.add(Posts::key(post_id).comments(1)),
            Input::Bump { post_id, user_id, .. } => out.add(Posts::key(post_id).bumps(user_id)),
        }
    }

    fn project(p: Row<'_, Posts>, out: &mut Projected<FeedItem>) -> Result<()> {
        let (Some(author), Some(title), Some(created), Some(false)) =
            (p.author, p.title, p.created, p.deleted)
        else {
            // Liked before it is known, or deleted.
            return out.nothing();
        };
        let rank = rank::hot(p.likes + 2 * p.comments + 3 * p.bumps, created);
        out.member(format!("author:{}", author.key), p.post_id, rank)?;
        if let Some(tribe) = p.tribe {
            out.member(format!("tribe:{}", tribe.key), p.post_id, rank)?;
        }
        out.document(FeedItem {
            post_id: p.post_id.into(),
            author: author.into(),
            tribe: p.tribe.map(Into::into),
            title: title.into(),
            media: p.media.map(Into::into),
            created,
            rank,
            views: p.views,
            likes: p.likes,
            comments: p.comments,
            bumps: p.bumps,
        })
    }
}

#[cfg(test)]
mod tests;
