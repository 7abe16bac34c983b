//! What became of one item, added up from its moments.

use super::{Fate, InWorkflow, Moment, Spot, What};
use crate::kernel::{Span, Time};
use crate::model::ledger::{Branches, Path};
use crate::words::{DuplicatesByCause, SuppressedCounts};

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// When it arrived; none: it has not.
    pub arrived: Option<Time>,
    /// Branches on which it owes an effect.
    pub owed: Branches,
    /// Branches that have it.
    pub applied: Branches,
    /// Branches that ended without it, by how, in the order of the ends; none that were applied after all.
    pub ended: Vec<(Fate, Branches)>,
    /// From the arrival to the last owed effect, and the way to that; none: it has not all its effects.
    pub completed: Option<(Span, Path)>,
    /// Effects applied again, by cause.
    pub duplicates: DuplicatesByCause,
    /// Repetitions that were caught, by mechanism.
    pub suppressed: SuppressedCounts,
    /// When nothing held it any more; none: something does.
    pub folded: Option<Time>,
}

impl Verdict {
    /// One more moment of the item, in the order of the telling.
    pub fn hear(&mut self, moment: &Moment) {
        match moment.what {
            What::Arrived { owed, .. } => {
                self.arrived = Some(moment.at);
                self.owed = owed;
            }
            What::Applied { path, latency, last } => {
                let Spot::Branch(branch) = moment.spot else { return };
                self.applied |= 1 << branch;
                self.ended.iter_mut().for_each(|(_, branches)| *branches &= !(1 << branch));
                self.ended.retain(|(_, branches)| *branches != 0);
                if last {
                    self.completed = Some((latency, path));
                }
            }
            What::AppliedAgain { cause: Some(cause), .. } | What::Workflow(InWorkflow::AppliedAgain { cause, .. }) => {
                self.duplicates.add(cause);
            }
            What::Suppressed(mechanism) => self.suppressed.add(mechanism),
            What::EndedAs { branches: branches @ 1.., end, .. } => self.ended.push((end.into(), branches)),
            What::Lost { branches } => self.ended.push((Fate::Lost, branches)),
            What::Folded => self.folded = Some(moment.at),
            _ => {}
        }
    }

    /// How many of its effects ended so.
    #[must_use]
    pub fn ended_as(&self, fate: Fate) -> u64 {
        let of = |&(_, branches): &(Fate, Branches)| u64::from(branches.count_ones());
        self.ended.iter().filter(|(ended, _)| *ended == fate).map(of).sum()
    }

    /// Effects that it owes still.
    #[must_use]
    pub fn in_backlog(&self) -> u64 {
        let ended = self.ended.iter().fold(0, |all, (_, branches)| all | branches);
        u64::from((self.owed & !self.applied & !ended).count_ones())
    }

    /// What of its latency was spent waiting for a turn; none: it has not all its effects.
    #[must_use]
    pub fn wait(&self) -> Option<Span> {
        let (latency, Path { hop, cold, service, back_off, .. }) = self.completed?;
        Some(latency.saturating_sub(hop + cold + service + back_off))
    }
}
