//! JSON that an event holds and the reducer does not look into.

use serde_core::de::Deserialize;

use crate::bindings::foldline::reducer::types::FieldType;
use crate::column::Nulls;
use crate::error::Result;
use crate::event::Field;
use crate::value::Text;

/// Any JSON but null, as the text that stands in the record, white space included. A field of an [`Event`](crate::Event).
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Event)]
/// #[event(topic = "posts")]
/// struct Post<'a> { post_id: &'a str, media: Option<Json<'a>> }
///
/// fn first_url(post: &Post<'_>) -> Result<Option<String>> {
///     let Some(media) = post.media else { return Ok(None) };
///     let urls: Vec<String> = media.parse()?;
///     Ok(urls.into_iter().next())
/// }
/// # let post = Post { post_id: "p1", media: Some(Json::from_text(r#"["a.png"]"#)) };
/// # assert_eq!(first_url(&post).unwrap().as_deref(), Some("a.png"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Makes JSON of a text, which tests feed. The text is not checked.
    pub const fn from_text(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Parses the text.
    ///
    /// # Errors
    /// JSON of another shape than `T`.
    pub fn parse<T: Deserialize<'a>>(self) -> Result<T> {
        Ok(serde_json::from_str(self.0)?)
    }
}

impl<'a> Field<'a> for Json<'a> {
    type Value = Text;
    const NULLS: Nulls = Nulls::Refused;

    fn ty() -> FieldType {
        FieldType::Json
    }

    #[inline]
    fn from_column(value: Option<&'a str>) -> Self {
        Self(value.expect(crate::event::REQUIRED))
    }

    fn to_column(&self) -> Option<&str> {
        Some(self.0)
    }
}
