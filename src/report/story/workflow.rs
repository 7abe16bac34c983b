//! What is said of executions of state machines, and what documents have of them.

use serde_json::{Value, json};

use super::instant::clock;
use crate::model::Design;
use crate::model::story::{Answer, InWorkflow, Spot, WorkflowOutcome};
use crate::model::workflow::errors::ErrorNames;
use crate::services::step_functions::language::retry::reserved;

/// The name of a state of the machine at a node; empty where there is none.
fn state_name(design: &Design, spot: Spot, state: u32) -> &str {
    let Spot::Node(node) = spot else { return "" };
    let workflow = design.nodes[node.index()].workflow.as_ref();
    workflow.and_then(|workflow| workflow.machine.states.get(state as usize)).map_or("", |state| state.name.as_str())
}

/// What happened in an execution.
pub(super) fn sentence(design: &Design, errors: &ErrorNames, spot: Spot, what: &InWorkflow) -> String {
    let name = what.state().map_or("", |state| state_name(design, spot, state));
    let error = what.error().map_or("", |error| errors.name(error));
    match what {
        InWorkflow::Begins => "execution begins".to_owned(),
        InWorkflow::Ends(WorkflowOutcome::Succeeded) => "execution succeeds".to_owned(),
        InWorkflow::Ends(WorkflowOutcome::Failed(failing)) => {
            let whence = if failing.state.is_some() { format!(" in `{name}`") } else { String::new() };
            format!("execution fails{whence}: {error}")
        }
        InWorkflow::Ends(WorkflowOutcome::TimedOut) => format!("execution times out: {}", reserved::TIMEOUT),
        InWorkflow::Ends(WorkflowOutcome::Aborted) => "execution is stopped".to_owned(),
        InWorkflow::Suspends => "suspended: the attempt ends, and nothing runs while it waits".to_owned(),
        InWorkflow::Enters { .. } => format!("enters `{name}`"),
        InWorkflow::Asks { .. } => format!("`{name}` asks for its work"),
        InWorkflow::Hears { answer, .. } => format!("`{name}`: {}", answer_words(*answer, error)),
        InWorkflow::Retries { until, .. } => format!("`{name}` is tried again at {}, after {error}", clock(*until)),
        InWorkflow::Catches { .. } => format!("the error of `{name}` is caught: {error}"),
        InWorkflow::Applied { .. } => format!("`{name}` takes effect"),
        InWorkflow::AppliedAgain { cause, .. } => format!("DUPLICATE: `{name}` takes effect again ({})", cause.words()),
    }
}

fn answer_words(answer: Answer, error: &str) -> String {
    match answer {
        Answer::Succeeded => "its work is done".to_owned(),
        Answer::Failed(_) => format!("its work failed: {error}"),
        Answer::TimedOut(_) => format!("its work took too long ({error}); nobody waits for it any more"),
    }
}

/// The name of a moment's kind in documents, snake_case and stable.
pub(super) const fn kind(what: &InWorkflow) -> &'static str {
    match what {
        InWorkflow::Begins => "execution_begins",
        InWorkflow::Ends(WorkflowOutcome::Succeeded) => "execution_succeeds",
        InWorkflow::Ends(WorkflowOutcome::Failed(_)) => "execution_fails",
        InWorkflow::Ends(WorkflowOutcome::TimedOut) => "execution_times_out",
        InWorkflow::Ends(WorkflowOutcome::Aborted) => "execution_stopped",
        InWorkflow::Suspends => "execution_suspended",
        InWorkflow::Enters { .. } => "state_entered",
        InWorkflow::Asks { .. } => "task_begins",
        InWorkflow::Hears { answer: Answer::Succeeded, .. } => "task_succeeds",
        InWorkflow::Hears { answer: Answer::Failed(_), .. } => "task_fails",
        InWorkflow::Hears { answer: Answer::TimedOut(_), .. } => "task_times_out",
        InWorkflow::Retries { .. } => "state_retried",
        InWorkflow::Catches { .. } => "state_caught",
        InWorkflow::Applied { .. } => "step_applied",
        InWorkflow::AppliedAgain { .. } => "step_applied_again",
    }
}

/// What a moment brings besides its kind.
pub(super) fn data(
    design: &Design,
    errors: &ErrorNames,
    spot: Spot,
    what: &InWorkflow,
    put: &mut impl FnMut(&str, Value),
) {
    if let Some(state) = what.state() {
        put("state", json!(state_name(design, spot, state)));
    }
    if let Some(error) = what.error() {
        put("error", json!(errors.name(error)));
    }
    match what {
        InWorkflow::Ends(WorkflowOutcome::TimedOut) => put("error", json!(reserved::TIMEOUT)),
        InWorkflow::Retries { until, .. } => put("until_ns", json!(until.as_nanos())),
        InWorkflow::AppliedAgain { cause, .. } => put("cause", json!(cause.name())),
        _ => {}
    }
}

/// Whether the line is one to look for.
pub(super) const fn is_turn(what: &InWorkflow) -> bool {
    matches!(what, InWorkflow::Ends(_) | InWorkflow::Applied { .. } | InWorkflow::AppliedAgain { .. })
}
