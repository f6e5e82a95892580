//! What the value of a key may be: how it is read from the file, written into the reference page, and described.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use foldline_core::description::Scalar;

use super::form::Form;
use super::quantity::{format_duration, format_size};
use super::value::Value;
use foldline_base::secret::Secret;

/// The type of a key's value, with its range and its unit.
pub(crate) trait Kind: Sync {
    /// The type that it is read into.
    type Value;

    /// Reads a value, or says what is wrong with it.
    fn read(&self, value: &Value<'_>) -> Result<Self::Value, String>;

    /// Writes a value as TOML; `None` if there is nothing to write.
    fn write(&self, value: &Self::Value) -> Option<String>;

    /// Returns what a value may be, as data.
    fn form(&self) -> Form;
}

/// A value without a default.
pub(crate) struct Optional<K>(pub(crate) K);

/// `true` or `false`.
pub(crate) struct Truth;

/// A whole number.
pub(crate) struct Number<T> {
    /// From the smallest to the largest.
    pub(crate) range: RangeInclusive<T>,
    /// What it counts.
    pub(crate) unit: &'static str,
}

/// A number of bytes.
pub(crate) struct Size(pub(crate) RangeInclusive<u64>);

/// A span of time.
pub(crate) struct DurationRange(pub(crate) RangeInclusive<Duration>);

/// A number from 0 to 1.
pub(crate) struct Share;

/// A number with a percent sign, of at most this much.
pub(crate) struct Percentage(pub(crate) f64);

/// A string that follows a rule.
pub(crate) struct Text {
    /// What it is, for the reference page.
    pub(crate) what: &'static str,
    /// A regular expression that it matches; the rule may be stricter.
    pub(crate) pattern: Option<&'static str>,
    /// The rule, which says what is wrong.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

/// A list of strings, each of which follows a rule.
pub(crate) struct Texts {
    /// What they are, for the reference page.
    pub(crate) what: &'static str,
    /// The rule, which says what is wrong.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

/// The path of a file or a folder.
pub(crate) struct Path(&'static str);

/// An IP address with a port.
pub(crate) struct Address;

/// One of a few names, each of which stands for a value.
pub(crate) struct Choice<T: 'static> {
    /// All names.
    pub(crate) of: &'static [(&'static str, T)],
    /// Whether case is ignored.
    pub(crate) any_case: bool,
}

/// A string, a number or a truth value that is passed on; it may be a secret.
pub(crate) struct PassedThrough;

/// The value of a reducer's parameter, whose type the reducer says.
pub(crate) struct ParameterValue;

/// A file.
pub(crate) const PATH: Path = Path("path of a file");

/// A folder.
pub(crate) const FOLDER: Path = Path("path of a folder");

/// Returns a string without a rule.
pub(crate) const fn any_text(what: &'static str) -> Text {
    Text { what, pattern: None, check: |_| Ok(()) }
}

impl<K: Kind> Kind for Optional<K> {
    type Value = Option<K::Value>;

    fn read(&self, value: &Value<'_>) -> Result<Self::Value, String> {
        self.0.read(value).map(Some)
    }

    fn write(&self, value: &Self::Value) -> Option<String> {
        self.0.write(value.as_ref()?)
    }

    fn form(&self) -> Form {
        self.0.form()
    }
}

impl Kind for Truth {
    type Value = bool;

    fn read(&self, value: &Value<'_>) -> Result<bool, String> {
        value.truth()
    }

    fn write(&self, value: &bool) -> Option<String> {
        Some(value.to_string())
    }

    fn form(&self) -> Form {
        Form::Truth
    }
}

impl<T> Kind for Number<T>
where
    T: Copy + Display + PartialOrd + Sync + TryFrom<u64> + TryInto<u64>,
{
    type Value = T;

    fn read(&self, value: &Value<'_>) -> Result<T, String> {
        value.number(&self.range)
    }

    fn write(&self, value: &T) -> Option<String> {
        Some(value.to_string())
    }

    fn form(&self) -> Form {
        let bound = |bound: &T| (*bound).try_into().unwrap_or(u64::MAX);
        Form::Number { least: bound(self.range.start()), most: bound(self.range.end()), unit: self.unit }
    }
}

impl Kind for Size {
    type Value = usize;

    fn read(&self, value: &Value<'_>) -> Result<usize, String> {
        value.size(&self.0)
    }

    fn write(&self, value: &usize) -> Option<String> {
        quoted(format_size(*value as u64))
    }

    fn form(&self) -> Form {
        Form::Size { least: *self.0.start(), most: *self.0.end() }
    }
}

impl Kind for DurationRange {
    type Value = Duration;

