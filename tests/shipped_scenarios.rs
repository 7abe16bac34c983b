//! The scenarios that are shipped: they load, they open with what they answer, and what they promise holds.

use std::fs;
use std::path::{Path, PathBuf};

use simctl::arrivals::settings::{ProcessSettings, RateProfile};
use simctl::experiment::simulate;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::scenario::{Override, Scenario, load};
use simctl::words::{DuplicateCause, LineItem, SuppressedBy};

#[expect(dead_code, reason = "the example's `main` prints what the test compares")]
#[path = "../examples/derive_atm_profile.rs"]
mod derive_atm_profile;

const REAL: &str = "../shared/data/arrivals";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A real series beside the checkout; none, said aloud, where it is absent.
fn real(name: &str) -> Option<PathBuf> {
    let path = project(REAL).join(name);
    if !path.exists() {
        println!("skipped: {REAL}/{name} is absent");
        return None;
    }
    Some(path)
}

/// Every `.toml` file in a folder and below, with its depth.
fn scenarios(folder: &Path, depth: usize, found: &mut Vec<(PathBuf, usize)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scenarios(&path, depth + 1, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push((path, depth));
        }
    }
}

fn shipped() -> Vec<(PathBuf, usize)> {
    let mut found = Vec::new();
    scenarios(&project("scenarios"), 1, &mut found);
    found.sort();
    found
}

fn loaded(name: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    load(&project("scenarios").join(name), &overrides).unwrap_or_else(|faults| panic!("{faults}"))
}

/// One replication of one strategy, by name.
fn played(scenario: &Scenario, strategy: &str, replication: u64) -> Outcome {
    let design = scenario.designs.iter().position(|design| design.name == strategy).expect("the strategy is there");
    simulate(scenario, replication, design).unwrap()
}

fn timeouts(outcome: &Outcome) -> u64 {
    outcome.functions.iter().map(|function| function.runs.timeouts).sum()
}

#[test]
fn every_scenario_loads() {
    let shipped = shipped();
    let names = [
        "atm",
        "checkout-api",
        "custom-queue",
        "downstream",
        "fanout",
        "ingest",
        "nightly",
        "ordered",
        "orders",
        "outage",
        "payments",
        "s3",
        "telemetry",
        "trace",
    ];
    for name in names {
        let path = project("scenarios").join(name).with_extension("toml");
        assert!(shipped.iter().any(|(found, _)| *found == path), "{name} is shipped");
    }
    for (path, _) in shipped {
        load(&path, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    }
}

#[test]
fn every_scenario_names_its_schema_and_opens_with_its_question_and_what_to_expect() {
    for (path, depth) in shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let schema = format!("#:schema {}schema/scenario.schema.json", "../".repeat(depth));
        assert_eq!(lines.next(), Some(schema.as_str()), "{}", path.display());
        let comment: Vec<&str> = lines.take_while(|line| line.starts_with('#')).collect();
        if depth == 1 {
            let comment = comment.join("\n");
            assert!(comment.contains("Which question does this scenario answer?"), "{}", path.display());
            assert!(comment.contains("What to expect"), "{}", path.display());
        } else {
            // The textbook models: what is asked, and in a paragraph of its own what theory answers.
            let paragraphs: Vec<_> = comment.split(|line| *line == "#").filter(|lines| !lines.is_empty()).collect();
            let number = |lines: &&[&str]| lines.concat().contains(|c: char| c.is_ascii_digit());
            assert!(paragraphs.len() >= 2 && paragraphs[1..].iter().any(number), "{}", path.display());
        }
    }
}

/// Reports of two scenarios of one name would overwrite each other.
#[test]
fn no_two_scenarios_share_a_name() {
    let mut names: Vec<String> = shipped().iter().map(|(path, _)| load(path, &[]).unwrap().name).collect();
    let many = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), many);
}

