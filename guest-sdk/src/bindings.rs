//! The contract as Rust types, generated from `wit/`: nothing here is written by hand.

wit_bindgen::generate!({
    path: "../wit/reducer-0.1.0",
    world: "reducer",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "foldline_sdk::bindings",
});
