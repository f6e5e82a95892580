//! One table of the file, read key by key; what was never asked for is an unknown key.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::interpolate::{Env, interpolate};
use super::problem::Problems;
use super::quantity;
use foldline_base::nearest::nearest;
use foldline_base::secret::Secret;

/// 64 KiB: a secret is a line, and a wrong path may lead to anything.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// One table, or its absence: an absent table is read like an empty one, so that every default has one source.
pub(super) struct Section<'a> {
    /// Its keys in messages: `limits`, `topics.likes`; empty for the file itself.
    place: String,
    table: Option<&'a DeTable<'a>>,
    env: Env<'a>,
    problems: &'a Problems<'a>,
    /// Keys that this version reads.
    asked: BTreeSet<&'static str>,
}

/// A value with its place.
pub(super) struct Value<'a> {
    /// The whole key, for messages.
    pub(super) key: String,
    /// Where the value stands in the file.
    pub(super) span: Range<usize>,
    value: &'a DeValue<'a>,
    env: Env<'a>,
}

impl<'a> Section<'a> {
    /// Returns the file itself.
    pub(super) fn root(table: &'a DeTable<'a>, env: Env<'a>, problems: &'a Problems<'a>) -> Self {
        Self { place: String::new(), table: Some(table), env, problems, asked: BTreeSet::new() }
    }

    /// Returns the table below `key`, which is an empty one when the file does not have it.
    pub(super) fn table(&mut self, key: &'static str) -> Section<'a> {
        let value = self.value(key);
        let table = value.and_then(|value| self.as_table(&value));
        self.below(key, table)
    }

    /// Returns where the table below `key` stands, if the file has it.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        let (name, _) = self.table?.get_key_value(key)?;
        Some(name.span())
    }

    /// Returns where a key of the table below `table` stands, if the file has it.
    pub(super) fn place_in(&self, table: &str, key: &str) -> Option<Range<usize>> {
        let (name, _) = self.table?.get(table)?.get_ref().as_table()?.get_key_value(key)?;
        Some(name.span())
    }

    /// Returns the keys that hold tables, each with its section: for tables whose keys people choose.
    pub(super) fn tables(&self) -> Vec<(&'a str, Range<usize>, Section<'a>)> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        entries
            .filter_map(|(name, value)| {
                let table = value.get_ref().as_table()?;
                Some((name.get_ref().as_ref(), name.span(), self.below(name.get_ref(), Some(table))))
            })
            .collect()
    }

    /// Returns every value: for tables whose keys people choose.
    pub(super) fn values(&self) -> Vec<(&'a str, Value<'a>)> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        entries.map(|(name, value)| (name.get_ref().as_ref(), self.at(name.get_ref(), value))).collect()
    }

    /// Returns the value of `key` as `read` understands it; `None` when it is absent or wrong, which is noted.
    pub(super) fn get<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value<'a>) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(key)?;
        match read(&value) {
            Ok(read) => Some(read),
            Err(message) => {
                self.problems.add(Some(value.span), message);
                None
            }
        }
    }

    /// Returns the secret of `key`, written there or in the file that `file_key` names.
    pub(super) fn secret(&mut self, key: &'static str, file_key: &'static str) -> Option<Secret> {
        let written = self.get(key, Value::text).map(Secret::new);
        let read = self.get(file_key, Value::secret_file);
        if written.is_some() && read.is_some() {
            let message = format!("both `{key}` and `{file_key}` are set; keep one");
            self.problems.add(self.span_of(file_key), message);
        }
        written.or(read)
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        self.refuse_unknown(|_| false);
    }

    /// Notes every key that nobody asked for and that holds no table: where people choose the names of tables.
    pub(super) fn finish_beside_tables(self) {
        self.refuse_unknown(|value| value.is_table());
    }

    /// Notes a problem at a place in the file.
    pub(super) fn problem(&self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.problems.add(span, message);
    }

    /// Returns the whole name of a key of this table.
    pub(super) fn path(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    fn refuse_unknown(&self, is_free: impl Fn(&DeValue<'_>) -> bool) {
        for (name, value) in self.table.into_iter().flat_map(|table| table.iter()) {
            let key = name.get_ref().as_ref();
            if !self.asked.contains(key) && !is_free(value.get_ref()) {
                self.problems.add(Some(name.span()), self.unknown(key));
            }
        }
    }

    fn unknown(&self, key: &str) -> String {
        let guess = nearest(key, self.asked.iter().copied());
        let key = self.path(key);
        let guess = guess.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        let known: Vec<&str> = self.asked.iter().copied().collect();
        let place =
            if self.place.is_empty() { "at the top".to_owned() } else { format!("in `[{}]`", self.place) };
        format!("unknown key `{key}`{guess} (known {place}: {})", known.join(", "))
    }

    fn value(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.insert(key);
        let value = self.table?.get(key)?;
        Some(self.at(key, value))
    }

    fn as_table(&self, value: &Value<'a>) -> Option<&'a DeTable<'a>> {
        let table = value.value.as_table();
        if table.is_none() {
            self.problems.add(Some(value.span.clone()), value.expected("a table"));
        }
        table
    }

    fn below(&self, key: &str, table: Option<&'a DeTable<'a>>) -> Section<'a> {
        let place = self.path(key);
        Section { place, table, env: self.env, problems: self.problems, asked: BTreeSet::new() }
    }

    fn at(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        Value { key: self.path(key), span: value.span(), value: value.get_ref(), env: self.env }
    }
}

