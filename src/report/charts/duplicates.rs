//! `duplicates.svg`: how many effects each strategy applied again, and what brought them about.

use super::canvas::Heading;
use super::stacked::{self, Bar, Part};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};

/// The chart as an SVG document; none where there is no duplicate.
pub(super) fn chart(results: &Results) -> Result<Option<String>, ReportError> {
    let bars: Vec<_> = results.strategies.iter().map(bar).collect();
    let heading = Heading::new(&findings::duplicates(results), "Effects applied again, by their cause");
    stacked::chart("duplicates.svg", &heading, &bars)
}

fn bar(strategy: &StrategyResults) -> Bar<'_> {
    let mut causes = lookup::causes(strategy);
    // The same order in each bar, so that bars are compared part by part.
    causes.sort_by_key(|(cause, _)| *cause);
    let parts = causes.into_iter().map(|(cause, estimate)| Part {
        amount: estimate.mean,
        words: format!("{} {}", number::mean(estimate, "effects"), cause.words()),
        colour: palette::cause(cause),
    });
    let text = lookup::figure(strategy, "duplicates");
    let text = text.map_or_else(|| "-".to_owned(), |estimate| number::estimate(estimate, "effects").to_string());
    Bar::new(&strategy.name, text, parts.collect())
}
