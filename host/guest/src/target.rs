//! The folder that a guest is compiled in. All projects with the same SDK share one in the user's cache, so that the second
//! project does not compile the SDK and its dependencies again (decision 29).
//!
//! Cargo identifies a local crate by its path relative to the project, and considers it up to date if no file is newer than its
//! output. In a shared folder, that confuses projects. So projects share a folder only if their vendored sources are equal byte
//! for byte and they have no other local crates. And a library's name has one owner at a time.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use super::package::Package;
use super::toolchain::{GuestToolchain, TARGET, output_of};

/// Where `foldline new` puts the SDK's sources.
const VENDORED: &str = "vendor/foldline";

/// A folder to compile in.
pub(super) struct TargetFolder {
    pub(super) path: PathBuf,
    /// In a shared folder, the file that names the owner of the library's name. It is locked until this value is dropped, so
    /// another project with that library name waits until the module has been read.
    _owner: Option<File>,
}

impl TargetFolder {
    /// Returns a shared folder below `cache`, or the project's own folder if it cannot share one.
    ///
    /// Members of a workspace share the workspace's folder. A target folder that cargo's configuration names stays in use.
    pub(super) fn find(toolchain: &GuestToolchain, package: &Package, cache: Option<&Path>) -> Self {
        let is_cargos_default = package.target_dir == package.dir().join("target");
        cache
            .filter(|_| is_cargos_default)
            .and_then(|cache| Self::shared(toolchain, package, cache))
            .unwrap_or_else(|| Self { path: package.target_dir.join("guest"), _owner: None })
    }

    /// Returns `None` if the project cannot share a folder, or if anything fails: its own folder always works.
    fn shared(toolchain: &GuestToolchain, package: &Package, cache: &Path) -> Option<Self> {
        let vendored = package.dir().join(VENDORED);
        let sources = local_manifests(toolchain, package)?;
        if !sources.iter().all(|manifest| *manifest == package.manifest || manifest.starts_with(&vendored)) {
            return None;
        }
        let path = cache.join(&digest(&vendored).ok()?.to_hex()[..16]);
        let owner = own(&path, package).ok()?;
        Some(Self { path, _owner: Some(owner) })
    }
}

/// Returns the folder in the user's cache below which projects share theirs.
pub(super) fn cache() -> Option<PathBuf> {
    let configured = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = configured.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
    Some(cache.join("foldline/guests"))
}

/// Returns the manifests of all packages that do not come from a registry.
fn local_manifests(toolchain: &GuestToolchain, package: &Package) -> Option<Vec<PathBuf>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Source>,
    }
    #[derive(Deserialize)]
    struct Source {
        source: Option<String>,
        manifest_path: PathBuf,
    }
    let mut cargo = toolchain.cargo();
    cargo.args(["metadata", "--format-version", "1", "--filter-platform", TARGET, "--manifest-path"]);
    cargo.arg(&package.manifest).current_dir(package.dir());
    // Errors are ignored here: the build reports them.
    let output = output_of(cargo.stderr(Stdio::null())).ok().filter(|output| output.status.success())?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).ok()?;
    let local = metadata.packages.into_iter().filter(|package| package.source.is_none());
    Some(local.map(|package| package.manifest_path).collect())
}

