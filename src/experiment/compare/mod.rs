//! Two scenarios, or two runs of earlier days, metric by metric: is the second better, worse, or was no difference shown?
//!
//! Where both ran from the same seed with as many replications, replication by replication saw the same items (common
//! random numbers), and differences are taken pair by pair; else the two are independent samples (Welch). All verdicts
//! of a comparison are corrected together (Holm), so that the chance of any false one is at most five per cent.

mod pairs;
mod side;

use serde::Serialize;

pub use pairs::Pair;
pub(super) use pairs::pairs;
pub use side::{Side, SideError};

use crate::experiment::results::RareQuantile;
use crate::metrics::catalogue::{self, Better, Metric};
use crate::stats::{Difference, Estimate, holm, sign_test, variance_ratio};
use side::SideFigure;

/// The chance of any false verdict.
pub const LEVEL: f64 = 0.05;
/// How likely the smallest change that is named would have been seen.
pub const POWER: f64 = 0.8;

/// What the comparison of one metric of one strategy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// None was shown; a smaller one than was looked for may be there.
    NoDifference,
    /// Every replication is the same; of unpaired sides, mean and interval to the last digit.
    Equal,
    /// Nothing can be said: too few replications, or one of them is `never` and it is not known in how many of them.
    Unknown,
}

/// One metric of one strategy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The strategy's name.
    pub strategy: String,
    /// Which metric.
    pub metric: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// In the first.
    pub first: Estimate,
    /// In the second.
    pub second: Estimate,
    /// Second minus first, with its own 95 % interval; none where one of them is `never` or there is one replication only.
    pub difference: Option<Estimate>,
    /// The chance of such a difference if there is none, corrected for all that is compared.
    pub p_holm: f64,
    /// The smallest change that would have been seen with a probability of 80 %.
    pub detectable: Option<f64>,
    /// Of pairs, the variance of their differences over the sum of both variances: what common random numbers leave of
    /// the variance that independent runs would have had; none where neither varies, or without pairs.
    pub variance_ratio: Option<f64>,
    /// What is to be known of it on either side, where it is a quantile in doubt: differences are of the replications' own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<RareQuantile>,
    /// What follows.
    pub verdict: Verdict,
}

impl Row {
    /// Before anything is tested.
    fn begun(strategy: String, metric: &'static Metric, first: &SideFigure, second: &SideFigure) -> Self {
        Self {
            strategy,
            metric: metric.name,
            unit: metric.unit,
            first: first.estimate,
            second: second.estimate,
            difference: None,
            p_holm: 1.0,
            detectable: None,
            variance_ratio: None,
            doubt: first.doubt.or(second.doubt),
            verdict: Verdict::Unknown,
        }
    }
}

/// A whole comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// What the first is called.
    pub first: String,
    /// What the second is called.
    pub second: String,
    /// Why differences are not taken pair by pair; none where they are.
    pub unpaired: Option<String>,
    /// Every metric that can be better or worse, strategy by strategy.
    pub rows: Vec<Row>,
    /// Strategies of the first alone.
    pub only_first: Vec<String>,
    /// Strategies of the second alone.
    pub only_second: Vec<String>,
}

/// A test of one metric, before correction.
struct Tested {
    row: Row,
    p: f64,
    difference: Option<Difference>,
    better: Better,
}

/// Compares two sides, strategy by strategy of the same name; where each has one only, these two.
#[must_use]
pub fn compare(first: &Side, second: &Side) -> Compared {
    let unpaired = first.unpaired_with(second);
    let mut tested = Vec::new();
    let pairs = matched(first, second);
    for &(one, other) in &pairs {
        let (own, theirs) = (&first.strategies[one], &second.strategies[other]);
        for figure in &own.figures {
            let Some(metric) = catalogue::find(figure.metric).filter(|metric| metric.better != Better::Neither) else {
                continue;
            };
            let Some(against) = theirs.figures.iter().find(|against| against.metric == figure.metric) else { continue };
            let name =
                if own.name == theirs.name { own.name.clone() } else { format!("{} / {}", own.name, theirs.name) };
            let row = Row::begun(name, metric, figure, against);
            tested.push(test(row, figure, against, unpaired.is_none(), metric.better));
        }
    }
    let alone = |side: &Side, taken: &dyn Fn(usize) -> bool| {
        let names = side.strategies.iter().enumerate().filter(|(index, _)| !taken(*index));
        names.map(|(_, strategy)| strategy.name.clone()).collect()
    };
    Compared {
        first: first.label.clone(),
        second: second.label.clone(),
        unpaired,
        only_first: alone(first, &|index| pairs.iter().any(|pair| pair.0 == index)),
        only_second: alone(second, &|index| pairs.iter().any(|pair| pair.1 == index)),
        rows: corrected(tested),
    }
}

