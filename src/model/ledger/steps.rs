//! Effects of the steps of workflows. Nobody is owed them, because which of them an item comes to depends on its way
//! through the machine; but each must happen once, and what happens again is a duplicate.

use super::{Applied, ItemRef, Ledger};
use crate::kernel::Time;
use crate::model::story::{InWorkflow, Spot, What};
use crate::words::{DuplicateCause, NodeId};

/// A step that an item comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId {
    /// The node that runs the workflow.
    pub node: NodeId,
    /// The state.
    pub state: u32,
    /// Which visit of that state in an execution, from 0.
    pub visit: u32,
}

/// A step's effect, with what brought about the way that led to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    id: StepId,
    cause: Option<DuplicateCause>,
}

impl Ledger {
    /// Applies the effect of a step; `cause` says why there is the way that led to it, besides the plain one. An execution
    /// that comes to the same visit again without another cause has retried what holds the state.
    pub fn apply_step(&mut self, now: Time, item: ItemRef, id: StepId, cause: Option<DuplicateCause>) -> Applied {
        let (applied, told) = self.enter_step(item, id, cause);
        self.tell(now, item, Spot::Node(id.node), What::Workflow(told));
        applied
    }

    fn enter_step(&mut self, item: ItemRef, id: StepId, way: Option<DuplicateCause>) -> (Applied, InWorkflow) {
        if self.steps.len() <= item.index() {
            self.steps.resize_with(item.index() + 1, Vec::new);
        }
        let steps = &mut self.steps[item.index()];
        match steps.binary_search_by_key(&id, |step| step.id) {
            Err(place) => {
                steps.insert(place, Step { id, cause: way });
                (Applied::First, InWorkflow::Applied { step: id, way })
            }
            Ok(place) => {
                let cause = way.or(steps[place].cause).unwrap_or(DuplicateCause::TaskRetry);
                self.totals.duplicates += 1;
                self.totals.duplicates_by_cause.add(cause);
                (Applied::Again, InWorkflow::AppliedAgain { step: id, cause, way })
            }
        }
    }

    /// An item takes a place that may have been another's.
    pub(super) fn forget_steps(&mut self, place: usize) {
        if let Some(steps) = self.steps.get_mut(place) {
            steps.clear();
        }
    }
}
