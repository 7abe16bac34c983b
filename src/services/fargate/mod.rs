//! AWS Fargate: a function as an Amazon ECS task that a schedule starts. It knows nothing of what the task does.
//!
//! Rules kept: a task takes its start-up time, whatever ran before (F-start); it has the sizes of AWS's table (F-size)
//! and no longest duration (F-task); it starts only within the account's virtual processors (F-quota); it is billed from
//! the start of the image pull to its end, by the second, for a minute at least (F-bill).
//!
//! Left out: the launch rate (a bucket of 100 tasks, 20 a second), which the few schedules of a flow cannot reach; Spot
//! and its interruptions; storage above 20 GB; stopping, which takes no time of a task that ends by itself. An AWS Batch
//! job before the task (Bt-job) is in [`job`].

pub mod job;
pub mod settings;
mod size;

pub use size::{Size, SizeError, UNITS_PER_VCPU};

use crate::kernel::{Purpose, Span, Time};
use crate::words::{Architecture, LineItem, Usage};
use settings::{AccountSettings, FargateSettings};

/// A task is billed for this long at least (F-bill).
const BILLED_AT_LEAST: Span = Span::from_secs(60);

/// The virtual processors that the tasks of an account share.
#[derive(Debug, Clone)]
pub struct Account {
    /// In CPU units.
    free: u64,
}

impl Account {
    /// An account without tasks.
    #[must_use]
    pub const fn new(settings: AccountSettings) -> Self {
        Self { free: settings.vcpus as u64 * UNITS_PER_VCPU as u64 }
    }
}

/// Why a RunTask call started nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The account's virtual processors are in use.
    Quota,
    /// Fargate has no capacity at the time.
    NoCapacity,
}

/// A task that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// From the RunTask call to the start of the image pull: placement and network interface, not billed.
    pub placement: Span,
    /// From the start of the image pull to the handler's first instruction: billed.
    pub pull: Span,
}

impl Task {
    /// From the RunTask call to the handler's first instruction.
    #[must_use]
    pub fn start_up(&self) -> Span {
        self.placement + self.pull
    }
}

/// The tasks of one function.
#[derive(Debug, Clone)]
pub struct Tasks {
    settings: FargateSettings,
    /// Luck and start-up of each RunTask call, by its ordinal.
    calls: Purpose,
    called: u64,
    live: u64,
    most: u64,
    /// How many times as long tasks take to start at present.
    start_pace: f64,
    usage: Usage,
}