#[test]
fn the_atm_week_is_derived_from_real_series() {
    let series =
        ["atm-withdrawals-nn5-a.csv", "bank-call-centre-5min-a.csv", "bike-rentals-hourly-2011-2012.csv"].map(real);
    if series.contains(&None) {
        return;
    }
    let derived = derive_atm_profile::derive(&project(REAL)).unwrap();
    let scenario = loaded("atm.toml", &[]);
    let ProcessSettings::Poisson(RateProfile::Steps { rates, .. }) = &scenario.streams[0].process else {
        panic!("the withdrawals follow steps");
    };
    assert_eq!(rates.len(), 168);
    for (hour, (committed, derived)) in rates.iter().zip(derived.as_flattened()).enumerate() {
        // One decimal is committed.
        assert!((committed - derived).abs() <= 0.05 + 1e-9, "hour {hour}: {committed} committed, {derived} derived");
    }
}

#[test]
fn a_monday_of_withdrawals_has_24_a_second_on_average_and_peaks_at_lunch_and_in_the_evening() {
    let scenario = loaded("atm.toml", &[]);
    let ProcessSettings::Poisson(RateProfile::Steps { rates, .. }) = &scenario.streams[0].process else {
        panic!("the withdrawals follow steps");
    };
    let monday = &rates[..24];
    assert!((monday.iter().sum::<f64>() / 24.0 - 24.0).abs() < 0.05);
    let peak = |hour: usize| monday[hour] > monday[hour - 1] && monday[hour] > monday[hour + 1];
    assert!(peak(12) && peak(17));
    let quieter = |hour: usize| monday[hour] < monday[12].min(monday[17]);
    assert!((0..24).all(|hour| matches!(hour, 12 | 17) || quieter(hour)), "no hour outside them is as busy");
}

/// Killed runs of the hourly batch on a Monday whose withdrawals stop at `hour`, by replication.
fn killed_until(hour: u32) -> [u64; 2] {
    let scenario = loaded("atm.toml", &[&format!("run.duration={hour}h")]);
    [0, 1].map(|replication| {
        let outcome = played(&scenario, "hourly batch", replication);
        assert_eq!(outcome.items.backlog_end, 0, "drained before `drain` is over");
        assert_eq!(outcome.items.lost, 0);
        timeouts(&outcome)
    })
}

/// The runs of 13:00 and 17:00 are killed, those before, between and after them are not: a run takes what came before
/// it, and so a day cut off at 12:00 has all runs up to that of 12:00.
#[test]
fn the_hourly_batch_is_killed_at_the_peaks_and_only_there() {
    assert_eq!(killed_until(12), [0, 0]);
    assert_eq!(killed_until(13), [1, 1], "the run that finds the lunch hour");
    assert_eq!(killed_until(16), [1, 1]);
    assert_eq!(killed_until(17), [2, 2], "the run that finds the first hour of the evening");
    assert_eq!(killed_until(24), [2, 2]);
}

/// An hour that follows no kill, alone: those of the peaks kill the run that finds them, no other hour does.
#[test]
fn each_hour_of_the_peaks_is_too_much_for_one_run_and_no_other_hour_is() {
    let too_much: Vec<u32> = (0..24)
        .filter(|hour| {
            let start = format!("run.start=2026-11-23T{hour:02}:00:00Z");
            let scenario = loaded("atm.toml", &[&start, "run.duration=1h"]);
            timeouts(&played(&scenario, "hourly batch", 0)) > 0
        })
        .collect();
    assert_eq!(too_much, [12, 13, 16, 17]);
}

#[test]
fn a_kill_makes_duplicates_and_wasted_work_that_the_5_minute_batch_does_not_have() {
    let scenario = loaded("atm.toml", &[]);
    let [hourly, frequent] = ["hourly batch", "5-minute batch"].map(|strategy| played(&scenario, strategy, 0));
    assert_eq!((timeouts(&frequent), frequent.items.backlog_end), (0, 0));
    assert!(hourly.items.duplicates > frequent.items.duplicates);
    assert!(hourly.functions[0].runs.wasted > frequent.functions[0].runs.wasted);
}

