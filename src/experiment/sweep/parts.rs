//! Finished points on the disk: one small file a point, written aside, brought to the disk and renamed, so that a part is
//! there whole or not at all. What a part holds reads back as exactly the same numbers.
//!
//! ```text
//! simctl part 2
//! sweep 5d41…            the digest of the sweep it belongs to
//! point 12
//! fingerprint 9b1c…
//! doubt 0 latency_p99    quantiles in doubt: strategy and metric
//! 0,,latency_p99,3571.25,3560.5,3582,20
//! …                      strategy, scope, metric, mean, interval, replications
//! end 77a0…              the digest of all lines above
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{PointResults, Sweep};
use crate::experiment::results::Figure;
use crate::metrics::catalogue;
use crate::stats::Estimate;

/// First line of every part; its number grows with the form.
const HEAD: &str = "simctl part 2";
/// How the name of a part ends.
const ENDING: &str = ".part";
/// How the name of a part begins that is not complete yet.
const ASIDE: &str = ".simctl-part-";

/// The folder that the parts of one sweep are in.
#[derive(Debug, Clone)]
pub struct Parts {
    folder: PathBuf,
    digest: String,
    strategies: usize,
    points: u64,
}

/// What is wrong with parts.
#[derive(Debug, Error)]
pub enum PartError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// Something else is in the folder.
    #[error("{} holds {entry:?}, which is no part of a sweep: move it elsewhere, or name another folder", folder.display())]
    Stranger {
        /// The folder of the parts.
        folder: PathBuf,
        /// What is in it.
        entry: String,
    },
    /// A part is not whole.
    #[error("{} is torn ({why}): remove it, and run its point again", path.display())]
    Torn {
        /// Which part.
        path: PathBuf,
        /// How that was seen.
        why: &'static str,
    },
    /// A part is of another sweep.
    #[error(
        "{} is of another sweep: its scenario, seed, values or version of simctl were not these; name another folder, or \
         remove it (a sweep on one machine can begin anew with --restart)",
        path.display()
    )]
    Foreign {
        /// Which part.
        path: PathBuf,
    },
    /// Points have no part.
    #[error("{missing} of {points} points are missing, the first of them point {first}: run them, then merge again")]
    Holes {
        /// How many.
        missing: u64,
        /// Of how many.
        points: u64,
        /// The first, from 0.
        first: u64,
    },
}

impl Parts {
    /// The parts of a sweep in that folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: PathBuf, sweep: &Sweep) -> Self {
        let strategies = sweep.base().designs.len();
        Self { folder, digest: sweep.digest().to_owned(), strategies, points: sweep.points() }
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Which points are done. Every part is read to its end.
    ///
    /// # Errors
    /// The first, by name, that is torn or foreign, or anything else that is in the folder.
    pub fn done(&self) -> Result<Vec<bool>, PartError> {
        let mut done = vec![false; usize::try_from(self.points).unwrap_or(0)];
        for name in self.names()? {
            let point = point_of(&name).ok_or_else(|| self.stranger(&name))?;
            let part = self.read(point)?;
            let slot = usize::try_from(part.point).ok().and_then(|point| done.get_mut(point));
            *slot.ok_or_else(|| PartError::Foreign { path: self.path(point) })? = true;
        }
        Ok(done)
    }

    /// Names of the complete parts, and of strangers, in their order; none where there is no folder.
    fn names(&self) -> Result<Vec<String>, PartError> {
        let unreadable = |source| self.failed("read", &self.folder)(source);
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        // What others write aside at this moment, and what killed ones left.
        names.retain(|name| !name.starts_with(ASIDE));
        names.sort_unstable();
        Ok(names)
    }

    fn stranger(&self, entry: &str) -> PartError {
        PartError::Stranger { folder: self.folder.clone(), entry: entry.to_owned() }
    }

