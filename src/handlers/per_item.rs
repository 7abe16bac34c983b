//! The plain handler: one computation and one effect for an item.

use crate::kernel::{Distribution, Purpose, Root, Span};
use crate::services::lambda::settings::FailureSettings;

/// How a handler takes an item, before any timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How long it works on it.
    pub processing: Span,
    /// How that ends.
    pub ends: Ends,
    /// Whether the effect is applied at the end of it.
    pub effect: bool,
}

impl Plan {
    /// Nothing to do: of a run whose items have plans of their own.
    pub const NOTHING: Self = Self { processing: Span::ZERO, ends: Ends::Returned, effect: false };
}

/// How processing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// The handler returns.
    Returned,
    /// The handler returns an error.
    Errored,
    /// The process dies.
    Crashed,
}

/// The draws of one stream's items at one function.
#[derive(Debug, Clone, Copy)]
struct ItemDraws {
    service: Purpose,
    poison: Purpose,
    failure: Purpose,
    fault: Purpose,
}

/// How a fault makes an attempt fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByFault {
    /// The item is poison.
    Poison,
    /// The attempt is one of those that fail.
    Luck,
}

/// What faults make of a handler's work for a time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Struck {
    /// The share of attempts that fail, besides those that fail anyway.
    pub fails: f64,
    /// Of those, the share that had applied the effect.
    pub after_effect: f64,
}

/// Items of a stream that fail at every attempt, for they arrived at a bad time.
#[derive(Debug, Clone, Copy)]
struct Poisoned {
    stream: usize,
    /// From this number …
    from: u64,
    /// … up to, but not including, this one.
    until: u64,
    share: f64,
    luck: Purpose,
}

/// What a function does with one item.
#[derive(Debug, Clone)]
pub struct PerItem {
    service_time: Distribution,
    /// What memory makes of the service time.
    factor: f64,
    /// The same while a fault makes it slow.
    factor_now: f64,
    failures: FailureSettings,
    fails: bool,
    struck: Struck,
    poisoned: Vec<Poisoned>,
    draws: Vec<ItemDraws>,
}

impl PerItem {
    /// A handler whose randomness is keyed by stream and function, so that an item's service time is the same in every
    /// design and on every retry.
    #[must_use]
    pub fn new(
        service_time: Distribution,
        factor: f64,
        failures: FailureSettings,
        function: &str,
        streams: &[String],
        root: &Root,
    ) -> Self {
        let draws = streams
            .iter()
            .map(|stream| {
                let owner = format!("{stream}/{function}");
                ItemDraws {
                    service: root.purpose(&owner, "service"),
                    poison: root.purpose(&owner, "poison"),
                    failure: root.purpose(&owner, "failure"),
                    fault: root.purpose(&owner, "fault"),
                }
            })
            .collect();
        let mut handler = Self {
            service_time,
            factor,
            factor_now: factor,
            failures,
            fails: false,
            struck: Struck::default(),
            poisoned: Vec::new(),
            draws,
        };
        handler.fails = handler.may_fail();
        handler
    }

    /// What happens to the `number`-th item of a stream at its `attempt`-th run here (from 0). `own` is the service
    /// time the item itself brings, if any.
    #[inline]
    #[must_use]
    pub fn plan(&self, stream: usize, number: u64, attempt: u32, own: Option<Span>) -> Plan {
        self.plan_of(stream, number, attempt, self.service(stream, number, own))
    }

    /// The same of one of several pieces of work that the function does for the item, each of which takes a time of its own:
    /// tasks of a workflow. The piece 0 takes what [`plan`](Self::plan) says.
    #[must_use]
    pub fn plan_piece(&self, stream: usize, number: u64, piece: u32, attempt: u32, own: Option<Span>) -> Plan {
        self.plan_of(stream, number, attempt, self.service_of(stream, number, piece, own))
    }

    #[inline]
    fn plan_of(&self, stream: usize, number: u64, attempt: u32, service: Span) -> Plan {
        if self.fails {
            self.plan_failure(stream, number, attempt, service)
        } else {
            Plan { processing: service, ends: Ends::Returned, effect: true }
        }
    }

