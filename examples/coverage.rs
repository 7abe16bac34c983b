//! How often an experiment's 95 % intervals hold the truth, on M/M/1, at a utilisation and a length of your choice.
//!
//!     cargo run --release --example coverage -- --utilisation 0.8 --items 100000 --warm-up-items 2000
//!
//! It repeats the experiment for one seed after the other and prints the share of intervals that held the theory. The figures
//! in docs/verification.md were made with it.

use clap::Parser;
use simctl::proof::coverage::{Coverage, CoverageError, Experiment};

/// Measures the coverage of the 95 % intervals on M/M/1.
#[derive(Debug, Parser)]
struct Args {
    /// Share of the time that the server is busy, above 0 and below 1
    #[arg(long, value_name = "RHO", default_value_t = 0.5)]
    utilisation: f64,
    /// Items of each replication after its warm-up
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    items: u64,
    /// Items before that
    #[arg(long, value_name = "N", default_value_t = 200)]
    warm_up_items: u64,
    /// Replications of each experiment
    #[arg(long, value_name = "N", default_value_t = 20)]
    replications: u64,
    /// Experiments, one a seed
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    seeds: u64,
    /// The first of the seeds; the others follow it
    #[arg(long, value_name = "N", default_value_t = 0)]
    first_seed: u64,
}

fn main() -> Result<(), CoverageError> {
    let Args { utilisation, items, warm_up_items, replications, seeds, first_seed } = Args::parse();
    let experiment = Experiment { utilisation, items, warm_up_items, replications };
    let coverages = experiment.coverage(first_seed..first_seed.saturating_add(seeds))?;
    println!(
        "M/M/1 at {utilisation}: {replications} replications of {items} items after {warm_up_items}, {seeds} seeds"
    );
    print("mean time", &coverages.latency);
    print("mean wait", &coverages.wait);
    Ok(())
}

fn print(what: &str, coverage: &Coverage) {
    let &Coverage { truth, seeds, covered, below, mean, half_width } = coverage;
    println!(
        "{what}: {:.2} % ± {:.2} % (95 %) of the intervals hold {truth:.4} s; {below} lie below it, {} above; their \
         centres are {mean:.4} s on average, their half-widths {half_width:.4} s",
        coverage.share() * 100.0,
        coverage.standard_error() * 196.0,
        seeds - covered - below,
    );
}
