//! How far a delivery of an item has come that several runs may have in hand, one after another or at once: a place in a
//! batch's listing. It says why a run that works on it does again what another has done.
//!
//! The shared progress lies where the delivery is kept until it is done with; a run that takes it notes the progress as
//! it is then. If another run has processed the item since, both had it in hand at once. Else the cause is how the
//! earlier run left it: by the item's own failure after its effect, by a kill, or by a failure at another item.

use super::lambda_node::Ended;
use crate::words::DuplicateCause;

/// The progress of one delivery.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// How often a run has processed it so that its effect took place, or will when that run ends well.
    processed: u16,
    /// Why a run that takes it from now on would process it besides another run, or besides another delivery.
    cause: Option<DuplicateCause>,
}

impl Progress {
    /// Of a delivery that no run has taken, and what brought it about.
    pub(super) const fn new(cause: Option<DuplicateCause>) -> Self {
        Self { processed: 0, cause }
    }

    /// A run that `took` the delivery has processed it as far as its effect, and `ended` with it so; none where another
    /// run is done with it for good by now. Returns why it was processed besides another, and notes why the next run
    /// will be: as long as nothing else is known, because this one has it in hand still.
    pub(super) fn process(shared: Option<&mut Self>, took: Self, ended: Ended) -> Option<DuplicateCause> {
        const AT_ONCE: DuplicateCause = DuplicateCause::OverlappingRuns;
        let Some(shared) = shared else { return Some(AT_ONCE) };
        let meanwhile = shared.processed > took.processed;
        shared.processed = shared.processed.saturating_add(1);
        shared.cause = ended.cause_to_repeat().or(Some(AT_ONCE));
        if meanwhile { Some(AT_ONCE) } else { took.cause }
    }

    /// What a run that `took` the delivery had processed is undone, for its effect was not durable yet.
    pub(super) fn undo(&mut self, took: Self) {
        self.processed = self.processed.saturating_sub(1);
        if self.processed == took.processed {
            self.cause = took.cause;
        }
    }

    /// A run that had processed it ended so with it after that.
    pub(super) fn fail(&mut self, ended: Ended) {
        self.cause = ended.cause_to_repeat().or(self.cause);
    }

    /// A run that had processed it ended so with another item, and is not done with this one for that.
    pub(super) fn leave(&mut self, ended: Ended) {
        self.cause = ended.cause_to_repeat_others().or(self.cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAP: Option<DuplicateCause> = Some(DuplicateCause::OverlappingRuns);
    const SENT_TWICE: Option<DuplicateCause> = Some(DuplicateCause::SentTwice);

    fn process(shared: &mut Progress, took: Progress, ended: Ended) -> Option<DuplicateCause> {
        Progress::process(Some(shared), took, ended)
    }

    #[test]
    fn an_item_is_processed_for_what_delivered_it() {
        for cause in [None, SENT_TWICE] {
            let mut shared = Progress::new(cause);
            let took = shared;
            assert_eq!(process(&mut shared, took, Ended::Returned), cause);
        }
    }

    #[test]
    fn runs_that_have_an_item_in_hand_at_once_overlap() {
        let mut shared = Progress::new(None);
        let [first, second] = [shared; 2];
        assert_eq!(process(&mut shared, first, Ended::Returned), None);
        let third = shared;
        assert_eq!(process(&mut shared, second, Ended::Returned), OVERLAP);
        assert_eq!(process(&mut shared, third, Ended::Returned), OVERLAP);
        // Taken, and then done with by another.
        assert_eq!(Progress::process(None, first, Ended::Returned), OVERLAP);
    }

    #[test]
    fn what_a_run_left_undone_with_has_the_cause_of_its_end() {
        for (ended, cause) in [
            (Ended::TimedOut, DuplicateCause::TimeoutAfterEffect),
            (Ended::Errored, DuplicateCause::RunFailedAfterEffect),
            (Ended::Crashed, DuplicateCause::RunFailedAfterEffect),
        ] {
            let mut shared = Progress::new(SENT_TWICE);
            let first = shared;
            process(&mut shared, first, Ended::Returned);
            shared.leave(ended);
            let second = shared;
            assert_eq!(process(&mut shared, second, Ended::Returned), Some(cause));
        }
    }

    /// Also where the run that processed it is at work still: it would not be done with it in any case.
    #[test]
    fn an_item_that_failed_itself_has_the_cause_of_its_own_end() {
        for (ended, cause) in
            [(Ended::Errored, DuplicateCause::ErrorAfterEffect), (Ended::Crashed, DuplicateCause::CrashAfterEffect)]
        {
            let mut shared = Progress::new(None);
            let [first, early] = [shared; 2];
            process(&mut shared, first, ended);
            let second = shared;
            assert_eq!(process(&mut shared, second, Ended::Returned), Some(cause));
            assert_eq!(process(&mut shared, early, Ended::Returned), OVERLAP, "it had the item in hand before that");
        }
    }

    #[test]
    fn what_is_undone_leaves_the_cause_as_it_was() {
        let mut shared = Progress::new(SENT_TWICE);
        let first = shared;
        process(&mut shared, first, Ended::Returned);
        shared.undo(first);
        let second = shared;
        assert_eq!(process(&mut shared, second, Ended::Returned), SENT_TWICE);
        // With another run's effect beside it, that run still counts.
        let third = shared;
        process(&mut shared, third, Ended::Errored);
        shared.undo(third);
        let fourth = shared;
        assert_eq!(process(&mut shared, fourth, Ended::Returned), OVERLAP);
    }
}