/// Indices of the strategies that are compared.
fn matched(first: &Side, second: &Side) -> Vec<(usize, usize)> {
    if first.strategies.len() == 1 && second.strategies.len() == 1 {
        return vec![(0, 0)];
    }
    let names = first.strategies.iter().enumerate();
    let other = |name: &str| second.strategies.iter().position(|strategy| strategy.name == name);
    names.filter_map(|(index, strategy)| Some((index, other(&strategy.name)?))).collect()
}

fn test(row: Row, first: &SideFigure, second: &SideFigure, paired: bool, better: Better) -> Tested {
    let mut tested = Tested { row, p: f64::NAN, difference: None, better };
    if let (Some(one), Some(other)) = (&first.samples, &second.samples)
        && paired
        && one.len() == other.len()
    {
        // Only replications in which both have the figure make a pair.
        let both = one.iter().zip(other).filter(|(one, other)| !one.is_nan() && !other.is_nan());
        let (one, other): (Vec<f64>, Vec<f64>) = both.unzip();
        if !one.is_empty() && one == other {
            tested.row.verdict = Verdict::Equal;
            return tested;
        }
        tested.row.variance_ratio = variance_ratio(&one, &other);
        tested.difference = Difference::paired(&one, &other);
        tested.p = match &tested.difference {
            Some(difference) => difference.p_value(),
            // What is never in some replication has no mean; that it is worse still counts, pair by pair.
            None if one.len() > 1 => {
                let count = |test: fn(&f64, &f64) -> bool| one.iter().zip(&other).filter(|(a, b)| test(a, b)).count();
                sign_test(count(|a, b| b > a), count(|a, b| b < a))
            }
            None => f64::NAN,
        };
    } else if first.estimate == second.estimate {
        // Mean and interval agree to the last digit: the replications did.
        tested.row.verdict = Verdict::Equal;
    } else if let (Some(one), Some(other)) = (first.summary(), second.summary()) {
        let difference = Difference::welch(one, other);
        tested.p = difference.p_value();
        tested.difference = Some(difference);
    }
    tested
}

/// Verdicts, all corrected together. What is equal everywhere can be called different by no data, and is not counted.
fn corrected(tested: Vec<Tested>) -> Vec<Row> {
    let p_values: Vec<f64> = tested.iter().map(|tested| tested.p).filter(|p| !p.is_nan()).collect();
    let family = p_values.len().max(1) as f64;
    let mut adjusted = holm(&p_values).into_iter();
    let mut rows = Vec::new();
    for Tested { mut row, p, difference, better } in tested {
        if let Some(difference) = difference {
            let interval = Some(difference.interval(Estimate::LEVEL));
            let replications = row.first.replications.min(row.second.replications);
            row.difference = Some(Estimate { mean: difference.mean, interval, replications });
            row.detectable = Some(difference.detectable(LEVEL / family, POWER));
        }
        if !p.is_nan() {
            row.p_holm = adjusted.next().unwrap_or(1.0);
            row.verdict = verdict(&row, better);
        }
        rows.push(row);
    }
    rows
}

fn verdict(row: &Row, better: Better) -> Verdict {
    if row.p_holm >= LEVEL {
        return Verdict::NoDifference;
    }
    let more = row.difference.map_or(row.second.mean > row.first.mean, |difference| difference.mean > 0.0);
    match (better, more) {
        (Better::Higher, true) | (Better::Lower, false) => Verdict::Better,
        _ => Verdict::Worse,
    }
}

#[cfg(test)]
mod tests {
    use super::side::{SideFigure, SideStrategy};
    use super::*;

