//! The state machines: each drawn with what its executions did, and every state in figures.

use std::cmp::Reverse;

use maud::{Markup, PreEscaped, html};

use crate::experiment::machines::MachineResults;
use crate::experiment::results::{Results, StrategyResults};
use crate::kernel::Span;
use crate::model::workflow::outcome::{ErrorOutcome, StateOutcome};
use crate::report::{errors, lookup, number, terminal};

/// The machines with their drawings, which come in the order of the strategies; the first is open.
pub(super) fn section(results: &Results, drawings: &[(String, String)]) -> Markup {
    let machines = results.strategies.iter().enumerate();
    let machines = machines.flat_map(|(index, strategy)| strategy.machines.iter().map(move |machine| (index, machine)));
    html! {
        @if !drawings.is_empty() {
            section aria-labelledby="machines-heading" {
                h2 #machines-heading { "State machines" }
                p.note {
                    "Where executions went: ways are as wide as their traffic, the way that most took is the boldest. \
                     Counts are those of one run."
                }
                (costs(results))
                @for (place, ((index, machine), (file, svg))) in machines.zip(drawings).enumerate() {
                    @let name = &results.strategies[index].name;
                    figure.chart.machine id=(file.trim_end_matches(".svg")) data-strategy=(index) {
                        details open[place == 0] {
                            summary { (name) ", " code { (machine.file) } }
                            (super::scrolling(&format!("The state machine of {name}"), &html! { (PreEscaped(svg)) }))
                            (super::scrolling(&format!("The states of {name} in figures"), &states(results, machine)))
                            @if let Some(errors) = errors_by_state(results, machine) {
                                (super::scrolling(&format!("The errors of {name} by state"), &errors))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What each strategy pays to keep track of its executions, and for functions that only wait.
fn costs(results: &Results) -> Markup {
    let cost = |strategy: &StrategyResults, metric: &str| match lookup::figure(strategy, metric) {
        Some(cost) if cost.mean > 0.0 => number::estimate(cost, "USD").to_string(),
        _ => "–".to_owned(),
    };
    let waits = |strategy: &StrategyResults| match lookup::mean(strategy, "orchestrator_wait_seconds") {
        0.0 => "–".to_owned(),
        seconds => number::duration(seconds / lookup::mean(strategy, "executions").max(1.0)),
    };
    let strategies = results.strategies.iter().enumerate().filter(|(_, strategy)| !strategy.machines.is_empty());
    let table = html! {
        table.results {
            caption {
                "What keeping track of executions costs, and functions that only wait, in dollars a million "
                (lookup::unit_word(results))
            }
            thead { tr {
                th scope="col" { "Strategy" }
                th scope="col" { "keeps track by" }
                th scope="col" { "for that" }
                th scope="col" { "for waiting" }
                th scope="col" { "waits an execution" }
            } }
            tbody { @for (index, strategy) in strategies {
                tr data-strategy=(index) {
                    th scope="row" { (strategy.name) }
                    td.words { (terminal::means(strategy)) }
                    td { (cost(strategy, "orchestration_usd_per_million")) }
                    td { (cost(strategy, "waiting_usd_per_million")) }
                    td { (waits(strategy)) }
                }
            } }
        }
    };
    super::scrolling("What keeping track of executions costs", &table)
}

/// What is counted of a state, with its heading.
type Count = (&'static str, fn(&StateOutcome) -> u64);
const COUNTS: [Count; 5] = [
    ("entered", |state| state.entered),
    ("retried", |state| state.retries),
    ("caught", |state| state.caught),
    ("timed out", |state| state.timed_out),
    ("failed for good", |state| state.failed),
];

/// A count of one run on average.
fn count(count: u64, results: &Results) -> String {
    if count == 0 { "–".to_owned() } else { errors::of_one_run(count, results.replications) }
}

/// What is counted of an error in a state, with its heading.
type ErrorCount = (&'static str, fn(&ErrorOutcome) -> u64);
const ERROR_COUNTS: [ErrorCount; 4] = [
    ("retried", |error| error.retried),
    ("caught", |error| error.caught),
    ("failed for good", |error| error.failed),
    ("ended the execution", |error| error.executions),
];

/// Errors that are shown; all are in `summary.csv`.
const ERRORS_AT_MOST: usize = 24;

/// The errors by their names and states, those that ended most executions first; nothing where there was none.
fn errors_by_state(results: &Results, machine: &MachineResults) -> Option<Markup> {
    let mut rows: Vec<&ErrorOutcome> = machine.outcome.errors.0.iter().collect();
    rows.sort_by_key(|error| Reverse((error.executions, error.times())));
    let state = |error: &ErrorOutcome| error.state.and_then(|state| machine.states.get(state as usize));
    let table = html! {
        table.results {
            thead { tr {
                th scope="col" { "Error" }
                th scope="col" { "in" }
                @for (heading, _) in ERROR_COUNTS { th scope="col" { (heading) } }
            } }
            tbody { @for error in rows.iter().take(ERRORS_AT_MOST) {
                tr {
                    th scope="row" { code { (error.error) } }
                    td { (state(error).map_or("the execution as a whole", |state| &state.name)) }
                    @for (_, of) in ERROR_COUNTS { td { (count(of(error), results)) } }
                }
            } }
        }
        @if rows.len() > ERRORS_AT_MOST {
            p.note { (rows.len() - ERRORS_AT_MOST) " rarer ones are in summary.csv." }
        }
    };
    (!rows.is_empty()).then_some(table)
}

fn states(results: &Results, machine: &MachineResults) -> Markup {
    let count = |of: u64| count(of, results);
    let latency = |state: &StateOutcome, share: f64| match state.latency.quantile(share, 0) {
        Some(span) if span > Span::ZERO => number::duration(span.as_secs_f64()),
        _ => "–".to_owned(),
    };
    html! {
        table.results {
            thead { tr {
                th scope="col" { "State" }
                @for (heading, _) in COUNTS { th scope="col" { (heading) } }
                th scope="col" { "median" }
                th scope="col" { "p99" }
            } }
            tbody { @for (shape, state) in machine.states.iter().zip(&machine.outcome.states) {
                tr {
                    th scope="row" { (shape.name) " " span.tag { (shape.kind) } }
                    @for (_, of) in COUNTS { td { (count(of(state))) } }
                    td { (latency(state, 0.5)) }
                    td { (latency(state, 0.99)) }
                }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::workflow::outcome::ErrorTotals;
    use crate::report::{charts, fixture};

    #[test]
    fn a_machine_is_drawn_with_its_states_and_errors_in_figures_of_one_run() {
        let mut results = fixture::atm();
        assert_eq!(section(&results, &[]).into_string(), "", "nothing where no machine is run");
        results.replications = 20;
        let row = |error: &str, state, retried, executions| ErrorOutcome {
            error: error.to_owned(),
            state,
            retried,
            executions,
            ..ErrorOutcome::default()
        };
        let mut rows = vec![row("Busy", Some(0), 40, 0), row("No <funds>", None, 0, 30)];
        rows.extend((0..ERRORS_AT_MOST).map(|number| row(&format!("Rare{number}"), Some(0), 1, 0)));
        results.strategies[1].machines = vec![errors::tests::machine(&["Charge <card>"], ErrorTotals(rows))];
        let text = section(&results, &charts::machine::all(&results)).into_string();
        for part in [
            "What keeping track of executions costs",
            "id=\"machine-1\"",
            "data-strategy=\"1\"",
            "<svg",
            "Charge &lt;card&gt;",
            "<td>0.7</td><td>2</td>",
            "<code>No &lt;funds&gt;</code></th><td>the execution as a whole</td><td>–</td><td>–</td><td>–</td><td>1.5</td>",
            "<code>Busy</code></th><td>Charge &lt;card&gt;</td><td>2</td><td>–</td><td>–</td><td>–</td>",
            "2 rarer ones are in summary.csv",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
