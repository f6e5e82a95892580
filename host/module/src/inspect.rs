//! Checks of a module before anything is compiled: its kind, its ABI, its size, its imports.

use std::ops::ControlFlow;

use wasmparser::{BinaryReader, Parser, Payload};

use foldline_base::artifact::ABI_SECTION;

use super::abi::{self, Abi};
use super::exported::Exported;
use super::instantiated::Instantiated;
use super::limits::ModuleLimits;
use super::refusal::{damaged, not_yet, refusal, truncated};
use foldline_base::code::Code;
use foldline_base::error::Result;

/// Maximum number of functions of all core modules and the component's own adapters: some seconds of compiling. A Rust reducer
/// has hundreds, an interpreter compiled to wasm has twenty thousand.
const FUNCTIONS_MAX: u64 = 50_000;

/// Maximum bytes of a function's body: the cost of register allocation is more than linear.
const FUNCTION_BYTES_MAX: usize = 512 << 10;

/// Maximum number of core modules in a component; wit-component makes three of one.
const CORE_MODULES_MAX: u32 = 16;

/// Maximum depth of components within components; wit-component makes one level.
const DEPTH_MAX: u32 = 4;

const MAGIC: &[u8] = b"\0asm";

/// Checks a file's bytes; returns what the module exports.
pub(super) fn inspect(wasm: &[u8], limits: &ModuleLimits) -> Result<(Abi, Exported)> {
    if wasm.len() > limits.file_bytes_max {
        let limit = limits.file_bytes_max;
        return Err(refusal(format!("is longer than the limit of {limit} bytes"))
            .with_hint("build it with `foldline build`, which strips it, or raise `limits.module_bytes_max`")
            .with_code(Code::TooLarge));
    }
    component_header(wasm)?;
    let abi = supported_abi(abi_version(wasm)?)?;
    Ok((abi, Parts::of(abi).count(wasm)?))
}

fn component_header(wasm: &[u8]) -> Result<()> {
    if wasm.is_empty() {
        return Err(truncated("is empty"));
    }
    if !wasm.starts_with(&MAGIC[..wasm.len().min(MAGIC.len())]) {
        return Err(refusal("is not WebAssembly").with_hint("make it with `foldline build`"));
    }
    match wasm.get(4..8) {
        None => Err(truncated(format!("is truncated after {} bytes", wasm.len()))),
        Some([1, 0, 0, 0]) => Err(refusal("is a core module, not a component")
            .with_hint("run `foldline build` in the reducer's folder, which makes it a component")),
        Some([0x0d, 0, 1, 0]) => Ok(()),
        Some(version) => Err(refusal(format!("has the unknown WebAssembly version {version:02x?}"))
            .with_hint("make it with the `foldline build` that came with this host")),
    }
}

/// Returns whether a file begins like a component.
pub fn is_component(wasm: &[u8]) -> bool {
    component_header(wasm).is_ok()
}

/// Returns whether a file begins like a module but ends too early, by the lengths of its sections.
pub fn is_cut_off(wasm: &[u8]) -> bool {
    if wasm.len() < 8 {
        return MAGIC.starts_with(&wasm[..wasm.len().min(MAGIC.len())]);
    }
    let mut reader = BinaryReader::new(&wasm[8..], 0);
    let walked = (|| {
        while !reader.eof() {
            reader.read_u8()?;
            let bytes = reader.read_var_u32()? as usize;
            reader.read_bytes(bytes)?;
        }
        Ok::<_, wasmparser::BinaryReaderError>(())
    })();
    wasm.starts_with(MAGIC) && walked.is_err()
}

/// Reads the ABI version from the custom section at the top level. It relies only on the lengths of sections, so that it also
/// finds the version of a component for which this host's parser is too old.
fn abi_version(wasm: &[u8]) -> Result<Option<String>> {
    let mut reader = BinaryReader::new(wasm, 0);
    let mut version = None;
    let walked = (|| {
        reader.read_bytes(8)?;
        while !reader.eof() {
            let id = reader.read_u8()?;
            let bytes = reader.read_var_u32()? as usize;
            let body = reader.read_bytes(bytes)?;
            let mut section = BinaryReader::new(body, 0);
            if id == 0 && section.read_string()? == ABI_SECTION && version.is_none() {
                version = Some(
                    String::from_utf8_lossy(section.read_bytes(section.bytes_remaining())?).into_owned(),
                );
            }
        }
        Ok::<_, wasmparser::BinaryReaderError>(())
    })();
    match walked {
        Ok(()) => Ok(version),
        Err(error) => Err(truncated(format!("is truncated or damaged: {}", error.message()))),
    }
}

fn supported_abi(version: Option<String>) -> Result<Abi> {
    let supported = abi::SUPPORTED;
    let Some(text) = version else {
        return Err(refusal(format!("states no ABI version (no custom section `{ABI_SECTION}`)"))
            .with_hint("use foldline-sdk and `foldline build`, which put it there"));
    };
    let abi = semver::Version::parse(&text).ok().and_then(|version| Abi::of(&version));
    abi.ok_or_else(|| {
        let text = text.escape_debug().to_string().chars().take(64).collect::<String>();
        refusal(format!("was built for ABI {text}, and this host runs ABI {supported}"))
            .with_hint(format!("rebuild it with a foldline-sdk of ABI {supported}, or update the host"))
    })
}

