//! What holds of one part of a design at each instant: the faults that strike it, put together.

use super::{FaultKind, Left, Sends, Window};
use crate::kernel::{Span, Time};

/// However many faults slow a part, it takes no more than so many times as long.
const PACE_AT_MOST: f64 = 1e6;

/// What holds of a part while faults strike it; of several, what they make together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// The share of its calls that it refuses with an error of its own (5xx); 1: it is unavailable.
    pub refused: f64,
    /// What throttles leave of its calls, or of a function's largest concurrency.
    pub share_left: f64,
    /// What throttles leave of a concurrency.
    pub concurrency_left: u32,
    /// The same of what is left to asynchronous events and the polls of mappings, where that is less.
    pub share_left_unheard: f64,
    /// The concurrency left to those.
    pub concurrency_left_unheard: u32,
    /// How many times as long work takes.
    pub pace: f64,
    /// How many times as long cold starts take.
    pub start_pace: f64,
    /// The share of attempts and calls that fail.
    pub fails: f64,
    /// Of those, the share that had done what they were for.
    pub after_effect: f64,
}

impl Condition {
    /// Nothing is wrong.
    pub const SOUND: Self = Self {
        refused: 0.0,
        share_left: 1.0,
        concurrency_left: u32::MAX,
        share_left_unheard: 1.0,
        concurrency_left_unheard: u32::MAX,
        pace: 1.0,
        start_pace: 1.0,
        fails: 0.0,
        after_effect: 0.0,
    };

    /// Whether it refuses everything.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.refused >= 1.0
    }

    /// With one more fault. Chances of failing are independent; of throttles the tightest holds; times multiply.
    #[must_use]
    pub fn and(self, kind: &FaultKind) -> Self {
        match *kind {
            FaultKind::ZoneLost { .. } | FaultKind::Poison { .. } => self,
            FaultKind::Unavailable { share, .. } => Self { refused: either(self.refused, share), ..self },
            FaultKind::Throttled { left, spares_synchronous } => self.throttled(left, spares_synchronous),
            FaultKind::Slow { factor } => Self { pace: (self.pace * factor).min(PACE_AT_MOST), ..self },
            FaultKind::SlowStart { factor } => {
                Self { start_pace: (self.start_pace * factor).min(PACE_AT_MOST), ..self }
            }
            FaultKind::Errors { probability, after_effect } => self.failing(probability, after_effect),
            FaultKind::BadDeploy { probability } => self.failing(probability, 0.0),
        }
    }

    fn throttled(mut self, left: Left, spares_synchronous: bool) -> Self {
        let (share, concurrency) = match left {
            Left::Share(share) => (share, u32::MAX),
            Left::Concurrency(concurrency) => (1.0, concurrency),
        };
        self.share_left_unheard = self.share_left_unheard.min(share);
        self.concurrency_left_unheard = self.concurrency_left_unheard.min(concurrency);
        if !spares_synchronous {
            self.share_left = self.share_left.min(share);
            self.concurrency_left = self.concurrency_left.min(concurrency);
        }
        self
    }

    /// Of attempts that fail for either reason, those had done what they were for whose reasons both let them.
    fn failing(self, probability: f64, after_effect: f64) -> Self {
        let fails = either(self.fails, probability);
        let weight = self.fails + probability;
        let after =
            if weight > 0.0 { (self.fails * self.after_effect + probability * after_effect) / weight } else { 0.0 };
        Self { fails, after_effect: after, ..self }
    }
}

/// The chance of either of two independent things.
fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

/// A stretch of time in which senders hold back what is for a part, and the time after it in which they send that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holding {
    window: Window,
    catch_up: Span,
}

/// What becomes of what is sent at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It gets in.
    Now,
    /// It gets in then: senders that were held back catch up after the outage in the order of their sending, and nothing
    /// that is sent meanwhile overtakes them.
    Later(Time),
    /// It is refused.
    Refused,
}

/// What holds of one part, from the start of a run to its end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// What strikes it, and when: the windows of each fault in order and without overlap.
    faults: Vec<(FaultKind, Vec<Window>)>,
    /// When it delivers nothing, in order and without overlap.
    outages: Vec<Window>,
    /// When senders hold back, in order and without overlap.
    held: Vec<Holding>,
    /// When what is sent is refused, in order and without overlap.
    refusing: Vec<Window>,
    /// Whether firings that were missed are made up for.
    late_firings: bool,
}

