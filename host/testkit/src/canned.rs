//! Handmade guests: functions that return a constant, or run a few instructions.
//!
//! An answer is JSON, laid out in the guest's memory by the contract's own types, so that a test can return anything that a guest
//! could. `{"$raw": [pointer, length]}` makes a list with a wrong location.

use serde_json::{Value, json};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, SizeAlign, Type, TypeDefKind, WorldItem};

use foldline_guest::componentise;

/// The address at which data begins; [`LAST_WORDS`] is below it.
const BASE: usize = 1_024;

/// The message of [`panic`], at address 16.
const LAST_WORDS: &str = "panicked at src/lib.rs:7:5:\nno such user: u1";

/// What an exported function does.
#[derive(Clone)]
pub enum Body {
    /// Returns this value, laid out by the function's type.
    Answer(Value),
    /// Runs these instructions.
    Wat(String),
    /// The first if these instructions leave a number other than 0, else the second.
    If(&'static str, Box<[Body; 2]>),
}

impl Body {
    /// Returns the instructions that leave the result of a function of this type.
    fn instructions(&self, image: &mut Image<'_>, ty: Option<&Type>) -> String {
        match self {
            Self::Wat(instructions) => instructions.clone(),
            Self::Answer(value) => format!("(i32.const {})", image.answer(ty.unwrap(), value)),
            Self::If(condition, bodies) => {
                let [yes, no] = bodies.each_ref().map(|body| body.instructions(image, ty));
                format!("{condition} (if (result i32) (then {yes}) (else {no}))")
            }
        }
    }
}

/// Returns a body that runs instructions.
pub fn wat(instructions: &str) -> Body {
    Body::Wat(instructions.to_owned())
}

/// Returns a body that reports its message through `fail` and traps, as a panicking Rust guest does.
pub fn panic() -> Body {
    let bytes = LAST_WORDS.len();
    Body::Wat(format!("(call $fail (i32.const 16) (i32.const {bytes})) unreachable"))
}

/// A guest under construction. The default is a like counter that contributes nothing.
#[derive(Clone)]
pub struct Canned {
    /// The version of the contract.
    pub contract: &'static str,
    /// The world of the contract that it exports.
    pub world: &'static str,
    /// The version in its ABI section; `None` for no such section.
    pub abi: Option<&'static str>,
    /// Returns what operators may set.
    pub parameters: Body,
    /// Takes the values.
    pub configure: Body,
    /// Returns its description.
    pub describe: Body,
    /// For batches with rows. Empty batches get an empty answer, so that the trial passes.
    pub extract: Body,
    /// For empty batches.
    pub extract_nothing: Body,
    /// Projects rows.
    pub project: Body,
    /// For batches with rows. Empty batches get an empty answer.
    pub relay: Body,
    /// Runs at instantiation.
    pub start: &'static str,
    /// Further text of the module.
    pub more: String,
    /// The initial pages of memory.
    pub memory_pages: u32,
}

impl Default for Canned {
    fn default() -> Self {
        let nothing = json!({"ok": {"contributions": [], "rejected": []}});
        Self {
            contract: "0.1.0",
            world: "reducer",
            abi: Some("0.1.0"),
            parameters: Body::Answer(json!([])),
            configure: Body::Answer(json!({"ok": null})),
            describe: Body::Answer(like_count()),
            extract: Body::Answer(nothing.clone()),
            extract_nothing: Body::Answer(nothing),
            project: Body::Answer(json!({"ok": {"documents": {"values": {"texts": bytes(&["{}"])}}}})),
            relay: Body::Answer(relayed_nothing()),
            start: "",
            more: String::new(),
            memory_pages: 32,
        }
    }
}

/// The answer of `relay` when there is nothing to send.
pub fn relayed_nothing() -> Value {
    let none = json!({"values": {"texts": bytes(&[])}});
    json!({"ok": {"source-rows": [], "topics": [], "keys": none, "values": none, "rejected": []}})
}

/// A `bytes-column`.
pub fn bytes(values: &[&str]) -> Value {
    let mut offsets = vec![0];
    for value in values {
        offsets.push(offsets[offsets.len() - 1] + value.len());
    }
    json!({"offsets": offsets, "data": values.concat().into_bytes()})
}

/// The description of the default guest.
pub fn like_count() -> Value {
    let field = |name: &str, ty: Value| json!({"name": name, "path": [name], "ty": ty, "required": true});
    json!({
        "name": "like-count",
        "version": "0.1.0",
        "sdk": "by hand",
        "inputs": [{
            "topic": "likes",
            "fields": [field("user_id", json!("text")), field("timestamp", json!({"time": "milliseconds"}))],
            "event-time": 1,
        }],
        "tables": [{
            "name": "Likes",
            "key": "text",
            "aggregates": [{"name": "users", "kind": {"distinct": 14}}],
            "window": "unbounded",
            "keep": "latest",
            "projected": true,
        }],
        "document": [{"name": "count", "ty": "int", "sortable": true}],
    })
}

/// A like counter with parameters, which a table of its own shows. `orders`: an int, 5 where nobody sets it, never negative; with
/// more than 5 it also counts. `share`: a float. `within`: a text. `strict`: a boolean.
pub fn limited() -> Canned {
    let parameter = |name: &str, fallback: Value| json!({"name": name, "explanation": format!("The {name}."), "fallback": fallback});
    let parameters = json!([
        parameter("orders", json!({"int": 5})),
        parameter("share", json!({"float": 0.5})),
        parameter("within", json!({"text": "10m"})),
        parameter("strict", json!({"boolean": false})),
    ]);
    let mut more = like_count_0_2();
    let counts = json!({"name": "likes", "kind": "count"});
    more["tables"][0]["aggregates"].as_array_mut().unwrap().push(counts);
    let refused = json!({"err": "orders are not negative"});
    let [taken, refused] = [json!({"ok": null}), refused].map(Body::Answer);
    let guest = Canned::described_0_2(|_| {});
    Canned {
        parameters: Body::Answer(parameters),
        // Each value takes 16 bytes, its payload the last eight.
        configure: Body::If(
            "(global.set $orders (i64.load offset=8 (local.get 0))) (i64.lt_s (global.get $orders) (i64.const 0))",
            Box::new([refused, taken]),
        ),
        describe: Body::If(
            "(i64.gt_s (global.get $orders) (i64.const 5))",
            Box::new([Body::Answer(more), guest.describe.clone()]),
        ),
        more: "(global $orders (mut i64) (i64.const 0))".to_owned(),
        ..guest
    }
}

/// The description of the same guest in the words of contract 0.2.
pub fn like_count_0_2() -> Value {
    let field = |name: &str, ty: Value| json!({"name": name, "source": {"value": [name]}, "ty": ty, "required": true});
    json!({
        "name": "like-count",
        "version": "0.1.0",
        "sdk": "by hand",
        "inputs": [{
            "topic": "likes",
            "fields": [field("user_id", json!("text")), field("timestamp", json!({"time": "milliseconds"}))],
            "event-time": 1,
        }],
        "tables": [{
            "name": "Likes",
            "key": ["text"],
            "aggregates": [{"name": "users", "kind": {"distinct": 14}}],
            "window": "unbounded",
            "keep": "latest",
        }],
        "projections": [{
            "name": "Likes",
            "table": 0,
            "document": [{"path": ["count"], "ty": "int", "sortable": true}],
        }],
    })
}

/// What a record's time, modulo 16, makes the guest of [`echo`] do in `extract`. Every other value is a like that counts.
pub mod deeds {
    /// Traps.
    pub const TRAP: i64 = 1;
    /// Never returns.
    pub const LOOP: i64 = 2;
    /// Calls itself endlessly.
    pub const RECURSE: i64 = 3;
    /// Asks for more memory endlessly.
    pub const GROW: i64 = 4;
    /// Returns an answer that cannot be read.
    pub const NONSENSE: i64 = 5;
    /// Returns an answer above every limit.
    pub const GIGABYTE: i64 = 6;
    /// Rejects the record.
    pub const REFUSE: i64 = 7;
    /// Works for about 60,000 instructions, then counts. A batch with many of these uses up the fuel of one event.
    pub const WORK: i64 = 8;
}

/// Returns a guest that counts the users of each post on topic `likes`, unless a record's time, the field `time`, triggers one of
/// [`deeds`]. Its documents are `{}`; it cannot project a post whose id begins with `x`.
///
/// Columns are returned as they came: the contract's record of a column is copied to where the answer is expected (layouts by the
/// canonical ABI: a column takes 32 bytes, texts have offsets at 4 and data at 12).
pub fn echo(name: &str, time: &str) -> Canned {
    let field = |name: &str, ty: Value| json!({"name": name, "path": [name], "ty": ty, "required": true});
    let mut description = like_count();
    description["name"] = json!(name);
    description["inputs"][0]["event-time"] = json!(2);
    description["inputs"][0]["fields"] = json!([
        field("post_id", json!("text")),
        field("user_id", json!("text")),
        field(time, json!({"time": "milliseconds"})),
    ]);
    let deed =
        |deed: i64, body: &str| format!("(if (i64.eq (local.get $deed) (i64.const {deed})) (then {body}))");
    let all = [
        deed(deeds::TRAP, "unreachable"),
        deed(deeds::LOOP, "(loop $forever (br $forever))"),
        deed(deeds::RECURSE, "(drop (call $deep))"),
        deed(
            deeds::GROW,
            "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))",
        ),
        deed(deeds::NONSENSE, "(return (i32.const -8))"),
        deed(
            deeds::GIGABYTE,
            "(i64.store (i32.const 0x300000) (i64.const 0))
             (i32.store (i32.const 0x300004) (i32.const 8)) (i32.store (i32.const 0x300008) (i32.const 0x40000000))
             (return (i32.const 0x300000))",
        ),
        deed(
            deeds::REFUSE,
            "(i32.store (i32.const 0x300000) (i32.const 1))
             (i32.store (i32.const 0x300004) (i32.const 16)) (i32.store (i32.const 0x300008) (i32.const 8))
             (global.set $heap (local.get $times)) (return (i32.const 0x300000))",
        ),
        deed(
            deeds::WORK,
            "(local.set $work (i32.const 10000))
             (loop $on (br_if $on (local.tee $work (i32.sub (local.get $work) (i32.const 1)))))",
        ),
    ]
    .concat();
    let more = format!(
        "(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))
        (func $echo (param $rows i32) (param $times i32) (param $columns i32) (result i32)
            (local $row i32) (local $deed i64) (local $work i32)
            (loop $each
                (local.set $deed (i64.and (i64.const 15)
                    (i64.load (i32.add (local.get $times) (i32.shl (local.get $row) (i32.const 3))))))
                {all}
                (i32.store (i32.add (i32.const 0x301000) (i32.shl (local.get $row) (i32.const 2))) (local.get $row))
                (local.set $row (i32.add (local.get $row) (i32.const 1)))
                (br_if $each (i32.lt_u (local.get $row) (local.get $rows))))
            ;; ok, one list of contributions, nothing rejected
            (memory.fill (i32.const 0x300000) (i32.const 0) (i32.const 0x200))
            (i32.store (i32.const 0x300004) (i32.const 0x300100)) (i32.store (i32.const 0x300008) (i32.const 1))
            ;; table 0: source rows, keys = the first column, values = the second one
            (i32.store (i32.const 0x300104) (i32.const 0x301000)) (i32.store (i32.const 0x300108) (local.get $rows))
            (memory.copy (i32.const 0x30010c) (local.get $columns) (i32.const 32))
            (i32.store (i32.const 0x30012c) (i32.add (local.get $columns) (i32.const 32)))
            (i32.store (i32.const 0x300130) (i32.const 1))
            ;; the answer stays where it is until the next call is written over it
            (global.set $heap (local.get $times))
            (i32.const 0x300000))
        (func $documents (param $rows i32) (result i32)
            (local $count i32) (local $row i32) (local $offsets i32) (local $data i32)
            (local.set $count (i32.load offset=4 (local.get $rows)))
            (local.set $offsets (i32.load offset=12 (local.get $rows)))
            (local.set $data (i32.load offset=20 (local.get $rows)))
            (memory.fill (i32.const 0x300000) (i32.const 0) (i32.const 0x200))
            (i32.store (i32.const 0x301000) (i32.const 0))
            (loop $each
                (if (i32.eq (i32.const {x}) (i32.load8_u (i32.add (local.get $data)
                        (i32.load (i32.add (local.get $offsets) (i32.shl (local.get $row) (i32.const 2)))))))
                    (then unreachable))
                (i32.store16 (i32.add (i32.const 0x310000) (i32.shl (local.get $row) (i32.const 1)))
                    (i32.const 0x7d7b))
                (local.set $row (i32.add (local.get $row) (i32.const 1)))
                (i32.store (i32.add (i32.const 0x301000) (i32.shl (local.get $row) (i32.const 2)))
                    (i32.shl (local.get $row) (i32.const 1)))
                (br_if $each (i32.lt_u (local.get $row) (local.get $count))))
            ;; ok, a column of texts without nulls, no memberships
            (i32.store (i32.const 0x300004) (i32.const 4))
            (i32.store (i32.const 0x300008) (i32.const 0x301000))
            (i32.store (i32.const 0x30000c) (i32.add (local.get $count) (i32.const 1)))
            (i32.store (i32.const 0x300010) (i32.const 0x310000))
            (i32.store (i32.const 0x300014) (i32.shl (local.get $count) (i32.const 1)))
            (global.set $heap (local.get $rows))
            (i32.const 0x300000))",
        x = b'x'
    );
    Canned {
        describe: Body::Answer(description),
        extract: wat("(call $echo (local.get 1) (local.get 2) (local.get 4))"),
        project: wat("(if (result i32) (i32.load offset=4 (local.get 0))
            (then (call $documents (local.get 0))) (else (i32.const 0x300000)))"),
        more,
        memory_pages: 64,
        ..Canned::default()
    }
}

/// Returns a guest that only relays: the likes of [`echo`] go to topic `mail`, with the post as key and the user as value. A
/// record's time may trigger one of [`deeds`], too.
pub fn mail(name: &str) -> Canned {
    let mut guest = echo(name, "timestamp");
    let Body::Answer(description) = &mut guest.describe else { unreachable!("it describes itself") };
    (description["tables"], description["document"]) = (json!([]), json!([]));
    description["relay-topics"] = json!(["mail"]);
    // The answer of `echo` is copied to the places of a relay's answer: source rows, topics that are all 0, keys, values.
    guest.more.push_str(
        "(func $mail (param $rows i32) (param $times i32) (param $columns i32) (result i32)
            (local $answer i32)
            (local.set $answer (call $echo (local.get $rows) (local.get $times) (local.get $columns)))
            ;; an error, or nonsense, is answered as it is
            (if (i32.ne (local.get $answer) (i32.const 0x300000)) (then (return (local.get $answer))))
            (if (i32.ne (i32.load (i32.const 0x300004)) (i32.const 0x300100)) (then (return (local.get $answer))))
            (memory.fill (i32.const 0x300000) (i32.const 0) (i32.const 0x200))
            (memory.fill (i32.const 0x310000) (i32.const 0) (i32.shl (local.get $rows) (i32.const 2)))
            (i32.store (i32.const 0x300004) (i32.const 0x301000)) (i32.store (i32.const 0x300008) (local.get $rows))
            (i32.store (i32.const 0x30000c) (i32.const 0x310000)) (i32.store (i32.const 0x300010) (local.get $rows))
            (memory.copy (i32.const 0x300014) (local.get $columns) (i32.const 32))
            (memory.copy (i32.const 0x300034) (i32.add (local.get $columns) (i32.const 32)) (i32.const 32))
            (i32.const 0x300000))",
    );
    Canned {
        world: "relay-only",
        relay: wat("(call $mail (local.get 1) (local.get 2) (local.get 4))"),
        ..guest
    }
}