#[test]
fn per_event_only_failures_and_repeated_delivery_make_duplicates() {
    let scenario = loaded("atm.toml", &["run.duration=2h", "functions.post.failures.error=0.0"]);
    let clean = played(&scenario, "per event", 0);
    assert_eq!((clean.functions[0].runs.retries, clean.items.backlog_end), (0, 0));
    let scenario = loaded("atm.toml", &["run.start=2026-11-23T12:00:00Z", "run.duration=1h"]);
    let outcome = played(&scenario, "per event", 0);
    assert!(outcome.functions[0].runs.retries > 0 && outcome.items.duplicates > 0);
    assert_eq!((outcome.items.lost, outcome.items.backlog_end), (0, 0));
}

#[test]
fn the_nightly_upload_overlaps_listings_and_meets_the_accounts_limit() {
    let scenario = loaded("s3.toml", &["run.duration=5h"]);
    let [listing, claim, notified] =
        ["10-minute listing", "listing with claim", "put notification"].map(|strategy| played(&scenario, strategy, 0));
    for outcome in [&listing, &claim, &notified] {
        assert_eq!((outcome.items.backlog_end, outcome.items.lost), (0, 0));
    }
    assert!(listing.concurrency.max > 1 && timeouts(&listing) > 0, "runs overlap and are killed");
    assert!(listing.items.duplicates > 100_000 && listing.items.duplicates > 10 * claim.items.duplicates);
    assert_eq!(notified.concurrency.max, 1_000, "the account's limit is reached");
    assert!(notified.functions[0].runs.throttles > 0);
}

#[test]
fn the_nightly_upload_meets_no_limit_in_a_larger_account() {
    let scenario = loaded("s3.toml", &["run.duration=5h", "account.concurrency=3000"]);
    assert_eq!(played(&scenario, "put notification", 0).functions[0].runs.throttles, 0);
}

/// Dollars of a run, tiers aside.
fn cost(outcome: &Outcome) -> f64 {
    PriceBook::embedded().cost(outcome.usage.counts(), Span::ZERO, FreeTier::Ignored).total().usd()
}

/// The share of the items that came within 26 hours.
fn within_a_day(outcome: &Outcome) -> f64 {
    outcome.items.within[0] as f64 / outcome.items.measured as f64
}

/// Of six nights Lambda needs one run for the first, three for those with a day's payments, and for the last only what is
/// left over.
#[test]
fn a_payday_is_too_much_for_the_three_runs_of_a_nightly_lambda_batch_and_not_for_a_task() {
    let scenario = loaded("nightly.toml", &[]);
    let [lambda, task] =
        ["nightly Lambda batch", "nightly Fargate batch"].map(|strategy| played(&scenario, strategy, 0));
    assert_eq!((timeouts(&lambda), timeouts(&task)), (11, 0));
    assert_eq!((lambda.functions[0].runs.invocations, task.functions[0].runs.invocations), (1 + 4 * 3 + 1, 6));
    assert!((0.88..0.92).contains(&within_a_day(&lambda)) && within_a_day(&task) > 0.999);
    assert!(lambda.items.duplicates > 100 * task.items.duplicates);
    assert_eq!((lambda.items.lost, task.items.lost), (0, 0));
    let [lambda, task] = [lambda, task].map(|outcome| cost(&outcome));
    assert!(task < 0.5 * lambda, "{task} against {lambda} dollars");
}

/// Twice the workers are done in time on every night, and are killed all the same.
#[test]
fn more_workers_bring_the_nightly_lambda_batch_home() {
    let scenario = loaded("nightly.toml", &["strategy.\"nightly Lambda batch\".schedule.parallel=32"]);
    let lambda = played(&scenario, "nightly Lambda batch", 0);
    assert!(within_a_day(&lambda) > 0.999 && timeouts(&lambda) > 0);
}

