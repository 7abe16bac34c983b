//! Replays experiments on the real AWS Lambda through the simulator and prints both side by side: the tables of
//! `docs/fidelity.md`.
//!
//! ```text
//! cargo run --example replay_measurements
//! ```
//!
//! The measurements lie in `../shared/data/aws-lambda-*`; what is absent is skipped, with a line that says so.

#[path = "../tests/aws_measurements/mod.rs"]
mod measurements;

use measurements::{Failure, folder, pacs, parallelism, sebs};
use simctl::kernel::Span;
use simctl::services::lambda::settings::IdlePolicy;

fn main() -> Result<(), Failure> {
    if let Some(folder) = folder("aws-lambda-pacs") {
        let experiments = pacs::experiments(&folder)?;
        print_experiments(&experiments);
        print_disagreement(&experiments);
        print_choices(&experiments);
    }
    if let Some(folder) = folder("aws-lambda-sebs") {
        print_cells(&sebs::cells(&folder, IdlePolicy::HalfEvery(sebs::PERIOD))?);
        print_policies(&folder)?;
    }
    if let Some(folder) = folder("aws-lambda-parallelism") {
        print_bursts(&parallelism::bursts(&folder)?);
    }
    Ok(())
}

/// Every experiment of the PACS lab, with the default settings.
fn print_experiments(experiments: &[pacs::Experiment]) {
    println!("\nMeasured / simulated, with the defaults:\n");
    println!(
        "| experiment | requests | environments | felt cold starts | share of requests | at once, at most | extra, s |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let line = |name: &str, requests: usize, measured: pacs::Counts, simulated: pacs::Counts| {
        let share = |counts: pacs::Counts| 100.0 * counts.felt / requests as f64;
        println!(
            "| {name} | {requests} | {:.0} / {:.1} | {:.0} / {:.1} | {:.2} % / {:.2} % | {:.0} / {:.1} | {:.2} / {:.2} |",
            measured.environments,
            simulated.environments,
            measured.felt,
            simulated.felt,
            share(measured),
            share(simulated),
            measured.at_once,
            simulated.at_once,
            measured.extra_s,
            simulated.extra_s,
        );
    };
    for experiment in experiments {
        line(&experiment.name, experiment.requests, experiment.measured, experiment.simulated[0]);
    }
    let measured = pacs::pooled(experiments.iter().map(|experiment| experiment.measured));
    let simulated = pacs::pooled(experiments.iter().map(|experiment| experiment.simulated[0]));
    line("all", experiments.iter().map(|experiment| experiment.requests).sum(), measured, simulated);
}

/// Where the counts lie outside their tolerance, and how often an environment outlived the timer.
fn print_disagreement(experiments: &[pacs::Experiment]) {
    println!("\nMeasured count ± what is allowed, and whether the simulation lies within:\n");
    println!("| experiment | environments | felt cold starts | reused after more than 655 s idle |");
    println!("|---|---:|---:|---:|");
    let verdict = |measured: f64, simulated: f64| {
        let allowed = pacs::tolerance(measured);
        let word = if (simulated - measured).abs() <= allowed { "yes" } else { "no" };
        format!("{measured:.0} ± {allowed:.0}: {word}")
    };
    for experiment in experiments {
        let (measured, simulated) = (experiment.measured, experiment.simulated[0]);
        println!(
            "| {}{} | {} | {} | {} |",
            experiment.name,
            if experiment.is_sparse() { " (sparse)" } else { "" },
            verdict(measured.environments, simulated.environments),
            verdict(measured.felt, simulated.felt),
            experiment.late_reuses,
        );
    }
}

