//! The answers of `GET projections/{name}/sets/{set}`.

use serde::{Deserialize, Serialize, Serializer};

/// A page of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetPage {
    /// The set.
    pub set: String,
    /// The members, in the order asked for. Empty for a set without members.
    pub members: Vec<SetMember>,
    /// Where the next page starts; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
}

/// One member of a set, asked for by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetMembership {
    /// The set.
    pub set: String,
    /// The member.
    #[serde(flatten)]
    pub member: SetMember,
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetMember {
    /// Its name within the set.
    pub member: String,
    /// Its score, by which members are ordered.
    #[serde(serialize_with = "score")]
    pub score: f64,
    /// The id of its row, which is also the id of the row's document if there is one.
    pub id: String,
}

/// Writes whole scores as integers: `3`, not `3.0`. Beyond 2^53, a float cannot represent every integer.
pub fn score<S: Serializer>(score: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const LIMIT: f64 = (1_u64 << 53) as f64;
    match score.fract() == 0.0 && score.abs() < LIMIT {
        true => serializer.serialize_i64(*score as i64),
        false => serializer.serialize_f64(*score),
    }
}
