//! Prices of one's own and the free tier, from the file to the report, with the arithmetic by hand.

mod program;

use std::fs;
use std::path::Path;

use program::ended;

/// A thousand invocations of 100 ms at 1,024 MB in a day: 1,000 requests and 100 GB-s.
const DAY: &str = r#"
name = "day"
[run]
duration = "1d"
replications = 1
[[arrivals]]
name = "items"
process = "deterministic"
interval = "86400ms"
[functions.post]
memory = "1024MB"
service-time = "100ms"
cold-start = { init = "0s", unlogged = "0s" }
[functions.post.async]
duplicate-probability = 0.0
[[strategy]]
name = "per event"
flow = "events -> post"
"#;

struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("day.toml"), DAY).expect("written");
        Self { folder }
    }

    fn simctl(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        ended(self.folder.path(), arguments)
    }

    fn document(&self, options: &[&str]) -> serde_json::Value {
        let arguments: Vec<_> = ["run", "day.toml", "--format", "json"].iter().chain(options).copied().collect();
        let (code, out, err) = self.simctl(&arguments);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).expect("json")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(Path::new(self.folder.path()).join(name), text).expect("written");
    }
}

fn cost(document: &serde_json::Value, scope: &str, metric: &str) -> f64 {
    let figures = document["strategies"][0]["figures"].as_array().expect("figures");
    let found = figures.iter().find(|figure| figure["scope"] == scope && figure["metric"] == metric);
    found.map_or(0.0, |figure| figure["estimate"]["mean"].as_f64().expect("a number"))
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-9 * expected.abs().max(1e-6), "{value} is not {expected}");
}

#[test]
fn a_row_of_a_price_file_makes_the_bill_and_is_kept_with_the_results() {
    let run = Run::new();
    let embedded = run.document(&[]);
    // 1,000 requests at 0.20 a million, and 1,000 × 0.1 s × 1 GB at 0.0000166667.
    near(cost(&embedded, "lambda_requests", "cost_usd"), 0.0002);
    near(cost(&embedded, "lambda_x86_mb_ms", "cost_usd"), 0.00166667);
    near(cost(&embedded, "lambda", "cost_usd"), 0.00186667);
    near(cost(&embedded, "lambda", "cost_usd_per_million"), 1.86667);
    near(cost(&embedded, "", "cost_usd"), 0.00186667);
    assert_eq!(embedded["prices"]["changed"], serde_json::json!([]));
    run.write(
        "mine.toml",
        "region = \"eu-central-1\"\nwritten = \"2026-12-01\"\n[[price]]\nitem = \"lambda_requests\"\nprice = \"2\"\n\
         source = \"our contract\"\n",
    );
    let own = run.document(&["--prices", "mine.toml"]);
    near(cost(&own, "lambda_requests", "cost_usd"), 0.002);
    near(cost(&own, "lambda_x86_mb_ms", "cost_usd"), 0.00166667);
    assert_eq!(own["fingerprint"], embedded["fingerprint"], "prices change money and nothing else");
    let row = serde_json::json!({
        "item": "lambda_requests", "unit": "1 M requests", "counts": 1_000_000, "price": "2.00", "tiers": [],
        "region": "eu-central-1", "source": "our contract", "date": "2026-12-01", "mark": "own",
    });
    assert_eq!(own["prices"]["changed"], serde_json::json!([row]));
    assert_eq!(own["prices"]["region"], "eu-central-1");
    let (_, screen, _) = run.simctl(&["run", "day.toml", "--prices", "mine.toml"]);
    let line = "prices of eu-central-1, 2026-12-01: 1 line of the bill is not as embedded";
    assert!(screen.contains(line), "{screen}");
}

#[test]
fn the_printed_book_changes_nothing() {
    let run = Run::new();
    let (code, book, _) = run.simctl(&["prices"]);
    assert_eq!(code, Some(0));
    run.write("whole.toml", &book);
    assert_eq!(run.document(&["--prices", "whole.toml"]), run.document(&[]));
    let (_, again, _) = run.simctl(&["prices", "whole.toml"]);
    assert_eq!(again, book);
}

