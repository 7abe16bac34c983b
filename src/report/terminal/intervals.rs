//! What is to be known of the intervals: what was cut from the start, whether they became as narrow as was asked, and where
//! they hold less often than they say.

use super::paint::{self, Paint};
use crate::experiment::results::{
    BatchMeansResult, FluidResult, PrecisionReached, PrecisionResult, RareQuantile, Results, StatedError,
    StrategyPrecision, WarmUpOf, WarmUpResult,
};
use crate::report::{number, time_text};

/// Said of every run that stopped because of the width of its intervals; the numbers are those of docs/verification.md.
const STOPPED_BY_WIDTH: &str = "! replications were added until intervals were narrow enough: such intervals hold their \
    true value less often than the 95 % they say, as a run also stops at a width that is narrow by luck (measured of a mean: \
    92 of 100)";

/// Said of every run whose intervals come from its batches; the numbers are those of docs/verification.md.
const BY_BATCHES: &str = "! intervals come from batches of one run, of latencies and waits only: they hold their true value \
    less often than the 95 % they say where the run is not far longer than its queues remember (measured: of a mean 93 to 95 \
    of 100, of p99 65 to 94)";

/// What is said of intervals that come from batches.
pub(in crate::report) fn by_batches() -> &'static str {
    BY_BATCHES.trim_start_matches("! ")
}

