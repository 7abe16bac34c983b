//! The sentences that compare: how much faster, at what cost, and how sure that is.

use super::paint::{self, Paint};
use crate::experiment::results::{Comparison, Results, StrategyResults};
use crate::report::{lookup, number};
use crate::stats::Estimate;

const SPEED: &str = "latency_p99";
const COST: &str = "cost_usd_per_million";
const DUPLICATES: &str = "duplicates";
/// Duplicates are spoken of where one strategy has at least so many times as many as the other.
const NOTABLE: f64 = 1.5;
/// Below this many times as fast, it is said by how many per cent.
const NEARLY_EQUAL: f64 = 1.1;
/// And where one of them repeats at least this share of what is owed: a handful among a million decides nothing.
pub(super) const NOTABLE_SHARE: f64 = 1e-4;

/// One sentence a strategy other than the baseline, the best of them last and bold.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let Some(baseline) = results.strategies.get(results.baseline) else {
        return String::new();
    };
    if lookup::nothing_arrived(results) {
        return paint.bold("No item arrived.");
    }
    if results.strategies.len() == 1 {
        return paint.bold(&paint::wrapped(&alone(baseline), width, 0));
    }
    if results.comparisons.is_empty() {
        return paint.bold(&paint::wrapped(&uncompared(results, baseline), width, 0));
    }
    let mut others: Vec<_> = (0..results.strategies.len()).filter(|&index| index != results.baseline).collect();
    // The fastest at p99 comes last, and of equals the first named.
    let slower_first = |left, right| speed_of(results, right).total_cmp(&speed_of(results, left));
    others.sort_by(|&left, &right| slower_first(left, right).then(right.cmp(&left)));
    let (best, rest) = others.split_last().expect("there is another strategy");
    let lines = rest.iter().map(|&index| paint::wrapped(&sentence(results, index), width, 2));
    let closing = paint.bold(&paint::wrapped(&sentence(results, *best), width, 2));
    lines.chain([closing]).collect::<Vec<_>>().join("\n")
}

fn speed_of(results: &Results, index: usize) -> f64 {
    lookup::figure(&results.strategies[index], SPEED).map_or(f64::INFINITY, |estimate| estimate.mean)
}

/// `Against hourly batch, per event is … and costs … .`
fn sentence(results: &Results, index: usize) -> String {
    let (baseline, strategy) = (&results.strategies[results.baseline], &results.strategies[index]);
    let of = |metric| lookup::comparison(results, index, metric);
    let phrases = [speed(baseline, strategy, of(SPEED)), cost(baseline, strategy, of(COST))];
    let phrases: Vec<_> = phrases.into_iter().flatten().collect();
    if phrases.is_empty() {
        return format!(
            "{} cannot be compared with {}: neither latency nor cost was measured in every replication.",
            strategy.name, baseline.name
        );
    }
    // Of a strategy that leaves items undone, few duplicates are no merit.
    let finishes = lookup::mean(strategy, SPEED).is_finite();
    let repeats = duplicates(baseline, strategy, of(DUPLICATES)).filter(|_| finishes);
    let phrases = phrases.into_iter().chain(repeats).collect();
    format!("Against {}, {} {}.", baseline.name, strategy.name, enumerated(phrases))
}

/// `one`, `one and two`, `one, two and three`. A phrase that holds a clause ends with a comma, to close it before what
/// follows.
fn enumerated(mut phrases: Vec<String>) -> String {
    let last = phrases.pop().unwrap_or_default();
    let last = last.trim_end_matches(',');
    let Some(before) = phrases.pop() else {
        return last.to_owned();
    };
    let earlier: String = phrases.iter().map(|phrase| format!("{}, ", phrase.trim_end_matches(','))).collect();
    format!("{earlier}{before} and {last}")
}

