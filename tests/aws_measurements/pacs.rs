//! PACS lab, 2020: Poisson requests at a constant rate for 28 h, one experiment a file.
//!
//! The function tells for each request which environment served it and whether it was that one's first; the client's
//! clock tells whether anybody waited for the new environment. Both are counted: *environments*, and *felt* cold
//! starts, whose response took at least [`FELT_MS`] longer than the run and a usual warm call around it.

use std::collections::HashMap;
use std::path::Path;

use super::{Failure, Request, Table, Variant, files, name_of, replay};

/// Extra response time from which a cold start was felt. In all six files none lies between 64 and 231 ms.
const FELT_MS: f64 = 150.0;
/// The upper end of what was measured as AWS's idle timer in these files, seconds.
const TIMER_S: f64 = 655.0;
/// Independent simulations of each experiment; lives of environments are drawn anew in each.
const REPLICATIONS: u64 = 40;

/// A choice of the two settings that AWS does not document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// What `idle` is set to.
    pub idle: &'static str,
    /// Chance that the replacement at the end of a life is felt by nobody.
    pub hidden: f64,
}

/// What the scenario's defaults say.
pub const DEFAULT: Choice = Choice { idle: "ttl = \"600s\"", hidden: 0.45 };

/// The timer that counts from the function's last run.
pub const OF_THE_FUNCTION: Choice = Choice { idle: "function-ttl = \"600s\"", hidden: 0.45 };

/// The choices that are replayed: the documented one and those around it.
pub const CHOICES: [Choice; 12] = [
    DEFAULT,
    Choice { hidden: 0.0, ..DEFAULT },
    Choice { idle: "ttl = \"360s\"", hidden: 0.45 },
    Choice { idle: "ttl = \"360s\"", hidden: 0.0 },
    Choice { idle: "ttl = \"640s\"", hidden: 0.45 },
    Choice { idle: "ttl = \"640s\"", hidden: 0.0 },
    Choice { idle: "ttl = \"1800s\"", hidden: 0.45 },
    Choice { idle: "ttl = \"1800s\"", hidden: 0.0 },
    OF_THE_FUNCTION,
    Choice { hidden: 0.0, ..OF_THE_FUNCTION },
    Choice { idle: "half-every = \"380s\"", hidden: 0.45 },
    Choice { idle: "half-every = \"380s\"", hidden: 0.0 },
];

/// What was counted in an experiment, or on average in its simulations.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Environments that served a request.
    pub environments: f64,
    /// Requests that waited for a new environment.
    pub felt: f64,
    /// Environments alive at once, at most.
    pub at_once: f64,
    /// Mean time by which felt cold starts took longer, seconds.
    pub extra_s: f64,
}

/// One experiment and its replays.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its file's name.
    pub name: String,
    /// Requests sent.
    pub requests: usize,
    /// What was measured.
    pub measured: Counts,
    /// Requests that were served by an environment that had been idle for more than [`TIMER_S`]: kept longer than a
    /// timer of its own would have kept it.
    pub late_reuses: usize,
    /// What was simulated, by choice (in the order of [`CHOICES`]).
    pub simulated: Vec<Counts>,
}

impl Experiment {
    /// Whether requests are so rare (fewer than one in 100 s) that one environment serves nearly all of them.
    pub fn is_sparse(&self) -> bool {
        self.requests < 1_000
    }
}

/// How far a simulated mean may lie from a measured count: 99.9 % of a Poisson count lies so near its mean.
pub fn tolerance(measured: f64) -> f64 {
    3.29 * measured.sqrt()
}

/// Reads and replays every experiment, the sparsest first.
pub fn experiments(folder: &Path) -> Result<Vec<Experiment>, Failure> {
    let paths = files(folder, "lambda-", ".csv")?;
    let mut experiments: Vec<_> = paths.iter().map(|path| experiment(path)).collect::<Result<_, _>>()?;
    experiments.sort_by_key(|experiment| experiment.requests);
    Ok(experiments)
}

/// The sum of all experiments' counts; `extra_s` is their mean by felt cold start.
pub fn pooled(counts: impl Iterator<Item = Counts>) -> Counts {
    let mut sum = Counts::default();
    let mut extra_s = 0.0;
    for count in counts {
        sum.environments += count.environments;
        sum.felt += count.felt;
        sum.at_once += count.at_once;
        extra_s += count.extra_s * count.felt;
    }
    Counts { extra_s: extra_s / sum.felt, ..sum }
}

