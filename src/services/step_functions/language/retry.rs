//! Retriers: which errors they take, how often, and after what pause.

use crate::kernel::Span;

/// A retrier.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrier {
    /// The errors it takes.
    pub errors: Vec<String>,
    /// Before the first retry, in seconds.
    pub interval_seconds: u64,
    /// Retries at most; 0: none.
    pub max_attempts: u64,
    /// What each pause is of the one before, at least 1.
    pub backoff_rate: f64,
    /// The longest pause, in seconds; none: without bound.
    pub max_delay_seconds: Option<u64>,
    /// Whether a pause is drawn evenly between nothing and what it would be.
    pub full_jitter: bool,
}

/// Errors that the language reserves.
pub mod reserved {
    /// Stands for every error but the few that nothing catches.
    pub const ALL: &str = "States.ALL";
    /// A task, or a machine, took longer than it may.
    pub const TIMEOUT: &str = "States.Timeout";
    /// A task was silent for longer than it may.
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    /// Stands for every failure of a task but a timeout.
    pub const TASK_FAILED: &str = "States.TaskFailed";
    /// A mistake of the machine that nothing retries and nothing catches.
    pub const RUNTIME: &str = "States.Runtime";
    /// A payload above 256 KB.
    pub const DATA_LIMIT: &str = "States.DataLimitExceeded";
    /// No rule of a Choice state held, and it has no default.
    pub const NO_CHOICE: &str = "States.NoChoiceMatched";
    /// A branch of a Parallel state failed.
    pub const BRANCH_FAILED: &str = "States.BranchFailed";
    /// An intrinsic function could not be evaluated.
    pub const INTRINSIC: &str = "States.IntrinsicFailure";
    /// A `ResultPath` led nowhere.
    pub const RESULT_PATH: &str = "States.ResultPathMatchFailure";
    /// A path of a payload template selected nothing.
    pub const PARAMETER_PATH: &str = "States.ParameterPathFailure";
    /// A JSONata expression failed.
    pub const QUERY: &str = "States.QueryEvaluationError";
    /// The items of a distributed map could not be read.
    pub const ITEM_READER: &str = "States.ItemReaderFailed";
    /// A distributed map failed more than it tolerates.
    pub const TOLERATED: &str = "States.ExceedToleratedFailureThreshold";
}

/// Whether a list of errors takes an error: by its name, or by a name that stands for several.
///
/// `States.ALL` takes everything but `States.Runtime`; whether it takes `States.DataLimitExceeded` is for the caller to
/// say: AWS was recorded to do so (2024-03-21), its documents say that it does not. `States.TaskFailed` takes everything
/// but timeouts and what nothing catches.
#[must_use]
pub fn takes(errors: &[String], error: &str, all_takes_data_limit: bool) -> bool {
    if error == reserved::RUNTIME {
        return false;
    }
    errors.iter().any(|wanted| match wanted.as_str() {
        reserved::ALL => all_takes_data_limit || error != reserved::DATA_LIMIT,
        reserved::TASK_FAILED => ![reserved::TIMEOUT, reserved::HEARTBEAT_TIMEOUT].contains(&error),
        wanted => wanted == error,
    })
}

impl Retrier {
    /// The pause before the `retry`-th retry (from 1), where `luck` in [0, 1) is drawn for it. Never above 584 years.
    #[must_use]
    pub fn pause(&self, retry: u64, luck: f64) -> Span {
        let exponent = retry.saturating_sub(1) as f64;
        let unbounded = self.interval_seconds as f64 * libm::pow(self.backoff_rate, exponent);
        let bounded = self.max_delay_seconds.map_or(unbounded, |longest| unbounded.min(longest as f64));
        Span::from_secs_f64(if self.full_jitter { bounded * luck } else { bounded })
    }
}

/// How often each retrier of a state has been used since the state was entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetryCounts(Vec<u64>);

impl RetryCounts {
    /// Begins anew, as when a state is entered.
    pub fn reset(&mut self) {
        self.0.clear();
    }

