//! How a work is measured: with its bare loop in turn, so that a busy machine strikes both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{BenchError, Length, Play, Work};

/// How long a work is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// How much of it is done at a time.
    pub length: Length,
    /// It is done so many times, unless twice the time has gone.
    pub fewest: usize,
    /// And at most so many.
    pub most: usize,
    /// Between the two, until so much time has gone.
    pub time: Duration,
}

impl Effort {
    /// Whether it is done once more. Once it is done in any case.
    fn goes_on(&self, times: usize, elapsed: Duration) -> bool {
        let long_enough = if times < self.fewest { 2 * self.time } else { self.time };
        times == 0 || (times < self.most && elapsed < long_enough)
    }
}

/// What was measured of a work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub work: String,
    /// So many of its unit a second: one over the median time.
    pub items_per_s: f64,
    /// Nanoseconds for each.
    pub ns_per_item: f64,
    /// Its time over that of the bare loop just before and just after it: the median; none without a bare loop.
    pub ratio: Option<f64>,
    /// The most memory that the process had held when the simulator was done, in MiB; none where the system does not tell.
    pub peak_mib: Option<f64>,
}

/// Measures a work in this process. It is done once before anything is timed; what the process has held by then is its
/// memory, so that a process should measure no more than one.
///
/// # Errors
/// What stopped it.
pub fn measure(work: &Work, effort: &Effort) -> Result<Row, BenchError> {
    let ready = (work.ready)(effort.length)?;
    let done = (ready.simctl)()?;
    let peak_mib = peak_mib();
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    let start = Instant::now();
    let mut before = ready.bare.as_ref().map(timed).transpose()?;
    while effort.goes_on(times.len(), start.elapsed()) {
        let simulated = timed(&ready.simctl)?;
        let after = ready.bare.as_ref().map(timed).transpose()?;
        ratios.extend(before.zip(after).map(|(before, after)| 2.0 * simulated / (before + after)));
        times.push(simulated);
        before = after;
    }
    let time = median(times).unwrap_or(f64::NAN) / done as f64;
    Ok(Row {
        work: work.name.to_owned(),
        items_per_s: 1.0 / time,
        ns_per_item: time * 1e9,
        ratio: median(ratios),
        peak_mib,
    })
}

/// Seconds that it takes; at least a nanosecond, so that a rate can be told.
fn timed(play: &Play) -> Result<f64, BenchError> {
    let start = Instant::now();
    black_box(play()?);
    Ok(start.elapsed().as_secs_f64().max(1e-9))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// The most memory that this process has held, in MiB; none where the system does not tell.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::bench::Ready;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn a_slow_machine_does_it_less_often() {
        let seconds = Duration::from_secs;
        let effort = Effort { length: Length::Whole, fewest: 3, most: 5, time: seconds(2) };
        assert!(effort.goes_on(0, seconds(60)), "once in any case");
        assert!(effort.goes_on(2, seconds(3)) && !effort.goes_on(2, seconds(4)));
        assert!(effort.goes_on(4, seconds(1)) && !effort.goes_on(4, seconds(2)) && !effort.goes_on(5, seconds(0)));
    }

    /// Sleeps are at least as long as asked for: a tenth of the items in the same time is ten times the time an item.
    #[test]
    fn a_row_is_of_the_median_time_over_what_was_done() {
        fn slept(ms: u64, done: u64) -> Play {
            Box::new(move || {
                std::thread::sleep(Duration::from_millis(ms));
                Ok(done)
            })
        }
        let work = Work {
            name: "sleep",
            unit: "naps",
            target: "",
            ready: |length| Ok(Ready { simctl: slept(20, length.of(500)), bare: Some(slept(4, 5)) }),
        };
        let effort = Effort { length: Length::Hundredth, fewest: 2, most: 3, time: Duration::from_millis(10) };
        let row = measure(&work, &effort).unwrap();
        assert_eq!(row.work, "sleep");
        // Five naps took 20 ms or more: 4 ms each.
        assert!(row.ns_per_item >= 4e6 && row.items_per_s <= 250.0, "{row:?}");
        assert!((row.ns_per_item * row.items_per_s / 1e9 - 1.0).abs() < 1e-12, "{row:?}");
        assert!(row.ratio.is_some_and(|ratio| ratio > 0.0), "{row:?}");
        assert_eq!(row.peak_mib.is_some(), cfg!(target_os = "linux"));
    }
}
