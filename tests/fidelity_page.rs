//! `docs/fidelity.md` names tests and files: all of them exist; and its table of rules is made from the tests.
//!
//! A test of a rule says so in its documentation: `/// Rule [mark] SOURCE: sentence.` A fixture of `bad_input/` says it in
//! its first line: `# Rule [mark] SOURCE: sentence.` With `SIMCTL_UPDATE=1` the table is written anew.

use std::fs;
use std::path::{Path, PathBuf};

use simctl::words::DuplicateCause;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What the page sets between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// A test by its file (or the module it stands beside) and its name.
fn as_test(text: &str) -> Option<(&str, &str)> {
    let (file, name) = text.split_once("::")?;
    let is_name =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_name(file) && is_name(name) && name != "test").then_some((file, name))
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The module a file holds: its own name, or its folder's.
fn module(path: &Path) -> Option<&str> {
    match path.file_stem()?.to_str()? {
        "mod" | "tests" | "retry" => path.parent()?.file_name()?.to_str(),
        name => Some(name),
    }
}

#[test]
fn every_test_that_the_page_names_exists() -> std::io::Result<()> {
    let page = fs::read_to_string(project("docs/fidelity.md"))?;
    let mut files = Vec::new();
    sources(&project("src"), &mut files)?;
    sources(&project("tests"), &mut files)?;
    let mut named = 0;
    for (file, name) in quoted(&page).filter_map(as_test) {
        let declared = format!("fn {name}(");
        let mut of_module = files.iter().filter(|path| module(path) == Some(file));
        let exists = of_module.any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&declared)));
        assert!(exists, "docs/fidelity.md names the test `{file}::{name}`, which is nowhere");
        named += 1;
    }
    assert!(named > 60, "only {named} tests were found in the page");
    Ok(())
}

#[test]
fn every_file_that_the_page_names_exists() -> std::io::Result<()> {
    let page = fs::read_to_string(project("docs/fidelity.md"))?;
    let is_path = |text: &&str| ["src/", "tests/", "examples/"].iter().any(|folder| text.starts_with(folder));
    for path in quoted(&page).filter(is_path) {
        assert!(project(path).exists(), "docs/fidelity.md names `{path}`, which is nowhere");
    }
    Ok(())
}

#[test]
fn every_cause_of_duplicates_is_on_the_page_and_in_the_guide() -> std::io::Result<()> {
    for path in ["docs/fidelity.md", "docs/guide.md"] {
        let page = fs::read_to_string(project(path))?;
        for cause in DuplicateCause::ALL {
            assert!(quoted(&page).any(|text| text == cause.name()), "{path} says nothing of `{}`", cause.name());
        }
    }
    Ok(())
}

/// The parts of the table, and the files (or modules) whose rules stand there.
const PARTS: &[(&str, &[&str])] = &[
    (
        "AWS Lambda",
        &["lambda_rules", "aws_measurements", "account", "async_queue", "token_bucket", "environments", "function"],
    ),
    ("Schedules", &["schedule", "cron_vectors", "scheduler_rules"]),
    ("Batches, listings and tables that are polled", &["batch_rules", "inbox", "custom_queue_rules"]),
    ("AWS Fargate and AWS Batch", &["fargate_rules", "batch_job_rules", "fargate", "size"]),
    ("Amazon S3", &["flows", "s3_rules", "s3_request_rules"]),
    ("Amazon SQS", &["sqs_rules", "sqs_recordings", "queue", "sqs_fifo_rules", "fifo", "deduplication", "throughput"]),
    ("The event source mapping of a queue", &["pollers", "batch", "sqs_provisioned_rules", "provisioned"]),
    ("Amazon Kinesis and its event source mapping", &["kinesis_rules", "reads", "partition"]),
    ("DynamoDB Streams", &["dynamodb_streams_rules"]),
    ("Amazon SNS", &["sns_rules", "push_delivery", "refusals"]),
    ("Amazon EventBridge", &["eventbridge_rules"]),
    ("Amazon API Gateway", &["api_gateway_rules", "api_gateway"]),
    ("Clients of AWS's SDKs", &["sdk_rules", "sdk_client", "rate_limiter"]),
    ("Amazon DynamoDB", &["dynamodb_rules", "capacity", "items", "table", "units"]),
    ("Idempotency", &["idempotency_rules", "idempotency"]),
    ("What functions call", &["downstream_rules"]),
    ("Faults", &["fault_rules"]),
    ("What functions do first, and what they keep", &["initialise_rules", "state_rules"]),
    ("Remedies", &["remedy_rules", "fault_reports"]),
    (
        "AWS Step Functions: the language",
        &[
            "states_rules",
            "states_refusals",
            "language",
            "states_conformance",
            "states_language",
            "states_machines",
            "states_properties",
        ],
    ),
    (
        "State machines, and functions that run one",
        &["step_functions_rules", "express_rules", "service", "waiting_costs", "task_draws"],
    ),
    ("State machines whose steps are events", &["choreography_rules"]),
    ("Prices", &["prices", "price_file"]),
    ("What is refused", &["bad_input"]),
];

