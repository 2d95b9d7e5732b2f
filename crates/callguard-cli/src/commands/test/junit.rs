//! JUnit XML, the form that CI systems read.

use callguard::testing::{CaseResult, TestResult};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The report; ends with a line end.
pub(crate) fn report(results: &[TestResult]) -> String {
    let mut report = Report::new("callguard");
    report.add_test_suites(results.iter().map(suite));
    // INVARIANT: the report is written to memory, which does not fail.
    report.to_string().unwrap_or_default()
}

fn suite(result: &TestResult) -> TestSuite {
    let mut suite = TestSuite::new(result.name.as_str());
    suite.add_property(("file", result.file.as_str()));
    suite.add_test_cases(result.cases.iter().map(|case| test_case(result, case)));
    suite
}

fn test_case(result: &TestResult, case: &CaseResult) -> TestCase {
    let status = match case.passed() {
        true => TestCaseStatus::success(),
        false => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(case.failures.first().map(String::as_str).unwrap_or_default());
            status.set_description(case.failures.join("\n"));
            status
        }
    };
    let mut shown = TestCase::new(case.name.as_str(), status);
    shown.set_classname(result.name.as_str());
    shown.extra.insert("file".into(), result.file.as_str().into());
    shown.extra.insert("line".into(), case.line.to_string().into());
    shown
}