    fn side(label: &str, seed: u64, figures: &[(&'static str, &[f64])]) -> Side {
        let figure = |(metric, samples): &(&'static str, &[f64])| SideFigure {
            metric,
            estimate: Estimate::from_samples(samples),
            samples: Some(samples.to_vec()),
            doubt: None,
        };
        let strategy = SideStrategy { name: "a".to_owned(), figures: figures.iter().map(figure).collect() };
        Side { label: label.to_owned(), seed, replications: 5, strategies: vec![strategy] }
    }

    fn verdicts(first: &Side, second: &Side) -> Vec<Verdict> {
        compare(first, second).rows.iter().map(|row| row.verdict).collect()
    }

    const NOISY: &[f64] = &[10.0, 20.0, 30.0, 40.0, 50.0];
    const RAISED: &[f64] = &[11.0, 21.01, 31.0, 41.02, 51.0];

    #[test]
    fn pairs_show_what_independent_samples_hide() {
        let (first, second) = (side("A", 1, &[("latency_p99", NOISY)]), side("B", 1, &[("latency_p99", RAISED)]));
        assert_eq!(verdicts(&first, &second), [Verdict::Worse]);
        assert_eq!(verdicts(&second, &first), [Verdict::Better]);
        // Differences of 1 to 1.02 against variances of 250 each.
        let ratio = compare(&first, &second).rows[0].variance_ratio.expect("both vary");
        assert!(ratio > 0.0 && ratio < 1e-6, "{ratio}");
        let other = side("B", 2, &[("latency_p99", RAISED)]);
        assert_eq!(compare(&first, &other).rows[0].variance_ratio, None);
        let unpaired = compare(&first, &other);
        assert_eq!(unpaired.rows[0].verdict, Verdict::NoDifference);
        assert!(unpaired.unpaired.expect("a reason").contains("seed"));
        // The change of about 1 is far below what would have been seen.
        assert!(unpaired.rows[0].detectable.expect("a change") > 25.0);
    }

    #[test]
    fn more_is_better_where_more_is_done() {
        let (first, second) = (side("A", 1, &[("processed", NOISY)]), side("B", 1, &[("processed", RAISED)]));
        assert_eq!(verdicts(&first, &second), [Verdict::Better]);
        let describes = side("A", 1, &[("arrived", NOISY)]);
        assert!(verdicts(&describes, &describes).is_empty(), "neither way is better");
    }

    #[test]
    fn equals_are_equal_and_not_counted() {
        let zeros: &[f64] = &[0.0; 5];
        let first = side("A", 1, &[("lost", zeros), ("latency_p99", NOISY), ("duplicates", zeros)]);
        let second = side("B", 1, &[("lost", zeros), ("latency_p99", RAISED), ("duplicates", zeros)]);
        let alone = compare(&side("A", 1, &[("latency_p99", NOISY)]), &side("B", 1, &[("latency_p99", RAISED)]));
        let compared = compare(&first, &second);
        let found: Vec<Verdict> = compared.rows.iter().map(|row| row.verdict).collect();
        assert_eq!(found, [Verdict::Equal, Verdict::Worse, Verdict::Equal]);
        assert_eq!(compared.rows[1], alone.rows[0]);
    }

    #[test]
    fn many_metrics_are_corrected_together() {
        // p = 0.0376 alone: shown among one, not among three.
        let raised: &[f64] = &[10.0, 22.0, 31.0, 43.0, 52.0];
        let names = ["latency_p50", "latency_p90", "latency_p99"];
        let of = |values: &'static [f64], count: usize| -> Vec<(&'static str, &'static [f64])> {
            names[..count].iter().map(|name| (*name, values)).collect()
        };
        let raised: &'static [f64] = Vec::leak(raised.to_vec());
        assert_eq!(verdicts(&side("A", 1, &of(NOISY, 1)), &side("B", 1, &of(raised, 1))), [Verdict::Worse]);
        let three = verdicts(&side("A", 1, &of(NOISY, 3)), &side("B", 1, &of(raised, 3)));
        assert_eq!(three, [Verdict::NoDifference; 3]);
    }

    #[test]
    fn never_is_worse_pair_by_pair() {
        let never: &[f64] = &[f64::INFINITY; 5];
        let few = compare(&side("A", 1, &[("latency_p99", NOISY)]), &side("B", 1, &[("latency_p99", never)]));
        // Five of five: 2 / 32 is above five per cent.
        assert_eq!((few.rows[0].verdict, few.rows[0].difference), (Verdict::NoDifference, None));
        let finite: Vec<f64> = (0..9).map(f64::from).collect();
        let more =
            compare(&side("A", 1, &[("latency_p99", &finite)]), &side("B", 1, &[("latency_p99", &[f64::INFINITY; 9])]));
        assert_eq!(more.rows[0].verdict, Verdict::Worse);
        assert_eq!(
            verdicts(&side("A", 1, &[("latency_p99", never)]), &side("B", 1, &[("latency_p99", never)])),
            [Verdict::Equal]
        );
    }
}
