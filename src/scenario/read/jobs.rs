//! `via = "batch"` of a function on Fargate: the AWS Batch job that starts its tasks.

use super::Reader;
use crate::scenario::tree::{Node, Origin, Table};
use crate::services::fargate::settings::JobSettings;

/// The scheduler's delay where none is written.
const DELAY: &str = "{ uniform = { low = \"5s\", high = \"60s\" } }";

impl Reader<'_> {
    /// The job, if there is one; outside: a key was refused.
    pub(super) fn job(&mut self, table: &Table) -> Option<Option<JobSettings>> {
        if table.text("via")? == "batch" {
            let mut delay = Table::default();
            let written = table.get("scheduler-delay").cloned();
            let node = written.unwrap_or_else(|| Node::of_default(DELAY, "default"));
            delay.set("scheduler-delay", Origin::Default("default"), node);
            let scheduler_delay = self.time(&delay, "scheduler-delay")?;
            let attempts = if table.get("attempts").is_some() { table.integer("attempts")? } else { 1 };
            return Some(Some(JobSettings { scheduler_delay, attempts, timeout: table.span("attempt-timeout") }));
        }
        for key in ["scheduler-delay", "attempts", "attempt-timeout"] {
            if let Some(node) = table.get(key) {
                let title = format!("`{key}` goes with via = \"batch\"");
                self.fault(node, title, "this key has no meaning here: RunTask starts a task once, without a timeout");
            }
        }
        Some(None)
    }
}
