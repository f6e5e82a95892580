//! A reducer behind the contract's exports. The same code serves the host in wasm and, natively, the testing harness.

use std::rc::Rc;
use std::sync::Once;

use crate::bindings::exports::foldline::reducer::relay::Relayed;
use crate::bindings::foldline::reducer::types::{
    Batch, Description, Extracted, Projected as Answer, Projection, Rejected, Rows,
};
use crate::contributions::Contributions;
use crate::document::{Document, Projected};
use crate::event::Event;
use crate::reducer::{Module, Reducer};
use crate::reference::ReferencesIn;
use crate::relay::{Messages, Relay, RelayModule};
use crate::table::{Table, Tables};

/// Returns the description of a reducer that relays.
pub fn describe_with_relay<R: Module + Relay>() -> Description {
    Description { relay_topics: owned(R::TOPICS), ..describe::<R>() }
}

/// Returns the description of a relay.
pub fn describe_relay<R: RelayModule>() -> Description {
    Description {
        name: R::NAME.to_owned(),
        version: R::VERSION.to_owned(),
        sdk: SDK.to_owned(),
        inputs: <R::Event<'_> as Event<'_>>::inputs(),
        tables: Vec::new(),
        projections: Vec::new(),
        relay_topics: owned(R::TOPICS),
        settings: Vec::new(),
    }
}

fn owned(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|&topic| topic.to_owned()).collect()
}

/// Returns the messages that a batch's events cause, and the events that the relay rejects.
///
/// # Errors
/// A batch that does not match the description.
pub fn relay<R: Relay>(batch: &Batch) -> Result<Relayed, String> {
    let rows = batch.rows as usize;
    let events = <R::Event<'_> as Event<'_>>::open(batch.input as usize, &batch.columns, rows)?;
    let mut out = Messages::to(R::TOPICS);
    let mut rejected = Vec::new();
    for row in 0..batch.rows {
        let event = <R::Event<'_> as Event<'_>>::read(&events, row as usize);
        if let Err(error) = out.of_row(row, |out| R::relay(event, out)) {
            rejected.push(Rejected { row, reason: error.to_string() });
        }
    }
    let (source_rows, topics, keys, values) = out.finish();
    Ok(Relayed { source_rows, topics, keys, values, headers: Vec::new(), rejected })
}

const SDK: &str = concat!("foldline-sdk ", env!("CARGO_PKG_VERSION"));

/// Returns the description of a reducer.
pub fn describe<R: Module>() -> Description {
    let tables = R::Table::specs();
    let shown = Projection {
        name: tables[0].name.clone(),
        table: 0,
        references: <<R::Table as Tables>::Shown as ReferencesIn<R::Table>>::references(),
        document: R::Document::fields(),
        settings: Vec::new(),
    };
    Description {
        name: R::NAME.to_owned(),
        version: R::VERSION.to_owned(),
        sdk: SDK.to_owned(),
        inputs: <R::Event<'_> as Event<'_>>::inputs(),
        tables,
        projections: vec![shown],
        relay_topics: Vec::new(),
        settings: Vec::new(),
    }
}

/// Returns what a batch's events add, and the events that the reducer rejects.
///
/// # Errors
/// A batch that does not match the description.
pub fn extract<R: Reducer>(batch: Rc<Batch>) -> Result<Extracted, String> {
    let rows = batch.rows as usize;
    let events = <R::Event<'_> as Event<'_>>::open(batch.input as usize, &batch.columns, rows)?;
    let mut out = Contributions::<R::Table>::of(Rc::clone(&batch));
    let mut rejected = Vec::new();
    for row in 0..batch.rows {
        let event = <R::Event<'_> as Event<'_>>::read(&events, row as usize);
        if let Err(error) = out.of_row(row, |out| R::extract(event, out)) {
            rejected.push(Rejected { row, reason: error.to_string() });
        }
    }
    Ok(Extracted { contributions: out.finish(), rejected })
}

