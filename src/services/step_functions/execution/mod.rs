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
//! entry that finds `wakes_at()` later than now goes there instead. Timers that nobody waits for any more do not pile up.
//!
//! **Tokens.** A [`Token`] is never used again: an answer to one that is no longer waited for is ignored, and says so by
//! returning false. After the end everything is ignored.
//!
//! **Luck.** Jitter, `States.MathRandom` and `States.UUID` draw from `Settings::luck`, keyed by the execution's number
//! and the place in it (branch and iteration, transitions made there, retry), never by the order in which things happen.
//!
//! **Children.** What a distributed Map state starts runs in the same [`Execution`], with a history of its own; its
//! `Usage` counts the children and what they cost.

mod host;
mod program;

pub use host::{Command, Commands, End, Event, EventKind, Failure, Host, TaskStart, Token, Work};
pub use program::{MachineType, Program, Seed, Settings};
