//! Predicts what a module would do if it were dropped. Judges as the supervisor does, from the same catalog, and changes nothing.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use foldline_core::description::{Description, Keep, TableSpec, ValueType, Window};
use foldline_core::lifecycle::VersionState;
use parking_lot::Mutex;
use semver::Version;

use super::build::Build;
use super::catalog::{Catalog, RegistrationCheck};
use super::completion::Other;
use super::decisions::Decision;
use super::history::{ask, require_whole};
use super::module_store::ModuleStore;
use super::registry::Registry;
use super::rejection::{code_of, conflict};
use foldline_api::{Outcome, Plan, PlannedInput, PlannedModule, TopicPartition};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::quantity::format_duration;
use foldline_config::{Config, Promote};
use foldline_log::Log;
use foldline_log::history::History;
use foldline_module::{Digest, ModuleEngine, ValidatedModule};

/// Makes plans for modules.
pub struct Planner {
    config: Config,
    log: Arc<dyn Log>,
    registry: Arc<Registry>,
    modules: ModuleStore,
    /// Has no compile cache: planning leaves nothing on disk.
    engine: ModuleEngine,
    /// Held while a module is compiled, which uses all cores.
    alone: Mutex<()>,
}

impl Planner {
    /// Returns a planner for a host.
    ///
    /// # Errors
    /// As [`ModuleEngine::new`]; `Unavailable` when the folder of modules cannot be used.
    pub fn new(config: Config, log: Arc<dyn Log>, registry: Arc<Registry>) -> Result<Self> {
        let engine = ModuleEngine::new((&config.limits).into(), None)?;
        let modules = ModuleStore::open(&config.data.join("modules"))?;
        Ok(Self { config, log, registry, modules, engine, alone: Mutex::default() })
    }