impl Tasks {
    /// A function without tasks.
    #[must_use]
    pub fn new(settings: FargateSettings, calls: Purpose) -> Self {
        Self { settings, calls, called: 0, live: 0, most: 0, start_pace: 1.0, usage: Usage::default() }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &FargateSettings {
        &self.settings
    }

    /// Most tasks at once.
    #[must_use]
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// What it has been billed so far.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Tasks take so many times as long to start from now on.
    pub const fn set_start_pace(&mut self, pace: f64) {
        self.start_pace = pace;
    }

    /// Starts a task, or says why not.
    ///
    /// # Errors
    /// What stands against it: the quota first, since a call that exceeds it asks for no capacity.
    pub fn run_task(&mut self, account: &mut Account) -> Result<Task, Refused> {
        let FargateSettings { size, start_up, pull_share, further_pull, start_failure, .. } = &self.settings;
        let mut draw = self.calls.draw(self.called, 0);
        self.called += 1;
        let Some(free) = account.free.checked_sub(u64::from(size.cpu_units())) else { return Err(Refused::Quota) };
        if draw.chance(*start_failure) {
            return Err(Refused::NoCapacity);
        }
        account.free = free;
        self.live += 1;
        self.most = self.most.max(self.live);
        let start_up = start_up.span(&mut draw);
        let start_up = if self.start_pace == 1.0 { start_up } else { start_up.scaled(self.start_pace) };
        let pull = start_up.scaled(*pull_share).min(start_up);
        Ok(Task { placement: start_up.saturating_sub(pull), pull: pull + *further_pull })
    }

    /// Ends a task that was started at `called`: its processors are free, and its time is billed.
    pub fn stop(&mut self, account: &mut Account, task: &Task, called: Time, now: Time) {
        account.free += u64::from(self.settings.size.cpu_units());
        self.live -= 1;
        self.bill(now.since(called + task.placement));
    }

    /// Bills a task that is still alive at the end of the run, as far as it came: nothing before its image pull.
    pub fn charge_unfinished(&mut self, task: &Task, called: Time, now: Time) {
        let pull_begins = called + task.placement;
        if now > pull_begins {
            self.bill(now.since(pull_begins));
        }
    }

    /// Bills so long a time, in whole seconds and for a minute at least.
    fn bill(&mut self, time: Span) {
        let billed = time.max(BILLED_AT_LEAST);
        let seconds = u128::from(billed.as_millis_ceil().div_ceil(1_000));
        let (cpu, memory) = match self.settings.architecture {
            Architecture::X86 => (LineItem::FargateX86CpuUnitS, LineItem::FargateX86MbS),
            Architecture::Arm => (LineItem::FargateArmCpuUnitS, LineItem::FargateArmMbS),
        };
        self.usage.add(cpu, seconds * u128::from(self.settings.size.cpu_units()));
        self.usage.add(memory, seconds * u128::from(self.settings.size.memory_mb()));
    }

    /// Billed memory so far, in megabytes × milliseconds.
    #[must_use]
    pub const fn billed_mb_ms(&self) -> u128 {
        1_000 * (self.usage.count(LineItem::FargateX86MbS) + self.usage.count(LineItem::FargateArmMbS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Distribution, Root};

    fn tasks(vcpu: f64, memory_mb: u64, start_failure: f64) -> Tasks {
        let settings = FargateSettings {
            size: Size::new(vcpu, memory_mb).expect("a size of AWS's"),
            architecture: Architecture::X86,
            start_up: Distribution::constant(40.0).expect("a length of time"),
            pull_share: 0.25,
            further_pull: Span::from_secs(6),
            duplicate_probability: 0.0,
            start_failure,
            job: None,
        };
        Tasks::new(settings, Root::new(7, 0).purpose("post", "RunTask"))
    }

    /// 6 vCPU hold one task of 4 and one of 2, of two functions; the next of either waits for the end of one.
    #[test]
    fn the_tasks_of_an_account_share_its_processors() {
        let mut account = Account::new(AccountSettings { vcpus: 6 });
        let (mut large, mut small) = (tasks(4.0, 8_192, 0.0), tasks(2.0, 4_096, 0.0));
        let first = large.run_task(&mut account).expect("4 of 6 are free");
        let second = small.run_task(&mut account).expect("2 of 2 are free");
        assert_eq!(small.run_task(&mut account), Err(Refused::Quota));
        small.stop(&mut account, &second, Time::ZERO, Time::ZERO + second.start_up());
        assert_eq!(large.run_task(&mut account), Err(Refused::Quota));
        large.stop(&mut account, &first, Time::ZERO, Time::ZERO + first.start_up());
        assert!(large.run_task(&mut account).is_ok() && small.run_task(&mut account).is_ok());
        assert_eq!((large.most(), small.most()), (1, 1));
    }

    /// Of 40 s, the last quarter is the pull; 6 s more of a larger image.
    #[test]
    fn the_last_part_of_the_start_up_is_the_pull() {
        let mut account = Account::new(AccountSettings { vcpus: 6 });
        let task = tasks(1.0, 2_048, 0.0).run_task(&mut account);
        let (placement, pull) = (Span::from_secs(30), Span::from_secs(16));
        assert_eq!(task, Ok(Task { placement, pull }));
    }

    #[test]
    fn a_call_without_capacity_takes_no_processors() {
        let mut account = Account::new(AccountSettings { vcpus: 1 });
        assert_eq!(tasks(1.0, 2_048, 1.0).run_task(&mut account), Err(Refused::NoCapacity));
        assert!(tasks(1.0, 2_048, 0.0).run_task(&mut account).is_ok());
    }
}
