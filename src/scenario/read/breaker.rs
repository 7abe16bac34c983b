//! `circuit-breaker` of a call.

use crate::scenario::tree::Table;
use crate::services::circuit_breaker::{BreakerKept, BreakerSettings};

/// A circuit breaker, out of a table that was filled.
pub(super) fn breaker(table: &Table) -> Option<BreakerSettings> {
    Some(BreakerSettings {
        failures: table.integer("failures")?,
        within: table.span("within"),
        open: table.span("open")?,
        probes: table.integer("probes")?,
        kept: if table.text("kept")? == "shared" { BreakerKept::Shared } else { BreakerKept::PerEnvironment },
    })
}
