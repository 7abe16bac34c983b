//! `cost.svg`: what a million effects cost in each strategy, and for which services.

use super::canvas::Heading;
use super::stacked::{self, Bar, Part};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};

const COST: &str = "cost_usd_per_million";

/// The chart as an SVG document; none where no more than one service is on any bill: then the table says it all.
pub(super) fn chart(results: &Results) -> Result<Option<String>, ReportError> {
    if !lookup::several_services(results) {
        return Ok(None);
    }
    let bars: Vec<_> = results.strategies.iter().map(bar).collect();
    let things = lookup::unit_word(results);
    let note = format!("US dollars for a million {things} processed, by the service on whose bill they stand");
    stacked::chart("cost.svg", &Heading::new(&findings::cost(results), &note), &bars)
}

fn bar(strategy: &StrategyResults) -> Bar<'_> {
    // In the order of the bill in each bar, so that bars are compared part by part.
    let parts = lookup::services(strategy).into_iter().map(|(service, estimate)| Part {
        amount: estimate.mean,
        words: format!("{service} {}", number::mean(estimate, "USD")),
        colour: palette::service(service),
    });
    let text = lookup::figure(strategy, COST).filter(|estimate| estimate.mean.is_finite());
    let text = text.map_or_else(|| "-".to_owned(), |estimate| number::estimate(estimate, "USD").to_string());
    Bar::new(&strategy.name, text, parts.collect())
}
