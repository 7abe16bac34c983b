//! Every strategy of a run against every other, metric by metric: all verdicts of a run are corrected together.

use serde::Serialize;

use super::side::SideFigure;
use super::{Row, Tested, corrected, test};
use crate::experiment::assemble::Samples;
use crate::metrics::catalogue::Better;

/// One metric of one strategy against another's: `first` is what `second` is held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// Index of the one.
    pub first: usize,
    /// Index of the other.
    pub second: usize,
    /// The metric and the verdict on the second.
    pub row: Row,
}

/// The metrics that can be better or worse of every pair, in the order of the strategies. They saw the same items, so that
/// differences are taken pair by pair.
pub(in crate::experiment) fn pairs(names: &[&str], samples: &[Vec<Samples>]) -> Vec<Pair> {
    let (mut indices, mut tested): (Vec<(usize, usize)>, Vec<Tested>) = (Vec::new(), Vec::new());
    for (second, others) in samples.iter().enumerate() {
        for (first, own) in samples.iter().enumerate().take(second) {
            for figure in of_whole(own) {
                let Some(against) = of_whole(others).find(|against| against.metric == figure.metric) else { continue };
                indices.push((first, second));
                tested.push(held(names[second], figure, against));
            }
        }
    }
    let rows = indices.into_iter().zip(corrected(tested));
    rows.map(|((first, second), row)| Pair { first, second, row }).collect()
}

/// Figures of the whole strategy that can be better or worse.
fn of_whole(samples: &[Samples]) -> impl Iterator<Item = &Samples> {
    samples.iter().filter(|figure| figure.scope.is_empty() && figure.metric.better != Better::Neither)
}

fn held(name: &str, figure: &Samples, against: &Samples) -> Tested {
    let side = |figure: &Samples| SideFigure {
        metric: figure.metric.name,
        estimate: figure.estimate(),
        samples: Some(figure.values.clone()),
        doubt: None,
    };
    let (figure, against, metric) = (side(figure), side(against), figure.metric);
    test(Row::begun(name.to_owned(), metric, &figure, &against), &figure, &against, true, metric.better)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::metrics::catalogue;

    fn of(values: &[(&str, [f64; 5])]) -> Vec<Samples> {
        let sample = |(metric, values): &(&str, [f64; 5])| Samples {
            scope: String::new(),
            metric: catalogue::find(metric).expect("a metric"),
            values: values.to_vec(),
            batches: None,
            pooled: None,
        };
        values.iter().map(sample).collect()
    }

    /// Differences of 1 to 2 in every replication: p = 0.00062 alone, and thrice that among three pairs of them.
    #[test]
    fn every_pair_is_held_and_all_are_corrected_together() {
        let base = [10.0, 20.0, 30.0, 40.0, 50.0];
        let raised = |by: f64| std::array::from_fn(|index| base[index] + by * (1.0 + index as f64 / 4.0));
        let samples = [base, raised(1.0), raised(2.0)].map(|values| of(&[("latency_p99", values), ("arrived", base)]));
        let found = pairs(&["a", "b", "c"], &samples);
        let indices: Vec<(usize, usize)> = found.iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(indices, [(0, 1), (0, 2), (1, 2)], "arrivals are neither better nor worse");
        assert!(found.iter().all(|pair| pair.row.verdict == Verdict::Worse), "{found:#?}");
        let alone = pairs(&["a", "b"], &samples[..2]);
        assert!((found[0].row.p_holm / alone[0].row.p_holm - 3.0).abs() < 1e-6, "{found:#?} {alone:#?}");
        assert_eq!(found[0].row.strategy, "b");
    }
}
