//! Experiments on the real AWS Lambda, read from `../shared/data` and replayed through the simulator.
//!
//! Shared by the test `tests/aws_measurements.rs`, which holds simulation against measurement, and by
//! `examples/replay_measurements.rs`, which prints the tables of `docs/fidelity.md`.

pub mod pacs;
pub mod parallelism;
pub mod sebs;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use simctl::experiment::{Options, run_all};
use simctl::model::Outcome;
use simctl::scenario::load_text;

/// Any failure of a replay, for people to read.
pub type Failure = Box<dyn std::error::Error>;

/// A folder of measurements, or none (and a line that says so) where it is absent.
pub fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: ../shared/data/{name} is absent");
    None
}

/// The files of a folder whose names begin and end so, in order of name.
fn files(folder: &Path, begin: &str, end: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if name_of(&path).starts_with(begin) && path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file's name without its extension.
fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A CSV file with a header: its rows by column name.
struct Table {
    columns: HashMap<String, usize>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn read(path: &Path) -> Result<Self, Failure> {
        let mut reader = csv::Reader::from_path(path)?;
        let columns = reader.headers()?.iter().enumerate().map(|(index, name)| (name.to_owned(), index)).collect();
        Ok(Self { columns, rows: reader.records().collect::<Result<_, _>>()? })
    }

    fn text<'a>(&self, row: &'a csv::StringRecord, column: &str) -> Result<&'a str, Failure> {
        let index = self.columns.get(column).ok_or_else(|| format!("no column `{column}`"))?;
        Ok(row.get(*index).unwrap_or_default())
    }

    fn number(&self, row: &csv::StringRecord, column: &str) -> Result<f64, Failure> {
        Ok(self.text(row, column)?.parse()?)
    }
}

/// A request to replay.
#[derive(Debug, Clone, Copy)]
struct Request {
    /// When the client sent it, Unix seconds.
    at_s: f64,
    /// How long the function ran for it, seconds.
    service_s: f64,
}

/// A strategy of a replay: its name, and what it sets on the function.
struct Variant {
    name: String,
    settings: String,
}

/// Replays requests through whole simulations: they become a trace with service times, and each variant a strategy
/// in which clients invoke the function. A synchronous call passes no queue: `hop` and duplicates are zero; everything
/// else that a variant does not set is the default. Outcomes by variant, then by replication.
fn replay(requests: &[Request], variants: &[Variant], replications: u64) -> Result<Vec<Vec<Outcome>>, Failure> {
    let folder = tempfile::tempdir()?;
    let mut trace = std::fs::File::create(folder.path().join("trace.csv"))?;
    let first_s = requests.iter().map(|request| request.at_s).fold(f64::INFINITY, f64::min);
    writeln!(trace, "time,service")?;
    for request in requests {
        writeln!(trace, "{:.6},{:.6}", request.at_s - first_s, request.service_s)?;
    }
    let scenario = load_text("replay.toml", &scenario_text(variants, replications), folder.path(), &[])
        .map_err(|faults| faults.to_string())?;
    Ok(run_all(&scenario, Options::default())?)
}

fn scenario_text(variants: &[Variant], replications: u64) -> String {
    let mut text = format!(
        "name = \"replay\"\n\
         [run]\nduration = \"48h\"\ndrain = \"1h\"\nseed = 2020\nreplications = {replications}\n\
         [[arrivals]]\nname = \"requests\"\nprocess = \"trace\"\npath = \"trace.csv\"\ntime = \"time\"\nunit = \"s\"\n\
         service = \"service\"\n\
         [functions.measured]\ntimeout = \"15m\"\nservice-time = \"1s\"\n\
         [functions.measured.async]\nhop = \"0s\"\nduplicate-probability = 0.0\n"
    );
    for Variant { name, settings } in variants {
        text += &format!(
            "[[strategy]]\nname = \"{name}\"\nflow = \"events -> measured\"\n[strategy.measured]\n{settings}\n"
        );
    }
    text
}
