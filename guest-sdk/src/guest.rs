//! A reducer as the contract's exports: the same code serves the host in wasm and the testing harness without it.

use std::sync::Once;

use crate::bindings::exports::foldline::reducer::{manifest, reduce};
use crate::bindings::foldline::reducer::types::{
    Batch, BytesColumn, Description, Extracted, Projected as Bodies, Rejected, Rows,
};
use crate::contributions::Contributions;
use crate::document::{Document, Projected};
use crate::event::Event;
use crate::reducer::{Module, Reducer};
use crate::table::Table;

impl<R: Module> manifest::Guest for R {
    fn describe() -> Description {
        report_panics();
        describe::<R>()
    }
}

impl<R: Module> reduce::Guest for R {
    fn extract(batch: Batch) -> Result<Extracted, String> {
        report_panics();
        extract::<R>(&batch)
    }

    fn project(rows: Rows) -> Result<Bodies, String> {
        report_panics();
        project::<R>(&rows)
    }
}

/// Returns what a reducer says about itself.
pub fn describe<R: Module>() -> Description {
    Description {
        name: R::NAME.to_owned(),
        version: R::VERSION.to_owned(),
        sdk: concat!("foldline-sdk ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: <R::Event<'_> as Event<'_>>::inputs(),
        tables: vec![R::Table::spec()],
        document: R::Document::fields(),
        relay_topics: Vec::new(),
    }
}

/// Returns what a batch's events add, and which of them the reducer refuses.
///
/// # Errors
/// A batch that is not as described.
pub fn extract<R: Reducer>(batch: &Batch) -> Result<Extracted, String> {
    let rows = batch.rows as usize;
    let events = <R::Event<'_> as Event<'_>>::open(batch.input as usize, &batch.columns, rows)?;
    let mut out = Contributions::<R::Table>::with_capacity(rows);
    let mut rejected = Vec::new();
    for row in 0..batch.rows {
        let event = <R::Event<'_> as Event<'_>>::read(&events, row as usize);
        if let Err(error) = out.of_row(row, |out| R::extract(event, out)) {
            rejected.push(Rejected { row, reason: error.to_string() });
        }
    }
    Ok(Extracted { contributions: out.finish().into_iter().collect(), rejected })
}

/// Returns the documents of rows.
///
/// # Errors
/// Rows that are not as described, or one whose projection fails.
pub fn project<R: Reducer>(rows: &Rows) -> Result<Bodies, String> {
    let reader = R::Table::open(rows)?;
    let mut out = Projected::<R::Document>::with_capacity(rows.count as usize);
    for row in 0..rows.count as usize {
        // One bad row fails the call: the host calls again in halves until that row is alone.
        out.of_row(|out| R::project(R::Table::row(&reader, row)?, out)).map_err(|error| error.to_string())?;
    }
    Ok(Bodies {
        documents: out.finish(),
        member_rows: Vec::new(),
        sets: BytesColumn { offsets: vec![0], data: Vec::new() },
        members: BytesColumn { offsets: vec![0], data: Vec::new() },
        scores: Vec::new(),
    })
}

/// Sends a panic's message and place to the host before the trap, which alone says only `unreachable`.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            crate::bindings::foldline::reducer::host::fail(&panic.to_string())
        }));
    });
}

/// Exports a reducer from its crate, which is what makes the crate a module.
///
/// The contract's version stands in a section of its own, so that a host can read it before it compiles anything.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($reducer:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
    $crate::bindings::export!($reducer with_types_in $crate::bindings);

            #[used]
            #[unsafe(link_section = "foldline:abi")]
            static ABI: [u8; 5] = *b"0.1.0";
        };

        // Natively nothing calls a reducer but tests: this keeps the compiler from calling it dead code.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::__private::contract::Description = || {
            let $reducer = $reducer;
            $crate::__private::describe::<$reducer>()
        };
    };
}
