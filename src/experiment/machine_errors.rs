//! Figures of the errors of state machines' executions. Which errors there are is known when the runs are over: every run
//! has the figures of all that any of them had, those of its own in which it had none being zero.

use super::figures::Value;
use crate::metrics::catalogue;
use crate::model::Outcome;
use crate::model::workflow::outcome::{ErrorOutcome, ErrorTotals, MachineOutcome};

/// The errors that each machine of a strategy had in some run.
pub(super) struct Errors(Vec<ErrorTotals>);

impl Errors {
    /// Of all runs of a strategy, in their order.
    pub(super) fn of(runs: &[Outcome]) -> Self {
        let mut machines = Vec::new();
        for run in runs {
            machines.resize_with(run.machines.len(), ErrorTotals::default);
            machines.iter_mut().zip(&run.machines).for_each(|(all, machine)| all.add(&machine.errors));
        }
        Self(machines)
    }

    /// The figures of one of the runs.
    pub(super) fn figures(&self, run: &Outcome) -> Vec<Value> {
        self.0.iter().zip(&run.machines).flat_map(|(all, machine)| of_machine(all, machine)).collect()
    }
}

fn of_machine(all: &ErrorTotals, machine: &MachineOutcome) -> Vec<Value> {
    let MachineOutcome { label, states, errors, .. } = machine;
    // A name that this run had room for may be one of the others of all runs together.
    let mut own = ErrorTotals(all.0.iter().map(ErrorOutcome::nothing).collect());
    own.add(errors);
    let mut figures = Vec::new();
    for name in all.names() {
        let executions = own.of(name).map(|error| error.executions).sum();
        figures.push(value(format!("{label}/{}", in_scope(name)), "executions_failed", executions));
    }
    for row in &own.0 {
        let Some(state) = row.state else { continue };
        let scope = format!("{label}/{}/{}", states[state as usize].name, in_scope(&row.error));
        figures.push(value(scope.clone(), "state_errors", row.times()));
        figures.push(value(scope, "state_executions_failed", row.executions));
    }
    figures
}

fn value(scope: String, metric: &str, value: u64) -> Value {
    let metric = catalogue::find(metric).expect("figures name metrics of the catalogue");
    Value { scope, metric, value: value as f64 }
}

/// A name as the last part of a scope: no stroke is in it, so that no two states and errors make one scope.
fn in_scope(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}
