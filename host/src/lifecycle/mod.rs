//! Which module versions fold, and which one is served.
//!
//! [`folder`] looks at the modules folder, [`catalog`] rules what to do with a module (pure), [`decisions`] makes
//! rulings durable, [`supervisor`] starts and stops workers (`versions`) and moves the live pointer: only here is it moved.

pub mod folder;
pub mod catalog;
pub mod decisions;
pub mod module_store;
pub mod registry;
mod versions;
pub mod supervisor;

pub use registry::{Registry, Serving};
pub use supervisor::Supervisor;