/// Like [`echo`] in the first call of an instance. Later calls contribute nothing.
pub fn forgetful_of_nothing(name: &str, time: &str) -> Canned {
    answering_once(name, time, "")
}

/// Like [`echo`] in the first call of an instance. Later calls refuse the whole batch.
pub fn refusing_after_the_first_call(name: &str, time: &str) -> Canned {
    let refusal = "(i32.store (i32.const 0x300000) (i32.const 1))
        (i32.store (i32.const 0x300004) (i32.const 16)) (i32.store (i32.const 0x300008) (i32.const 8))";
    answering_once(name, time, refusal)
}

/// Like [`echo`] until an instance has received this many rows. After that it contributes nothing.
pub fn counting_rows(name: &str, rows_max: u32) -> Canned {
    contributing_while(
        name,
        &format!(
            "(global.set $seen (i32.add (global.get $seen) (local.get $rows)))
            (i32.le_u (global.get $seen) (i32.const {rows_max}))"
        ),
    )
}

/// Like [`echo`] as long as its memory has not grown. A call with more than some hundred kilobytes makes it grow.
pub fn going_by_memory(name: &str) -> Canned {
    contributing_while(
        name,
        "(if (i32.gt_u (global.get $heap) (i32.const 0x40000)) (then (drop (memory.grow (i32.const 1)))))
        (i32.eq (memory.size) (i32.const 64))",
    )
}