/// A documented rule and a test that holds the simulator to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    mark: String,
    source: String,
    sentence: String,
    file: String,
    test: String,
}

/// A line `Rule [mark] SOURCE: sentence.`, without what stands before it.
fn rule(line: &str, file: &str, test: &str) -> Option<Rule> {
    let (mark, rest) = line.strip_prefix("Rule [")?.split_once("] ")?;
    let (source, sentence) = rest.split_once(": ")?;
    let texts = [mark, source, sentence, file, test].map(str::to_owned);
    let [mark, source, sentence, file, test] = texts;
    Some(Rule { mark, source, sentence, file, test })
}

/// The rules of a Rust file: each belongs to the next function.
fn rules_of_source(text: &str, file: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut waiting: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if let Some(said) = line.strip_prefix("/// ").filter(|said| said.starts_with("Rule [")) {
            waiting.push(said);
        } else if let Some((name, _)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) {
            rules.extend(waiting.drain(..).map(|said| {
                rule(said, file, name).unwrap_or_else(|| panic!("{file}::{name}: no mark, source or sentence: {said}"))
            }));
        }
    }
    assert!(waiting.is_empty(), "{file}: a rule without a test: {waiting:?}");
    rules
}

/// Every rule of the project.
fn rules() -> std::io::Result<Vec<Rule>> {
    let mut files = Vec::new();
    sources(&project("src"), &mut files)?;
    sources(&project("tests"), &mut files)?;
    files.sort();
    let mut rules = Vec::new();
    for path in files.iter().filter(|path| path.file_name().is_some_and(|name| name != "fidelity_page.rs")) {
        rules.extend(rules_of_source(&fs::read_to_string(path)?, module(path).unwrap_or_default()));
    }
    let mut fixtures: Vec<PathBuf> = fs::read_dir(project("tests/bad_input"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    fixtures.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    fixtures.sort();
    for path in fixtures {
        let text = fs::read_to_string(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let said = text.lines().next().and_then(|line| line.strip_prefix("# "));
        rules.extend(said.and_then(|said| rule(said, "bad_input", &name)));
    }
    Ok(rules)
}

/// The table, part by part; tests of one rule stand in one row.
fn table(rules: &[Rule]) -> String {
    let mut page = String::new();
    for (title, files) in PARTS {
        let mut rows: Vec<(&Rule, Vec<String>)> = Vec::new();
        for rule in rules.iter().filter(|rule| files.contains(&rule.file.as_str())) {
            let test = match rule.file.as_str() {
                "bad_input" => format!("`tests/bad_input/{}.toml`", rule.test),
                file => format!("`{file}::{}`", rule.test),
            };
            match rows.iter_mut().find(|(first, _)| first.sentence == rule.sentence) {
                Some((_, tests)) => tests.push(test),
                None => rows.push((rule, vec![test])),
            }
        }
        if rows.is_empty() {
            continue;
        }
        page.push_str(&format!(
            "\n### {title}: {} rules\n\n| Rule | Mark, source | Test |\n|---|---|---|\n",
            rows.len()
        ));
        for (rule, tests) in rows {
            let Rule { mark, source, sentence, .. } = rule;
            let sentence = sentence.trim_end_matches('.').replace('|', "\\|");
            page.push_str(&format!("| {sentence} | [{mark}] {source} | {} |\n", tests.join(", ")));
        }
    }
    page
}

#[test]
fn the_table_of_rules_is_made_from_the_tests() -> std::io::Result<()> {
    const BEGIN: &str = "<!-- rules: made from the tests, see tests/fidelity_page.rs -->\n";
    const END: &str = "<!-- end of rules -->";
    let path = project("docs/fidelity.md");
    let page = fs::read_to_string(&path)?;
    let rules = rules()?;
    for rule in &rules {
        let known = PARTS.iter().any(|(_, files)| files.contains(&rule.file.as_str()));
        assert!(known, "{}::{} names a rule, but its file stands in no part of the table", rule.file, rule.test);
        assert!(["doc", "doc*", "measured", "inferred"].contains(&rule.mark.as_str()), "{rule:?}");
    }
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    let expected = format!("{before}{BEGIN}{}\n{END}{after}", table(&rules));
    if std::env::var_os("SIMCTL_UPDATE").is_some() {
        fs::write(&path, &expected)?;
    } else {
        assert!(page == expected, "docs/fidelity.md is out of date: SIMCTL_UPDATE=1 cargo test --test fidelity_page");
    }
    let rows = table(&rules).lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Rule ")).count();
    assert!(rows >= 120, "only {rows} rules");
    Ok(())
}
