//! Calls a module's `project` for rows, and finds the rows that it cannot project.

use foldline_core::column::ValueRef;
use foldline_core::results::ResultRows;

use super::rows_batch::RowsBatch;
use foldline_base::error::Result;
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_module::{KeptInstance, Projected, ValidatedModule};
use foldline_sink::{DocumentChange, Documents, FailedRow, Membership};

/// Projects rows, in one instance that is kept until a call fails.
pub struct Projector(KeptInstance);

impl Projector {
    /// Returns a projector. The first call makes the first instance.
    pub fn new(module: ValidatedModule) -> Self {
        Self(KeptInstance::new(module))
    }

    /// Returns a projector of the same module, without an instance.
    pub fn afresh(&self) -> Self {
        Self::new(self.0.module().clone())
    }

    /// Projects a batch; adds its documents and failed rows to `documents`, and the documents to delete.
    ///
    /// # Errors
    /// As [`KeptInstance::call`].
    pub fn project_batch(&mut self, batch: RowsBatch, documents: &mut Documents) -> Result<()> {
        let RowsBatch { ids, rows, deleted } = batch;
        self.project(&ids, rows, documents)?;
        documents.changes.extend(deleted.into_iter().map(DocumentChange::removed));
        Ok(())
    }

    /// Projects rows; adds their documents and failed rows to `documents`. `ids` are their documents' ids.
    ///
    /// # Errors
    /// As [`KeptInstance::call`].
    pub fn project(&mut self, ids: &[String], rows: ResultRows, documents: &mut Documents) -> Result<()> {
        panic_if_asked(PanicPoint::Project, &self.0.module().description().name);
        let mut open = vec![(0, rows)];
        while let Some((first, rows)) = open.pop() {
            let count = rows.rows();
            if count == 0 {
                continue;
            }
            let fresh = self.0.is_fresh();
            match self.0.call(|instance| instance.project(&rows))? {
                Ok(projected) => {
                    for (row, id) in ids[first..first + count].iter().enumerate() {
                        match change(&projected, row, id) {
                            Ok(change) => documents.changes.push(change),
                            Err(reason) => documents.failed.push(FailedRow { id: id.clone(), reason }),
                        }
                    }
                }
                // Earlier calls of this instance may be to blame.
                Err(_) if count == 1 && !fresh => open.push((first, rows)),
                Err(fault) if count == 1 => {
                    documents.failed.push(FailedRow { id: ids[first].clone(), reason: fault.to_string() });
                }
                Err(_) => {
                    let half = count / 2;
                    open.push((first + half, rows.slice(half..count)));
                    open.push((first, rows.slice(0..half)));
                }
            }
        }
        Ok(())
    }
}

/// Returns the document and memberships of a row, or why it failed.
fn change(projected: &Projected, row: usize, id: &str) -> Result<DocumentChange, String> {
    let body = match projected.documents.get(row) {
        Some(ValueRef::Text(text)) => {
            object(text)?;
            Some(text.to_owned())
        }
        _ => None,
    };
    let memberships = match projected.memberships.is_empty() {
        true => Vec::new(),
        false => projected.memberships.of_row(row).map(Membership::from).collect(),
    };
    Ok(DocumentChange { id: id.to_owned(), body, memberships })
}

/// Checks that a document is one JSON object, since documents are served unchanged.
fn object(body: &str) -> Result<(), String> {
    if !body.trim_start().starts_with('{') {
        return Err("the document is not a JSON object".to_owned());
    }
    serde_json::from_str::<serde::de::IgnoredAny>(body)
        .map(|_| ())
        .map_err(|error| format!("the document is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn only_a_json_object_is_a_document() {
        assert_eq!(object(r#" {"count":1}"#), Ok(()));
        for body in ["", "1", "[]", r#"{"count":}"#, r#"{"a":1} x"#] {
            assert!(object(body).is_err(), "{body}");
        }
    }
}
