//! One value of the file, with its place: read as text, number, size or duration.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use foldline_core::description::Scalar;

use super::interpolate::{Env, interpolate};
use super::quantity;
use foldline_base::secret::Secret;

/// 64 KiB: a secret is one line, and a wrong path may name a file of any size.
pub(crate) const SECRET_BYTES_MAX: u64 = 64 << 10;

/// A value with its place.
pub(crate) struct Value<'a> {
    /// The full path of the key, for messages.
    pub(crate) key: String,
    /// The span of the value in the file.
    pub(crate) span: Range<usize>,
    value: &'a DeValue<'a>,
    env: Env<'a>,
}

impl<'a> Value<'a> {
    /// Returns the value of `key`.
    pub(crate) fn new(key: String, value: &'a Spanned<DeValue<'a>>, env: Env<'a>) -> Self {
        Self { key, span: value.span(), value: value.get_ref(), env }
    }

    /// Returns the table that the value is.
    pub(crate) fn table(&self) -> Result<&'a DeTable<'a>, String> {
        self.value.as_table().ok_or_else(|| self.expected("a table"))
    }

    /// Reads a text and fills in its variables. An empty text is an error.
    pub(crate) fn text(&self) -> Result<String, String> {
        let text = self.filled("a string")?;
        if text.is_empty() { Err(format!("`{}` is empty", self.key)) } else { Ok(text) }
    }

    /// Reads a list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<String>, String> {
        let expected = || self.expected("a list of strings such as [\"a\", \"b\"]");
        let items: &DeArray<'_> = self.value.as_array().ok_or_else(expected)?;
        let text = |item: &Spanned<DeValue<'_>>| {
            let written = item.get_ref().as_str().ok_or_else(expected)?;
            interpolate(written, self.env).map(Into::into).map_err(|message| self.says(&message))
        };
        items.iter().map(text).collect()
    }

    /// Reads a text, a number or a truth value as text. The value is passed through and may be a secret.
    pub(crate) fn passed_through(&self) -> Result<Secret, String> {
        match self.value {
            DeValue::Integer(number) => Ok(Secret::new(number.to_string())),
            DeValue::Float(number) => Ok(Secret::new(number.to_string())),
            DeValue::Boolean(truth) => Ok(Secret::new(truth.to_string())),
            DeValue::String(_) => self.text().map(Secret::new),
            _ => Err(self.expected("a string, a number or a truth value")),
        }
    }

    /// Reads the value of a reducer's parameter: a truth value, a whole number, a finite number or a text.
    pub(crate) fn scalar(&self) -> Result<Scalar, String> {
        let expected = "`true`, `false`, a finite number or a string";
        match self.value {
            DeValue::Boolean(truth) => Ok(Scalar::Boolean(*truth)),
            DeValue::Integer(written) => i64::from_str_radix(written.as_str(), written.radix())
                .map(Scalar::Int)
                .map_err(|_| format!("`{}` is {written}, not a whole number of 64 bits", self.key)),
            DeValue::Float(written) => {
                let value = written.to_string().parse().ok().filter(|value: &f64| value.is_finite());
                value.map(Scalar::Float).ok_or_else(|| format!("`{}` is {written}, not {expected}", self.key))
            }
            DeValue::String(_) => self.filled(expected).map(Scalar::Text),
            _ => Err(self.expected(expected)),
        }
    }

    /// Reads `true` or `false`.
    pub(crate) fn truth(&self) -> Result<bool, String> {
        self.value.as_bool().ok_or_else(|| self.expected("`true` or `false`"))
    }

    /// Reads a whole number within a range.
    pub(crate) fn number<T>(&self, range: &RangeInclusive<T>) -> Result<T, String>
    where
        T: TryFrom<u64> + PartialOrd + Display,
    {
        let bounds = format!("a whole number from {} to {}", range.start(), range.end());
        let written = self.value.as_integer().ok_or_else(|| self.expected(&bounds))?;
        u64::from_str_radix(written.as_str(), written.radix())
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("`{}` is {written}, not {bounds}", self.key))
    }

    /// Reads a share: a number from 0 to 1.
    pub(crate) fn share(&self) -> Result<f64, String> {
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

    /// Reads a percentage of at most `most`.
    pub(crate) fn percentage(&self, most: f64) -> Result<f64, String> {
        let text = self.filled("a percentage such as \"0.5%\"")?;
        let percent = quantity::parse_percentage(&text).map_err(|message| self.says(&message))?;
        if percent <= most { Ok(percent) } else { Err(self.outside(&text, "0%", &format!("{most}%"))) }
    }

    /// Reads a size in bytes within a range.
    pub(crate) fn size(&self, range: &RangeInclusive<u64>) -> Result<usize, String> {
        let text = self.filled("a size such as \"64MiB\"")?;
        let bytes = quantity::parse_size(&text).map_err(|message| self.says(&message))?;
        let (least, most) = (quantity::format_size(*range.start()), quantity::format_size(*range.end()));
        usize::try_from(bytes)
            .ok()
            .filter(|_| range.contains(&bytes))
            .ok_or_else(|| self.outside(&text, &least, &most))
    }

    /// Reads a duration within a range.
    pub(crate) fn duration(&self, range: &RangeInclusive<Duration>) -> Result<Duration, String> {
        let text = self.filled("a duration such as \"5s\"")?;
        let duration = quantity::parse_duration(&text).map_err(|message| self.says(&message))?;
        let bounds = (quantity::format_duration(*range.start()), quantity::format_duration(*range.end()));
        Some(duration)
            .filter(|duration| range.contains(duration))
            .ok_or_else(|| self.outside(&text, &bounds.0, &bounds.1))
    }

    /// Reads the file that a text names, without the newline at its end.
    pub(crate) fn secret_file(&self) -> Result<Secret, String> {
        let path = self.text()?;
        // The user may have written the secret itself instead of a file name.
        let shown =
            if path.contains('/') { format!("`{path}`") } else { "the file that it names".to_owned() };
        let secret = read_bounded(Path::new(&path), SECRET_BYTES_MAX)
            .map_err(|message| self.says(&format!("cannot read {shown}: {message}")))?;
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() { Err(self.says(&format!("{shown} is empty"))) } else { Ok(Secret::new(secret)) }
    }

    /// Returns a sentence that begins with the key.
    pub(crate) fn says(&self, message: &str) -> String {
        format!("`{}`: {message}", self.key)
    }

    /// Returns the text with its variables filled in.
    fn filled(&self, expected: &str) -> Result<String, String> {
        let written = self.value.as_str().ok_or_else(|| self.expected(expected))?;
        interpolate(written, self.env).map(Into::into).map_err(|message| self.says(&message))
    }

    fn expected(&self, expected: &str) -> String {
        format!("`{}` is of type {}, not {expected}", self.key, self.value.type_str())
    }

    fn outside(&self, text: &str, least: &str, most: &str) -> String {
        format!("`{}` is {text}, not between {least} and {most}", self.key)
    }
}

/// Reads a text file of at most `bytes_max` bytes.
///
/// # Errors
/// Why the file cannot be read, without its name.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> Result<String, String> {
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
