//! A calm world that runs one state machine, in which tasks take the time that a test says.

use serde_json::{Value, json};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::workflow::outcome::MachineOutcome;
use simctl::scenario::{Scenario, load_text};
use simctl::words::DuplicateCause;

use super::{calm_function, calm_queue};

/// One strategy that runs one machine.
pub struct World {
    pub flow: &'static str,
    pub machine: Value,
    /// `[machine.tasks]`, by state.
    pub tasks: String,
    /// What the strategy's tables say.
    pub strategy: String,
    pub items: u64,
    pub drain: &'static str,
    /// Keys of the choreography's own table.
    pub bus: String,
}

/// A machine of these states, of which the first is `A`.
pub fn machine(states: &Value) -> Value {
    json!({ "StartAt": "A", "States": states })
}

/// A task of this name and what follows it.
pub fn task(next: &str) -> Value {
    match next {
        "" => json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true }),
        next => json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": next }),
    }
}

/// The same, retried so often after 1, 2, 4, … s.
pub fn retried(next: &str, attempts: u32) -> Value {
    let mut state = task(next);
    state["Retry"] = json!([{
        "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": attempts, "BackoffRate": 2.0
    }]);
    state
}

/// Tasks A and B, one after the other.
pub fn two() -> Value {
    machine(&json!({ "A": task("B"), "B": task("") }))
}

pub fn standard(machine: Value) -> World {
    World {
        flow: "events -> machine(m.asl.json)",
        machine,
        tasks: String::new(),
        strategy: String::new(),
        items: 1,
        drain: "48h",
        bus: String::new(),
    }
}

pub fn express(machine: Value) -> World {
    standard(machine).machine("type = \"express\"\nduplicate-probability = 0.0")
}

/// The function `workflow` runs the machine, invoked asynchronously.
pub fn orchestrated(machine: Value) -> World {
    World { flow: "events -> orchestrate(m.asl.json)", ..standard(machine) }
}

impl World {
    /// What a task does.
    pub fn task(mut self, state: &str, settings: &str) -> Self {
        self.tasks += &format!("[machine.tasks.{state}]\n{settings}\n");
        self
    }

    /// A task that takes so long.
    pub fn takes(self, state: &str, time: &str) -> Self {
        self.task(state, &format!("service-time = \"{time}\""))
    }

    /// A table of the strategy.
    pub fn table(mut self, label: &str, settings: &str) -> Self {
        self.strategy += &format!("[strategy.{label}]\n{settings}\n");
        self
    }

    /// Keys of the machine's own table.
    pub fn machine(self, settings: &str) -> Self {
        let settings = format!("start-latency = \"0s\"\ntransition-latency = \"0s\"\n{settings}");
        self.table("machine", &settings)
    }

    /// Keys of the choreography's own table.
    pub fn bus(mut self, settings: &str) -> Self {
        self.bus += settings;
        self.bus += "\n";
        self
    }

    pub fn flow(self, flow: &'static str) -> Self {
        Self { flow, ..self }
    }

    pub fn items(self, items: u64) -> Self {
        Self { items, ..self }
    }

    pub fn drain(self, drain: &'static str) -> Self {
        Self { drain, ..self }
    }

    pub fn text(&self) -> String {
        let Self { flow, tasks, strategy, items, drain, .. } = self;
        let mut tables = strategy.clone();
        if flow.contains("machine(") && !strategy.contains("[strategy.machine]") {
            tables += "[strategy.machine]\nstart-latency = \"0s\"\ntransition-latency = \"0s\"\n";
        }
        if let Some(word) =
            ["orchestrate", "durable", "choreograph"].iter().find(|word| flow.contains(&format!("{word}(")))
        {
            tables += &format!("[strategy.{word}]\nfunction = \"workflow\"\n");
            if *word == "choreograph" {
                tables += &self.calm_bus();
            }
            if !strategy.contains("[strategy.workflow]") {
                tables += "[strategy.workflow]\nservice-time = \"0s\"\n";
            }
        }
        if flow.contains("sqs") {
            tables += &(calm_queue("sqs") + "batch-size = 1\n");
        }
        format!(
            "name = \"calm\"\n[run]\nduration = \"1h\"\ndrain = \"{drain}\"\nreplications = 1\n\
             [[arrivals]]\nname = \"items\"\nprocess = \"bursts\"\nbursts = [{{ items = {items}, at = \"00:00\" }}]\n\
             {}{}{tasks}\n[[strategy]]\nname = \"calm\"\nflow = \"{flow}\"\n{tables}",
            calm_function("workflow"),
            calm_function("charge"),
        )
    }

    /// A bus without randomness or latency, but for what is set.
    fn calm_bus(&self) -> String {
        let calm = [
            ("latency", "\"0s\""),
            ("schedule-delay", "\"0s\""),
            ("join-latency", "\"0s\""),
            ("retry-jitter", "0.0"),
            ("duplicate-probability", "0.0"),
        ];
        let is_set = |key: &str| self.bus.lines().any(|line| line.starts_with(&format!("{key} ")));
        let calm = calm.iter().filter(|(key, _)| !is_set(key)).map(|(key, value)| format!("{key} = {value}\n"));
        calm.chain([self.bus.clone()]).collect()
    }

    /// The scenario, or what is said of it.
    pub fn load(&self) -> Result<Scenario, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = serde_json::to_string_pretty(&self.machine).expect("JSON is written");
        std::fs::write(folder.path().join("m.asl.json"), machine).expect("it takes a file");
        load_text("test.toml", &self.text(), folder.path(), &[]).map_err(|faults| faults.to_string())
    }

    pub fn run(&self) -> Outcome {
        let scenario = self.load().unwrap_or_else(|faults| panic!("{faults}\n{}", self.text()));
        experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"))
    }
}

pub fn ran(outcome: &Outcome) -> &MachineOutcome {
    &outcome.machines[0]
}

pub fn entered(outcome: &Outcome, state: &str) -> u64 {
    ran(outcome).states.iter().find(|found| found.name == state).expect("a state of the machine").entered
}

pub fn duplicates(outcome: &Outcome, cause: DuplicateCause) -> (u64, u64) {
    (outcome.items.duplicates, outcome.items.duplicates_by_cause.count(cause))
}

/// Longest latency, in seconds.
pub fn longest(outcome: &Outcome) -> f64 {
    outcome.items.latency.max().map_or(f64::NAN, Span::as_secs_f64)
}
