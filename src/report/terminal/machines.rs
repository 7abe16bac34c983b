//! State machines: how executions ended, what troubled them, and what it costs to keep track of them: by transitions, or by
//! functions that are paid for while they wait.

use super::paint::{self, Paint};
use super::{name_width, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{errors, lookup, number};
use crate::stats::Estimate;
use crate::words::LineItem;

/// From so many executions an item on, their number is told.
const ONCE: f64 = 1.005;

/// From this share of the largest cost on, another is about as large.
const ABOUT: f64 = 0.9;

/// A line a strategy that runs a state machine; empty if none does.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let names = name_width(results);
    let line = |strategy: &StrategyResults| {
        let said = said(results, strategy)?;
        Some(paint::wrapped(&format!("  {:<names$}  {said}", short_name(&strategy.name)), width, names + 4))
    };
    let lines: Vec<String> = results.strategies.iter().filter_map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    let price = price_of_waiting(results).map(|said| format!("\n{}", paint::wrapped(&said, width, 2)));
    let heading = paint.bold("executions of state machines");
    format!("{heading}\n{}{}", lines.join("\n"), price.map_or_else(String::new, |said| paint.bold(&said)))
}

/// `orchestrator pays $1,340 a million items for waiting in functions; step functions pays $254 for state transitions`:
/// who waits most dearly, against the baseline or, where that waits so itself, who keeps track for least. None where waiting costs
/// less than that.
pub(super) fn price_of_waiting(results: &Results) -> Option<String> {
    let paid = |index: usize| {
        let strategy = &results.strategies[index];
        let cost = |metric| lookup::figure(strategy, metric).map(|cost| cost.mean).filter(|cost| cost.is_finite());
        Some((index, cost("orchestration_usd_per_million")?, cost("waiting_usd_per_million")?))
    };
    let all: Vec<(usize, f64, f64)> = (0..results.strategies.len()).filter_map(paid).collect();
    let most = all.iter().map(|&(.., waiting)| waiting).max_by(f64::total_cmp)?;
    // Of those that wait about as dearly, the first.
    let &(dear, _, waiting) = all.iter().find(|(.., waiting)| *waiting >= ABOUT * most)?;
    let whole = |&(_, tracking, waiting): &(usize, f64, f64)| tracking + waiting;
    let baseline = all.iter().find(|(index, ..)| *index == results.baseline && *index != dear);
    let others = all.iter().filter(|(index, ..)| *index != dear);
    let other = baseline.or_else(|| others.min_by(|left, right| whole(left).total_cmp(&whole(right))))?;
    if waiting <= whole(other) {
        return None;
    }
    let (dear, other) = (&results.strategies[dear], &results.strategies[other.0]);
    let things = lookup::unit_word(results);
    let waits = number::mean(lookup::figure(dear, "waiting_usd_per_million")?, "USD");
    let tracks = number::mean(lookup::figure(other, "orchestration_usd_per_million")?, "USD");
    let also = match lookup::figure(other, "waiting_usd_per_million") {
        Some(cost) if cost.mean > 0.0 => format!(" and {} for waiting", number::mean(cost, "USD")),
        _ => String::new(),
    };
    let (name, what) = (&other.name, means(other));
    Some(format!(
        "{} pays {waits} a million {things} for waiting in functions; {name} pays {tracks} for {what}{also}",
        dear.name
    ))
}

/// What a strategy keeps track of its executions by.
pub(in crate::report) fn means(strategy: &StrategyResults) -> &'static str {
    let used = |line| strategy.machines.iter().any(|machine| machine.outcome.tracking.count(line) > 0);
    let named = [
        (LineItem::StepTransitions, "state transitions"),
        (LineItem::StepExpressRequests, "requests and durations of workflows"),
        (LineItem::DurableOperations, "operations and replays"),
        (LineItem::EventBridgeEvents, "events and their records"),
    ];
    named.into_iter().find(|(line, _)| used(*line)).map_or("its own work", |(_, words)| words)
}

