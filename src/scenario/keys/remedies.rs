//! Keys of remedies: redrives of dead letters, and work that is shed.

use crate::scenario::shape::{Field, Kind, POSITIVE_DURATION, Shape, optional, required, sourced};
use crate::services::sqs::REDRIVE_RATE_AT_MOST;

const REDRIVE_PAGE: &str = "[doc*] Amazon SQS API, StartMessageMoveTask";
/// The most redrives of a queue.
const REDRIVES_AT_MOST: usize = 1_000;

/// `redrive` of a queue.
pub(super) const REDRIVE_OF_QUEUE: Field = optional(
    "redrive",
    Kind::Table(&REDRIVE),
    "dead letters stay in the dead-letter queue",
    "Moves what is in the dead-letter queue back to the queue; needs `max-receive-count`.",
);

/// A redrive.
pub(crate) static REDRIVE: Shape = Shape {
    name: "redrive",
    doc: "When dead letters are moved back to their queue, and how fast.",
    fields: &[
        required(
            "at",
            Kind::List { of: &POSITIVE_DURATION, min: 1, max: REDRIVES_AT_MOST },
            "When redrives start, from the start of the run. Each moves what is in the dead-letter queue then.",
        ),
        sourced(
            "rate",
            Kind::Integer { min: 1, max: REDRIVE_RATE_AT_MOST as i64 },
            "500",
            "Messages a second.",
            REDRIVE_PAGE,
        )
        .limited_by(REDRIVE_PAGE),
    ],
};

/// `shed-above` of a queue.
pub(super) const SHED_ABOVE: Field = optional(
    "shed-above",
    Kind::Integer { min: 1, max: 1_000_000_000_000 },
    "whatever comes is sent",
    "Load shedding by the sender: an item that comes while so many messages are visible in the queue is not sent, and is `rejected`.",
);

/// `shed-older-than` of a function.
pub(super) const SHED_OLDER_THAN: Field = optional(
    "shed-older-than",
    POSITIVE_DURATION,
    "an item is worked on whatever its age",
    "Load shedding by the function: an item older than this when its work would begin is passed over in no time, and is `expired`. Not with an `api` or a batch, whose items it is asked for by name.",
);
