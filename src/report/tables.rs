//! The CSV files. Numbers are the shortest decimals that read back as the same value; `inf` is never.

use super::ReportError;
use crate::experiment::compare::Pair;
use crate::experiment::results::{Figure, PrecisionResult, Results, StrategyResults};
use crate::stats::Estimate;

/// `summary.csv`: one row a figure, those of whole strategies first.
pub(super) fn summary(results: &Results) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "scenario",
        "strategy",
        "scope",
        "metric",
        "unit",
        "mean",
        "ci_low",
        "ci_high",
        "replications",
    ])?;
    for whole in [true, false] {
        for strategy in &results.strategies {
            for figure in strategy.figures.iter().filter(|figure| figure.scope.is_empty() == whole) {
                table.write_record(summary_row(results, strategy, figure))?;
            }
        }
    }
    finished(table)
}

fn summary_row(results: &Results, strategy: &StrategyResults, figure: &Figure) -> [String; 9] {
    let [mean, low, high] = bounds(&figure.estimate);
    [
        results.scenario.clone(),
        strategy.name.clone(),
        figure.scope.clone(),
        figure.metric.to_owned(),
        figure.unit.to_owned(),
        mean,
        low,
        high,
        figure.estimate.replications.to_string(),
    ]
}

/// `latency.csv`: one row a quantile.
pub(super) fn latency(results: &Results) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["scenario", "strategy", "scope", "quantile", "seconds", "ci_low", "ci_high"])?;
    for strategy in &results.strategies {
        for figure in &strategy.quantiles {
            let [mean, low, high] = bounds(&figure.estimate);
            let quantile = figure.quantile.to_string();
            table.write_record([&results.scenario, &strategy.name, &figure.scope, &quantile, &mean, &low, &high])?;
        }
    }
    finished(table)
}

/// `series.csv`: one row a bin of a series.
pub(super) fn series(results: &Results) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "scenario", "strategy", "scope", "series", "time_s", "mean", "ci_low", "ci_high", "min", "max",
    ])?;
    for strategy in &results.strategies {
        for series in &strategy.series {
            for point in &series.points {
                let names = [&results.scenario, &strategy.name, &series.scope].map(String::as_str);
                let numbers = [point.time_s, point.min, point.max].map(|value| value.to_string());
                let [time, min, max] = &numbers;
                let [mean, low, high] = &bounds(&point.estimate);
                table.write_record(names.into_iter().chain([series.series, time, mean, low, high, min, max]))?;
            }
        }
    }
    finished(table)
}

/// `comparisons.csv`: one row a metric of each strategy but the baseline.
pub(super) fn comparisons(results: &Results) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "scenario",
        "strategy",
        "baseline",
        "metric",
        "unit",
        "difference",
        "ci_low",
        "ci_high",
        "variance_ratio",
        "replications",
    ])?;
    for comparison in &results.comparisons {
        let name = |index: usize| results.strategies.get(index).map_or("", |strategy| strategy.name.as_str());
        let [difference, low, high] = bounds(&comparison.difference);
        let ratio = comparison.variance_ratio.map_or_else(String::new, |ratio| ratio.to_string());
        let count = comparison.difference.replications.to_string();
        let names = [&results.scenario, name(comparison.strategy), name(results.baseline)];
        let texts = [comparison.metric, comparison.unit, &difference, &low, &high, &ratio, &count];
        table.write_record(names.into_iter().chain(texts))?;
    }
    finished(table)
}

/// `pairs.csv`: one row a metric of each pair of strategies, with a verdict on the first named; all are corrected together.
pub(super) fn pairs(results: &Results) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let figures = ["metric", "unit", "difference", "ci_low", "ci_high", "p_holm", "detectable", "verdict"];
    table.write_record(["scenario", "strategy", "against"].into_iter().chain(figures))?;
    for Pair { first, second, row } in &results.pairs {
        let name = |index: usize| results.strategies.get(index).map_or("", |strategy| strategy.name.as_str());
        let [difference, low, high] = row.difference.as_ref().map_or_else(|| [const { String::new() }; 3], bounds);
        let detectable = row.detectable.map_or_else(String::new, |change| change.to_string());
        let verdict = super::limit::word(row.verdict)?;
        let names = [&results.scenario, name(*second), name(*first), row.metric, row.unit];
        let texts = [&difference, &low, &high, &row.p_holm.to_string(), &detectable, &verdict];
        table.write_record(names.into_iter().chain(texts.into_iter().map(String::as_str)))?;
    }
    finished(table)
}

/// `precision.csv`: one row a strategy, where a precision was asked for.
pub(super) fn precision(results: &Results, precision: &PrecisionResult) -> Result<Vec<u8>, ReportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "scenario",
        "strategy",
        "metric",
        "within",
        "relative_half_width",
        "reached",
        "replications",
        "max_replications",
    ])?;
    let numbers = [precision.within, results.replications as f64, precision.max_replications as f64];
    let [within, count, most] = &numbers.map(|value| value.to_string());
    for one in &precision.strategies {
        let name = results.strategies.get(one.strategy).map_or("", |strategy| strategy.name.as_str());
        let width = one.half_width.map_or_else(String::new, |width| width.to_string());
        let reached = one.reached.word();
        table.write_record([&results.scenario, name, precision.metric, within, &width, reached, count, most])?;
    }
    finished(table)
}

/// Mean and both ends of the interval; the ends are empty where there is no interval.
pub(super) fn bounds(estimate: &Estimate) -> [String; 3] {
    let end = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let interval = estimate.interval;
    [estimate.mean.to_string(), end(interval.map(|(low, _)| low)), end(interval.map(|(_, high)| high))]
}

pub(super) fn finished(table: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ReportError> {
    table.into_inner().map_err(|error| ReportError::Table(error.into_error().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn rows(bytes: Vec<u8>) -> Vec<String> {
        String::from_utf8(bytes).expect("csv is text").lines().map(str::to_owned).collect()
    }

    #[test]
    fn whole_strategies_come_before_their_parts() {
        let rows = rows(summary(&fixture::atm()).expect("a table"));
        assert_eq!(rows[0], "scenario,strategy,scope,metric,unit,mean,ci_low,ci_high,replications");
        let whole = |row: &String| row.split(',').nth(2) == Some("");
        let wholes = rows[1..].iter().take_while(|row| whole(row)).count();
        assert!(wholes > 0 && wholes < rows.len() - 1);
        assert!(rows[1 + wholes..].iter().all(|row| !whole(row)));
    }

    #[test]
    fn never_is_inf_and_an_absent_interval_is_empty() {
        let mut results = fixture::atm();
        fixture::single_replication(&mut results);
        fixture::never(&mut results, 0, 0.01);
        let rows = rows(latency(&results).expect("a table"));
        assert_eq!(rows[0], "scenario,strategy,scope,quantile,seconds,ci_low,ci_high");
        assert!(rows.contains(&"atm,hourly batch,,0.99,inf,,".to_owned()), "{rows:?}");
        assert!(rows.contains(&"atm,per event,,0.99,1.4,,".to_owned()), "{rows:?}");
    }

    #[test]
    fn names_are_quoted_where_the_format_needs_it() {
        let mut results = fixture::atm();
        results.strategies[0].name = "a \"b\", c".to_owned();
        let rows = rows(series(&results).expect("a table"));
        assert_eq!(rows[0], "scenario,strategy,scope,series,time_s,mean,ci_low,ci_high,min,max");
        assert!(rows[1].starts_with("atm,\"a \"\"b\"\", c\",,backlog,0,"), "{}", rows[1]);
    }
}
