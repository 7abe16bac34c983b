//! One function: who may start, on what environment, and what it costs.
//!
//! Admission follows the documented limits in this order (lambda.md §2.1): a provisioned environment; the reserved
//! concurrency; the account's unreserved concurrency; the requests-per-second limit (synchronous invokes only); a warm
//! environment; the scaling rate for a new one.

use super::account::{Account, REQUESTS_PER_UNIT, request_bucket};
use super::bucket::TokenBucket;
use super::environments::{Environment, Environments};
use super::settings::{AccountSettings, Architecture, LambdaSettings};
use crate::kernel::{Purpose, Span, Time};
use crate::words::{LineItem, Usage};

/// Init longer than this is given up and repeated inside the first run (L-env, on-demand environments).
pub const INIT_LIMIT: Span = Span::from_secs(10);

/// How the caller invokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The caller waits; the requests-per-second limit applies.
    Synchronous,
    /// From the function's internal queue: bounded by concurrency only (L-conc).
    Asynchronous,
}

/// Why a try was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// `ReservedFunctionConcurrentInvocationLimitExceeded`.
    ReservedConcurrency,
    /// `ConcurrentInvocationLimitExceeded`.
    AccountConcurrency,
    /// 10 × concurrency requests a second.
    RequestRate,
    /// 1,000 new environments each 10 s.
    ScalingRate,
}

/// Where a run takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One of the provisioned environments, which are all alike.
    Provisioned,
    /// An on-demand environment.
    OnDemand(Environment),
}

/// A try that was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Where.
    pub place: Place,
    /// From the try to the handler's first instruction (or to the repeated Init).
    pub delays: StartUp,
}

/// What passes before a handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StartUp {
    /// Dispatch to the environment.
    pub dispatch: Span,
    /// Placement, fetch and sandbox start of a new environment: in no log, not billed.
    pub unlogged: Span,
    /// Init of a new environment: billed, outside the timeout.
    pub init: Span,
    /// Init repeated inside the run, after a reset or an Init over its limit: billed, inside the timeout.
    pub repeated_init: Span,
    /// Whether a new environment was made.
    pub cold: bool,
}

impl StartUp {
    /// From the try to the start of the run, which is where the timeout counts from.
    #[must_use]
    pub fn before_run(&self) -> Span {
        self.dispatch + self.unlogged + self.init
    }

    /// What of it the field calls a cold start, the repeated Init included.
    #[must_use]
    pub fn cold_start(&self) -> Span {
        self.unlogged + self.init + self.repeated_init
    }
}

/// How a run left its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Usable: the handler returned, even if with an error.
    Intact,
    /// Reset: crash or timeout.
    Reset,
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    settings: LambdaSettings,
    environments: Environments,
    start_up: Purpose,
    dispatch: Purpose,
    scaling: TokenBucket,
    requests: Option<TokenBucket>,
    provisioned_requests: TokenBucket,
    provisioned_in_use: u32,
    on_demand_in_use: u32,
    admitted: u64,
    usage: Usage,
}

/// The purposes a function draws for.
#[derive(Debug, Clone, Copy)]
pub struct FunctionDraws {
    /// Life of each environment, by its ordinal.
    pub life: Purpose,
    /// Start-up of each environment, by its ordinal.
    pub start_up: Purpose,
    /// Dispatch of each admitted run, by its ordinal.
    pub dispatch: Purpose,
}

