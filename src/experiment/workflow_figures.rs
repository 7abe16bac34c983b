//! The figures of state machines: how executions ended, what their states did, and what it cost to keep track of them.

use super::fault_figures::Named;
use super::figures::{per_million, quantile};
use crate::model::Outcome;
use crate::model::workflow::outcome::{ExecutionTotals, MachineOutcome, StateOutcome};
use crate::pricing::Bill;
use crate::words::Usage;

/// Executions of state machines, of all together and of each, and the states of each; `bill` is the strategy's.
pub(super) fn all(outcome: &Outcome, bill: &Bill) -> Vec<Named> {
    let machines = &outcome.machines;
    if machines.is_empty() {
        return Vec::new();
    }
    let (mut all, mut tracking, mut waiting) = (ExecutionTotals::default(), Usage::default(), Usage::default());
    for machine in machines {
        all.add(&machine.executions);
        tracking.merge(&machine.tracking);
        waiting.merge(&machine.waiting);
    }
    let whole = [
        ("executions", all.started as f64),
        ("executions_unwell", (all.failed + all.timed_out + all.killed) as f64),
        ("executions_failed", (all.failed + all.timed_out) as f64),
        ("transitions", all.transitions as f64),
        ("orchestrator_wait_seconds", all.waited as f64 / 1e9),
    ];
    let mut figures: Vec<Named> = whole.into_iter().map(|(metric, value)| (String::new(), metric, value)).collect();
    figures.extend(costs("", outcome, bill, [&tracking, &waiting]));
    for machine in machines {
        figures.extend(of_machine(machine));
        if machines.len() > 1 {
            figures.extend(costs(&machine.label, outcome, bill, [&machine.tracking, &machine.waiting]));
        }
    }
    figures
}

/// What of the bill is for keeping track of executions, and what for waiting, a million effects.
fn costs(scope: &str, outcome: &Outcome, bill: &Bill, [tracking, waiting]: [&Usage; 2]) -> [Named; 2] {
    [("orchestration_usd_per_million", tracking), ("waiting_usd_per_million", waiting)].map(|(metric, part)| {
        (scope.to_owned(), metric, per_million(bill.share_of(part, &outcome.usage), &outcome.items))
    })
}

fn of_machine(machine: &MachineOutcome) -> Vec<Named> {
    let MachineOutcome { label, executions, states, .. } = machine;
    let ends = executions.by_end().map(|(end, count)| (format!("{label}/{end}"), "executions", count as f64));
    let states = states.iter().flat_map(|state| of_state(label, state));
    ends.into_iter().chain(states).collect()
}

fn of_state(machine: &str, state: &StateOutcome) -> Vec<Named> {
    let counts = [
        ("state_entered", state.entered),
        ("state_retries", state.retries),
        ("state_caught", state.caught),
        ("state_failed", state.failed),
        ("state_timed_out", state.timed_out),
        ("state_unfinished", state.unfinished),
    ];
    let counts = counts.map(|(metric, count)| (metric, count as f64));
    let latencies = [("state_latency_p50", 0.5), ("state_latency_p99", 0.99)];
    let latencies = latencies.map(|(metric, q)| (metric, quantile(&state.latency, q, state.latency.count())));
    let scope = format!("{machine}/{}", state.name);
    counts.into_iter().chain(latencies).map(|(metric, value)| (scope.clone(), metric, value)).collect()
}
