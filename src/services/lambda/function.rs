//! One function: who may start, on what environment, and what it costs.
//!
//! Admission follows the documented limits in this order (lambda.md §2.1): a provisioned environment; the reserved
//! concurrency; the account's unreserved concurrency; the requests-per-second limit (synchronous invokes only); a warm
//! environment; the scaling rate for a new one.

use super::TokenBucket;
use super::account::{Account, REQUESTS_PER_UNIT, request_bucket};
use super::environments::{Environment, Environments};
use super::settings::{AccountSettings, LambdaSettings};
use crate::kernel::{Purpose, Span, Time};
use crate::words::{Architecture, LineItem, Usage};

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
    /// The provisioned environment of this number, from 0.
    Provisioned(u32),
    /// An on-demand environment.
    OnDemand(Environment),
}

impl Place {
    /// The number of its process: an environment's ordinal, or a provisioned one's number from the other end.
    #[must_use]
    pub const fn process(&self) -> u64 {
        match self {
            Self::OnDemand(environment) => environment.ordinal,
            Self::Provisioned(number) => u64::MAX - *number as u64,
        }
    }
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
    /// Gone, with the zone it was in.
    Lost,
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
    /// Provisioned environments not in use, the most recently used last: the number of each, and whether it owes an Init
    /// after a reset.
    provisioned: Vec<(u32, bool)>,
    on_demand_in_use: u32,
    admitted: u64,
    /// How many times as long cold starts take at present.
    start_pace: f64,
    /// Provisioned environments in use whose code was replaced: they owe an Init after their run.
    provisioned_replaced: usize,
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
            provisioned: (0..settings.provisioned).rev().map(|number| (number, false)).collect(),
            on_demand_in_use: 0,
            admitted: 0,
            start_pace: 1.0,
            provisioned_replaced: 0,
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

    /// From here on the ends of its idle environments are kept until they are noted.
    pub const fn watch_ends(&mut self) {
        self.environments.watch();
    }

    /// When its next idle environment ends, of those whose end was not noted.
    #[must_use]
    pub fn next_end(&self) -> Option<Time> {
        self.environments.next_end()
    }

    /// When the environment that was given back last ends, if nobody asks for it before.
    #[must_use]
    pub fn last_end(&self) -> Option<Time> {
        self.environments.last_end()
    }

    /// Notes an environment that a request met after its end; returns its ordinal.
    pub fn note_met(&mut self) -> Option<u64> {
        self.environments.note_met()
    }

    /// Notes an environment that has ended by now, each once; returns its ordinal.
    pub fn note_ended(&mut self, now: Time) -> Option<u64> {
        self.environments.note_ended(now)
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
        if let Some(&(number, reset)) = self.provisioned.last()
            && self.provisioned_requests.take(now)
        {
            self.provisioned.pop();
            return Ok(Start { place: Place::Provisioned(number), delays: self.warm(reset) });
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
            Place::Provisioned(number) => {
                let replaced = self.provisioned_replaced > 0;
                self.provisioned_replaced -= usize::from(replaced);
                self.provisioned.push((number, left != Left::Intact || replaced));
            }
            Place::OnDemand(mut environment) => {
                environment.reset = left == Left::Reset;
                match left {
                    Left::Lost => self.environments.end(now),
                    Left::Intact | Left::Reset => self.environments.give_back(now, environment),
                }
                self.on_demand_in_use -= 1;
                if self.settings.reserved.is_none() {
                    account.in_use -= 1;
                }
            }
        }
    }

    /// Cold starts take so many times as long from now on.
    pub const fn set_start_pace(&mut self, pace: f64) {
        self.start_pace = pace;
    }

    /// Idle environments of these ordinals are gone. Provisioned ones of these numbers start anew in place: the next run
    /// in one repeats Init.
    pub fn lose_idle(&mut self, is_lost: impl Fn(u64) -> bool, is_lost_provisioned: impl Fn(u32) -> bool) {
        self.environments.lose_idle(is_lost);
        for (number, owes_init) in &mut self.provisioned {
            if is_lost_provisioned(*number) {
                *owes_init = true;
                self.environments.note_gone(Place::Provisioned(*number).process());
            }
        }
    }

