//! What can be set on a cron batch, validated.

use crate::kernel::{Distribution, Time};
use crate::words::LineItem;

/// A schedule that wakes a function, and how that function works off what is new.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchSettings {
    /// The expression as written.
    pub expression: String,
    /// When it fires, in order, from the start of the run to the end of `drain`.
    pub ticks: Vec<Time>,
    /// From the scheduled instant to the asynchronous invoke call, within the minute or the window.
    pub delay: Distribution,
    /// Chance that a firing invokes twice.
    pub duplicate_probability: f64,
    /// What an invocation of the schedule is billed as; none: it is free.
    pub billed_as: Option<LineItem>,
    /// Items processed at once inside one run, at least 1.
    pub parallel: u32,
    /// Items a page of the listing, 1 to 1,000.
    pub page_size: u32,
    /// Where what is new is listed.
    pub source: Source,
    /// Time to list one page.
    pub list_latency: Distribution,
    /// When effects become durable.
    pub commit: Commit,
    /// When progress is saved.
    pub marker: Marker,
    /// What a run does while an earlier one still works.
    pub overlap: Overlap,
    /// What a run does when one item fails.
    pub on_item_error: OnItemError,
    /// At most this many items a run; none: all that is new.
    pub max_items: Option<u64>,
}

/// Where what is new is listed.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The objects of an S3 bucket.
    S3,
    /// The rows of a DynamoDB table: a queue built by oneself.
    Table {
        /// Time of one write: a claim, or the delete of a row that is done.
        write_latency: Distribution,
    },
}

/// When effects become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Each item's own, when it is processed.
    PerItem,
    /// All of a run's at its end; a kill discards them.
    AtEnd,
}

/// When progress is saved. What is committed but not marked is done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Only when the whole run succeeded.
    None,
    /// With each item.
    PerItem,
    /// After each page.
    PerPage,
}

/// What a run does while an earlier one still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Works too: both list the same items.
    Allow,
    /// Passes over the items that another live run has claimed.
    Claim,
    /// Sees a lock and ends at once.
    Skip,
}

/// What a run does when one item fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnItemError {
    /// Leaves the item for a later run and goes on.
    Continue,
    /// Fails as a whole, where it is.
    Fail,
}
