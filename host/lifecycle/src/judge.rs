//! Judges modules outside the supervisor's thread: compiling a large module takes many seconds, and neither a rollback nor a stop
//! may wait for that.
//!
//! One module at a time is judged, on a separate thread. A caller gets the verdict if it comes quickly, and otherwise asks again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use foldline_core::parameters::GivenValues;

use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_base::panics;
use foldline_module::{Digest, ModuleEngine, ValidatedModule};

/// How long the supervisor waits for a verdict that may come quickly: a module that was compiled before takes some milliseconds.
const PATIENCE: Duration = Duration::from_millis(200);

/// Number of cached verdicts: a registered module can then be started without being judged again.
const KEPT_MAX: usize = 16;

/// Judges modules, and caches the last verdicts.
pub(super) struct Judge {
    engine: ModuleEngine,
    /// Called when a verdict is ready.
    wake: Arc<dyn Fn() + Send + Sync>,
    under_way: Option<(Question, Receiver<Result<ValidatedModule>>)>,
    verdicts: VecDeque<(Question, Result<ValidatedModule>)>,
}

/// The bytes to judge, their file name, and the values of the module's parameters.
#[derive(Clone, PartialEq)]
struct Question {
    digest: Digest,
    file: Option<String>,
    given: GivenValues,
}

impl Question {
    /// Returns whether a module that was accepted is what is asked about, under whichever name it was accepted.
    fn is_about(&self, module: &ValidatedModule) -> bool {
        self.file.is_none() && *module.digest() == self.digest && module.values().given() == self.given
    }
}

impl Judge {
    pub(super) fn new(engine: ModuleEngine, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { engine, wake: Arc::new(wake), under_way: None, verdicts: VecDeque::new() }
    }

    /// Returns the verdict of [`ModuleEngine::validate`] on a file of the modules folder, or on bytes that were accepted before, and
    /// of [`ValidatedModule::configured`] on the values of its parameters.
    ///
    /// # Errors
    /// As for `validate`. `Unavailable` with [`Code::Judging`] while there is no verdict yet: ask again later.
    pub(super) fn ask(
        &mut self,
        file: Option<&str>,
        bytes: &[u8],
        given: &GivenValues,
    ) -> Result<ValidatedModule> {
        let question =
            Question { digest: Digest::of(bytes), file: file.map(str::to_owned), given: given.clone() };
        self.collect(Duration::ZERO);
        if let Some(verdict) = self.verdict_on(&question) {
            return verdict;
        }
        if self.under_way.is_none() {
            self.begin(question.clone(), bytes)?;
            self.collect(PATIENCE);
        }
        self.verdict_on(&question).unwrap_or_else(|| Err(self.late(&question)))
    }

    /// Abandons the judgement under way, because the host stops.
    pub(super) fn stop(&self) {
        self.engine.stop_compiling();
    }

    fn begin(&mut self, question: Question, bytes: &[u8]) -> Result<()> {
        let (tell, told) = sync_channel(1);
        let (engine, wake) = (self.engine.clone(), Arc::clone(&self.wake));
        let (file, given, bytes) = (question.file.clone(), question.given.clone(), bytes.to_vec());
        let judge = move || {
            let verdict = panics::contain(|| {
                panic_if_asked(PanicPoint::Judge, file.as_deref().unwrap_or_default());
                let module = engine.validate(file.as_deref(), &bytes)?;
                if given.is_empty() { Ok(module) } else { module.configured(&given) }
            });
            // The requesting thread may be gone.
            let _ = tell.send(verdict);
            wake();
        };
        std::thread::Builder::new()
            .name("judge".to_owned())
            .spawn(judge)
            .kind(ErrorKind::Unavailable, "cannot start a thread that judges modules")?;
        self.under_way = Some((question, told));
        Ok(())
    }

