//! An execution of a state machine: an interpreter without clock, input or output of its own.
//!
//! A [`Program`] is a machine and its settings; an `Execution` is one run of it. Whoever runs it is its
//! [`Host`]: it does the tasks, says when transitions happen and hears of everything that does.
//!
//! ```text
//! let mut execution = Execution::start(&program, seed, input, now, &mut host);   // may start tasks, may end at once
//! execution.task_succeeded(&program, token, output, now, &mut host);             // `output`: Arc<Value>
//! execution.task_failed(&program, token, failure, now, &mut host);
//! execution.task_submitted(&program, token, now, &mut host);                     // .sync and .waitForTaskToken: the call was made
//! execution.heartbeat(token, now);
//! execution.wake(&program, now, &mut host);                                      // what was due at `execution.wakes_at()`
//! execution.abort(&program, now, &mut host);                                     // StopExecution
//! execution.wakes_at() -> Time                                                   // Time::NEVER: only tasks go on
//! execution.end() -> Option<&End>
//! execution.usage() -> &Usage                                                    // transitions, history events, children
//! ```
//!
//! **Time.** The interpreter holds its own timers (waits, pauses before retries, timeouts, delayed transitions). After
//! each call its host keeps one entry in the calendar, at `wakes_at()` if that is earlier than the entry it has; an
//! entry that finds `wakes_at()` later than now goes there instead, and that of an execution that has ended is
//! cancelled. Timers that nobody waits for any more do not pile up.
//!
//! **Tokens.** A [`Token`] is never used again: an answer to one that is no longer waited for is ignored, and says so by
//! returning false. After the end everything is ignored.
//!
//! **Luck.** Jitter, `States.MathRandom` and `States.UUID` draw from `Settings::luck`, keyed by the execution's number
//! and the place in it (branch and iteration, transitions made there, retry), never by the order in which things happen.
//!
//! **Children.** What a distributed Map state starts runs in the same [`Execution`], with a history of its own; its
//! `Usage` counts the children and what they cost.

mod data;
mod failing;
mod flow;
mod fork;
mod host;
mod program;
mod run;
mod scope;
mod states;
mod timers;
mod values;

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::language::machine::Machine;
use crate::kernel::{Arena, Handle, Span, Time};

pub use host::{Command, Commands, End, Event, EventKind, Failure, Host, TaskStart, Token, Work};
pub use program::{MachineType, Program, Seed, Settings};

use flow::{Flow, History, Phase};
use run::Run;
use timers::{Due, Timer, Timers};

/// One run of a machine. A copy of it goes on from where it stands, and waits for the same tasks.
#[derive(Debug, Clone)]
pub struct Execution {
    seed: Seed,
    flows: Arena<Flow>,
    histories: Arena<History>,
    /// The history of the execution itself.
    history: Handle,
    /// Flows whose state is to be entered now, in this order.
    ready: VecDeque<Handle>,
    timers: Timers,
    serial: u32,
    /// States entered, by children too: bounded, so that nothing goes round for ever.
    entered: u64,
    /// A history that has no room left.
    overflow: Option<Handle>,
    end: Option<End>,
    usage: Usage,
}

/// What an execution used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// State transitions: states entered and retries, its own and those of Standard children.
    pub transitions: u64,
    /// Retries among them.
    pub retries: u64,
    /// Events of its own history.
    pub events: u32,
    /// Child executions of distributed Map states.
    pub children: u64,
    /// Those of them that are Express.
    pub express_children: u64,
    /// How long those lasted, each rounded up to 100 ms.
    pub express_time: Span,
}

impl Execution {
    /// Starts: enters the first state, and goes on until all wait for tasks or time.
    #[must_use]
    pub fn start(program: &Program, seed: Seed, input: Value, now: Time, host: &mut dyn Host) -> Self {
        Self::start_in(program, Machine::WHOLE, seed, &Arc::new(input), now, host)
    }

    /// Starts in one graph of the machine, as if that were all of it.
    #[must_use]
    pub fn start_in(
        program: &Program,
        graph: usize,
        seed: Seed,
        input: &Arc<Value>,
        now: Time,
        host: &mut dyn Host,
    ) -> Self {
        let mut histories = Arena::new();
        let history = histories.insert(History {
            events: 0,
            started: now,
            input: Arc::clone(input),
            flow: None,
            is_child: false,
            is_express_child: false,
        });
        let mut execution = Self {
            seed,
            flows: Arena::new(),
            histories,
            history,
            ready: VecDeque::new(),
            timers: Timers::default(),
            serial: 0,
            entered: 0,
            overflow: None,
            end: None,
            usage: Usage::default(),
        };
        execution.run(program, now, host, |run| run.begin(graph, input));
        execution
    }

