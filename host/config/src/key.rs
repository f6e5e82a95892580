//! A key of the configuration, declared once.
//!
//! The declaration of a key holds its name, what its value may be ([`Kind`]: type, range and unit), its default and its text.
//! The parser, the defaults, the reference page and the JSON schema are made from it.

use super::form::Form;
use super::kind::{Kind, PATH};
use super::quantity::format_size;
use super::value::SECRET_BYTES_MAX;

/// A key and everything that is declared of it.
pub(crate) struct Key<K: Kind> {
    /// Its name; `*` where the user chooses the name.
    pub(crate) name: &'static str,
    /// What its value may be.
    pub(crate) kind: K,
    /// The value if the file has none.
    pub(crate) default: fn() -> K::Value,
    /// What it means, then why the default is what it is: the text of the reference page.
    pub(crate) about: &'static str,
}

/// A secret, which is written under one key, or in the file that a second key names.
pub(crate) struct SecretKey {
    /// The key of the secret itself.
    pub(crate) name: &'static str,
    /// The key of the file.
    pub(crate) file: &'static str,
    /// What it is.
    pub(crate) about: &'static str,
}

/// A key that also exists in a table further up, which holds its default.
pub(crate) struct Overriding {
    /// The key as it is declared.
    pub(crate) key: &'static dyn Entry,
    /// What it overrides: the text of the reference page.
    pub(crate) about: &'static str,
}

/// A key that the command line can set too. The flag overrides the file.
pub(crate) struct Flagged {
    /// The key as it is declared.
    pub(crate) key: &'static dyn Entry,
    /// The flag.
    pub(crate) flag: &'static str,
}

/// Keys that belong together.
pub(crate) struct Group(pub(crate) &'static [&'static dyn Entry]);

/// What a table lists: a key, or several that belong together.
pub(crate) trait Entry: Sync {
    /// Returns the keys, in the order of the reference page.
    fn rows(&self) -> Vec<Row>;

    /// Returns the names of the keys, in the same order.
    fn names(&self) -> Vec<&'static str> {
        self.rows().into_iter().map(|row| row.name).collect()
    }
}

/// A key without its type: what the reference page, the schema and messages say about it.
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value may be.
    pub(crate) form: Form,
    /// Its default as TOML; `None` if there is no default.
    pub(crate) default: Option<String>,
    /// What it means.
    pub(crate) about: String,
    /// The command-line flag that overrides it.
    pub(crate) flag: Option<&'static str>,
}

impl<K: Kind> Entry for Key<K> {
    fn rows(&self) -> Vec<Row> {
        vec![Row {
            name: self.name,
            form: self.kind.form(),
            default: self.kind.write(&(self.default)()),
            about: self.about.to_owned(),
            flag: None,
        }]
    }
}

impl Entry for SecretKey {
    fn rows(&self) -> Vec<Row> {
        let row = |name, form, about| Row { name, form, default: None, about, flag: None };
        let about = format!("{} Prefer `{}`.", self.about, self.file);
        let size = format_size(SECRET_BYTES_MAX);
        let about_file =
            format!("The file that holds `{}`, at most {size}. Newlines at its end are ignored.", self.name);
        vec![
            row(self.name, Form::Text { what: "secret", pattern: None }, about),
            row(self.file, PATH.form(), about_file),
        ]
    }
}

impl Entry for Group {
    fn rows(&self) -> Vec<Row> {
        self.0.iter().flat_map(|key| key.rows()).collect()
    }
}

impl Entry for Overriding {
    fn rows(&self) -> Vec<Row> {
        let rows = self.key.rows().into_iter();
        rows.map(|row| Row { about: self.about.to_owned(), ..row }).collect()
    }
}

impl Entry for Flagged {
    fn rows(&self) -> Vec<Row> {
        self.key.rows().into_iter().map(|row| Row { flag: Some(self.flag), ..row }).collect()
    }
}
