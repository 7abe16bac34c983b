//! Executions that AWS recorded, replayed: `../shared/data/asl-conformance`. The same states in the same order, the same
//! data in and out, the same retries, events and end. Tasks answer what the recording says they answered. Where the
//! recordings are absent the test says so and is skipped.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use simctl::kernel::{Root, Time};
use simctl::services::step_functions::execution::{
    End, Event, EventKind, Execution, Failure, Host, MachineType, Program, Seed, Settings, TaskStart, Token, Work,
};
use simctl::services::step_functions::language::machine::{Kind, Machine};

/// Executions that are not replayed, with the reason.
const SET_APART: [(&str, &str); 2] = [
    ("test_activity_task_on_deleted", "AWS looks for the activity, which was deleted, before it schedules the task"),
    ("test_service_lambda_map_timeout", "four tasks time out at one instant; here the first aborts the other three"),
];

fn recordings() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/asl-conformance");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: ../shared/data/asl-conformance is absent");
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cases-")));
    files.sort();
    Some(files)
}

/// What happened, as both sides tell it: AWS's type of event, the state, and what went in or came out.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    kind: String,
    state: String,
    data: Value,
}

/// Does what the recording says that the tasks did.
struct Replay<'a> {
    machine: &'a Machine,
    started: VecDeque<TaskStart>,
    told: Vec<Told>,
}

impl Host for Replay<'_> {
    fn start_task(&mut self, task: TaskStart) {
        self.started.push_back(task);
    }

    fn cancel_task(&mut self, token: Token) {
        self.started.retain(|task| task.token != token);
    }

    fn observe(&mut self, event: &Event<'_>) {
        if event.is_child {
            return;
        }
        let state = event.state.map(|state| &self.machine.states[state]);
        let name = state.map_or("", |state| &state.name);
        let kind = state.map_or("", |state| state.kind.word());
        let failure = |failure: &Failure| json!({"error": failure.error.as_deref(), "cause": failure.cause.as_deref()});
        let (kind, data) = match event.kind {
            EventKind::ExecutionStarted(input) => ("ExecutionStarted".to_owned(), input.clone()),
            EventKind::ExecutionEnded(End::Succeeded(output)) => ("ExecutionSucceeded".to_owned(), (**output).clone()),
            EventKind::ExecutionEnded(End::Failed(cause)) => ("ExecutionFailed".to_owned(), failure(cause)),
            EventKind::ExecutionEnded(_) => ("ExecutionTimedOut".to_owned(), Value::Null),
            EventKind::Entered(input) => (format!("{kind}StateEntered"), input.clone()),
            EventKind::Exited(output) => (format!("{kind}StateExited"), output.clone()),
            EventKind::TaskScheduled(input) => ("TaskScheduled".to_owned(), input.clone()),
            EventKind::TaskSucceeded(output) => ("TaskSucceeded".to_owned(), output.clone()),
            EventKind::TaskFailed(cause) => ("TaskFailed".to_owned(), failure(cause)),
            EventKind::TaskSubmitted => ("TaskSubmitted".to_owned(), Value::Null),
            EventKind::TaskTimedOut(_) => ("TaskTimedOut".to_owned(), Value::Null),
            EventKind::MapStarted(length) => ("MapStateStarted".to_owned(), json!(length)),
            EventKind::IterationStarted(index) => ("MapIterationStarted".to_owned(), json!(index)),
            EventKind::MapRunFailed(cause) => ("MapRunFailed".to_owned(), failure(cause)),
            _ => return,
        };
        self.told.push(Told { kind, state: name.to_owned(), data });
    }
}

