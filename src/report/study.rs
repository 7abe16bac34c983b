//! What the documents of all studies of a scenario (sweep, limit, recommend, sensitivity) begin with: what reproduces them.

use serde::Serialize;

use crate::experiment::sweep::Template;
use crate::scenario::{Override, Scenario};

/// The first keys of a document.
#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    /// The version of the document's shape; it grows when a key changes its meaning or goes.
    format_version: u32,
    program_version: &'a str,
    scenario: &'a str,
    seed: u64,
    /// Of each strategy at each point, at first.
    replications: u64,
    /// What was changed everywhere.
    set: Vec<String>,
    /// The only strategies that were asked for; empty: all.
    only: &'a [String],
}

impl<'a> Head<'a> {
    /// Of a document of that version, of a scenario with none of the keys varied.
    pub(super) fn new(format_version: u32, base: &'a Scenario, template: &'a Template) -> Self {
        Self {
            format_version,
            program_version: env!("CARGO_PKG_VERSION"),
            scenario: &base.name,
            seed: base.run.seed,
            replications: base.run.replications,
            set: template.sets.iter().map(Override::as_set).collect(),
            only: &template.only,
        }
    }
}