impl Function {
    /// A function at the start of a run, its provisioned environments ready.
    #[must_use]
    pub fn new(settings: LambdaSettings, account: &AccountSettings, draws: FunctionDraws) -> Self {
        Self {
            environments: Environments::new(settings.environments.clone(), draws.life),
            start_up: draws.start_up,
            dispatch: draws.dispatch,
            scaling: TokenBucket::new(u64::from(account.scaling_burst), account.scaling_period),
            requests: settings.reserved.map(request_bucket),
            provisioned_requests: TokenBucket::new(
                u64::from(settings.provisioned) * REQUESTS_PER_UNIT,
                Span::from_secs(1),
            ),
            provisioned_in_use: 0,
            on_demand_in_use: 0,
            admitted: 0,
            usage: Usage::default(),
            settings,
        }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &LambdaSettings {
        &self.settings
    }

    /// Most environments at once, provisioned ones included.
    #[must_use]
    pub fn environments_max(&self) -> u64 {
        self.environments.most() as u64 + u64::from(self.settings.provisioned)
    }

    /// What it has been billed so far.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Admits a try, or says why not.
    ///
    /// # Errors
    /// The first limit, in the documented order, that stands against it.
    pub fn admit(&mut self, account: &mut Account, now: Time, mode: Mode) -> Result<Start, Throttle> {
        if self.provisioned_in_use < self.settings.provisioned && self.provisioned_requests.take(now) {
            self.provisioned_in_use += 1;
            return Ok(Start { place: Place::Provisioned, delays: self.warm(false) });
        }
        self.within_concurrency(account)?;
        if mode == Mode::Synchronous && !self.requests.as_mut().unwrap_or(&mut account.requests).take(now) {
            return Err(Throttle::RequestRate);
        }
        let (environment, delays) = match self.environments.reuse(now) {
            Some(environment) => (environment, self.warm(environment.reset)),
            None if self.scaling.take(now) => {
                let environment = self.environments.create(now);
                (environment, self.cold(environment.ordinal))
            }
            None => return Err(Throttle::ScalingRate),
        };
        self.on_demand_in_use += 1;
        if self.settings.reserved.is_none() {
            account.in_use += 1;
        }
        Ok(Start { place: Place::OnDemand(environment), delays })
    }

    /// Ends a run: its environment is free (or reset), and `duration` (the run itself, repeated Init included) and
    /// `init` are billed: ceil(Duration + Init Duration) in milliseconds (B-init, since 1 August 2025).
    pub fn finish(&mut self, account: &mut Account, now: Time, start: &Start, duration: Span, left: Left) {
        self.charge(start, duration);
        match start.place {
            Place::Provisioned => self.provisioned_in_use -= 1,
            Place::OnDemand(mut environment) => {
                environment.reset = left == Left::Reset;
                self.environments.give_back(now, environment);
                self.on_demand_in_use -= 1;
                if self.settings.reserved.is_none() {
                    account.in_use -= 1;
                }
            }
        }
    }

    /// Charges the provisioned concurrency kept ready from the start of the run to `end`.
    pub fn charge_provisioned(&mut self, end: Time) {
        let row = match self.settings.architecture {
            Architecture::X86 => LineItem::ProvisionedReadyX86MbMs,
            Architecture::Arm => LineItem::ProvisionedReadyArmMbMs,
        };
        let ready_ms = u128::from(end.since(Time::ZERO).as_millis_ceil());
        let environments = u128::from(self.settings.provisioned);
        self.usage.add(row, ready_ms * environments * u128::from(self.settings.memory_mb));
    }

    /// Whether there is room on demand. What is provisioned is set aside for provisioned environments, whether in use or
    /// not (L-pc): with all that is reserved provisioned, nothing runs on demand.
    fn within_concurrency(&self, account: &Account) -> Result<(), Throttle> {
        match self.settings.reserved {
            Some(reserved) if self.on_demand_in_use + self.settings.provisioned >= reserved => {
                Err(Throttle::ReservedConcurrency)
            }
            None if account.in_use >= account.unreserved => Err(Throttle::AccountConcurrency),
            _ => Ok(()),
        }
    }

    fn warm(&mut self, reset: bool) -> StartUp {
        let mut draw = self.dispatch.draw(self.admitted, 0);
        self.admitted += 1;
        let dispatch = self.settings.environments.warm_dispatch.span(&mut draw);
        let repeated_init = if reset { self.settings.environments.init.span(&mut draw) } else { Span::ZERO };
        StartUp { dispatch, repeated_init, ..StartUp::default() }
    }

    fn cold(&mut self, ordinal: u64) -> StartUp {
        let dispatch = self.warm(false).dispatch;
        let mut draw = self.start_up.draw(ordinal, 0);
        let environments = &self.settings.environments;
        let (unlogged, init) = (environments.unlogged.span(&mut draw), environments.init.span(&mut draw));
        let repeated_init = if init > INIT_LIMIT { environments.init.span(&mut draw) } else { Span::ZERO };
        StartUp { dispatch, unlogged, init: init.min(INIT_LIMIT), repeated_init, cold: true }
    }

    fn charge(&mut self, start: &Start, duration: Span) {
        // A failed Init that is repeated is billed as part of that run only (B-init).
        let failed_init = start.delays.cold && start.delays.repeated_init > Span::ZERO;
        let init = if failed_init { Span::ZERO } else { start.delays.init };
        let billed_ms = u128::from((duration + init).as_millis_ceil());
        let row = match (start.place, self.settings.architecture) {
            (Place::OnDemand(_), Architecture::X86) => LineItem::LambdaX86MbMs,
            (Place::OnDemand(_), Architecture::Arm) => LineItem::LambdaArmMbMs,
            (Place::Provisioned, Architecture::X86) => LineItem::ProvisionedX86MbMs,
            (Place::Provisioned, Architecture::Arm) => LineItem::ProvisionedArmMbMs,
        };
        self.usage.add(LineItem::LambdaRequests, 1);
        self.usage.add(row, billed_ms * u128::from(self.settings.memory_mb));
    }
}
