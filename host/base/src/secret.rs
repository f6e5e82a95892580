//! Passwords, tokens and keys: texts that nothing can print by mistake.

use std::fmt;

/// What is printed instead of a secret.
const HIDDEN: &str = "<secret>";

/// A text that is never printed: it has no `Display` and no serialization, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for code that sends it to the server that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns a foreign message with the secret removed: libraries quote a secret that they reject.
    pub fn removed_from(&self, message: &str) -> String {
        if self.0.is_empty() { message.to_owned() } else { message.replace(&self.0, HIDDEN) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Returns an address without the user name and password that may precede its host.
///
/// It is for messages about rejected addresses. The mistake may be in the scheme, so a scheme is not required.
pub fn without_user_info(address: &str) -> String {
    // A password may hold any character, so only the text after the last `@` is certainly not part of one.
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_in_no_debug_output() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "<secret> Some(<secret>)");
        assert_eq!(secret.removed_from("`canary` is wrong"), "`<secret>` is wrong");
        assert_eq!(Secret::new("").removed_from("all is well"), "all is well");
    }

    #[test]
    fn an_address_is_shown_without_name_and_password() {
        for (address, shown) in [
            ("redis://h:1/2", "redis://h:1/2"),
            ("redis://:canary@h:1", "…@h:1"),
            ("http:/me:can@ary/@h", "…@h"),
            ("me:canary@h:9092", "…@h:9092"),
        ] {
            assert_eq!(without_user_info(address), shown);
        }
    }
}
