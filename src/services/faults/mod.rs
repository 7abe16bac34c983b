//! Faults: what goes wrong with the parts of a design, and when. They know no part by name; the model says what a fault
//! strikes and does what it means there.
//!
//! Facts behind the kinds (sources in `docs/fidelity.md`): with one of three Availability Zones a third of the
//! environments and tasks is lost, and new ones start in the zones that are left (Z-az); services that are Regional do
//! not notice (Z-az); a system error of Lambda is tried again like a throttle (L-async); the lengths and phases of the
//! [`incidents`] are those of AWS's post-event summaries (Z-pes).

pub mod incidents;
mod timeline;

use crate::kernel::{Span, Time};

pub use timeline::{Condition, Sent, Timeline, joined};

/// A fault of a scenario: a kind, and the windows in which it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name; of a part of an incident, the incident's with that of the part.
    pub name: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// When, in the order of their starts; at least one.
    pub windows: Vec<Window>,
}

/// From `start` up to, but not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant of the fault.
    pub start: Time,
    /// The first instant after it.
    pub end: Time,
}

impl Window {
    /// Of this length.
    #[must_use]
    pub fn new(start: Time, duration: Span) -> Self {
        Self { start, end: start + duration }
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Time) -> bool {
        self.start <= at && at < self.end
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    /// An Availability Zone is lost at the start of the window, and with it its environments and tasks.
    ZoneLost {
        /// Of the environments and tasks, the share that was in it, in [0, 1].
        share: f64,
    },
    /// A service is disrupted: it refuses calls with an error of its own (5xx), and delivers nothing.
    Unavailable {
        /// Of the calls, the share that is refused; below 1 it delivers.
        share: f64,
        /// What becomes of what is sent to it.
        sends: Sends,
        /// Whether a schedule makes up for the firings that it missed, at the end of the window.
        late_firings: bool,
    },
    /// Calls are refused for their number (429), beyond what is left of a concurrency or of the calls.
    Throttled {
        /// What is left.
        left: Left,
        /// Whether only asynchronous events and the polls of event source mappings are.
        spares_synchronous: bool,
    },
    /// Everything takes longer.
    Slow {
        /// So many times as long, at least 1.
        factor: f64,
    },
    /// Attempts and calls fail.
    Errors {
        /// So often, in [0, 1].
        probability: f64,
        /// Of those that fail, the share that had done what they were for.
        after_effect: f64,
    },
    /// Cold starts take longer.
    SlowStart {
        /// So many times as long, at least 1.
        factor: f64,
    },
    /// New code that fails is rolled out at the start and back at the end, each time with environments of its own.
    BadDeploy {
        /// Attempts of the new code that fail, in [0, 1].
        probability: f64,
    },
    /// Items that arrive in the window fail at every attempt.
    Poison {
        /// So many of them, in [0, 1].
        probability: f64,
    },
}

/// What becomes of what is sent to a service that is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// Senders keep it, and send it in its order within this time after the outage.
    Held(Span),
    /// It is refused for good.
    Rejected,
    /// The service takes it; only what it would deliver waits.
    Taken,
}

/// What a throttle leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Left {
    /// This share, in [0, 1]: of a function's largest concurrency, or of the calls.
    Share(f64),
    /// A concurrency.
    Concurrency(u32),
}

impl FaultKind {
    /// Its word in a scenario.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::ZoneLost { .. } => "zone-lost",
            Self::Unavailable { .. } => "unavailable",
            Self::Throttled { .. } => "throttled",
            Self::Slow { .. } => "slow",
            Self::Errors { .. } => "errors",
            Self::SlowStart { .. } => "slow-start",
            Self::BadDeploy { .. } => "bad-deploy",
            Self::Poison { .. } => "poison",
        }
    }

    /// Whether it has a meaning for parts of this sort.
    #[must_use]
    pub const fn strikes(&self, part: Part) -> bool {
        use Part::{Api, BatchSource, Callee, Fargate, Ideal, Lambda, Nothing, Push, Schedule, Source};
        match (self, part) {
            (_, Nothing) => false,
            (_, Lambda) => true,
            (Self::Throttled { .. }, Fargate) => false,
            (_, Fargate) => true,
            (Self::Slow { .. }, Ideal | Callee) => true,
            (_, Ideal) => false,
            (Self::Unavailable { share, .. }, Source | Push | Schedule | BatchSource) => *share >= 1.0,
            (Self::Throttled { left: Left::Concurrency(_), .. }, Api | Callee) => false,
            (Self::Unavailable { .. } | Self::Throttled { .. } | Self::Errors { .. }, Api | Callee) => true,
            (Self::Errors { .. }, Push) => true,
            (_, Source | Push | Schedule | BatchSource | Api | Callee) => false,
        }
    }
}

/// The sorts of parts of a design, as far as faults tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A function on Lambda.
    Lambda,
    /// A function on Fargate.
    Fargate,
    /// A textbook server.
    Ideal,
    /// A queue, a stream or a bucket: it takes items in and hands them on.
    Source,
    /// A topic or a bus.
    Push,
    /// A schedule.
    Schedule,
    /// What a batch lists.
    BatchSource,
    /// An API.
    Api,
    /// What functions call while they run: a downstream, or the table of an idempotent function.
    Callee,
    /// What cannot fail: a direct invoke by the sender, a textbook queue.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn down(share: f64) -> FaultKind {
        FaultKind::Unavailable { share, sends: Sends::Taken, late_firings: false }
    }

    #[test]
    fn what_delivers_is_wholly_unavailable_or_not_at_all() {
        for part in [Part::Source, Part::Push, Part::Schedule, Part::BatchSource] {
            assert!(down(1.0).strikes(part) && !down(0.5).strikes(part), "{part:?}");
        }
        for part in [Part::Lambda, Part::Fargate, Part::Api, Part::Callee] {
            assert!(down(1.0).strikes(part) && down(0.5).strikes(part), "{part:?}");
        }
    }

    #[test]
    fn services_that_are_regional_lose_no_zone() {
        let zone = FaultKind::ZoneLost { share: 1.0 };
        let parts = [Part::Lambda, Part::Fargate, Part::Ideal, Part::Source, Part::Push, Part::Api, Part::Callee];
        assert_eq!(parts.map(|part| zone.strikes(part)), [true, true, false, false, false, false, false]);
    }

    #[test]
    fn every_incident_has_phases_that_strike_something() {
        for incident in incidents::ALL {
            assert!(!incident.phases.is_empty() && incidents::find(incident.word).is_some(), "{}", incident.word);
            assert!(incident.phases.iter().all(|phase| phase.lasts > Span::ZERO && !phase.on.is_empty()));
        }
    }
}
