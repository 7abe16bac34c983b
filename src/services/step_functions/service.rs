//! AWS Step Functions around an execution: what may start, how fast states follow each other, and what is billed.

use super::execution;
use super::settings::{ServiceSettings, Type};
use crate::kernel::{Span, Time};
use crate::services::rate::Rate;
use crate::words::{LineItem, Usage};

/// Memory of an Express execution is billed in steps of this.
const EXPRESS_MB: u64 = 64;
/// Its duration is billed in steps of this.
const EXPRESS_STEP: Span = Span::from_millis(100);

/// A state machine of an account, which has the account's quotas to itself.
#[derive(Debug, Clone)]
pub struct Service {
    settings: ServiceSettings,
    starts: Rate,
    transitions: Rate,
    usage: Usage,
}

impl Service {
    /// A state machine of which nothing was started.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        let (starts, transitions) = (settings.starts, settings.transitions);
        Self {
            starts: Rate::new(starts.rate, starts.burst),
            transitions: Rate::new(transitions.rate, transitions.burst),
            usage: Usage::default(),
            settings,
        }
    }

    /// How it is set.
    #[must_use]
    pub const fn settings(&self) -> &ServiceSettings {
        &self.settings
    }

    /// Whether an execution may start now, as far as the quota goes.
    pub fn may_start(&mut self, now: Time) -> bool {
        self.starts.try_take(now)
    }

    /// When the next state may be entered: now, or, of a Standard workflow, when the quota has room.
    pub fn next_transition(&mut self, now: Time) -> Time {
        match self.settings.kind {
            Type::Standard => self.transitions.reserve(now),
            Type::Express => now,
        }
    }

    /// Bills an execution that used so much and took so long, with the children of its distributed Map states.
    pub fn bill(&mut self, used: &execution::Usage, duration: Span) {
        match self.settings.kind {
            Type::Standard => {
                self.usage.add(LineItem::StepTransitions, u128::from(used.transitions));
                self.bill_express(used.express_children, used.express_time);
            }
            Type::Express => {
                let steps = duration.as_nanos().div_ceil(EXPRESS_STEP.as_nanos()).max(1);
                self.bill_express(1, Span::from_nanos(steps * EXPRESS_STEP.as_nanos()));
            }
        }
    }

    /// Express executions whose durations, each rounded up, add up to this.
    fn bill_express(&mut self, executions: u64, time: Span) {
        let millis = u128::from(time.as_nanos() / 1_000_000);
        self.usage.add(LineItem::StepExpressRequests, u128::from(executions));
        self.usage.add(LineItem::StepExpressMbMs, millis * u128::from(EXPRESS_MB));
    }

    /// What was billed.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }
}

/// How long whoever starts an execution waits after its `tries`-th try was throttled, where `luck` in [0, 1) is drawn for
/// it: a random part of 2^i s, at most 20 s.
#[must_use]
pub fn wait_before_retry(tries: u32, luck: f64) -> Span {
    let ceiling = if tries >= 5 { 20.0 } else { f64::from(1_u32 << tries.saturating_sub(1)).min(20.0) };
    Span::from_secs_f64(ceiling * luck)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Distribution;
    use crate::services::step_functions::settings::Quota;

    fn service(kind: Type, starts: Quota, transitions: Quota) -> Service {
        let none = Distribution::constant(0.0).unwrap();
        Service::new(ServiceSettings {
            kind,
            synchronous: false,
            named_by_item: true,
            transition_latency: none.clone(),
            start_latency: none,
            starts,
            transitions,
            start_attempts: 3,
            duplicate_probability: 0.0,
        })
    }

    const FEW: Quota = Quota { rate: 2, burst: 3 };

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// Rule [doc] SFNQ: executions start from a token bucket; what exceeds it is throttled.
    #[test]
    fn starts_beyond_the_bucket_are_refused_until_it_refills() {
        let mut service = service(Type::Standard, FEW, FEW);
        assert_eq!((0..5).filter(|_| service.may_start(at(0))).count(), 3);
        assert_eq!((service.may_start(at(499)), service.may_start(at(500))), (false, true));
    }

    /// Rule [doc] SFNQ: transitions of Standard workflows beyond their bucket are delayed, not failed; Express workflows have no such limit.
    #[test]
    fn transitions_beyond_the_bucket_wait_for_their_turn() {
        let mut standard = service(Type::Standard, FEW, FEW);
        let turns: Vec<Time> = (0..5).map(|_| standard.next_transition(at(0))).collect();
        assert_eq!(turns, [0, 0, 0, 500, 1_000].map(at));
        let mut express = service(Type::Express, FEW, FEW);
        assert!((0..100).all(|_| express.next_transition(at(7)) == at(7)));
    }

    /// Rule [doc] P-vt: Express workflows are billed by request and by duration in steps of 100 ms and 64 MB; Standard ones by transition.
    #[test]
    fn what_is_billed_of_an_execution() {
        let mut express = service(Type::Express, FEW, FEW);
        let used = execution::Usage { transitions: 9, ..execution::Usage::default() };
        express.bill(&used, Span::from_millis(201));
        assert_eq!(express.usage().count(LineItem::StepExpressRequests), 1);
        assert_eq!(express.usage().count(LineItem::StepExpressMbMs), 300 * 64);
        let mut standard = service(Type::Standard, FEW, FEW);
        standard.bill(&used, Span::from_secs(86_400));
        assert_eq!(standard.usage().count(LineItem::StepTransitions), 9);
    }

    /// Rule [doc] SDK: a throttled start is tried again after a random part of 1, 2, 4, 8, 16, then 20 s.
    #[test]
    fn back_off_of_those_who_start_executions() {
        let waits = [1, 2, 3, 4, 5, 6, 40].map(|tries| wait_before_retry(tries, 0.5));
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 10_000, 10_000, 10_000].map(Span::from_millis));
    }
}