    /// How long work that does not fail takes on this item.
    #[inline]
    #[must_use]
    pub fn service(&self, stream: usize, number: u64, own: Option<Span>) -> Span {
        self.service_of(stream, number, 0, own)
    }

    #[inline]
    fn service_of(&self, stream: usize, number: u64, piece: u32, own: Option<Span>) -> Span {
        let drawn = || self.service_time.span(&mut self.draws[stream].service.draw(number, piece));
        let service = own.unwrap_or_else(drawn);
        if self.factor_now == 1.0 { service } else { service.scaled(self.factor_now) }
    }

    /// From now on work takes `pace` times as long, and fails so.
    pub fn strike(&mut self, pace: f64, struck: Struck) {
        self.factor_now = self.factor * pace;
        self.struck = struck;
        self.fails = self.may_fail();
    }

    /// Of the items of a stream from this number on, a share fails at every attempt; `luck` tells which.
    pub fn poison_from(&mut self, stream: usize, from: u64, share: f64, luck: Purpose) {
        self.poisoned.push(Poisoned { stream, from, until: u64::MAX, share, luck });
        self.fails = self.may_fail();
    }

    /// Of the items of a stream from this number on, that `luck` decides nothing any more.
    pub fn poison_until(&mut self, stream: usize, until: u64, luck: Purpose) {
        let open =
            self.poisoned.iter_mut().find(|open| open.stream == stream && open.until == u64::MAX && open.luck == luck);
        if let Some(open) = open {
            open.until = until;
        }
        self.poisoned.retain(|poisoned| poisoned.from < poisoned.until);
    }

    fn is_poisoned(&self, stream: usize, number: u64) -> bool {
        self.poisoned.iter().any(|poisoned| {
            poisoned.stream == stream
                && (poisoned.from..poisoned.until).contains(&number)
                && poisoned.luck.draw(number, 0).chance(poisoned.share)
        })
    }

    /// Whether a fault makes an attempt at an item fail: because the item is poison, or else by luck.
    #[must_use]
    pub fn failed_by_fault(&self, stream: usize, number: u64, attempt: u32) -> Option<ByFault> {
        if self.is_poisoned(stream, number) {
            return Some(ByFault::Poison);
        }
        let fails = self.struck.fails;
        let failed = fails > 0.0 && self.draws[stream].fault.draw(number, attempt).chance(fails);
        failed.then_some(ByFault::Luck)
    }

    fn may_fail(&self) -> bool {
        let FailureSettings { error, crash, poison, .. } = self.failures;
        error > 0.0 || crash > 0.0 || poison > 0.0 || self.struck.fails > 0.0 || !self.poisoned.is_empty()
    }

