//! `simctl verify`: right models agree with theory, and deliberately wrong ones are caught.

use assert_cmd::Command;
use simctl::experiment::Options;
use simctl::proof::verify::{Case, Check, Finding, Measure, Verdict, cases};
use simctl::scenario::Override;

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).expect("the case exists")
}

/// A case played by its scenario with single values changed, so that theory and simulation may speak of different things.
fn play(case: &Case, overrides: &[&str]) -> Vec<Finding> {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    let scenario = case.scenario(&overrides).unwrap_or_else(|faults| panic!("{faults}"));
    case.verify(&scenario, Options::default()).unwrap()
}

/// What differs from theory.
fn differing(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().filter(|finding| finding.verdict == Verdict::Differs).map(|finding| finding.what).collect()
}

/// What differs from theory in a wrong model.
fn caught(name: &str, overrides: &[&str]) -> Vec<&'static str> {
    differing(&play(&case(name), overrides))
}

/// Those that take a second or less; `simctl verify` runs them all.
#[test]
fn models_agree_with_theory() {
    for name in ["mm1k", "mmcc", "mginf", "timed-clearing", "burke-tandem", "retries"] {
        assert_eq!(caught(name, &[]), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn a_service_rate_off_by_three_percent_is_caught() {
    for service in ["97ms", "103ms"] {
        let service = format!("functions.server.service-time.exponential={service}");
        let differs = caught("mm1", &[&service, "run.replications=5"]);
        for what in ["mean time in the system W", "mean wait Wq", "mean number in the system L", "utilisation"] {
            assert!(differs.contains(&what), "{service}: only {differs:?}");
        }
    }
}

#[test]
fn one_server_too_many_is_caught() {
    let differs = caught("mmc", &["functions.server.concurrency=11", "run.replications=5"]);
    for what in ["probability of waiting (Erlang C)", "mean wait Wq", "95th percentile of the wait"] {
        assert!(differs.contains(&what), "only {differs:?}");
    }
}

#[test]
fn one_waiting_place_too_few_is_caught() {
    let differs = caught("mm1k", &["strategy.\"nine places\".queue.capacity=8"]);
    assert!(differs.contains(&"blocked"), "{differs:?}");
}

/// ln(20)/(cμ−λ) is the 95th percentile of the waits of those who wait; that of all is ln(20·C)/(cμ−λ).
#[test]
fn the_percentile_of_another_population_is_caught() {
    let theory = libm::log(20.0) / 2.0;
    let what = "95th percentile of the wait";
    let wrong = Check { what, strategy: 0, measure: Measure::Metric("wait_p95"), theory };
    let case = Case { checks: vec![wrong], ..case("mmc") };
    assert_eq!(differing(&play(&case, &["run.replications=5"])), [what]);
}

#[test]
fn another_service_time_of_the_same_mean_is_caught() {
    let steadier = "functions.server.service-time={ erlang = { stages = 20, mean = \"1s\" } }";
    let differs = caught("md1", &[steadier]);
    assert!(differs.contains(&"mean wait Wq"), "{differs:?}");
}

#[test]
fn effects_that_come_at_the_end_are_told_from_those_that_come_in_turn() {
    let differs = caught("timed-clearing", &["strategy.\"in turn\".schedule.commit=at-end"]);
    assert!(differs.contains(&"mean time, item by item"), "{differs:?}");
}

#[test]
fn one_retry_too_few_is_caught() {
    let differs = caught("retries", &["functions.seldom.async.retries=1"]);
    assert_eq!(differs, ["attempts an item, one in ten fails", "share of items lost"]);
}

#[test]
fn no_result_depends_on_the_threads() {
    let case = case("retries");
    let scenario = case.scenario(&[]).unwrap();
    let findings = [1, 2, 7]
        .map(|threads| case.verify(&scenario, Options { threads: Some(threads), ..Options::default() }).unwrap());
    assert_eq!(findings[0], findings[1]);
    assert_eq!(findings[0], findings[2]);
}

fn simctl() -> Command {
    Command::cargo_bin("simctl").unwrap()
}

#[test]
fn the_command_prints_a_line_a_check_and_a_summary() {
    let output = simctl().args(["verify", "--only", "retries"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(lines.len(), 1 + case("retries").checks.len() + 2, "{text}");
    assert!(lines[1].starts_with("retries"), "{text}");
    assert!(lines[lines.len() - 1].starts_with("simulation and theory agree in all 4 checks"), "{text}");
}

#[test]
fn the_command_prints_json() {
    let output = simctl().args(["verify", "--only", "retries", "--format", "json"]).output().unwrap();
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(findings.as_array().map(Vec::len), Some(4));
    assert_eq!(findings[0]["verdict"], "agrees");
}

#[test]
fn an_unknown_scenario_is_bad_usage() {
    let output = simctl().args(["verify", "--only", "mm2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no scenario `mm2`"));
}