impl Timeline {
    /// One more fault strikes the part.
    pub fn add(&mut self, kind: FaultKind, windows: &[Window]) {
        // A window that begins while the one before it holds prolongs that.
        let windows = &joined(windows.iter().copied())[..];
        self.faults.push((kind, windows.to_vec()));
        let FaultKind::Unavailable { share, sends, late_firings } = kind else { return };
        if share < 1.0 {
            return;
        }
        self.late_firings |= late_firings;
        self.outages = joined(self.outages.iter().chain(windows).copied());
        match sends {
            Sends::Taken => {}
            Sends::Rejected => self.refusing = joined(self.refusing.iter().chain(windows).copied()),
            Sends::Held(catch_up) => {
                self.held.extend(windows.iter().map(|&window| Holding { window, catch_up }));
                self.join_held();
            }
        }
    }

    fn join_held(&mut self) {
        self.held.sort_by_key(|held| (held.window.start, held.window.end));
        let mut joined: Vec<Holding> = Vec::with_capacity(self.held.len());
        for &held in &self.held {
            match joined.last_mut() {
                Some(last) if held.window.start <= last.window.end => {
                    last.window.end = last.window.end.max(held.window.end);
                    last.catch_up = last.catch_up.max(held.catch_up);
                }
                _ => joined.push(held),
            }
        }
        self.held = joined;
    }

    /// Whether nothing ever strikes it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether firings of a schedule that were missed are made up for.
    #[must_use]
    pub const fn late_firings(&self) -> bool {
        self.late_firings
    }

    /// Every instant at which something begins or ends.
    pub fn boundaries(&self) -> impl Iterator<Item = Time> + '_ {
        self.faults.iter().flat_map(|(_, windows)| windows).flat_map(|window| [window.start, window.end])
    }

    /// Whether something begins or ends at an instant.
    #[must_use]
    pub fn changes(&self, at: Time) -> bool {
        self.faults.iter().any(|(_, windows)| {
            windows.binary_search_by_key(&at, |window| window.start).is_ok()
                || windows.binary_search_by_key(&at, |window| window.end).is_ok()
        })
    }

    /// What holds at an instant. It takes time in proportion to the faults (not to their windows): to be asked at boundaries.
    #[must_use]
    pub fn condition(&self, at: Time) -> Condition {
        let is_within = |windows: &[Window]| last_begun(windows, at).is_some_and(|window| window.contains(at));
        let holds = self.faults.iter().filter(|(_, windows)| is_within(windows));
        holds.fold(Condition::SOUND, |condition, (kind, _)| condition.and(kind))
    }

    /// The end of the outage that an instant lies in.
    #[must_use]
    pub fn unavailable_until(&self, at: Time) -> Option<Time> {
        last_begun(&self.outages, at).filter(|window| at < window.end).map(|window| window.end)
    }

    /// What becomes of what is sent at an instant.
    #[must_use]
    pub fn sent(&self, at: Time) -> Sent {
        if last_begun(&self.refusing, at).is_some_and(|window| at < window.end) {
            return Sent::Refused;
        }
        let begun = self.held.partition_point(|held| held.window.start <= at);
        let Some(&Holding { window, catch_up }) = begun.checked_sub(1).and_then(|last| self.held.get(last)) else {
            return Sent::Now;
        };
        let through = window.end + catch_up;
        if at > through {
            return Sent::Now;
        }
        let (since, whole) = (at.since(window.start).as_nanos(), through.since(window.start).as_nanos());
        let part = u128::from(since) * u128::from(catch_up.as_nanos()) / u128::from(whole.max(1));
        Sent::Later(window.end + Span::from_nanos(part as u64))
    }

    /// Whether what was held back gets in now that its time has come.
    #[must_use]
    pub fn lets_in(&self, at: Time) -> bool {
        !self.held.iter().any(|held| held.window.contains(at))
    }
}

