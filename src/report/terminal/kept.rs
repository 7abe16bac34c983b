//! What functions keep in their environments: connections that a database refused, counters that are off, and values that
//! were stale.

use super::paint;
use crate::experiment::results::StrategyResults;
use crate::report::{lookup, number};
use crate::stats::Estimate;

/// Lines of one strategy; none where its functions keep nothing, or nothing came of it.
pub(super) fn lines(strategy: &StrategyResults, width: usize) -> Vec<String> {
    let found = [refused(strategy), counter(strategy), cache(strategy)];
    found.into_iter().flatten().map(|line| paint::wrapped(&line, width, 2)).collect()
}

/// `in the initialiser: connections refused 6,120 times, of 9,400 opened`.
fn refused(strategy: &StrategyResults) -> Option<String> {
    let refused = lookup::figure(strategy, "connections_refused").filter(|refused| refused.mean > 0.0)?;
    let opened = lookup::figure(strategy, "connections_opened")?;
    Some(format!(
        "{}: connections refused {} times; {} opened",
        strategy.name,
        number::estimate(refused, "connections"),
        number::estimate(opened, "connections")
    ))
}

/// `in memory: the counter says 86,100 and is off by 4.2 %: 3,300 increments lost with their environments, 480 in memory
/// only, 3 for items done again; 99 % of the looks at it off, by up to 86,000`.
fn counter(strategy: &StrategyResults) -> Option<String> {
    let total = lookup::figure(strategy, "counter_total")?;
    let count = |metric| {
        let found = lookup::figure(strategy, metric).filter(|found| found.mean > 0.0)?;
        Some(number::estimate(found, "increments").to_string())
    };
    let error = lookup::mean(strategy, "counter_error_share");
    let error = if error > 0.0 { format!("off by {}", number::share(error)) } else { "right".to_owned() };
    let reasons = [
        count("lost_increments").map(|count| format!("{count} increments lost with their environments")),
        count("unflushed_increments").map(|count| format!("{count} in memory only")),
        count("double_increments").map(|count| format!("{count} for items done again")),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    let looks = lookup::mean(strategy, "counter_looks_off_share");
    let looks = if looks > 0.0 {
        let most = count("counter_off_max").unwrap_or_default();
        format!("; {} of the looks at it see another count, by up to {most}", number::share(looks))
    } else {
        String::new()
    };
    Some(format!("{}: its counter says {}, {error}{why}{looks}", strategy.name, number::mean(total, "increments")))
}

/// `five minutes: 4.6 % of 86,000 reads of the cached value are stale, by 142 s on average; it was loaded 1,900 times`.
fn cache(strategy: &StrategyResults) -> Option<String> {
    let reads = lookup::figure(strategy, "cache_reads")?;
    let loads = number::mean(lookup::figure(strategy, "cache_loads")?, "reads");
    let stale: &Estimate = lookup::figure(strategy, "stale_reads_share")?;
    let stale = if stale.mean > 0.0 {
        let by = number::duration(lookup::mean(strategy, "staleness_mean"));
        format!("{} of {} reads are stale, by {by} on average", number::share(stale.mean), number::mean(reads, "reads"))
    } else {
        format!("none of {} reads is stale", number::mean(reads, "reads"))
    };
    Some(format!("{}: {stale}; loaded {loads} times", strategy.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::Figure;
    use crate::report::fixture;

    fn figure(metric: &'static str, unit: &'static str, mean: f64) -> Figure {
        let estimate = Estimate { mean, interval: None, replications: 1 };
        Figure { scope: String::new(), metric, unit, estimate }
    }

    #[test]
    fn what_was_kept_is_told_where_it_was() {
        let mut strategy = fixture::atm().strategies.remove(0);
        strategy.name = "in memory".to_owned();
        assert!(lines(&strategy, 200).is_empty(), "nothing where nothing is kept");
        strategy.figures.extend([
            figure("counter_total", "increments", 950.0),
            figure("counter_error_share", "1", 0.05),
            figure("lost_increments", "increments", 40.0),
            figure("unflushed_increments", "increments", 10.0),
            figure("double_increments", "increments", 0.0),
            figure("counter_looks_off_share", "1", 0.5),
            figure("counter_off_max", "increments", 700.0),
            figure("cache_reads", "reads", 1_000.0),
            figure("cache_loads", "reads", 20.0),
            figure("stale_reads_share", "1", 0.1),
            figure("staleness_mean", "s", 30.0),
            figure("connections_refused", "connections", 7.0),
            figure("connections_opened", "connections", 90.0),
        ]);
        let expected = [
            "in memory: connections refused 7 times; 90 opened",
            "in memory: its counter says 950, off by 5 %: 40 increments lost with their environments, 10 in memory only; \
             50 % of the looks at it see another count, by up to 700",
            "in memory: 10 % of 1,000 reads are stale, by 30 s on average; loaded 20 times",
        ];
        assert_eq!(lines(&strategy, 400), expected);
    }

    #[test]
    fn a_counter_that_is_right_says_so() {
        let mut strategy = fixture::atm().strategies.remove(0);
        strategy.name = "durable".to_owned();
        strategy.figures.extend([
            figure("counter_total", "increments", 950.0),
            figure("counter_error_share", "1", 0.0),
            figure("counter_looks_off_share", "1", 0.0),
        ]);
        assert_eq!(lines(&strategy, 200), ["durable: its counter says 950, right"]);
    }
}
