//! What faults do to an item, and when they begin and end, as moments of its story.

use super::{Moment, Spot, What};
use crate::kernel::Time;
use crate::model::Design;
use crate::model::faults::{DesignFault, Target};
use crate::services::faults::{FaultKind, Sends, joined};

/// What a fault does to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The place is unavailable: whoever sends the item there holds it back until then.
    HeldOutside {
        /// Until when.
        until: Time,
    },
    /// The place is unavailable, and refuses the item for good.
    TurnedAway,
    /// The place has the item, and hands on nothing until then.
    Waits {
        /// Until when.
        until: Time,
    },
    /// An invoke or a call is refused with an error of the service (5xx).
    Refused,
    /// An invoke or a call is refused for its number, beyond what the fault leaves (429).
    Throttled,
    /// The function's idempotency table refuses a call with an error of the service (5xx).
    StoreRefuses,
    /// The function's idempotency table throttles a call, beyond what the fault leaves.
    StoreThrottles,
    /// An attempt, a call or a delivery that has begun will fail.
    Fails,
    /// The item itself is poison: each attempt at it fails.
    Poisoned,
    /// The Availability Zone in which the attempt runs is lost.
    ZoneLost,
}

impl Strike {
    /// Its name in documents, snake_case and stable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeldOutside { .. } => "held_outside",
            Self::TurnedAway => "turned_away",
            Self::Waits { .. } => "waits",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::StoreRefuses => "store_refuses",
            Self::StoreThrottles => "store_throttles",
            Self::Fails => "fails",
            Self::Poisoned => "poisoned",
            Self::ZoneLost => "zone_lost",
        }
    }

    /// Whether a fault does this at an instant.
    fn is_of(self, fault: &DesignFault, at: Time) -> bool {
        let within = || fault.fault.windows.iter().any(|window| window.contains(at));
        match (self, fault.fault.kind) {
            // Senders hold back until they have caught up.
            (Self::HeldOutside { .. }, FaultKind::Unavailable { sends: Sends::Held(catch_up), .. }) => {
                fault.fault.windows.iter().any(|window| window.start <= at && at <= window.end + catch_up)
            }
            // The item became poison as it arrived, whenever it is tried.
            (Self::Poisoned, FaultKind::Poison { .. }) => true,
            (Self::TurnedAway, FaultKind::Unavailable { sends: Sends::Rejected, .. })
            | (Self::Waits { .. } | Self::Refused, FaultKind::Unavailable { .. })
            | (Self::StoreRefuses, FaultKind::Unavailable { .. } | FaultKind::Errors { .. })
            | (Self::Throttled | Self::StoreThrottles, FaultKind::Throttled { .. })
            | (Self::Fails | Self::Refused, FaultKind::Errors { .. })
            | (Self::Fails, FaultKind::BadDeploy { .. })
            | (Self::ZoneLost, FaultKind::ZoneLost { .. }) => within(),
            _ => false,
        }
    }

    /// Whether it is done by what strikes this part of a place: its idempotency table, or all else.
    const fn is_by(self, target: Target) -> bool {
        let of_store = matches!(self, Self::StoreRefuses | Self::StoreThrottles);
        matches!(target, Target::Store(_)) == of_store
    }

    /// The names of the faults that do this at a place and an instant.
    #[must_use]
    pub fn faults(self, design: &Design, spot: Spot, at: Time) -> Vec<&str> {
        let there =
            |fault: &&DesignFault| fault.targets.iter().any(|&target| spot_of(target) == spot && self.is_by(target));
        let doing = design.faults.iter().filter(there).filter(|fault| self.is_of(fault, at));
        doing.map(|fault| fault.fault.name.as_str()).collect()
    }
}

/// Where what happens to a part of a design is told.
const fn spot_of(target: Target) -> Spot {
    match target {
        Target::Node(node) | Target::Store(node) | Target::BatchSource(node) => Spot::Node(node),
        Target::Resource(resource) => Spot::Resource(resource),
    }
}

/// The beginnings and ends of a design's faults between two instants, in order; faults that hold at the first are told
/// of there.
#[must_use]
pub fn boundaries(design: &Design, from: Time, until: Time) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (number, DesignFault { fault, targets }) in design.faults.iter().enumerate() {
        for window in joined(fault.windows.iter().copied()) {
            if window.end <= from || window.start > until {
                continue;
            }
            for &target in targets {
                let mut tell = |at: Time, what: What| {
                    moments.push(Moment { at, item: None, spot: spot_of(target), what });
                };
                tell(window.start.max(from), What::FaultBegins { fault: number, target, since: window.start });
                if window.end <= until {
                    tell(window.end, What::FaultEnds { fault: number, target });
                }
            }
        }
    }
    moments.sort_by_key(|moment| moment.at);
    moments
}