    /// Predicts the outcome for a file with these bytes in the modules folder, under this name if one is given.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer or another plan is being made; `Internal` when the host fails.
    pub fn plan(&self, file: Option<&str>, bytes: &[u8]) -> Result<Plan> {
        let _alone = self.alone.try_lock().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "another module is being planned")
                .with_hint("try again in a moment")
        })?;
        let digest = Digest::of(bytes);
        match self.validate(file, bytes) {
            Ok(module) => self.plan_module(&module, bytes),
            Err(error) if error.kind() == ErrorKind::Module => Ok(rejected(&error, &digest, None)),
            Err(error) => Err(error),
        }
    }

    /// Validates a module with the values that the configuration sets.
    fn validate(&self, file: Option<&str>, bytes: &[u8]) -> Result<ValidatedModule> {
        let module = self.engine.validate(file, bytes)?;
        match &self.config.projection(&module.description().name).parameters {
            none if none.is_empty() => Ok(module),
            given => module.configured(given),
        }
    }

    fn plan_module(&self, module: &ValidatedModule, bytes: &[u8]) -> Result<Plan> {
        let (description, digest, mut build) = (module.description(), *module.digest(), Build::of(module)?);
        let name = &description.name;
        let catalog = self.registry.catalog();
        let histories = ask(self.log.as_ref(), &description.inputs)?;
        let planned = self.planned(description, &build, &catalog, &histories);
        let live = planned.live.as_ref().map(|live| format!("{name}@{live}"));
        let mut check = catalog.rule(name, &build);
        if let RegistrationCheck::Conflict(is) = check
            && Other::of(bytes, name, &build.release, &is, &catalog, &self.modules) == Other::Same
        {
            build.module = is;
            check = catalog.rule(name, &build);
        }
        let version = build.version();
        let release = build.release.clone();
        let mut decision = Decision::Registered {
            name: name.clone(),
            version: release.clone(),
            digest: build.module,
            values: build.values.clone(),
        };
        let rejection = match check {
            RegistrationCheck::Known => return Ok(known(&catalog, name, &version, digest, planned)),
            RegistrationCheck::Conflict(is) => {
                match Other::of(bytes, name, &release, &is, &catalog, &self.modules) {
                    Other::Same | Other::Conflicts => Err(conflict(name, &release, &is, &digest)),
                    Other::Completes => {
                        decision =
                            Decision::Completed { name: name.clone(), version: release.clone(), digest };
                        if description.reduces() {
                            require_whole(&histories, &self.config, live.as_deref())
                        } else {
                            Ok(())
                        }
                    }
                }
            }
            // A module that only relays replays nothing.
            RegistrationCheck::New if !description.reduces() => Ok(()),
            RegistrationCheck::New => require_whole(&histories, &self.config, live.as_deref()),
        };
        if let Err(error) = rejection {
            return Ok(rejected(&error, &digest, Some(planned)));
        }
        let mut after = catalog.clone();
        after.apply(&decision).map_err(|invalid| Error::new(ErrorKind::Internal, invalid))?;
        let (outcome, message, hint) = match after.candidate(name) == Some(&version) {
            true => {
                let displaced = catalog.candidate(name).map(|candidate| match *candidate == version {
                    true => " in place of its beginning, which is registered".to_owned(),
                    false => format!(" in place of {name}@{candidate}"),
                });
                let alongside = live.as_ref().map(|live| format!(" alongside {live}, which keeps running"));
                let (displaced, alongside) = (displaced.unwrap_or_default(), alongside.unwrap_or_default());
                let then = self.then(name, &version, live.as_deref());
                let message = format!("{name}@{version} would replay the log{displaced}{alongside}; {then}");
                (Outcome::Replays, message, "copy the file into the modules folder".to_owned())
            }
            false => {
                let highest =
                    catalog.highest(name).map_or_else(String::new, |highest| format!("{name}@{highest}"));
                let message =
                    format!("{name}@{version} would be registered, and not started: {highest} is higher");
                let hint = format!(
                    "raise its version above that, or drop it and run `foldline replay {name}@{version}`"
                );
                (Outcome::Registered, message, hint)
            }
        };
        let digest = digest.to_string();
        Ok(Plan { outcome, message, hint: Some(hint), code: None, digest, module: Some(planned) })
    }

    /// Returns a sentence about what follows the replay.
    fn then(&self, name: &str, version: &Version, live: Option<&str>) -> String {
        let settings = self.config.projection(name);
        match (live, settings.promote) {
            (None, _) => "it is served as soon as it has caught up".to_owned(),
            (Some(_), Promote::Manual) => {
                format!("once it has caught up it waits for `foldline promote {name}@{version}`")
            }
            (Some(_), Promote::WhenCaughtUp) => "it takes over as soon as it has caught up".to_owned(),
            (Some(live), Promote::WhenDiffBelow) => format!(
                "it takes over once it has caught up, if no more than {} % of its documents differ from those of {live}",
                settings.diff_below
            ),
        }
    }

    fn planned(
        &self,
        description: &Description,
        build: &Build,
        catalog: &Catalog,
        histories: &[History],
    ) -> PlannedModule {
        let Description { name, tables, .. } = description;
        let live = catalog.live(name);
        let records: u64 = histories.iter().map(History::records).sum();
        let bytes = histories
            .iter()
            .filter(|history| !history.partitions.is_empty())
            .map(|history| history.bytes)
            .sum();
        let measured = self.measured(name, live);
        let replay_ms = measured
            .as_ref()
            .map(|(_, rate)| u64::div_ceil(u64::saturating_mul(records, 1_000), (*rate).max(1)));
        let (measured_by, records_per_s) = measured.unzip();
        let folder = live.and_then(|live| Some(catalog.build(name, live)?.folder(&self.config.data, name)));
        PlannedModule {
            name: name.clone(),
            version: build.version().to_string(),
            parameters: build.values.clone(),
            live: live.map(ToString::to_string),
            inputs: histories.iter().map(|history| input(history, &self.config)).collect(),
            tables: tables.iter().map(table).collect(),
            records,
            bytes,
            records_per_s,
            measured_by,
            replay_ms,
            disk_bytes: folder.and_then(|folder| folder_bytes(&folder).ok()),
        }
    }

    /// Returns the measured records per second of a replay, and the version: the live one, else the fastest of any.
    fn measured(&self, name: &str, live: Option<&Version>) -> Option<(String, u64)> {
        let live = live.map(ToString::to_string);
        let versions = self.registry.versions();
        let rates = versions.iter().filter_map(|handle| {
            let rate = handle.look(|progress| progress.replayed_per_s)?;
            let is_live = handle.name() == name && Some(handle.version()) == live.as_deref();
            Some((is_live, rate, handle.label()))
        });
        rates.max().map(|(_, rate, label)| (label, rate))
    }
}

fn rejected(error: &Error, digest: &Digest, module: Option<PlannedModule>) -> Plan {
    Plan {
        outcome: Outcome::Rejected,
        message: error.message().to_owned(),
        hint: error.hint().map(str::to_owned),
        code: Some(code_of(error).to_string()),
        digest: digest.to_string(),
        module,
    }
}

