//! The modules of a crate, and the file that each path leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use super::file::{Import, Path, SourceFile};
use super::tokens::tokens;

/// Limit of imports along a path: longer chains are circular imports.
const HOPS_MAX: usize = 16;

/// A crate: its modules by path from the root, whose path is empty.
pub struct Modules {
    modules: BTreeMap<Path, Module>,
}

struct Module {
    file: PathBuf,
    source: SourceFile,
}

/// A use of one module by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The using module.
    pub user: Path,
    /// The module whose file defines the used item.
    pub used: Path,
    /// The name that the user writes.
    pub named: String,
}

impl Modules {
    /// Reads a crate from its root file, following `mod` declarations.
    pub fn read(root: &FilePath) -> Modules {
        let mut modules = BTreeMap::new();
        let folder = root.parent().expect("a file is in a folder").to_owned();
        read_module(root, &folder, Vec::new(), &mut modules);
        Modules { modules }
    }

    /// Returns the file of a module.
    pub fn file(&self, module: &Path) -> &FilePath {
        &self.modules[module].file
    }

    /// Returns whether a module has a folder for its children.
    pub fn has_folder(&self, module: &Path) -> bool {
        !self.modules[module].source.children.is_empty()
    }

    /// Returns the paths of all modules.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.modules.keys()
    }

    /// Returns the uses of all modules.
    pub fn uses(&self) -> BTreeSet<Use> {
        let mut uses = BTreeSet::new();
        for (user, module) in &self.modules {
            let source = &module.source;
            for import in source.imports.values().filter(|import| !import.is_reexport) {
                self.add(&mut uses, user, &import.path);
            }
            for import in source.globs.iter().filter(|import| !import.is_reexport) {
                if let Some((used, _)) = self.resolve(user, &import.path, 0) {
                    uses.insert(Use {
                        user: user.clone(),
                        used,
                        named: format!("{}::*", import.path.join("::")),
                    });
                }
            }
            // A re-export is a use only if its file names the item itself.
            for (name, import) in source.imports.iter().filter(|(_, import)| import.is_reexport) {
                if source.words.contains(name) {
                    self.add(&mut uses, user, &import.path);
                }
            }
            for path in &source.paths {
                self.add(&mut uses, user, path);
            }
        }
        uses.retain(|found| found.user != found.used);
        uses
    }

    /// Adds the target of a path. A path to a module only abbreviates the paths that begin with it.
    fn add(&self, uses: &mut BTreeSet<Use>, user: &Path, path: &Path) {
        if let Some((used, Leads::ToItem)) = self.resolve(user, path, 0) {
            uses.insert(Use { user: user.clone(), used, named: path.join("::") });
        }
    }

    /// Returns the module whose file contains the target of a path; `None` if that is in another crate.
    fn resolve(&self, from: &Path, path: &[String], hops: usize) -> Option<(Path, Leads)> {
        if hops > HOPS_MAX {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(Vec::new(), rest, hops),
            "self" => self.descend(from.clone(), rest, hops),
            "super" => {
                let (_, parent) = from.split_last()?;
                match rest.first() {
                    Some(next) if next == "super" => self.resolve(&parent.to_vec(), rest, hops),
                    _ => self.descend(parent.to_vec(), rest, hops),
                }
            }
            name => {
                let source = &self.modules[from].source;
                let is_known =
                    source.children.iter().any(|child| child == name) || source.imports.contains_key(name);
                if is_known { self.descend(from.clone(), path, hops) } else { None }
            }
        }
    }

    /// Follows a path from within a module.
    fn descend(&self, module: Path, path: &[String], hops: usize) -> Option<(Path, Leads)> {
        let Some((name, rest)) = path.split_first() else { return Some((module, Leads::ToModule)) };
        let mut child = module.clone();
        child.push(name.clone());
        if self.modules.contains_key(&child) {
            return self.descend(child, rest, hops);
        }
        let source = &self.modules[&module].source;
        if source.definitions.contains(name) {
            return Some((module, Leads::ToItem));
        }
        if let Some(import) = source.imports.get(name) {
            let followed: Path = import.path.iter().chain(rest).cloned().collect();
            return self.resolve_import(&module, import, &followed, hops);
        }
        if let Some(found) = self.through_globs(&module, path, hops) {
            return Some(found);
        }
        if module.is_empty() {
            let home = self.modules.iter().find(|(_, module)| module.source.exported_macros.contains(name));
            if let Some((home, _)) = home {
                return Some((home.clone(), Leads::ToItem));
            }
        }
        Some((module, Leads::ToItem))
    }

    fn resolve_import(
        &self,
        module: &Path,
        import: &Import,
        path: &Path,
        hops: usize,
    ) -> Option<(Path, Leads)> {
        // `use name;` or `use name::Item;` of another crate would otherwise find itself.
        let own = import.path.first().is_some_and(|first| {
            matches!(first.as_str(), "crate" | "self" | "super")
                || self.modules[module].source.children.contains(first)
                || (import.path.len() > 1 && self.modules[module].source.imports.contains_key(first))
        });
        if own { self.resolve(module, path, hops + 1) } else { None }
    }

    fn through_globs(&self, module: &Path, path: &[String], hops: usize) -> Option<(Path, Leads)> {
        self.modules[module].source.globs.iter().find_map(|glob| {
            let (target, _) = self.resolve(module, &glob.path, hops + 1)?;
            if target == *module {
                return None;
            }
            let source = &self.modules[&target].source;
            let name = &path[0];
            let knows = source.definitions.contains(name) || source.imports.contains_key(name);
            if knows { self.descend(target, path, hops + 1) } else { None }
        })
    }
}

/// The target of a path.
enum Leads {
    ToModule,
    ToItem,
}

fn read_module(file: &FilePath, folder: &FilePath, path: Path, modules: &mut BTreeMap<Path, Module>) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut source = SourceFile::parse(&tokens(&text));
    source.children.retain(|name| {
        let below = folder.join(name);
        let found =
            [folder.join(format!("{name}.rs")), below.join("mod.rs")].into_iter().find(|f| f.exists());
        if let Some(found) = &found {
            let child = path.iter().chain([name]).cloned().collect();
            read_module(found, &below, child, modules);
        }
        found.is_some()
    });
    modules.insert(path, Module { file: file.to_owned(), source });
}