/// Rule [doc] P-list: a day has a thirtieth of the month's free requests and GB-seconds.
#[test]
fn a_day_has_a_thirtieth_of_the_free_month() {
    let run = Run::new();
    // Thousand times as many items: 1 M requests, of which 33,333 are free; 100,000 GB-s, of which 13,333.33 are.
    let load = ["--set", "run.load=1000"];
    let charged = run.document(&load);
    near(cost(&charged, "", "cost_usd"), 0.2 + 100_000.0 * 0.000_016_666_7);
    let granted = run.document(&[load[0], load[1], "--free-tier"]);
    near(cost(&granted, "lambda_requests", "cost_usd"), (1_000_000.0 - 33_333.0) * 0.2e-6);
    // 400,000 × 1,024,000 / 30 MB-ms, down to a whole one.
    near(cost(&granted, "lambda_x86_mb_ms", "cost_usd"), (100_000.0 - 400_000.0 / 30.0) * 0.000_016_666_7);
    assert_eq!(granted["prices"]["free_tier"], true);
    assert_eq!(granted["understood"]["prices"]["free-tier"], "granted");
    let by_key = run.document(&[load[0], load[1], "--set", "prices.free-tier=granted"]);
    assert_eq!(by_key, granted);
}

#[test]
fn faults_of_a_price_file_end_with_two_and_name_the_place() {
    let run = Run::new();
    run.write("bad.toml", "[[price]]\nitem = \"lambda_request\"\nprice = \"2\"\n");
    let (code, out, err) = run.simctl(&["run", "day.toml", "--prices", "bad.toml"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for said in ["bad.toml:2:8", "no line of the bill is named \"lambda_request\"", "did you mean `lambda_requests`?"] {
        assert!(err.contains(said), "{err}");
    }
    run.write("large.toml", &"#".repeat(1_048_577));
    for file in ["large.toml", "absent.toml", "."] {
        let (code, _, err) = run.simctl(&["run", "day.toml", "--prices", file]);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.starts_with("error: ") && !err.contains("internal"), "{err}");
    }
    let (code, _, err) = run.simctl(&["run", "day.toml", "--set", "prices.free-tier=grated"]);
    assert!(code == Some(2) && err.contains("did you mean `granted`?"), "{err}");
}

#[test]
fn compare_and_limit_take_the_same_prices() {
    let run = Run::new();
    // A request at ten times its price; everything else of the bill as embedded.
    run.write("mine.toml", "[[price]]\nitem = \"lambda_requests\"\nprice = \"2.00\"\n");
    run.write("twice.toml", &DAY.replace("1024MB", "2048MB"));
    let of = |options: &[&str]| {
        let arguments = [&["compare", "day.toml", "twice.toml", "--format", "json"], options].concat();
        let (code, out, err) = run.simctl(&arguments);
        assert_eq!(code, Some(0), "{err}");
        let document: serde_json::Value = serde_json::from_str(&out).expect("json");
        document.to_string()
    };
    assert_ne!(of(&[]), of(&["--prices", "mine.toml"]));
    // A thousand requests cost 0.0002 dollars as embedded and 0.002 at ten times the price, and 100 GB-s 0.0017 dollars: a
    // day costs 0.0019 or 0.0037, and the bound of 0.0054 dollars is reached at 2.8 or 1.5 times the load.
    let limit = |options: &[&str]| {
        let question =
            ["limit", "day.toml", "--vary", "run.load=1..8", "--until", "cost_usd > 0.0054", "--replications", "2"];
        let (code, out, err) = run.simctl(&[&question, options].concat());
        assert_eq!(code, Some(0), "{err}");
        out
    };
    let (embedded, mine) = (limit(&[]), limit(&["--prices", "mine.toml"]));
    assert!(embedded.contains("at run.load = 2.8") && mine.contains("at run.load = 1.4"), "{embedded}{mine}");
    let (code, _, err) =
        run.simctl(&["limit", "day.toml", "--vary", "run.load=1..8", "--until", "lost > 0", "--prices", "no"]);
    assert!(code == Some(2) && err.contains("no cannot be read"), "{err}");
    run.simctl(&["run", "day.toml"]);
    let earlier = "reports/day/run.json";
    let (code, _, err) = run.simctl(&["compare", earlier, earlier, "--prices", "mine.toml"]);
    assert!(code == Some(2) && err.contains("--prices changes nothing"), "{err}");
}

/// A thousand requests cost 0.0002 dollars as embedded and 0.002 at ten times the price, and 100 GB-s 0.0017 dollars.
#[test]
fn a_sweep_keeps_its_prices_on_every_machine() {
    let run = Run::new();
    run.write("mine.toml", "[[price]]\nitem = \"lambda_requests\"\nprice = \"2.00\"\n");
    let read = |file: &str| fs::read_to_string(run.folder.path().join(file)).expect(file);
    let done = |arguments: &[&str]| {
        let (code, out, err) = run.simctl(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {err}");
        out
    };
    let sweep = ["sweep", "day.toml", "--vary", "run.seed=1,2", "--prices", "mine.toml"];
    done(&sweep);
    let here = [read("reports/day-sweep/sweep.csv"), read("reports/day-sweep/sweep.json")];
    let costs: Vec<f64> = here[0]
        .lines()
        .filter(|row| row.contains(",per event,,cost_usd,"))
        .filter_map(|row| row.split(',').nth(6)?.parse().ok())
        .collect();
    assert_eq!(costs.len(), 2, "{}", here[0]);
    costs.iter().for_each(|&cost| near(cost, 0.00366667));
    let document: serde_json::Value = serde_json::from_str(&here[1]).expect("json");
    assert_eq!(document["prices"]["changed"][0]["item"], "lambda_requests");

    // Another machine has the manifest alone.
    let manifest = done(&["sweep", "plan", "day.toml", "--vary", "run.seed=1,2", "--prices", "mine.toml"]);
    run.write("manifest.json", &manifest);
    fs::remove_file(run.folder.path().join("mine.toml")).expect("removed");
    done(&["sweep", "run", "manifest.json", "--shard", "1/1", "--parts", "parts", "-q"]);
    done(&["sweep", "merge", "manifest.json", "--parts", "parts", "--out", "merged"]);
    assert_eq!([read("merged/day-sweep/sweep.csv"), read("merged/day-sweep/sweep.json")], here);

    // Parts of the embedded prices are of another sweep, and so is a manifest whose prices were changed.
    let plain = done(&["sweep", "plan", "day.toml", "--vary", "run.seed=1,2"]);
    assert!(!plain.contains("\"prices\""), "the embedded prices need no mention");
    run.write("plain.json", &plain);
    let (code, _, err) = run.simctl(&["sweep", "merge", "plain.json", "--parts", "parts"]);
    assert!(code == Some(2) && err.contains("is of another sweep"), "{err}");
    run.write("changed.json", &manifest.replace("price = \\\"2.00\\\"", "price = \\\"3.00\\\""));
    let (code, _, err) = run.simctl(&["sweep", "run", "changed.json", "--shard", "1/1"]);
    assert!(code == Some(2) && err.contains("does not say what it said"), "{err}");
}

#[test]
fn a_recommendation_takes_the_same_prices() {
    let run = Run::new();
    run.write("mine.toml", "[[price]]\nitem = \"lambda_requests\"\nprice = \"2.00\"\n");
    let of = |options: &[&str]| -> serde_json::Value {
        let question = ["recommend", "day.toml", "--vary", "functions.post.memory=512MB,1024MB"];
        let more = ["--meet", "latency_p99 < 10s", "--replications", "2", "--format", "json"];
        let (code, out, err) = run.simctl(&[&question[..], &more, options].concat());
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).expect("json")
    };
    // A million requests cost 0.20 or 2.00 dollars, and as many times 0.1 s at 512 MB 0.833335.
    for (options, expected) in [(&[][..], 1.033335), (&["--prices", "mine.toml"], 2.833335)] {
        let document = of(options);
        let best = document["best"].as_u64().expect("an index") as usize;
        let setting = &document["settings"][best];
        assert_eq!(setting["values"], serde_json::json!(["512MB"]));
        near(setting["cost"]["mean"].as_f64().expect("a number"), expected);
    }
}