impl Value<'_> {
    /// Reads a text, variables filled in; never an empty one.
    pub(super) fn text(&self) -> Result<String, String> {
        let written = self.value.as_str().ok_or_else(|| self.expected("a string"))?;
        let text = interpolate(written, self.env).map_err(|message| self.says(&message))?;
        if text.is_empty() {
            return Err(format!("`{}` is empty", self.key));
        }
        Ok(text.into_owned())
    }

    /// Reads a list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, String> {
        let expected = || self.expected("a list of strings such as [\"a\", \"b\"]");
        let items = self.value.as_array().ok_or_else(expected)?;
        let text = |item: &Spanned<DeValue<'_>>| {
            let written = item.get_ref().as_str().ok_or_else(expected)?;
            interpolate(written, self.env).map(Into::into).map_err(|message| self.says(&message))
        };
        items.iter().map(text).collect()
    }

    /// Reads a text, a number or a truth value as text: for what is passed through, which may be a secret.
    pub(super) fn passed_through(&self) -> Result<Secret, String> {
        match self.value {
            DeValue::Integer(number) => Ok(Secret::new(number.to_string())),
            DeValue::Float(number) => Ok(Secret::new(number.to_string())),
            DeValue::Boolean(truth) => Ok(Secret::new(truth.to_string())),
            DeValue::String(_) => self.text().map(Secret::new),
            _ => Err(self.expected("a string, a number or a truth value")),
        }
    }

    /// Reads `true` or `false`.
    pub(super) fn truth(&self) -> Result<bool, String> {
        self.value.as_bool().ok_or_else(|| self.expected("`true` or `false`"))
    }

    /// Reads a whole number within a range.
    pub(super) fn number(&self, range: RangeInclusive<u64>) -> Result<u64, String> {
        let bounds = format!("a whole number from {} to {}", range.start(), range.end());
        let written = self.value.as_integer().ok_or_else(|| self.expected(&bounds))?;
        u64::from_str_radix(written.as_str(), written.radix())
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("`{}` is {written}, not {bounds}", self.key))
    }

    /// Reads a share: a number from 0 to 1.
    pub(super) fn share(&self) -> Result<f64, String> {
        let expected = "a number from 0 to 1";
        let written = match self.value {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            _ => return Err(self.expected(expected)),
        };
        written
            .parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .ok_or_else(|| format!("`{}` is {written}, not {expected}", self.key))
    }

    /// Reads a percentage.
    pub(super) fn percentage(&self) -> Result<f64, String> {
        let written = self.value.as_str().ok_or_else(|| self.expected("a percentage such as \"0.5%\""))?;
        let text = interpolate(written, self.env).map_err(|message| self.says(&message))?;
        quantity::parse_percentage(&text).map_err(|message| self.says(&message))
    }

    /// Reads a size in bytes within a range.
    pub(super) fn size(&self, range: RangeInclusive<u64>) -> Result<usize, String> {
        let written = self.value.as_str().ok_or_else(|| self.expected("a size such as \"64MiB\""))?;
        let text = interpolate(written, self.env).map_err(|message| self.says(&message))?;
        let bytes = quantity::parse_size(&text).map_err(|message| self.says(&message))?;
        let bounds = (quantity::format_size(*range.start()), quantity::format_size(*range.end()));
        usize::try_from(bytes)
            .ok()
            .filter(|_| range.contains(&bytes))
            .ok_or_else(|| format!("`{}` is {text}, not between {} and {}", self.key, bounds.0, bounds.1))
    }

    /// Reads a duration within a range.
    pub(super) fn duration(&self, range: RangeInclusive<Duration>) -> Result<Duration, String> {
        let written = self.value.as_str().ok_or_else(|| self.expected("a duration such as \"5s\""))?;
        let text = interpolate(written, self.env).map_err(|message| self.says(&message))?;
        let duration = quantity::parse_duration(&text).map_err(|message| self.says(&message))?;
        let bounds = (quantity::format_duration(*range.start()), quantity::format_duration(*range.end()));
        Some(duration)
            .filter(|duration| range.contains(duration))
            .ok_or_else(|| format!("`{}` is {text}, not between {} and {}", self.key, bounds.0, bounds.1))
    }

    /// Reads the file that a text names, without the newline at its end.
    pub(super) fn secret_file(&self) -> Result<Secret, String> {
        let path = self.text()?;
        // Somebody may have written the secret itself there.
        let shown =
            if path.contains('/') { format!("`{path}`") } else { "the file that it names".to_owned() };
        let secret = read_bounded(Path::new(&path), SECRET_BYTES_MAX)
            .map_err(|message| self.says(&format!("cannot read {shown}: {message}")))?;
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() { Err(self.says(&format!("{shown} is empty"))) } else { Ok(Secret::new(secret)) }
    }

    /// Returns a sentence that begins with the key.
    pub(super) fn says(&self, message: &str) -> String {
        format!("`{}`: {message}", self.key)
    }

    fn expected(&self, expected: &str) -> String {
        format!("`{}` is of type {}, not {expected}", self.key, self.value.type_str())
    }
}

/// Reads a text file of at most `bytes_max` bytes.
///
/// # Errors
/// Why it cannot be read, without its name.
pub(super) fn read_bounded(path: &Path, bytes_max: u64) -> Result<String, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!("it is longer than {}", quantity::format_size(bytes_max)));
    }
    String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 ({error})"))
}