/// Failed, killed and repeated runs all charge cards twice, and so do customers who press the button twice.
#[test]
fn the_shortest_visibility_timeout_charges_one_card_in_twenty_twice() {
    let scenario = loaded("payments.toml", &["run.duration=2h"]);
    let [direct, shortest, advised, single] =
        ["per event", "shortest visibility", "advised visibility", "one at a time"]
            .map(|strategy| played(&scenario, strategy, 0));
    for outcome in [&direct, &shortest, &advised, &single] {
        assert_eq!((outcome.items.backlog_end, outcome.items.lost), (0, 0));
    }
    let share = |outcome: &Outcome| outcome.items.duplicates as f64 / outcome.items.arrived as f64;
    assert!((0.03..0.08).contains(&share(&shortest)), "{}", share(&shortest));
    assert!([&direct, &advised, &single].iter().all(|outcome| (0.004..0.008).contains(&share(outcome))));
    assert!(timeouts(&shortest) > 0 && timeouts(&single) == 0);
    // Without errors it is the time alone that runs out, and twice the time is enough.
    let in_time = |time: &str| {
        let timeout = format!("strategy.\"shortest visibility\".charge.timeout={time}");
        let once = "arrivals.payments.sent-twice.probability=0.0";
        let sets = ["run.duration=2h", once, "functions.charge.failures.error=0.0", &timeout, &hidden_for(time)];
        share(&played(&loaded("payments.toml", &sets), "shortest visibility", 0))
    };
    assert!(in_time("30s") > 0.01 && in_time("60s") < 0.001, "{} and {}", in_time("30s"), in_time("60s"));
}

/// Behind the same queue: a look before the charge lets some through, a record by condition fewer, the provider's key none;
/// and a record that is gone before the message is back hardly catches any.
#[test]
fn what_knows_a_payment_keeps_its_card_from_being_charged_twice() {
    let scenario = loaded("payments.toml", &[]);
    let [unaware, checked, recorded, short, keyed] =
        ["shortest visibility", "check first", "idempotent handler", "short record", "provider's key"]
            .map(|strategy| played(&scenario, strategy, 0));
    let twice = |outcome: &Outcome| outcome.items.duplicates;
    assert!(twice(&unaware) > 10 * twice(&checked) && twice(&checked) > twice(&recorded), "{}", twice(&checked));
    assert!(twice(&recorded) > 0 && twice(&keyed) == 0);
    assert!(twice(&short) * 10 > twice(&unaware) * 7, "{} of {}", twice(&short), twice(&unaware));
    let of = |outcome: &Outcome, cause| outcome.items.duplicates_by_cause.count(cause);
    assert!(of(&checked, DuplicateCause::SentTwice) > 5 && of(&recorded, DuplicateCause::SentTwice) == 0);
    assert!(of(&short, DuplicateCause::IdempotencyExpired) * 10 > twice(&short) * 9);
    let by = |outcome: &Outcome, mechanism| outcome.items.suppressed_by.count(mechanism) > 1_000;
    assert!(by(&checked, SuppressedBy::IdempotencyRecord) && by(&recorded, SuppressedBy::IdempotencyRecord));
    assert!(by(&keyed, SuppressedBy::IdempotentDownstream) && unaware.items.duplicates_suppressed == 0);
    // A first payment is two writes, and each repetition another.
    let writes = recorded.usage.count(LineItem::DynamoDbWriteUnits);
    let first = 2 * u128::from(recorded.items.arrived);
    assert!((first..first + 4_000).contains(&writes), "{writes}");
}

fn hidden_for(time: &str) -> String {
    format!("strategy.\"shortest visibility\".sqs.visibility-timeout={time}")
}

