//! `warm-up = "auto"`: the start that is cut, found on runs of their own.
//!
//! A few replications that are not measured, with numbers that no measured replication has, are run first. Their
//! backlogs, averaged bin by bin over them, go through MSER-5, strategy by strategy; the longest cut is the warm-up of
//! all, so that all are measured on the same items. As the replications that are measured had no part in it, nothing is cut
//! because of how they came out.

use super::results::{WarmUpOf, WarmUpResult};
use super::run::{REPORTS_A_RUN, pool, run_some};
use super::{ExperimentError, Options, series};
use crate::kernel::Span;
use crate::scenario::Scenario;
use crate::stats::mser5;

/// The first of the replications that are not measured: beyond any that is.
const FIRST: u64 = 10_000;
/// Most of them.
const AT_MOST: u64 = 5;

/// The scenario with its warm-up found, and what was found.
pub(super) fn found(scenario: &Scenario, options: Options<'_>) -> Result<(Scenario, WarmUpResult), ExperimentError> {
    let pool = pool(options.threads)?;
    let pilots = scenario.run.replications.min(AT_MOST);
    let options = Options { progress: None, ..options };
    let mut strategies = Vec::new();
    for strategy in 0..scenario.designs.len() {
        let outcomes = run_some(scenario, strategy, FIRST..FIRST + pilots, &pool, REPORTS_A_RUN, options)?;
        let (width, backlog) = series::mean_backlog(&outcomes, scenario.run.duration);
        let cut = mser5(&backlog);
        let warm_up = cut.map_or(Span::ZERO, |cut| width.times(cut.values as u64));
        strategies.push((
            warm_up,
            WarmUpOf { strategy, seconds: warm_up.as_secs_f64(), beyond_half: cut.is_none_or(|cut| cut.beyond_half) },
        ));
    }
    let longest = strategies.iter().map(|(warm_up, _)| *warm_up).max().unwrap_or(Span::ZERO);
    let mut settled = scenario.clone();
    settled.run.warm_up = longest;
    let strategies = strategies.into_iter().map(|(_, found)| found).collect();
    Ok((settled, WarmUpResult { seconds: longest.as_secs_f64(), pilots, strategies }))
}
