//! State machines: how executions ended, what troubled them, and what functions are paid for while they wait.

use super::paint::{self, Paint};
use super::{name_width, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{errors, lookup, number};
use crate::stats::Estimate;

/// From so many executions an item on, their number is told.
const ONCE: f64 = 1.005;

/// A line a strategy that runs a state machine; empty if none does.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    let names = name_width(results);
    let line = |strategy: &StrategyResults| {
        let said = said(strategy, results.replications)?;
        Some(paint::wrapped(&format!("  {:<names$}  {said}", short_name(&strategy.name)), width, names + 4))
    };
    let lines: Vec<String> = results.strategies.iter().filter_map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}", paint.bold("executions of state machines"), lines.join("\n"))
}

fn said(strategy: &StrategyResults, replications: u64) -> Option<String> {
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
    parts.extend(what_they_fail_with(strategy, replications));
    parts.extend(most_retried(strategy));
    let busy = of("orchestrator_wait_seconds");
    if busy > 0.0 {
        let hours = number::plain(busy / 3_600.0, "h");
        let each = number::duration(busy / started.mean);
        parts.push(format!("functions waited for tasks {hours} hours, {each} an execution, and were paid for it"));
    } else if of("transitions") > 0.0 {
        let ended = started.mean.max(1.0);
        parts.push(format!("{} transitions each", number::plain(of("transitions") / ended, "transitions")));
    }
    Some(parts.join("; "))
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
    use crate::experiment::results::Figure;
    use crate::model::workflow::outcome::{ErrorOutcome, ErrorTotals};
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
        results.strategies[1].machines = vec![errors::tests::machine(&["Charge card"], ErrorTotals(rows))];
        let text = render(&results, 100, Paint { colour: false });
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "200: 95 % succeeded, 5 % failed",
            "failed: 8.5 with States.Timeout as a whole, 1.5 with PaymentDeclined in Charge card",
            "Charge card retried 12 times, mostly after ProviderBusy",
            "the unfinished stand at Refund: 3",
            "11 transitions each",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
