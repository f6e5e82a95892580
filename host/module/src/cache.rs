//! Compiled modules on disk, so that a restart costs a read instead of a compilation.
//!
//! A file is named after the module's digest and everything the compiler depends on. It starts with its own checksum, which is
//! verified before the code is loaded: damage leads to a new compilation. The checksum does not protect against an attacker
//! who can write to the folder, and who could as well replace the binary. The folder belongs to the host alone.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::digest::Digest;
use foldline_base::error::{ErrorKind, Result, ResultExt};

/// Maximum number of files: the versions of some dozens of reducers. The oldest one is deleted first.
const FILES_MAX: usize = 128;

/// Maximum size of a file that is read back. A 32 MiB module compiles to less than this.
const FILE_BYTES_MAX: u64 = 512 << 20;

const CHECKSUM_BYTES: usize = 32;
const EXTENSION: &str = "compiled";

/// A folder of compiled modules.
pub(super) struct CompileCache {
    dir: PathBuf,
    /// Version, settings and target of the compiler.
    compiler: [u8; 32],
}

impl CompileCache {
    pub(super) fn open(dir: PathBuf, engine: &Engine) -> Result<Self> {
        fs::create_dir_all(&dir)
            .kind(ErrorKind::Config, format_args!("cannot create the compile cache {}", dir.display()))?;
        let mut hasher = Blake3Hasher(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { dir, compiler: *hasher.0.finalize().as_bytes() })
    }

    /// Returns a compiled module; `None` if it is missing or damaged.
    pub(super) fn load(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let path = self.path(digest);
        let bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read the compile cache, compiling again");
                return None;
            }
        };
        let artifact = match bytes.split_at_checked(CHECKSUM_BYTES) {
            Some((checksum, artifact)) if self.checksum(digest, artifact) == *checksum => artifact,
            _ => {
                tracing::warn!(path = %path.display(), "a compiled module is damaged, compiling again");
                return None;
            }
        };
        load_code(engine, artifact)
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), %error, "a compiled module does not load, compiling again");
            })
            .ok()
    }

    /// Stores a compiled module. A failure costs only time at the next start, so it is only logged.
    pub(super) fn store(&self, component: &Component, digest: &Digest) {
        let path = self.path(digest);
        let written = component.serialize().map_err(io::Error::other).and_then(|artifact| {
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            file.write_all(&self.checksum(digest, &artifact))?;
            file.write_all(&artifact)?;
            file.persist(&path)?;
            self.forget_oldest()
        });
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "cannot write the compile cache");
        }
    }

    fn forget_oldest(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == EXTENSION) {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(FILES_MAX);
        files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let compiler = blake3::Hash::from(self.compiler).to_hex();
        self.dir.join(format!("{digest}-{}.{EXTENSION}", &compiler[..16]))
    }

    fn checksum(&self, digest: &Digest, artifact: &[u8]) -> [u8; CHECKSUM_BYTES] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(digest.as_bytes()).update(&self.compiler).update(artifact);
        *hasher.finalize().as_bytes()
    }
}

/// Returns the module for machine code that this binary compiled, here, in a separate process, or in the cache.
pub(super) fn load_code(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    #[expect(
        unsafe_code,
        reason = "wasmtime cannot check compiled code; a checksum does, or no other user had it"
    )]
    // SAFETY: `deserialize` asks for bytes that a compatible engine serialized. Those of the cache are covered by a checksum
    // over the code, the module's digest and the compiler, and only `store` writes them; those that were compiled aside come
    // from a process of this binary through a file without a name.
    let loaded = unsafe { Component::deserialize(engine, code) };
    loaded
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A `Hasher` over BLAKE3. The standard library's hasher may change with any release, and its 64 bits are too few for a file's
/// name.
struct Blake3Hasher(blake3::Hasher);

impl Hasher for Blake3Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finalize().as_bytes()[..8].iter().fold(0, |hash, &byte| hash << 8 | u64::from(byte))
    }
}