/// A sale of twice what the provider can take: a synchronous call has no place to wait, a queue has.
#[test]
fn a_checkout_that_accepts_and_queues_has_no_errors_and_no_double_charges() {
    let scenario = loaded("checkout-api.toml", &["run.duration=1h"]);
    let [at_once, no_retries, patient, throttled, queued] =
        ["charge at once", "no retries", "patient clients", "throttled API", "accept and queue"]
            .map(|strategy| played(&scenario, strategy, 0));
    let share = |count: u64, outcome: &Outcome| count as f64 / outcome.items.arrived as f64;
    for refused in [&at_once, &no_retries, &patient] {
        assert!((0.08..0.25).contains(&share(refused.apis[0].errors, refused)));
        assert_eq!(refused.apis[0].answered(429), 0, "what Lambda throttles is a 500");
    }
    assert!(share(at_once.items.duplicates, &at_once) > 0.02);
    assert!([&no_retries, &patient, &throttled].iter().all(|outcome| outcome.items.duplicates == 0));
    assert!(no_retries.apis[0].errors_done > 500 && patient.apis[0].errors_done == 0);
    assert_eq!((queued.apis[0].errors, queued.items.lost, queued.items.backlog_end), (0, 0, 0));
    assert!(queued.items.duplicates < 10);
    let p99 = |outcome: &Outcome| outcome.apis[0].response.quantile(0.99, 0).map_or(f64::NAN, Span::as_secs_f64);
    assert!(p99(&queued) < 0.3 && p99(&throttled) > 120.0, "{} and {}", p99(&queued), p99(&throttled));
    assert!(throttled.apis[0].errors < patient.apis[0].errors / 2, "clients wait instead");
}

#[test]
fn maximum_concurrency_keeps_payments_in_the_queue_that_would_be_throttled() {
    let crowded = ["run.duration=1h", "run.load=3", "functions.charge.reserved-concurrency=9"];
    let held = "strategy.\"one at a time\".sqs.maximum-concurrency=9";
    let throttled = played(&loaded("payments.toml", &crowded), "one at a time", 0);
    let kept = played(&loaded("payments.toml", &[&crowded[..], &[held]].concat()), "one at a time", 0);
    assert!(throttled.functions[0].runs.throttles > 10_000 && kept.functions[0].runs.throttles == 0);
    let p99 = |outcome: &Outcome| outcome.items.latency.quantile(0.99, 0).map_or(0.0, Span::as_secs_f64);
    assert!(p99(&throttled) > 60.0 && p99(&kept) < 20.0, "{} and {}", p99(&throttled), p99(&kept));
}

/// Two hours, in which every seed has poison: with the defaults it holds up its shard for a day; with retries that end the
/// batch is given up, and with bisect the poison alone. The stream keeps the order of each device, the queue does not.
#[test]
fn a_poison_record_blocks_its_shard_unless_it_is_isolated() {
    let scenario = loaded("telemetry.toml", &["run.duration=2h"]);
    let [queue, defaults, retries, bisect, pushed] =
        ["sqs", "kinesis defaults", "kinesis three retries", "kinesis bisect", "kinesis fan-out"]
            .map(|strategy| played(&scenario, strategy, 0));
    let inversions = |outcome: &Outcome| outcome.items.order_inversions.expect("watched");
    assert!(inversions(&queue) > 1_000);
    assert!([&defaults, &retries, &bisect, &pushed].iter().all(|outcome| inversions(outcome) == 0));
    let oldest = |outcome: &Outcome| outcome.streams[0].consumers[0].iterator_age.max as f64 / 1e9;
    assert!(oldest(&defaults) > 86_000.0 && oldest(&retries) < 60.0 && oldest(&bisect) < 60.0);
    let poison = bisect.items.dead_lettered;
    assert_eq!((queue.items.dead_lettered, pushed.items.dead_lettered), (poison, poison));
    assert!(poison > 0 && retries.items.dead_lettered > 3 * poison);
    assert!(defaults.items.expired > poison && bisect.items.expired == 0);
    let p50 = |outcome: &Outcome| outcome.items.latency.quantile(0.5, 0).map_or(0.0, Span::as_secs_f64);
    assert!(p50(&pushed) * 8.0 < p50(&bisect));
}

#[test]
fn the_recorded_day_is_replayed_whole_and_in_no_danger() {
    let scenario = loaded("trace.toml", &[]);
    let rows = fs::read_to_string(project("scenarios/traces/day.csv")).unwrap().lines().count() as u64 - 1;
    for strategy in ["15-minute batch", "per event"] {
        let outcome = played(&scenario, strategy, 0);
        assert_eq!((outcome.items.arrived, outcome.items.backlog_end), (rows, 0));
        assert_eq!(timeouts(&outcome), 0);
    }
    let tenfold = loaded("trace.toml", &["run.load=10"]);
    assert!(timeouts(&played(&tenfold, "15-minute batch", 0)) > 0);
}

