//! `foldline new`: a reducer's project that builds anywhere.

mod vendor;

use std::path::{Path, PathBuf};

use super::output::Output;
use super::stop::Outcome;
use foldline_base::error::{Error, ErrorKind, Result};

/// The files written next to the vendored sources; `{{name}}` is the project's name.
const TEMPLATE: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.in")),
    ("src/lib.rs", include_str!("template/lib.rs.in")),
    ("tests/{{name}}.jsonl", include_str!("template/fixture.jsonl.in")),
    ("README.md", include_str!("template/README.md.in")),
    (".gitignore", include_str!("template/gitignore.in")),
];

/// Names that cargo or Rust reject for a crate, and names of vendored crates.
const RESERVED: [&str; 55] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "foldline-core",
    "foldline-sdk",
    "foldline-sdk-macros",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
];

/// Create a reducer project in the folder NAME
///
/// The reducer counts the users who like each post, and has a fixture. The project includes the SDK's sources, so that it
/// builds anywhere.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// The reducer's name: at most 64 lowercase letters, digits and `-`
    #[arg(value_parser = reducer_name)]
    name: String,
}

impl New {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        write(Path::new(""), &self.name)?;
        out.line(format_args!("wrote {0}/; next: cd {0} && foldline test", self.name))
    }
}

/// Checks a name, which becomes part of a crate, a folder, a file and URLs.
fn reducer_name(name: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_allowed)
    {
        return Err("a name is a lowercase letter, followed by at most 63 lowercase letters, digits and `-`"
            .to_owned());
    }
    if RESERVED.contains(&name) {
        return Err("that name is reserved by Rust or Foldline".to_owned());
    }
    Ok(name.to_owned())
}

/// Writes the project `name` into the folder `parent`.
fn write(parent: &Path, name: &str) -> Result<()> {
    let project = parent.join(name);
    let failed = |path: &Path, error| {
        Error::new(ErrorKind::Config, format!("cannot write `{}`: {error}", path.display()))
    };
    // Not `create_dir_all`, which accepts an existing folder.
    std::fs::create_dir(&project).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::new(ErrorKind::Usage, format!("`{}` exists already", project.display()))
                .with_hint("choose another name, or remove it")
        }
        _ => failed(&project, error),
    })?;
    let template = TEMPLATE.into_iter().map(|(path, text)| {
        let fill = |text: &str| text.replace("{{name}}", name);
        (PathBuf::from(fill(path)), fill(text).into_bytes())
    });
    let vendored = vendor::files().map(|(path, bytes)| (Path::new("vendor/foldline").join(path), bytes));
    for (path, bytes) in template.chain(vendored) {
        let path = project.join(path);
        let folder = path.parent().expect("it was joined to the project's folder");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn names_are_fit_for_crates_folders_and_urls() {
        for name in ["a", "like-count", "x9", &"a".repeat(64)] {
            assert_eq!(reducer_name(name).as_deref(), Ok(name));
        }
        for name in ["", "9x", "-x", "Like", "like_count", "a/b", "..", "ä", "test", "fn", &"a".repeat(65)] {
            assert!(reducer_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_name_in_a_usage_error_exits_with_2() {
        use clap::Parser as _;
        let error = crate::Cli::try_parse_from(["foldline", "new", "Like"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn an_existing_folder_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::create_dir(parent.path().join("mine")).unwrap();
        let error = write(parent.path(), "mine").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().ends_with("mine` exists already"), "{error}");
        assert_eq!(std::fs::read_dir(parent.path().join("mine")).unwrap().count(), 0);
    }

    /// Cargo reads every manifest of the project and its dependencies, and finds all keys that they inherit.
    #[test]
    fn the_project_resolves_outside_of_this_repository() {
        let parent = tempfile::tempdir().unwrap();
        write(parent.path(), "like-count").unwrap();
        let project = parent.path().join("like-count");
        for file in ["Cargo.toml", "src/lib.rs", "tests/like-count.jsonl", "README.md", ".gitignore"] {
            let text = std::fs::read_to_string(project.join(file)).unwrap();
            assert!(!text.contains("{{"), "{file}");
        }
        // Uses the versions that this repository was built with, because the test must not need the network.
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        std::fs::copy(lock, project.join("Cargo.lock")).unwrap();
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--format-version", "1"])
            .current_dir(&project)
            .output()
            .unwrap();
        assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let sdk = packages.iter().find(|package| package["name"] == "foldline-sdk").unwrap();
        let manifest = Path::new(sdk["manifest_path"].as_str().unwrap());
        assert!(manifest.ends_with("like-count/vendor/foldline/guest-sdk/Cargo.toml"), "{manifest:?}");
        assert_eq!(
            metadata["workspace_members"].as_array().unwrap().len(),
            1,
            "vendored crates are no members"
        );
    }
}