/// A line each; what begins with `!` is a warning. Empty where there is nothing to say.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let warm_up = results.warm_up.iter().flat_map(|found| warm_up_lines(results, found));
    let batches = results.batch_means.iter().flat_map(|batches| batch_lines(results, batches));
    let precision = results.precision.iter().flat_map(|precision| precision_lines(results, precision));
    let rare = results.rare_quantiles.iter().map(|found| rare_line(results, found));
    let fluid = results.fluid.iter().flat_map(fluid_lines);
    let lines = fluid.chain(warm_up).chain(batches).chain(precision).chain(rare);
    let shown = lines.map(|line| {
        let text = paint::wrapped(&line, width, 2);
        if line.starts_with('!') { paint.bad(&text) } else { text }
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// What an answer in aggregated counts is worth.
fn fluid_lines(fluid: &FluidResult) -> Vec<String> {
    let step = time_text::short(fluid.step_s);
    let of = |error: &StatedError| format!("{} ±{}", error.metric, number::share(error.within));
    let errors: Vec<String> = fluid.stated.iter().map(of).collect();
    let mut lines = vec![
        format!(
            "fluid, in steps of {step}: of the event-driven run, where checked, at most off by {}; see docs/fluid.md",
            errors.join(", ")
        ),
        format!("fluid: not told, so absent and not zero: {}", fluid.not_told.join(", ")),
    ];
    if !fluid.unanswered.is_empty() {
        let asked = fluid.unanswered.join(", ");
        lines.push(format!("! fluid: neither met nor missed, as it is not told: {asked} (add --set run.mode=events)"));
    }
    lines
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

/// What was cut from the start, and where no steady state was found.
fn warm_up_lines(results: &Results, found: &WarmUpResult) -> Vec<String> {
    let name = |one: &WarmUpOf| results.strategies[one.strategy].name.clone();
    let needs = found.strategies.iter().map(|one| format!("{} {}", name(one), time_text::short(one.seconds)));
    let runs =
        if found.pilots == 1 { "1 run of its own".to_owned() } else { format!("{} runs of their own", found.pilots) };
    let needs = needs.collect::<Vec<_>>().join(", ");
    let mut lines = vec![if found.seconds > 0.0 {
        let cut = time_text::short(found.seconds);
        format!("warm-up: the first {cut} are cut, by MSER-5 on the backlog of {runs} ({needs})")
    } else {
        format!("warm-up: nothing is cut, by MSER-5 on the backlog of {runs}")
    }];
    let unsteady: Vec<String> = found.strategies.iter().filter(|one| one.beyond_half).map(name).collect();
    if !unsteady.is_empty() {
        lines.push(format!(
            "! no steady state was found for {}: MSER-5 would cut more than half of the run. Where rates follow the hour there is \
             none; else run longer",
            unsteady.join(", ")
        ));
    }
    lines
}

/// Whether batches can stand for replications.
fn batch_lines(results: &Results, found: &BatchMeansResult) -> Vec<String> {
    let mut lines = vec![BY_BATCHES.to_owned()];
    for one in found.strategies.iter().filter(|one| one.correlated) {
        let name = &results.strategies[one.strategy].name;
        let correlation = one.correlation.unwrap_or(f64::NAN);
        lines.push(format!(
            "! batches of {name} are too short: the mean latency of each is like that of the next (correlation \
             {correlation:.2}), so that its intervals are too narrow; run longer"
        ));
    }
    lines
}

/// `! latency_p99 of per event rests on few items: 2.1 of a replication lie beyond it …`.
fn rare_line(results: &Results, found: &RareQuantile) -> String {
    let part = if results.batch_means.is_some() { "batch" } else { "replication" };
    format!("! {}", doubt(&results.strategies[found.strategy].name, found, part))
}

/// What is to be known of a quantile of a strategy; `part` is what its items are divided into.
pub(in crate::report) fn doubt(name: &str, found: &RareQuantile, part: &str) -> String {
    let &RareQuantile { metric, beyond, pooled, together, .. } = found;
    if let Some(together) = together {
        let all = number::duration(together);
        return format!(
            "{metric} of {name} is {all} of all items together, outside its interval: each {part} is too short to have its \
             share of the longest; run longer"
        );
    }
    let then = if pooled {
        "it is taken of all of them together, and where its interval has no upper end there are too few to tell of one"
    } else {
        "its interval holds less often than the 95 % it says; run longer"
    };
    format!("{metric} of {name} rests on few items: {beyond:.1} of a {part} lie beyond it; {then}")
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
    use crate::experiment::results::BatchMeansOf;
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

    /// The coverage of a procedure at each utilisation, as the table of docs/verification.md has it, in whole per cent.
    fn measured(procedure: &str, column: usize) -> Vec<u64> {
        let rows = include_str!("../../../docs/verification.md").lines();
        let rows = rows.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let rows = rows.filter(|cells| cells.get(2).is_some_and(|cell| cell.starts_with(procedure)));
        let coverage = |cells: Vec<&str>| cells[column].split(' ').next().expect("a number").parse::<f64>();
        rows.map(|cells| coverage(cells).expect("a number").round() as u64).collect()
    }

    #[test]
    fn warnings_have_the_coverage_that_was_measured() {
        let (mean, p99) = (5, 6);
        assert_eq!(measured("precision", mean), [92; 3]);
        assert!(STOPPED_BY_WIDTH.contains("of a mean: 92 of 100"));
        assert_eq!(measured("batches", mean), [95, 94, 93]);
        assert_eq!(measured("batches", p99), [94, 88, 65]);
        assert!(BY_BATCHES.contains("of a mean 93 to 95 of 100, of p99 65 to 94"));
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

    #[test]
    fn what_was_cut_is_said_and_where_nothing_was_steady() {
        let mut results = fixture::atm();
        let of = |strategy, seconds, beyond_half| WarmUpOf { strategy, seconds, beyond_half };
        let strategies = vec![of(0, 600.0, false), of(1, 0.0, false), of(2, 43_200.0, true)];
        results.warm_up = Some(WarmUpResult { seconds: 43_200.0, pilots: 5, strategies });
        let text = render(&results, 1_000, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("warm-up: the first 12 h are cut, by MSER-5 on the backlog of 5 runs"), "{text}");
        assert!(lines[0].ends_with("(hourly batch 10 min, 5-minute batch 0 s, per event 12 h)"), "{text}");
        assert!(lines[1].starts_with("! no steady state was found for per event: "), "{text}");
        let strategies = (0..3).map(|strategy| of(strategy, 0.0, false)).collect();
        results.warm_up = Some(WarmUpResult { seconds: 0.0, pilots: 1, strategies });
        let text = render(&results, 1_000, Paint { colour: false });
        assert_eq!(text, "warm-up: nothing is cut, by MSER-5 on the backlog of 1 run of its own");
    }

    #[test]
    fn batches_that_are_alike_and_rare_quantiles_are_warned_of() {
        let mut results = fixture::atm();
        let of = |strategy, correlation, correlated| BatchMeansOf { strategy, correlation, correlated, least_items: 9 };
        let strategies = vec![of(0, Some(0.61), true), of(1, Some(0.1), false), of(2, None, false)];
        results.batch_means = Some(BatchMeansResult { batches: 20, seconds: 4_320.0, strategies });
        let rare = |metric, pooled, together| RareQuantile { strategy: 2, metric, beyond: 2.07, pooled, together };
        results.rare_quantiles = vec![
            rare("latency_p99", false, None),
            rare("latency_p999", true, None),
            rare("latency_p99", false, Some(2.5)),
        ];
        let text = render(&results, 1_000, Paint { colour: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(
            lines[4].starts_with("! latency_p99 of per event is 2.5 s of all items together, outside its"),
            "{text}"
        );
        assert!(lines[0].starts_with("! intervals come from batches of one run"), "{text}");
        assert!(lines[1].contains("batches of hourly batch are too short") && lines[1].contains("(correlation 0.61)"));
        assert!(lines[2].contains("latency_p99 of per event rests on few items: 2.1 of a batch"), "{text}");
        assert!(lines[3].contains("it is taken of all of them together"), "{text}");
    }
}