#[test]
fn an_azure_functions_trace_takes_the_place_of_the_recorded_day() {
    let Some(path) = real("azure-functions-2019-day1-sample.csv") else { return };
    let text = fs::read_to_string(&path).unwrap();
    let counts = text.lines().skip(1).flat_map(|row| row.split(',').skip(4));
    let items: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
    let stream = format!(
        r#"arrivals.day={{ name = "day", process = "trace", format = "azure-2019", path = '{}' }}"#,
        path.display()
    );
    let scenario = loaded("trace.toml", &[&stream]);
    for strategy in ["15-minute batch", "per event"] {
        assert_eq!(played(&scenario, strategy, 0).items.arrived, items);
    }
}

#[test]
fn a_log_of_dates_takes_the_place_of_the_recorded_day() {
    let Some(path) = real("azure-llm-code-2023.csv") else { return };
    let rows = fs::read_to_string(&path).unwrap().lines().count() as u64 - 1;
    let stream = format!(
        r#"arrivals.day={{ name = "day", process = "trace", path = '{}', time = "TIMESTAMP", unit = "datetime" }}"#,
        path.display()
    );
    let scenario = loaded("trace.toml", &[&stream]);
    for strategy in ["15-minute batch", "per event"] {
        assert_eq!(played(&scenario, strategy, 0).items.arrived, rows);
    }
}

/// Overlapping runs send orders twice where nothing keeps them apart, and never where rows are claimed; the queue costs
/// less than either table, and half of its orders are there within a second, those of a table after half a minute.
#[test]
fn a_table_that_is_polled_costs_more_and_delivers_later_than_a_queue() {
    let scenario = loaded("custom-queue.toml", &[]);
    let [polled, claimed, queue] = ["polled table", "claimed table", "queue"].map(|name| played(&scenario, name, 0));
    let overlapping = |outcome: &Outcome| outcome.items.duplicates_by_cause.count(DuplicateCause::OverlappingRuns);
    assert!(overlapping(&polled) > 1_000, "{}", overlapping(&polled));
    assert_eq!((claimed.items.duplicates, overlapping(&queue)), (0, 0));
    assert!(cost(&queue) < 0.8 * cost(&claimed) && cost(&queue) < 0.8 * cost(&polled));
    let median = |outcome: &Outcome| outcome.items.latency.quantile(0.5, 0).expect("items").as_secs_f64();
    assert!(median(&queue) < 1.0 && median(&claimed) > 30.0 && median(&polled) > 30.0);
}

/// Which queue keeps the order, what a batch that fails as a whole does to it, and what is kept out that was sent twice.
#[test]
fn fifo_queues_keep_movements_in_order() {
    let scenario = loaded("ordered.toml", &["run.duration=1h"]);
    let items = |strategy| played(&scenario, strategy, 0).items;
    let (standard, fifo, whole) = (items("standard"), items("fifo"), items("fifo whole batches"));
    assert_eq!((fifo.order_inversions, whole.order_inversions), (Some(0), Some(0)));
    assert!(standard.order_inversions > Some(100));
    assert!(fifo.duplicates_suppressed > 20 && standard.duplicates_suppressed == 0);
    assert!(fifo.duplicates < whole.duplicates.min(standard.duplicates));
}

/// What `downstream.toml` promises: who lets all runs at the database loses orders, who keeps most of them from it does not,
/// and is done soonest where the next is taken as soon as one is done.
#[test]
fn a_database_is_protected_by_what_keeps_most_runs_from_it() {
    let scenario = loaded("downstream.toml", &[]);
    let outcome = |strategy: &str| played(&scenario, strategy, 0);
    let refused = |outcome: &Outcome| outcome.resources[0].calls.refused_connections;
    let last = |outcome: &Outcome| outcome.items.latency.max().map_or(0.0, Span::as_secs_f64);
    let crushed = outcome("per event");
    let lost = crushed.items.lost as f64 / crushed.items.owed as f64;
    assert!((0.15..0.25).contains(&lost) && refused(&crushed) > 100_000, "{lost} lost");
    let again = outcome("client retries");
    assert!(refused(&again) > refused(&crushed) * 3 / 2 && again.items.duplicates > 1_000);
    let [reserved, queued, batch] = ["reserved concurrency", "queued", "minute batch"].map(outcome);
    for kept in [&reserved, &queued, &batch] {
        assert_eq!((kept.items.lost, refused(kept)), (0, 0));
        assert!(kept.resources[0].concurrency.max <= 32);
    }
    assert!(last(&queued) < last(&batch) && last(&batch) < last(&reserved));
    assert!(last(&queued) < 240.0 && last(&reserved) > 600.0);
}