    /// A task has ended well, with this result. False if nobody waits for it any more.
    pub fn task_succeeded(
        &mut self,
        program: &Program,
        token: Token,
        output: impl Into<Arc<Value>>,
        now: Time,
        host: &mut dyn Host,
    ) -> bool {
        self.awaits(token) && self.run(program, now, host, |run| run.task_succeeded(token.flow, output.into()))
    }

    /// A task has failed. False if nobody waits for it any more.
    pub fn task_failed(
        &mut self,
        program: &Program,
        token: Token,
        failure: Failure,
        now: Time,
        host: &mut dyn Host,
    ) -> bool {
        self.awaits(token) && self.run(program, now, host, |run| run.task_failed(token.flow, failure))
    }

    /// The call of a `.sync` or `.waitForTaskToken` task was made; its end is still to come. It need not be told: the
    /// history has it at the task's success in any case. False if nobody waits for the task any more.
    pub fn task_submitted(&mut self, program: &Program, token: Token, now: Time, host: &mut dyn Host) -> bool {
        self.awaits(token) && self.run(program, now, host, |run| run.task_submitted(token.flow))
    }

    /// A task is alive: its silence begins anew. Its timeout does not. False if nobody waits for it any more.
    pub fn heartbeat(&mut self, token: Token, now: Time) -> bool {
        if !self.awaits(token) {
            return false;
        }
        if let Phase::Task(task) = &mut self.flows[token.flow].phase
            && let Some(heartbeat) = task.heartbeat
        {
            task.silent_at = now + heartbeat;
        }
        true
    }

    /// Does what is due.
    pub fn wake(&mut self, program: &Program, now: Time, host: &mut dyn Host) {
        while let Some(timer) = self.timers.next().filter(|timer| timer.at <= now && self.end.is_none()) {
            self.timers.take();
            if self.is_wanted(&timer) {
                self.run(program, now, host, |run| run.due(&timer));
            }
        }
        self.settle();
    }

    /// Stops it.
    pub fn abort(&mut self, program: &Program, now: Time, host: &mut dyn Host) {
        if self.end.is_none() {
            self.run(program, now, host, |run| run.end(End::Aborted));
        }
    }

    /// When it goes on by itself: [`Time::NEVER`] if only tasks are waited for, or if it has ended.
    #[must_use]
    pub fn wakes_at(&self) -> Time {
        self.timers.next().map_or(Time::NEVER, |timer| timer.at)
    }

    /// How it ended, if it has.
    #[must_use]
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// The state that it stands in, an index of the machine's states, besides those of its branches and iterations; none
    /// once it has ended.
    #[must_use]
    pub fn stands_in(&self) -> Option<usize> {
        let flow = self.histories.get(self.history)?.flow?;
        self.flows.get(flow).map(|flow| flow.state)
    }

    /// What it has used so far.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// What started it and tells it from others.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Whether somebody waits for a task.
    #[must_use]
    pub fn awaits(&self, token: Token) -> bool {
        self.end.is_none()
            && self.flows.get(token.flow).is_some_and(|flow| {
                flow.serial == token.serial && matches!(flow.phase, Phase::Task(_) | Phase::Reading(_))
            })
    }

    /// Does something, and what follows from it at once.
    fn run(&mut self, program: &Program, now: Time, host: &mut dyn Host, action: impl FnOnce(&mut Run<'_>)) -> bool {
        let mut run = Run { program, execution: self, host, now };
        action(&mut run);
        run.drain();
        self.settle();
        true
    }

    /// Whether somebody waits for a timer.
    fn is_wanted(&self, timer: &Timer) -> bool {
        match timer.due {
            Due::Execution => self.histories.contains(timer.of),
            _ => self.flows.get(timer.of).is_some_and(|flow| flow.serial == timer.serial),
        }
    }

    /// Leaves no timer in front that nobody waits for.
    fn settle(&mut self) {
        if self.end.is_some() {
            return self.timers.clear();
        }
        while self.timers.next().is_some_and(|timer| !self.is_wanted(&timer)) {
            self.timers.take();
        }
        let (flows, histories) = (&self.flows, &self.histories);
        self.timers.prune(flows.len(), |timer| match timer.due {
            Due::Execution => histories.contains(timer.of),
            _ => flows.get(timer.of).is_some_and(|flow| flow.serial == timer.serial),
        });
    }
}