/// Nothing unless the interval of the difference excludes zero and both the factor and the duplicates are notable.
fn duplicates(
    baseline: &StrategyResults,
    strategy: &StrategyResults,
    comparison: Option<&Comparison>,
) -> Option<String> {
    let (base, own) = (lookup::figure(baseline, DUPLICATES)?, lookup::figure(strategy, DUPLICATES)?);
    comparison?.difference.interval?;
    let notable = |strategy, estimate: &Estimate| estimate.mean >= NOTABLE_SHARE * lookup::mean(strategy, "owed");
    if !notable(baseline, base) && !notable(strategy, own) {
        return None;
    }
    let Verdict::Differs(ratio) = verdict(comparison, base, own) else { return None };
    let shift = format!("{} → {}", number::mean(base, "effects"), number::mean(own, "effects"));
    match (base.mean, own.mean) {
        (before, 0.0) if before > 0.0 => Some(format!("has no duplicates ({} before)", number::mean(base, "effects"))),
        (0.0, _) => {
            let count = number::mean(own, "effects");
            Some(format!("has {count} duplicates, where {} has none", baseline.name))
        }
        (before, after) if before >= NOTABLE * after => {
            Some(format!("has {} fewer duplicates ({shift})", factor(ratio, before / after)))
        }
        (before, after) if after >= NOTABLE * before => {
            Some(format!("has {} as many duplicates ({shift})", factor(ratio.as_ref().map(inverse), after / before)))
        }
        _ => None,
    }
}

/// The paired ratio; that of the means, which stand beside it, where a replication without any leaves the paired one
/// undefined, or where replications differ too much for it to say anything.
fn factor(paired: Option<Estimate>, of_means: f64) -> String {
    let known = paired.filter(|ratio| !number::is_vague(ratio));
    number::times(&known.unwrap_or(Estimate { mean: of_means, interval: None, replications: 1 }))
}

fn speed(baseline: &StrategyResults, strategy: &StrategyResults, comparison: Option<&Comparison>) -> Option<String> {
    let (base, own) = (lookup::figure(baseline, SPEED)?, lookup::figure(strategy, SPEED)?);
    let shift = format!("{} → {}", number::mean(base, "s"), number::mean(own, "s"));
    Some(match (base.mean.is_finite(), own.mean.is_finite()) {
        (false, false) => "never gets 99 % of the items done either,".to_owned(),
        (true, false) => format!("never gets 99 % of the items done (p99 {shift})"),
        (false, true) => {
            let within = number::mean(own, "s");
            format!("gets 99 % of the items done within {within}, which {} never does,", baseline.name)
        }
        (true, true) => match verdict(comparison, base, own) {
            Verdict::Same => format!("has the same p99 ({})", number::mean(own, "s")),
            Verdict::NotShown => format!("shows no difference at p99 ({shift}{})", difference(comparison, "s")),
            Verdict::Differs(None) => {
                let word = if own.mean < base.mean { "faster" } else { "slower" };
                format!("is {word} at p99 ({shift}{})", difference(comparison, "s"))
            }
            Verdict::Differs(Some(ratio)) => {
                let (word, ratio) = if ratio.mean >= 1.0 { ("faster", ratio) } else { ("slower", inverse(&ratio)) };
                if ratio.mean < NEARLY_EQUAL {
                    let change = Estimate { mean: ratio.mean - 1.0, ..moved(&ratio, -1.0) };
                    return Some(format!("is {} {word} at p99 ({shift})", number::estimate(&change, "1")));
                }
                let spread = number::relative_half_width(&ratio).map_or_else(String::new, |text| format!(", {text}"));
                let factor = if number::is_vague(&ratio) { String::new() } else { number::times(&ratio) + " " };
                format!("is {factor}{word} at p99 ({shift}{spread})")
            }
        },
    })
}

fn cost(baseline: &StrategyResults, strategy: &StrategyResults, comparison: Option<&Comparison>) -> Option<String> {
    let (base, own) = (lookup::figure(baseline, COST)?, lookup::figure(strategy, COST)?);
    let shift = format!("{} → {} a million", number::mean(base, "USD"), number::mean(own, "USD"));
    Some(match (base.mean, own.mean) {
        (_, own) if !own.is_finite() => {
            let when = if lookup::mean(strategy, "processed") > 0.0 { "none in some replications" } else { "none" };
            format!("has no cost per item, for it processes {when},")
        }
        (base, _) if !base.is_finite() => format!("costs {} a million", number::mean(own, "USD")),
        (0.0, 0.0) => return None,
        (_, 0.0) => format!("costs nothing ({} a million before)", number::mean(base, "USD")),
        (0.0, _) => format!("costs {} a million, where {} costs nothing,", number::mean(own, "USD"), baseline.name),
        _ => match verdict(comparison, base, own) {
            Verdict::Same => "costs the same".to_owned(),
            Verdict::NotShown => format!("shows no difference in cost ({shift}{})", difference(comparison, "USD")),
            Verdict::Differs(None) if own.mean < base.mean => format!("costs less ({shift})"),
            Verdict::Differs(None) => format!("costs more ({shift})"),
            Verdict::Differs(Some(ratio)) => as_much(&inverse(&ratio)),
        },
    })
}