/// Counts the parts of a component, and notes its imports and exports.
struct Parts {
    abi: Abi,
    depth: u32,
    core_modules: u32,
    functions: u64,
    manifest: bool,
    exported: Exported,
    instantiated: Instantiated,
}

impl Parts {
    fn of(abi: Abi) -> Self {
        Self {
            abi,
            depth: 0,
            core_modules: 0,
            functions: 0,
            manifest: false,
            exported: Exported::default(),
            instantiated: Instantiated::default(),
        }
    }

    fn count(mut self, wasm: &[u8]) -> Result<Exported> {
        for payload in Parser::new(0).parse_all(wasm) {
            let counted = payload.map_err(damaged).and_then(|payload| self.add(payload))?;
            if counted.is_break() {
                break;
            }
        }
        let Exported { reduce, relay } = self.exported;
        for (present, interface) in [(self.manifest, "manifest"), (reduce || relay, "reduce")] {
            if !present {
                return Err(refusal(format!("does not export `foldline:reducer/{interface}`")).with_hint(
                    "mark the reducer with `#[reducer]`, or the relay with `#[relay]`, and build it with `foldline build`",
                ));
            }
        }
        Ok(self.exported)
    }

    fn add(&mut self, payload: Payload<'_>) -> Result<ControlFlow<()>> {
        self.instantiated.add(&payload)?;
        match payload {
            Payload::ModuleSection { .. } => {
                self.depth += 1;
                self.core_modules += 1;
                limited("core modules", self.core_modules, CORE_MODULES_MAX)?;
            }
            Payload::ComponentSection { .. } => {
                self.depth += 1;
                limited("levels of components", self.depth, DEPTH_MAX)?;
            }
            Payload::End(_) if self.depth == 0 => return Ok(ControlFlow::Break(())),
            Payload::End(_) => self.depth -= 1,
            Payload::FunctionSection(section) => self.add_functions(section.count())?,
            Payload::ComponentCanonicalSection(section) => self.add_functions(section.count())?,
            Payload::CodeSectionEntry(body) => {
                limited("bytes in one function", body.range().len(), FUNCTION_BYTES_MAX)?;
            }
            Payload::ComponentImportSection(section) if self.depth == 0 => {
                for import in section {
                    self.check_import(import.map_err(damaged)?.name.name)?;
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 0 => {
                for export in section {
                    self.note_export(export.map_err(damaged)?.name.name)?;
                }
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn add_functions(&mut self, count: u32) -> Result<()> {
        self.functions += u64::from(count);
        limited("functions", self.functions, FUNCTIONS_MAX)
    }

    fn note_export(&mut self, name: &str) -> Result<()> {
        let Some((interface, version)) = contract_interface(name) else { return Ok(()) };
        match interface {
            "fold" => Err(not_yet(format_args!("exports `{name}`, a {interface}"))),
            "manifest" | "reduce" | "relay" if !self.is_of_abi(version.as_ref()) => {
                Err(refusal(format!("exports `{name}`, which is not of the ABI that it states"))
                    .with_hint("build it with `foldline build`, which states the ABI of its SDK"))
            }
            "manifest" | "reduce" | "relay" | "types" => {
                self.manifest |= interface == "manifest";
                self.exported.reduce |= interface == "reduce";
                self.exported.relay |= interface == "relay";
                Ok(())
            }
            _ => Err(not_yet(format_args!("exports `{name}`"))),
        }
    }

    fn is_of_abi(&self, version: Option<&semver::Version>) -> bool {
        version.and_then(Abi::of) == Some(self.abi)
    }

    fn check_import(&self, name: &str) -> Result<()> {
        match contract_interface(name) {
            Some(("host" | "types", version)) if self.is_of_abi(version.as_ref()) => Ok(()),
            _ => {
                let name = name.chars().take(200).collect::<String>();
                let hint = if name.starts_with("wasi:") {
                    "a reducer has no clock, random numbers, files or network: build it for wasm32-unknown-unknown, as \
                     `foldline build` does, and leave out what needs WASI"
                } else {
                    "a reducer may call only `foldline:reducer/host`; leave out what needs the rest"
                };
                Err(refusal(format!("imports `{name}`, which reducers may not use")).with_hint(hint))
            }
        }
    }
}

fn limited<N: PartialOrd + std::fmt::Display>(what: &str, count: N, limit: N) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(refusal(format!("has {count} {what}, more than the limit of {limit}"))
        .with_hint("build it with `foldline build`, and leave out dependencies that a reducer does not need"))
}

/// Splits `foldline:reducer/INTERFACE@VERSION`.
fn contract_interface(name: &str) -> Option<(&str, Option<semver::Version>)> {
    let name = name.strip_prefix("foldline:reducer/")?;
    match name.split_once('@') {
        Some((interface, version)) => Some((interface, semver::Version::parse(version).ok())),
        None => Some((name, None)),
    }
}
