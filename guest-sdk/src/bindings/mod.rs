// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

#![allow(
    dead_code,
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::unwrap_used,
    rustdoc::all,
    reason = "generated"
)]

#[allow(dead_code, clippy::all)]
pub mod foldline;
#[allow(dead_code, clippy::all)]
pub mod exports;
mod _rt;
/// Generates `#[unsafe(no_mangle)]` functions to export the specified type as
/// the root implementation of all generated traits.
///
/// For more information see the documentation of `wit_bindgen::generate!`.
///
/// ```rust
/// # macro_rules! export{ ($($t:tt)*) => (); }
/// # trait Guest {}
/// struct MyType;
///
/// impl Guest for MyType {
///     // ...
/// }
///
/// export!(MyType);
/// ```
#[allow(unused_macros)]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_reducer_with_relay_impl {
    ($ty:ident) => {
        foldline_sdk::bindings::export!($ty with_types_in foldline_sdk::bindings);
    };
    ($ty:ident with_types_in $($path_to_types_root:tt)*) => {
        $($path_to_types_root)*::
        exports::foldline::reducer::relay::__export_foldline_reducer_relay_0_1_0_cabi!($ty
        with_types_in $($path_to_types_root)*:: exports::foldline::reducer::relay);
        $($path_to_types_root)*::
        exports::foldline::reducer::manifest::__export_foldline_reducer_manifest_0_1_0_cabi!($ty
        with_types_in $($path_to_types_root)*:: exports::foldline::reducer::manifest);
        $($path_to_types_root)*::
        exports::foldline::reducer::reduce::__export_foldline_reducer_reduce_0_1_0_cabi!($ty
        with_types_in $($path_to_types_root)*:: exports::foldline::reducer::reduce);
        const _ : () = { #[cfg(target_arch = "wasm32")] #[unsafe (link_section =
        "component-type:wit-bindgen:0.60.0:foldline:reducer@0.1.0:reducer-with-relay:imports and exports")]
        #[doc(hidden)] #[allow(clippy::octal_escapes)] pub static
        __WIT_BINDGEN_COMPONENT_TYPE : [u8; 2281] = *
        b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\xe0\x10\x01A\x02\x01\
