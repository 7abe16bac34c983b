//! `points.csv`, `sweep.csv` and `sweep.parquet`, written point by point. Numbers are the shortest decimals that read back as the same
//! value; `inf` is never.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::columns::Columns;
use crate::experiment::results::Figure;
use crate::experiment::sweep::{PointResults, Sweep};
use crate::report::ReportError;
use crate::report::files::failed;
use crate::report::tables::bounds;
use crate::scenario::Vary;

/// All tables, open.
pub(super) struct Tables {
    points: Table,
    figures: Table,
    columns: Columns,
}

struct Table {
    path: PathBuf,
    rows: csv::Writer<BufWriter<File>>,
}

impl Table {
    fn create(path: PathBuf) -> Result<Self, ReportError> {
        let file = File::create(&path).map_err(failed("create", &path))?;
        Ok(Self { path, rows: csv::Writer::from_writer(BufWriter::new(file)) })
    }

    fn finish(mut self) -> Result<(), ReportError> {
        self.rows.flush().map_err(failed("write", &self.path))
    }
}

impl Tables {
    /// With their headings.
    pub(super) fn create(sweep: &Sweep, folder: &Path) -> Result<Self, ReportError> {
        let [points, figures] = ["points.csv", "sweep.csv"].map(|name| Table::create(folder.join(name)));
        let columns = Columns::create(sweep, folder.join("sweep.parquet"))?;
        let mut tables = Self { points: points?, figures: figures?, columns };
        let keys = || sweep.axes().iter().map(Vary::key);
        tables.points.rows.write_record(["point"].into_iter().chain(keys()).chain(["fingerprint", "in_doubt"]))?;
        let columns = ["strategy", "scope", "metric", "unit", "mean", "ci_low", "ci_high", "replications"];
        tables.figures.rows.write_record(["point"].into_iter().chain(keys()).chain(columns))?;
        Ok(tables)
    }

    /// The rows of a point: as in `summary.csv`, those of whole strategies first.
    pub(super) fn add(&mut self, sweep: &Sweep, results: &PointResults) -> Result<(), ReportError> {
        let values = sweep.values(results.point);
        self.columns.begin(sweep, results.point, &values)?;
        let point: Vec<String> = std::iter::once(results.point.to_string()).chain(values).collect();
        let point = || point.iter().map(String::as_str);
        let named =
            |(strategy, metric): &(usize, &str)| format!("{metric} of {}", sweep.base().designs[*strategy].name);
        let doubts = results.doubts.iter().map(named).collect::<Vec<_>>().join("; ");
        self.points.rows.write_record(point().chain([results.fingerprint.as_str(), doubts.as_str()]))?;
        for whole in [true, false] {
            for (strategy, figures) in sweep.base().designs.iter().zip(&results.strategies) {
                for figure in figures.iter().filter(|figure| figure.scope.is_empty() == whole) {
                    let row = row(&strategy.name, figure);
                    self.figures.rows.write_record(point().chain(row.iter().map(String::as_str)))?;
                    self.columns.add(&strategy.name, figure);
                }
            }
        }
        Ok(())
    }

    /// To the last byte.
    pub(super) fn finish(self) -> Result<(), ReportError> {
        self.points.finish()?;
        self.figures.finish()?;
        self.columns.finish()
    }
}

fn row(strategy: &str, figure: &Figure) -> [String; 8] {
    let [mean, low, high] = bounds(&figure.estimate);
    let replications = figure.estimate.replications.to_string();
    let [scope, metric, unit] = [figure.scope.as_str(), figure.metric, figure.unit].map(str::to_owned);
    [strategy.to_owned(), scope, metric, unit, mean, low, high, replications]
}
