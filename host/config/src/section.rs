//! One table of the file, read key by key as its [`Table`] declares them.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::interpolate::Env;
use super::key::{Key, SecretKey};
use super::kind::Kind;
use super::problem::Problems;
use super::table::Table;
use super::value::Value;
use foldline_base::nearest::nearest;
use foldline_base::secret::Secret;

/// A table, which may be absent. An absent table is read like an empty one, so that every default has one source.
pub(crate) struct Section<'a> {
    /// The keys and tables that it may hold.
    declared: &'static Table,
    /// Its path in messages: `limits`, `topics.likes`; empty for the file itself.
    place: String,
    found: Option<&'a DeTable<'a>>,
    env: Env<'a>,
    problems: &'a Problems<'a>,
}

/// A key and its value in the file.
type Pair<'a> = (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>);

/// Reads a table that the file does not have: the result holds the defaults.
pub(crate) fn defaults<T>(declared: &'static Table, read: impl FnOnce(&Section<'_>) -> T) -> T {
    let problems = Problems::new("", "");
    read(&Section { declared, place: String::new(), found: None, env: &|_| None, problems: &problems })
}

impl<'a> Section<'a> {
    /// Returns the file itself. A key that is not declared is a problem, here and in every table below.
    pub(crate) fn root(
        declared: &'static Table,
        table: &'a DeTable<'a>,
        env: Env<'a>,
        problems: &'a Problems<'a>,
    ) -> Self {
        let section = Self { declared, place: String::new(), found: Some(table), env, problems };
        section.refuse_unknown();
        section
    }

    /// Returns the table of that name, or an empty one if the file does not have it.
    pub(crate) fn table(&self, declared: &'static Table) -> Section<'a> {
        debug_assert!(self.declared.tables.iter().any(|table| table.name == declared.name));
        let found = self
            .value(declared.name)
            .and_then(|value| self.or_problem(Some(value.span.clone()), value.table()));
        self.below(declared.name, declared, found)
    }

    /// Returns the tables whose names the user chooses. A key that holds a table is one of them even if it has the name of a
    /// setting.
    pub(crate) fn tables(&self) -> Vec<(&'a str, Range<usize>, Section<'a>)> {
        let declared = self.declared.each_table.into_iter();
        let entries = declared.flat_map(|each| self.entries().map(move |(name, value)| (each, name, value)));
        entries
            .filter_map(|(each, name, value)| {
                let found = value.get_ref().as_table()?;
                let section = self.below(name.get_ref(), each, Some(found));
                Some((name.get_ref().as_ref(), name.span(), section))
            })
            .collect()
    }

    /// Returns the values whose names the user chooses, by name. Wrong values are reported as problems.
    pub(crate) fn each<K: Kind>(&self, key: &'static Key<K>) -> BTreeMap<String, K::Value> {
        let read = |(name, value): (&str, Value<'a>)| {
            Some((name.to_owned(), self.or_problem(self.span_of(name), key.kind.read(&value))?))
        };
        self.values().into_iter().filter_map(read).collect()
    }

    /// Returns the values whose names the user chooses.
    pub(crate) fn values(&self) -> Vec<(&'a str, Value<'a>)> {
        let value = |(name, value): Pair<'a>| {
            let name = name.get_ref().as_ref();
            (name, Value::new(self.path(name), value, self.env))
        };
        self.entries().map(value).collect()
    }

    /// Returns the value of a key: from the file, else the default. A wrong value is reported as a problem.
    pub(crate) fn get<K: Kind>(&self, key: &'static Key<K>) -> K::Value {
        self.given(key).unwrap_or_else(key.default)
    }

    /// Returns the value of a key if the file has it and it is valid.
    pub(crate) fn given<K: Kind>(&self, key: &'static Key<K>) -> Option<K::Value> {
        self.given_if(key, |_, _| Ok(()))
    }