    fn failed(&self, action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PartError + use<> {
        let path = path.to_owned();
        move |source| PartError::Io { action, path, source }
    }

    fn path(&self, point: u64) -> PathBuf {
        self.folder.join(format!("{point:07}{ENDING}"))
    }

    /// Writes a finished point: aside, to the disk, and renamed.
    ///
    /// # Errors
    /// What the operating system refused.
    pub fn write(&self, results: &PointResults) -> Result<(), PartError> {
        let path = self.path(results.point);
        fs::create_dir_all(&self.folder).map_err(self.failed("create", &self.folder))?;
        let aside = tempfile::Builder::new().prefix(ASIDE).tempfile_in(&self.folder);
        let mut aside = aside.map_err(self.failed("create a file in", &self.folder))?;
        let text = self.text(results);
        aside.write_all(text.as_bytes()).map_err(self.failed("write", &path))?;
        aside.as_file().sync_all().map_err(self.failed("write", &path))?;
        aside.persist(&path).map_err(|error| self.failed("put in place", &path)(error.error))?;
        // The name too shall outlive a loss of power; where a folder cannot be opened, that is all that can be done.
        if let Ok(folder) = fs::File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn text(&self, results: &PointResults) -> String {
        let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        for (index, figures) in results.strategies.iter().enumerate() {
            for figure in figures {
                let record = record(index, figure);
                table.write_record(&record).expect("records of one length go to memory");
            }
        }
        let rows = table.into_inner().expect("memory takes what is left");
        let rows = String::from_utf8(rows).expect("text makes text");
        let PointResults { point, fingerprint, doubts, .. } = results;
        let doubts: String = doubts.iter().map(|(strategy, metric)| format!(" {strategy} {metric}")).collect();
        let head = format!("{HEAD}\nsweep {}\npoint {point}\nfingerprint {fingerprint}\ndoubt{doubts}\n", self.digest);
        let body = head + &rows;
        let end = blake3::hash(body.as_bytes()).to_hex();
        format!("{body}end {end}\n")
    }

    /// Reads the part of a point.
    ///
    /// # Errors
    /// If it is not there, torn or of another sweep.
    pub fn read(&self, point: u64) -> Result<PointResults, PartError> {
        let path = self.path(point);
        let bytes = fs::read(&path).map_err(self.failed("read", &path))?;
        let torn = |why| PartError::Torn { path: path.clone(), why };
        let text = String::from_utf8(bytes).map_err(|_| torn("it is no text"))?;
        let body = whole(&text).ok_or_else(|| torn("its digest is not that of its lines"))?;
        let foreign = || PartError::Foreign { path: path.clone() };
        let body = body.strip_prefix(HEAD).ok_or_else(foreign)?;
        let mut lines = body.trim_start_matches('\n').splitn(5, '\n');
        let mut field = |name: &str| lines.next().and_then(|line| line.strip_prefix(name)).map(str::trim);
        let [sweep, number, fingerprint, doubts] = ["sweep ", "point ", "fingerprint ", "doubt"].map(&mut field);
        if sweep != Some(self.digest.as_str()) || number.and_then(|number| number.parse().ok()) != Some(point) {
            return Err(foreign());
        }
        let fingerprint = fingerprint.ok_or_else(foreign)?.to_owned();
        let doubts = doubts.and_then(|words| self.doubts(words)).ok_or_else(foreign)?;
        let strategies = self.figures(lines.next().unwrap_or_default()).ok_or_else(foreign)?;
        Ok(PointResults { point, fingerprint, strategies, doubts })
    }

    fn doubts(&self, words: &str) -> Option<Vec<(usize, &'static str)>> {
        let words: Vec<&str> = words.split_ascii_whitespace().collect();
        let doubt = |pair: &[&str]| match pair {
            [strategy, metric] => {
                let strategy = strategy.parse().ok().filter(|&strategy: &usize| strategy < self.strategies)?;
                Some((strategy, catalogue::find(metric)?.name))
            }
            _ => None,
        };
        words.chunks(2).map(doubt).collect()
    }

    fn figures(&self, rows: &str) -> Option<Vec<Vec<Figure>>> {
        let mut strategies: Vec<Vec<Figure>> = (0..self.strategies).map(|_| Vec::new()).collect();
        let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(rows.as_bytes());
        for record in table.records() {
            let (strategy, figure) = figure(&record.ok()?)?;
            strategies.get_mut(strategy)?.push(figure);
        }
        Some(strategies)
    }

    /// Hands over every point in order.
    ///
    /// # Errors
    /// [`PartError::Holes`] if points are missing; else as [`done`](Self::done); or what `take` returned.
    pub fn each<E: From<PartError>>(&self, mut take: impl FnMut(PointResults) -> Result<(), E>) -> Result<(), E> {
        (0..self.points).try_for_each(|point| take(self.read(point)?))
    }

    /// Fails unless every point is done.
    ///
    /// # Errors
    /// [`PartError::Holes`], or as [`done`](Self::done).
    pub fn complete(&self) -> Result<(), PartError> {
        let done = self.done()?;
        let missing = done.iter().filter(|done| !**done).count() as u64;
        match done.iter().position(|done| !done) {
            Some(first) => Err(PartError::Holes { missing, points: self.points, first: first as u64 }),
            None => Ok(()),
        }
    }

    /// Removes all parts and what was written aside, and the folder if nothing else is in it.
    ///
    /// # Errors
    /// What the operating system refused.
    pub fn remove(&self) -> Result<(), PartError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(self.failed("read", &self.folder))?,
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(ASIDE) || point_of(&name).is_some() {
                fs::remove_file(entry.path()).map_err(self.failed("remove", &entry.path()))?;
            }
        }
        match fs::remove_dir(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                Err(self.failed("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }
}

/// The point of a part's name.
fn point_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(ENDING)?;
    (number.len() == 7 && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.parse().ok())?
}

/// The lines of a part without the last, if that is their digest.
fn whole(text: &str) -> Option<&str> {
    let end = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (body, last) = text.split_at(end);
    let digest = last.strip_prefix("end ")?.strip_suffix('\n')?;
    (blake3::hash(body.as_bytes()).to_hex().as_str() == digest).then_some(body)
}

/// Numbers are the shortest decimals that read back as the same value.
fn record(strategy: usize, figure: &Figure) -> [String; 7] {
    let Estimate { mean, interval, replications } = figure.estimate;
    let end = |end: Option<f64>| end.map_or_else(String::new, |end| end.to_string());
    [
        strategy.to_string(),
        figure.scope.clone(),
        figure.metric.to_owned(),
        mean.to_string(),
        end(interval.map(|interval| interval.0)),
        end(interval.map(|interval| interval.1)),
        replications.to_string(),
    ]
}

fn figure(record: &csv::StringRecord) -> Option<(usize, Figure)> {
    let number = |index: usize| record.get(index)?.parse::<f64>().ok();
    let metric = catalogue::find(record.get(2)?)?;
    let interval = match record.get(4)? {
        "" => None,
        _ => Some((number(4)?, number(5)?)),
    };
    let estimate = Estimate { mean: number(3)?, interval, replications: record.get(6)?.parse().ok()? };
    let figure = Figure { scope: record.get(1)?.to_owned(), metric: metric.name, unit: metric.unit, estimate };
    Some((record.get(0)?.parse().ok()?, figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(folder: &Path) -> Parts {
        Parts { folder: folder.join("parts"), digest: "ab".repeat(32), strategies: 2, points: 3 }
    }

    fn results(point: u64) -> PointResults {
        let figure = |scope: &str, metric: &'static str, mean: f64, interval| Figure {
            scope: scope.to_owned(),
            metric,
            unit: catalogue::find(metric).expect("a metric").unit,
            estimate: Estimate { mean, interval, replications: 7 },
        };
        let infinite = f64::INFINITY;
        let first = vec![
            figure("", "latency_p99", 0.1 + 0.2, Some((1.0 / 3.0, f64::MIN_POSITIVE))),
            figure("a \"b\", c", "duplicates", 1e300, None),
        ];
        let second = vec![figure("", "latency_p99", infinite, Some((infinite, infinite)))];
        PointResults {
            point,
            fingerprint: "cd".repeat(16),
            strategies: vec![first, second],
            doubts: vec![(1, "latency_p99")],
        }
    }

    #[test]
    fn a_part_reads_back_as_the_same_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let parts = parts(folder.path());
        parts.write(&results(1)).unwrap();
        assert_eq!(parts.read(1).unwrap(), results(1));
        assert_eq!(parts.done().unwrap(), [false, true, false]);
        assert!(matches!(parts.complete(), Err(PartError::Holes { missing: 2, points: 3, first: 0 })));
    }

    #[test]
    fn every_torn_part_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let parts = parts(folder.path());
        parts.write(&results(1)).unwrap();
        let path = parts.path(1);
        let bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(matches!(parts.done(), Err(PartError::Torn { .. })), "{length}");
        }
        for flipped in 0..bytes.len() {
            let mut other = bytes.clone();
            other[flipped] ^= 1;
            fs::write(&path, other).unwrap();
            assert!(matches!(parts.done(), Err(PartError::Torn { .. })), "{flipped}");
        }
    }

    #[test]
    fn a_part_of_another_sweep_or_point_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let parts = parts(folder.path());
        parts.write(&results(1)).unwrap();
        let other = Parts { digest: "ef".repeat(32), ..parts.clone() };
        assert!(matches!(other.done(), Err(PartError::Foreign { .. })));
        fs::copy(parts.path(1), parts.path(2)).unwrap();
        assert!(matches!(parts.done(), Err(PartError::Foreign { .. })));
        fs::rename(parts.path(2), parts.path(9)).unwrap();
        assert!(matches!(parts.done(), Err(PartError::Foreign { .. })));
    }

    #[test]
    fn only_what_is_ours_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let parts = parts(folder.path());
        parts.write(&results(0)).unwrap();
        fs::write(parts.folder.join(".simctl-part-x"), "half").unwrap();
        assert_eq!(parts.done().unwrap(), [true, false, false]);
        fs::write(parts.folder.join("thesis.tex"), "years").unwrap();
        assert!(matches!(parts.done(), Err(PartError::Stranger { entry, .. }) if entry == "thesis.tex"));
        parts.remove().unwrap();
        assert_eq!(fs::read_dir(&parts.folder).unwrap().count(), 1);
        fs::remove_file(parts.folder.join("thesis.tex")).unwrap();
        parts.remove().unwrap();
        parts.remove().unwrap();
        assert!(!parts.folder.exists());
    }
}