fn said(results: &Results, strategy: &StrategyResults) -> Option<String> {
    let started = lookup::figure(strategy, "executions").filter(|started| started.mean > 0.0)?;
    let of = |metric: &str| lookup::mean(strategy, metric);
    let ends = strategy.figures.iter().filter(|figure| figure.metric == "executions" && !figure.scope.is_empty());
    let ends = ends.filter(|figure| figure.estimate.mean > 0.0).map(|figure| {
        let end = figure.scope.rsplit('/').next().unwrap_or_default();
        format!("{} {end}", number::share(figure.estimate.mean / started.mean))
    });
    let each = started.mean / of("arrived").max(1.0);
    let begun = number::mean(started, "executions");
    let begun = if each > ONCE { format!("{begun} ({each:.2} an item)") } else { begun };
    let mut parts = vec![format!("{begun}: {}", ends.collect::<Vec<_>>().join(", "))];
    parts.extend(where_they_stand(strategy));
    parts.extend(what_they_fail_with(strategy, results.replications));
    parts.extend(most_retried(strategy));
    parts.extend(costs(results, strategy, started.mean));
    Some(parts.join("; "))
}

/// What it costs that functions wait, and to keep track of so many executions.
fn costs(results: &Results, strategy: &StrategyResults, executions: f64) -> Option<String> {
    let cost = |metric| {
        let cost = lookup::figure(strategy, metric).filter(|cost| cost.mean > 0.0 && cost.mean.is_finite())?;
        Some(number::mean(cost, "USD"))
    };
    let each = |metric, unit| number::plain(lookup::mean(strategy, metric) / executions, unit);
    let (what, things) = (means(strategy), lookup::unit_word(results));
    let tracking = cost("orchestration_usd_per_million");
    let Some(waiting) = cost("waiting_usd_per_million") else {
        let how = match what {
            "state transitions" => format!("{} transitions each", each("transitions", "transitions")),
            other => other.to_owned(),
        };
        return Some(format!("{how}: {} a million {things}", tracking?));
    };
    let each = each("orchestrator_wait_seconds", "s");
    let besides = tracking.map_or_else(String::new, |cost| format!(", besides {cost} for {what}"));
    Some(format!("functions waited {each} an execution and were paid for it: {waiting} a million {things}{besides}"))
}

/// The state that was retried most.
fn most_retried(strategy: &StrategyResults) -> Option<String> {
    let (name, most) = most_of(strategy, "state_retries")?;
    let why = strategy.machines.iter().find_map(|machine| {
        let state = machine.states.iter().position(|state| state.name == name)?;
        match errors::of_state(machine, state, |error| error.retried)[..] {
            [] => None,
            [(only, _)] => Some(format!(", after {only}")),
            [(most, _), ..] => Some(format!(", mostly after {most}")),
        }
    });
    let why = why.unwrap_or_default();
    Some(format!("{name} retried {} times{why}", number::mean(most, "retries")))
}

/// What executions failed with, and in which states it arose.
fn what_they_fail_with(strategy: &StrategyResults, replications: u64) -> Option<String> {
    let failures: Vec<String> =
        strategy.machines.iter().flat_map(|machine| errors::failures(machine, replications)).collect();
    (!failures.is_empty()).then(|| format!("failed: {}", failures.join(", ")))
}

/// The state in which most of those executions stand that have no end.
fn where_they_stand(strategy: &StrategyResults) -> Option<String> {
    let (state, most) = most_of(strategy, "state_unfinished")?;
    Some(format!("most of the unfinished stand at {state}: {}", number::mean(most, "executions")))
}

