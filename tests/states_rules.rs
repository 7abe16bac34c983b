//! The Amazon States Language, rule by rule: small machines, and what comes of them worked out by hand.

#![expect(clippy::needless_pass_by_value, reason = "what json! makes is handed over as it is")]

use serde_json::{Value, json};
use simctl::kernel::{Root, Span, Time};
use simctl::services::step_functions::execution::{
    End, Event, Execution, Failure, Host, MachineType, Program, Seed, Settings, TaskStart, Token, Work,
};
use simctl::services::step_functions::language::machine::{Amount, Kind, Machine};

/// What a task does: after how long, with what result, or with which error.
type Answer = Box<dyn FnMut(&TaskStart, &str) -> (Span, Result<Value, &'static str>)>;

/// Runs an execution in simulated time.
struct Lab {
    answer: Answer,
    /// Tasks under way, by when they end.
    pending: Vec<(Time, Token, Result<Value, &'static str>)>,
    names: Vec<String>,
    now: Time,
    /// When a transition that is asked for now may happen.
    delay: Span,
    /// What happened: time in milliseconds, state, event.
    told: Vec<(u64, String, String)>,
    cancelled: usize,
    most_at_once: usize,
}

impl Host for Lab {
    fn start_task(&mut self, task: TaskStart) {
        let (after, result) = (self.answer)(&task, &self.names[task.state]);
        self.pending.push((self.now + after, task.token, result));
        self.most_at_once = self.most_at_once.max(self.pending.len());
    }

    fn cancel_task(&mut self, token: Token) {
        self.cancelled += 1;
        self.pending.retain(|(_, pending, _)| *pending != token);
    }

    fn transition(&mut self, now: Time) -> Time {
        now + self.delay
    }

    fn observe(&mut self, event: &Event<'_>) {
        let word = format!("{:?}", event.kind);
        let word = word.split(['(', ' ']).next().unwrap_or_default().to_owned();
        let state = event.state.map_or_else(String::new, |state| self.names[state].clone());
        self.told.push((event.at.as_nanos() / 1_000_000, state, word));
    }
}

/// An execution that has ended.
struct Ended {
    end: End,
    execution: Execution,
    lab: Lab,
}

impl Ended {
    fn output(&self) -> Value {
        match &self.end {
            End::Succeeded(output) => (**output).clone(),
            other => panic!("it did not succeed: {other:?}"),
        }
    }

    fn error(&self) -> String {
        match &self.end {
            End::Failed(failure) => failure.name().to_owned(),
            other => panic!("it did not fail: {other:?}"),
        }
    }

    /// When things happened of one word, in milliseconds.
    fn times(&self, word: &str) -> Vec<u64> {
        self.lab.told.iter().filter(|told| told.2 == word).map(|told| told.0).collect()
    }

    /// States in the order in which they were entered.
    fn entered(&self) -> Vec<&str> {
        self.lab.told.iter().filter(|told| told.2 == "Entered").map(|told| told.1.as_str()).collect()
    }

    fn events(&self) -> u32 {
        self.execution.usage().events
    }
}

fn program(machine: &Value) -> Program {
    let machine = Machine::parse(&machine.to_string()).unwrap_or_else(|error| panic!("{error}"));
    Program { machine, settings: Settings::new(MachineType::Standard, Root::new(7, 0).purpose("machine", "luck")) }
}

fn lab(
    program: &Program,
    answer: impl FnMut(&TaskStart, &str) -> (Span, Result<Value, &'static str>) + 'static,
) -> Lab {
    Lab {
        answer: Box::new(answer),
        pending: Vec::new(),
        names: program.machine.states.iter().map(|state| state.name.clone()).collect(),
        now: Time::ZERO,
        delay: Span::ZERO,
        told: Vec::new(),
        cancelled: 0,
        most_at_once: 0,
    }
}

fn run_in(program: &Program, input: Value, mut lab: Lab) -> Ended {
    let mut execution = Execution::start(program, Seed::default(), input, Time::ZERO, &mut lab);
    while execution.end().is_none() {
        lab.pending.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        let task_at = lab.pending.last().map_or(Time::NEVER, |(at, ..)| *at);
        assert!(task_at < Time::NEVER || execution.wakes_at() < Time::NEVER, "it waits for ever");
        lab.now = task_at.min(execution.wakes_at()).max(lab.now);
        if execution.wakes_at() <= task_at {
            execution.wake(program, lab.now, &mut lab);
            continue;
        }
        let (_, token, result) = lab.pending.pop().expect("a task");
        let now = lab.now;
        match result {
            Ok(output) => assert!(execution.task_succeeded(program, token, output, now, &mut lab)),
            Err(error) => assert!(execution.task_failed(program, token, Failure::named(error), now, &mut lab)),
        }
    }
    assert_eq!(execution.wakes_at(), Time::NEVER, "no timer outlives its execution");
    assert!(lab.pending.is_empty(), "no task outlives its execution unless it is cancelled");
    Ended { end: execution.end().expect("an end").clone(), execution, lab }
}

/// Runs a machine whose tasks take a second and give `{"ok": true}`.
fn run(machine: &Value, input: Value) -> Ended {
    let program = program(machine);
    let lab = lab(&program, |_, _| (Span::from_secs(1), Ok(json!({"ok": true}))));
    run_in(&program, input, lab)
}

/// A machine of one Task state with more fields, followed by `Caught` where a catcher leads there.
fn task(fields: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true});
    let table = state.as_object_mut().expect("an object");
    table.extend(fields.as_object().expect("fields").clone());
    let has_catch = state.get("Catch").is_some();
    let mut states = json!({"Work": state});
    if has_catch {
        states["Caught"] = json!({"Type": "Pass", "End": true});
    }
    json!({"StartAt": "Work", "States": states})
}

fn failing(machine: &Value, error: &'static str) -> Ended {
    let program = program(machine);
    let lab = lab(&program, move |_, _| (Span::ZERO, Err(error)));
    run_in(&program, json!({"in": 1}), lab)
}

/// Rule [doc] ASL: data flows through InputPath, Parameters, the task, ResultSelector, ResultPath and OutputPath, in this order.
#[test]
fn data_flows_in_order() {
    let machine = task(json!({
        "InputPath": "$.order", "Parameters": {"id.$": "$.id", "fixed": 1},
        "ResultSelector": {"picked.$": "$.value"}, "ResultPath": "$.order.result", "OutputPath": "$.order"
    }));
    let program = program(&machine);
    let lab = lab(&program, |task, _| {
        assert_eq!(*task.input, json!({"id": 7, "fixed": 1}));
        (Span::ZERO, Ok(json!({"value": 42, "other": 0})))
    });
    let ended = run_in(&program, json!({"order": {"id": 7}, "else": true}), lab);
    assert_eq!(ended.output(), json!({"id": 7, "result": {"picked": 42}}));
}

/// Rule [doc] ASL: ResultPath null discards the result and passes the input; by default the result takes the input's place.
#[test]
fn a_result_replaces_the_input_or_is_discarded() {
    assert_eq!(run(&task(json!({})), json!({"in": 1})).output(), json!({"ok": true}));
    assert_eq!(run(&task(json!({"ResultPath": null})), json!({"in": 1})).output(), json!({"in": 1}));
    assert_eq!(run(&task(json!({"InputPath": null, "OutputPath": null})), json!({"in": 1})).output(), json!({}));
}

/// Rule [doc] ASL: a ResultPath that leads into what has no such place fails with States.ResultPathMatchFailure, which can be caught.
#[test]
fn a_result_needs_its_place() {
    let machine = task(json!({"ResultPath": "$.in.deep"}));
    assert_eq!(run(&machine, json!({"in": 1})).error(), "States.ResultPathMatchFailure");
    let caught = task(json!({"ResultPath": "$.in.deep", "Catch": [
        {"ErrorEquals": ["States.ResultPathMatchFailure"], "Next": "Caught"}]}));
    assert_eq!(run(&caught, json!({"in": 1})).entered(), ["Work", "Caught"]);
}

/// Rule [measured] LS: a caught error is put where the catcher's ResultPath says, and the state's OutputPath is not applied.
#[test]
fn a_caught_error_goes_where_its_catcher_says() {
    let catcher = |path: &str| json!({"OutputPath": "$.nowhere", "Catch": [{"ErrorEquals": ["Boom"], "Next": "Caught", "ResultPath": path}]});
    let error = json!({"Error": "Boom", "Cause": null});
    assert_eq!(failing(&task(catcher("$.error")), "Boom").output(), json!({"in": 1, "error": error}));
    assert_eq!(failing(&task(catcher("$")), "Boom").output(), error);
    assert_eq!(failing(&task(catcher("$")), "Bang").error(), "Bang");
}

/// Rule [doc] SFNE: by default a retrier waits 1, 2 and 4 s before three retries: four executions, the last ending 7 s after the first.
#[test]
fn three_retries_by_default() {
    let ended = failing(&task(json!({"Retry": [{"ErrorEquals": ["States.ALL"]}]})), "Boom");
    assert_eq!(ended.times("TaskScheduled"), [0, 1_000, 3_000, 7_000]);
    assert_eq!(ended.error(), "Boom");
    // Entered, 4 x (scheduled, started, failed), and the execution's own two.
    assert_eq!(ended.events(), 2 + 1 + 4 * 3);
    assert_eq!(ended.execution.usage().transitions, 1 + 3, "each retry is a transition");
}

/// Rule [doc] SFNE: errors A, B, C, B with retriers {A, B: 2 tries, 1 s, x2} and {C: 5 s} are tried again after 1, 2 and 5 s; the fourth is caught.
#[test]
fn retriers_count_each_for_itself() {
    let machine = task(json!({
        "Retry": [
            {"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2.0},
            {"ErrorEquals": ["C"], "IntervalSeconds": 5}
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    }));
    let program = program(&machine);
    let lab = lab(&program, |task, _| (Span::ZERO, Err(["A", "B", "C", "B"][task.retries as usize])));
    let ended = run_in(&program, json!({}), lab);
    assert_eq!(ended.times("TaskScheduled"), [0, 1_000, 3_000, 8_000]);
    assert_eq!(ended.output(), json!({"Error": "B", "Cause": null}));
}

/// Rule [doc] SFNE: MaxDelaySeconds bounds a pause: 3, 6, 10 and 10 s of an interval of 3 s, a rate of 2 and at most 10 s.
#[test]
fn a_pause_is_bounded() {
    let retrier = json!({"ErrorEquals": ["Boom"], "IntervalSeconds": 3, "MaxAttempts": 4, "MaxDelaySeconds": 10});
    let ended = failing(&task(json!({"Retry": [retrier]})), "Boom");
    assert_eq!(ended.times("TaskScheduled"), [0, 3_000, 9_000, 19_000, 29_000]);
}

/// Rule [doc] SFNE: MaxAttempts 0 never retries; an exhausted retrier leaves nothing to later ones, and the error to the catchers.
#[test]
fn an_exhausted_retrier_ends_it() {
    let retriers =
        json!([{"ErrorEquals": ["Boom"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 9}]);
    let ended = failing(&task(json!({"Retry": retriers})), "Boom");
    assert_eq!(ended.times("TaskScheduled"), [0]);
}

/// Rule [doc] SFNE: full jitter draws a pause evenly between 0 and what it would be: the same in every run, others for other executions.
#[test]
fn full_jitter_is_drawn_by_key() {
    let retrier = json!({"ErrorEquals": ["Boom"], "IntervalSeconds": 100, "MaxAttempts": 1, "JitterStrategy": "FULL"});
    let program = program(&task(json!({"Retry": [retrier]})));
    let pause = |number: u64| {
        let mut lab = lab(&program, |_, _| (Span::ZERO, Err("Boom")));
        let seed = Seed { number, name: None };
        let mut execution = Execution::start(&program, seed, json!({}), Time::ZERO, &mut lab);
        let (_, token, _) = lab.pending.pop().expect("a task");
        assert!(execution.task_failed(&program, token, Failure::named("Boom"), Time::ZERO, &mut lab));
        execution.wakes_at().as_secs_f64()
    };
    let pauses: Vec<f64> = (0..2_000).map(pause).collect();
    assert_eq!(pauses[3], pause(3));
    assert!(pauses.iter().all(|pause| (0.0..100.0).contains(pause)));
    let mean = pauses.iter().sum::<f64>() / 2_000.0;
    // The mean of 2,000 even draws from 0 to 100 has a standard error of 100 / sqrt(12 x 2,000) = 0.65.
    assert!((mean - 50.0).abs() < 3.3, "{mean}");
}

/// Rule [measured] LS: States.Runtime is never retried and never caught.
#[test]
fn a_mistake_of_the_machine_is_final() {
    let machine = task(json!({
        "Parameters": {"x.$": "$.missing"}, "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    }));
    let ended = run(&machine, json!({}));
    assert_eq!((ended.error().as_str(), ended.entered()), ("States.Runtime", vec!["Work"]));
}

/// Rule [doc] ASL: a task that takes longer than TimeoutSeconds fails with States.Timeout then; its answer counts no more, and a retry has a new token.
#[test]
fn a_task_times_out() {
    let machine = task(json!({"TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]}));
    let program = program(&machine);
    let lab =
        lab(&program, |task, _| (Span::from_secs(if task.retries == 0 { 60 } else { 4 }), Ok(json!(task.retries))));
    let ended = run_in(&program, json!({}), lab);
    // 5 s until the timeout, 1 s of pause, 4 s of work.
    assert_eq!((ended.times("TaskTimedOut"), ended.times("ExecutionEnded")), (vec![5_000], vec![10_000]));
    assert_eq!((ended.output(), ended.lab.cancelled), (json!(1), 1));
}

/// Rule [doc*] ASL: States.TaskFailed takes every error but States.Timeout.
#[test]
fn task_failed_takes_no_timeout() {
    let catcher = json!({"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}], "TimeoutSeconds": 1});
    assert_eq!(failing(&task(catcher.clone()), "Boom").entered(), ["Work", "Caught"]);
    let program = program(&task(catcher));
    let lab = lab(&program, |_, _| (Span::from_secs(9), Ok(json!({}))));
    assert_eq!(run_in(&program, json!({}), lab).error(), "States.Timeout");
}

/// Rule [measured] LS: a task that is silent for longer than HeartbeatSeconds ends with States.Timeout; a heartbeat begins the silence anew, and never the timeout.
#[test]
fn a_heartbeat_breaks_the_silence_only() {
    let machine = task(json!({"HeartbeatSeconds": 10, "TimeoutSeconds": 25}));
    let program = program(&machine);
    let at = |seconds: u64| Time::ZERO + Span::from_secs(seconds);
    let mut silent = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
    let mut execution = Execution::start(&program, Seed::default(), json!({}), Time::ZERO, &mut silent);
    assert_eq!(execution.wakes_at(), at(10));
    execution.wake(&program, at(10), &mut silent);
    assert!(matches!(execution.end(), Some(End::Failed(failure)) if failure.name() == "States.Timeout"));

    let mut alive = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
    let mut execution = Execution::start(&program, Seed::default(), json!({}), Time::ZERO, &mut alive);
    let token = alive.pending[0].1;
    assert!(execution.heartbeat(token, at(9)));
    execution.wake(&program, at(10), &mut alive);
    assert_eq!(execution.wakes_at(), at(19), "10 s after the heartbeat");
    assert!(execution.heartbeat(token, at(18)));
    execution.wake(&program, at(19), &mut alive);
    assert_eq!(execution.wakes_at(), at(25), "the timeout, before 28 s of silence");
    execution.wake(&program, at(25), &mut alive);
    assert!(execution.end().is_some() && !execution.heartbeat(token, at(26)), "the token is worth nothing more");
}

/// Rule [doc] ASL: a machine that takes longer than its TimeoutSeconds is timed out; nothing inside catches that.
#[test]
fn a_machine_times_out() {
    let mut machine = task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}));
    machine["TimeoutSeconds"] = json!(3);
    let program = program(&machine);
    let lab = lab(&program, |_, _| (Span::from_secs(9), Ok(json!({}))));
    let ended = run_in(&program, json!({}), lab);
    assert_eq!((ended.end, ended.lab.now, ended.lab.cancelled), (End::TimedOut, Time::ZERO + Span::from_secs(3), 1));
}

/// Rule [doc] SFNQ: a Standard execution lasts 365 days at most, whatever TimeoutSeconds says; nothing inside catches that.
///
/// Where nobody looks any more by then, no timer is kept for it.
#[test]
fn a_standard_execution_lasts_a_year_at_most() {
    let year = Time::ZERO + Span::from_secs(365 * 86_400);
    for timeout in [None, Some(40_000_000), Some(31_536_001)] {
        let mut machine = task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}));
        machine["TimeoutSeconds"] = timeout.map_or_else(|| json!("${Unknown}"), |seconds: u64| json!(seconds));
        let mut program = program(&machine);
        let slow = lab(&program, |_, _| (Span::from_secs(99_000_000), Ok(json!({}))));
        let ended = run_in(&program, json!({}), slow);
        assert_eq!((ended.end, ended.lab.now, ended.lab.cancelled), (End::TimedOut, year, 1), "{timeout:?}");
        let horizons = [(year, year), (year - Span::from_nanos(1), Time::NEVER)];
        for (horizon, wakes_at) in horizons {
            program.settings.horizon = horizon;
            let mut host = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
            let execution = Execution::start(&program, Seed::default(), json!({}), Time::ZERO, &mut host);
            assert_eq!(execution.wakes_at(), wakes_at, "{timeout:?}");
        }
    }
}

/// Rule [doc] SFNQ: an Express execution lasts 5 minutes at most.
#[test]
fn an_express_execution_times_out() {
    let mut program = program(&json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 301, "End": true}}}));
    program.settings = Settings::new(MachineType::Express, program.settings.luck);
    let lab = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
    let ended = run_in(&program, json!({}), lab);
    assert_eq!((ended.end, ended.lab.now), (End::TimedOut, Time::ZERO + Span::from_secs(300)));
}

/// Rule [doc] ASL: choice rules are tried in order and the first that holds is taken; a value of another type is no match.
#[test]
fn the_first_rule_that_holds_is_taken() {
    let rule = |test: Value, next: &str| {
        let mut rule = test;
        rule["Next"] = json!(next);
        rule
    };
    let machine = |default: Option<&str>| {
        let mut choice = json!({"Type": "Choice", "Choices": [
            rule(json!({"Variable": "$.n", "StringEquals": "5"}), "A"),
            rule(json!({"Variable": "$.n", "NumericGreaterThan": 1}), "B"),
            rule(json!({"Variable": "$.n", "NumericGreaterThan": 0}), "C")]});
        if let Some(default) = default {
            choice["Default"] = json!(default);
        }
        json!({"StartAt": "Pick", "States": {"Pick": choice, "A": {"Type": "Succeed"}, "B": {"Type": "Succeed"},
            "C": {"Type": "Succeed"}}})
    };
    assert_eq!(run(&machine(None), json!({"n": 5})).entered(), ["Pick", "B"]);
    assert_eq!(run(&machine(None), json!({"n": 1})).entered(), ["Pick", "C"]);
    assert_eq!(run(&machine(Some("A")), json!({"n": -1})).entered(), ["Pick", "A"]);
    assert_eq!(run(&machine(None), json!({"n": -1})).error(), "States.NoChoiceMatched");
    assert_eq!(run(&machine(Some("A")), json!({})).error(), "States.Runtime", "a path that selects nothing");
}

/// Rule [doc] ASL: a Wait state waits for its seconds, or until an instant cut to whole seconds; one that has passed lets it go on at once.
#[test]
fn a_wait_ends_when_it_says() {
    let wait = |fields: Value| {
        let mut state = json!({"Type": "Wait", "End": true});
        state.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
        let ended =
            run(&json!({"StartAt": "W", "States": {"W": state}}), json!({"s": 7, "t": "1970-01-01T00:01:00.999Z"}));
        ended.lab.now
    };
    let seconds = |seconds| Time::ZERO + Span::from_secs(seconds);
    assert_eq!(wait(json!({"Seconds": 90})), seconds(90));
    assert_eq!(wait(json!({"SecondsPath": "$.s"})), seconds(7));
    assert_eq!(wait(json!({"TimestampPath": "$.t"})), seconds(60));
    assert_eq!(wait(json!({"Timestamp": "1970-01-01T01:00:00+01:00"})), seconds(0));
    assert_eq!(wait(json!({"Timestamp": "1969-01-01T00:00:00Z"})), seconds(0));
}

/// A Parallel state of two branches: `Quick` takes 1 s, `Slow` 5 s.
fn parallel(fields: Value) -> Value {
    let branch =
        |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Task", "Resource": "r", "End": true}}});
    let mut state = json!({"Type": "Parallel", "Branches": [branch("Slow"), branch("Quick")], "End": true});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    json!({"StartAt": "Fork", "States": {"Fork": state}})
}

fn quick_and_slow(name: &str) -> Span {
    Span::from_secs(if name == "Slow" { 5 } else { 1 })
}

/// Rule [doc] ASL: every branch gets a copy of the input; the result is an array in the order of the branches, whichever ends first.
#[test]
fn branches_leave_their_results_in_order() {
    let program = program(&parallel(json!({})));
    let lab = lab(&program, |task, name| {
        assert_eq!(*task.input, json!({"in": 1}));
        (quick_and_slow(name), Ok(json!(name)))
    });
    let ended = run_in(&program, json!({"in": 1}), lab);
    assert_eq!((ended.output(), ended.lab.now), (json!(["Slow", "Quick"]), Time::ZERO + Span::from_secs(5)));
    // Parallel 4, two tasks of 5, and the execution's own two.
    assert_eq!(ended.events(), 4 + 2 * 5 + 2);
}

/// Rule [doc] ASL: a branch that fails fails the state and stops the other branches; their tasks are no longer waited for.
#[test]
fn a_branch_that_fails_stops_the_others() {
    let program = program(&parallel(json!({})));
    let lab = lab(&program, |_, name| (quick_and_slow(name), if name == "Quick" { Err("Boom") } else { Ok(json!(0)) }));
    let ended = run_in(&program, json!({}), lab);
    assert_eq!((ended.error().as_str(), ended.lab.now), ("Boom", Time::ZERO + Span::from_secs(1)));
    assert_eq!(ended.lab.cancelled, 1);
}

/// Rule [doc] SFNE: a retry of a Parallel state runs all branches again.
#[test]
fn a_retry_runs_all_branches_again() {
    let program = program(&parallel(json!({"Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 1}]})));
    let mut quick = 0;
    let lab = lab(&program, move |_, name| {
        quick += u32::from(name == "Quick");
        (quick_and_slow(name), if name == "Quick" && quick == 1 { Err("Boom") } else { Ok(json!(0)) })
    });
    let ended = run_in(&program, json!({}), lab);
    // 1 s until the failure, 1 s of pause, 5 s until the slower of both has run again.
    assert_eq!(ended.lab.now, Time::ZERO + Span::from_secs(7));
    assert_eq!(ended.times("ParallelStarted"), [0, 2_000]);
    assert_eq!(ended.entered(), ["Fork", "Slow", "Quick", "Slow", "Quick"]);
}

fn map(fields: Value, processor: Value) -> Value {
    let inner = json!({"ProcessorConfig": processor, "StartAt": "Each", "States": {"Each": {"Type": "Task", "Resource": "r", "End": true}}});
    let mut state = json!({"Type": "Map", "ItemProcessor": inner, "End": true});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    json!({"StartAt": "All", "States": {"All": state}})
}

/// Rule [doc] ASL: an inline Map runs about 40 items at once where it sets no bound, MaxConcurrency of them where it does; 1 is strictly one after another.
#[test]
fn a_map_runs_as_many_at_once_as_it_may() {
    let items = Value::Array((0..100).map(Value::from).collect());
    let most = |concurrency: u64| {
        let program = program(&map(json!({"MaxConcurrency": concurrency}), json!({"Mode": "INLINE"})));
        let lab = lab(&program, |task, _| (Span::from_secs(1), Ok((*task.input).clone())));
        let ended = run_in(&program, items.clone(), lab);
        assert_eq!(ended.output(), items, "in the order of the items");
        (ended.lab.most_at_once, ended.lab.now.as_nanos() / 1_000_000_000)
    };
    // 100 items of a second each: 40 + 40 + 20, 7 at once, one at a time.
    assert_eq!([most(0), most(7), most(1)], [(40, 3), (7, 15), (1, 100)]);
}

/// Rule [doc] ASL: ItemSelector makes each iteration's input of the state's input and of $$.Map.Item; Map takes its items from ItemsPath.
#[test]
fn items_are_selected() {
    let fields = json!({"ItemsPath": "$.list", "ItemSelector": {"at.$": "$$.Map.Item.Index", "is.$": "$$.Map.Item.Value", "of.$": "$.name"}});
    let program = program(&map(fields, json!({"Mode": "INLINE"})));
    let lab = lab(&program, |task, _| (Span::ZERO, Ok((*task.input).clone())));
    let ended = run_in(&program, json!({"list": ["a", "b"], "name": "n"}), lab);
    assert_eq!(ended.output(), json!([{"at": 0, "is": "a", "of": "n"}, {"at": 1, "is": "b", "of": "n"}]));
    // Map 4, two iterations of 2 with a task of 5 each, and the execution's own two.
    assert_eq!(ended.events(), 4 + 2 * (2 + 5) + 2);
}

/// Rule [doc] ASL: one iteration that fails fails an inline Map; a retry works on all items again.
#[test]
fn a_retry_works_on_all_items_again() {
    let fields = json!({"MaxConcurrency": 1, "Retry": [{"ErrorEquals": ["Boom"], "MaxAttempts": 1}]});
    let program = program(&map(fields, json!({"Mode": "INLINE"})));
    let mut calls = 0;
    let lab = lab(&program, move |_, _| {
        calls += 1;
        (Span::ZERO, if calls == 2 { Err("Boom") } else { Ok(json!(calls)) })
    });
    let ended = run_in(&program, json!(["a", "b"]), lab);
    assert_eq!(ended.output(), json!([3, 4]), "calls 1 and 2 were the first try");
    assert_eq!(ended.times("IterationFailed"), [0]);
}

fn distributed(fields: Value, failing: usize) -> Ended {
    let program = program(&map(fields, json!({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"})));
    let lab = lab(&program, move |task, _| {
        let fails = task.input.as_u64().is_some_and(|item| item < failing as u64);
        (Span::from_millis(30), if fails { Err("Boom") } else { Ok((*task.input).clone()) })
    });
    run_in(&program, Value::Array((0..10).map(Value::from).collect()), lab)
}

/// Rule [doc] SFNQ: a distributed Map fails with States.ExceedToleratedFailureThreshold when more items fail than either tolerance allows; by default at the first.
#[test]
fn failures_of_a_distributed_map_are_tolerated() {
    let threshold = "States.ExceedToleratedFailureThreshold";
    assert_eq!(distributed(json!({}), 1).error(), threshold);
    assert_eq!(distributed(json!({"ToleratedFailureCount": 2}), 3).error(), threshold);
    assert_eq!(distributed(json!({"ToleratedFailureCount": 2}), 2).output(), json!([2, 3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(distributed(json!({"ToleratedFailurePercentage": 20}), 3).error(), threshold);
    assert_eq!(distributed(json!({"ToleratedFailurePercentage": 20}), 2).output(), json!([2, 3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(
        distributed(json!({"ToleratedFailurePercentage": 90, "ToleratedFailureCount": 1}), 2).error(),
        threshold
    );
}

/// Rule [doc] SFNQ: a tolerated share in per cent may have a fraction, as written, by path and by expression; exactly that share does not fail the run.
///
/// One of 8 is 12.5 %, 333 of 1,000 are 33.3 %, and one of 9 is 100/9 %.
#[test]
fn a_tolerated_share_may_have_a_fraction() {
    let run = |language: &str, fields: Value, items: u64, failing: u64| {
        let items: Vec<u64> = (0..items).collect();
        let mut machine = map(fields, json!({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}));
        machine["QueryLanguage"] = json!(language);
        let program = program(&machine);
        let lab = lab(&program, move |task, _| {
            let fails = task.input.as_u64().is_some_and(|item| item < failing);
            (Span::ZERO, if fails { Err("Boom") } else { Ok((*task.input).clone()) })
        });
        match run_in(&program, json!({"items": items, "share": 12.5, "part": 1}), lab).end {
            End::Succeeded(results) => results.as_array().expect("results").len() as u64,
            End::Failed(failure) => {
                assert_eq!(failure.name(), "States.ExceedToleratedFailureThreshold");
                0
            }
            other => panic!("{other:?}"),
        }
    };
    let fixed = |share: f64| json!({"ToleratedFailurePercentage": share, "ItemsPath": "$.items"});
    assert_eq!((run("JSONPath", fixed(12.5), 8, 1), run("JSONPath", fixed(12.4), 8, 1)), (7, 0));
    assert_eq!((run("JSONPath", fixed(33.3), 1_000, 333), run("JSONPath", fixed(33.3), 1_000, 334)), (667, 0));
    let by_path = json!({"ToleratedFailurePercentagePath": "$.share", "ItemsPath": "$.items"});
    assert_eq!((run("JSONPath", by_path.clone(), 8, 1), run("JSONPath", by_path, 8, 2)), (7, 0));
    let by_expression =
        |share: &str| json!({"ToleratedFailurePercentage": share, "Items": "{% $states.input.items %}"});
    let ninth = by_expression("{% 100 / 9 * $states.input.part %}");
    assert_eq!((run("JSONata", ninth.clone(), 9, 1), run("JSONata", ninth, 9, 2)), (8, 0));
    assert_eq!(run("JSONata", by_expression("{% $states.input.share %}"), 8, 1), 7);
}

/// Rule [doc] SFNQ: a distributed Map starts 1,000 Express or 100 Standard children a second at most.
#[test]
fn children_start_one_after_another() {
    let last = |kind: &str| {
        let program = program(&map(json!({}), json!({"Mode": "DISTRIBUTED", "ExecutionType": kind})));
        let lab = lab(&program, |_, _| (Span::from_secs(1), Ok(json!(0))));
        run_in(&program, json!([0, 1, 2, 3, 4]), lab).lab.now.as_nanos() / 1_000_000
    };
    // The fifth starts after four intervals of 1 or 10 ms, and takes a second.
    assert_eq!((last("EXPRESS"), last("STANDARD")), (1_004, 1_040));
}

/// Rule [measured] LS: children of a distributed Map have histories of their own: 8 events are in the parent's, however many items there are.
#[test]
fn children_have_their_own_histories() {
    let ended = distributed(json!({"ToleratedFailureCount": 9}), 1);
    // Entered, started, run started, run succeeded, succeeded, exited, and the execution's own two.
    assert_eq!(ended.events(), 8);
    let usage = ended.execution.usage();
    assert_eq!((usage.children, usage.express_children, usage.transitions), (10, 10, 1));
    // Each lasts 30 ms and is billed as 100.
    assert_eq!(usage.express_time, Span::from_secs(1));
}

/// Rule [doc*] SFNQ: an ItemBatcher hands MaxItemsPerBatch items to a child, with BatchInput beside them.
#[test]
fn items_are_put_together() {
    let ended = distributed(json!({"ItemBatcher": {"MaxItemsPerBatch": 4, "BatchInput": {"run": 1}}}), 0);
    let input = json!({"run": 1});
    let batch = |items: Vec<u64>| json!({"BatchInput": input, "Items": items});
    assert_eq!(ended.output(), json!([batch((0..4).collect()), batch((4..8).collect()), batch(vec![8, 9])]));
}

/// Rule [doc] SFNQ: the items of an ItemReader are read before the children start; MaxItems of them are used.
#[test]
fn items_are_read() {
    let reader = json!({"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Key.$": "$.key"}, "ReaderConfig": {"InputType": "JSON", "MaxItems": 2}});
    let program =
        program(&map(json!({"ItemReader": reader}), json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"})));
    let lab = lab(&program, |task, _| match task.work {
        Work::ReadItems => {
            assert_eq!(*task.input, json!({"Key": "k"}));
            (Span::from_secs(3), Ok(json!([1, 2, 3])))
        }
        Work::Task => (Span::from_secs(1), Ok((*task.input).clone())),
    });
    let ended = run_in(&program, json!({"key": "k"}), lab);
    // 3 s of reading, 10 ms until the second child starts, 1 s of work.
    assert_eq!((ended.output(), ended.lab.now), (json!([1, 2]), Time::ZERO + Span::from_millis(4_010)));
    assert_eq!(ended.execution.usage().transitions, 3, "those of Standard children are billed");
}

/// Rule [measured] LS: history events: Pass, Wait, Choice and Succeed 2 each, a task 5, one that is waited for 6, Fail 1, the execution 2.
#[test]
fn every_state_has_its_events() {
    let events = |state: Value| {
        let mut states = json!({"S": state, "End": {"Type": "Succeed"}});
        if states["S"]["Type"] != json!("Choice") && states["S"]["Type"] != json!("Fail") {
            states["S"]["Next"] = json!("End");
        }
        if states["S"]["Type"] == json!("Fail") {
            states.as_object_mut().expect("an object").remove("End");
            return run(&json!({"StartAt": "S", "States": states}), json!({"a": 1})).events() - 2;
        }
        run(&json!({"StartAt": "S", "States": states}), json!({"a": 1})).events() - 2 - 2
    };
    assert_eq!(events(json!({"Type": "Pass"})), 2);
    assert_eq!(events(json!({"Type": "Wait", "Seconds": 1})), 2);
    assert_eq!(
        events(json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "End"}]})),
        2
    );
    assert_eq!(events(json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"})), 5);
    assert_eq!(events(json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"})), 6);
    assert_eq!(events(json!({"Type": "Fail", "Error": "E"})), 1);
}

fn tasks_in_a_row(count: usize) -> Ended {
    let mut states = serde_json::Map::new();
    for index in 0..count {
        let last = index + 1 == count;
        let mut state = json!({"Type": "Task", "Resource": "r"});
        if last {
            state["End"] = json!(true);
        } else {
            state["Next"] = json!(format!("s{}", index + 1));
        }
        states.insert(format!("s{index}"), state);
    }
    run(&json!({"StartAt": "s0", "States": states}), json!({}))
}

/// Rule [doc] SFNQ: a history holds 25,000 events, the last of which is the end: 4,999 tasks in a row succeed with 24,997, the 5,000th is too much.
#[test]
fn a_history_holds_25_000_events() {
    assert_eq!(tasks_in_a_row(4_999).events(), 2 + 5 * 4_999);
    let ended = tasks_in_a_row(5_000);
    assert_eq!((ended.error().as_str(), ended.events()), ("States.Runtime", 25_000));
}

/// Rule [doc] SFNQ: a machine that goes round for ever ends when its history is full.
#[test]
fn an_endless_loop_ends() {
    let machine = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"}}});
    let ended = run(&machine, json!({}));
    assert_eq!((ended.error().as_str(), ended.events()), ("States.Runtime", 25_000));
}

/// Rule [measured] LS: a result above 256 KiB fails with States.DataLimitExceeded, which States.ALL catches as recorded, though the documents say otherwise.
#[test]
fn a_result_is_bounded() {
    let machine = task(json!({"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}));
    let mut program = program(&machine);
    let result = |bytes: usize| move |_: &TaskStart, _: &str| (Span::ZERO, Ok(Value::String("x".repeat(bytes - 2))));
    let entered = |program: &Program, bytes| run_in(program, json!({}), lab(program, result(bytes))).entered().len();
    assert_eq!((entered(&program, 262_144), entered(&program, 262_145)), (1, 2));
    program.settings.all_takes_data_limit = false;
    let ended = run_in(&program, json!({}), lab(&program, result(262_145)));
    assert_eq!(ended.error(), "States.DataLimitExceeded");
}

/// Rule [doc] SFNQ: what a state leaves and what it assigns is bounded, also where a machine doubles or wraps it again and again.
#[test]
fn what_grows_is_stopped() {
    let looped = |fields: Value| {
        let mut state = json!({"Type": "Pass", "Next": "B"});
        state.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
        json!({"StartAt": "A", "States": {"A": state, "B": {"Type": "Choice", "Default": "A", "Choices": [
            {"Variable": "$$.State.Name", "StringEquals": "never", "Next": "C"}]}, "C": {"Type": "Succeed"}}})
    };
    let limit = "States.DataLimitExceeded";
    assert_eq!(run(&looped(json!({"Parameters": {"in.$": "$"}})), json!(1)).error(), limit, "wrapped");
    assert_eq!(run(&looped(json!({"Parameters": {"a.$": "$", "b.$": "$"}})), json!(1)).error(), limit, "doubled");
    let mut assigning = looped(json!({"Assign": {"x.$": "States.Array($x, $x)"}}));
    assigning["StartAt"] = json!("First");
    assigning["States"]["First"] = json!({"Type": "Pass", "Assign": {"x": 1}, "Next": "A"});
    assert_eq!(run(&assigning, json!(1)).error(), limit, "doubled variables");
}

/// Rule [doc] ASL: variables that a state assigns are seen by the states after it and inside of them; what is assigned inside stays there.
#[test]
fn variables_have_scopes() {
    let machine = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y.$": "$.n"}, "Next": "F"},
        "F": {"Type": "Parallel", "Next": "B", "Branches": [{"StartAt": "I", "States": {
            "I": {"Type": "Pass", "Assign": {"inner.$": "$x"}, "Next": "J"},
            "J": {"Type": "Pass", "Parameters": {"got.$": "$inner", "y.$": "$y"}, "End": true}}}]},
        "B": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "C"},
        "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "result.$": "$"}, "Next": "D"},
        "D": {"Type": "Pass", "Parameters": {"keep.$": "$", "gone.$": "$inner"}, "End": true}}});
    let ended = run(&machine, json!({"n": 2}));
    assert_eq!(ended.error(), "States.Runtime", "what was assigned inside is not seen outside");
    let mut machine = machine;
    machine["States"]["C"].as_object_mut().expect("a state").remove("Next");
    machine["States"]["C"]["End"] = json!(true);
    machine["States"].as_object_mut().expect("states").remove("D");
    // B's two are made from the same values: they change places.
    assert_eq!(run(&machine, json!({"n": 2})).output(), json!({"x": 2, "y": 1, "result": [{"got": 1, "y": 2}]}));
}

/// Rule [doc] ASL: a JSONata state makes Output and Assign from $states and the variables; an expression that fails is States.QueryEvaluationError, which can be caught.
#[test]
fn jsonata_states() {
    let machine = json!({"QueryLanguage": "JSONata", "StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "r", "Arguments": {"n": "{% $states.input.n * 2 %}"},
            "Assign": {"seen": "{% $states.result.ok %}"}, "Output": "{% {'n': $states.input.n, 'ok': $states.result.ok} %}",
            "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}],
            "Next": "P"},
        "P": {"Type": "Pass", "Output": "{% [$seen, $states.input] %}", "End": true},
        "Caught": {"Type": "Succeed"}}});
    let ended = run(&machine, json!({"n": 4}));
    assert_eq!(ended.output(), json!([true, {"n": 4, "ok": true}]));
    assert_eq!(run(&machine, json!({"n": "x"})).output(), json!("States.QueryEvaluationError"));
}

/// Rule [inferred] ASL: a whole number that a JSONata expression gives is one: a fraction or a string is States.QueryEvaluationError.
#[test]
fn whole_numbers_of_expressions_are_whole() {
    let waits = |seconds: &str| json!({"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Wait", "Seconds": seconds, "End": true}}});
    assert_eq!(run(&waits("{% $states.input.n * 2 %}"), json!({"n": 1.5})).lab.now, Time::ZERO + Span::from_secs(3));
    for seconds in ["{% $states.input.n %}", "{% '3' %}"] {
        assert_eq!(run(&waits(seconds), json!({"n": 1.5})).error(), "States.QueryEvaluationError", "{seconds}");
    }
}

/// Rule [doc] SFNQ: what Parameters make of a task's input is 256 KiB long at most; a byte more is States.DataLimitExceeded.
#[test]
fn parameters_make_256_kib_at_most() {
    // {"x":["text","text","rest"]} has 16 bytes besides them.
    let machine = task(json!({
        "Parameters": {"x.$": "States.Array($.text, $.text, $.rest)"}, "ResultPath": null, "OutputPath": null,
        "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught", "ResultPath": null}]}));
    let entered = |rest: usize| {
        let input = json!({"text": "x".repeat((262_144 - 16 - 100) / 2), "rest": "y".repeat(rest)});
        run(&machine, input).entered().join(" ")
    };
    assert_eq!((entered(100), entered(101)), ("Work".to_owned(), "Work Caught".to_owned()));
}

/// Rule [inferred] SFNQ: a transition that must wait, because it takes time or is throttled, delays its state and fails nothing.
#[test]
fn transitions_may_take_time() {
    let program =
        program(&json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}));
    let mut slow = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
    slow.delay = Span::from_millis(25);
    let ended = run_in(&program, json!({}), slow);
    assert_eq!((ended.times("Entered"), ended.times("ExecutionEnded")), (vec![25, 50], vec![50]));
}

/// Rule [doc] SFNS: an execution that is stopped ends at once; its tasks are no longer waited for, and what they answer is ignored.
#[test]
fn an_execution_can_be_stopped() {
    let program = program(&parallel(json!({})));
    let mut stopped = lab(&program, |_, _| (Span::ZERO, Ok(json!({}))));
    let mut execution = Execution::start(&program, Seed::default(), json!({}), Time::ZERO, &mut stopped);
    let token = stopped.pending[0].1;
    execution.abort(&program, Time::ZERO, &mut stopped);
    assert_eq!((execution.end(), stopped.cancelled), (Some(&End::Aborted), 2));
    assert!(!execution.task_succeeded(&program, token, json!({}), Time::ZERO, &mut stopped));
    assert!(matches!(stopped.told.last(), Some((0, _, word)) if word == "ExecutionEnded"));
}

/// Rule [doc] ASL: a substitution `${Name}` may stand where a number or an instant is asked for; as nobody knows it, it bounds nothing.
#[test]
fn a_substitution_bounds_nothing() {
    for language in ["JSONPath", "JSONata"] {
        let text = json!({
            "StartAt": "A", "TimeoutSeconds": "${Z}", "QueryLanguage": language,
            "States": {
                "A": {
                    "Type": "Task", "Resource": "${F}", "TimeoutSeconds": "${T}", "HeartbeatSeconds": 5, "Next": "B",
                },
                "B": { "Type": "Wait", "Timestamp": "${When}", "Next": "C" },
                "C": { "Type": "Wait", "Seconds": "${Pause}", "End": true },
            },
        });
        let machine = Machine::parse(&text.to_string()).unwrap_or_else(|error| panic!("{language}: {error}"));
        assert_eq!(machine.timeout_seconds, None);
        let Kind::Task(task) = &machine.states[0].kind else { panic!("a task") };
        assert!(matches!(task.timeout, Amount::Fixed(99_999_999)), "{:?}", task.timeout);
        assert!(matches!(task.heartbeat, Some(Amount::Fixed(5))), "{:?}", task.heartbeat);
    }
}
