//! Splits Rust source into the tokens that matter for paths: no comments, no literals, no test code.

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier or a keyword.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other character that is not white space.
    Mark(char),
}

impl Token {
    /// Returns the identifier or keyword, if it is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn is(&self, mark: char) -> bool {
        *self == Token::Mark(mark)
    }
}

/// Returns the tokens of a source file, without items that are only compiled for tests.
pub fn tokens(source: &str) -> Vec<Token> {
    without_test_items(&all_tokens(source))
}

fn all_tokens(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        at += match rest {
            ['/', '/', ..] => line_end(rest),
            ['/', '*', ..] => block_comment_end(rest),
            ['"', ..] => string_end(rest),
            ['r', '"' | '#', ..] if raw_string_end(rest).is_some() => raw_string_end(rest).expect("seen"),
            ['b' | 'c', 'r', ..] if raw_string_end(&rest[1..]).is_some() => {
                1 + raw_string_end(&rest[1..]).expect("seen")
            }
            ['b' | 'c', '"', ..] => 1 + string_end(&rest[1..]),
            ['\'', '\\', ..] => 3 + rest[3..].iter().position(|c| *c == '\'').unwrap_or(rest.len() - 4),
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                tokens.push(Token::PathSeparator);
                2
            }
            [first, ..] if is_word(*first) => {
                let length = rest.iter().position(|c| !is_word(*c)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].iter().collect()));
                length
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(Token::Mark(*first));
                }
                1
            }
            [] => break,
        };
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn line_end(rest: &[char]) -> usize {
    rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

fn block_comment_end(rest: &[char]) -> usize {
    rest.windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len(), |end| end + 2)
}

fn string_end(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Returns the length of `r"…"` or `r#"…"#`; `None` for anything else, such as `r#type`.
fn raw_string_end(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    let opening = 1 + hashes;
    if rest.get(opening) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let text = &rest[opening + 1..];
    let length = text.windows(closing.len()).position(|window| window == closing)?;
    Some(opening + 1 + length + closing.len())
}

fn without_test_items(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match attribute_end(&tokens[at..]) {
            Some(end) if is_test_attribute(&tokens[at..at + end]) => {
                at += end;
                at += item_end(&tokens[at..]);
            }
            _ => {
                kept.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    kept
}

/// Returns the length of an attribute that starts here.
fn attribute_end(tokens: &[Token]) -> Option<usize> {
    let [hash, bracket, ..] = tokens else { return None };
    if !hash.is('#') || !bracket.is('[') {
        return None;
    }
    tokens.iter().position(|token| token.is(']')).map(|end| end + 1)
}

fn is_test_attribute(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().filter_map(Token::word).collect();
    matches!(words[..], ["cfg", "test"] | ["cfg", "all", "test", ..] | ["test"])
}

/// Returns the length of the item that an attribute belongs to: an item, a field, a variant or a statement.
fn item_end(tokens: &[Token]) -> usize {
    let mut start = 0;
    while let Some(end) = attribute_end(&tokens[start..]) {
        start += end;
    }
    const ITEMS: [&str; 12] =
        ["mod", "fn", "use", "struct", "enum", "impl", "const", "static", "type", "trait", "async", "unsafe"];
    let first =
        tokens[start..].iter().filter_map(Token::word).find(|w| !["pub", "super", "crate", "in"].contains(w));
    let ends_at_comma = !first.is_some_and(|first| ITEMS.contains(&first));
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']') => depth -= 1,
            Token::Mark('}') => {
                depth -= 1;
                if depth < 0 {
                    return at;
                }
                if depth == 0 {
                    return at + 1;
                }
            }
            Token::Mark(';') if depth == 0 => return at + 1,
            Token::Mark(',') if depth == 0 && ends_at_comma => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