    fn plan_failure(&self, stream: usize, number: u64, attempt: u32, service: Span) -> Plan {
        let FailureSettings { error, crash, after_effect, poison, fails_at } = self.failures;
        let draws = &self.draws[stream];
        let early = service.scaled(fails_at);
        if draws.poison.draw(number, 0).chance(poison) || self.is_poisoned(stream, number) {
            return Plan { processing: early, ends: Ends::Errored, effect: false };
        }
        if self.struck.fails > 0.0 {
            let mut draw = draws.fault.draw(number, attempt);
            if draw.chance(self.struck.fails) {
                let effect = draw.chance(self.struck.after_effect);
                return Plan { processing: if effect { service } else { early }, ends: Ends::Errored, effect };
            }
        }
        let mut draw = draws.failure.draw(number, attempt);
        let luck = draw.unit();
        let ends = match luck {
            _ if luck < crash => Ends::Crashed,
            _ if luck < crash + error => Ends::Errored,
            _ => return Plan { processing: service, ends: Ends::Returned, effect: true },
        };
        let effect = draw.chance(after_effect);
        Plan { processing: if effect { service } else { early }, ends, effect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(failures: FailureSettings) -> PerItem {
        let second = Distribution::constant(1.0).expect("a second is a length of time");
        PerItem::new(second, 1.0, failures, "post", &["withdrawals".into()], &Root::new(7, 0))
    }

    fn share(handler: &PerItem, found: impl Fn(&Plan) -> bool) -> f64 {
        let many = 40_000;
        (0..many).filter(|&number| found(&handler.plan(0, number, 0, None))).count() as f64 / f64::from(many as u32)
    }

    #[test]
    fn without_failures_every_item_is_processed_in_its_service_time() {
        let plan = handler(FailureSettings::default()).plan(0, 3, 0, None);
        assert_eq!(plan, Plan { processing: Span::from_secs(1), ends: Ends::Returned, effect: true });
    }

    #[test]
    fn an_items_own_service_time_comes_first() {
        let plan = handler(FailureSettings::default()).plan(0, 3, 0, Some(Span::from_millis(5)));
        assert_eq!(plan.processing, Span::from_millis(5));
    }

    /// 3 % errors, 1 % crashes, 25 % of them after the effect: 4 standard errors of 40,000 trials are below 0.4 %.
    #[test]
    fn failures_come_at_their_odds() {
        let failures =
            FailureSettings { error: 0.03, crash: 0.01, after_effect: 0.25, fails_at: 0.5, ..Default::default() };
        let handler = handler(failures);
        assert!((share(&handler, |plan| plan.ends == Ends::Errored) - 0.03).abs() < 0.004);
        assert!((share(&handler, |plan| plan.ends == Ends::Crashed) - 0.01).abs() < 0.002);
        assert!((share(&handler, |plan| plan.ends != Ends::Returned && plan.effect) - 0.01).abs() < 0.002);
        let early = share(&handler, |plan| plan.processing == Span::from_millis(500));
        assert!((early - 0.03).abs() < 0.004, "those without effect end half-way");
    }

    #[test]
    fn a_poison_item_fails_at_every_attempt() {
        let handler = handler(FailureSettings { poison: 0.5, fails_at: 1.0, ..Default::default() });
        for number in 0..100 {
            let ends: Vec<_> = (0..5).map(|attempt| handler.plan(0, number, attempt, None).ends).collect();
            assert!(ends.windows(2).all(|pair| pair[0] == pair[1]));
        }
        assert!((share(&handler, |plan| plan.ends == Ends::Errored) - 0.5).abs() < 0.01);
    }

    #[test]
    fn a_fault_slows_and_fails_for_its_time() {
        let mut handler = handler(FailureSettings { fails_at: 1.0, ..Default::default() });
        let before = handler.plan(0, 3, 0, None);
        handler.strike(3.0, Struck { fails: 1.0, after_effect: 1.0 });
        let during = Plan { processing: Span::from_secs(3), ends: Ends::Errored, effect: true };
        assert_eq!(handler.plan(0, 3, 0, None), during);
        handler.strike(1.0, Struck::default());
        assert_eq!(handler.plan(0, 3, 0, None), before);
    }

    #[test]
    fn items_are_poison_by_their_number() {
        let (mut handler, luck) = (handler(FailureSettings::default()), Root::new(7, 0).purpose("withdrawals", "f"));
        handler.poison_from(0, 10, 1.0, luck);
        handler.poison_until(0, 20, luck);
        let fails = |number| handler.plan(0, number, 5, None).ends == Ends::Errored;
        assert_eq!([9, 10, 19, 20].map(fails), [false, true, true, false]);
        handler.poison_from(0, 30, 1.0, luck);
        handler.poison_until(0, 30, luck);
        assert_eq!(handler.poisoned.len(), 1, "nothing arrived in that window");
    }

    #[test]
    fn a_retry_of_an_unlucky_item_may_succeed() {
        let handler = handler(FailureSettings { error: 0.5, fails_at: 1.0, ..Default::default() });
        let unlucky = (0..).find(|&number| handler.plan(0, number, 0, None).ends == Ends::Errored);
        let number = unlucky.expect("half of them are");
        assert!((1..60).any(|attempt| handler.plan(0, number, attempt, None).ends == Ends::Returned));
    }
}