/// The recording's events that both sides tell.
fn recorded(case: &Value) -> Vec<Told> {
    let told = |event: &Value| {
        let kind = event["type"].as_str()?;
        let details = event.as_object()?.iter().find(|(key, _)| key.ends_with("EventDetails")).map(|(_, value)| value);
        let details = details.cloned().unwrap_or_default();
        let failure = || json!({"error": details.get("error"), "cause": details.get("cause")});
        let (kind, data) = match kind {
            "ExecutionStarted" => (kind, details["input"].clone()),
            "ExecutionSucceeded" => (kind, details["output"].clone()),
            "ExecutionFailed" | "MapRunFailed" => (kind, failure()),
            "TaskScheduled" => (kind, details["parameters"].clone()),
            "LambdaFunctionScheduled" | "ActivityScheduled" => ("TaskScheduled", details["input"].clone()),
            "TaskSucceeded" | "LambdaFunctionSucceeded" | "ActivitySucceeded" => {
                ("TaskSucceeded", details["output"].clone())
            }
            "TaskFailed" | "LambdaFunctionFailed" | "ActivityFailed" => ("TaskFailed", failure()),
            "TaskSubmitted" => (kind, Value::Null),
            "TaskTimedOut" | "LambdaFunctionTimedOut" => ("TaskTimedOut", Value::Null),
            "MapStateStarted" => (kind, details["length"].clone()),
            "MapIterationStarted" => (kind, details["index"].clone()),
            _ if kind.ends_with("StateEntered") => (kind, details["input"].clone()),
            _ if kind.ends_with("StateExited") => (kind, details["output"].clone()),
            _ => return None,
        };
        let state = details["name"].as_str().unwrap_or_default();
        Some(Told { kind: kind.to_owned(), state: state.to_owned(), data })
    };
    case["events"].as_array().expect("events").iter().filter_map(told).collect()
}

/// A recorded value: JSON in a string where it was no object.
fn decoded(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        other => other.clone(),
    }
}

/// Whether a value is what was recorded, where parts of it are masked or written as JSON in a string.
fn same(ours: &Value, recorded: &Value) -> bool {
    match (ours, recorded) {
        (Value::Object(ours), Value::Object(recorded)) => {
            ours.len() == recorded.len()
                && recorded.iter().all(|(key, value)| ours.get(key).is_some_and(|own| same(own, value)))
        }
        (Value::Array(ours), Value::Array(recorded)) => {
            ours.len() == recorded.len() && ours.iter().zip(recorded).all(|(own, value)| same(own, value))
        }
        (Value::Number(ours), Value::Number(recorded)) => ours.as_f64() == recorded.as_f64(),
        (Value::String(ours), Value::String(recorded)) if ours == recorded => true,
        (_, Value::String(text)) if is_masked(text) => true,
        (ours, Value::String(text)) => {
            serde_json::from_str(text).is_ok_and(|inner: Value| !inner.is_string() && same(ours, &inner))
                || serde_json::from_str(text).is_ok_and(|inner: Value| inner == *ours)
        }
        (Value::String(text), recorded @ (Value::Object(_) | Value::Array(_))) => {
            serde_json::from_str(text).is_ok_and(|inner: Value| same(&inner, recorded))
        }
        (ours, recorded) => ours == recorded,
    }
}

fn is_masked(text: &str) -> bool {
    let words = ["timestamp", "start-date", "stop-date", "date", "map_run_arn", "snf_role_arn", "sqs_queue_url"];
    (text.contains('<') && text.contains('>')) || text.ends_with("EventDetails.output") || words.contains(&text)
}

/// What the tasks answered, in the order in which they did.
fn outcomes(case: &Value) -> VecDeque<Told> {
    recorded(case)
        .into_iter()
        .filter(|told| ["TaskSubmitted", "TaskSucceeded", "TaskFailed", "TaskTimedOut"].contains(&told.kind.as_str()))
        .collect()
}

/// The items that a distributed Map state read: what it left, which its processor did not change.
fn items(case: &Value, state: &str) -> Value {
    let exited = recorded(case).into_iter().find(|told| told.kind == "MapStateExited" && told.state == state);
    let output = exited.map_or_else(|| json!([]), |told| decoded(&told.data));
    let Value::Array(list) = output else { return json!([]) };
    let flat = list.into_iter().flat_map(|item| match item.get("Items") {
        Some(Value::Array(batch)) => batch.clone(),
        _ => vec![item],
    });
    flat.collect()
}

/// The input of an execution. Where the recording masks an instant in it, the error tells it, or it is any that has passed.
fn input(case: &Value) -> Value {
    let mut input = decoded(&case["input"]);
    if let Some(masked) = input.get_mut("TimestampValue")
        && masked.as_str().is_some_and(is_masked)
    {
        let told = recorded(case).pop().map(|told| told.data["cause"].clone()).unwrap_or_default();
        let instant = told.as_str().and_then(|cause| cause.split("format string: ").nth(1));
        *masked = json!(instant.unwrap_or("1969-03-14T01:59:00.123456789Z"));
    }
    input
}

