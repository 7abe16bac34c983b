//! `duplicates.svg`: how many effects each strategy applied again, and what brought them about; how many repetitions were
//! suppressed, and by what: behind the causes in each bar, lighter.

use super::canvas::Heading;
use super::stacked::{self, Bar, Part};
use super::{findings, palette};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{ReportError, lookup, number};

/// The chart as an SVG document; none where nothing was repeated.
pub(super) fn chart(results: &Results) -> Result<Option<String>, ReportError> {
    let bars: Vec<_> = results.strategies.iter().map(bar).collect();
    let heading = Heading::new(&findings::duplicates(results), caption(results));
    stacked::chart("duplicates.svg", &heading, &bars)
}

fn bar(strategy: &StrategyResults) -> Bar<'_> {
    // The same order in each bar, so that bars are compared part by part.
    let mut causes = lookup::causes(strategy);
    causes.sort_by_key(|&(cause, _)| cause);
    let mut mechanisms = lookup::mechanisms(strategy);
    mechanisms.sort_by_key(|&(mechanism, _)| mechanism);
    let suppresses = !mechanisms.is_empty();
    let repeated = causes.into_iter().map(|(cause, estimate)| Part {
        amount: estimate.mean,
        words: format!("{} {}", number::mean(estimate, "effects"), cause.words()),
        colour: palette::cause(cause),
    });
    let suppressed = mechanisms.into_iter().map(|(mechanism, estimate)| Part {
        amount: estimate.mean,
        words: format!("{} suppressed {}", number::mean(estimate, "effects"), mechanism.words()),
        colour: palette::SUPPRESSED,
    });
    let text = lookup::figure(strategy, "duplicates");
    let text = text.map_or_else(|| "-".to_owned(), |estimate| number::estimate(estimate, "effects").to_string());
    // Where the bar is longer than what was done again, that has to be said.
    let text = if suppresses { format!("{text} again") } else { text };
    Bar::new(&strategy.name, text, repeated.chain(suppressed).collect())
}

fn caption(results: &Results) -> &'static str {
    if results.strategies.iter().all(|strategy| lookup::mechanisms(strategy).is_empty()) {
        "Effects applied again, by their cause"
    } else {
        "Effects applied again, by their cause; lighter: repeats that were suppressed"
    }
}