    /// New code: every environment is replaced, a busy one after its run. Provisioned ones owe an Init.
    pub fn replace_code(&mut self) {
        self.environments.replace();
        self.provisioned_replaced = self.settings.provisioned as usize - self.provisioned.len();
        for (number, owes_init) in &mut self.provisioned {
            *owes_init = true;
            self.environments.note_gone(Place::Provisioned(*number).process());
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
        let repeated_init = if reset { self.settings.environments.init(&mut draw) } else { Span::ZERO };
        StartUp { dispatch, repeated_init, ..StartUp::default() }
    }

    fn cold(&mut self, ordinal: u64) -> StartUp {
        let dispatch = self.warm(false).dispatch;
        let mut draw = self.start_up.draw(ordinal, 0);
        let environments = &self.settings.environments;
        let pace = self.start_pace;
        let paced = |span: Span| if pace == 1.0 { span } else { span.scaled(pace) };
        let (unlogged, init) = (paced(environments.unlogged.span(&mut draw)), paced(environments.init(&mut draw)));
        let repeated_init = if init > INIT_LIMIT { paced(environments.init(&mut draw)) } else { Span::ZERO };
        StartUp { dispatch, unlogged, init: init.min(INIT_LIMIT), repeated_init, cold: true }
    }

    fn charge(&mut self, start: &Start, duration: Span) {
        let billed = self.billed_mb_ms(start, duration);
        self.usage.add(LineItem::LambdaRequests, 1);
        self.usage.add(self.run_time_of(start), billed);
    }

    /// What a run of that duration is billed, in MB-ms.
    #[must_use]
    pub fn billed_mb_ms(&self, start: &Start, duration: Span) -> u128 {
        // A failed Init that is repeated is billed as part of that run only (B-init).
        let failed_init = start.delays.cold && start.delays.repeated_init > Span::ZERO;
        let init = if failed_init { Span::ZERO } else { start.delays.init };
        let billed_ms = u128::from((duration + init).as_millis_ceil().max(1));
        billed_ms * u128::from(self.settings.memory_mb)
    }

    /// The line of the bill that has the time of a run.
    #[must_use]
    pub const fn run_time_of(&self, start: &Start) -> LineItem {
        match (start.place, self.settings.architecture) {
            (Place::OnDemand(_), Architecture::X86) => LineItem::LambdaX86MbMs,
            (Place::OnDemand(_), Architecture::Arm) => LineItem::LambdaArmMbMs,
            (Place::Provisioned(_), Architecture::X86) => LineItem::ProvisionedX86MbMs,
            (Place::Provisioned(_), Architecture::Arm) => LineItem::ProvisionedArmMbMs,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::settings::{AsyncSettings, EnvironmentSettings, IdlePolicy, OnFailure};
    use super::*;
    use crate::kernel::{Distribution, Root};

    fn constant(secs: f64) -> Distribution {
        Distribution::constant(secs).expect("a length of time")
    }

    /// No delay at all, 128 MB, 3 s, nothing reserved or provisioned.
    pub(in super::super) fn settings() -> LambdaSettings {
        LambdaSettings {
            memory_mb: 128,
            timeout: Span::from_secs(3),
            architecture: Architecture::X86,
            environments: EnvironmentSettings {
                init: constant(0.0),
                initialise: Vec::new(),
                unlogged: constant(0.0),
                warm_dispatch: constant(0.0),
                idle: IdlePolicy::FixedTtl(Span::from_secs(600)),
                max_life: Span::from_secs(7_200),
                max_life_spread: Span::ZERO,
                hidden_replacement: 0.0,
            },
            reserved: None,
            provisioned: 0,
            asynchronous: AsyncSettings {
                hop: constant(0.0),
                max_retries: 2,
                max_event_age: Span::from_secs(21_600),
                retry_jitter: constant(0.0),
                duplicate_probability: 0.0,
                on_failure: OnFailure::Drop,
            },
            shed_older_than: None,
        }
    }

    /// A function in an account of 10, which may add 1,000 environments each 10 s.
    fn function(settings: LambdaSettings) -> (Function, Account) {
        with_burst(settings, 1_000)
    }

    fn with_burst(settings: LambdaSettings, scaling_burst: u32) -> (Function, Account) {
        let limits = AccountSettings { concurrency: 10, scaling_burst, scaling_period: Span::from_secs(10) };
        let account = Account::new(&limits, std::iter::once(&settings));
        let root = Root::new(1, 0);
        let [life, start_up, dispatch] = ["life", "start-up", "dispatch"].map(|purpose| root.purpose("post", purpose));
        (Function::new(settings, &limits, FunctionDraws { life, start_up, dispatch }), account)
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    /// Admits and ends a run of a millisecond at each of `requests` instants 2 ms apart; how many were admitted, and why
    /// the first of the others was not.
    fn admitted(function: &mut Function, account: &mut Account, mode: Mode, requests: u64) -> (u64, Option<Throttle>) {
        let (mut admitted, mut refused) = (0, None);
        for request in 0..requests {
            match function.admit(account, at(2 * request), mode) {
                Ok(start) => {
                    admitted += 1;
                    function.finish(account, at(2 * request + 1), &start, Span::from_millis(1), Left::Intact);
                }
                Err(throttle) => refused = refused.or(Some(throttle)),
            }
        }
        (admitted, refused)
    }

    /// 500 requests in 998 ms on an account of 10: 100 at the start and 0.998 s × 100 after, though one environment would
    /// do. Asynchronous ones are bounded by concurrency only.
    /// Rule [doc] L-lim: 10 requests/s for each unit of concurrency, for synchronous invokes.
    #[test]
    fn synchronous_requests_are_held_to_ten_a_second_for_each_unit() {
        let (mut function, mut account) = function(settings());
        let found = admitted(&mut function, &mut account, Mode::Synchronous, 500);
        assert_eq!(found, (199, Some(Throttle::RequestRate)));
        let (mut function, mut account) = self::function(settings());
        assert_eq!(admitted(&mut function, &mut account, Mode::Asynchronous, 500), (500, None));
    }

    /// The same with 2 reserved: 20 at the start and 0.998 s × 20 after.
    /// Rule [doc] L-lim: 10 requests/s for each unit of concurrency, for synchronous invokes.
    #[test]
    fn a_reservation_has_its_own_request_rate() {
        let (mut function, mut account) = function(LambdaSettings { reserved: Some(2), ..settings() });
        let found = admitted(&mut function, &mut account, Mode::Synchronous, 500);
        assert_eq!(found, (39, Some(Throttle::RequestRate)));
    }

    /// Rule [inferred] from L-conc, L-scale: Order of admission: provisioned, reserved, account, requests/s, warm, scaling rate.
    #[test]
    fn the_first_limit_that_stands_against_a_try_is_named() {
        let refused = |settings, burst| {
            let (mut function, mut account) = with_burst(settings, burst);
            (0..20).find_map(|_| function.admit(&mut account, at(0), Mode::Asynchronous).err())
        };
        assert_eq!(refused(settings(), 1_000), Some(Throttle::AccountConcurrency));
        assert_eq!(refused(settings(), 4), Some(Throttle::ScalingRate));
        let reserved = LambdaSettings { reserved: Some(3), ..settings() };
        assert_eq!(refused(reserved, 1_000), Some(Throttle::ReservedConcurrency));
    }

    /// Rule [inferred] from L-conc, L-scale: Order of admission: provisioned, reserved, account, requests/s, warm, scaling rate.
    #[test]
    fn provisioned_environments_come_first_and_are_never_cold() {
        let (mut function, mut account) = function(LambdaSettings {
            provisioned: 1,
            environments: EnvironmentSettings { init: constant(2.0), ..settings().environments },
            ..settings()
        });
        let first = function.admit(&mut account, at(0), Mode::Asynchronous).expect("it is ready");
        assert_eq!((first.place, first.delays.cold), (Place::Provisioned(0), false));
        let second = function.admit(&mut account, at(0), Mode::Asynchronous).expect("the account has room");
        assert!(second.delays.cold && second.delays.before_run() == Span::from_secs(2));
        assert_eq!(function.environments_max(), 2);
    }

    /// Init 4 s: the run after a crash repeats it, in the same environment; the run after that one is warm again.
    #[test]
    fn a_provisioned_environment_is_reset_in_place_like_any_other() {
        let (mut function, mut account) = function(LambdaSettings {
            provisioned: 1,
            environments: EnvironmentSettings { init: constant(4.0), ..settings().environments },
            ..settings()
        });
        let mut repeated = Vec::new();
        for (run, left) in [Left::Reset, Left::Intact, Left::Intact].into_iter().enumerate() {
            let now = at(10_000 * run as u64);
            let start = function.admit(&mut account, now, Mode::Asynchronous).expect("it is ready");
            assert_eq!((start.place, start.delays.cold), (Place::Provisioned(0), false));
            repeated.push(start.delays.repeated_init);
            function.finish(&mut account, now, &start, Span::from_millis(1), left);
        }
        assert_eq!(repeated, [Span::ZERO, Span::from_secs(4), Span::ZERO]);
    }

    #[test]
    fn arm_and_x86_are_rows_of_their_own() {
        let arm = LambdaSettings { architecture: Architecture::Arm, provisioned: 1, ..settings() };
        let (mut function, mut account) = function(arm);
        let starts = [0, 0].map(|_| function.admit(&mut account, at(0), Mode::Asynchronous).expect("there is room"));
        for start in &starts {
            function.finish(&mut account, at(2), start, Span::from_micros(1_500), Left::Intact);
        }
        function.charge_provisioned(at(10));
        let counts = [LineItem::ProvisionedArmMbMs, LineItem::LambdaArmMbMs, LineItem::ProvisionedReadyArmMbMs];
        assert_eq!(counts.map(|row| function.usage().count(row)), [2 * 128, 2 * 128, 10 * 128]);
        let x86 = [LineItem::ProvisionedX86MbMs, LineItem::LambdaX86MbMs, LineItem::ProvisionedReadyX86MbMs];
        assert_eq!(x86.map(|row| function.usage().count(row)), [0, 0, 0]);
    }
}
