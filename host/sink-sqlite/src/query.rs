//! A list of documents: the query, how it is walked, and where the next page starts.
//!
//! Every list walks one index in that index's order and stops when the page is full, so that the cost of a page depends on its
//! size, wherever it starts. Filters that the index does not cover are checked document by document, up to a bound; such a page
//! may be short, with a cursor to continue.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use foldline_core::description::OutputField;
use serde::{Deserialize, Serialize};

use super::field::{Scalar, parse_filter};
use super::schema;
use foldline_base::error::{Error, ErrorKind, Result};

/// A page has at most this many documents or members.
const LIMIT_MAX: usize = 1_000;

/// 16 KiB: our cursors are shorter, and nothing long is decoded.
pub(super) const CURSOR_BYTES_MAX: usize = 16 << 10;

/// A request for a list of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Field and value, as text; all must match.
    pub filter: Vec<(String, String)>,
    /// A sortable field, and whether the largest value comes first; `None` sorts by id. Ties are sorted by ascending id, and
    /// missing values come last, in both directions.
    pub sort: Option<(String, bool)>,
    /// Maximum number of documents in a page: 1 to 1,000.
    pub limit: usize,
    /// The cursor of the previous page; `None` starts at the first document.
    pub cursor: Option<String>,
}

/// A page of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Ids and bodies, in the order asked for.
    pub documents: Vec<(String, String)>,
    /// Where the next page starts; `None` on the last.
    pub cursor: Option<String>,
}

/// A query that was checked against the declared fields.
#[derive(Debug)]
pub(super) struct Plan {
    /// The parts of an index to walk, one after the other.
    pub(super) stretches: Vec<Stretch>,
    /// Conditions on every document. Two values of one field match nothing: bodies are read once per name.
    pub(super) filter: Vec<(OutputField, Scalar)>,
    pub(super) limit: usize,
    /// Identifies the query in cursors.
    query: String,
}

/// A part of an index, walked in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stretch {
    /// All documents by id.
    Ids { after: Option<String> },
    /// One value of a sortable field (`at` is its index in the declaration), by id.
    Equal { at: usize, value: Scalar, after: Option<String> },
    /// All values, the largest first.
    Falling { at: usize, below: Option<Scalar> },
    /// All values, the smallest first.
    Rising { at: usize, above: Option<Scalar> },
    /// No value, by id.
    Missing { at: usize, after: Option<String> },
}

/// The document after which the next page starts.
#[derive(Serialize, Deserialize)]
struct Cursor {
    query: String,
    key: Key,
    id: String,
}

/// A sort key that keeps every bit through JSON.
#[derive(Serialize, Deserialize)]
enum Key {
    Missing,
    Int(i64),
    FloatBits(u64),
    Text(String),
}

impl ListQuery {
    /// Checks the query against the declared fields and chooses what to walk.
    pub(super) fn plan(&self, document: &[OutputField]) -> Result<Plan> {
        check_limit(self.limit)?;
        let mut filter = Vec::with_capacity(self.filter.len());
        for (name, text) in &self.filter {
            let at = declared(document, name)?;
            let wanted = (document[at].clone(), parse_filter(&document[at], text)?);
            if !filter.contains(&wanted) {
                filter.push(wanted);
            }
        }
        let sort = match &self.sort {
            Some((name, falling)) => Some((sortable(document, name)?, *falling)),
            None => None,
        };
        let query = self.fingerprint();
        let from = self.cursor.as_deref().map(|cursor| Cursor::decode(cursor, &query)).transpose()?;
        let stretches = stretches(document, &filter, sort, from);
        Ok(Plan { stretches, filter, limit: self.limit, query })
    }

    /// Identifies filter and sort order: a cursor continues only the query that it came from, with any limit.
    fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(&(&self.filter, &self.sort)).expect("texts and flags are always JSON");
        blake3::hash(&text).to_hex()[..16].to_owned()
    }
}

impl Plan {
    /// Returns the cursor of the page that starts after a document.
    pub(super) fn cursor(&self, key: &Scalar, id: &str) -> String {
        let key = match key {
            Scalar::Null => Key::Missing,
            Scalar::Int(int) => Key::Int(*int),
            Scalar::Float(float) => Key::FloatBits(float.to_bits()),
            Scalar::Text(text) => Key::Text(text.clone()),
        };
        let cursor = Cursor { query: self.query.clone(), key, id: id.to_owned() };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("texts and numbers are always JSON"))
    }
}

impl Cursor {
    fn decode(text: &str, query: &str) -> Result<(Scalar, String)> {
        let refuse = |what| {
            Err(Error::new(ErrorKind::Data, format!("`cursor` {what}"))
                .with_hint("pass the cursor of the previous page, with the same `where` and `sort`"))
        };
        let bytes = if text.len() <= CURSOR_BYTES_MAX { URL_SAFE_NO_PAD.decode(text).ok() } else { None };
        let Some(cursor) = bytes.and_then(|bytes| serde_json::from_slice::<Cursor>(&bytes).ok()) else {
            return refuse("was not issued by this host");
        };
        if cursor.query != query {
            return refuse("belongs to another query");
        }
        let key = match cursor.key {
            Key::Missing => Scalar::Null,
            Key::Int(int) => Scalar::Int(int),
            Key::FloatBits(bits) => Scalar::Float(f64::from_bits(bits)),
            Key::Text(text) => Scalar::Text(text),
        };
        Ok((key, cursor.id))
    }
}

