//! Modules of one name that arrived together. Only the highest is started, so all are judged first.

use std::collections::{BTreeMap, BTreeSet};

use foldline_api::{ModuleReport, Verdict};
use foldline_base::code::Code;

/// Files that are still being judged, and verdicts that came meanwhile.
#[derive(Default)]
pub(super) struct PendingDrops {
    /// Files still being judged.
    judging: BTreeSet<String>,
    /// Verdicts by file. They may change with those still to come.
    judged: BTreeMap<String, ModuleReport>,
}

impl PendingDrops {
    /// Takes note of a verdict, or that there is none yet.
    pub(super) fn note(&mut self, report: &ModuleReport) {
        self.forget(&report.file);
        if report.code.as_deref() == Some(Code::Judging.as_str()) {
            self.judging.insert(report.file.clone());
        } else if report.verdict != Verdict::Waiting {
            self.judged.insert(report.file.clone(), report.clone());
        }
    }

    /// Forgets a file.
    pub(super) fn forget(&mut self, file: &str) {
        self.judging.remove(file);
        self.judged.remove(file);
    }

    /// Returns whether all files of a projection have been judged.
    pub(super) fn are_judged_of(&self, projection: &str) -> bool {
        self.judging.iter().all(|file| name_of(file) != projection)
    }

    /// Takes the verdicts that no other verdict can change any more.
    pub(super) fn final_verdicts(&mut self) -> Vec<ModuleReport> {
        let Self { judging, judged } = self;
        let is_settled = |file: &String| judging.iter().all(|other| name_of(other) != name_of(file));
        judged.extract_if(.., |file, _| is_settled(file)).map(|(_, report)| report).collect()
    }
}

/// Returns the projection that a file seems to belong to.
pub(super) fn name_of(file: &str) -> &str {
    file.split_once('@').map_or(file, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use foldline_core::parameters::Values;

    use super::*;

    fn report(file: &str, code: Option<Code>) -> ModuleReport {
        let verdict = if code.is_some() { Verdict::Waiting } else { Verdict::Accepted };
        let code = code.map(|code| code.to_string());
        ModuleReport {
            file: file.to_owned(),
            name: None,
            version: None,
            parameters: Values::default(),
            digest: None,
            verdict,
            code,
            reason: None,
        }
    }

    fn settled(pending_drops: &mut PendingDrops) -> Vec<String> {
        pending_drops.final_verdicts().into_iter().map(|report| report.file).collect()
    }

    #[test]
    fn modules_of_a_name_are_settled_once_all_of_them_are_judged() {
        let mut pending_drops = PendingDrops::default();
        pending_drops.note(&report("a@1.0.0.wasm", None));
        pending_drops.note(&report("a@2.0.0.wasm", Some(Code::Judging)));
        pending_drops.note(&report("b@1.0.0.wasm", None));
        assert_eq!(settled(&mut pending_drops), ["b@1.0.0.wasm"]);
        assert!(!pending_drops.are_judged_of("a") && pending_drops.are_judged_of("b"));
        pending_drops.note(&report("a@2.0.0.wasm", None));
        assert_eq!(settled(&mut pending_drops), ["a@1.0.0.wasm", "a@2.0.0.wasm"]);
        assert_eq!(settled(&mut pending_drops), [""; 0]);
    }

    #[test]
    fn a_file_that_is_gone_is_waited_for_no_longer() {
        let mut pending_drops = PendingDrops::default();
        pending_drops.note(&report("a@1.0.0.wasm", None));
        pending_drops.note(&report("a@2.0.0.wasm", Some(Code::Judging)));
        pending_drops.forget("a@2.0.0.wasm");
        assert_eq!(settled(&mut pending_drops), ["a@1.0.0.wasm"]);
    }
}