/// Contributes nothing once a condition no longer holds.
fn contributing_while(name: &str, condition: &str) -> Canned {
    let mut guest = echo(name, "timestamp");
    guest.more.push_str(&format!(
        "(global $seen (mut i32) (i32.const 0))
        (func $while (param $rows i32) (param $times i32) (param $columns i32) (result i32)
            {condition}
            (if (result i32) (then (call $echo (local.get $rows) (local.get $times) (local.get $columns)))
            (else
                (memory.fill (i32.const 0x300000) (i32.const 0) (i32.const 0x200))
                (global.set $heap (local.get $times)) (i32.const 0x300000))))"
    ));
    guest.extract = wat("(call $while (local.get 1) (local.get 2) (local.get 4))");
    guest
}

/// The first call answers like [`echo`]. Later calls return a result of zeros, which is empty, modified by `later`.
fn answering_once(name: &str, time: &str, later: &str) -> Canned {
    let mut guest = echo(name, time);
    guest.more.push_str(&format!(
        "(global $called (mut i32) (i32.const 0))
        (func $first (param $rows i32) (param $times i32) (param $columns i32) (result i32)
            (if (global.get $called) (then
                (memory.fill (i32.const 0x300000) (i32.const 0) (i32.const 0x200))
                {later}
                (global.set $heap (local.get $times)) (return (i32.const 0x300000))))
            (global.set $called (i32.const 1))
            (call $echo (local.get $rows) (local.get $times) (local.get $columns)))"
    ));
    guest.extract = wat("(call $first (local.get 1) (local.get 2) (local.get 4))");
    guest
}

