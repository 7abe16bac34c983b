//! `report.html` in a browser: no errors, no layout wider than the page, and the basics of accessibility, on a telephone
//! and on a desk; and on paper.
//!
//! A headless Chromium looks (Debian's `chromium`); where there is none, the tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use simctl::experiment::{self, Options, Results};
use simctl::pricing::PriceBook;
use simctl::{report, scenario};
use tempfile::TempDir;

/// Three designs, one of them a fan-out, with a name that wants to be more than text.
const SCENARIO: &str = r#"
name = "page"
summary = "Orders into two ledgers: <b>batch</b> & \"events\", or one invocation for each"
[run]
duration = "2h"
replications = 3
seed = 7
[[arrivals]]
name = "orders"
process = "poisson"
rate = "2/s"
[functions.post]
memory = "512MB"
service-time = { lognormal = { median = "180ms", p99 = "1.2s" } }
[functions.post.failures]
error = 0.01
after-effect = 0.5
[functions.audit]
service-time = "90ms"
[[strategy]]
name = "every ten minutes, a name that is longer than any column is wide"
flow = "schedule -> post"
[strategy.schedule]
expression = "rate(10 minutes)"
[[strategy]]
name = "<script>alert('x')</script>"
flow = "events -> post"
[[strategy]]
name = "two queues"
flow = "sns -> [sqs:billing -> post, sqs:audits -> audit]"
[[objective]]
metric = "latency_p99"
below = "60s"
[[objective]]
metric = "duplicates"
at-most = 10
"#;

const PROBE: &str = include_str!("report_page/probe.js");

fn results() -> Results {
    let scenario = scenario::load_text("page.toml", SCENARIO, Path::new(""), &[]);
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    experiment::run(&scenario, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The report's page in a folder of its own.
fn page(folder: &TempDir) -> String {
    let written = report::files::write(&results(), folder.path()).unwrap_or_else(|error| panic!("{error}"));
    fs::read_to_string(written.join("report.html")).expect("a page")
}

/// A Chromium of this machine.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: no chromium on this machine (Debian: apt-get install chromium)");
    }
    found
}

/// Runs it without a window on a page in the folder, and gives what it printed on both streams.
fn look(chromium: &Path, folder: &Path, page: &str, arguments: &[&str]) -> (String, String) {
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"])
        .args(["--virtual-time-budget=20000", "--disable-dev-shm-usage"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .expect("chromium starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// The page around the page: frames of the widths to look at, and what their probes say.
fn around(widths: &[u32]) -> String {
    let frame = |width: &u32| format!("<iframe src=\"probed.html\" width=\"{width}\" height=\"900\"></iframe>");
    let frames: String = widths.iter().map(frame).collect();
    format!(
        "<!DOCTYPE html><title>around</title><pre id=\"said\"></pre><script>\
         addEventListener('message', (event) => {{ document.getElementById('said').textContent += event.data + '\\n'; }});\
         </script>{frames}"
    )
}

#[test]
fn the_page_is_whole_on_a_telephone_and_on_a_desk() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(&folder);
    let probed = page.replacen("<head>", &format!("<head><script>{PROBE}</script>"), 1);
    assert_ne!(page, probed);
    fs::write(folder.path().join("probed.html"), probed).expect("written");
    fs::write(folder.path().join("around.html"), around(&[375, 1440])).expect("written");
    let (dom, errors) = look(&chromium, folder.path(), "around.html", &["--dump-dom", "--window-size=1900,1000"]);
    let said = dom.split_once("<pre id=\"said\">").and_then(|(_, rest)| rest.split_once("</pre>")).expect("said").0;
    let mut widths = Vec::new();
    for line in said.lines().filter(|line| !line.is_empty()) {
        let line = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        widths.push(value["width"].as_u64().expect("a width"));
        let complaints: Vec<_> = value["complaints"].as_array().expect("a list").iter().collect();
        assert!(complaints.is_empty(), "at {} px: {complaints:#?}", value["width"]);
    }
    widths.sort_unstable();
    assert_eq!(widths, [375, 1440], "both frames answered: {dom}");
    let console: Vec<_> = errors.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{console:#?}");
}

#[test]
fn the_page_says_all_of_it_without_its_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(&folder);
    for part in
        ["The answer", "two queues", "billing", "Amazon SNS topic", "What was assumed", "[doc]", "simctl run page.toml"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script>alert"), "a name is text");
}

#[test]
fn the_page_can_be_put_on_paper_and_on_a_picture() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("page.html"), page(&folder)).expect("written");
    let made = |name: &str, option: &str, arguments: &[&str]| {
        let file = folder.path().join(name);
        let option = format!("{option}={}", file.display());
        look(&chromium, folder.path(), "page.html", &[&[option.as_str()], arguments].concat());
        fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let paper = made("page.pdf", "--print-to-pdf", &["--no-pdf-header-footer"]);
    assert!(paper.starts_with(b"%PDF") && paper.len() > 20_000, "{} bytes", paper.len());
    for width in ["375", "1440"] {
        let picture = made("page.png", "--screenshot", &[&format!("--window-size={width},2000")]);
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{width}: {} bytes", picture.len());
    }
}
