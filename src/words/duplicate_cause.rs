//! Why an effect is applied to an item that has it: the causes of duplicates, all in one table.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($cause:ident $name:literal $words:literal $meaning:literal;)*) => {
        /// Why there is work that does again what other work for the same item does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DuplicateCause {
            $(#[doc = $meaning] $cause,)*
        }

        impl DuplicateCause {
            /// Every cause, in the order of the reports.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$cause),*];

            /// Its stable name in tables and documents: the scope of the metric `duplicates`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$cause => $name,)* }
            }

            /// What is said of so many duplicates: `309 redone after a kill`.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$cause => $words,)* }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$cause => $meaning,)* }
            }
        }
    };
}

causes! {
    SentTwice "sent_twice" "sent twice"
        "The sender sent the item twice.";
    AtLeastOnceDelivery "at_least_once_delivery" "delivered twice"
        "A notification or a queue delivered the item twice, with no error anywhere.";
    ErrorAfterEffect "error_after_effect" "redone after an error"
        "The try that applied the effect returned an error afterwards, so the item was tried or listed again.";
    CrashAfterEffect "crash_after_effect" "redone after a crash"
        "The process died after it had applied the effect, so the item was tried or listed again.";
    TimeoutAfterEffect "timeout_after_effect" "redone after a kill"
        "The run was killed at the function timeout after it had applied the effect and before it had marked it as done.";
    RunFailedAfterEffect "run_failed_after_effect" "redone after a failed run"
        "The run failed at another item after it had applied the effect and before it had marked it as done.";
    OverlappingRuns "overlapping_runs" "by overlapping runs"
        "Two batch runs at work at the same time had the item in hand.";
    VisibilityTimeout "visibility_timeout" "by visibility timeouts"
        "The visibility timeout of a queue ran out while the delivery was still in hand, so the message was delivered again.";
    ClientRetry "client_retry" "by client retries"
        "A client that had no answer in time, or an error, called again although its first call had taken effect or still did.";
    IdempotencyExpired "idempotency_expired" "after an expired record or lock"
        "The record that would have caught the repetition had expired, or a lock on it had.";
    StoreFailed "store_failed" "let through without the store"
        "The idempotency store could not be asked, or told, and the function went on without it: it would have caught the repetition.";
    OrchestratorRerun "orchestrator_rerun" "by orchestrators that ran again"
        "A function that runs a workflow failed or was killed after the step, was run again, and began with the first step.";
    TaskRetry "task_retry" "by retries of tasks"
        "A task of a workflow failed, or was not answered in time, after it had its effect, and was retried.";
}

impl DuplicateCause {
    /// Its place in [`DuplicateCause::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of duplicates by cause. Causes of workflows are written only where there are some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct DuplicatesByCause([u64; DuplicateCause::ALL.len()]);

impl From<Vec<u64>> for DuplicatesByCause {
    fn from(counts: Vec<u64>) -> Self {
        Self(super::padded(counts))
    }
}

impl From<DuplicatesByCause> for Vec<u64> {
    fn from(counts: DuplicatesByCause) -> Self {
        super::trimmed(&counts.0, DuplicateCause::OrchestratorRerun.index())
    }
}

impl DuplicatesByCause {
    /// Counts one more.
    pub fn add(&mut self, cause: DuplicateCause) {
        self.0[cause.index()] += 1;
    }

    /// How many have this cause.
    #[must_use]
    pub const fn count(&self, cause: DuplicateCause) -> u64 {
        self.0[cause.index()]
    }

    /// How many there are of all causes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_have_names_of_their_own_and_keep_their_places() {
        for (index, cause) in DuplicateCause::ALL.into_iter().enumerate() {
            assert_eq!(cause.index(), index);
            assert!(cause.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", cause.name());
            let same = DuplicateCause::ALL.iter().filter(|other| other.name() == cause.name());
            assert_eq!(same.count(), 1, "{}", cause.name());
        }
    }

    #[test]
    fn each_cause_is_counted_by_itself() {
        let mut counts = DuplicatesByCause::default();
        counts.add(DuplicateCause::SentTwice);
        counts.add(DuplicateCause::OverlappingRuns);
        counts.add(DuplicateCause::OverlappingRuns);
        assert_eq!(DuplicateCause::ALL.map(|cause| counts.count(cause)), [1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]);
        assert_eq!(counts.total(), 3);
    }

    #[test]
    fn causes_of_workflows_are_written_only_where_there_are_some() {
        let mut counts = DuplicatesByCause::default();
        counts.add(DuplicateCause::SentTwice);
        assert_eq!(serde_json::to_string(&counts).unwrap(), "[1,0,0,0,0,0,0,0,0,0,0]");
        counts.add(DuplicateCause::OrchestratorRerun);
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, "[1,0,0,0,0,0,0,0,0,0,0,1]");
        assert_eq!(serde_json::from_str::<DuplicatesByCause>(&text).unwrap(), counts);
    }
}
