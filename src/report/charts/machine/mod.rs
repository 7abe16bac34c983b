//! `machine-N.svg`: the state machine of a strategy, with what its executions did. States are boxes by their type, ways are
//! as wide as their traffic, and the way that most executions took is the boldest.

mod bends;
mod draw;
mod graph;
mod hot;
mod layout;

use self::draw::Drawing;
use self::graph::Diagram;
use crate::experiment::machines::MachineResults;
use crate::experiment::results::Results;
use crate::report::number;

/// Every machine's drawing with its file name; strategies that ran the same machine have one each.
pub(in crate::report) fn all(results: &Results) -> Vec<(String, String)> {
    let machines = results
        .strategies
        .iter()
        .flat_map(|strategy| strategy.machines.iter().map(move |machine| (strategy.name.as_str(), machine)));
    let drawn = machines.enumerate().map(|(index, (strategy, machine))| {
        (format!("machine-{}.svg", index + 1), chart(strategy, machine, results.replications))
    });
    drawn.collect()
}

/// Whether [`all`] may name a file so.
pub(in crate::report) fn is_name(file: &str) -> bool {
    let number = file.strip_prefix("machine-").and_then(|rest| rest.strip_suffix(".svg"));
    number.is_some_and(|number| {
        !number.is_empty() && number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn chart(strategy: &str, machine: &MachineResults, replications: u64) -> String {
    let diagram = Diagram::new(machine, replications);
    let layout = layout::layout(&diagram);
    Drawing::new(&diagram, &layout).document(&title(strategy, &diagram), &note(&diagram))
}

fn title(strategy: &str, diagram: &Diagram<'_>) -> String {
    let executions = &diagram.machine.outcome.executions;
    let ended = executions.succeeded + executions.failed + executions.timed_out + executions.killed;
    let well = match ended {
        0 => "none ended".to_owned(),
        _ if executions.succeeded == executions.started => "all of which ended well".to_owned(),
        _ => format!("of which {} ended well", number::share(executions.succeeded as f64 / ended as f64)),
    };
    format!("{strategy}: {} executions of {}, {well}", diagram.count(executions.started), diagram.machine.file)
}

fn note(diagram: &Diagram<'_>) -> String {
    let executions = &diagram.machine.outcome.executions;
    let ends = [
        (executions.succeeded, "succeeded"),
        (executions.failed, "failed"),
        (executions.timed_out, "timed out"),
        (executions.killed, "died with their function"),
    ];
    let ends =
        ends.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", diagram.count(*count)));
    let ends: Vec<String> = ends.collect();
    let counted = if diagram.runs > 1 { "Counts of one run, on average over the replications. " } else { "" };
    format!("{counted}{}. The boldest way is the one that most took.", ends.join(", "))
}

#[cfg(test)]
mod tests;
