//! Keys of `[run]` by which `simctl run` plans its own runs, and that commands which plan theirs refuse.

use thiserror::Error;

use crate::scenario::Scenario;

/// A key of `[run]` that only `simctl run` follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`run.{key}`: only `simctl run` {does}; here {instead}: add --set run.{key}={cure}")]
pub struct RunAlone {
    key: &'static str,
    does: &'static str,
    instead: &'static str,
    cure: &'static str,
}

/// Refuses a scenario whose runs are planned by what they find.
///
/// # Errors
/// If it asks for a precision, or for its warm-up to be found.
pub fn check(scenario: &Scenario) -> Result<(), RunAlone> {
    if scenario.run.precision.is_some() {
        return Err(RunAlone {
            key: "precision",
            does: "adds replications until an interval is narrow enough",
            instead: "`replications` says how many there are",
            cure: "off",
        });
    }
    if scenario.run.finds_warm_up {
        return Err(RunAlone {
            key: "warm-up",
            does: "finds the warm-up on runs of their own",
            instead: "it is the same for all",
            cure: "10m, or what a run found",
        });
    }
    Ok(())
}
