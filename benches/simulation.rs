//! The works of `simctl bench`, measured by criterion: the simulator with every metric on, against a bare hand-written
//! loop for the same work where there is one.
//!
//! `cargo bench --bench simulation` prints criterion's figures for both, then their ratio, taken pair by pair in one
//! run so that a noisy machine does not decide it.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use simctl::proof::bench::{Effort, Length, Play, Ready, Work, measure, works};

/// Pairs of runs whose ratio is taken.
const PAIRS: usize = 15;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for work in works() {
        bench(&mut criterion, &work);
    }
    criterion.final_summary();
}

/// By criterion, one way and the other, and then as pairs.
fn bench(criterion: &mut Criterion, work: &Work) {
    let ready = (work.ready)(Length::Whole).unwrap_or_else(|error| panic!("{}: {error}", work.name));
    let mut group = criterion.benchmark_group(work.name);
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8))
        .throughput(Throughput::Elements(done(&ready.simctl)));
    let Ready { simctl, bare } = &ready;
    for (way, play) in bare.iter().map(|bare| ("bare loop", bare)).chain([("simctl", simctl)]) {
        group.bench_function(way, |bencher| bencher.iter(|| black_box(done(play))));
    }
    group.finish();
    let effort = Effort { length: Length::Whole, fewest: PAIRS, most: PAIRS, time: Duration::MAX / 2 };
    let row = measure(work, &effort).unwrap_or_else(|error| panic!("{}: {error}", work.name));
    if let Some(ratio) = row.ratio {
        println!("{}: simctl takes {ratio:.2} x the bare loop's time (median of {PAIRS} pairs)\n", work.name);
    }
}

fn done(play: &Play) -> u64 {
    play().unwrap_or_else(|error| panic!("{error}"))
}
