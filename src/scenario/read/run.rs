//! `[run]`.

use super::Reader;
use super::precision::precision;
use crate::fluid::default_step;
use crate::kernel::Span;
use crate::scenario::shape::LONGEST;
use crate::scenario::tree::Table;
use crate::scenario::units;
use crate::scenario::{Mode, RunSettings};

/// The most steps of a run in aggregated counts.
const FLUID_STEPS_AT_MOST: u64 = 100_000_000;

/// Reads `[run]`.
pub(crate) fn run(reader: &mut Reader<'_>, table: &Table) -> Option<RunSettings> {
    let replications = table.integer("replications")?;
    let finds_warm_up = table.text("warm-up") == Some("auto");
    let batch_means = table.text("intervals") == Some("batch-means");
    if batch_means && replications != 1 {
        let title = format!("batch means are of one long run, and there are {replications} replications");
        reader.fault(table.get("intervals")?, title, "expected `replications = 1` beside it");
    }
    let settings = RunSettings {
        start: units::instant(table.get("start")?.written()?).ok()?,
        duration: table.span("duration")?,
        drain: table.span("drain")?,
        warm_up: if finds_warm_up { Span::ZERO } else { table.span("warm-up")? },
        finds_warm_up,
        load: table.number("load")?,
        seed: table.integer("seed")?,
        replications,
        batch_means,
        precision: precision(reader, table, replications)?,
        mode: mode(reader, table)?,
    };
    if settings.warm_up >= settings.duration {
        let title = "`warm-up` is not shorter than `duration`";
        reader.fault(table.get("warm-up")?, title, "expected a warm-up that ends while items still arrive");
    }
    if settings.duration + settings.drain > LONGEST {
        let title = "`duration` and `drain` together are too long";
        reader.fault(table.get("duration")?, title, "expected at most ten years (3652.5d) together");
    }
    if end_of(&settings).is_none() {
        reader.fault(table.get("start")?, "`start` is too late", "expected a run that ends before the year 9999");
    }
    Some(settings)
}

/// How strategies are played, and in which steps.
fn mode(reader: &mut Reader<'_>, table: &Table) -> Option<Mode> {
    let is_fluid = table.text("mode") == Some("fluid");
    let step = table.get("fluid-step").and_then(|_| table.span("fluid-step"));
    if let (false, Some(node)) = (is_fluid, table.get("fluid-step")) {
        reader.fault(node, "a step of a fluid, and no fluid", "expected `mode = \"fluid\"` beside it");
    }
    if let (true, Some(node), Some("batch-means")) = (is_fluid, table.get("intervals"), table.text("intervals")) {
        let title = "batch means are of items one by one, and `mode = \"fluid\"` has none";
        reader.fault(node, title, "expected `replications`, more than one of them");
    }
    if !is_fluid {
        return Some(Mode::Events);
    }
    let (duration, drain) = (table.span("duration")?, table.span("drain")?);
    let step = step.unwrap_or(default_step(duration));
    if let Some(node) = table.get("fluid-step")
        && (duration + drain).as_nanos() / step.as_nanos() > FLUID_STEPS_AT_MOST
    {
        let title = "the steps are too short for so long a run";
        reader.fault(node, title, "expected at most 100,000,000 of them in `duration` and `drain` together");
    }
    Some(Mode::Fluid { step })
}

/// The instant at which even the drain is over; none beyond the calendar.
fn end_of(settings: &RunSettings) -> Option<jiff::Timestamp> {
    let length: Span = settings.duration + settings.drain;
    let length = jiff::SignedDuration::from_nanos(i64::try_from(length.as_nanos()).ok()?);
    settings.start.checked_add(length).ok()
}
