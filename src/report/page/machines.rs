//! The state machines: each drawn with what its executions did, and every state in figures.

use maud::{Markup, PreEscaped, html};

use crate::experiment::machines::MachineResults;
use crate::experiment::results::{Results, StrategyResults};
use crate::kernel::Span;
use crate::model::workflow::outcome::StateOutcome;
use crate::report::{lookup, number, terminal};

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

fn states(results: &Results, machine: &MachineResults) -> Markup {
    let runs = results.replications.max(1) as f64;
    let count = |count: u64| match count as f64 / runs {
        0.0 => "–".to_owned(),
        mean if mean < 9.95 && mean.fract() != 0.0 => format!("{mean:.1}"),
        mean => number::plain(mean.round(), "effects"),
    };
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
    use crate::experiment::machines::{GraphShape, StateShape};
    use crate::model::workflow::outcome::MachineOutcome;
    use crate::report::{charts, fixture};

    #[test]
    fn a_machine_is_drawn_with_its_states_in_figures_of_one_run() {
        let mut results = fixture::atm();
        assert_eq!(section(&results, &[]).into_string(), "", "nothing where no machine is run");
        let name = "Charge <card>".to_owned();
        let state = StateOutcome { name: name.clone(), entered: 14, left: 14, retries: 40, ..StateOutcome::default() };
        let shape = StateShape { name, kind: "Task", graph: 0, inner: Vec::new(), ends: true, work: String::new() };
        results.replications = 20;
        results.strategies[1].machines = vec![MachineResults {
            label: "machine".to_owned(),
            file: "order.asl.json".to_owned(),
            states: vec![shape],
            graphs: vec![GraphShape { start: 0 }],
            ways: Vec::new(),
            outcome: MachineOutcome { states: vec![state], ..MachineOutcome::default() },
        }];
        let text = section(&results, &charts::machine::all(&results)).into_string();
        for part in [
            "What keeping track of executions costs",
            "id=\"machine-1\"",
            "data-strategy=\"1\"",
            "<svg",
            "Charge &lt;card&gt;",
            "<td>0.7</td><td>2</td>",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