fn experiment(path: &Path) -> Result<Experiment, Failure> {
    let rows = read(path)?;
    let requests: Vec<Request> =
        rows.iter().map(|row| Request { at_s: row.start_s, service_s: row.duration_ms / 1e3 }).collect();
    let variants: Vec<Variant> = CHOICES.iter().map(Choice::variant).collect();
    let outcomes = replay(&requests, &variants, REPLICATIONS)?;
    // Where no replacement is hidden, every environment is a cold start.
    let created = |choice: &Choice| {
        let without = CHOICES.iter().position(|other| other.idle == choice.idle && other.hidden == 0.0);
        without.map_or(f64::NAN, |index| mean(&outcomes[index], |run| run.functions[0].runs.cold_starts as f64))
    };
    let simulated = CHOICES.iter().zip(&outcomes).map(|(choice, runs)| {
        let cold = mean(runs, |run| run.functions[0].runs.cold_starts as f64);
        Counts {
            environments: created(choice),
            // The recordings begin with a warm environment, the simulations without any.
            felt: cold - 1.0,
            at_once: mean(runs, |run| run.functions[0].environments_max as f64),
            extra_s: mean(runs, |run| run.items.split.cold_start as f64 / 1e9) / cold,
        }
    });
    Ok(Experiment {
        name: name_of(path),
        requests: rows.len(),
        measured: measured(&rows),
        late_reuses: late_reuses(&rows),
        simulated: simulated.collect(),
    })
}

impl Choice {
    fn variant(&self) -> Variant {
        let Self { idle, hidden } = self;
        Variant {
            name: format!("{} hidden {hidden}", idle.replace('"', "")),
            settings: format!("idle = {{ {idle} }}\nhidden-replacement = {hidden:?}"),
        }
    }
}

struct Row {
    start_s: f64,
    end_s: f64,
    duration_ms: f64,
    cold: bool,
    instance: String,
}

fn read(path: &Path) -> Result<Vec<Row>, Failure> {
    let table = Table::read(path)?;
    let row = |row| -> Result<Row, Failure> {
        Ok(Row {
            start_s: table.number(row, "client_start_s")?,
            end_s: table.number(row, "client_end_s")?,
            duration_ms: table.number(row, "aws_duration_ms")?,
            cold: table.number(row, "is_cold")? == 1.0,
            instance: table.text(row, "instance_id")?.to_owned(),
        })
    };
    table.rows.iter().map(row).collect()
}

fn measured(rows: &[Row]) -> Counts {
    let around = |row: &Row| (row.end_s - row.start_s) * 1e3 - row.duration_ms;
    let mut warm: Vec<f64> = rows.iter().filter(|row| !row.cold).map(around).collect();
    warm.sort_by(f64::total_cmp);
    let usual = warm[warm.len() / 2];
    let extra = rows.iter().filter(|row| row.cold).map(|row| around(row) - usual);
    let felt: Vec<f64> = extra.filter(|&extra_ms| extra_ms >= FELT_MS).collect();
    let lives = lives(rows);
    Counts {
        environments: lives.len() as f64,
        felt: felt.len() as f64,
        at_once: most_at_once(&lives) as f64,
        extra_s: felt.iter().sum::<f64>() / felt.len() as f64 / 1e3,
    }
}

/// From the first request of each environment to the end of its last.
fn lives(rows: &[Row]) -> Vec<(f64, f64)> {
    let mut lives: HashMap<&str, (f64, f64)> = HashMap::new();
    for row in rows {
        let life = lives.entry(&row.instance).or_insert((row.start_s, row.end_s));
        life.1 = life.1.max(row.end_s);
    }
    lives.into_values().collect()
}

fn most_at_once(lives: &[(f64, f64)]) -> usize {
    let alive_at = |time: f64| lives.iter().filter(|life| life.0 <= time && time < life.1).count();
    lives.iter().map(|life| alive_at(life.0)).max().unwrap_or(0)
}

fn late_reuses(rows: &[Row]) -> usize {
    let mut last_end: HashMap<&str, f64> = HashMap::new();
    let mut late = 0;
    for row in rows {
        let before = last_end.insert(&row.instance, row.end_s);
        late += usize::from(before.is_some_and(|end| row.start_s - end > TIMER_S));
    }
    late
}

fn mean<T>(runs: &[T], of: impl Fn(&T) -> f64) -> f64 {
    runs.iter().map(of).sum::<f64>() / runs.len() as f64
}
