//! `[strategy.scheduler]`: a schedule of EventBridge Scheduler. How its function works off what is new is set as for
//! `[strategy.schedule]`.

use super::strategy::SCHEDULE;
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, Shape, optional, required, sourced};

const WINDOW_PAGE: &str = "[doc] EventBridge Scheduler guide, managing-schedule-flexible-time-windows";

/// Keys of its own. The rest are those of a schedule after its `expression`.
const OWN: [Field; 4] = [
    required(
        "expression",
        Kind::Text("a schedule such as \"rate(1 hour)\", \"cron(0 2 * * ? *)\" or \"at(2026-11-23T02:00:00)\""),
        "AWS's `rate(…)`, `cron(…)` or `at(…)`, read by the clocks of `time-zone`.",
    ),
    sourced(
        "time-zone",
        Kind::Text("a time zone such as \"Europe/Berlin\""),
        "\"UTC\"",
        "IANA name of the zone whose clocks tell the time. What they skip in spring is skipped, what they show twice in autumn fires once, the first time.",
        "[doc] EventBridge Scheduler guide, schedule-types",
    ),
    Field {
        limit: WINDOW_PAGE,
        ..optional(
            "flexible-window",
            Kind::Duration { min: Span::from_secs(60), max: Span::from_secs(86_400), step: Span::from_secs(60) },
            "OFF: it fires within the minute, by `delay`",
            "It fires at any instant of this window after the scheduled one, 1 to 1,440 minutes; `delay` then has no meaning.",
        )
    },
    sourced(
        "duplicate-probability",
        Kind::Probability,
        "0.00001",
        "Chance that a firing invokes its target twice.",
        "[inferred]: AWS documents at least once, EventBridge Scheduler guide, what-is-scheduler",
    ),
];

const COUNT: usize = OWN.len() + SCHEDULE.fields.len() - 1;

static FIELDS: [Field; COUNT] = {
    let mut fields = [OWN[0]; COUNT];
    let mut place = 1;
    while place < COUNT {
        fields[place] = if place < OWN.len() { OWN[place] } else { SCHEDULE.fields[place - OWN.len() + 1] };
        place += 1;
    }
    fields
};

/// `[strategy.scheduler]`.
pub(crate) static SCHEDULER: Shape = Shape {
    name: "scheduler",
    doc: "A schedule of EventBridge Scheduler that wakes a function, and how that function works off what is new.",
    fields: &FIELDS,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_every_key_of_a_schedule_once() {
        for field in SCHEDULE.fields {
            assert_eq!(SCHEDULER.fields.iter().filter(|own| own.name == field.name).count(), 1, "{}", field.name);
        }
        assert_eq!(SCHEDULER.fields.len(), SCHEDULE.fields.len() + 3);
    }
}
