//! Azure Functions 2019: the invocations of each function in each minute of a day.
//!
//! `HashOwner,HashApp,HashFunction,Trigger,1,…,1440`
//! (github.com/Azure/AzurePublicDataset, AzureFunctionsDataset2019.md). The file is summed as it is opened, in 1,440
//! counters; the items of a minute are drawn in ascending order, so nothing else is stored.

use crate::arrivals::error::ArrivalError;
use crate::arrivals::spread::{Ascending, whole_count};
use crate::kernel::{Purpose, Root, Time};

use super::table::{Column, Table, shown};
use super::{ITEMS_MAX, Pace};

const MINUTES: usize = 1_440;
const MINUTE_NS: u64 = 60_000_000_000;

/// Sums the counts of one function, or of all.
pub(super) fn read(table: &mut Table, only: Option<&str>) -> Result<Vec<u64>, ArrivalError> {
    let function = table.column("HashFunction")?;
    let columns = minute_columns(table)?;
    let mut counts = vec![0u64; columns.len()];
    let mut rows = 0u64;
    while table.advance()? {
        let found = table.text(&function)?;
        if only.is_some_and(|only| only != found) {
            continue;
        }
        rows += 1;
        for (sum, column) in counts.iter_mut().zip(&columns) {
            *sum = table.value(column, "a whole number of invocations", |text| {
                sum.checked_add(text.trim().parse::<u64>().ok()?)
            })?;
        }
    }
    if rows > 0 {
        return Ok(counts);
    }
    let problem = only.map_or_else(
        || "no rows; expected at least one function".to_owned(),
        |only| format!("no row with `HashFunction` {}; expected one", shown(only)),
    );
    Err(ArrivalError::Empty { path: table.path().to_owned(), problem })
}

/// The columns `1`, `2`, … as far as they go without a gap: 1,440 in the published files.
fn minute_columns(table: &Table) -> Result<Vec<Column>, ArrivalError> {
    let wrong = |problem| ArrivalError::Header { path: table.path().to_owned(), problem };
    let mut places = vec![None; MINUTES];
    for (index, name) in table.header().iter().enumerate() {
        let minute = name.parse::<usize>().ok().filter(|minute| (1..=MINUTES).contains(minute));
        let twice = minute.and_then(|minute| places[minute - 1].replace(index));
        if twice.is_some() {
            return Err(wrong(format!("column `{name}` appears twice in the header")));
        }
    }
    let count = places.iter().take_while(|place| place.is_some()).count();
    if let Some(beyond) = places.iter().skip(count).position(Option::is_some) {
        let beyond = count + beyond + 1;
        return Err(wrong(format!("no column `{}`, though there is one for minute {beyond}", count + 1)));
    }
    if count == 0 {
        return Err(wrong("no column `1`; expected the counts of minutes 1 to 1440".to_owned()));
    }
    Ok(places.into_iter().flatten().map(|index| table.column_at(index)).collect())
}

/// One minute has more items than a whole run may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManyInOne;

/// The items of the minutes, one after the other.
#[derive(Debug)]
pub(super) struct Minutes {
    counts: Vec<u64>,
    /// The minute being replayed, from 0.
    minute: usize,
    points: Ascending,
    pace: Pace,
    load: f64,
    copies: Purpose,
    offsets: Purpose,
}

impl Minutes {
    pub(super) fn new(
        counts: Vec<u64>,
        pace: Pace,
        load: f64,
        root: &Root,
        stream: &str,
    ) -> Result<Self, TooManyInOne> {
        let copies = root.purpose(stream, "copies");
        let offsets = root.purpose(stream, "copy offset");
        let mut minutes = Self { counts, minute: 0, points: Ascending::new(0), pace, load, copies, offsets };
        minutes.points = minutes.points_of(0)?;
        Ok(minutes)
    }

    /// When the next item arrives in the run.
    pub(super) fn next(&mut self) -> Result<Option<Time>, TooManyInOne> {
        while self.minute < self.counts.len() {
            let mut draw = self.offsets.draw(self.points.left(), self.minute as u32);
            let Some(point) = self.points.next(&mut draw) else {
                self.minute += 1;
                self.points = self.points_of(self.minute)?;
                continue;
            };
            let nanos = self.minute as u64 * MINUTE_NS + (point * MINUTE_NS as f64) as u64;
            if let Some(at) = self.pace.run_time(nanos) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The items of a minute. One that is skipped as a whole has none: nobody waits for draws that nobody sees.
    fn points_of(&self, minute: usize) -> Result<Ascending, TooManyInOne> {
        if self.pace.skip_ns >= (minute as u64 + 1) * MINUTE_NS {
            return Ok(Ascending::new(0));
        }
        let count = self.counts.get(minute).copied().unwrap_or(0) as f64 * self.load;
        let count = whole_count(count, &mut self.copies.draw(minute as u64, 0));
        if count > ITEMS_MAX { Err(TooManyInOne) } else { Ok(Ascending::new(count)) }
    }
}