fn replay(case: &Value) -> Result<(), String> {
    let machine = Machine::parse(&case["definition"].to_string()).map_err(|error| format!("refused: {error}"))?;
    let program =
        Program { machine, settings: Settings::new(MachineType::Standard, Root::new(1, 0).purpose("machine", "luck")) };
    let mut host = Replay { machine: &program.machine, started: VecDeque::new(), told: Vec::new() };
    let mut outcomes = outcomes(case);
    let mut now = Time::ZERO;
    let mut execution = Execution::start(&program, Seed::default(), input(case), now, &mut host);
    while execution.end().is_none() {
        let answers = host.started.front().is_some_and(|task| {
            task.work == Work::ReadItems || outcomes.front().is_some_and(|outcome| outcome.kind != "TaskTimedOut")
        });
        if let (true, Some(task)) = (answers, host.started.pop_front()) {
            if task.work == Work::ReadItems {
                let items = items(case, &program.machine.states[task.state].name);
                execution.task_succeeded(&program, task.token, items, now, &mut host);
                continue;
            }
            let Some(outcome) = outcomes.pop_front() else { break };
            if outcome.kind == "TaskSubmitted" {
                execution.task_submitted(&program, task.token, now, &mut host);
                host.started.push_front(task);
                continue;
            }
            if outcome.kind == "TaskSucceeded" {
                execution.task_succeeded(&program, task.token, decoded(&outcome.data), now, &mut host);
            } else {
                let text = |value: &Value| match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.as_str().into()),
                    other => Some(other.to_string().into()),
                };
                let failure = Failure { error: text(&outcome.data["error"]), cause: text(&outcome.data["cause"]) };
                execution.task_failed(&program, task.token, failure, now, &mut host);
            }
            continue;
        }
        if execution.wakes_at() == Time::NEVER {
            return Err(format!("stuck, with {} tasks and {} outcomes", host.started.len(), outcomes.len()));
        }
        now = execution.wakes_at().max(now);
        outcomes.retain(|outcome| outcome.kind != "TaskTimedOut");
        execution.wake(&program, now, &mut host);
    }
    compare(case, &host.told, execution.usage().events, &program.machine)
}

fn compare(case: &Value, ours: &[Told], events: u32, machine: &Machine) -> Result<(), String> {
    let theirs = recorded(case);
    let agrees = |own: &Told, recorded: &Told| {
        own.kind == recorded.kind
            && (own.state == recorded.state || recorded.state.is_empty())
            && same(&own.data, &recorded.data)
    };
    let is_concurrent = machine.states.iter().any(|state| matches!(state.kind, Kind::Parallel(_) | Kind::Map(_)));
    if !is_concurrent {
        for (index, recorded) in theirs.iter().enumerate() {
            match ours.get(index) {
                Some(own) if agrees(own, recorded) => {}
                own => return Err(format!("event {index}\n    ours   {own:?}\n    theirs {recorded:?}")),
            }
        }
        if ours.len() != theirs.len() {
            return Err(format!("{} events, recorded {}", ours.len(), theirs.len()));
        }
    }
    // Recordings leave out or sort the events of concurrent branches: each that is there must have happened.
    let mut left: Vec<&Told> = ours.iter().collect();
    for recorded in &theirs {
        let Some(at) = left.iter().position(|own| agrees(own, recorded)) else {
            let near = left.iter().find(|own| own.kind == recorded.kind);
            return Err(format!("recorded only\n    theirs {recorded:?}\n    ours   {near:?}"));
        };
        left.remove(at);
    }
    let last = case["events"].as_array().and_then(|events| events.last());
    let last = last.and_then(|event| event["id"].as_u64()).unwrap_or_default();
    if last != u64::from(events) {
        return Err(format!("{events} history events, recorded {last}"));
    }
    Ok(())
}

/// Rule [measured] LS: 241 executions recorded from AWS enter the same states with the same data, retry, catch and end the same way, with as many events.
#[test]
fn recorded_executions_are_replayed() {
    let Some(files) = recordings() else { return };
    let (mut agreed, mut apart, mut differ) = (0, 0, Vec::new());
    for file in files {
        let cases: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(file).expect("a text")).expect("an array of cases");
        for case in &cases {
            let id = case["id"].as_str().expect("an id");
            if SET_APART.iter().any(|(known, _)| id.ends_with(known)) {
                apart += 1;
                continue;
            }
            match replay(case) {
                Ok(()) => agreed += 1,
                Err(reason) => differ.push(format!("{id}\n  {reason}")),
            }
        }
    }
    println!("recorded executions: {agreed} agree, {apart} set apart, {} differ", differ.len());
    for (id, reason) in SET_APART {
        println!("  set apart {id}: {reason}");
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert_eq!((agreed, apart), (239, 2), "recorded executions are missing");
}
