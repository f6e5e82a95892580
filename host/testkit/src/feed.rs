//! Posts that show their author, their tribe, the tribe of their author, and their statistics; and the same in plain maps.

use std::collections::BTreeMap;

use foldline_core::column::{Column, ValueRef, ValueType};
use foldline_core::contribution::Contributions;
use foldline_core::results::{Referred, ResultRows};
use foldline_module::ValidatedModule;
use serde_json::json;

use crate::canned::Canned;

/// The table of posts: author and tribe.
pub const POSTS: usize = 0;

/// The table of users: name, tribe, and a column that no document shows.
pub const USERS: usize = 1;

/// The table of tribes: a name.
pub const TRIBES: usize = 2;

/// The table of statistics, whose keys are those of posts: views.
pub const STATISTICS: usize = 3;

/// The number of columns of each table.
const COLUMNS: [usize; 4] = [2, 3, 1, 1];

/// Returns the module. Its tables hold the last text of each column.
///
/// # Panics
/// Panics if wasmtime does not run on this machine.
pub fn module() -> ValidatedModule {
    let last = |name: &str| json!({"name": name, "kind": {"last": "text"}});
    let table = |name: &str, columns: &[&str]| {
        let aggregates: Vec<_> = columns.iter().map(|column| last(column)).collect();
        json!({"name": name, "key": ["text"], "aggregates": aggregates, "window": "unbounded", "keep": "latest"})
    };
    let refers = |holder: Option<u32>, via: serde_json::Value, table: usize| json!({"holder": holder, "via": [via], "table": table, "columns": [0]});
    let canned = Canned::described_0_2(|d| {
        d["tables"] = json!([
            table("posts", &["author", "tribe"]),
            table("users", &["name", "home", "unshown"]),
            table("tribes", &["name"]),
            table("statistics", &["views"]),
        ]);
        d["projections"][0]["references"] = json!([
            refers(None, json!({"aggregate": 0}), USERS),
            refers(None, json!({"aggregate": 1}), TRIBES),
            refers(Some(0), json!({"aggregate": 1}), TRIBES),
            refers(None, json!({"key": 0}), STATISTICS),
        ]);
    });
    crate::engine().validate(None, &canned.build()).expect("a sound module")
}

/// A contribution: the table, the number of the key, the column, and the number of its value.
pub type Said = (usize, u8, usize, u8);

/// Returns the key with a number. What a post names as its author is the key of a user.
pub fn key(table: usize, number: u8) -> String {
    match table {
        POSTS | STATISTICS => format!("p{number}"),
        _ => format!("k{number}"),
    }
}

/// Returns one contribution.
pub fn contributions((table, number, of, value): Said) -> Contributions {
    let text = |value: Option<&str>| {
        let mut column = Column::empty(ValueType::Text);
        column.push(value.map(ValueRef::Text));
        column
    };
    let value = format!("k{value}");
    let columns = COLUMNS[table];
    let values = (0..columns).map(|nth| text((nth == of % columns).then_some(&value)));
    Contributions::new(table, vec![0], text(Some(&key(table, number))), values)
}

/// Rows by table and key: their columns.
#[derive(Clone, Debug, Default)]
pub struct Model(BTreeMap<(usize, String), Vec<Option<String>>>);

/// What a post shows: of each reference the key, whether the row is there, and its first column.
pub type Shown = Vec<Option<(String, bool, Option<String>)>>;

impl Model {
    /// Takes a contribution.
    pub fn add(&mut self, (table, number, of, value): Said) {
        let columns = COLUMNS[table];
        let row = self.0.entry((table, key(table, number))).or_insert_with(|| vec![None; columns]);
        row[of % columns] = Some(format!("k{value}"));
    }

    /// Returns what each post shows.
    pub fn documents(&self) -> BTreeMap<String, Shown> {
        let posts = self.0.range((POSTS, String::new())..(USERS, String::new()));
        let document = |((_, key), row): (&(usize, String), &Vec<Option<String>>)| {
            let author = row[0].as_ref();
            let home = author.and_then(|author| self.0.get(&(USERS, author.clone()))?[1].as_ref());
            let shown = vec![
                self.target(USERS, author),
                self.target(TRIBES, row[1].as_ref()),
                self.target(TRIBES, home),
                self.target(STATISTICS, Some(key)),
            ];
            (key.clone(), shown)
        };
        posts.map(document).collect()
    }

    fn target(&self, table: usize, key: Option<&String>) -> Option<(String, bool, Option<String>)> {
        let key = key?;
        let row = self.0.get(&(table, key.clone()));
        Some((key.clone(), row.is_some(), row.and_then(|row| row[0].clone())))
    }
}

/// Returns what a row shows by its references.
///
/// # Panics
/// Panics on rows of another module.
pub fn shown(rows: &ResultRows, row: usize) -> Shown {
    let text = |column: &Column, at| match column.get(at) {
        Some(ValueRef::Text(text)) => Some(text.to_owned()),
        _ => None,
    };
    let of = |referred: &Referred| {
        let pick = referred.picks[row] as usize;
        (pick < referred.len()).then(|| {
            let key = text(&referred.keys[0], pick).expect("keys are texts");
            (key, referred.is_known(pick), text(&referred.columns[0], pick))
        })
    };
    rows.referred.iter().map(of).collect()
}
