//! The 95 % intervals of an experiment hold the truth in 95 % of the seeds.

use simctl::proof::coverage::{CoverageError, Experiment};

/// M/M/1 half busy, 2,000 seeds that nobody chose: the first ones.
///
/// The number of covered seeds is binomial. For a right procedure the share has a standard error of
/// √(0.95 · 0.05 / 2,000) = 0.49 %, so that 93 % and 97 % are four of them away: it would fail for one choice of seeds in
/// 20,000. A procedure that covers 91 % is found out in all but one in a thousand.
#[test]
fn the_95_percent_intervals_hold_the_truth_in_95_percent_of_the_seeds() {
    let experiment = Experiment { utilisation: 0.5, items: 10_000, warm_up_items: 200, replications: 20 };
    let coverages = experiment.coverage(0..2_000).expect("the experiment runs");
    for (what, coverage) in [("mean time", coverages.latency), ("mean wait", coverages.wait)] {
        println!("{what}: {:.2} % ± {:.2} %", coverage.share() * 100.0, coverage.standard_error() * 196.0);
        assert_eq!(coverage.seeds, 2_000);
        assert!((0.93..=0.97).contains(&coverage.share()), "{what}: {coverage:?}");
    }
}

/// Without a warm-up and with few items the empty start shows: the intervals miss the truth, and mostly from below. So the
/// measure can tell good from bad.
#[test]
fn intervals_that_miss_the_truth_are_noticed() {
    let experiment = Experiment { utilisation: 0.9, items: 200, warm_up_items: 0, replications: 20 };
    let coverage = experiment.coverage(0..200).expect("the experiment runs").latency;
    assert!(coverage.share() < 0.5, "{coverage:?}");
    assert!(coverage.below > coverage.seeds / 2, "{coverage:?}");
    assert!(coverage.mean < coverage.truth, "{coverage:?}");
}

#[test]
fn a_queue_that_is_never_stationary_has_no_coverage() {
    for utilisation in [0.0, 1.0, -0.5, f64::NAN] {
        let experiment = Experiment { utilisation, items: 100, warm_up_items: 0, replications: 2 };
        assert!(matches!(experiment.coverage(0..1), Err(CoverageError::Utilisation(_))), "{utilisation}");
    }
}
