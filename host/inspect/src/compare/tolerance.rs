//! How far a number may differ and still count as the same.

use std::collections::BTreeMap;

use foldline_core::description::Description;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::quantity::parse_percentage;

/// Tolerances by field: percent of the old version's number, in either direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerances(BTreeMap<String, f64>);

impl From<&BTreeMap<String, f64>> for Tolerances {
    fn from(percent_by_field: &BTreeMap<String, f64>) -> Self {
        Self(percent_by_field.clone())
    }
}

impl Tolerances {
    /// Adds the tolerance of a field, such as `2%` or `0.5%`.
    ///
    /// # Errors
    /// `Data` for text that is not a percentage, and for a field that already has a tolerance.
    pub fn add(&mut self, field: &str, percent: &str) -> Result<()> {
        let parsed = parse_percentage(percent).map_err(|message| Error::new(ErrorKind::Data, message))?;
        if self.0.contains_key(field) {
            return Err(Error::new(ErrorKind::Data, format!("field `{field}` has two tolerances")));
        }
        self.0.insert(field.to_owned(), parsed);
        Ok(())
    }

    /// Returns a field's tolerance in percent.
    pub(super) fn percent(&self, field: &str) -> f64 {
        self.0.get(field).copied().unwrap_or(0.0)
    }

    /// Checks that at least one version declares each field.
    pub(super) fn check(&self, descriptions: [&Description; 2]) -> Result<()> {
        let declared: Vec<&str> = descriptions
            .iter()
            .flat_map(|description| description.document())
            .map(|field| field.name.as_str())
            .collect();
        let Some(unknown) = self.0.keys().find(|field| !declared.contains(&field.as_str())) else {
            return Ok(());
        };
        let mut known = declared;
        known.sort_unstable();
        known.dedup();
        Err(Error::new(ErrorKind::Data, format!("neither version declares a field `{unknown}`"))
            .with_hint(format!("there are: {}", known.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_tolerance() {
        let mut tolerances = Tolerances::default();
        tolerances.add("count", "2%").unwrap();
        assert!(tolerances.add("count", "3%").is_err());
        assert_eq!((tolerances.percent("count"), tolerances.percent("other")), (2.0, 0.0));
    }
}