    /// As [`Self::given`], with a check that needs more than the value.
    pub(crate) fn given_if<K: Kind>(
        &self,
        key: &'static Key<K>,
        check: impl FnOnce(&Value<'a>, &K::Value) -> Result<(), String>,
    ) -> Option<K::Value> {
        let value = self.declared_value(key.name)?;
        let read = key.kind.read(&value).and_then(|read| check(&value, &read).map(|()| read));
        self.or_problem(Some(value.span), read)
    }

    /// Returns a secret from its key, or from the file that its second key names.
    pub(crate) fn secret(&self, key: &'static SecretKey) -> Option<Secret> {
        let read = |name, is_file| {
            let value = self.declared_value(name)?;
            let read = if is_file { value.secret_file() } else { value.text().map(Secret::new) };
            self.or_problem(Some(value.span), read)
        };
        let (written, in_file) = (read(key.name, false), read(key.file, true));
        if written.is_some() && in_file.is_some() {
            let message = format!("both `{}` and `{}` are set; keep one", key.name, key.file);
            self.problem(self.span_of(key.file), message);
        }
        written.or(in_file)
    }

    /// Notes a problem if only one of two keys is set that require each other.
    pub(crate) fn refuse_half(&self, (one, has_one): (&str, bool), (other, has_other): (&str, bool)) {
        if has_one != has_other {
            let (set, missing) = if has_one { (one, other) } else { (other, one) };
            self.problem(self.span_of(set), format!("`{set}` is set, and `{missing}` is not"));
        }
    }

    /// Returns the span of a key of this table, if the file has it.
    pub(crate) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        let (name, _) = self.found?.get_key_value(key)?;
        Some(name.span())
    }

    /// Returns where a key of this table stands, for messages that come later: file, line and column.
    pub(crate) fn place_of(&self, key: &str) -> Option<String> {
        Some(self.problems.place(self.span_of(key)?.start))
    }

    /// Notes a problem at a place in the file.
    pub(crate) fn problem(&self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.problems.add(span, message);
    }

    fn entries(&self) -> impl Iterator<Item = Pair<'a>> + use<'a> {
        self.found.into_iter().flat_map(|table| table.iter())
    }

    fn below(&self, name: &str, declared: &'static Table, found: Option<&'a DeTable<'a>>) -> Section<'a> {
        let place = self.path(name);
        let section = Section { declared, place, found, env: self.env, problems: self.problems };
        section.refuse_unknown();
        section
    }

    /// Returns the value of a key that this table declares.
    fn declared_value(&self, name: &str) -> Option<Value<'a>> {
        debug_assert!(self.declared.names().contains(&name), "`{name}` is not declared in its table");
        // Where the user chooses the names of tables, a table may have the name of a setting.
        let is_free = |value: &DeValue<'_>| self.declared.each_table.is_some() && value.is_table();
        if self.found.and_then(|table| table.get(name)).is_some_and(|value| is_free(value.get_ref())) {
            return None;
        }
        self.value(name)
    }

    fn value(&self, name: &str) -> Option<Value<'a>> {
        let value = self.found?.get(name)?;
        Some(Value::new(self.path(name), value, self.env))
    }

    /// Returns the value that was read, or reports what is wrong with it.
    fn or_problem<T>(&self, span: Option<Range<usize>>, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.problem(span, message)).ok()
    }

    /// Reports every key that is not declared.
    fn refuse_unknown(&self) {
        if self.declared.each_key.is_some() {
            return;
        }
        let known = self.declared.names();
        for (name, value) in self.entries() {
            let key = name.get_ref().as_ref();
            let is_free = self.declared.each_table.is_some() && value.get_ref().is_table();
            if !known.contains(&key) && !is_free {
                self.problem(Some(name.span()), self.unknown(key, &known));
            }
        }
    }

    fn unknown(&self, key: &str, known: &[&str]) -> String {
        let path = self.path(key);
        if known.is_empty() {
            return format!(
                "unknown key `{path}` (`[{}]` holds only tables, whose names you choose)",
                self.place
            );
        }
        let guess = nearest(key, known.iter().copied());
        let guess = guess.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        let place =
            if self.place.is_empty() { "at the top".to_owned() } else { format!("in `[{}]`", self.place) };
        format!("unknown key `{path}`{guess} (known {place}: {})", known.join(", "))
    }

    /// Returns the full path of a key of this table.
    fn path(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }
}
