//! State machines as `simctl check` tells them.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::exit::Failure;
use crate::services::step_functions::language::MachineError;
use crate::services::step_functions::language::machine::{Graph, Kind, Machine, QueryLanguage, State, Transition};
use crate::words::visible;

/// The largest file that is looked at, in bytes: one more than AWS's largest definition tells that it is too large.
const FILE_AT_MOST: u64 = (1 << 20) + 1;

/// The text of a file, if that is a state machine: a JSON object, or YAML, with `StartAt` or `States`. Anything else,
/// and what cannot be read, is left to those who read scenarios.
pub(super) fn text(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    if !file.is_file() {
        return None;
    }
    File::open(file).ok()?.take(FILE_AT_MOST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let is_yaml = text.lines().any(|line| line.starts_with("StartAt:") || line.starts_with("States:"));
    (is_json || is_yaml).then_some(text)
}

/// What a machine is, state by state.
///
/// # Errors
/// Everything that the language does not allow, each with its JSON path.
pub(super) fn check(file: &Path, text: &str) -> Result<String, Failure> {
    let machine = Machine::parse(text).map_err(|error| refused(file, &error))?;
    let mut told = String::new();
    let paths = machine.states.iter().filter(|state| state.language == QueryLanguage::JsonPath).count();
    let language = match machine.states.len() - paths {
        0 => "JSONPath",
        count if count == machine.states.len() => "JSONata",
        _ => "JSONPath and JSONata",
    };
    let count = machine.states.len();
    // Writing to a string cannot fail.
    let states = if count == 1 { "state" } else { "states" };
    let _ = writeln!(told, "# {}: a valid state machine of {count} {states}, {language}", file.display());
    if let Some(comment) = &machine.comment {
        let _ = writeln!(told, "# {}", visible(comment.lines().next().unwrap_or_default()));
    }
    if let Some(whole) = machine.graphs.first() {
        graph(&mut told, &machine, whole);
    }
    Ok(told)
}

fn refused(file: &Path, error: &MachineError) -> Failure {
    let name = file.display();
    let message = match error {
        MachineError::Faults(faults) => {
            let lines: Vec<String> = faults.iter().map(|fault| format!("  {}", visible(&fault.to_string()))).collect();
            let what = if faults.len() == 1 { "a fault".to_owned() } else { format!("{} faults", faults.len()) };
            format!("error: the state machine {name} has {what}\n{}", lines.join("\n"))
        }
        other => format!("error: the state machine {name} cannot be read: {}", visible(&other.to_string())),
    };
    Failure::bad_input(message)
}

fn graph(told: &mut String, machine: &Machine, graph: &Graph) {
    for index in graph.states.clone() {
        let (state, indent) = (&machine.states[index], "  ".repeat(graph.depth));
        let mark = if index == graph.start { "->" } else { "  " };
        let line = format!("{mark} {indent}{}: {}{}", state.name, state.kind.word(), details(machine, state));
        let _ = writeln!(told, "{}", visible(&line));
        for inner in machine.graphs.iter().filter(|inner| inner.owner == Some(index)) {
            self::graph(told, machine, inner);
        }
    }
}

/// What a state works with and where it leads.
fn details(machine: &Machine, state: &State) -> String {
    let name = |index: usize| machine.states[index].name.as_str();
    let mut details = String::new();
    if let Kind::Task(task) = &state.kind {
        let _ = write!(details, " of {}", task.resource);
    }
    let mut targets: Vec<&str> = match &state.kind {
        Kind::Choice { rules, default } => rules.iter().map(|rule| rule.next).chain(*default).map(name).collect(),
        _ => Vec::new(),
    };
    match state.next {
        Some(Transition::To(next)) => targets.push(name(next)),
        Some(Transition::End) => targets.push("the end"),
        None => {}
    }
    targets.dedup();
    if !targets.is_empty() {
        let _ = write!(details, ", to {}", targets.join(" or "));
    }
    let tries: Vec<String> = state
        .retry
        .iter()
        .map(|retrier| format!("{} {}", retrier.errors.join(" "), times(retrier.max_attempts)))
        .collect();
    if !tries.is_empty() {
        let _ = write!(details, "; retries {}", tries.join(", "));
    }
    for catcher in &state.catch {
        let _ = write!(details, "; on {} to {}", catcher.errors.join(" "), name(catcher.next));
    }
    details
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{count} times"),
    }
}