/// The state of which a metric is largest, if it is above nothing.
fn most_of<'a>(strategy: &'a StrategyResults, metric: &str) -> Option<(&'a str, &'a Estimate)> {
    let figures = strategy.figures.iter().filter(|figure| figure.metric == metric);
    let most = figures.max_by(|left, right| left.estimate.mean.total_cmp(&right.estimate.mean))?;
    let state = most.scope.split_once('/').map_or(most.scope.as_str(), |(_, state)| state);
    (most.estimate.mean > 0.0).then_some((state, &most.estimate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::machines::MachineResults;
    use crate::experiment::results::Figure;
    use crate::model::workflow::outcome::{ErrorOutcome, ErrorTotals, MachineOutcome};
    use crate::report::{errors, fixture};

    #[test]
    fn a_strategy_with_a_machine_says_how_its_executions_ended() {
        let mut results = fixture::atm();
        assert_eq!(render(&results, 100, Paint { colour: false }), "", "nothing where no machine is run");
        let figure = |scope: &str, metric, mean| {
            let estimate = Estimate { mean, interval: None, replications: 20 };
            Figure { scope: scope.to_owned(), metric, unit: "times", estimate }
        };
        results.strategies[1].figures.extend([
            figure("", "executions", 200.0),
            figure("", "transitions", 2_200.0),
            figure("machine/succeeded", "executions", 190.0),
            figure("machine/failed", "executions", 10.0),
            figure("machine/Charge card", "state_retries", 12.0),
            figure("machine/Refund", "state_unfinished", 3.0),
            figure("", "orchestration_usd_per_million", 275.0),
            figure("", "waiting_usd_per_million", 0.0),
        ]);
        let error = |error: &str, state, retried, executions| {
            let error = error.to_owned();
            ErrorOutcome { error, state, retried, executions, ..ErrorOutcome::default() }
        };
        let rows = vec![
            error("ProviderBusy", Some(0), 200, 0),
            error("PaymentDeclined", Some(0), 40, 30),
            error("States.Timeout", None, 0, 170),
        ];
        let mut machine = errors::tests::machine(&["Charge card"], ErrorTotals(rows));
        machine.outcome.tracking.add(LineItem::StepTransitions, 1);
        results.strategies[1].machines = vec![machine];
        let text = render(&results, 100, Paint { colour: false });
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "200: 95 % succeeded, 5 % failed",
            "failed: 8.5 with States.Timeout as a whole, 1.5 with PaymentDeclined in Charge card",
            "Charge card retried 12 times, mostly after ProviderBusy",
            "the unfinished stand at Refund: 3",
            "11 transitions each: $275 a million items",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    fn machine_with(line: LineItem) -> MachineResults {
        let mut outcome = MachineOutcome::default();
        outcome.tracking.add(line, 1);
        let (label, file) = ("machine".to_owned(), "order.asl.json".to_owned());
        MachineResults { label, file, states: Vec::new(), graphs: Vec::new(), ways: Vec::new(), outcome }
    }

    #[test]
    fn the_price_of_waiting_is_a_sentence() {
        let mut results = fixture::atm();
        assert_eq!(price_of_waiting(&results), None, "nobody keeps track of executions");
        let lines = [LineItem::StepTransitions, LineItem::LambdaRequests, LineItem::DurableOperations];
        let paid = [(250.0, 0.0), (8.0, 1_210.0), (88.5, 2.25)];
        for (strategy, (line, (tracking, waiting))) in results.strategies.iter_mut().zip(lines.into_iter().zip(paid)) {
            strategy.machines = vec![machine_with(line)];
            for (metric, mean) in [("orchestration_usd_per_million", tracking), ("waiting_usd_per_million", waiting)] {
                let estimate = Estimate { mean, interval: None, replications: 20 };
                strategy.figures.push(Figure { scope: String::new(), metric, unit: "USD", estimate });
            }
        }
        let text = costs(&results, &results.strategies[2], 100.0);
        let said = "were paid for it: $2.25 a million items, besides $88.5 for operations and replays";
        assert!(text.as_ref().is_some_and(|text| text.ends_with(said)), "{text:?}");
        let pays = "5-minute batch pays $1,210 a million items for waiting in functions";
        results.baseline = 0;
        assert_eq!(price_of_waiting(&results), Some(format!("{pays}; hourly batch pays $250 for state transitions")));
        results.baseline = 1;
        let durable = "per event pays $88.5 for operations and replays and $2.25 for waiting";
        assert_eq!(price_of_waiting(&results), Some(format!("{pays}; {durable}")), "who does it for least");
        for figure in results.strategies.iter_mut().flat_map(|strategy| &mut strategy.figures) {
            if figure.metric == "waiting_usd_per_million" {
                figure.estimate.mean = 1.0;
            }
        }
        assert_eq!(price_of_waiting(&results), None, "waiting is not what is dear");
    }
}
