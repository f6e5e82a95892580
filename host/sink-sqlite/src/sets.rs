//! A page of a set: the query, how it is walked, and where the next page starts.
//!
//! Sets are walked in order along one index, like lists of documents (`query`), so that the cost of a page depends on its size.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::query::{CURSOR_BYTES_MAX, check_limit};
use foldline_base::error::{Error, ErrorKind, Result};

/// A request for a page of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetQuery {
    /// The set.
    pub set: String,
    /// Whether the smallest score comes first. Ties are sorted by ascending member in both directions.
    pub rising: bool,
    /// Maximum number of members in a page: 1 to 1,000.
    pub limit: usize,
    /// The cursor of the previous page; `None` starts at the first member.
    pub cursor: Option<String>,
}

/// A page of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberPage {
    /// The members, in the order asked for. Empty for a set without members.
    pub members: Vec<Member>,
    /// Where the next page starts; `None` on the last.
    pub cursor: Option<String>,
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name within the set.
    pub member: String,
    /// Its score, by which members are ordered.
    pub score: f64,
    /// The id of its row, which is also the id of the row's document if there is one.
    pub id: String,
}

/// A query that was checked.
#[derive(Debug)]
pub(super) struct SetPlan<'a> {
    query: &'a SetQuery,
    /// Score and name of the member after which the page starts.
    after: Option<(f64, String)>,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Identifies set and direction.
    query: String,
    /// The score's bits, because JSON numbers might change it.
    score_bits: u64,
    member: String,
}

impl SetQuery {
    /// Checks limit and cursor.
    pub(super) fn plan(&self) -> Result<SetPlan<'_>> {
        check_limit(self.limit)?;
        let after = self.cursor.as_deref().map(|cursor| self.decode(cursor)).transpose()?;
        Ok(SetPlan { query: self, after })
    }

    fn decode(&self, cursor: &str) -> Result<(f64, String)> {
        let refuse = |what| {
            Err(Error::new(ErrorKind::Data, format!("`cursor` {what}"))
                .with_hint("pass the cursor of the previous page, with the same set and `order`"))
        };
        let bytes = if cursor.len() <= CURSOR_BYTES_MAX { URL_SAFE_NO_PAD.decode(cursor).ok() } else { None };
        let Some(cursor) = bytes.and_then(|bytes| serde_json::from_slice::<Cursor>(&bytes).ok()) else {
            return refuse("was not issued by this host for a set");
        };
        match cursor.query == self.fingerprint() {
            true => Ok((f64::from_bits(cursor.score_bits), cursor.member)),
            false => refuse("belongs to another set or order"),
        }
    }

    fn encode(&self, last: &Member) -> String {
        let cursor = Cursor {
            query: self.fingerprint(),
            score_bits: last.score.to_bits(),
            member: last.member.clone(),
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("texts and numbers are always JSON"))
    }

    fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(&(&self.set, self.rising)).expect("texts and flags are always JSON");
        blake3::hash(&text).to_hex()[..16].to_owned()
    }
}

impl SetPlan<'_> {
    /// Walks the set until the page is full.
    pub(super) fn walk(&self, connection: &Connection) -> rusqlite::Result<MemberPage> {
        // One more than requested shows whether there is a next page.
        let mut page = Vec::with_capacity(self.query.limit.min(100) + 1);
        let mut beyond = None;
        if let Some((score, member)) = &self.after {
            self.equal(connection, *score, member, &mut page)?;
            beyond = Some(*score);
        }
        match self.query.rising {
            false => self.fall(connection, beyond, &mut page)?,
            true => self.rise(connection, beyond, &mut page)?,
        }
        let cursor = (page.len() > self.query.limit).then(|| {
            page.truncate(self.query.limit);
            self.query.encode(&page[self.query.limit - 1])
        });
        Ok(MemberPage { members: page, cursor })
    }

    /// Adds members with one score that follow a member.
    fn equal(
        &self,
        connection: &Connection,
        score: f64,
        after: &str,
        page: &mut Vec<Member>,
    ) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(EQUAL)?;
        let found = select.query_map((&self.query.set, score, after, self.left(page) as i64), member)?;
        add(found, page)
    }

    /// Adds members by descending score: all, or those below a score.
    fn fall(
        &self,
        connection: &Connection,
        below: Option<f64>,
        page: &mut Vec<Member>,
    ) -> rusqlite::Result<()> {
        let mut select = connection.prepare_cached(FALLING)?;
        let found = select
            .query_map((&self.query.set, below.unwrap_or(f64::INFINITY), self.left(page) as i64), member)?;
        add(found, page)
    }

    /// Adds members by ascending score, score by score: an index that descends in the score cannot ascend in both score and
    /// member.
    fn rise(
        &self,
        connection: &Connection,
        above: Option<f64>,
        page: &mut Vec<Member>,
    ) -> rusqlite::Result<()> {
        let mut next = connection.prepare_cached(NEXT_SCORE)?;
        let mut above = above.unwrap_or(f64::NEG_INFINITY);
        while self.left(page) > 0 {
            let score = next.query_row((&self.query.set, above), |row| row.get(0)).optional()?;
            let Some(score) = score else { return Ok(()) };
            self.equal(connection, score, "", page)?;
            above = score;
        }
        Ok(())
    }

    fn left(&self, page: &[Member]) -> usize {
        self.query.limit + 1 - page.len()
    }
}

/// Returns a member of a set by its name.
pub(super) fn one(connection: &Connection, set: &str, name: &str) -> rusqlite::Result<Option<Member>> {
    connection.prepare_cached(ONE)?.query_row((set, name), member).optional()
}

/// No member has an empty name, so all members follow the empty name.
pub(super) const EQUAL: &str = "SELECT member, score, id FROM members INDEXED BY by_score \
     WHERE set_name = ?1 AND score = ?2 AND member > ?3 ORDER BY member LIMIT ?4";

/// Scores are finite, so all scores are below infinity.
pub(super) const FALLING: &str = "SELECT member, score, id FROM members INDEXED BY by_score \
     WHERE set_name = ?1 AND score < ?2 ORDER BY score DESC, member LIMIT ?3";

pub(super) const NEXT_SCORE: &str = "SELECT score FROM members INDEXED BY by_score \
     WHERE set_name = ?1 AND score > ?2 ORDER BY score LIMIT 1";

pub(super) const ONE: &str =
    "SELECT member, score, id FROM members INDEXED BY by_member WHERE set_name = ?1 AND member = ?2";

fn member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member { member: row.get(0)?, score: row.get(1)?, id: row.get(2)? })
}

fn add(
    found: impl Iterator<Item = rusqlite::Result<Member>>,
    page: &mut Vec<Member>,
) -> rusqlite::Result<()> {
    for member in found {
        page.push(member?);
    }
    Ok(())
}
