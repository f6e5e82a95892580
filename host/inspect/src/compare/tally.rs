//! Counts how documents differ, pair by pair. Pure; memory is bounded whatever the input.

use std::collections::{BTreeMap, BTreeSet};

use foldline_core::description::Description;
use foldline_core::position::Position;
use serde_json::{Map, Value};

use super::drift::{Compared, compare_values, empty_buckets};
use super::side::Side;
use super::tolerance::Tolerances;
use foldline_api::{
    ChangedDocument, ChangedField, ComparedDocuments, ComparedField, ComparedVersion, Comparison,
    DocumentSamples, FailedDocument, SampleDocument,
};
use foldline_base::error::Result;
use foldline_projection::Shown;

/// Samples shown per kind.
pub(super) const SAMPLES_MAX: usize = 10;
/// Limit of fields that are counted by name: documents may have any number of undeclared ones.
const FIELDS_MAX: usize = 256;
/// Longest value in a sample, as JSON. Longer values are of little use to readers.
const SAMPLE_BYTES_MAX: usize = 1 << 10;

/// How documents differ, so far.
pub(super) struct Tally<'a> {
    tolerances: &'a Tolerances,
    /// Fields that only one version declares.
    left_out: BTreeSet<&'a str>,
    old: ComparedVersion,
    new: ComparedVersion,
    documents: ComparedDocuments,
    /// Declared fields come first.
    fields: Vec<ComparedField>,
    declared: usize,
    index: BTreeMap<String, usize>,
    further_field_differences: u64,
    samples: DocumentSamples,
}

impl<'a> Tally<'a> {
    /// Returns an empty tally for two versions.
    pub(super) fn new(descriptions: [&'a Description; 2], tolerances: &'a Tolerances) -> Self {
        let names = |side: usize| descriptions[side].document().iter().map(|field| field.name.as_str());
        let only = |side: usize| names(side).filter(move |name| !names(1 - side).any(|other| other == *name));
        let version = |side: usize| ComparedVersion {
            fields_only_here: only(side).map(str::to_owned).collect(),
            ..ComparedVersion::default()
        };
        let left_out: BTreeSet<&str> = only(0).chain(only(1)).collect();
        let mut tally = Self {
            tolerances,
            old: version(0),
            new: version(1),
            documents: ComparedDocuments::default(),
            fields: Vec::new(),
            declared: 0,
            index: BTreeMap::new(),
            further_field_differences: 0,
            samples: DocumentSamples::default(),
            left_out,
        };
        for name in names(0).filter(|name| !tally.left_out.contains(name)) {
            tally.index.insert(name.to_owned(), tally.fields.len());
            tally.fields.push(ComparedField { name: name.to_owned(), ..ComparedField::default() });
        }
        tally.declared = tally.fields.len();
        tally
    }

    /// Adds what the two versions show for one id.
    ///
    /// # Errors
    /// `Internal` for a document that is not a JSON object; projections refuse those.
    pub(super) fn add(&mut self, id: &str, old: Side<'_>, new: Side<'_>) -> Result<()> {
        count(&mut self.old, id, old);
        count(&mut self.new, id, new);
        if old.failed() || new.failed() {
            return Ok(());
        }
        match (old.shows(), new.shows()) {
            (false, false) => {}
            (true, false) => {
                self.documents.only_old += 1;
                sample(&mut self.samples.only_old, id, old)?;
            }
            (false, true) => {
                self.documents.only_new += 1;
                sample(&mut self.samples.only_new, id, new)?;
            }
            // A shortcut: most rows are equal byte for byte.
            (true, true) if old == new => self.documents.same += 1,
            (true, true) => self.compare(id, &old.fields(id)?, &new.fields(id)?),
        }
        Ok(())
    }

    /// Returns the counts. The caller adds which versions were compared, and at which position.
    pub(super) fn finish(mut self) -> Comparison {
        self.fields[self.declared..].sort_by(|one, other| one.name.cmp(&other.name));
        Comparison {
            position: Position::default(),
            old: self.old,
            new: self.new,
            documents: self.documents,
            fields: self.fields,
            further_field_differences: self.further_field_differences,
            samples: self.samples,
        }
    }

    fn compare(&mut self, id: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let mut changed = Vec::new();
        let wants_sample = self.samples.changed.len() < SAMPLES_MAX;
        let mut differs = false;
        let only_new = new.keys().filter(|name| !old.contains_key(*name));
        for name in old.keys().chain(only_new) {
            if self.left_out.contains(name.as_str()) {
                continue;
            }
            let (old, new) = (old.get(name), new.get(name));
            if !self.compare_field(name, old, new) {
                differs = true;
                if wants_sample {
                    let (old, new) = (old.map(shortened), new.map(shortened));
                    changed.push(ChangedField { name: name.clone(), old, new });
                }
            }
        }
        match differs {
            false => self.documents.same += 1,
            true => self.documents.changed += 1,
        }
        if differs && wants_sample {
            changed.sort_by(|one, other| one.name.cmp(&other.name));
            self.samples.changed.push(ChangedDocument { id: id.to_owned(), fields: changed });
        }
    }

    /// Compares two values of a field and counts the outcome; returns whether they count as the same.
    fn compare_field(&mut self, name: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
        let compared = compare_values(old, new);
        if compared == Compared::Same {
            return true;
        }
        let tolerated = match compared {
            Compared::Number(drift) => drift.is_within(self.tolerances.percent(name)),
            _ => false,
        };
        let Some(field) = field(&mut self.fields, &mut self.index, name) else {
            self.further_field_differences += 1;
            return tolerated;
        };
        if let Compared::Number(drift) = compared {
            *(if drift.rose() { &mut field.rose } else { &mut field.fell }) += 1;
            if field.drift.is_empty() {
                field.drift = empty_buckets();
            }
            field.drift[drift.bucket()].documents += 1;
        }
        *(if tolerated { &mut field.tolerated } else { &mut field.differ }) += 1;
        tolerated
    }
}

fn field<'a>(
    fields: &'a mut Vec<ComparedField>,
    index: &mut BTreeMap<String, usize>,
    name: &str,
) -> Option<&'a mut ComparedField> {
    let at = match index.get(name) {
        Some(&at) => at,
        None if fields.len() >= FIELDS_MAX => return None,
        None => {
            index.insert(name.to_owned(), fields.len());
            fields.push(ComparedField { name: name.to_owned(), ..ComparedField::default() });
            fields.len() - 1
        }
    };
    fields.get_mut(at)
}

fn count(version: &mut ComparedVersion, id: &str, side: Side<'_>) {
    match side.shown {
        Shown::Nothing => {}
        Shown::Document(_) => version.documents += 1,
        Shown::Failed(reason) => {
            version.failed_rows += 1;
            let failed = || FailedDocument { id: id.to_owned(), reason: reason.clone() };
            version.first_failed.get_or_insert_with(failed);
        }
    }
}

fn sample(samples: &mut Vec<SampleDocument>, id: &str, side: Side<'_>) -> Result<()> {
    if samples.len() < SAMPLES_MAX {
        let document = shortened(&Value::Object(side.fields(id)?));
        samples.push(SampleDocument { id: id.to_owned(), document });
    }
    Ok(())
}

/// Returns the value, or a replacement text if it is too long.
fn shortened(value: &Value) -> Value {
    let bytes = value.to_string().len();
    if bytes <= SAMPLE_BYTES_MAX { value.clone() } else { format!("(JSON of {bytes} bytes)").into() }
}
