//! Real state machines, from repositories of samples: `../shared/data/asl-machines`. Each is read or refused for a reason
//! that the language gives, and runs with default bindings to an end. Where they are absent the tests say so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use simctl::kernel::{Root, Span, Time};
use simctl::services::step_functions::execution::{
    Command, Commands, End, Execution, MachineType, Program, Seed, Settings, Work,
};
use simctl::services::step_functions::language::machine::Machine;

/// State transitions of one execution at most, where a machine waits for what never comes: its history ends before.
const TRANSITIONS_AT_MOST: u64 = 25_000;

/// Machines that are refused, with a part of the reason: what the specification asks for and they do not do.
const REFUSED: [(&str, &str); 9] = [
    ("floe/examples__everything.asl", "another state of the machine has this name"),
    ("floe/examples__http.asl", "expected a reference path"),
    ("floe/examples__set-credential.asl", "expected a reference path"),
    ("floe/examples__workflow.asl", "there is no such field here"),
    ("step/examples__all_types.json", "there is no state \"DefaultState\" here"),
    ("step/examples__basic_choice.json", "there is no state \"NextState\" here"),
    ("step/examples__step_deployer.json", "\"Success\" is no type of state"),
    ("step/examples__taskfn.json", "\"TaskFn\" is no type of state"),
    ("wc/shared-fallback-state-jsonata__statemachine__statemachine.asl.json", "expected a state, not a string"),
];

/// Every machine, by folder and name.
fn machines() -> Option<Vec<(String, PathBuf)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/asl-machines");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: ../shared/data/asl-machines is absent");
        return None;
    };
    let mut found = Vec::new();
    for origin in entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&origin).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push((format!("{}/{}", name(&origin), name(&file)), file));
        }
    }
    found.sort();
    Some(found)
}

/// Rule [doc] ASL: real state machines are read, or refused for a reason that the specification gives.
#[test]
fn real_machines_are_read_or_refused_for_a_reason() {
    let Some(machines) = machines() else { return };
    let (mut read, mut states, mut wrong) = (0, 0, Vec::new());
    for (name, file) in &machines {
        let known = REFUSED.iter().find(|(refused, _)| refused == name).map(|(_, reason)| reason);
        match (Machine::parse(&fs::read_to_string(file).expect("a text")), known) {
            (Ok(machine), None) => {
                read += 1;
                states += machine.states.len();
            }
            (Err(error), Some(reason)) if error.to_string().contains(reason) => {}
            (Ok(_), Some(reason)) => wrong.push(format!("{name}: accepted, though {reason}")),
            (Err(error), _) => wrong.push(format!("{name}: {error}")),
        }
    }
    println!("real machines: {read} of {} read, with {states} states; {} refused", machines.len(), REFUSED.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(read >= 130, "only {read} machines are there");
}

/// How an execution ends, its error's name, whose input, and what its tasks give after a second, is the
/// machine's sample.
fn run(machine: Machine) -> (String, u32, u64) {
    let mut settings = Settings::new(MachineType::Standard, Root::new(1, 0).purpose("machine", "luck"));
    settings.transitions_at_most = TRANSITIONS_AT_MOST;
    // The instants that machines wait for have passed: from 1970 on they would wait for longer than an execution may last.
    settings.epoch = "2026-11-23T00:00:00Z".parse().expect("an instant");
    let program = Program { machine, settings };
    let mut host = Commands::default();
    let mut now = Time::ZERO;
    let sample = program.machine.sample();
    let mut execution = Execution::start(&program, Seed::default(), sample.clone(), now, &mut host);
    while execution.end().is_none() {
        let commands = std::mem::take(&mut host.list);
        if commands.is_empty() {
            assert_ne!(execution.wakes_at(), Time::NEVER, "it waits for nothing");
            now = execution.wakes_at().max(now);
            execution.wake(&program, now, &mut host);
        }
        now += Span::from_secs(1);
        for command in commands {
            if let Command::Start(task) = command {
                let items = || json!([sample, sample]);
                let output = if task.work == Work::ReadItems { items() } else { sample.clone() };
                execution.task_succeeded(&program, task.token, output, now, &mut host);
            }
        }
    }
    let end = match execution.end() {
        Some(End::Succeeded(_)) => "succeeded".to_owned(),
        Some(End::Failed(failure)) => format!("failed with {}", failure.name()),
        other => format!("{other:?}"),
    };
    (end, execution.usage().events, execution.usage().transitions)
}

/// Rule [doc] SFNQ: every real machine runs with default bindings to an end within 25,000 events of history.
#[test]
fn real_machines_run_to_an_end() {
    let Some(machines) = machines() else { return };
    let (mut ends, mut transitions) = (BTreeMap::<String, usize>::new(), 0);
    for (name, file) in &machines {
        let Ok(machine) = Machine::parse(&fs::read_to_string(file).expect("a text")) else { continue };
        let (end, events, made) = run(machine);
        assert!(events <= 25_000, "{name}: {events} events");
        *ends.entry(end).or_default() += 1;
        transitions += made;
    }
    println!("real machines, {transitions} transitions: {ends:?}");
    assert!(ends["succeeded"] >= 70, "{ends:?}");
}
