//! The screen: one page that a person reads at a glance, and whose last sentence answers the scenario's question.

mod branches;
mod callouts;
mod faults;
mod intervals;
mod kept;
mod machines;
mod objectives;
mod paint;
mod remedies;
mod services;
mod sparkline;
mod table;
mod verdict;

use super::time_text;
use crate::experiment::results::{PricesUsed, Results};
use paint::Paint;

pub(super) use intervals::{by_batches, doubt};
pub(super) use machines::means;
pub(super) use paint::wrapped;

/// Strategies' names are cut to this many characters where columns must line up.
const NAME_WIDTH: usize = 24;

/// The page for a terminal of `width` columns (used between 60 and 100 of them), with or without colour codes. It ends
/// with a line end.
#[must_use]
pub fn render(results: &Results, width: usize, colour: bool) -> String {
    let width = width.clamp(60, 100);
    let paint = Paint { colour };
    let parts = [
        heading(results, width, paint),
        table::render(results, width, paint),
        branches::render(results, width, paint),
        sparkline::render(results, width, paint),
        faults::render(results, width, paint),
        remedies::render(results, width, paint),
        objectives::render(results, width, paint),
        callouts::render(results, width, paint),
        services::render(results, width, paint),
        machines::render(results, width, paint),
        intervals::render(results, width, paint),
        verdict::render(results, width, paint),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part + "\n").collect::<Vec<_>>().join("\n")
}

/// The sentences that compare, for a page that breaks lines itself: the best strategy's first, the price of waiting last.
pub(super) fn sentences(results: &Results) -> Vec<String> {
    let text = verdict::render(results, UNBROKEN, Paint { colour: false });
    let waiting = machines::price_of_waiting(results).map(|said| said + ".");
    text.lines().rev().map(paint::unbroken).chain(waiting).collect()
}

/// What must not be overlooked, a sentence each.
pub(super) fn warnings(results: &Results) -> Vec<String> {
    let text = callouts::render(results, UNBROKEN, Paint { colour: false });
    text.lines().map(paint::unbroken).collect()
}

/// What is to be known of the intervals, a sentence each.
pub(super) fn intervals(results: &Results) -> Vec<String> {
    let text = intervals::render(results, UNBROKEN, Paint { colour: false });
    text.lines().map(paint::unbroken).collect()
}

/// A width at which no line is broken.
const UNBROKEN: usize = usize::MAX / 2;

fn heading(results: &Results, width: usize, paint: Paint) -> String {
    let title = format!("{}: {}", results.scenario, results.summary);
    let spread = spread(results);
    let arrivals = time_text::short(results.duration_s);
    let settings = format!("{arrivals} of arrivals from {}, seed {}, {spread}", results.start, results.seed);
    let prices = prices(&results.prices).map_or_else(String::new, |line| format!("\n{}", wrapped(&line, width, 0)));
    format!("{}\n{}{prices}", paint.bold(&wrapped(&title, width, 0)), wrapped(&settings, width, 0))
}

/// `20 replications with 95 % intervals`.
pub(super) fn spread(results: &Results) -> String {
    match (&results.batch_means, results.replications) {
        (Some(batches), _) => {
            let length = time_text::short(batches.seconds);
            format!("1 replication with 95 % intervals from {} batches of {length}", batches.batches)
        }
        (None, 1) => "1 replication, so no intervals".to_owned(),
        (None, count) => format!("{count} replications with 95 % intervals"),
    }
}

/// `prices of eu-central-1, 2026-12-01: 3 lines of the bill are not as embedded, free tier granted`; none where nothing
/// was asked for.
pub(super) fn prices(prices: &PricesUsed) -> Option<String> {
    let changed = match prices.changed.len() {
        0 => None,
        1 => Some("1 line of the bill is not as embedded".to_owned()),
        count => Some(format!("{count} lines of the bill are not as embedded")),
    };
    let free = prices.free.as_ref().map(|_| "free allowances of its own".to_owned());
    let granted = prices.free_tier.then(|| "free tier granted".to_owned());
    let said: Vec<_> = changed.into_iter().chain(free).chain(granted).collect();
    (!said.is_empty()).then(|| format!("prices of {}, {}: {}", prices.region, prices.written, said.join(", ")))
}

/// A name cut to the width of its column.
fn short_name(name: &str) -> String {
    if name.chars().count() <= NAME_WIDTH {
        return name.to_owned();
    }
    name.chars().take(NAME_WIDTH - 1).chain(['…']).collect()
}

/// The width of the column of names.
fn name_width(results: &Results) -> usize {
    let widths = results.strategies.iter().map(|strategy| short_name(&strategy.name).chars().count());
    widths.max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
