//! `[prices]` of a scenario.

use crate::pricing::FreeTier;
use crate::scenario::tree::Table;

/// Whether the free allowances count.
pub(crate) fn free_tier(table: &Table) -> Option<FreeTier> {
    match table.text("free-tier")? {
        "granted" => Some(FreeTier::Granted),
        _ => Some(FreeTier::Ignored),
    }
}
