//! The results of `foldline test` for CI systems, as JUnit XML.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// The results of one reducer's fixtures.
pub(super) struct Junit {
    suite: TestSuite,
}

impl Junit {
    /// Returns a report without fixtures; `reducer` is the suite's name.
    pub(super) fn new(reducer: &str) -> Self {
        Self { suite: TestSuite::new(reducer) }
    }

    /// Adds a fixture, with its differences if it failed.
    pub(super) fn add(&mut self, fixture: &str, took: Duration, differences: &[String]) {
        let mut status = TestCaseStatus::success();
        if let Some(first) = differences.first() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(first.as_str()).set_description(differences.join("\n"));
        }
        let mut case = TestCase::new(fixture, status);
        case.set_classname(self.suite.name.clone()).set_time(took);
        self.suite.add_test_case(case);
    }

    /// Writes the report into a file.
    pub(super) fn write(self, path: &Path) -> Result<()> {
        let doing = || format!("writing report `{}`", path.display());
        let mut report = Report::new("foldline test");
        report.add_test_suite(self.suite);
        let text = report
            .to_string()
            .map_err(|error| Error::new(ErrorKind::Internal, format!("{}: {error}", doing())))?;
        std::fs::write(path, text).kind(ErrorKind::Unavailable, doing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fixture_is_a_case_and_texts_are_what_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        let mut junit = Junit::new("page-likes");
        junit.add("tests/a.jsonl", Duration::from_millis(1_250), &[]);
        let differences = ["line 3: p<1>.title: \"a\" → \"b & \u{1b}[1mc\"".to_owned(), "line 9".to_owned()];
        junit.add("tests/b.jsonl", Duration::ZERO, &differences);
        junit.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(r#"<testsuite name="page-likes" tests="2""#), "{text}");
        assert!(text.contains(r#"failures="1""#), "{text}");
        assert!(
            text.contains(r#"<testcase name="tests/a.jsonl" classname="page-likes" time="1.250"/>"#),
            "{text}"
        );
        assert!(text.contains("line 3: p&lt;1&gt;.title"), "{text}");
        assert!(text.contains("b &amp; c") && text.contains("\nline 9</failure>"), "{text}");
    }

    #[test]
    fn a_report_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Junit::new("page-likes").write(&folder.path().join("none/report.xml")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("none/report.xml"), "{error}");
    }
}
