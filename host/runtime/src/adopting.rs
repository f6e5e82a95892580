//! Taking over what another installation holds on a server, because an operator says so.

use super::Host;
use foldline_base::error::{Error, ErrorKind, Result};

impl Host {
    /// Takes what a sink holds of a projection over from another installation, and has every version refill the sink alongside
    /// what readers read meanwhile. Returns what is now, as a sentence.
    ///
    /// It is decided on the server itself: it holds after a restart, and the other installation is fenced and stays out.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection or sink; `Unavailable` when the server does not answer; `Config` when this
    /// installation has no name.
    pub fn adopt(&self, name: &str, sink: &str) -> Result<String> {
        let versions = self.registry.versions_of(name);
        if versions.is_empty() {
            return Err(self.unknown(name));
        }
        let served_from = &self.config.projection(name).sinks;
        let backend = self.sinks.iter().find(|backend| backend.name() == sink);
        let Some(backend) = backend.filter(|_| served_from.iter().any(|known| known == sink)) else {
            let known = if served_from.is_empty() {
                "none besides the embedded store".to_owned()
            } else {
                served_from.join(", ")
            };
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("`{name}` is not served from a sink `{sink}`"),
            )
            .with_hint(format!("its sinks: {known}")));
        };
        let taken = backend.adopt(name)?;
        let mut filled = 0;
        for version in versions {
            let halted = version.progress().sinks.get(sink).map(|state| state.reason.is_some());
            // One that halted for another reason has another try, too.
            if halted.is_some_and(|halted| halted || taken) {
                version.resync(sink)?;
                filled += 1;
            }
        }
        Ok(match (taken, filled) {
            (false, 0) => {
                format!("`{sink}` holds no documents of `{name}` that belong to another installation")
            }
            (_, 0) => format!("the documents of `{name}` in `{sink}` now belong to this installation"),
            _ => format!(
                "the documents of `{name}` in `{sink}` now belong to this installation, and `{sink}` is being refilled; `foldline status` shows how \
                 far it is"
            ),
        })
    }
}
