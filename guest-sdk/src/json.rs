//! JSON that an event holds, a document shows, and the reducer does not look into.

use serde_core::de::Deserialize;
use serde_core::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::bindings::foldline::reducer::types::{FieldType, ValueType};
use crate::column::Nulls;
use crate::document::DocumentField;
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

/// JSON as a field of a [`Document`](crate::Document): what a [`Json`] brought, kept in a column of texts, shown as it came.
///
/// It is checked when the document is written. A text that is no JSON fails the row.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Posts { #[key] post_id: Text, media: Last<Option<Text>> }
///
/// #[derive(Document)]
/// struct Post { post_id: String, media: Option<JsonText> }
///
/// fn keep(post_id: &str, media: Option<Json<'_>>, out: &mut Contributions<Posts>) -> Result<()> {
///     out.add(Posts::key(post_id).media(media.map(Json::as_str)))
/// }
///
/// fn project(row: Row<'_, Posts>, out: &mut Projected<Post>) -> Result<()> {
///     out.document(Post { post_id: row.post_id.into(), media: row.media.map(Into::into) })
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Json<'_>> for JsonText {
    fn from(json: Json<'_>) -> Self {
        Self::from(json.as_str())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// It may be a list or an object.
impl DocumentField for JsonText {
    const TYPE: Option<ValueType> = None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_as_it_came() {
        for text in [r#"{"b":1.10,"a":[]}"#, "12345678901234567890123", r#""x""#] {
            assert_eq!(serde_json::to_string(&JsonText::from(text)).unwrap(), text);
        }
    }

    #[test]
    fn a_text_that_is_no_json_fails() {
        for text in ["", "{", "a.png", "1 2"] {
            assert!(serde_json::to_string(&JsonText::from(text)).is_err(), "{text}");
        }
    }
}
