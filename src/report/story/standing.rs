//! Where an item is that still owes an effect when its run is over.

use super::instant::clock;
use super::words::place;
use crate::experiment::story::Story;
use crate::model::story::{Moment, Spot, Strike, What};
use crate::model::{Design, NodeKind};

/// What the item waits for, by the last that happened to it.
pub(super) fn standing(design: &Design, story: &Story) -> Option<String> {
    let last = story.moments.iter().rev().find(|moment| moment.item.is_some())?;
    let there = place(design, last.spot);
    let text = match last.what {
        What::Kept { .. } | What::VisibleAgain | What::MovedBack => waits_at(design, story, last)?,
        What::Received { .. } => format!("a poller of {there} has its message in hand"),
        What::Read => format!("its record is read from {there}, and waits for its batch to be sent"),
        What::Listed { run } => format!("batch run {run} has listed it, and has not come to it"),
        What::NotBegun(_) | What::Undone(_) | What::CutOff(_) | What::Finished { .. } => {
            format!("it waits to come to {there} again")
        }
        What::Began(attempt) => format!("attempt {} at {there} is under way", attempt.ordinal + 1),
        What::BackOff { until } | What::Delayed { until } | What::Struck(Strike::HeldOutside { until }) => {
            format!("it waits at {there} until {}", clock(until))
        }
        What::Throttled { again: Some(at) }
        | What::Refused { again: Some(at), .. }
        | What::Heard { again: Some(at), .. }
        | What::ClientGaveUp { again: Some(at) } => format!("it is to be tried again at {}", clock(at)),
        What::Called { .. } => format!("its call to {there} is under way"),
        _ => return None,
    };
    Some(text)
}

/// The place keeps it: how often anybody has come for it says whether it was ever reached.
fn waits_at(design: &Design, story: &Story, last: &Moment) -> Option<String> {
    let Spot::Node(node) = last.spot else { return None };
    let there = place(design, last.spot);
    let count = |is: fn(&What) -> bool| {
        story.moments.iter().filter(|moment| moment.spot == last.spot && is(&moment.what)).count()
    };
    Some(match &design.nodes[node.index()].kind {
        NodeKind::Sqs(_) => {
            let receives = count(|what| matches!(what, What::Received { .. }));
            format!("its message waits in {there}, {}", times(receives, "received"))
        }
        NodeKind::Stream(_) => format!("its record waits in {there}, {}", times(0, "read")),
        NodeKind::Schedule(_) => {
            let listed = count(|what| matches!(what, What::Listed { .. }));
            format!("it waits for {there}, {}", times(listed, "listed"))
        }
        NodeKind::Function(_) => {
            let begun = count(|what| matches!(what, What::Began(_)));
            format!("its event waits in the queue of {there}, {}", times(begun, "tried"))
        }
        NodeKind::Machine(_) => format!("its execution in {there} has not started"),
        NodeKind::Queue(_) => format!("it waits in {there}, {}", times(0, "served")),
        NodeKind::Notification(_) | NodeKind::Push(_) | NodeKind::Api(_) => format!("{there} is to hand it on"),
    })
}

/// How often it was reached.
fn times(count: usize, reached: &str) -> String {
    match count {
        0 => format!("and was never {reached}"),
        1 => format!("{reached} once"),
        count => format!("{reached} {count} times"),
    }
}
