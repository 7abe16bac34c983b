//! `mode = "fluid"`: a run in steps of aggregated counts instead of events, for loads where no single item matters.
//!
//! It takes the settings that the event-driven run takes and leaves the same kind of [`Outcome`], with the parts it knows:
//! [`tells`](fn@tells) says which, and [`STATED`] by how much they may be off. A design that has no fluid is refused
//! ([`flow_of`]). `docs/fluid.md` has the equations.
//!
//! - `counts`: Poisson and binomial counts of many items at once
//! - `reflected`: the diffusion of a busy queue
//! - `queue`, `per_event`, `batch`: one file a kind of flow
//! - `books`: what arrived, was done and is left, in whole items

mod backlog;
mod batch;
mod books;
mod counts;
mod delays;
mod environments;
mod per_event;
mod plan;
mod queue;
mod reflected;
mod stated;
mod step;

pub use plan::{Refusal, flow_of, refused_stream};
pub use stated::{STATED, Stated, stated, tells};
pub use step::default_step;

use crate::kernel::{Root, Span, Time};
use crate::model::outcome::Outcome;
use crate::model::{Design, Workload};
use plan::Plan;
use step::Steps;

/// Plays a design in steps of a length (above zero). `tick` is told of the end of each step; where it answers `false` the
/// run is left, and there is no outcome.
///
/// # Panics
/// If the design is one that [`flow_of`] refuses, or a stream one that [`refused_stream`] does.
pub fn run(
    design: &Design,
    workload: &Workload<'_>,
    root: &Root,
    step: Span,
    tick: &mut dyn FnMut(Time) -> bool,
) -> Option<Outcome> {
    let at = |span: Span| Time::ZERO + span;
    let steps = Steps::new(step, [at(workload.warm_up), at(workload.duration), at(workload.duration + workload.drain)]);
    match plan::plan(design).expect("a design without a fluid is refused before a run") {
        Plan::Queue { function, servers } => queue::run((function, servers), workload, root, steps, tick),
        Plan::PerEvent { source, function, lambda } => {
            per_event::run((source, function, lambda), &design.account, workload, root, steps, tick)
        }
        Plan::Batch { label, batch, function, lambda } => {
            batch::run((label, batch, function, lambda), workload, root, steps, tick)
        }
    }
}