/// Chooses what to walk. The sort order decides the index; without one, a filter on a sortable field does.
fn stretches(
    document: &[OutputField],
    filter: &[(OutputField, Scalar)],
    sort: Option<(usize, bool)>,
    from: Option<(Scalar, String)>,
) -> Vec<Stretch> {
    // Within one value of a field, the field's own order is the order of ids.
    let equal = filter.iter().find_map(|(field, value)| {
        let at = document.iter().position(|declared| declared.name == field.name)?;
        let walks = document[at].sortable && sort.is_none_or(|(sorted, _)| sorted == at);
        walks.then(|| (at, value.clone().into_sort_key()))
    });
    if let Some((at, value)) = equal {
        return vec![Stretch::Equal { at, value, after: from.map(|(_, id)| id) }];
    }
    let Some((at, falling)) = sort else {
        return vec![Stretch::Ids { after: from.map(|(_, id)| id) }];
    };
    let values = |beyond| match falling {
        true => Stretch::Falling { at, below: beyond },
        false => Stretch::Rising { at, above: beyond },
    };
    match from {
        None => vec![values(None), Stretch::Missing { at, after: None }],
        Some((Scalar::Null, id)) => vec![Stretch::Missing { at, after: Some(id) }],
        Some((value, id)) => vec![
            Stretch::Equal { at, value: value.clone(), after: Some(id) },
            values(Some(value)),
            Stretch::Missing { at, after: None },
        ],
    }
}

impl Stretch {
    /// Returns the statement that walks this part: id, body, sort key. `Rising` is walked value by value: an index that descends
    /// in the field cannot ascend in both the field and the id.
    pub(super) fn sql(&self) -> String {
        let Some(at) = self.at() else {
            let beyond = if matches!(self, Self::Ids { after: Some(_) }) { "WHERE id > ?1" } else { "" };
            return format!("SELECT id, body, NULL FROM documents {beyond} ORDER BY id");
        };
        let (index, key) = (schema::sort_index(at), schema::sort_column(at));
        let from = format!("FROM documents INDEXED BY {index} WHERE {key}");
        match self {
            Self::Ids { .. } => unreachable!("it has no field"),
            Self::Equal { after: None, .. } => format!("SELECT id, body, {key} {from} = ?1 ORDER BY id"),
            Self::Equal { .. } => format!("SELECT id, body, {key} {from} = ?1 AND id > ?2 ORDER BY id"),
            Self::Falling { below: None, .. } => {
                format!("SELECT id, body, {key} {from} IS NOT NULL ORDER BY {key} DESC, id")
            }
            Self::Falling { .. } => format!("SELECT id, body, {key} {from} < ?1 ORDER BY {key} DESC, id"),
            Self::Rising { above: None, .. } => {
                format!("SELECT {key} {from} IS NOT NULL ORDER BY {key} LIMIT 1")
            }
            Self::Rising { .. } => format!("SELECT {key} {from} > ?1 ORDER BY {key} LIMIT 1"),
            Self::Missing { after: None, .. } => format!("SELECT id, body, {key} {from} IS NULL ORDER BY id"),
            Self::Missing { .. } => format!("SELECT id, body, {key} {from} IS NULL AND id > ?1 ORDER BY id"),
        }
    }

    /// Returns the statement's parameters.
    pub(super) fn parameters(&self) -> Vec<Scalar> {
        let id = |after: &Option<String>| after.clone().map(Scalar::Text);
        match self {
            Self::Ids { after } | Self::Missing { after, .. } => id(after).into_iter().collect(),
            Self::Equal { value, after, .. } => std::iter::once(value.clone()).chain(id(after)).collect(),
            Self::Falling { below: beyond, .. } | Self::Rising { above: beyond, .. } => {
                beyond.clone().into_iter().collect()
            }
        }
    }

    fn at(&self) -> Option<usize> {
        match self {
            Self::Ids { .. } => None,
            Self::Equal { at, .. }
            | Self::Falling { at, .. }
            | Self::Rising { at, .. }
            | Self::Missing { at, .. } => Some(*at),
        }
    }
}

/// Checks the size of a page.
pub(super) fn check_limit(limit: usize) -> Result<()> {
    if limit == 0 || limit > LIMIT_MAX {
        let message = format!("`limit` is {limit}, and must be from 1 to {LIMIT_MAX}");
        return Err(Error::new(ErrorKind::Data, message));
    }
    Ok(())
}

fn declared(document: &[OutputField], name: &str) -> Result<usize> {
    document.iter().position(|field| field.name == name).ok_or_else(|| {
        let message = format!("field `{name}` is not declared");
        Error::new(ErrorKind::Data, message).with_hint(listing("declared", document.iter()))
    })
}

fn sortable(document: &[OutputField], name: &str) -> Result<usize> {
    let at = declared(document, name)?;
    if document[at].sortable {
        return Ok(at);
    }
    let message = format!("field `{name}` is not sortable");
    let sortable = document.iter().filter(|field| field.sortable);
    Err(Error::new(ErrorKind::Data, message).with_hint(listing("sortable", sortable)))
}

fn listing<'a>(what: &str, fields: impl Iterator<Item = &'a OutputField>) -> String {
    let names: Vec<_> = fields.map(|field| format!("`{}`", field.name)).collect();
    match names.is_empty() {
        true => format!("no field is {what}"),
        false => format!("{what} are {}", names.join(", ")),
    }
}
