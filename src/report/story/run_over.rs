//! What is said of a run over several items that was over, for those of them that it did not end with.

use crate::model::story::{Ended, RunOver};
use crate::scenario::Scenario;
use crate::words::ItemId;

/// The run was over before it came to the item.
pub(super) fn not_begun(scenario: &Scenario, over: &RunOver) -> String {
    format!("{} before it came to this item", how(scenario, over))
}

/// The run was over while it worked on the item.
pub(super) fn cut_off(scenario: &Scenario, over: &RunOver) -> String {
    format!("{}, and ends the work on this item", how(scenario, over))
}

/// What the run had processed is undone with it.
pub(super) fn undone(scenario: &Scenario, over: &RunOver) -> String {
    format!("{} before it committed: what it did here is undone", how(scenario, over))
}

/// What the run had done is not kept: the item comes again.
pub(super) fn not_kept(scenario: &Scenario, over: &RunOver) -> String {
    match over.ended {
        Ended::Returned => {
            let which = over.at.map_or_else(String::new, |item| format!(" ({})", name(scenario, item)));
            format!("done, but an earlier item of its batch{which} failed: all after that come again")
        }
        _ => format!("{} before it kept that this item is done: it comes again", how(scenario, over)),
    }
}

/// How the run was over, and over which item.
fn how(scenario: &Scenario, over: &RunOver) -> String {
    let (how, at) = match over.ended {
        Ended::Returned => ("the run returns", "at"),
        Ended::Errored => ("the run fails", "at"),
        Ended::Crashed => ("the run crashes", "at"),
        Ended::TimedOut => ("the run is killed at its timeout", "at work on"),
        Ended::Lost => ("the run is lost with its environment", "at"),
    };
    over.at.map_or_else(|| how.to_owned(), |item| format!("{how} {at} {}", name(scenario, item)))
}

fn name(scenario: &Scenario, item: ItemId) -> String {
    format!("{}:{}", scenario.streams[item.stream.index()].name, item.number)
}