/// `costs 2.1 × as much (±3 %)`, or by how many per cent it differs where it is less than twice: `costs 33.7 % ±0.4 less`.
fn as_much(ratio: &Estimate) -> String {
    let word = if ratio.mean >= 1.0 { "more" } else { "less" };
    let change = Estimate { mean: (ratio.mean - 1.0).abs(), ..moved(ratio, -1.0) };
    if number::is_vague(ratio) || number::is_vague(&change) {
        return format!("costs {word} (too few replications to tell how much)");
    }
    if ratio.mean < 1.95 {
        return format!("costs {} {word}", number::estimate(&change, "1"));
    }
    let known = number::relative_half_width(ratio).filter(|_| number::half_width(ratio) > Some(0.0));
    let spread = known.map_or_else(String::new, |spread| format!(" ({spread})"));
    format!("costs {} as much{spread}", number::times(ratio))
}

enum Verdict {
    /// Equal in every replication.
    Same,
    /// The interval of the difference holds zero.
    NotShown,
    /// The interval lies on one side of zero, or there is none to ask; with baseline over strategy where it has a meaning.
    Differs(Option<Estimate>),
}

fn verdict(comparison: Option<&Comparison>, base: &Estimate, own: &Estimate) -> Verdict {
    let Some(comparison) = comparison else {
        return if base.mean == own.mean { Verdict::Same } else { Verdict::Differs(None) };
    };
    match (comparison.difference.mean, comparison.difference.interval) {
        (0.0, None | Some((0.0, 0.0))) => Verdict::Same,
        (_, Some((low, high))) if low <= 0.0 && high >= 0.0 => Verdict::NotShown,
        _ => Verdict::Differs(comparison.ratio),
    }
}

fn difference(comparison: Option<&Comparison>, unit: &str) -> String {
    comparison.map_or_else(String::new, |comparison| {
        format!(", difference {}", number::difference(&comparison.difference, unit))
    })
}

/// Strategy over baseline from baseline over strategy: both are geometric means, so each is one over the other.
fn inverse(ratio: &Estimate) -> Estimate {
    Estimate {
        mean: 1.0 / ratio.mean,
        interval: ratio.interval.map(|(low, high)| (1.0 / high, 1.0 / low)),
        replications: ratio.replications,
    }
}

fn moved(estimate: &Estimate, by: f64) -> Estimate {
    Estimate {
        mean: estimate.mean + by,
        interval: estimate.interval.map(|(low, high)| (low + by, high + by)),
        replications: estimate.replications,
    }
}

fn alone(strategy: &StrategyResults) -> String {
    let shown =
        |metric, unit| lookup::figure(strategy, metric).map(|estimate| number::estimate(estimate, unit).to_string());
    let cost = match lookup::figure(strategy, COST) {
        Some(estimate) if estimate.mean.is_finite() && estimate.mean > 0.0 => {
            format!(", at {} a million", number::estimate(estimate, "USD"))
        }
        _ => String::new(),
    };
    let done = match (shown("latency_p50", "s"), shown(SPEED, "s")) {
        (Some(half), Some(most)) if half == "never" && most == half => "never gets half of its items done".to_owned(),
        (Some(half), Some(most)) if most == "never" => {
            format!("gets half of its items done within {half}, but never 99 %")
        }
        (Some(half), Some(most)) => format!("gets half of its items done within {half} and 99 % within {most}"),
        _ => "has no measure of latency, for no item arrived after the warm-up".to_owned(),
    };
    format!("{} {done}{cost}.", strategy.name)
}

fn uncompared(results: &Results, baseline: &StrategyResults) -> String {
    if results.strategies.iter().all(|strategy| lookup::figure(strategy, SPEED).is_none()) {
        return "No latency was measured, for no item arrived after the warm-up.".to_owned();
    }
    let Some(best) = lookup::smallest(results, SPEED).map(|index| &results.strategies[index]) else {
        return "No strategy ever gets 99 % of its items done.".to_owned();
    };
    let p99 = |strategy| {
        lookup::figure(strategy, SPEED).map_or_else(String::new, |estimate| number::estimate(estimate, "s").to_string())
    };
    if best.name == baseline.name {
        return format!("{}, the baseline, has the lowest p99: {}.", best.name, p99(best));
    }
    format!("{} has the lowest p99: {} ({}: {}).", best.name, p99(best), baseline.name, p99(baseline))
}
