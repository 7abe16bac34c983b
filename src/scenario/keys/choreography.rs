//! `[strategy.choreograph]`: the steps of a state machine as events over a bus. How the bus is set is as for
//! `[strategy.eventbridge]`.

use super::distribution::TIME;
use super::push::EVENTBRIDGE;
use crate::scenario::shape::{Field, Kind, Shape, required, sourced};

/// Keys of its own. The rest are those of a bus after its `rules`.
const OWN: [Field; 3] = [
    required(
        "function",
        Kind::Text("the name of a function"),
        "The function that each Task state gets one like which names none of its own, and each Parallel state for its end: its memory, timeout, concurrency and `async` settings are theirs; its `service-time` passes before the work of the step.",
    ),
    sourced(
        "schedule-delay",
        TIME,
        "{ uniform = { low = \"0s\", high = \"60s\" } }",
        "How late a one-time schedule fires that ends a Wait state.",
        "[doc] EventBridge Scheduler guide, schedule-types: a precision of 60 seconds; uniform is [inferred]",
    ),
    sourced(
        "join-latency",
        TIME,
        "{ lognormal = { median = \"4ms\", p99 = \"15ms\" } }",
        "What the conditional write takes that notes in DynamoDB which branch of a Parallel state has ended.",
        "[inferred]: AWS documents single-digit milliseconds on average, DynamoDB guide",
    ),
];

const COUNT: usize = OWN.len() + EVENTBRIDGE.fields.len() - 1;

static FIELDS: [Field; COUNT] = {
    let mut fields = [OWN[0]; COUNT];
    let mut place = 1;
    while place < COUNT {
        fields[place] = if place < OWN.len() { OWN[place] } else { EVENTBRIDGE.fields[place - OWN.len() + 1] };
        place += 1;
    }
    fields
};

/// `[strategy.choreograph]`.
pub(crate) static CHOREOGRAPH: Shape = Shape {
    name: "choreograph",
    doc: "The steps of a state machine as events over an EventBridge bus: each Task is a function that a rule invokes asynchronously on the event before it, a Choice the pattern of rules, a Parallel state several rules on one event and a record of who has arrived. Nobody keeps a history, sets a timeout, or retries as the machine says: Lambda retries, and its on-failure destination leads where a Catch does.",
    fields: &FIELDS,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_every_key_of_a_bus_but_its_rules_once() {
        for field in &EVENTBRIDGE.fields[1..] {
            assert_eq!(FIELDS.iter().filter(|own| own.name == field.name).count(), 1, "{}", field.name);
        }
        assert_eq!(EVENTBRIDGE.fields[0].name, "rules");
        assert!(FIELDS.iter().all(|field| field.name != "rules"));
    }
}