/// The last window that has begun by then.
fn last_begun(windows: &[Window], at: Time) -> Option<&Window> {
    let begun = windows.partition_point(|window| window.start <= at);
    windows.get(begun.checked_sub(1)?)
}

/// Windows in the order of their starts; those that overlap or touch are one.
pub fn joined(windows: impl Iterator<Item = Window>) -> Vec<Window> {
    let mut sorted: Vec<Window> = windows.collect();
    sorted.sort_by_key(|window| (window.start, window.end));
    let mut joined: Vec<Window> = Vec::with_capacity(sorted.len());
    for window in sorted {
        match joined.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => joined.push(window),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn window(start: u64, end: u64) -> Window {
        Window { start: at(start), end: at(end) }
    }

    fn down(catch_up: u64) -> FaultKind {
        FaultKind::Unavailable { share: 1.0, sends: Sends::Held(Span::from_secs(catch_up)), late_firings: false }
    }

    fn timeline(faults: &[(FaultKind, Window)]) -> Timeline {
        let mut timeline = Timeline::default();
        faults.iter().for_each(|&(kind, window)| timeline.add(kind, &[window]));
        timeline
    }

    #[test]
    fn a_window_holds_from_its_start_up_to_its_end() {
        let slow = FaultKind::Slow { factor: 3.0 };
        let timeline = timeline(&[(slow, window(10, 20))]);
        let paces = [9, 10, 19, 20].map(|second| timeline.condition(at(second)).pace);
        assert_eq!(paces, [1.0, 3.0, 3.0, 1.0]);
        assert_eq!(timeline.boundaries().collect::<Vec<_>>(), [at(10), at(20)]);
    }

    #[test]
    fn faults_at_once_act_together() {
        let errors = |probability| FaultKind::Errors { probability, after_effect: 0.5 };
        let throttled = |left| FaultKind::Throttled { left, spares_synchronous: false };
        let all = window(0, 10);
        let timeline = timeline(&[
            (errors(0.5), all),
            (errors(0.5), all),
            (FaultKind::Slow { factor: 2.0 }, all),
            (FaultKind::Slow { factor: 3.0 }, all),
            (throttled(Left::Share(0.5)), all),
            (throttled(Left::Share(0.2)), all),
            (throttled(Left::Concurrency(7)), all),
        ]);
        let found = timeline.condition(at(1));
        assert_eq!((found.fails, found.after_effect, found.pace), (0.75, 0.5, 6.0));
        assert_eq!((found.share_left, found.concurrency_left), (0.2, 7));
    }

    #[test]
    fn a_fault_does_not_act_on_top_of_itself() {
        let mut timeline = Timeline::default();
        timeline.add(FaultKind::Slow { factor: 3.0 }, &[window(0, 10), window(5, 15), window(20, 30)]);
        let paces = [0, 5, 10, 15, 20].map(|second| timeline.condition(at(second)).pace);
        assert_eq!(paces, [3.0, 3.0, 3.0, 1.0, 3.0]);
    }

    #[test]
    fn what_is_spared_is_left_alone() {
        let kind = FaultKind::Throttled { left: Left::Share(0.1), spares_synchronous: true };
        let found = timeline(&[(kind, window(0, 10))]).condition(at(0));
        assert_eq!((found.share_left, found.share_left_unheard), (1.0, 0.1));
    }

    #[test]
    fn outages_that_touch_are_one() {
        let timeline = timeline(&[(down(0), window(30, 40)), (down(0), window(10, 20)), (down(0), window(20, 25))]);
        let ends = [9, 10, 20, 24, 25, 30].map(|second| timeline.unavailable_until(at(second)));
        assert_eq!(ends, [None, Some(at(25)), Some(at(25)), Some(at(25)), None, Some(at(40))]);
    }

    /// Down for 60 s, 20 s to catch up: what was sent in 80 s gets in within 20, a quarter of the time, in its order.
    #[test]
    fn what_was_held_back_is_sent_in_its_order() {
        let timeline = timeline(&[(down(20), window(0, 60))]);
        let sent = [0, 40, 60, 76, 80, 81].map(|second| timeline.sent(at(second)));
        let later = |second| Sent::Later(at(second));
        assert_eq!(sent, [later(60), later(70), later(75), later(79), later(80), Sent::Now]);
    }
}
