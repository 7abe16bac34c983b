//! Derives the week of hourly rates in `scenarios/atm.toml` from real series, as `docs/atm-profile.md` tells.
//!
//! ```text
//! cargo run --example derive_atm_profile -- ../shared/data/arrivals
//! ```
//!
//! The folder holds `atm-withdrawals-nn5-a.csv` (day of the week), `bank-call-centre-5min-a.csv` and
//! `bike-rentals-hourly-2011-2012.csv` (hour of the day).

use std::path::{Path, PathBuf};

/// Anything that keeps a series from being read.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Items a second, by day of the week from Monday and by hour of the day.
pub type Week = [[f64; 24]; 7];

/// Mean rate of the Monday, items a second.
const MONDAY_MEAN: f64 = 24.0;
/// Hours in which the bank answers calls.
const OPEN: std::ops::Range<usize> = 7..21;
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("../shared/data/arrivals"), PathBuf::from);
    for (day, rates) in DAYS.iter().zip(derive(&folder)?) {
        let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.1}")).collect();
        println!("{}, # {day}", rates.join(", "));
    }
    Ok(())
}

/// The week: each hour is the hour's share of the day times the weekday's share of the week, scaled to Monday's mean.
///
/// # Errors
/// A file that is absent or not as described above.
pub fn derive(folder: &Path) -> Outcome<Week> {
    let day = day_shape(folder)?;
    let weekdays = weekday_means(folder)?;
    Ok(weekdays.map(|weekday| day.map(|hour| MONDAY_MEAN * weekday / weekdays[0] * hour)))
}

/// Mean withdrawals at a cash machine by day of the week, from Monday. Missing values are left out, zeros are not.
///
/// # Errors
/// As [`derive`].
pub fn weekday_means(folder: &Path) -> Outcome<[f64; 7]> {
    let (mut sums, mut counts) = ([0.0; 7], [0.0; 7]);
    for row in rows(&folder.join("atm-withdrawals-nn5-a.csv"))? {
        let (day, value) = (row[1].parse::<usize>()?, &row[2]);
        if !value.is_empty() {
            // Day 0 is 18 March 1996, a Monday.
            sums[day % 7] += value.parse::<f64>()?;
            counts[day % 7] += 1.0;
        }
    }
    Ok(std::array::from_fn(|day| sums[day] / counts[day]))
}

/// Shape of a day, mean 1: what a bank's customers do at an hour times how many people are out and about.
///
/// # Errors
/// As [`derive`].
pub fn day_shape(folder: &Path) -> Outcome<[f64; 24]> {
    let (bank, street) = (bank_calls(folder)?, rentals(folder)?);
    Ok(normalised(std::array::from_fn(|hour| bank[hour] * street[hour])))
}

/// Calls to a bank by hour of the day, in all; in the hours without data, as many as in the quietest hour with data.
fn bank_calls(folder: &Path) -> Outcome<[f64; 24]> {
    let mut calls = [0.0; 24];
    for row in rows(&folder.join("bank-call-centre-5min-a.csv"))? {
        let hour = row[1].parse::<usize>()? / 60;
        *calls.get_mut(hour).ok_or("a minute of the day is past midnight")? += row[2].parse::<f64>()?;
    }
    let quietest = calls[OPEN].iter().copied().fold(f64::INFINITY, f64::min);
    Ok(std::array::from_fn(|hour| if OPEN.contains(&hour) { calls[hour] } else { quietest }))
}

/// Bicycles rented by hour of the day, in all.
fn rentals(folder: &Path) -> Outcome<[f64; 24]> {
    let mut rentals = [0.0; 24];
    for row in rows(&folder.join("bike-rentals-hourly-2011-2012.csv"))? {
        let hour = row[1].parse::<usize>()?;
        *rentals.get_mut(hour).ok_or("an hour of the day is past 23")? += row[2].parse::<f64>()?;
    }
    Ok(rentals)
}

fn normalised(shape: [f64; 24]) -> [f64; 24] {
    let mean = shape.iter().sum::<f64>() / 24.0;
    shape.map(|hour| hour / mean)
}

/// The rows of a CSV file with a header, each of three fields.
fn rows(path: &Path) -> Outcome<Vec<csv::StringRecord>> {
    let mut reader =
        csv::Reader::from_path(path).map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    match rows.iter().find(|row| row.len() != 3) {
        Some(row) => Err(format!("{} has {} columns, not 3", path.display(), row.len()).into()),
        None => Ok(rows),
    }
}