    /// Whether an error is retried, and after what pause: by the first retrier that takes it, if that has retries left.
    /// A retrier that has none does not leave the error to those after it. `takes` says whether a list of errors takes
    /// this one.
    #[must_use]
    pub fn retry(&mut self, retriers: &[Retrier], takes: impl Fn(&[String]) -> bool, luck: f64) -> Option<Span> {
        let index = retriers.iter().position(|retrier| takes(&retrier.errors))?;
        self.0.resize(retriers.len(), 0);
        let (retrier, used) = (&retriers[index], &mut self.0[index]);
        if *used >= retrier.max_attempts {
            return None;
        }
        *used += 1;
        Some(retrier.pause(*used, luck))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(errors: &[&str], interval_seconds: u64, max_attempts: u64, backoff_rate: f64) -> Retrier {
        let errors = errors.iter().map(|&error| error.to_owned()).collect();
        Retrier { errors, interval_seconds, max_attempts, backoff_rate, max_delay_seconds: None, full_jitter: false }
    }

    /// Rule [doc] SFNE: the pause before retry k is min(MaxDelaySeconds, IntervalSeconds x BackoffRate^(k - 1)).
    #[test]
    fn pauses_grow_by_the_backoff_rate_up_to_the_longest() {
        let plain = retrier(&["A"], 3, 9, 2.0);
        assert_eq!([1, 2, 3, 4].map(|retry| plain.pause(retry, 0.9)), [3, 6, 12, 24].map(Span::from_secs));
        let bounded = Retrier { max_delay_seconds: Some(10), ..plain };
        assert_eq!([1, 2, 3, 4].map(|retry| bounded.pause(retry, 0.9)), [3, 6, 10, 10].map(Span::from_secs));
        let slow = retrier(&["A"], 1, 9, 1.5);
        assert_eq!(slow.pause(3, 0.0), Span::from_millis(2_250));
    }

    /// Rule [doc] SFNE: with full jitter a pause is drawn evenly between nothing and what it would be.
    #[test]
    fn full_jitter_draws_the_pause_from_zero_up() {
        let jittered = Retrier { full_jitter: true, ..retrier(&["A"], 4, 9, 2.0) };
        assert_eq!(jittered.pause(2, 0.25), Span::from_secs(2));
        assert_eq!(jittered.pause(2, 0.0), Span::ZERO);
    }

    /// Rule [doc] SFNE: errors A, B, C, B with a retrier of A and B (2 tries, 1 s, x 2) and one of C (5 s) wait 1, 2 and 5 s, and the fourth is not retried.
    #[test]
    fn each_retrier_counts_for_itself() {
        let retriers = [retrier(&["A", "B"], 1, 2, 2.0), retrier(&["C"], 5, 3, 2.0)];
        let mut counts = RetryCounts::default();
        let pauses =
            ["A", "B", "C", "B"].map(|error| counts.retry(&retriers, |errors| takes(errors, error, true), 0.0));
        assert_eq!(pauses, [Some(1), Some(2), Some(5), None].map(|pause| pause.map(Span::from_secs)));
    }

    /// Rule [doc] SFNE: the first retrier that takes an error is used; when it is exhausted, later ones are not looked at.
    #[test]
    fn an_exhausted_retrier_leaves_nothing_to_later_ones() {
        let retriers = [retrier(&["A"], 1, 1, 1.0), retrier(&[reserved::ALL], 1, 9, 1.0)];
        let mut counts = RetryCounts::default();
        assert!(counts.retry(&retriers, |errors| takes(errors, "A", true), 0.0).is_some());
        assert!(counts.retry(&retriers, |errors| takes(errors, "A", true), 0.0).is_none());
        assert!(counts.retry(&retriers, |errors| takes(errors, "B", true), 0.0).is_some());
    }

    /// Rule [doc] SFNE: States.TaskFailed takes everything but timeouts; States.Runtime is never retried or caught.
    #[test]
    fn names_that_stand_for_several_errors() {
        let all = [reserved::ALL.to_owned()];
        let failed = [reserved::TASK_FAILED.to_owned()];
        let takes = |errors: &[String], error| takes(errors, error, true);
        assert!(takes(&all, "Boom") && takes(&all, reserved::TIMEOUT) && takes(&all, reserved::DATA_LIMIT));
        assert!(takes(&failed, "Boom") && !takes(&failed, reserved::TIMEOUT));
        assert!(!super::takes(&all, reserved::DATA_LIMIT, false), "as AWS documents it");
        assert!(!takes(&all, reserved::RUNTIME) && !takes(&[reserved::RUNTIME.to_owned()], reserved::RUNTIME));
    }
}
