//! Modules that take long to compile: real ones with much added code.

use foldline_base::artifact::{with_length, without_length};

/// Returns a component with an additional core module that is instantiated and never called. It has `functions` functions with
/// `additions` additions each.
pub fn with_dead_weight(component: &[u8], functions: usize, additions: usize) -> Vec<u8> {
    let mut component = without_length(component).to_vec();
    let number = core_modules(&component);
    section(&mut component, CORE_MODULE, &core_module(functions, additions));
    // One instance, of that module, with no arguments.
    let mut instance = vec![1, 0];
    leb(&mut instance, number);
    instance.push(0);
    section(&mut component, CORE_INSTANCE, &instance);
    with_length(component)
}

/// Sections of a component.
const CORE_MODULE: u8 = 1;
const CORE_INSTANCE: u8 = 2;

fn core_modules(component: &[u8]) -> usize {
    let (mut at, mut found) = (8, 0);
    while at < component.len() {
        let id = component[at];
        let (bytes, read) = read_leb(&component[at + 1..]);
        found += usize::from(id == CORE_MODULE);
        at += 1 + read + bytes;
    }
    found
}

fn core_module(functions: usize, additions: usize) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // One type: from an i32 to an i32.
    section(&mut module, 1, &[1, 0x60, 1, 0x7f, 1, 0x7f]);
    let mut declared = Vec::new();
    leb(&mut declared, functions);
    declared.resize(declared.len() + functions, 0);
    section(&mut module, 3, &declared);
    let mut code = Vec::new();
    leb(&mut code, functions);
    for function in 0..functions {
        let mut body = vec![0, 0x20, 0];
        for addition in 0..additions {
            // local.get 0, i32.const, i32.xor, i32.mul: the compiler cannot simplify these.
            body.extend([0x20, 0, 0x41]);
            body.push(((function + addition) % 64) as u8);
            body.extend([0x73, 0x6c]);
        }
        body.push(0x0b);
        leb(&mut code, body.len());
        code.extend(body);
    }
    section(&mut module, 10, &code);
    module
}

fn section(to: &mut Vec<u8>, id: u8, body: &[u8]) {
    to.push(id);
    leb(to, body.len());
    to.extend_from_slice(body);
}

fn leb(to: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Returns a number and the length of its encoding in bytes.
fn read_leb(bytes: &[u8]) -> (usize, usize) {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (value, at + 1);
        }
    }
    (value, bytes.len())
}
