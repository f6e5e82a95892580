//! What selects the records of a topic, for one reducer or for several.

use std::collections::BTreeSet;

use foldline_core::description::{FieldSource, Input, Selector};

/// A source, and all texts by which any input selects records there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) source: FieldSource,
    /// In rising order.
    pub(super) texts: Vec<String>,
}

impl Selection {
    /// Returns the selections of some inputs of one topic, a source once.
    pub(super) fn of<'i>(inputs: impl Iterator<Item = &'i Input> + Clone) -> Vec<Self> {
        let selectors = || inputs.clone().filter_map(|input| input.when.as_ref());
        let mut selections: Vec<Self> = Vec::new();
        for Selector { source, .. } in selectors() {
            if !selections.iter().any(|known| known.source == *source) {
                let of_source = selectors().filter(|selector| selector.source == *source);
                let texts: BTreeSet<&String> = of_source.flat_map(|selector| &selector.texts).collect();
                let texts = texts.into_iter().cloned().collect();
                selections.push(Self { source: source.clone(), texts });
            }
        }
        selections
    }

    /// Returns the path into the value, if it is one.
    pub(super) fn path(&self) -> Option<Vec<String>> {
        match &self.source {
            FieldSource::Value(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// Returns, for each text, which of `inputs` selects records by it here.
    pub(super) fn takers(&self, inputs: &[&Input]) -> Vec<Option<usize>> {
        let takes = |input: &&Input, text: &String| {
            let when = input.when.as_ref();
            when.is_some_and(|when| when.source == self.source && when.texts.contains(text))
        };
        self.texts.iter().map(|text| inputs.iter().position(|input| takes(input, text))).collect()
    }
}
