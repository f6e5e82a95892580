//! The declarations, imports and paths of one file.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::Token;

/// The segments of a path, such as `["super", "feed", "Batch"]`.
pub type Path = Vec<String>;

/// A name that a module imports.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its path, relative to the module.
    pub path: Path,
    /// Whether others may use it from here: `pub use`, `pub(crate) use`.
    pub is_reexport: bool,
}

/// The relevant content of a file, from its tokens.
#[derive(Debug, Default)]
pub struct SourceFile {
    /// The modules it declares that have files of their own.
    pub children: Vec<String>,
    /// The names of types, functions, constants and macros that it defines.
    pub definitions: BTreeSet<String>,
    /// Its macros that the whole crate knows as `crate::NAME`.
    pub exported_macros: BTreeSet<String>,
    /// The imports of `use`, by name.
    pub imports: BTreeMap<String, Import>,
    /// The imports of `use …::*`.
    pub globs: Vec<Import>,
    /// Paths of at least two segments outside `use`.
    pub paths: BTreeSet<Path>,
    /// Single words outside `use`.
    pub words: BTreeSet<String>,
}

impl SourceFile {
    /// Reads a file.
    pub fn parse(tokens: &[Token]) -> SourceFile {
        let mut file = SourceFile::default();
        let mut at = 0;
        let mut is_public = false;
        while at < tokens.len() {
            let rest = &tokens[at..];
            let length = match rest[0].word() {
                Some("use") => file.read_use(rest, is_public),
                Some("mod") => file.read_module(rest),
                Some(_) => file.read_words(rest),
                None => 1,
            };
            is_public = match rest[0].word() {
                Some("pub") => true,
                Some("crate" | "super" | "self" | "in") => is_public,
                Some(_) => false,
                None => is_public && matches!(rest[0], Token::Mark('(' | ')')),
            };
            at += length;
        }
        file
    }

    fn read_module(&mut self, rest: &[Token]) -> usize {
        if let [_, Token::Word(name), Token::Mark(';'), ..] = rest {
            self.children.push(name.clone());
            return 3;
        }
        1
    }

    fn read_words(&mut self, rest: &[Token]) -> usize {
        const DEFINING: [&str; 9] =
            ["struct", "enum", "fn", "const", "static", "type", "trait", "union", "macro_rules"];
        let mut path: Path = Vec::new();
        let mut at = 0;
        while let Some(word) = rest.get(at).and_then(Token::word) {
            path.push(word.to_owned());
            at += 1;
            if rest.get(at) != Some(&Token::PathSeparator) {
                break;
            }
            at += 1;
        }
        match (&path[..], &rest[at..]) {
            ([keyword], [Token::Word(name), ..]) if DEFINING.contains(&keyword.as_str()) => {
                self.definitions.insert(name.clone());
                return at + 1;
            }
            ([keyword], [Token::Mark('!'), Token::Word(name), ..]) if keyword == "macro_rules" => {
                self.definitions.insert(name.clone());
                self.exported_macros.insert(name.clone());
                return at + 2;
            }
            _ => {}
        }
        if path.len() == 1 {
            self.words.extend(path);
        } else {
            self.words.insert(path[0].clone());
            self.paths.insert(path);
        }
        at
    }

    fn read_use(&mut self, rest: &[Token], is_reexport: bool) -> usize {
        let end = rest.iter().position(|token| *token == Token::Mark(';')).unwrap_or(rest.len() - 1);
        self.read_tree(&rest[1..end], &Vec::new(), is_reexport);
        end + 1
    }

    /// Parses a tree of `use`, such as `a::{b, c as d, e::*}`.
    fn read_tree(&mut self, tree: &[Token], prefix: &Path, is_reexport: bool) {
        let mut path = prefix.clone();
        let mut at = 0;
        loop {
            match &tree[at..] {
                [Token::Word(alias), Token::Word(name)] if alias == "as" => {
                    self.imports.insert(name.clone(), Import { path, is_reexport });
                    return;
                }
                [Token::Word(word), ..] => path.push(word.clone()),
                [Token::Mark('*'), ..] => {
                    self.globs.push(Import { path, is_reexport });
                    return;
                }
                [Token::Mark('{'), inside @ .., Token::Mark('}')] => {
                    for branch in branches(inside) {
                        self.read_tree(branch, &path, is_reexport);
                    }
                    return;
                }
                [_, ..] => {}
                [] => break,
            }
            at += 1;
        }
        if path.len() > prefix.len() && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = path.last().cloned() {
            self.imports.insert(name, Import { path, is_reexport });
        }
    }
}

/// Splits the content of `{…}` at its commas.
fn branches(inside: &[Token]) -> Vec<&[Token]> {
    let mut branches = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, token) in inside.iter().enumerate() {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            Token::Mark(',') if depth == 0 => {
                branches.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inside[start..]);
    branches.retain(|branch| !branch.is_empty());
    branches
}
