//! The circuit breakers of functions, one for each process and resource or one for all of a function's, and the calls that
//! pass them.

use std::collections::BTreeMap;

use super::item_work::WorkRef;
use super::simulation::Simulation;
use crate::handlers::CallSettings;
use crate::kernel::Time;
use crate::services::circuit_breaker::{BreakerKept, BreakerSettings, CircuitBreaker, Permit};
use crate::services::downstream::Process;
use crate::words::{NodeId, ResourceId};

/// Whose a breaker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Process(Process),
    Function(NodeId),
}

/// Circuit breakers. One that is as good as new is not kept.
#[derive(Debug, Default)]
pub(super) struct Breakers {
    objects: BTreeMap<(Owner, ResourceId), CircuitBreaker>,
}

impl Breakers {
    /// A process is gone, and its own breakers with it.
    pub(super) fn forget(&mut self, process: Process) {
        let of = |resource| (Owner::Process(process), ResourceId(resource));
        while let Some((&object, _)) = self.objects.range(of(0)..=of(u16::MAX)).next() {
            self.objects.remove(&object);
        }
    }

    /// Asks a breaker.
    fn with<T>(&mut self, whose: (Owner, ResourceId), ask: impl FnOnce(&mut CircuitBreaker) -> T) -> T {
        let mut breaker = self.objects.remove(&whose).unwrap_or_default();
        let answer = ask(&mut breaker);
        if !breaker.is_calm() {
            self.objects.insert(whose, breaker);
        }
        answer
    }
}

/// What passes a breaker: whose that is, and since when the call is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passing {
    whose: (Owner, ResourceId),
    settings: BreakerSettings,
    permit: Permit,
}

impl Simulation<'_> {
    /// Whether the breaker of a call lets it through. One that is refused is not made: nothing is asked of the resource.
    pub(super) fn pass_breaker(&mut self, work: WorkRef, call: &CallSettings) -> bool {
        let Some(settings) = call.breaker else { return true };
        let state = self.works[work];
        let owner = match settings.kept {
            BreakerKept::PerEnvironment => Owner::Process(state.process),
            BreakerKept::Shared => Owner::Function(state.function),
        };
        let (now, whose) = (self.now, (owner, call.to));
        match self.breakers.with(whose, |breaker| breaker.admit(now, &settings)) {
            Some(permit) => {
                self.works[work].passing = Some(Passing { whose, settings, permit });
                true
            }
            None => {
                self.resources[call.to.index()].count_short_circuited();
                false
            }
        }
    }

    /// The call that work had made, if it passed a breaker, has ended.
    pub(super) fn tell_breaker(&mut self, work: WorkRef, succeeded: bool) {
        let Some(passing) = self.works[work].passing.take() else { return };
        let now: Time = self.now;
        let Passing { whose, settings, permit } = passing;
        if self.breakers.with(whose, |breaker| breaker.report(now, &settings, permit, succeeded)) {
            self.resources[whose.1.index()].count_opened();
        }
    }
}
