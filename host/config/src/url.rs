//! Addresses of servers, as keys hold them.

use super::form::Form;
use super::kind::Kind;
use super::value::Value;

/// URLs of one server or one cluster, with commas between them.
pub(crate) struct Urls {
    /// The schemes that they may have.
    pub(crate) schemes: &'static [&'static str],
    /// What they are, for the reference page.
    pub(crate) what: &'static str,
}

/// A single URL.
pub(crate) struct Url(pub(crate) Urls);

impl Kind for Urls {
    type Value = Vec<String>;

    fn read(&self, value: &Value<'_>) -> Result<Vec<String>, String> {
        let text = value.text()?;
        // Checked before anything is quoted: messages would show a secret in the address.
        if text.contains('@') {
            return Err(value.says(
                "an address must not contain a user name or password: set `username` and `password_file`",
            ));
        }
        let urls: Vec<String> =
            text.split(',').map(|url| url.trim().trim_end_matches('/').to_owned()).collect();
        for url in &urls {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme);
            if !scheme.is_some_and(|scheme| self.schemes.contains(&scheme)) {
                let known: Vec<String> = self.schemes.iter().map(|scheme| format!("{scheme}://")).collect();
                return Err(value.says(&format!("`{url}` does not begin with {}", known.join(" or "))));
            }
        }
        Ok(urls)
    }

    fn write(&self, value: &Vec<String>) -> Option<String> {
        Some(format!("{:?}", value.join(",")))
    }

    fn form(&self) -> Form {
        let pattern = format!(r"^\s*({})://", self.schemes.join("|"));
        Form::Text { what: self.what, pattern: Some(pattern.into()) }
    }
}

impl Kind for Url {
    type Value = String;

    fn read(&self, value: &Value<'_>) -> Result<String, String> {
        match self.0.read(value)?.as_slice() {
            [url] => Ok(url.clone()),
            _ => Err(value.says("names several addresses, but only one is allowed")),
        }
    }

    fn write(&self, value: &String) -> Option<String> {
        Some(format!("{value:?}"))
    }

    fn form(&self) -> Form {
        self.0.form()
    }
}
