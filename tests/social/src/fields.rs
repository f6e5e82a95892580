//! The value of an event: a JSON object on one line, its fields in the order in which they are added.

use std::fmt::Display;
use std::io::Write as _;

/// The fields of an event so far.
pub struct Fields(Vec<u8>);

impl Default for Fields {
    fn default() -> Self {
        Self(vec![b'{'])
    }
}

impl Fields {
    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        let text = serde_json::to_string(text).expect("every text is JSON");
        self.json(name, text)
    }

    /// Adds a number, a boolean, `null`, or other JSON on one line.
    #[must_use]
    pub fn json(mut self, name: &str, json: impl Display) -> Self {
        let comma = if self.0.len() > 1 { "," } else { "" };
        write!(self.0, "{comma}\"{name}\":{json}").expect("memory takes everything");
        self
    }

    /// Adds a text, if there is one.
    #[must_use]
    pub fn optional(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Returns the object.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn fields_stand_on_one_line_in_their_order() {
        let fields = Fields::default().text("name", "a\n\"b\"").optional("avatar", None).json("timestamp", 7);
        assert_eq!(fields.finish(), br#"{"name":"a\n\"b\"","timestamp":7}"#);
        assert_eq!(Fields::default().finish(), b"{}");
    }
}