/// Five connections of 600 for each of the environments that a newsletter starts: after 120 none gets any. One connection
/// each, or 120 environments at most, are enough for all.
#[test]
fn environments_that_hold_five_connections_each_use_up_a_database() {
    let scenario = loaded("initialise.toml", &[]);
    let connections = |strategy: &str| {
        let outcome = played(&scenario, strategy, 0);
        let found = outcome.resources[0].connections.clone().expect("a pool is opened");
        (found.open.max, found.refused, outcome.items.lost)
    };
    let (most, refused, lost) = connections("in the initialiser");
    assert!(most == 600 && refused > 1_000 && lost > 100, "{most}, {refused}, {lost}");
    for strategy in ["in the handler", "pool of one", "reserved concurrency", "queued"] {
        let (most, refused, lost) = connections(strategy);
        assert!(most <= 600 && (refused, lost) == (0, 0), "{strategy}: {most}, {refused}, {lost}");
    }
}

/// Nothing of a count that is never written is stored; a hundredth order loses what came after it with its environment, and
/// a count that is written with each order is right. A rate without a time to live is stale sooner than one with it.
#[test]
fn what_is_kept_in_globals_is_lost_and_stale() {
    let scenario = loaded("statelessness.toml", &["run.duration=3h"]);
    let state = |strategy: &str| {
        let outcome = played(&scenario, strategy, 0);
        let state = outcome.functions[0].state.clone().expect("it keeps state");
        let (counter, cache) = (state.counter.expect("it counts"), state.cache.expect("it caches"));
        (counter.stored as f64 / counter.truth as f64, cache.stale as f64 / cache.reads as f64)
    };
    let [globals, hundred, seconds, stateless] =
        ["in globals", "every hundred", "every ten seconds", "stateless"].map(state);
    assert!(globals.0 == 0.0 && hundred.0 < 0.99 && (0.98..1.0).contains(&seconds.0), "{hundred:?} {seconds:?}");
    assert!((stateless.0 - 1.0).abs() < 0.001 && stateless.1 == 0.0, "{stateless:?}");
    assert!(globals.1 > hundred.1 && hundred.1 > seconds.1 && seconds.1 > 0.0, "{globals:?} {hundred:?} {seconds:?}");
}

/// What `outage.toml` promises: what comes through seven hours without Lambda, and what the rush after them costs.
#[test]
fn an_outage_is_survived_by_what_keeps_its_items_and_is_let_go_slowly() {
    let scenario = loaded("outage.toml", &[]);
    let outcome = |strategy: &str| played(&scenario, strategy, 0);
    let rushed = outcome("per event").items;
    assert!(rushed.expired > 10_000 && rushed.lost > 30_000 && rushed.duplicates > 500, "{rushed:?}");
    let bulkhead = outcome("per event, bulkhead").items;
    assert!(bulkhead.expired > 10_000 && bulkhead.lost < 100, "{bulkhead:?}");
    let dead = outcome("queued").items;
    assert_eq!(dead.processed + dead.dead_lettered, dead.owed);
    assert!(dead.dead_lettered > 90_000, "{dead:?}");
    for whole in ["queued, remedies", "stream", "batch"] {
        let items = outcome(whole).items;
        assert_eq!((items.processed, items.backlog_end), (items.owed, 0), "{whole}");
    }
    let refused = outcome("api").items;
    assert!(refused.rejected > 90_000 && refused.lost == 0, "{refused:?}");
}
