//! `TopK`: the largest values of distinct ids.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_core::ser::{Serialize, SerializeStruct, Serializer};

use crate::aggregate::{Aggregate, Item, Shown};
use crate::bindings::foldline::reducer::types::{AggregateKind, ValueType};
use crate::contributed::ContributedColumn;
use crate::document::DocumentField;
use crate::error::Result;
use crate::value::{Int, Text};

/// The exact `K` largest values of distinct ids; `K` ranges from 1 to 1,000. Shows a `Vec` of [`Ranked`].
///
/// A contribution is an id and a value: `.longest("p1", 90_000)`. An id that occurs several times counts once, with its
/// largest value. Larger values come first; equal values are ordered by id, byte by byte. Ids are texts of 1 to 512
/// bytes.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Table)]
/// struct Players { #[key] player: Text, best: TopK<3> }
///
/// #[derive(Document)]
/// struct Player {
///     player: String,
///     best: Vec<Ranked>, // [{"id":"g7","value":980},…]
///     record: Option<i64>,
/// }
///
/// # struct Game<'a> { player: &'a str, game_id: &'a str, score: i64 }
/// fn extract(game: Game<'_>, out: &mut Contributions<Players>) -> Result<()> {
///     out.add(Players::key(game.player).best(game.game_id, game.score))
/// }
///
/// fn project(row: Row<'_, Players>, out: &mut Projected<Player>) -> Result<()> {
///     let record = row.best.first().map(|best| best.value);
///     out.document(Player { player: row.player.into(), best: row.best, record })
/// }
/// ```
pub struct TopK<const K: u32>(());

/// An id and its value in a [`TopK`]; in documents `{"id":"p1","value":90000}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The id.
    pub id: String,
    /// The largest value contributed for the id.
    pub value: i64,
}

impl<const K: u32> Aggregate for TopK<K> {
    type Input<'a> = (&'a str, i64);
    type Output<'a> = Vec<Ranked>;
    type Contributed = (ContributedColumn<Text>, ContributedColumn<Int>);
    type Shown = Text;

    fn kind() -> AggregateKind {
        const { assert!(K >= 1 && K <= 1_000, "the `K` of `TopK` goes from 1 to 1000") };
        AggregateKind::TopK(K)
    }

    #[inline]
    fn contribute(input: Self::Input<'_>) -> Result<Item<'_, Self>> {
        Ok(input)
    }

    fn show(result: Option<Shown<'_, Self>>) -> Result<Self::Output<'_>> {
        let json = result.ok_or("the host sent no result of a `TopK`")?;
        serde_json::from_str(json)
            .map_err(|error| format!("the host sent a `TopK` of {json}: {error}").into())
    }
}

impl DocumentField for Ranked {
    const TYPE: Option<ValueType> = None;
}

impl Serialize for Ranked {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Ranked", 2)?;
        object.serialize_field("id", &self.id)?;
        object.serialize_field("value", &self.value)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Ranked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Ranked;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id and a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Ranked, A::Error> {
                let (mut id, mut value) = (None, None);
                while let Some(name) = map.next_key::<&str>()? {
                    match name {
                        "id" => id = Some(map.next_value()?),
                        "value" => value = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Ranked {
                    id: id.ok_or_else(|| A::Error::missing_field("id"))?,
                    value: value.ok_or_else(|| A::Error::missing_field("value"))?,
                })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_answer_is_read_and_written_alike() {
        let json = r#"[{"id":"a \"b\" \\ é","value":9},{"id":"z","value":-1}]"#;
        let ranked = TopK::<2>::show(Some(json)).unwrap();
        let of = |id: &str, value| Ranked { id: id.to_owned(), value };
        assert_eq!(ranked, [of(r#"a "b" \ é"#, 9), of("z", -1)]);
        assert_eq!(serde_json::to_string(&ranked).unwrap(), json);
        assert_eq!(TopK::<2>::show(Some("[]")).unwrap(), []);
    }

    #[test]
    fn another_answer_fails_the_row() {
        for json in ["", "{}", r#"[{"id":"a"}]"#, r#"[{"id":1,"value":2}]"#] {
            let error = TopK::<2>::show(Some(json)).unwrap_err().to_string();
            assert!(error.contains("the host sent a `TopK` of"), "{error}");
        }
        assert!(TopK::<2>::show(None).is_err());
    }
}
