//! Goal: no cycle of files or folders within a crate. Method: paths in the sources, read as text.
//!
//! Text does not show everything: a method call without the type's name goes unnoticed. Test code is left out.

mod tokens;
mod file;
mod modules;
mod graph;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use foldline_tests::host::root;

use file::Path as ModulePath;
use graph::{Graph, components};
use modules::{Modules, Use};

/// The folders of crates.
const FOLDERS: [&str; 5] = ["host", "guest-sdk", "tests", "xtask", "bench"];

/// Generated bindings are nested as in the contract.
const GENERATED: &str = "guest-sdk/src/bindings";

#[test]
fn no_cycle_of_files_or_folders() {
    let found = crate_roots().into_iter().flat_map(|root| cycles(&root));
    let found: String = found
        .filter(|cycle| !cycle.folder.starts_with(GENERATED))
        .map(|Cycle { folder, uses }| format!("{folder}:\n{uses}"))
        .collect();
    assert!(found.is_empty(), "these use each other in a circle, in\n{found}");
}

/// Files, or folders and files, of which each uses every other, directly or indirectly.
struct Cycle {
    /// The folder that contains all of them.
    folder: String,
    /// The uses, one per line.
    uses: String,
}

/// Returns the root files of all crates.
fn crate_roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for folder in FOLDERS {
        collect_roots(&root().join(folder), &mut roots);
    }
    roots.sort();
    roots
}

fn collect_roots(folder: &Path, roots: &mut Vec<PathBuf>) {
    let source = folder.join("src");
    if folder.join("Cargo.toml").exists() {
        roots.extend(["lib.rs", "main.rs"].map(|name| source.join(name)).into_iter().filter(|f| f.exists()));
        for entry in entries(&source.join("bin")) {
            let main = if entry.is_dir() { entry.join("main.rs") } else { entry };
            if main.exists() {
                roots.push(main);
            }
        }
    }
    // Guests belong to other workspaces; their sources are not checked.
    let inner = entries(folder).into_iter().filter(|entry| {
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        entry.is_dir() && !["target", "src", "tests", "guests", "services"].contains(&name.as_str())
    });
    for entry in inner {
        collect_roots(&entry, roots);
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// Returns the cycles of a crate.
fn cycles(root_file: &Path) -> Vec<Cycle> {
    let modules = Modules::read(root_file);
    let uses = modules.uses();
    let file = |module: &ModulePath| relative(modules.file(module));
    let mut cycles = cycles_among(&uses, &|one| Some((file(&one.user), file(&one.used))));
    for parent in modules.paths().filter(|module| modules.has_folder(module)) {
        let name = |module: &ModulePath| neighbour(&modules, parent, module);
        let of_folders = cycles_among(&uses, &|one| Some((name(&one.user)?, name(&one.used)?)));
        // Cycles of files alone were found above.
        cycles.extend(of_folders.into_iter().filter(|cycle| cycle.uses.contains("/ -> ")));
    }
    cycles
}

/// Returns the child of `parent` that a module belongs to, or the parent's own file.
fn neighbour(modules: &Modules, parent: &ModulePath, module: &ModulePath) -> Option<String> {
    let below = module.strip_prefix(&parent[..])?;
    let top = parent.iter().chain(below.first()).cloned().collect();
    let file = relative(modules.file(&top));
    let is_folder = !below.is_empty() && modules.has_folder(&top);
    Some(if is_folder {
        format!("{}/", file.trim_end_matches("/mod.rs").trim_end_matches(".rs"))
    } else {
        file
    })
}

/// Returns the cycles among the nodes that are connected by uses.
fn cycles_among(uses: &BTreeSet<Use>, nodes: &dyn Fn(&Use) -> Option<(String, String)>) -> Vec<Cycle> {
    let edges: Vec<(String, String, &Use)> = uses
        .iter()
        .filter_map(|one| nodes(one).map(|(user, used)| (user, used, one)))
        .filter(|(user, used, _)| user != used)
        .collect();
    let mut graph: Graph<String> = Graph::new();
    for (user, used, _) in &edges {
        graph.entry(user.clone()).or_default().insert(used.clone());
    }
    let cycle = |component: BTreeSet<String>| {
        let inside =
            edges.iter().filter(|(user, used, _)| component.contains(user) && component.contains(used));
        let uses = inside.map(|(user, used, one)| format!("    {user} -> {used}: {}\n", one.named)).collect();
        Cycle { folder: common_folder(&component), uses }
    };
    components(&graph).into_iter().map(cycle).collect()
}

/// Returns the common folder of these paths.
fn common_folder(paths: &BTreeSet<String>) -> String {
    let mut folders =
        paths.iter().map(|path| path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder));
    let first = folders.next().unwrap_or_default().to_owned();
    folders.fold(first, |common, folder| {
        let is_shared = |(one, other): &(&str, &str)| one == other;
        let shared = common.split('/').zip(folder.split('/')).take_while(is_shared).map(|(one, _)| one);
        shared.collect::<Vec<_>>().join("/")
    })
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").display().to_string()
}
