//! Verifies that a projection's state is what the log makes: folds it once more, separately, and compares row by row.

use foldline_core::column::ValueRef;
use foldline_core::description::Description;
use foldline_core::table::layout::stored_tables;
use parking_lot::MutexGuard;
use serde_json::{Value, json};

use super::Host;
use super::data_folder::SCRATCH;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_engine::verify::Verifier;
use foldline_log::history::require_history;
use foldline_state::Difference;

impl Host {
    /// Folds the log once more up to where the live version stands now, and returns the first row that differs. Then compares
    /// what each sink shows with the rows. The version goes on meanwhile. `progress` receives the records read and the records to
    /// read, and returns whether to go on.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection; `Unavailable` when it does not run, when another verification is under way,
    /// or when `progress` stops it; `Refused` when the log lacks its beginning; `Corrupt` when state or log cannot be read.
    pub fn verify(&self, name: &str, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<api::Verified> {
        let handle = self.version(name, None)?;
        let _alone = self.alone()?;
        self.require_as_decided(&handle)?;
        let folding = handle.folding()?;
        require_history(self.log.as_ref(), &folding.module.description().inputs)?;
        let scratch = self.config.data.join(SCRATCH);
        let doing = || format!("folder `{}`", scratch.display());
        std::fs::create_dir_all(&scratch).kind(ErrorKind::Unavailable, doing())?;
        let scratch = tempfile::tempdir_in(&scratch).kind(ErrorKind::Unavailable, doing())?;
        let state = handle.scan()?;
        let verifier = Verifier { folding: &folding, log: self.log.as_ref(), scratch: scratch.path() };
        let mut reached = (0, 0);
        let verification = verifier.verify(&state, &mut |read, of| {
            reached = (read, of);
            progress(read, of)
        });
        drop(state);
        let verification = verification.map_err(|error| self.report(error, &handle))?;
        let description = folding.module.description();
        let sinks = self.verify_sinks(&handle, &folding.module, &mut || {
            // The log has been read; this tells the caller that the host is still working.
            progress(reached.0, reached.1)
        })?;
        Ok(api::Verified {
            version: handle.label(),
            position: verification.position,
            rows: verification.rows,
            fingerprint: verification.fingerprint,
            difference: verification.difference.map(|difference| in_words(&difference, description)),
            sinks,
        })
    }

    /// Returns the exclusive right to verify or compare.
    pub(super) fn alone(&self) -> Result<MutexGuard<'_, ()>> {
        self.registry.try_examine().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "another verification or comparison is under way")
                .with_hint("try again later")
        })
    }
}

fn in_words(difference: &Difference, description: &Description) -> api::RowDifference {
    let Difference { table, key, left, right } = difference;
    let empty = || stored_tables(&description.tables).ok()?.into_iter().nth(usize::from(*table));
    let mut id = None;
    let mut results = |row: &[u8]| -> Value {
        let restored = empty().and_then(|mut table| {
            table.restore_row(key, row).ok()?;
            Some(table)
        });
        // A row that does not decode is shown by its length: it may be the damage that verify looks for.
        let Some(table) = restored else {
            return json!(format!("{} bytes that are no row", row.len()));
        };
        id = Some(table.document_id(0).into_owned());
        if !table.has_document(0) {
            return json!(format!("{} bytes of windows that are not over", row.len()));
        }
        let results = table.results(0, &[0]).results;
        let named = table.spec().aggregates.iter().zip(&results);
        named.map(|(aggregate, column)| (aggregate.name.clone(), value(column.get(0)))).collect()
    };
    let state = left.as_deref().map(&mut results);
    let log = right.as_deref().map(&mut results);
    api::RowDifference {
        table: empty().map_or_else(|| format!("table {table}"), |table| table.spec().name.clone()),
        key: id.unwrap_or_else(|| key.escape_ascii().to_string()),
        state,
        log,
    }
}

fn value(value: Option<ValueRef<'_>>) -> Value {
    match value {
        None => Value::Null,
        Some(ValueRef::Boolean(value)) => json!(value),
        Some(ValueRef::Int(value) | ValueRef::Time(value)) => json!(value),
        Some(ValueRef::Float(value)) => json!(value),
        Some(ValueRef::Text(value)) => json!(value),
        Some(ValueRef::Blob(value)) => json!(value.escape_ascii().to_string()),
    }
}
