//! How the mapping of an SQS queue scales up, and how fast it drains a backlog of a million messages, against the
//! documented pace and the fluid bound by hand; and how that of a Kinesis stream does. The curves are those of `examples/scale_up.rs`, which draws them.

#[expect(dead_code, reason = "an example has a main of its own")]
#[path = "../examples/scale_up.rs"]
mod scale_up;

use std::path::Path;

use scale_up::{MODES, PARALLEL, levels};

/// By hand: the default mode's 5 + 5 t comes to 1,250 at 249 s; provisioned, 20 + 16.67 t comes to 2,000 at 118.8 s.
#[test]
fn the_documented_lines_are_those_worked_out_by_hand() {
    let [default, provisioned] = &MODES;
    assert_eq!([0.0, 60.0, 249.0, 300.0].map(|seconds| default.batches(seconds)), [5.0, 305.0, 1_250.0, 1_250.0]);
    assert_eq!(
        [0.0, 60.0, 119.0, 300.0].map(|seconds| provisioned.batches(seconds).round()),
        [20.0, 1_020.0, 2_000.0, 2_000.0]
    );
}

/// In steps of a second: below the line by at most a step and what is on its way to a poller.
#[test]
fn batches_at_once_follow_the_documented_pace() {
    for (mode, off) in MODES.iter().zip([0.5, 18.0]) {
        let outcome = mode.scale_up();
        for (seconds, level) in levels(&outcome.concurrency.series, 299.0) {
            let documented = mode.batches(seconds.floor());
            assert!(
                (level - documented).abs() <= off,
                "{}: {level} at {seconds} s, {documented} documented",
                mode.name
            );
        }
    }
}

/// By hand: the default mode works off 10 × (5 t + 2.5 t²), a million at t = √40,001 − 1 = 199.0 s; provisioned mode
/// 10 × (20 t + 8.333 t²), a million at t = √(1.44 + 12,000) − 1.2 = 108.35 s. No run beats its bound. The
/// default mode ends with the batch it is at; event pollers make no more calls than their batches need, 10 a second each, so
/// that they are late by a second when the limit grows, and at the end.
#[test]
fn a_backlog_of_a_million_drains_as_fast_as_the_fluid_bound_allows() {
    for (mode, (by_hand, late)) in MODES.iter().zip([(199.0, 1.0), (108.35, 3.0)]) {
        assert!((mode.bound() - by_hand).abs() < 0.02, "{}: {}", mode.name, mode.bound());
        let outcome = mode.drain();
        let end = outcome.end.as_secs_f64();
        assert_eq!(outcome.items.processed, 1_000_000);
        assert!(end >= mode.bound() && end <= mode.bound() + late, "{}: {end} s for {} s", mode.name, mode.bound());
    }
}

/// 50 shards with a factor of 1 and of 10: never more than 50 and 500 batches at once, all of them once each shard was
/// polled, within a second.
#[test]
fn batches_of_a_stream_are_shards_times_the_factor_within_a_second() {
    for (mapping, most) in PARALLEL.iter().zip([50.0, 500.0]) {
        let outcome = mapping.scale_up();
        let levels = levels(&outcome.concurrency.series, 9.0);
        assert!(levels.iter().all(|&(_, level)| level <= most), "{}", mapping.name);
        assert!(levels.iter().filter(|point| point.0 >= 1.0).all(|&(_, level)| level == most), "{}", mapping.name);
        // Half of the first polls have come after half a second, give or take four standard errors of 50 drawn evenly.
        let half = levels.iter().find(|point| point.0 >= 0.5).expect("a level at half a second").1 / most;
        assert!((half - 0.5).abs() < 4.0 * (0.25_f64 / 50.0).sqrt(), "{}: {half}", mapping.name);
    }
}

/// Renewed by `cargo run --example scale_up`.
#[test]
fn the_drawn_charts_are_those_of_the_documentation() {
    let charts = [
        ("sqs-scale-up.svg", scale_up::scale_up_chart()),
        ("sqs-drain.svg", scale_up::drain_chart()),
        ("kinesis-scale-up.svg", scale_up::stream_chart()),
    ];
    for (name, svg) in charts {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let drawn = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(svg.expect("a chart is drawn") == drawn, "docs/{name} is not what the example draws");
    }
}
