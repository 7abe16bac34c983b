//! Scenarios as a whole: what loads, what is understood, and what overrides change.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use simctl::arrivals::settings::{KeySettings, MmppState, ProcessSettings, RateProfile, TraceFormat};
use simctl::kernel::{Span, Time};
use simctl::model::design::{Design, NodeKind, PolledQueue};
use simctl::scenario::{self, Diagnostics, Override, Scenario, Side};
use simctl::services::event_source_mapping::settings::MappingSettings;
use simctl::services::lambda::settings::{FunctionSettings, LambdaSettings, Platform};

fn load_with(text: &str, overrides: &[&str]) -> Result<Scenario, Diagnostics> {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    scenario::load_text("test.toml", text, Path::new(env!("CARGO_MANIFEST_DIR")), &overrides)
}

fn starter_with(overrides: &[&str]) -> Scenario {
    load_with(scenario::starter(), overrides).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Every refusal has a reason, and the reason is not a fault of the program.
fn assert_explained(outcome: &Result<Scenario, Diagnostics>) {
    if let Err(diagnostics) = outcome {
        assert!(!diagnostics.is_empty(), "refused without a reason");
        let text = diagnostics.to_string();
        assert!(!text.contains("a fault of simctl"), "{text}");
    }
}

/// A scenario with these arrivals.
fn with_arrivals(process: &str) -> Scenario {
    let text = format!(
        "name = \"test\"\n[run]\nduration = \"2d\"\n[[arrivals]]\nname = \"one\"\n{process}\n\
         [functions.post]\nservice-time = \"1s\"\n[[strategy]]\nname = \"per event\"\nflow = \"events -> post\"\n"
    );
    load_with(&text, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

fn function<'a>(design: &'a Design, label: &str) -> &'a FunctionSettings {
    let node = design.nodes.iter().find(|node| node.label == label).unwrap();
    let NodeKind::Function(function) = &node.kind else { panic!("{label} is no function") };
    function
}

fn lambda(function: &FunctionSettings) -> &LambdaSettings {
    let Platform::Lambda(lambda) = &function.platform else { panic!("{} is no lambda", function.name) };
    lambda
}

/// Compares a committed file with what the program writes. `SIMCTL_UPDATE=1` writes it.
fn assert_committed(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("SIMCTL_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == expected, "{} is stale: run the test with SIMCTL_UPDATE=1", path.display());
}

#[test]
fn the_committed_schema_is_the_programs() {
    let schema = serde_json::to_string_pretty(&scenario::schema()).unwrap();
    assert_committed("schema/scenario.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_committed_reference_is_the_programs() {
    assert_committed("docs/scenario-reference.md", &scenario::reference());
}

#[test]
fn every_reference_in_the_schema_leads_to_a_definition() {
    let schema = scenario::schema();
    let text = schema.to_string();
    let references: Vec<&str> = text.split("\"$ref\":\"#/definitions/").skip(1).collect();
    assert!(references.len() > 20);
    for reference in references {
        let name = reference.split('"').next().unwrap().replace("%20", " ");
        assert!(schema["definitions"][&name].is_object(), "{name}");
    }
}

#[test]
fn lambda_defaults_are_awss() {
    let scenario = starter_with(&[]);
    let function = function(&scenario.designs[1], "handle");
    let lambda = lambda(function);
    assert_eq!((lambda.memory_mb, lambda.timeout), (512, Span::from_secs(900)));
    assert_eq!((lambda.reserved, lambda.provisioned), (None, 0));
    assert_eq!(lambda.asynchronous.max_retries, 2);
    assert_eq!(lambda.asynchronous.max_event_age, Span::from_secs(21_600));
    assert_eq!(lambda.environments.max_life, Span::from_secs(7_200));
    assert_eq!(function.measured_speed, 512.0 / 1_769.0);
    assert_eq!(scenario.designs[1].account.concurrency, 1_000);
    assert_eq!(scenario.designs[1].account.scaling_burst, 1_000);
    assert_eq!(scenario.designs[1].account.scaling_period, Span::from_secs(10));
    // The 99th percentile of the log-normal with median 10 ms and p99 75 ms is 75 ms.
    assert!((lambda.environments.warm_dispatch.quantile(0.99) - 0.075).abs() < 1e-9);
}

#[test]
fn a_schedule_fires_to_the_end_of_the_drain() {
    let scenario = starter_with(&["run.drain=6h"]);
    let NodeKind::Schedule(batch) = &scenario.designs[0].nodes[0].kind else { panic!("no schedule") };
    let hour = 3_600_000_000_000;
    assert_eq!(batch.ticks.first(), Some(&Time::from_nanos(0)));
    assert_eq!(batch.ticks.last(), Some(&Time::from_nanos(29 * hour)));
    assert_eq!(batch.ticks.len(), 30);
    assert_eq!(scenario.designs[0].flow, "schedule -> handle");
}

#[test]
fn overrides_change_single_values() {
    let scenario = starter_with(&[
        "strategy.\"hourly batch\".schedule.expression=rate(30 minutes)",
        "functions.handle.memory=1024MB",
        "run.load=2",
        "strategy.\"per event\".account.concurrency=500",
        "baseline=per event",
        "arrivals.orders.keys={ zipf = 1.1, count = 4000 }",
    ]);
    let NodeKind::Schedule(batch) = &scenario.designs[0].nodes[0].kind else { panic!("no schedule") };
    assert_eq!(batch.ticks.len(), 60);
    assert_eq!(lambda(function(&scenario.designs[0], "handle")).memory_mb, 1_024);
    assert_eq!((scenario.run.load, scenario.baseline), (2.0, 1));
    assert_eq!(scenario.designs[0].account.concurrency, 1_000);
    assert_eq!(scenario.designs[1].account.concurrency, 500);
    assert_eq!(scenario.streams[0].keys, KeySettings::Zipf { exponent: 1.1, count: 4_000 });
}

#[test]
fn a_strategy_overrides_a_function_key_by_key() {
    let scenario = starter_with(&[
        "functions.handle.failures.crash=0.25",
        "strategy.\"per event\".handle.memory=2GB",
        "strategy.\"per event\".handle.failures.poison=0.5",
    ]);
    let (base, over) = (function(&scenario.designs[0], "handle"), function(&scenario.designs[1], "handle"));
    assert_eq!((lambda(base).memory_mb, lambda(over).memory_mb), (512, 2_048));
    // The service time was measured at the memory of `[functions.handle]`.
    assert_eq!((base.measured_speed, over.measured_speed), (512.0 / 1_769.0, 512.0 / 1_769.0));
    assert_eq!((over.failures.crash, over.failures.poison), (0.25, 0.5));
    assert_eq!((base.failures.crash, base.failures.poison), (0.25, 0.0));
}

#[test]
fn objectives_are_held_against_strategies_in_the_metrics_unit() {
    let scenario = starter_with(&[]);
    let objective = &scenario.objectives[0];
    assert_eq!(objective.text, "latency_p99 below 60s");
    assert_eq!((objective.bound, objective.side), (60.0, Side::Below));
    assert_eq!(objective.strategies, [1]);
    assert_eq!(objective.metric.name, "latency_p99");
}

#[test]
fn a_bound_may_itself_be_allowed() {
    let objective = |bound: &str| {
        let set = format!("objective=[{{ metric = \"lost\", {bound} }}]");
        starter_with(&[&set]).objectives.remove(0)
    };
    let (at_most, at_least) = (objective("at-most = 0"), objective("at-least = 2"));
    assert_eq!((at_most.text.as_str(), at_most.side), ("lost at most 0", Side::AtMost));
    assert_eq!((at_least.text.as_str(), at_least.side), ("lost at least 2", Side::AtLeast));
    assert!(Side::AtMost.holds(0.0, 0.0) && !Side::AtMost.holds(0.6, 0.0) && !Side::Below.holds(1.0, 1.0));
    assert!(Side::AtLeast.holds(2.0, 2.0) && !Side::AtLeast.holds(1.9, 2.0) && !Side::Above.holds(2.0, 2.0));
}

#[test]
fn every_process_is_read() {
    let process = |text: &str| with_arrivals(text).streams.remove(0).process;
    assert_eq!(
        process("process = \"deterministic\"\ninterval = \"2s\""),
        ProcessSettings::Deterministic { interval: Span::from_secs(2), offset: Span::ZERO }
    );
    assert_eq!(
        process("process = \"poisson\"\nrate = \"120/min\""),
        ProcessSettings::Poisson(RateProfile::Constant(2.0))
    );
    assert_eq!(
        process("process = \"poisson\"\nrate = { mean = \"24/s\", peak = \"40/s\", peak-at = \"12:30\" }"),
        ProcessSettings::Poisson(RateProfile::Daily { mean: 24.0, peak: 40.0, peak_at: Span::from_secs(45_000) })
    );
    let hourly =
        process(&format!("process = \"poisson\"\nrate = {{ hourly = [{}], per = \"h\" }}", ["7200"; 168].join(", ")));
    let week = Span::from_secs(7 * 86_400);
    assert_eq!(hourly, ProcessSettings::Poisson(RateProfile::Steps { rates: vec![2.0; 168], period: week }));
    assert_eq!(
        process(
            "process = \"mmpp\"\non = { rate = \"10/s\", mean-stay = \"1m\" }\noff = { rate = \"0/s\", mean-stay = \"9m\" }"
        ),
        ProcessSettings::Mmpp(vec![
            MmppState { rate: 10.0, mean_stay: Span::from_secs(60) },
            MmppState { rate: 0.0, mean_stay: Span::from_secs(540) },
        ])
    );
    assert!(matches!(process("process = \"renewal\"\ngap = { erlang = { stages = 4, mean = \"2s\" } }"),
        ProcessSettings::Renewal { gap } if (gap.mean() - 2.0).abs() < 1e-9));
    assert!(matches!(process("process = \"bursts\"\nbursts = [{ items = 30000, at = \"02:00\", within = \"5m\" }]"),
        ProcessSettings::Bursts(bursts) if bursts[0].items == 30_000 && bursts[0].within == Span::from_secs(300)));
}

#[test]
fn a_trace_is_found_beside_the_scenario() {
    let scenario = with_arrivals(
        "process = \"trace\"\npath = \"tests/bad_input/files/samples.csv\"\ntime = \"seconds\"\nunit = \"ms\"",
    );
    let ProcessSettings::Trace(trace) = &scenario.streams[0].process else { panic!("no trace") };
    assert!(trace.path.is_file());
    assert!(matches!(&trace.format, TraceFormat::Timestamps { time, .. } if time == "seconds"));
}

#[test]
fn every_family_of_distributions_is_read() {
    for (text, mean) in [
        ("\"250ms\"", 0.25),
        ("{ exponential = \"2s\" }", 2.0),
        ("{ exponential = { mean = \"2s\" } }", 2.0),
        ("{ lognormal = { mean = \"2s\", cv = 1.5 } }", 2.0),
        ("{ gamma = { shape = 4, scale = \"500ms\" } }", 2.0),
        ("{ gamma = { mean = \"2s\", cv = 0.5 } }", 2.0),
        ("{ erlang = { stages = 3, mean = \"3s\" } }", 3.0),
        ("{ uniform = { low = \"1s\", high = \"3s\" } }", 2.0),
        ("{ weibull = { mean = \"2s\", cv = 0.7 } }", 2.0),
        ("{ weibull = { shape = 1, scale = \"2s\" } }", 2.0),
        ("{ triangular = { low = \"1s\", mode = \"2s\", high = \"3s\" } }", 2.0),
        ("{ hyperexponential = { mean = \"2s\", cv = 2 } }", 2.0),
        ("{ hyperexponential = { branches = [{ weight = 1, mean = \"1s\" }, { weight = 3, mean = \"5s\" }] } }", 4.0),
        ("{ percentiles = { p0 = \"1s\", p100 = \"3s\" } }", 2.0),
        ("{ samples = \"tests/bad_input/files/samples.csv\" }", 0.15),
        ("{ samples = { file = \"tests/bad_input/files/samples.csv\", column = \"seconds\", scale = 10 } }", 1.5),
        ("{ mixture = [{ weight = 1, of = \"1s\" }, { weight = 1, of = { exponential = \"3s\" } }] }", 2.0),
        ("{ shifted = { by = \"1s\", of = { exponential = \"3s\" } } }", 4.0),
    ] {
        let scenario = starter_with(&[&format!("functions.handle.service-time={text}")]);
        let found = function(&scenario.designs[0], "handle").service_time.mean();
        assert!((found - mean).abs() < 1e-6, "{text} has a mean of {found}");
    }
    let scenario = starter_with(&["functions.handle.service-time={ lognormal = { median = \"1s\", p99 = \"4s\" } }"]);
    let service_time = &function(&scenario.designs[0], "handle").service_time;
    assert!((service_time.quantile(0.5) - 1.0).abs() < 1e-9 && (service_time.quantile(0.99) - 4.0).abs() < 1e-6);
    starter_with(&["functions.handle.service-time={ pareto = { shape = 1.5, low = \"1s\", high = \"60s\" } }"]);
    starter_with(&["functions.handle.service-time={ lognormal = { mu = 0.1, sigma = 0.5 } }"]);
}

/// The defaults of a queue are AWS's; what is set is set on the queue of that label.
#[test]
fn a_queue_and_its_mapping_are_read() {
    let text = "name = \"queues\"\n[run]\nduration = \"1h\"\n[[arrivals]]\nname = \"orders\"\n\
        process = \"poisson\"\nrate = \"1/s\"\n[functions.bill]\nservice-time = \"1s\"\n\
        [functions.audit]\nservice-time = \"1s\"\n[[strategy]]\nname = \"fan-out\"\n\
        flow = \"events -> [sqs:billing -> bill, sqs:audits -> audit]\"\n\
        [strategy.audits]\nvisibility-timeout = \"12h\"\nretention = \"14d\"\ndelay = \"15m\"\n\
        max-receive-count = 5\nbatch-size = 10000\nwindow = \"5m\"\nmaximum-concurrency = 2\n\
        partial-batch-response = \"report-batch-item-failures\"\nmessage-size = \"64KB\"\n";
    let scenario = load_with(text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let queues: Vec<_> = scenario.designs[0]
        .nodes
        .iter()
        .filter_map(|node| if let NodeKind::Sqs(queue) = &node.kind { Some((&*node.label, queue)) } else { None })
        .collect();
    let [("billing", plain), ("audits", set)] = &queues[..] else { panic!("{queues:?}") };
    let secs = Span::from_secs;
    let times = |queue: &PolledQueue| (queue.queue.visibility_timeout, queue.queue.retention, queue.queue.delay);
    assert_eq!(times(plain), (secs(30), secs(4 * 86_400), secs(0)));
    assert_eq!(times(set), (secs(43_200), secs(14 * 86_400), secs(900)));
    assert_eq!((plain.queue.max_receive_count, plain.queue.message_bytes), (None, 1_024));
    assert_eq!((set.queue.max_receive_count, set.queue.message_bytes), (Some(5), 65_536));
    let mapping = |batch_size, window, maximum_concurrency, report_batch_item_failures| MappingSettings {
        batch_size,
        window: secs(window),
        maximum_concurrency,
        provisioned: None,
        report_batch_item_failures,
    };
    assert_eq!(plain.mapping, mapping(10, 0, None, false));
    assert_eq!(set.mapping, mapping(10_000, 300, Some(2), true));
}

#[test]
fn the_textbook_is_a_scenario_too() {
    let text = "name = \"mm2\"\n[run]\nduration = \"1d\"\nwarm-up = \"1h\"\n[[arrivals]]\nname = \"jobs\"\n\
        process = \"poisson\"\nrate = \"1/s\"\n[functions.server]\nplatform = \"ideal\"\nconcurrency = 2\n\
        service-time = { exponential = \"1s\" }\n[functions.second]\nplatform = \"ideal\"\n\
        concurrency = \"unlimited\"\nservice-time = \"1s\"\n[[strategy]]\nname = \"tandem\"\n\
        flow = \"queue:one -> server -> queue:two -> second\"\n[strategy.one]\ncapacity = 0\n";
    let scenario = load_with(text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let design = &scenario.designs[0];
    assert!(matches!(design.nodes[0].kind, NodeKind::Queue(queue) if queue.capacity == Some(0)));
    assert!(matches!(design.nodes[2].kind, NodeKind::Queue(queue) if queue.capacity.is_none()));
    assert_eq!(function(design, "server").platform, Platform::Ideal { servers: Some(2) });
    assert_eq!(function(design, "second").platform, Platform::Ideal { servers: None });
}

#[test]
fn a_design_that_cannot_keep_up_is_cut_off_and_says_so() {
    assert!(starter_with(&[]).notes.is_empty());
    // 2 items a second at a mean of 2 s keep 4 busy; the batch takes its items in runs of its own.
    let notes = starter_with(&["functions.handle.service-time=2s", "functions.handle.reserved-concurrency=4"]).notes;
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("\"per event\"") && notes[0].contains("keep 4.0 busy"), "{}", notes[0]);
    assert!(notes[0].contains("6h later is cut off"), "{}", notes[0]);
    let enough = starter_with(&["functions.handle.service-time=2s", "functions.handle.reserved-concurrency=5"]).notes;
    assert!(enough.is_empty());
}

#[test]
fn numbers_with_underscores_have_units_too() {
    let scenario = starter_with(&["functions.handle.max-life=1_000ms", "functions.handle.memory=1_024MB"]);
    let lambda = lambda(function(&scenario.designs[0], "handle"));
    assert_eq!((lambda.environments.max_life, lambda.memory_mb), (Span::from_secs(1), 1_024));
}

#[test]
fn an_override_onto_another_platform_shows_its_defaults() {
    let text = "name = \"moved\"\n[run]\nduration = \"1h\"\n[[arrivals]]\nname = \"jobs\"\nprocess = \"poisson\"\n\
        rate = \"1/s\"\n[functions.f]\nplatform = \"ideal\"\nconcurrency = 2\nservice-time = \"1s\"\n\
        [[strategy]]\nname = \"textbook\"\nflow = \"queue -> f\"\n\
        [[strategy]]\nname = \"moved\"\nflow = \"events -> f\"\n[strategy.f]\nplatform = \"lambda\"\ntimeout = \"9s\"\n";
    let scenario = load_with(text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let moved = &scenario.understood["strategy"][1]["f"];
    assert_eq!((moved["memory"].as_str(), moved["timeout"].as_str()), (Some("128MB"), Some("9s")));
    assert_eq!((moved["service-time"].as_str(), moved.get("concurrency")), (Some("1s"), None));
    let explained = scenario::explain(&scenario);
    let section = explained.split("[strategy.f]").nth(1).expect("a section of the override");
    assert!(section.contains("[doc] AWS Lambda guide, configuration-memory"), "{explained}");
    let again = load_with(&explained, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((&again.understood, &again.designs), (&scenario.understood, &scenario.designs));
}

#[test]
fn a_function_in_no_flow_is_noted() {
    let text = format!("{}\n[functions.spare]\nservice-time = \"1s\"\n", scenario::starter());
    let scenario = load_with(&text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let explained = scenario::explain(&scenario);
    assert!(explained.starts_with("# note: no flow uses the function `spare`\n"), "{explained}");
    assert!(!scenario::explain(&starter_with(&[])).contains("no flow uses"));
}

#[test]
fn understood_holds_every_default() {
    let scenario = starter_with(&[]);
    let understood = &scenario.understood;
    assert_eq!(understood["run"]["warm-up"], "0s");
    assert_eq!(understood["functions"]["handle"]["async"]["retries"], 2);
    assert_eq!(understood["functions"]["handle"]["reserved-concurrency"], serde_json::Value::Null);
    assert_eq!(understood["strategy"][0]["schedule"]["page-size"], 1_000);
    assert_eq!(understood["baseline"], "hourly batch");
    let explained = scenario::explain(&scenario);
    assert!(explained.contains("max-event-age = \"6h\""), "{explained}");
    assert!(explained.contains("[doc] AWS Lambda guide, invocation-async-configuring"), "{explained}");
}

#[test]
fn what_is_explained_is_kept() {
    insta::assert_snapshot!(scenario::explain(&starter_with(&[])));
}

#[test]
fn deleting_any_line_never_panics() {
    let lines: Vec<&str> = scenario::starter().lines().collect();
    for removed in 0..lines.len() {
        let text: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != removed).map(|(_, line)| *line).collect();
        assert_explained(&load_with(&text.join("\n"), &[]));
    }
}

#[test]
fn a_file_of_the_largest_size_full_of_faults_is_refused_in_bounded_text() {
    let fill = |line: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        let mut number = 0;
        while text.len() < 1_000_000 {
            text.push_str(&line(number));
            number += 1;
        }
        text
    };
    for text in [
        fill(&|number| format!("a{number} = 1\n")),
        fill(&|number| format!("[functions.f{number}]\nservice-time = \"1s\"\n")),
        fill(&|_| "[[strategy]]\nflow = \"->\"\n".to_owned()),
        fill(&|_| "[[arrivals]]\n".to_owned()),
        fill(&|_| "= 1\n".to_owned()),
        format!("flow = \"{}\"", fill(&|_| "s3 -> [".to_owned())),
        fill(&|_| "\u{0}".to_owned()),
    ] {
        let diagnostics = load_with(&text, &[]).unwrap_err();
        assert!(diagnostics.to_string().len() < 200_000);
    }
}

/// Keys that exist, at every depth.
const KEYS: [&str; 34] = [
    "run.duration",
    "run.drain",
    "run.warm-up",
    "run.load",
    "run.seed",
    "run.start",
    "baseline",
    "arrivals.orders.process",
    "arrivals.orders.rate",
    "arrivals.orders.gap",
    "arrivals.orders.interval",
    "arrivals.orders.keys",
    "arrivals.orders.size",
    "arrivals.orders.sent-twice",
    "arrivals.orders.on",
    "functions.handle.platform",
    "functions.handle.concurrency",
    "functions.handle.service-time",
    "functions.handle.memory",
    "functions.handle.idle",
    "functions.handle.cold-start",
    "functions.handle.failures",
    "functions.second.service-time",
    "strategy.\"per event\".flow",
    "strategy.\"hourly batch\".flow",
    "strategy.\"per event\".handle.service-time",
    "strategy.\"per event\".handle.platform",
    "strategy.\"per event\".handle.idle",
    "strategy.\"per event\".handle.async.hop",
    "strategy.\"per event\".account.concurrency",
    "strategy.\"per event\".events.latency",
    "strategy.\"hourly batch\".schedule.delay",
    "strategy.\"hourly batch\".schedule.max-items",
    "strategy.\"per event\".s3.latency",
];

/// Values that are right for some keys.
const VALUES: [&str; 36] = [
    "1h",
    "2s",
    "0s",
    "12:30",
    "40/s",
    "0/s",
    "512MB",
    "0",
    "1",
    "200",
    "0.5",
    "-1",
    "{}",
    "[]",
    "true",
    "2026-11-23T10:00:00Z",
    "per event",
    "lambda",
    "ideal",
    "unlimited",
    "poisson",
    "renewal",
    "deterministic",
    "mmpp",
    "events -> handle",
    "s3 -> handle",
    "s3 -> handle -> second",
    "schedule -> handle",
    "queue -> handle",
    "[events -> handle, s3 -> second]",
    "{ lognormal = { median = \"1s\" } }",
    "{ lognormal = { median = \"1s\", p99 = \"3s\" } }",
    "{ mixture = [{ weight = 1, of = { exponential = \"1s\" } }] }",
    "{ half-every = \"380s\" }",
    "{ mean = \"1/s\", peak = \"2/s\", peak-at = \"09:00\" }",
    "{ zipf = 1.2, count = 10 }",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(20_261_123), ..ProptestConfig::default() })]

    #[test]
    fn random_edits_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8)) {
        let mut bytes = scenario::starter().as_bytes().to_vec();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        assert_explained(&load_with(&String::from_utf8_lossy(&bytes), &[]));
    }

    #[test]
    fn random_values_never_panic(value in "[ -~µ]{0,24}", key in prop::sample::select(vec![
        "run.duration", "run.start", "functions.handle.service-time", "functions.handle.memory", "arrivals.orders.rate",
        "arrivals.orders.keys", "strategy.\"hourly batch\".flow", "strategy.\"hourly batch\".schedule.expression",
        "objective", "functions", "strategy", "baseline",
    ])) {
        let text = format!("{key}={value}");
        assert_explained(&load_with(scenario::starter(), &[&text]));
    }

    #[test]
    fn plausible_changes_load_again_or_are_explained(changes in prop::collection::vec((
        prop::sample::select(KEYS.to_vec()), prop::sample::select(VALUES.to_vec())), 1..4))
    {
        let changes: Vec<String> = changes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let outcome = load_with(scenario::starter(), &changes);
        assert_explained(&outcome);
        if let Ok(scenario) = outcome {
            let again = load_with(&scenario::explain(&scenario), &[]).unwrap_or_else(|faults| panic!("{faults}"));
            prop_assert_eq!(again.understood, scenario.understood);
            prop_assert_eq!(again.designs, scenario.designs);
            prop_assert_eq!(again.streams, scenario.streams);
        }
    }

    #[test]
    fn random_overrides_never_panic(text in "[ -~µ]{0,40}") {
        if let Ok(one) = Override::parse(&text) {
            let _outcome = scenario::load_text("starter.toml", scenario::starter(), Path::new(""), &[one]);
        }
    }
}