    /// Takes in the pending verdict if it comes within `wait`.
    fn collect(&mut self, wait: Duration) {
        let Some((_, told)) = &self.under_way else { return };
        let verdict = match told.recv_timeout(wait) {
            Ok(verdict) => verdict,
            Err(RecvTimeoutError::Timeout) => return,
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::new(ErrorKind::Internal, "judging it was interrupted"))
            }
        };
        if let Some((question, _)) = self.under_way.take() {
            self.verdicts.truncate(KEPT_MAX - 1);
            self.verdicts.push_front((question, verdict));
        }
    }

    /// Returns a verdict. A rejection is returned once: asking again judges the module again.
    fn verdict_on(&mut self, question: &Question) -> Option<Result<ValidatedModule>> {
        let answers = |(of, verdict): &(Question, Result<ValidatedModule>)| {
            of == question || verdict.as_ref().is_ok_and(|module| question.is_about(module))
        };
        let at = self.verdicts.iter().position(answers)?;
        match &self.verdicts[at].1 {
            Ok(module) => Some(Ok(module.clone())),
            Err(_) => self.verdicts.remove(at).map(|(_, verdict)| verdict),
        }
    }

    fn late(&self, question: &Question) -> Error {
        let is_it = self.under_way.as_ref().is_some_and(|(of, _)| of == question);
        let message = match is_it {
            true => "the module is being judged: a large one takes a while to compile",
            false => "the module waits for another one to be judged",
        };
        Error::new(ErrorKind::Unavailable, message)
            .with_code(Code::Judging)
            .with_hint("try again in a moment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_core::description::Scalar;
    use foldline_core::parameters::Given;
    use foldline_testkit::canned::{Canned, limited};
    use foldline_testkit::engine;

    fn judge() -> Judge {
        Judge::new(engine(), || {})
    }

    /// Asks repeatedly until there is a verdict.
    fn verdict(judge: &mut Judge, file: Option<&str>, bytes: &[u8]) -> Result<ValidatedModule> {
        loop {
            match judge.ask(file, bytes, &GivenValues::new()) {
                Err(error) if error.code() == Some(Code::Judging) => std::thread::yield_now(),
                verdict => return verdict,
            }
        }
    }

    #[test]
    fn what_is_being_judged_is_waited_for_by_nobody_and_its_verdict_kept_for_whoever_asks_again() {
        let (mut judge, bytes) = (judge(), Canned::default().build());
        let module = engine().validate(None, &bytes).unwrap();
        let (tell, told) = sync_channel(1);
        let file = "like-count@0.1.0.wasm";
        let none = GivenValues::new();
        let (digest, given) = (Digest::of(&bytes), none.clone());
        judge.under_way = Some((Question { digest, file: Some(file.to_owned()), given }, told));
        for (file, bytes, expected) in
            [(Some(file), &bytes, "is being judged"), (None, &b"other".to_vec(), "waits for another")]
        {
            let error = judge.ask(file, bytes, &none).err().unwrap();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some(Code::Judging)));
            assert!(error.message().contains(expected), "{error}");
        }
        tell.send(Ok(module)).unwrap();
        judge.ask(Some(file), &bytes, &none).unwrap();
        // Bytes that were accepted under their name are accepted without one.
        judge.ask(None, &bytes, &none).unwrap();
        assert!(judge.under_way.is_none(), "nothing is judged twice");
    }

    #[test]
    fn a_verdict_is_on_a_module_with_its_values() {
        let (mut judge, bytes) = (judge(), limited().build());
        let orders = |orders| {
            let given = Given { value: Scalar::Int(orders), place: Some(format!("line {orders}")) };
            GivenValues::from([("orders".to_owned(), given)])
        };
        let mut ask = |file, given: &GivenValues| loop {
            match judge.ask(file, &bytes, given) {
                Err(error) if error.code() == Some(Code::Judging) => std::thread::yield_now(),
                verdict => return verdict,
            }
        };
        let file = Some("like-count@0.1.0.wasm");
        let six = ask(file, &orders(6)).unwrap();
        assert_eq!(ask(file, &orders(7)).unwrap().values().to_string(), "orders = 7");
        assert_eq!(ask(None, &six.values().given()).unwrap().build(), six.build());
        assert!(ask(None, &GivenValues::new()).unwrap().values().is_empty());
        assert_eq!(ask(file, &orders(-1)).err().unwrap().code(), Some(Code::WrongParameters));
    }

    #[test]
    fn a_module_is_judged_with_the_name_that_it_lies_under() {
        let (mut judge, bytes) = (judge(), Canned::default().build());
        verdict(&mut judge, None, &bytes).unwrap();
        let rejected = verdict(&mut judge, Some("other@0.1.0.wasm"), &bytes).err().unwrap();
        assert_eq!(rejected.code(), Some(Code::WrongName));
        let again = verdict(&mut judge, Some("other@0.1.0.wasm"), &bytes).err().unwrap();
        assert_eq!(again.message(), rejected.message());
    }
}