    fn read(&self, value: &Value<'_>) -> Result<Duration, String> {
        value.duration(&self.0)
    }

    fn write(&self, value: &Duration) -> Option<String> {
        quoted(format_duration(*value))
    }

    fn form(&self) -> Form {
        Form::Duration { least: *self.0.start(), most: *self.0.end() }
    }
}

impl Kind for Share {
    type Value = f64;

    fn read(&self, value: &Value<'_>) -> Result<f64, String> {
        value.share()
    }

    fn write(&self, value: &f64) -> Option<String> {
        Some(value.to_string())
    }

    fn form(&self) -> Form {
        Form::Share
    }
}

impl Kind for Percentage {
    type Value = f64;

    fn read(&self, value: &Value<'_>) -> Result<f64, String> {
        value.percentage(self.0)
    }

    fn write(&self, value: &f64) -> Option<String> {
        quoted(format!("{value}%"))
    }

    fn form(&self) -> Form {
        Form::Percentage { most: self.0 }
    }
}

impl Kind for Text {
    type Value = String;

    fn read(&self, value: &Value<'_>) -> Result<String, String> {
        let text = value.text()?;
        (self.check)(&text).map_err(|message| value.says(&message))?;
        Ok(text)
    }

    fn write(&self, value: &String) -> Option<String> {
        quoted(value)
    }

    fn form(&self) -> Form {
        Form::Text { what: self.what, pattern: self.pattern.map(Into::into) }
    }
}

impl Kind for Texts {
    type Value = Vec<String>;

    fn read(&self, value: &Value<'_>) -> Result<Vec<String>, String> {
        let texts = value.texts()?;
        match texts.iter().find_map(|text| (self.check)(text).err()) {
            None => Ok(texts),
            Some(message) => Err(value.says(&message)),
        }
    }

    fn write(&self, value: &Vec<String>) -> Option<String> {
        Some(format!("{value:?}"))
    }

    fn form(&self) -> Form {
        Form::Texts { what: self.what }
    }
}

impl Kind for Path {
    type Value = PathBuf;

    fn read(&self, value: &Value<'_>) -> Result<PathBuf, String> {
        value.text().map(PathBuf::from)
    }

    fn write(&self, value: &PathBuf) -> Option<String> {
        quoted(value.display())
    }

    fn form(&self) -> Form {
        Form::Text { what: self.0, pattern: None }
    }
}

impl Kind for Address {
    type Value = SocketAddr;

    fn read(&self, value: &Value<'_>) -> Result<SocketAddr, String> {
        let text = value.text()?;
        text.parse()
            .map_err(|_| format!("`{}` is `{text}`, not an address such as \"127.0.0.1:7070\"", value.key))
    }

    fn write(&self, value: &SocketAddr) -> Option<String> {
        quoted(value)
    }

    fn form(&self) -> Form {
        Form::Text { what: "IP address and port", pattern: Some(":[0-9]+$".into()) }
    }
}

impl<T: Copy + PartialEq + Sync> Kind for Choice<T> {
    type Value = T;

    fn read(&self, value: &Value<'_>) -> Result<T, String> {
        let text = value.text()?;
        let is_meant = |name: &str| name == text || self.any_case && name.eq_ignore_ascii_case(&text);
        let known = self.of.iter().find(|(name, _)| is_meant(name));
        known.map(|(_, meant)| *meant).ok_or_else(|| {
            let names: Vec<&str> = self.of.iter().map(|(name, _)| *name).collect();
            value.says(&format!("`{text}` is not one of {}", names.join(", ")))
        })
    }

    fn write(&self, value: &T) -> Option<String> {
        let (name, _) = self.of.iter().find(|(_, known)| known == value)?;
        quoted(name)
    }

    fn form(&self) -> Form {
        Form::Choice { names: self.of.iter().map(|(name, _)| *name).collect(), any_case: self.any_case }
    }
}

impl Kind for PassedThrough {
    type Value = Secret;

    fn read(&self, value: &Value<'_>) -> Result<Secret, String> {
        value.passed_through()
    }

    /// Writes nothing: it may be a secret.
    fn write(&self, _: &Secret) -> Option<String> {
        None
    }

    fn form(&self) -> Form {
        Form::PassedThrough
    }
}

impl Kind for ParameterValue {
    type Value = Scalar;

    fn read(&self, value: &Value<'_>) -> Result<Scalar, String> {
        value.scalar()
    }

    fn write(&self, value: &Scalar) -> Option<String> {
        Some(value.to_string())
    }

    fn form(&self) -> Form {
        Form::PassedThrough
    }
}

fn quoted(value: impl Display) -> Option<String> {
    Some(format!("{:?}", value.to_string()))
}