A\x11\x01B\x06\x01m\x04\x05debug\x04info\x04warn\x05error\x04\0\x05level\x03\0\0\
\x01@\x02\x05level\x01\x04texts\x01\0\x04\0\x03log\x01\x02\x01@\x01\x04texts\x01\
\0\x04\0\x04fail\x01\x03\x03\0\x1bfoldline:reducer/host@0.1.0\x05\0\x01BB\x01py\x01\
p}\x01r\x02\x07offsets\0\x04data\x01\x04\0\x0cbytes-column\x03\0\x02\x01px\x01pu\
\x01q\x06\x08booleans\x01\x01\0\x04ints\x01\x04\0\x06floats\x01\x05\0\x05times\x01\
\x04\0\x05texts\x01\x03\0\x05blobs\x01\x03\0\x04\0\x06values\x03\0\x06\x01k\x01\x01\
r\x02\x06values\x07\x08validity\x08\x04\0\x06column\x03\0\x09\x01m\x05\x07second\
s\x0cmilliseconds\x0cmicroseconds\x0bnanoseconds\x07rfc3339\x04\0\x09time-unit\x03\
\0\x0b\x01q\x06\x07boolean\0\0\x03int\0\0\x05float\0\0\x04text\0\0\x04blob\0\0\x04\
time\x01\x0c\0\x04\0\x0avalue-type\x03\0\x0d\x01m\x02\x05value\x03key\x04\0\x0cf\
ield-source\x03\0\x0f\x01ps\x01r\x06\x04names\x06source\x10\x04path\x11\x07alias\
es\x11\x02ty\x0e\x08required\x7f\x04\0\x05field\x03\0\x12\x01p\x13\x01ky\x01r\x05\
\x05topics\x06fields\x14\x0aevent-time\x15\x13out-of-orderness-msw\x09changelog\x7f\
\x04\0\x05input\x03\0\x16\x01r\x02\x19relative-error-millionthsy\x02at\x05\x04\0\
\x0dquantile-spec\x03\0\x18\x01q\x0a\x05count\0\0\x03sum\x01}\0\x03min\x01\x0e\0\
\x03max\x01\x0e\0\x05first\x01\x0e\0\x04last\x01\x0e\0\x08distinct\x01}\0\x05top\
-k\x01y\0\x09quantiles\x01\x19\0\x04fold\0\0\x04\0\x0eaggregate-kind\x03\0\x1a\x01\
r\x03\x04names\x04kind\x1b\x09refers-to\x15\x04\0\x09aggregate\x03\0\x1c\x01r\x02\
\x07size-msw\x08slide-msw\x04\0\x07sliding\x03\0\x1e\x01q\x04\x09unbounded\0\0\x08\
tumbling\x01w\0\x07sliding\x01\x1f\0\x07session\x01w\0\x04\0\x06window\x03\0\x20\
\x01q\x02\x06latest\0\0\x05every\x01w\0\x04\0\x04keep\x03\0\"\x01m\x02\x06delete\
\x04zero\x04\0\x0awhen-empty\x03\0$\x01p\x1d\x01r\x08\x04names\x03key\x0e\x0aagg\
regates&\x06window!\x04keep#\x0awhen-empty%\x13allowed-lateness-msw\x09projected\
\x7f\x04\0\x05table\x03\0'\x01r\x03\x04names\x02ty\x0e\x08sortable\x7f\x04\0\x0c\
output-field\x03\0)\x01p\x17\x01p(\x01p*\x01r\x07\x04names\x07versions\x03sdks\x06\
inputs+\x06tables,\x08document-\x0crelay-topics\x11\x04\0\x0bdescription\x03\0.\x01\
p\x0a\x01r\x04\x05inputy\x04rowsy\x05times\x04\x07columns0\x04\0\x05batch\x03\01\
\x01r\x04\x05tabley\x0bsource-rows\0\x04keys\x0a\x06values0\x04\0\x0dcontributio\
ns\x03\03\x01r\x02\x03rowy\x06reasons\x04\0\x08rejected\x03\05\x01p4\x01p6\x01r\x02\
\x0dcontributions7\x08rejected8\x04\0\x09extracted\x03\09\x01r\x02\x09aggregatey\
\x07columns0\x04\0\x0areferenced\x03\0;\x01p<\x01r\x07\x05tabley\x05county\x04ke\
ys\x0a\x0dwindow-starts\x04\x0bwindow-ends\x04\x07results0\x0areferences=\x04\0\x04\
rows\x03\0>\x01r\x05\x09documents\x0a\x0bmember-rows\0\x04sets\x03\x07members\x03\
\x06scores\x05\x04\0\x09projected\x03\0@\x03\0\x1cfoldline:reducer/types@0.1.0\x05\
\x01\x02\x03\0\x01\x05batch\x02\x03\0\x01\x06column\x02\x03\0\x01\x08rejected\x01\
B\x0d\x02\x03\x02\x01\x02\x04\0\x05batch\x03\0\0\x02\x03\x02\x01\x03\x04\0\x06co\
lumn\x03\0\x02\x02\x03\x02\x01\x04\x04\0\x08rejected\x03\0\x04\x01py\x01p\x05\x01\
r\x05\x0bsource-rows\x06\x06topics\x06\x04keys\x03\x06values\x03\x08rejected\x07\
\x04\0\x07relayed\x03\0\x08\x01j\x01\x09\x01s\x01@\x01\x05batch\x01\0\x0a\x04\0\x05\
relay\x01\x0b\x04\0\x1cfoldline:reducer/relay@0.1.0\x05\x05\x02\x03\0\x01\x0bdes\
cription\x01B\x04\x02\x03\x02\x01\x06\x04\0\x0bdescription\x03\0\0\x01@\0\0\x01\x04\
\0\x08describe\x01\x02\x04\0\x1ffoldline:reducer/manifest@0.1.0\x05\x07\x02\x03\0\
\x01\x09extracted\x02\x03\0\x01\x04rows\x02\x03\0\x01\x09projected\x01B\x0e\x02\x03\
\x02\x01\x02\x04\0\x05batch\x03\0\0\x02\x03\x02\x01\x08\x04\0\x09extracted\x03\0\
\x02\x02\x03\x02\x01\x09\x04\0\x04rows\x03\0\x04\x02\x03\x02\x01\x0a\x04\0\x09pr\
ojected\x03\0\x06\x01j\x01\x03\x01s\x01@\x01\x05batch\x01\0\x08\x04\0\x07extract\
\x01\x09\x01j\x01\x07\x01s\x01@\x01\x04rows\x05\0\x0a\x04\0\x07project\x01\x0b\x04\
\0\x1dfoldline:reducer/reduce@0.1.0\x05\x0b\x04\0)foldline:reducer/reducer-with-\
relay@0.1.0\x04\0\x0b\x18\x01\0\x12reducer-with-relay\x03\0\0\0G\x09producers\x01\
\x0cprocessed-by\x02\x0dwit-component\x070.254.2\x10wit-bindgen-rust\x060.60.0";
        };
    };
}
#[doc(inline)]
pub use __export_reducer_with_relay_impl as export;
#[cfg(target_arch = "wasm32")]
#[unsafe(
    link_section = "component-type:wit-bindgen:0.60.0:foldline:reducer@0.1.0:reducer-with-relay-with-all-of-its-exports-removed:encoded world"
)]
#[doc(hidden)]
#[allow(clippy::octal_escapes)]
pub static __WIT_BINDGEN_COMPONENT_TYPE: [u8; 1829] = *b"\
\0asm\x0d\0\x01\0\0\x19\x16wit-component-encoding\x04\0\x07\xfc\x0c\x01A\x02\x01\
A\x04\x01B\x06\x01m\x04\x05debug\x04info\x04warn\x05error\x04\0\x05level\x03\0\0\
\x01@\x02\x05level\x01\x04texts\x01\0\x04\0\x03log\x01\x02\x01@\x01\x04texts\x01\
\0\x04\0\x04fail\x01\x03\x03\0\x1bfoldline:reducer/host@0.1.0\x05\0\x01BB\x01py\x01\
p}\x01r\x02\x07offsets\0\x04data\x01\x04\0\x0cbytes-column\x03\0\x02\x01px\x01pu\
\x01q\x06\x08booleans\x01\x01\0\x04ints\x01\x04\0\x06floats\x01\x05\0\x05times\x01\
\x04\0\x05texts\x01\x03\0\x05blobs\x01\x03\0\x04\0\x06values\x03\0\x06\x01k\x01\x01\
r\x02\x06values\x07\x08validity\x08\x04\0\x06column\x03\0\x09\x01m\x05\x07second\
s\x0cmilliseconds\x0cmicroseconds\x0bnanoseconds\x07rfc3339\x04\0\x09time-unit\x03\
\0\x0b\x01q\x06\x07boolean\0\0\x03int\0\0\x05float\0\0\x04text\0\0\x04blob\0\0\x04\
time\x01\x0c\0\x04\0\x0avalue-type\x03\0\x0d\x01m\x02\x05value\x03key\x04\0\x0cf\
ield-source\x03\0\x0f\x01ps\x01r\x06\x04names\x06source\x10\x04path\x11\x07alias\
es\x11\x02ty\x0e\x08required\x7f\x04\0\x05field\x03\0\x12\x01p\x13\x01ky\x01r\x05\
\x05topics\x06fields\x14\x0aevent-time\x15\x13out-of-orderness-msw\x09changelog\x7f\
\x04\0\x05input\x03\0\x16\x01r\x02\x19relative-error-millionthsy\x02at\x05\x04\0\
\x0dquantile-spec\x03\0\x18\x01q\x0a\x05count\0\0\x03sum\x01}\0\x03min\x01\x0e\0\
\x03max\x01\x0e\0\x05first\x01\x0e\0\x04last\x01\x0e\0\x08distinct\x01}\0\x05top\
-k\x01y\0\x09quantiles\x01\x19\0\x04fold\0\0\x04\0\x0eaggregate-kind\x03\0\x1a\x01\
r\x03\x04names\x04kind\x1b\x09refers-to\x15\x04\0\x09aggregate\x03\0\x1c\x01r\x02\
\x07size-msw\x08slide-msw\x04\0\x07sliding\x03\0\x1e\x01q\x04\x09unbounded\0\0\x08\
tumbling\x01w\0\x07sliding\x01\x1f\0\x07session\x01w\0\x04\0\x06window\x03\0\x20\
\x01q\x02\x06latest\0\0\x05every\x01w\0\x04\0\x04keep\x03\0\"\x01m\x02\x06delete\
\x04zero\x04\0\x0awhen-empty\x03\0$\x01p\x1d\x01r\x08\x04names\x03key\x0e\x0aagg\
regates&\x06window!\x04keep#\x0awhen-empty%\x13allowed-lateness-msw\x09projected\
\x7f\x04\0\x05table\x03\0'\x01r\x03\x04names\x02ty\x0e\x08sortable\x7f\x04\0\x0c\
output-field\x03\0)\x01p\x17\x01p(\x01p*\x01r\x07\x04names\x07versions\x03sdks\x06\
inputs+\x06tables,\x08document-\x0crelay-topics\x11\x04\0\x0bdescription\x03\0.\x01\
p\x0a\x01r\x04\x05inputy\x04rowsy\x05times\x04\x07columns0\x04\0\x05batch\x03\01\
\x01r\x04\x05tabley\x0bsource-rows\0\x04keys\x0a\x06values0\x04\0\x0dcontributio\
ns\x03\03\x01r\x02\x03rowy\x06reasons\x04\0\x08rejected\x03\05\x01p4\x01p6\x01r\x02\
\x0dcontributions7\x08rejected8\x04\0\x09extracted\x03\09\x01r\x02\x09aggregatey\
\x07columns0\x04\0\x0areferenced\x03\0;\x01p<\x01r\x07\x05tabley\x05county\x04ke\
ys\x0a\x0dwindow-starts\x04\x0bwindow-ends\x04\x07results0\x0areferences=\x04\0\x04\
rows\x03\0>\x01r\x05\x09documents\x0a\x0bmember-rows\0\x04sets\x03\x07members\x03\
\x06scores\x05\x04\0\x09projected\x03\0@\x03\0\x1cfoldline:reducer/types@0.1.0\x05\
\x01\x04\0Ifoldline:reducer/reducer-with-relay-with-all-of-its-exports-removed@0\
.1.0\x04\0\x0b8\x01\02reducer-with-relay-with-all-of-its-exports-removed\x03\0\0\
\0G\x09producers\x01\x0cprocessed-by\x02\x0dwit-component\x070.254.2\x10wit-bind\
gen-rust\x060.60.0";
#[inline(never)]
#[doc(hidden)]
pub fn __link_custom_section_describing_imports() {
    crate::abi::maybe_link_cabi_realloc();
}
