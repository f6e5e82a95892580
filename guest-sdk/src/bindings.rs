//! The contract as Rust types, generated from `wit/`: nothing here is written by hand.
//!
//! Of the world with everything that a module may export; each module exports its parts of it (`__export!`), and `foldline
//! build` says which world that makes.

wit_bindgen::generate!({
    path: "../wit/reducer-0.1.0",
    world: "reducer-with-relay",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "foldline_sdk::bindings",
});
