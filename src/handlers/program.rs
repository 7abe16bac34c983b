//! The handler that calls something while it runs: its work on one item as a short program of steps.
//!
//! A handler without calls needs none of this: all it will do is known when it starts ([`PerItem::plan`]). What a call
//! answers, and when, is known only then; so work with calls is advanced step by step.
//!
//! [`PerItem::plan`]: super::PerItem::plan

use crate::kernel::Span;
use crate::services::circuit_breaker::BreakerSettings;
use crate::services::sdk_client::settings::ClientSettings;
use crate::words::ResourceId;

/// A call that a function makes for each item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallSettings {
    /// What is called.
    pub to: ResourceId,
    /// Where in the service time it is made, as a share of it in [0, 1].
    pub at: f64,
    /// Whether the effect of the item is what this call does, and not what the function does at its end.
    pub is_effect: bool,
    /// How long the function waits for the answer, above zero.
    pub timeout: Span,
    /// Whether and when the function makes it again if it fails.
    pub client: ClientSettings,
    /// What keeps the function from calling while calls fail; none: nothing does.
    pub breaker: Option<BreakerSettings>,
}

/// A step of the work on one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// The function computes, up to this share of the service time.
    Compute {
        /// In [0, 1]; not below that of an earlier step.
        until: f64,
    },
    /// It makes this call of [`Program::call`], and goes on when that is answered.
    Call(usize),
    /// It applies the effect, unless a call did; a try that fails after its effect fails here.
    Effect,
    /// It looks in its store whether the work is done, or another run's.
    Look,
    /// It keeps in its store that the work is done.
    Keep,
    /// It makes sure that its process is ready for the work: what it needs is built, and its connections are open.
    Initialise,
}

/// What a function does for each item, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    steps: Vec<Step>,
    calls: Vec<CallSettings>,
    effect_by_call: bool,
}

impl Program {
    /// A step behind every program.
    pub const DONE: usize = usize::MAX;

    /// The program of a handler with these calls, in the order of their places in the service time, which looks in a store
    /// before its work and keeps there what it has done if it is `idempotent`, and makes itself ready first of all if it
    /// `initialises`; none without any of these.
    #[must_use]
    pub fn of(mut calls: Vec<CallSettings>, idempotent: bool, initialises: bool) -> Option<Self> {
        if calls.is_empty() && !idempotent && !initialises {
            return None;
        }
        // The sort is stable: calls at one place are made in the order in which they were written.
        calls.sort_by(|one, other| one.at.total_cmp(&other.at));
        let before = calls.iter().enumerate().flat_map(|(index, call)| {
            let compute = Step::Compute { until: call.at };
            [compute, Step::Call(index)]
        });
        let work = before.chain([Step::Compute { until: 1.0 }, Step::Effect]);
        let (look, keep) = (idempotent.then_some(Step::Look), idempotent.then_some(Step::Keep));
        let ready = initialises.then_some(Step::Initialise);
        let steps = ready.into_iter().chain(look).chain(work).chain(keep).collect();
        let effect_by_call = calls.iter().any(|call| call.is_effect);
        Some(Self { steps, calls, effect_by_call })
    }

    /// The step of this number, from 0; none: the work is done.
    #[must_use]
    pub fn step(&self, number: usize) -> Option<Step> {
        self.steps.get(number).copied()
    }

    /// The call of this number.
    #[must_use]
    pub fn call(&self, number: usize) -> &CallSettings {
        &self.calls[number]
    }

    /// Every call, in the order in which they are made.
    #[must_use]
    pub fn calls(&self) -> &[CallSettings] {
        &self.calls
    }

    /// Whether a call does what the item is for, so that the function itself has no effect to apply.
    #[must_use]
    pub const fn effect_by_call(&self) -> bool {
        self.effect_by_call
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::sdk_client::settings::{Callee, RetryMode};

    fn call(to: u16, at: f64) -> CallSettings {
        let client = ClientSettings::new(RetryMode::None, Callee::Other);
        CallSettings { to: ResourceId(to), at, is_effect: false, timeout: Span::from_secs(1), client, breaker: None }
    }

    #[test]
    fn a_handler_without_calls_has_no_program() {
        assert_eq!(Program::of(vec![], false, false), None);
    }

    #[test]
    fn calls_are_made_in_the_order_of_their_places_and_the_effect_comes_last() {
        let program = Program::of(vec![call(0, 1.0), call(1, 0.25), call(2, 1.0)], false, false).expect("it has calls");
        let order: Vec<ResourceId> = program.calls().iter().map(|call| call.to).collect();
        assert_eq!(order, [ResourceId(1), ResourceId(0), ResourceId(2)]);
        let steps: Vec<Step> = (0..).map_while(|number| program.step(number)).collect();
        let compute = |until| Step::Compute { until };
        let expected = [
            compute(0.25),
            Step::Call(0),
            compute(1.0),
            Step::Call(1),
            compute(1.0),
            Step::Call(2),
            compute(1.0),
            Step::Effect,
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn an_idempotent_handler_makes_itself_ready_looks_and_keeps_last() {
        let program = Program::of(vec![], true, true).expect("it asks its store");
        let steps: Vec<Step> = (0..).map_while(|number| program.step(number)).collect();
        assert_eq!(steps, [Step::Initialise, Step::Look, Step::Compute { until: 1.0 }, Step::Effect, Step::Keep]);
    }
}