fn known(catalog: &Catalog, name: &str, version: &Version, digest: Digest, module: PlannedModule) -> Plan {
    let (state, hint) = match catalog.state_of(name, version) {
        Some(VersionState::Live) => (VersionState::Live, "it is already live".to_owned()),
        Some(state) if state.folds() => (state, "`foldline status` shows how far it is".to_owned()),
        other => (
            other.unwrap_or(VersionState::Registered),
            format!("`foldline replay {name}@{version}` builds it"),
        ),
    };
    Plan {
        outcome: Outcome::Known,
        message: format!("{name}@{version} is registered with these bytes, and is {state}"),
        hint: Some(hint),
        code: None,
        digest: digest.to_string(),
        module: Some(module),
    }
}

fn input(history: &History, config: &Config) -> PlannedInput {
    let partition = |(partition, &(start_offset, end_offset)): (u32, &(u64, u64))| TopicPartition {
        partition,
        start_offset,
        end_offset,
    };
    PlannedInput {
        topic: history.topic.clone(),
        name: config.name_in_log(&history.topic).to_owned(),
        exists: !history.partitions.is_empty(),
        complete: history.is_whole(),
        partitions: (0..).zip(&history.partitions).map(partition).collect(),
        records: history.records(),
        bytes: history.bytes,
    }
}

fn table(table: &TableSpec) -> String {
    let part = |ty: &ValueType| match ty {
        ValueType::Boolean => "boolean",
        ValueType::Int => "int",
        ValueType::Float => "float",
        ValueType::Text => "text",
        ValueType::Blob => "blob",
        ValueType::Time(_) => "time",
    };
    let key = table.key.parts().iter().map(part).collect::<Vec<_>>().join("/");
    let aggregates: Vec<String> = table
        .aggregates
        .iter()
        .map(|aggregate| format!("{} {}", aggregate.name, aggregate.kind.name()))
        .collect();
    let time = |ms| format_duration(std::time::Duration::from_millis(ms));
    let windows = match table.window {
        Window::Unbounded => String::new(),
        Window::Tumbling(size_ms) => format!("; windows of {}", time(size_ms)),
        Window::Sliding { size_ms, slide_ms } => {
            format!("; windows of {} every {}", time(size_ms), time(slide_ms))
        }
        Window::Session(gap_ms) => format!("; sessions that end after {}", time(gap_ms)),
    };
    let keep = match table.keep {
        Keep::Every(ms) => format!(", each kept {}", time(ms)),
        Keep::Latest => String::new(),
    };
    format!("{} by {key}: {}{windows}{keep}", table.name, aggregates.join(", "))
}

/// Returns the disk space of all files below a folder; files that vanish meanwhile are left out. A file's length can be far
/// larger than its disk space: the state store sets its journal's length to 64 MiB long before writing to it.
fn folder_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)?.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += match metadata.is_dir() {
            true => folder_bytes(&entry.path()).unwrap_or(0),
            false => metadata.blocks() * BLOCK_BYTES,
        };
    }
    Ok(bytes)
}

/// The unit in which systems count a file's blocks, whatever the disk's block size.
const BLOCK_BYTES: u64 = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    use foldline_core::description::{AggregateKind, AggregateSpec};

    #[test]
    fn a_table_and_its_windows_are_one_line() {
        let aggregates = vec![
            AggregateSpec::new("count", AggregateKind::Count),
            AggregateSpec::new("users", AggregateKind::Distinct(14)),
        ];
        let mut spec = TableSpec::new("posts", ValueType::Text, aggregates);
        assert_eq!(table(&spec), "posts by text: count Count, users Distinct");
        spec.window = Window::Sliding { size_ms: 86_400_000, slide_ms: 120_000 };
        assert_eq!(table(&spec), "posts by text: count Count, users Distinct; windows of 1d every 2m");
        (spec.window, spec.keep) = (Window::Tumbling(3_600_000), Keep::Every(86_400_000));
        assert_eq!(table(&spec), "posts by text: count Count, users Distinct; windows of 1h, each kept 1d");
    }

    #[test]
    fn a_folder_takes_what_the_files_below_it_take_on_the_disk_and_not_how_long_they_are() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("state")).unwrap();
        for (name, written, len) in [("documents.sqlite", 1 << 20, 1 << 20), ("state/0.jnl", 10, 64 << 20)] {
            let mut file = std::fs::File::create(root.path().join(name)).unwrap();
            file.write_all(&vec![b'x'; written]).unwrap();
            file.set_len(len).unwrap();
            file.sync_all().unwrap();
        }
        let bytes = folder_bytes(root.path()).unwrap();
        assert!((1 << 20..2 << 20).contains(&bytes), "{bytes}");
        assert!(folder_bytes(&root.path().join("gone")).is_err());
    }
}
