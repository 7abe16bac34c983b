//! What is to be known of the intervals: whether they became as narrow as was asked, and where they hold less often than
//! they say.

use super::paint::{self, Paint};
use crate::experiment::results::{PrecisionReached, PrecisionResult, Results, StrategyPrecision};
use crate::report::number;

/// Said of every run that stopped because of the width of its intervals; measured in docs/verification.md.
const STOPPED_BY_WIDTH: &str = "! replications were added until intervals were narrow enough: such intervals hold their \
    true value less often than the 95 % they say, as a run also stops at a width that is narrow by luck";

/// A line each; what begins with `!` is a warning. Empty where there is nothing to say.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let lines = results.precision.iter().flat_map(|precision| precision_lines(results, precision));
    let shown = lines.map(|line| {
        let text = paint::wrapped(&line, width, 2);
        if line.starts_with('!') { paint.bad(&text) } else { text }
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// Whether the precision was reached, by whom it was not, and what a stop by width does to intervals.
fn precision_lines(results: &Results, precision: &PrecisionResult) -> Vec<String> {
    let PrecisionResult { metric, within, looks, strategies, .. } = precision;
    let asked = format!("{metric} within ±{} of its mean", number::share(*within));
    let count = results.replications;
    let named = |wanted: PrecisionReached| -> Vec<String> {
        let found = strategies.iter().filter(|one| one.reached == wanted);
        found.map(|one| with_width(results, one)).collect()
    };
    let mut lines = Vec::new();
    let short = named(PrecisionReached::Short);
    let reached = named(PrecisionReached::Reached);
    if !short.is_empty() {
        lines.push(format!(
            "! {asked} was asked for and not reached after {count} replications, the most allowed \
             (run.max-replications), by {}",
            short.join(", ")
        ));
    }
    if !reached.is_empty() {
        lines.push(format!("{asked} reached after {count} replications by {}", reached.join(", ")));
    }
    for (wanted, why) in [
        (PrecisionReached::Never, "is never in some replication, so that it has no mean, however many are added"),
        (PrecisionReached::NothingMeasured, "was measured in no replication"),
    ] {
        let names = named(wanted);
        if !names.is_empty() {
            lines.push(format!("! {asked} was asked for, but of {} it {why}", names.join(", ")));
        }
    }
    if looks.len() > 1 {
        lines.push(STOPPED_BY_WIDTH.to_owned());
    }
    lines
}

/// `hourly batch (±3.4 %)`.
fn with_width(results: &Results, one: &StrategyPrecision) -> String {
    let name = &results.strategies[one.strategy].name;
    match one.half_width {
        Some(width) => format!("{name} (±{})", number::share(width)),
        None => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn one(strategy: usize, half_width: Option<f64>, reached: PrecisionReached) -> StrategyPrecision {
        StrategyPrecision { strategy, half_width, reached }
    }

    fn said(looks: &[u64], strategies: [StrategyPrecision; 3]) -> String {
        let mut results = fixture::atm();
        results.replications = looks.last().copied().unwrap_or_default();
        results.precision = Some(PrecisionResult {
            metric: "latency_p99",
            within: 0.02,
            max_replications: 200,
            looks: looks.to_vec(),
            strategies: strategies.to_vec(),
        });
        render(&results, 1_000, Paint { colour: false })
    }

    #[test]
    fn nothing_is_said_where_nothing_was_asked() {
        assert_eq!(render(&fixture::atm(), 100, Paint { colour: false }), "");
    }

    #[test]
    fn who_reached_the_precision_is_said_and_who_did_not() {
        let reached = |strategy, width| one(strategy, Some(width), PrecisionReached::Reached);
        assert_eq!(
            said(&[20], [reached(0, 0.011), reached(1, 0.0), reached(2, 0.02)]),
            "latency_p99 within ±2 % of its mean reached after 20 replications by hourly batch (±1.1 %), \
             5-minute batch (±0 %), per event (±2 %)"
        );
        let text = said(
            &[20, 40, 200],
            [one(0, Some(0.034), PrecisionReached::Short), reached(1, 0.01), one(2, None, PrecisionReached::Never)],
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("! ") && lines[0].ends_with("(run.max-replications), by hourly batch (±3.4 %)"));
        assert!(lines[1].ends_with("reached after 200 replications by 5-minute batch (±1 %)"), "{text}");
        assert!(lines[2].contains("of per event it is never in some replication"), "{text}");
        assert!(lines[3].contains("less often than the 95 % they say"), "{text}");
    }
}
