//! How often an experiment's 95 % intervals hold the truth, on M/M/1, at a utilisation and a length of your choice.
//!
//!     cargo run --release --example coverage -- --utilisation 0.8 --items 100000 --warm-up-items 2000
//!
//!     cargo run --release --example coverage -- --utilisation 0.8 --items 10000 --warm-up-items 2000 --within 5
//!     cargo run --release --example coverage -- --utilisation 0.8 --items 10000 --warm-up-items 2000 --batch-means
//!
//! It repeats the experiment for one seed after the other and prints the share of intervals that held the theory. The figures
//! in docs/verification.md were made with it.

use clap::Parser;
use simctl::proof::coverage::{Coverage, CoverageError, Experiment, Procedure};

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
    /// Add replications until the half-width of the mean is at most this many per cent of it
    #[arg(long, value_name = "PERCENT", conflicts_with = "batch_means")]
    within: Option<f64>,
    /// Most replications of a run that adds them
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_replications: u64,
    /// One run, as long as the replications are together, and intervals from its batches
    #[arg(long)]
    batch_means: bool,
    /// The first of the seeds; the others follow it
    #[arg(long, value_name = "N", default_value_t = 0)]
    first_seed: u64,
}

fn main() -> Result<(), CoverageError> {
    let args = Args::parse();
    let Args { utilisation, items, warm_up_items, replications, seeds, first_seed, .. } = args;
    let experiment = Experiment { utilisation, items, warm_up_items, replications };
    let (procedure, how) = match (args.within, args.batch_means) {
        (Some(percent), _) => {
            let procedure = Procedure::Precision { within: percent / 100.0, most: args.max_replications };
            (procedure, format!(", and more until the mean is within {percent} %"))
        }
        (None, true) => (Procedure::BatchMeans, ", as one run in batches".to_owned()),
        (None, false) => (Procedure::Replications, String::new()),
    };
    let coverages = experiment.reported(procedure, first_seed..first_seed.saturating_add(seeds))?;
    println!(
        "M/M/1 at {utilisation}: {replications} replications of {items} items after {warm_up_items}{how}, {seeds} seeds \
         from {first_seed}"
    );
    coverages.iter().for_each(|(metric, coverage)| print(metric, coverage));
    Ok(())
}

fn print(metric: &str, coverage: &Coverage) {
    let &Coverage { truth, seeds, covered, below, unbounded, replications, mean, half_width } = coverage;
    println!(
        "{metric}: {:.2} % ± {:.2} % (95 %) of the intervals hold {truth:.4} s; {below} lie below it, {} above; their \
         centres are {mean:.4} s on average, their half-widths {half_width:.4} s; {unbounded} have no upper end; \
         {replications:.1} replications",
        coverage.share() * 100.0,
        coverage.standard_error() * 196.0,
        seeds - covered - below,
    );
}