/// What the settings that AWS does not document change.
fn print_choices(experiments: &[pacs::Experiment]) {
    println!("\nEnvironments, and felt cold starts, of each experiment:\n");
    let day = |experiment: &pacs::Experiment| experiment.name.chars().skip("lambda-2020-".len()).take(5).collect();
    let names: Vec<String> = experiments.iter().map(day).collect();
    println!("| settings | {} | all |", names.join(" | "));
    println!("|---|{}", "---:|".repeat(names.len() + 1));
    let line = |name: &str, of: &dyn Fn(&pacs::Experiment) -> pacs::Counts| {
        let all = pacs::pooled(experiments.iter().map(of));
        let cells: Vec<String> = experiments
            .iter()
            .map(of)
            .chain([all])
            .map(|counts| format!("{:.1}, {:.1}", counts.environments, counts.felt))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    };
    line("measured", &|experiment| experiment.measured);
    for (index, choice) in pacs::CHOICES.iter().enumerate() {
        let name = format!("`{}`, hidden {}", choice.idle, choice.hidden);
        line(&name, &|experiment| experiment.simulated[index]);
    }
}

/// Every cell of SeBS, with half of the pool taken every 380 s.
fn print_cells(cells: &[sebs::Cell]) {
    println!("\nEnvironments left of those warmed, measured / simulated:\n");
    println!("| file | whole periods | trials | left | more in a trial | allowed | agrees | trials within one |");
    println!("|---|---:|---:|---:|---:|---:|---|---:|");
    for cell in cells {
        let share = |left: usize| left as f64 / cell.warmed as f64;
        let (measured, simulated) = (share(cell.measured), share(cell.simulated));
        println!(
            "| {} | {} | {} | {measured:.3} / {simulated:.3} | {:+.2} | ±{:.2} | {} | {:.0} % |",
            cell.name,
            cell.periods,
            cell.trials,
            cell.excess(),
            cell.tolerance(),
            if cell.agrees() { "yes" } else { "no" },
            100.0 * cell.within_one as f64 / cell.trials as f64,
        );
    }
}

/// Shares left under other idle policies, over all files.
fn print_policies(folder: &std::path::Path) -> Result<(), Failure> {
    println!("\nShare left after 0, 1, 2 and 3 whole periods of 380 s, all files:\n");
    println!("| policy | 0 | 1 | 2 | 3 |");
    println!("|---|---:|---:|---:|---:|");
    let ttl = |secs| (format!("`ttl = \"{secs}s\"`"), IdlePolicy::FixedTtl(Span::from_secs(secs)));
    let half = ("`half-every = \"380s\"`".to_owned(), IdlePolicy::HalfEvery(sebs::PERIOD));
    let by_period = |cells: &[sebs::Cell], left: fn(&sebs::Cell) -> usize| -> Vec<String> {
        let of = |periods, count: fn(&sebs::Cell) -> usize| -> usize {
            cells.iter().filter(|cell| cell.periods == periods).map(count).sum()
        };
        let share = |periods| of(periods, left) as f64 / of(periods, |cell| cell.warmed) as f64;
        (0..4).map(|periods| format!("{:.3}", share(periods))).collect()
    };
    for (index, (name, policy)) in [half, ttl(360), ttl(600), ttl(1_800)].into_iter().enumerate() {
        let cells = sebs::cells(folder, policy)?;
        if index == 0 {
            println!("| measured | {} |", by_period(&cells, |cell| cell.measured).join(" | "));
        }
        println!("| {name} | {} |", by_period(&cells, |cell| cell.simulated).join(" | "));
    }
    Ok(())
}

/// Simultaneous invocations.
fn print_bursts(bursts: &[parallelism::Bursts]) {
    println!("\nSimultaneous invocations, measured / simulated:\n");
    println!("| files | invocations | environments | at once, at most | throttles |");
    println!("|---|---:|---:|---:|---:|");
    for burst in bursts {
        println!(
            "| {} | {:?} | {} / {} | {} / {} | 0 / {} |",
            burst.name,
            burst.invocations,
            burst.environments,
            burst.simulated,
            burst.at_once,
            burst.simulated_at_once,
            burst.throttles,
        );
    }
}
