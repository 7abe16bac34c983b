//! Schedules of EventBridge Scheduler.

use super::Reader;
use super::strategies::TICKS_AT_MOST;
use crate::handlers::BatchSettings;
use crate::kernel::{Distribution, Span, Time};
use crate::scenario::RunSettings;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::nearest::nearest;
use crate::scenario::tree::{Node, Table, quoted};
use crate::services::schedule::{Expression, Grammar, time_zone, time_zones};
use crate::words::LineItem;

impl Reader<'_> {
    /// A batch that EventBridge Scheduler wakes, out of a table that was filled.
    pub(super) fn scheduler(&mut self, table: &Table, run: Option<&RunSettings>) -> Option<BatchSettings> {
        let ticks = self.ticks_by_clock(table, run);
        let settings = self.batch(table, ticks)?;
        let delay = match table.span("flexible-window") {
            Some(window) => anywhere_in(window)?,
            None => settings.delay,
        };
        Some(BatchSettings {
            delay,
            duplicate_probability: table.number("duplicate-probability")?,
            billed_as: Some(LineItem::SchedulerInvocations),
            ..settings
        })
    }

    fn ticks_by_clock(&mut self, table: &Table, run: Option<&RunSettings>) -> Option<Vec<Time>> {
        let (expression, zone) = (table.get("expression")?, table.get("time-zone")?);
        let parsed = Expression::parse_by(Grammar::Scheduler, expression.text()?);
        let Some(clock) = time_zone(zone.text()?) else {
            self.no_zone(zone);
            return None;
        };
        let ticks = parsed.and_then(|parsed| match run {
            Some(run) => parsed.ticks_in_zone(&clock, run.start, run.duration + run.drain, TICKS_AT_MOST),
            None => Ok(Vec::new()),
        });
        self.some_ticks(expression, ticks, run)
    }

    /// A name that is no time zone.
    pub(super) fn no_zone(&mut self, node: &Node) {
        let Some(name) = node.text() else { return };
        let zones = time_zones();
        let diagnostic = Diagnostic::new(format!("there is no time zone {}", quoted(name))).at(node.origin.place());
        self.diagnostics.push(
            diagnostic
                .expected("expected an IANA name such as \"Europe/Berlin\"")
                .help_nearest(nearest(name, zones.iter().map(String::as_str))),
        );
    }
}

/// Any instant of a window, each as likely as the others.
fn anywhere_in(window: Span) -> Option<Distribution> {
    Distribution::uniform(0.0, window.as_secs_f64()).ok()
}
