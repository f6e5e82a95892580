//! Turns the compiler's output into a component.

use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use foldline_base::artifact::{ABI_SECTION, with_length};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// A component's header: magic number and version.
const HEADER_BYTES: usize = 8;

/// Turns a core module that was built with foldline-sdk into a component. The same input gives the same bytes.
///
/// The contract's version moves from the core module to the front of the component, so that a host finds it before it has to
/// understand anything else. The file's length comes last, so that a host can see that nothing is missing.
///
/// # Errors
/// `Module` when the bytes are not such a module.
pub fn componentise(core_module: &[u8]) -> Result<Vec<u8>> {
    let version = abi_section(core_module)?;
    let core_module = &with_world(core_module, version)?;
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(core_module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| not_ours(format!("the module cannot become a component: {error:#}")))?;
    component.splice(HEADER_BYTES..HEADER_BYTES, custom_section(ABI_SECTION, version));
    Ok(with_length(component))
}

/// Adds to the module which world it exports. The SDK has parts for several worlds; which one is exported depends on the parts
/// used.
fn with_world(core_module: &[u8], version: &[u8]) -> Result<Vec<u8>> {
    let mut core_module = core_module.to_vec();
    let (mut reduce, mut relay, mut says) = (false, false, false);
    for payload in Parser::new(0).parse_all(&core_module).flatten() {
        match payload {
            Payload::ExportSection(exports) => {
                for export in exports.into_iter().flatten() {
                    reduce |= export.name.starts_with("foldline:reducer/reduce@");
                    relay |= export.name.starts_with("foldline:reducer/relay@");
                }
            }
            Payload::CustomSection(section) => {
                says |= section.name().starts_with("component-type")
                    && !section.name().ends_with(":encoded world");
            }
            _ => {}
        }
    }
    let world = match (reduce, relay) {
        _ if says => return Ok(core_module),
        (true, false) => "reducer",
        (false, true) => "relay-only",
        (true, true) => "reducer-with-relay",
        (false, false) => return Ok(core_module),
    };
    let mut resolve = Resolve::default();
    let contract = if version.starts_with(b"0.1.") {
        include_str!("../../../wit/reducer-0.1.0/reducer.wit")
    } else {
        include_str!("../../../wit/reducer-0.2.0/reducer.wit")
    };
    let package = resolve.push_str("reducer.wit", contract);
    let world = package.and_then(|package| resolve.select_world(&[package], Some(world)));
    world
        .and_then(|world| embed_component_metadata(&mut core_module, &resolve, world, StringEncoding::UTF8))
        .kind(ErrorKind::Internal, "the contract")?;
    Ok(core_module)
}

fn not_ours(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Module, message)
        .with_hint("depend on foldline-sdk and mark the reducer with `#[reducer]`, which exports it")
}

fn abi_section(core_module: &[u8]) -> Result<&[u8]> {
    for payload in Parser::new(0).parse_all(core_module) {
        match payload {
            Ok(Payload::CustomSection(section)) if section.name() == ABI_SECTION => return Ok(section.data()),
            Ok(_) => {}
            Err(error) => {
                return Err(Error::new(
                    ErrorKind::Module,
                    format_args!("the compiler's module is damaged: {error}"),
                ));
            }
        }
    }
    Err(not_ours(format!("the module was not built with foldline-sdk (no custom section `{ABI_SECTION}`)")))
}

fn custom_section(name: &str, data: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(name.len() + data.len() + 1);
    push_leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(data);
    let mut section = vec![0];
    push_leb128(&mut section, body.len());
    section.append(&mut body);
    section
}

fn push_leb128(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_one_byte_are_encoded_as_the_standard_says() {
        let mut bytes = Vec::new();
        push_leb128(&mut bytes, 624_485);
        assert_eq!(bytes, [0xe5, 0x8e, 0x26]);
    }

    #[test]
    fn a_module_of_another_sdk_is_rejected_by_name() {
        let error = componentise(b"\0asm\x01\0\0\0").unwrap_err();
        assert!(error.message().contains("was not built with foldline-sdk"), "{error}");
        let error = componentise(b"\0asm\x01\0\0\0\x01").unwrap_err();
        assert!(error.message().contains("damaged"), "{error}");
    }

    #[test]
    fn a_module_without_the_contract_is_rejected() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend(custom_section(ABI_SECTION, b"0.1.0"));
        let built = componentise(&module).map(|component| component.len());
        let engine =
            foldline_module::ModuleEngine::new((&foldline_config::Limits::default()).into(), None).unwrap();
        match built {
            Err(error) => assert!(error.message().contains("cannot become a component"), "{error}"),
            // An empty component is valid, too; the host then reports what it lacks.
            Ok(_) => {
                let error = engine.validate(None, &componentise(&module).unwrap()).err().unwrap();
                assert!(error.message().contains("does not export"), "{error}");
            }
        }
    }
}
