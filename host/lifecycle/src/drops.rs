//! Scans the modules folder: judges each file, and registers accepted modules.

use std::time::Instant;

use foldline_core::lifecycle::VersionState;
use foldline_core::parameters::Values;
use semver::Version;
use tracing::{debug, info, warn};

use super::build::Build;
use super::catalog::RegistrationCheck;
use super::completion::Other;
use super::decisions::Decision;
use super::folder::FolderEvent;
use super::pending_drops::name_of;
use super::rejection::{code_of, conflict, parse_version};
use super::supervisor_state::SupervisorState;
use foldline_api::{ModuleReport, Verdict};
use foldline_base::artifact::without_length;
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_module::{Digest, ValidatedModule};

impl SupervisorState {
    /// Scans the modules folder: judges what is new, and registers what is accepted.
    pub(super) fn look(&mut self) {
        let catalog = &self.catalog;
        let events = match self.folder.look(Instant::now(), &|bytes| catalog.knows(&Digest::of(bytes))) {
            Ok(events) => events,
            Err(error) => {
                warn!(%error, "cannot read the modules folder");
                return;
            }
        };
        for event in events {
            let report = match event {
                FolderEvent::Gone { file } => {
                    self.pending_drops.forget(&file);
                    self.registry.forget_report(&file);
                    continue;
                }
                FolderEvent::Rejected { file, code, reason } => {
                    told(file, Verdict::Rejected, code, format!("it {reason}"))
                }
                FolderEvent::Waits { file, reason } => {
                    told(file, Verdict::Waiting, Code::Unsettled, format!("it {reason}"))
                }
                FolderEvent::Ignored { file, code, reason } => {
                    told(file, Verdict::Ignored, code, format!("it {reason}"))
                }
                FolderEvent::Module { file, bytes } => {
                    let report = self.judge(file, &bytes);
                    if report.verdict == Verdict::Waiting {
                        self.folder.postpone(&report.file, Instant::now());
                    }
                    self.pending_drops.note(&report);
                    self.tell(report);
                    continue;
                }
            };
            // Pending questions about this file concern its earlier bytes.
            self.pending_drops.forget(&report.file);
            self.tell(report);
        }
        for report in self.pending_drops.final_verdicts() {
            self.tell(self.final_verdict(report));
        }
        self.reconcile();
        // Comes last, so that a module judged in this scan counts as unsettled until it runs.
        self.registry.set_unsettled(self.folder.unsettled().collect());
    }

    fn tell(&self, report: ModuleReport) {
        if !self.registry.report(report.clone()) {
            return;
        }
        let ModuleReport { file, verdict, reason, .. } = report;
        match verdict {
            Verdict::Accepted | Verdict::Registered => info!(file, ?verdict, "module accepted"),
            Verdict::Rejected => warn!(file, reason, "module rejected"),
            Verdict::Waiting => warn!(file, reason, "module waits to be judged"),
            Verdict::Ignored => debug!(file, reason, "entry of the modules folder ignored"),
        }
    }

    fn judge(&mut self, file: String, bytes: &[u8]) -> ModuleReport {
        let mut report = ModuleReport {
            file,
            name: None,
            version: None,
            parameters: Values::default(),
            digest: Some(Digest::of(bytes).to_string()),
            verdict: Verdict::Accepted,
            code: None,
            reason: None,
        };
        let given = &self.config.projection(name_of(&report.file)).parameters;
        let judged = self.judge.ask(Some(&report.file), bytes, given).and_then(|module| {
            let build = Build::of(&module)?;
            report.name = Some(module.description().name.clone());
            report.version = Some(build.version().to_string());
            report.parameters = build.values.clone();
            self.register(&module, build, bytes)
        });
        match judged {
            Ok(verdict) => report.verdict = verdict,
            Err(error) => {
                // What is unavailable will come back. Every other verdict stays until the file changes.
                let waits = error.kind() == ErrorKind::Unavailable;
                report.verdict = if waits { Verdict::Waiting } else { Verdict::Rejected };
                report.code = Some(code_of(&error).to_string());
                report.reason = Some(error.to_string());
            }
        }
        report
    }

    fn register(&mut self, module: &ValidatedModule, build: Build, bytes: &[u8]) -> Result<Verdict> {
        let name = &module.description().name;
        let (mut version, digest) = (build.version(), build.module);
        match self.catalog.rule(name, &build) {
            // If the store lost the bytes, the file restores them.
            RegistrationCheck::Known => self.modules.put(&digest, bytes)?,
            RegistrationCheck::Conflict(known) => {
                match Other::of(bytes, name, &build.release, &known, &self.catalog, &self.modules) {
                    Other::Same => {
                        self.modules.put(&known, without_length(bytes))?;
                        // These bytes are the registered ones: so are their values.
                        let build = Build { module: known, ..build };
                        version = build.version();
                        if self.catalog.rule(name, &build) != RegistrationCheck::Known {
                            self.require_history(module)?;
                            self.decide_registered(name, build)?;
                        }
                    }
                    Other::Completes => self.complete(module, &build.release, bytes)?,
                    Other::Conflicts => return Err(conflict(name, &build.release, &known, &digest)),
                }
            }
            RegistrationCheck::New => {
                self.require_history(module)?;
                reach(Failpoint::ModuleJudged);
                self.modules.put(&digest, bytes)?;
                reach(Failpoint::ModuleKept);
                self.decide_registered(name, build)?;
                reach(Failpoint::VersionRegistered);
            }
        }
        Ok(self.verdict_on(name, &version))
    }

    fn decide_registered(&mut self, name: &str, build: Build) -> Result<()> {
        let Build { release: version, module: digest, values } = build;
        self.decide(&Decision::Registered { name: name.to_owned(), version, digest, values })
    }

    /// Replaces a registered beginning, which was never served, by the whole module.
    fn complete(&mut self, module: &ValidatedModule, version: &Version, bytes: &[u8]) -> Result<()> {
        let (name, digest) = (&module.description().name, *module.digest());
        let is_of = |taking_over: &Version| {
            self.catalog.build(name, taking_over).is_some_and(|build| build.release == *version)
        };
        let handover = self.projections.get(name).and_then(|projection| projection.handover.as_ref());
        if handover.is_some_and(|handover| is_of(handover.version())) {
            let message =
                format!("{name}@{version} is taking over right now with the beginning of this file");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        self.require_history(module)?;
        self.modules.put(&digest, bytes)?;
        self.decide(&Decision::Completed { name: name.clone(), version: version.clone(), digest })?;
        info!(version = format!("{name}@{version}"), "the whole module takes the place of its beginning");
        Ok(())
    }

    fn verdict_on(&self, name: &str, version: &Version) -> Verdict {
        let folds = self.catalog.state_of(name, version).is_some_and(VersionState::folds);
        if folds { Verdict::Accepted } else { Verdict::Registered }
    }

    /// Returns a verdict as it stands after everything in the folder was judged: a module is never folded if another one of the
    /// same scan displaced it.
    fn final_verdict(&self, mut report: ModuleReport) -> ModuleReport {
        if report.verdict == Verdict::Accepted
            && let (Some(name), Some(version)) = (&report.name, &report.version)
            && let Ok(version) = parse_version(version)
        {
            report.verdict = self.verdict_on(name, &version);
        }
        report
    }
}

fn told(file: String, verdict: Verdict, code: Code, reason: String) -> ModuleReport {
    let (code, reason) = (Some(code.to_string()), Some(reason));
    let parameters = Values::default();
    ModuleReport { file, name: None, version: None, parameters, digest: None, verdict, code, reason }
}