/// Returns the documents of rows, and their memberships.
///
/// # Errors
/// Rows that do not match the description, or a row whose projection fails.
pub fn project<R: Reducer>(rows: &Rows) -> Result<Answer, String> {
    type Shown<R> = <<R as Reducer>::Table as Tables>::Shown;
    let reader = Shown::<R>::open(rows)?;
    let mut out = Projected::<R::Document>::with_capacity(rows.count as usize);
    for row in 0..rows.count {
        // One bad row fails the call: the host bisects until it finds that row.
        out.of_row(row, |out| R::project(Shown::<R>::row(&reader, row as usize)?, out))
            .map_err(|error| error.to_string())?;
    }
    Ok(out.finish())
}

/// Sends a panic's message and location to the host before the trap, which by itself only says `unreachable`.
pub fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            crate::bindings::foldline::reducer::host::fail(&panic.to_string())
        }));
    });
}

/// Exports a reducer, a relay, or a reducer that relays from its crate, which is what makes the crate a module.
///
/// The contract's version is in a separate section, so that a host can read it before it compiles anything.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    (reducer $module:ident) => {
        $crate::__export!(@manifest $module, describe);
        $crate::__export!(@reduce $module);
    };
    (relay $module:ident) => {
        $crate::__export!(@manifest $module, describe_relay);
        $crate::__export!(@relay $module);
    };
    (reducer_with_relay $module:ident) => {
        $crate::__export!(@manifest $module, describe_with_relay);
        $crate::__export!(@reduce $module);
        $crate::__export!(@relay $module);
    };
    (@manifest $module:ident, $describe:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            impl $crate::__private::exports::manifest::Guest for $module {
                fn parameters() -> ::std::vec::Vec<$crate::__private::contract::Parameter> {
                    type Parameters = <$module as $crate::__private::Configurable>::Parameters;
                    $crate::__private::report_panics();
                    <Parameters as $crate::Parameters>::declared()
                }

                fn configure(
                    values: ::std::vec::Vec<$crate::__private::contract::Scalar>,
                ) -> ::core::result::Result<(), ::std::string::String> {
                    type Parameters = <$module as $crate::__private::Configurable>::Parameters;
                    $crate::__private::report_panics();
                    $crate::__private::configure::<Parameters>(values)
                }

                fn describe() -> $crate::__private::contract::Description {
                    $crate::__private::report_panics();
                    $crate::__private::$describe::<$module>()
                }
            }

            $crate::__private::exports::manifest::__export_foldline_reducer_manifest_0_2_0_cabi!(
                $module with_types_in $crate::__private::exports::manifest
            );

            #[used]
            #[unsafe(link_section = "foldline:abi")]
            static ABI: [u8; 5] = *b"0.2.0";
        };

        // Natively only tests call a module; this keeps the compiler from reporting dead code.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::__private::contract::Description = || {
            let $module = $module;
            $crate::__private::$describe::<$module>()
        };
    };
    (@reduce $module:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::__private::contract::{Batch, Extracted, Projected, Rows};

            impl $crate::__private::exports::reduce::Guest for $module {
                fn extract(batch: Batch) -> ::core::result::Result<Extracted, ::std::string::String> {
                    $crate::__private::report_panics();
                    $crate::__private::extract::<$module>(::std::rc::Rc::new(batch))
                }

                fn project(rows: Rows) -> ::core::result::Result<Projected, ::std::string::String> {
                    $crate::__private::report_panics();
                    $crate::__private::project::<$module>(&rows)
                }
            }

            $crate::__private::exports::reduce::__export_foldline_reducer_reduce_0_2_0_cabi!(
                $module with_types_in $crate::__private::exports::reduce
            );
        };
    };
    (@relay $module:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::__private::contract::Batch;
            use $crate::__private::exports::relay::Relayed;

            impl $crate::__private::exports::relay::Guest for $module {
                fn messages(batch: Batch) -> ::core::result::Result<Relayed, ::std::string::String> {
                    $crate::__private::report_panics();
                    $crate::__private::relay::<$module>(&batch)
                }
            }

            $crate::__private::exports::relay::__export_foldline_reducer_relay_0_2_0_cabi!(
                $module with_types_in $crate::__private::exports::relay
            );
        };
    };
}