impl Canned {
    /// Returns a guest with a modified description: `change` receives the default one.
    pub fn described(change: impl FnOnce(&mut Value)) -> Self {
        let mut description = like_count();
        change(&mut description);
        Self { describe: Body::Answer(description), ..Self::default() }
    }

    /// Returns a like counter of contract 0.2 with a modified description: `change` receives [`like_count_0_2`].
    pub fn described_0_2(change: impl FnOnce(&mut Value)) -> Self {
        let mut description = like_count_0_2();
        change(&mut description);
        let describe = Body::Answer(description);
        Self { contract: "0.2.0", abi: Some("0.2.0"), describe, ..Self::default() }
    }

    /// Returns the component.
    pub fn build(&self) -> Vec<u8> {
        componentise(&self.core_module()).unwrap()
    }

    /// Returns the core module, before it becomes a component.
    pub fn core_module(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let contract = self.contract;
        let wit = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/reducer-{}"), contract);
        let (package, _) = resolve.push_path(wit).unwrap();
        let world = resolve.select_world(&[package], Some(self.world)).unwrap();

        let mut image = Image::new(&resolve);
        let mut functions = String::new();
        for (name, item) in &resolve.worlds[world].exports {
            let WorldItem::Interface { id, .. } = item else { continue };
            for (_, function) in &resolve.interfaces[*id].functions {
                let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
                let params: String =
                    signature.params.iter().map(|ty| format!(" {}", type_name(*ty))).collect();
                let mut run = |body: &Body| body.instructions(&mut image, function.result.as_ref());
                let body = match function.name.as_str() {
                    "parameters" => run(&self.parameters),
                    "configure" => run(&self.configure),
                    "describe" => run(&self.describe),
                    "extract" => {
                        let (nothing, something) = (run(&self.extract_nothing), run(&self.extract));
                        format!("(if (i32.eqz (local.get 1)) (then (return {nothing}))) {something}")
                    }
                    "project" => run(&self.project),
                    "relay" | "messages" => {
                        let (nothing, something) = (run(&Body::Answer(relayed_nothing())), run(&self.relay));
                        format!("(if (i32.eqz (local.get 1)) (then (return {nothing}))) {something}")
                    }
                    _ => "unreachable".to_owned(),
                };
                let export = format!("{}#{}", resolve.name_world_key(name), function.name);
                functions
                    .push_str(&format!("(func (export \"{export}\") (param{params}) (result i32) {body})\n"));
            }
        }
        let data: String = image.bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let words: String = LAST_WORDS.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let abi = self.abi.map(|abi| format!("(@custom \"foldline:abi\" \"{abi}\")")).unwrap_or_default();
        let (start, more, pages) = (self.start, &self.more, self.memory_pages);
        let heap = BASE + image.bytes.len();
        let text = format!(
            "(module
                (import \"foldline:reducer/host@{contract}\" \"log\" (func $log (param i32 i32 i32)))
                (import \"foldline:reducer/host@{contract}\" \"fail\" (func $fail (param i32 i32)))
                (memory (export \"memory\") {pages})
                (global $heap (mut i32) (i32.const {heap}))
                (data (i32.const 16) \"{words}\")
                (data (i32.const {BASE}) \"{data}\")
                (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
                    (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                    (global.get $heap)
                    (global.set $heap (i32.add (global.get $heap) (local.get 3))))
                (func $start {start}) (start $start)
                {functions} {more} {abi})"
        );
        let mut module = wat::parse_str(&text).unwrap();
        wit_component::embed_component_metadata(
            &mut module,
            &resolve,
            world,
            wit_component::StringEncoding::UTF8,
        )
        .unwrap();
        module
    }
}

fn type_name(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
        _ => "i32",
    }
}

/// The guest's memory from [`BASE`] on.
struct Image<'a> {
    resolve: &'a Resolve,
    sizes: SizeAlign,
    bytes: Vec<u8>,
}

impl<'a> Image<'a> {
    fn new(resolve: &'a Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(resolve);
        Self { resolve, sizes, bytes: Vec::new() }
    }

    fn answer(&mut self, ty: &Type, value: &Value) -> usize {
        let at = self.reserve(self.sizes.size(ty).size_wasm32());
        self.store(ty, value, at);
        at
    }

    fn reserve(&mut self, bytes: usize) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = BASE + self.bytes.len();
        self.bytes.resize(self.bytes.len() + bytes, 0);
        at
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at - BASE..][..bytes.len()].copy_from_slice(bytes);
    }

    fn put_list(&mut self, at: usize, pointer: usize, len: usize) {
        self.put(at, &(pointer as u32).to_le_bytes());
        self.put(at + 4, &(len as u32).to_le_bytes());
    }

    /// Absent and null values stay 0: empty, none, false, the first case.
    fn store(&mut self, ty: &Type, value: &Value, at: usize) {
        if value.is_null() {
            return;
        }
        if let Some(raw) = value.get("$raw") {
            return self.put_list(at, raw[0].as_u64().unwrap() as usize, raw[1].as_u64().unwrap() as usize);
        }
        let resolve = self.resolve;
        match ty {
            Type::Bool => self.put(at, &[u8::from(value.as_bool().unwrap())]),
            Type::U8 => self.put(at, &[value.as_u64().unwrap() as u8]),
            Type::U32 => self.put(at, &(value.as_u64().unwrap() as u32).to_le_bytes()),
            Type::U64 => self.put(at, &value.as_u64().unwrap().to_le_bytes()),
            Type::S64 => self.put(at, &value.as_i64().unwrap().to_le_bytes()),
            Type::F64 => self.put(at, &value.as_f64().unwrap().to_le_bytes()),
            Type::String => {
                let text = value.as_str().unwrap().as_bytes();
                let pointer = self.reserve(text.len());
                self.put(pointer, text);
                self.put_list(at, pointer, text.len());
            }
            Type::Id(id) => match &resolve.types[*id].kind {
                TypeDefKind::Type(ty) => self.store(ty, value, at),
                TypeDefKind::Record(record) => {
                    let offsets = self.sizes.field_offsets(record.fields.iter().map(|field| &field.ty));
                    for (field, (offset, ty)) in record.fields.iter().zip(offsets) {
                        self.store(
                            ty,
                            value.get(&field.name).unwrap_or(&Value::Null),
                            at + offset.size_wasm32(),
                        );
                    }
                    for name in value.as_object().unwrap().keys() {
                        assert!(record.fields.iter().any(|field| field.name == *name), "no field {name}");
                    }
                }
                TypeDefKind::List(ty) => {
                    let (values, size) = (value.as_array().unwrap(), self.sizes.size(ty).size_wasm32());
                    let pointer = self.reserve(values.len() * size);
                    for (i, value) in values.iter().enumerate() {
                        self.store(ty, value, pointer + i * size);
                    }
                    self.put_list(at, pointer, values.len());
                }
                TypeDefKind::Enum(cases) => {
                    let case = cases.cases.iter().position(|case| case.name == value.as_str().unwrap());
                    self.put(at, &[case.unwrap() as u8]);
                }
                TypeDefKind::Variant(variant) => {
                    let cases = variant.cases.iter().map(|case| (case.name.as_str(), case.ty.as_ref()));
                    self.store_case(cases.collect(), value, at);
                }
                TypeDefKind::Option(ty) => {
                    self.store_case(vec![("none", None), ("some", Some(ty))], &json!({ "some": value }), at)
                }
                TypeDefKind::Result(result) => {
                    self.store_case(vec![("ok", result.ok.as_ref()), ("err", result.err.as_ref())], value, at)
                }
                other => panic!("{other:?} is not in the contract"),
            },
            other => panic!("{other:?} is not in the contract"),
        }
    }

    /// A case is written as its name, or as `{name: payload}`.
    fn store_case(&mut self, cases: Vec<(&str, Option<&Type>)>, value: &Value, at: usize) {
        let (name, payload) = match value {
            Value::String(name) => (name, &Value::Null),
            Value::Object(object) => object.iter().next().unwrap(),
            other => panic!("{other} is no case"),
        };
        let case = cases.iter().position(|case| case.0 == name).unwrap_or_else(|| panic!("no case {name}"));
        self.put(at, &[case as u8]);
        if let Some(ty) = cases[case].1 {
            let offset = self.sizes.payload_offset(wit_parser::Int::U8, cases.iter().map(|case| case.1));
            self.store(ty, payload, at + offset.size_wasm32());
        }
    }
}
