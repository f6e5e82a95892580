//! Takes over what another installation holds on a server, at an operator's request.

use super::Host;
use foldline_base::error::{Error, ErrorKind, Result};

impl Host {
    /// Takes over from another installation what a sink holds of a projection. Every version then refills the sink, alongside
    /// what readers read meanwhile. Returns the result as a sentence.
    ///
    /// The server itself records the decision. So it holds after a restart, and the other installation is fenced for good.
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
            // A sink that halted for another reason is tried again, too.
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
