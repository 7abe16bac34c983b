//! What can be set on a function and on the account it runs in, validated. Defaults are AWS's where AWS documents one.

use super::thread_speed;
use crate::kernel::{Distribution, Draw, Span};
use crate::services::fargate::settings::FargateSettings;
use crate::words::Architecture;

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSettings {
    /// Its name; its randomness is keyed by it.
    pub name: String,
    /// What runs it.
    pub platform: Platform,
    /// Time one item takes on a processor of `measured_speed`, unless the item brings its own.
    pub service_time: Distribution,
    /// The share of the service time that is CPU work of one thread and so shrinks with the processor, in [0, 1].
    pub cpu_share: f64,
    /// Speed of one thread where `service_time` was measured: 1 is a whole virtual processor.
    pub measured_speed: f64,
    /// What goes wrong.
    pub failures: FailureSettings,
}

impl FunctionSettings {
    /// How long a service time takes here if it took 1 where it was measured.
    #[must_use]
    pub fn time_factor(&self) -> f64 {
        let speed = match &self.platform {
            Platform::Lambda(lambda) => thread_speed(lambda.memory_mb),
            Platform::Fargate(fargate) => fargate.size.thread_speed(),
            Platform::Ideal { .. } => self.measured_speed,
        };
        (1.0 - self.cpu_share) + self.cpu_share * self.measured_speed / speed
    }
}

/// What runs a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Platform {
    /// AWS Lambda by its documented rules.
    Lambda(Box<LambdaSettings>),
    /// A task on AWS Fargate, which a schedule starts.
    Fargate(Box<FargateSettings>),
    /// Textbook servers: a concurrency and nothing else. No start-up, rate or scaling limit, timeout or retry.
    Ideal {
        /// Servers; none means as many as it takes.
        servers: Option<u32>,
    },
}

/// Lambda's settings of one function.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaSettings {
    /// MB, 128 to 10,240.
    pub memory_mb: u64,
    /// 1 s to 900 s.
    pub timeout: Span,
    /// Processor, for the price.
    pub architecture: Architecture,
    /// Cold start and life of environments.
    pub environments: EnvironmentSettings,
    /// Guaranteed and largest concurrency; none shares the account's unreserved part.
    pub reserved: Option<u32>,
    /// Environments kept ready.
    pub provisioned: u32,
    /// The queue in front of asynchronous invocations.
    pub asynchronous: AsyncSettings,
    /// Age of an item from which on the function passes it over; none: it never does.
    pub shed_older_than: Option<Span>,
}

/// Life cycle of execution environments.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentSettings {
    /// Init Duration: extensions, runtime and static code. Billed since August 2025.
    pub init: Distribution,
    /// What the function's own initialiser does besides, one after the other: a part of Init like static code.
    pub initialise: Vec<Distribution>,
    /// Placement, code fetch and sandbox start before Init: felt by the caller, in no log, not billed.
    pub unlogged: Distribution,
    /// Dispatch to an environment that is ready.
    pub warm_dispatch: Distribution,
    /// When idle environments are taken away.
    pub idle: IdlePolicy,
    /// Longest life, whatever the traffic: this plus a uniform part of `max_life_spread`.
    pub max_life: Span,
    /// Spread of `max_life` over environments.
    pub max_life_spread: Span,
    /// Chance that an environment that reached its longest life was replaced ahead of need, so nobody waits.
    pub hidden_replacement: f64,
}

impl EnvironmentSettings {
    /// How long one Init takes.
    #[must_use]
    pub fn init(&self, draw: &mut Draw) -> Span {
        self.initialise.iter().fold(self.init.span(draw), |init, part| init + part.span(draw))
    }
}

/// When idle environments are taken away. AWS says only "some time"; all three policies follow measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdlePolicy {
    /// Each is taken this long after its last use (M-pacs, 2020).
    FixedTtl(Span),
    /// All are taken once the function has had no run for this long (M-pacs, 2020, as its spare environments show).
    FunctionTtl(Span),
    /// Every period, half of the environments idle for the whole of it are taken (M-sebs, 2020: 380 s).
    HalfEvery(Span),
}

/// Asynchronous invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct AsyncSettings {
    /// From the accepted invoke call to the first try.
    pub hop: Distribution,
    /// Retries after function errors, 0 to 2; the waits are 1 and 2 minutes.
    pub max_retries: u8,
    /// Oldest an event may grow in the queue, 60 s to 6 h.
    pub max_event_age: Span,
    /// Added to the 1 and 2 minute waits.
    pub retry_jitter: Distribution,
    /// Chance that the queue delivers an event twice.
    pub duplicate_probability: f64,
    /// What becomes of an event that is given up.
    pub on_failure: OnFailure,
}

/// What becomes of an asynchronous event that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Dropped: lost.
    Drop,
    /// Kept in a dead-letter queue.
    DeadLetterQueue,
    /// Sent to an on-failure destination.
    Destination,
}

/// What goes wrong in a function, per item and attempt unless said otherwise. All are chances in [0, 1].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FailureSettings {
    /// The handler returns an error.
    pub error: f64,
    /// The process dies: the environment is reset and its next run repeats Init inside the timeout.
    pub crash: f64,
    /// Of the failing attempts (errors and crashes), the share that had already applied the effect.
    pub after_effect: f64,
    /// Items that fail at every attempt, before their effect.
    pub poison: f64,
    /// Where in the service time a failing attempt ends, as a share of it in [0, 1].
    pub fails_at: f64,
}

/// The account that all functions of a strategy share.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountSettings {
    /// Concurrent executions in the Region; default 1,000.
    pub concurrency: u32,
    /// New environments a function may add: this many each `scaling_period`, refilled continuously.
    pub scaling_burst: u32,
    /// Default 10 s.
    pub scaling_period: Span,
}