/// Returns a digest of all files below a folder, with their relative paths.
fn digest(folder: &Path) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true if path.ends_with("target") => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    for path in files {
        let (place, bytes) = (path.strip_prefix(folder).unwrap_or(&path), fs::read(&path)?);
        for part in [place.as_os_str().as_encoded_bytes(), &bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
    Ok(hasher.finalize())
}

/// Makes a project the owner of its library's name, which is also the name of the file that cargo writes.
fn own(folder: &Path, package: &Package) -> std::io::Result<File> {
    let owners = folder.join("owners");
    fs::create_dir_all(&owners)?;
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(owners.join(&package.library))?;
    file.lock()?;
    let mut owner = String::new();
    file.read_to_string(&mut owner)?;
    let this = identity(package.dir())?;
    if owner != this {
        // Removing this file makes cargo compile the library again, even if it considers the former owner's output up to date.
        let module = format!("{TARGET}/release/deps/{}.wasm", package.library);
        match fs::remove_file(folder.join(module)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(this.as_bytes())?;
    }
    Ok(file)
}

/// Returns a folder's path with its creation time. A folder that replaced another one may hold older files.
fn identity(folder: &Path) -> std::io::Result<String> {
    let created = fs::metadata(folder)?.created()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}\n{}\n", folder.display(), created.as_nanos()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::build::compile;
    use super::super::toolchain::Install;
    use super::*;

    const VENDORED_SOURCE: &str = "pub fn number() -> i32 { 1_000 }";

    /// Writes a project `bare` whose module exports `export`, with a vendored crate. All files are older than anything compiled
    /// from them.
    fn project(export: &str, vendored: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: String| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
        };
        let package =
            |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.3.0\"\nedition = \"2024\"\n");
        let dependency =
            "[workspace]\nexclude = [\"vendor\"]\n[dependencies]\nsdk = { path = \"vendor/foldline/sdk\" }\n";
        write("Cargo.toml", package("bare") + dependency);
        let body = "-> i32 { sdk::number() }";
        write("src/lib.rs", format!("#[unsafe(no_mangle)] pub extern \"C\" fn {export}() {body}"));
        write("vendor/foldline/sdk/Cargo.toml", package("sdk"));
        write("vendor/foldline/sdk/src/lib.rs", vendored.to_owned());
        dir
    }

    /// Compiles a project. Returns the folder that was used, and the core module.
    fn compiled(project: &Path, cache: &Path) -> (PathBuf, Vec<u8>) {
        let toolchain = GuestToolchain::find(Install::Never, &mut |_| {}).unwrap();
        let mut package = Package::read(&toolchain, project).unwrap();
        // Set explicitly, so that this test's environment has no effect.
        package.target_dir = package.dir().join("target");
        let folder = TargetFolder::find(&toolchain, &package, Some(cache));
        let module = compile(&toolchain, &package, &folder.path, &mut |_| {}).unwrap();
        (folder.path.clone(), fs::read(module).unwrap())
    }

    fn has(module: &[u8], text: &str) -> bool {
        module.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn projects_of_one_name_share_a_folder_and_each_gets_its_own_module() {
        let cache = tempfile::tempdir().unwrap();
        let projects = ["this_one", "that_one"].map(|export| (export, project(export, VENDORED_SOURCE)));
        let mut modules = Vec::new();
        for (export, project) in projects.iter().chain(&projects) {
            let (folder, module) = compiled(project.path(), cache.path());
            assert!(has(&module, export), "{export} is missing in the module of its project");
            modules.push((folder, module));
        }
        assert!(
            modules.iter().all(|(folder, _)| *folder == modules[0].0 && folder.starts_with(cache.path()))
        );
        assert_eq!((&modules[0], &modules[1]), (&modules[2], &modules[3]), "again the same bytes");
        assert!(!projects[0].1.path().join("target").exists());

        let compiled = fs::read_dir(modules[0].0.join(TARGET).join("release/deps")).unwrap();
        let names = compiled.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let libraries = names.filter(|name| name.starts_with("libsdk-") && name.ends_with(".rlib")).count();
        assert_eq!(libraries, 1, "the vendored crate was compiled for both");
    }

    #[test]
    fn a_project_that_takes_the_place_of_another_gets_its_own_module() {
        let (cache, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = place.path().join("bare");
        for export in ["this_one", "that_one"] {
            let project = project(export, VENDORED_SOURCE).keep();
            fs::rename(&project, &place).unwrap();
            assert!(has(&compiled(&place, cache.path()).1, export), "{export}");
            fs::remove_dir_all(&place).unwrap();
        }
    }

    #[test]
    fn other_vendored_sources_are_compiled_in_another_folder() {
        let cache = tempfile::tempdir().unwrap();
        let [(first, one), (second, other)] = ["1_000", "2_000"].map(|number| {
            let project = project("number", &VENDORED_SOURCE.replace("1_000", number));
            compiled(project.path(), cache.path())
        });
        assert_ne!(first, second);
        assert_ne!(one, other);
    }

    #[test]
    fn a_project_with_other_local_sources_keeps_its_own_folder() {
        let cache = tempfile::tempdir().unwrap();
        let project = project("number", VENDORED_SOURCE);
        fs::rename(project.path().join("vendor/foldline"), project.path().join("mine")).unwrap();
        fs::create_dir(project.path().join("vendor/foldline")).unwrap();
        let manifest = fs::read_to_string(project.path().join("Cargo.toml")).unwrap();
        fs::write(project.path().join("Cargo.toml"), manifest.replace("vendor/foldline", "mine")).unwrap();
        let (folder, _) = compiled(project.path(), cache.path());
        assert_eq!(folder, project.path().canonicalize().unwrap().join("target/guest"));
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cargo_was_told_stays_in_use() {
        let (cache, told) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let project = project("number", VENDORED_SOURCE);
        let toolchain = GuestToolchain::find(Install::Never, &mut |_| {}).unwrap();
        let mut package = Package::read(&toolchain, project.path()).unwrap();
        package.target_dir = told.path().to_owned();
        let folder = TargetFolder::find(&toolchain, &package, Some(cache.path()));
        assert_eq!(folder.path, told.path().join("guest"));
    }
}
