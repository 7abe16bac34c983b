//! FaaS parallelism benchmark, 2020: N invocations at the same instant. How many environments serve them?
//!
//! Files of one function are one replay: `sleep` was invoked 10 times at once, 43 s later 100 times, and 11 s later
//! 100 times again, and the names of its sandboxes show which were used again.

use std::collections::HashSet;
use std::path::Path;

use super::{Failure, Request, Table, Variant, replay};

/// The files of each function, in order of time.
const FUNCTIONS: [&[&str]; 4] = [
    &["sleep_size-10", "sleep_size-100", "sleep_warm_size-100"],
    &["sleep_warm_size-500"],
    &["work_size-100"],
    &["work2g_size-100"],
];

/// What one function saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bursts {
    /// Its files.
    pub name: String,
    /// Invocations of each burst.
    pub invocations: Vec<usize>,
    /// Measured: different environments over all bursts.
    pub environments: usize,
    /// Measured: most that ran at once, by the function's clock.
    pub at_once: usize,
    /// Simulated environments, which are the cold starts.
    pub simulated: usize,
    /// Simulated: most that ran at once.
    pub simulated_at_once: usize,
    /// Simulated throttles.
    pub throttles: usize,
}

/// Reads and replays every function's bursts.
pub fn bursts(folder: &Path) -> Result<Vec<Bursts>, Failure> {
    FUNCTIONS.iter().map(|files| function(folder, files)).collect()
}

fn function(folder: &Path, files: &[&str]) -> Result<Bursts, Failure> {
    let (mut requests, mut runs, mut invocations) = (Vec::new(), Vec::new(), Vec::new());
    let mut environments = HashSet::new();
    for file in files {
        let table = Table::read(&folder.join(file).with_extension("csv"))?;
        invocations.push(table.rows.len());
        for row in &table.rows {
            let number = |column| table.number(row, column);
            requests
                .push(Request { at_s: number("client_start_ms")? / 1e3, service_s: number("func_duration_ms")? / 1e3 });
            runs.push((number("func_start_ms")?, number("func_end_ms")?));
            environments.insert(table.text(row, "container_id")?.to_owned());
        }
    }
    requests.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let variants = [Variant { name: "defaults".to_owned(), settings: String::new() }];
    let outcomes = replay(&requests, &variants, 1)?;
    let simulated = &outcomes[0][0].functions[0];
    Ok(Bursts {
        name: files.join(", "),
        invocations,
        environments: environments.len(),
        at_once: most_at_once(&runs),
        simulated: simulated.runs.cold_starts as usize,
        simulated_at_once: simulated.concurrency.max as usize,
        throttles: simulated.runs.throttles as usize,
    })
}

fn most_at_once(runs: &[(f64, f64)]) -> usize {
    let running_at = |time: f64| runs.iter().filter(|run| run.0 <= time && time < run.1).count();
    runs.iter().map(|run| running_at(run.0)).max().unwrap_or(0)
}
