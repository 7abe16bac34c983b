//! AWS Batch: a job that starts a Fargate task, and starts it again where it fails.
//!
//! Rules kept: a job waits for the scheduler before each attempt (Bt-start); while there is no capacity it stays
//! RUNNABLE, and no attempt is spent (Bt-job); an attempt that fails is followed by another as long as there are attempts
//! left, 1 to 10 in all (Bt-job); an attempt that reaches its timeout is ended, and the job with it (Bt-time). A job costs
//! nothing beside its tasks.
//!
//! Left out: array jobs and dependencies, which a single function that lists its own work has no use for; compute
//! environments on EC2; fair-share scheduling, as one job a firing has none to share with.

use super::settings::JobSettings;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Well.
    Succeeded,
    /// Its process failed.
    Failed,
    /// At its timeout.
    TimedOut,
}

impl JobSettings {
    /// Whether another attempt follows the `made`-th, counted from 1, which ended so.
    #[must_use]
    pub fn goes_on(&self, made: u32, ended: Attempt) -> bool {
        ended == Attempt::Failed && made < u32::from(self.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Distribution;

    #[test]
    fn a_failed_attempt_is_followed_by_another_while_there_are_any() {
        let scheduler_delay = Distribution::constant(5.0).expect("a length of time");
        let job = JobSettings { scheduler_delay, attempts: 3, timeout: None };
        assert!(job.goes_on(1, Attempt::Failed) && job.goes_on(2, Attempt::Failed));
        assert!(!job.goes_on(3, Attempt::Failed));
        assert!(!job.goes_on(1, Attempt::Succeeded) && !job.goes_on(1, Attempt::TimedOut));
    }
}
