//! The connections of a downstream: who has one, and who waits for one.

use std::collections::{BTreeSet, VecDeque};

use super::settings::{DownstreamSettings, Holding};
use crate::kernel::{Handle, Span, Time};

/// A process that calls, such as an execution environment: connections that are kept are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process(pub u16, pub u64);

/// A call that waits for a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) call: Handle,
    pub(super) process: Process,
    pub(super) work: Span,
    gave_up: bool,
}

/// Connections, in use and idle, and the calls that wait for one.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    limit: Option<u64>,
    /// How long a process keeps an idle connection; none: each call gives its own back.
    kept: Option<Span>,
    in_use: u64,
    /// Idle connections: since when, the how-manieth to be given back, and whose.
    idle: BTreeSet<(Time, u64, Process)>,
    /// The same, by whose they are.
    of_process: BTreeSet<(Process, u64, Time)>,
    returned: u64,
    /// In order; those that gave up are left out when their turn comes, or when they are the greater part.
    waiting: VecDeque<Waiting>,
    gave_up: usize,
}

impl Connections {
    pub(super) fn new(settings: &DownstreamSettings) -> Self {
        Self {
            limit: settings.connections.map(u64::from),
            kept: match settings.holding {
                Holding::PerCall => None,
                Holding::PerEnvironment { idle } => Some(idle),
            },
            in_use: 0,
            idle: BTreeSet::new(),
            of_process: BTreeSet::new(),
            returned: 0,
            waiting: VecDeque::new(),
            gave_up: 0,
        }
    }

    /// Takes a connection for a process: one that it keeps, else a new one; none if there is none.
    pub(super) fn take(&mut self, now: Time, process: Process) -> bool {
        self.close_idle(now);
        let latest = self.kept_by(process).next_back();
        if let Some(latest) = latest {
            self.forget(latest);
        } else if self.limit.is_some_and(|limit| self.open() >= limit) {
            return false;
        }
        self.in_use += 1;
        true
    }

    /// A connection is used no more: its process keeps it, if connections are kept and it is `whole`.
    pub(super) fn give_back(&mut self, now: Time, process: Process, whole: bool) {
        self.in_use -= 1;
        if self.kept.is_some() && whole {
            self.returned += 1;
            self.idle.insert((now, self.returned, process));
            self.of_process.insert((process, self.returned, now));
        }
    }

    /// A process is gone, and with it the connections that it kept.
    pub(super) fn process_ends(&mut self, process: Process) {
        loop {
            let next = self.kept_by(process).next();
            let Some(kept) = next else { return };
            self.forget(kept);
        }
    }

    /// A call waits.
    pub(super) fn wait(&mut self, call: Handle, process: Process, work: Span) {
        self.waiting.push_back(Waiting { call, process, work, gave_up: false });
    }

    /// How many calls wait.
    pub(super) fn waiting(&self) -> u64 {
        (self.waiting.len() - self.gave_up) as u64
    }

    /// A call waits no longer.
    pub(super) fn give_up(&mut self, call: Handle) {
        let Some(place) = self.waiting.iter_mut().find(|place| place.call == call) else { return };
        place.gave_up = true;
        self.gave_up += 1;
        while self.waiting.front().is_some_and(|place| place.gave_up) {
            self.waiting.pop_front();
            self.gave_up -= 1;
        }
        if self.gave_up > self.waiting.len() / 2 {
            self.waiting.retain(|place| !place.gave_up);
            self.gave_up = 0;
        }
    }

    /// The first call that waits and can have a connection, which it takes.
    pub(super) fn take_for_next(&mut self, now: Time) -> Option<Waiting> {
        // Without kept connections, what one may have any may have: only the first needs to be asked.
        let asked = if self.kept.is_some() { self.waiting.len() } else { 1 + self.gave_up };
        for index in 0..asked.min(self.waiting.len()) {
            let next = self.waiting[index];
            if !next.gave_up && self.take(now, next.process) {
                self.waiting.remove(index);
                return Some(next);
            }
        }
        None
    }

    /// When an idle connection is closed that a waiting call may then have in its place.
    pub(super) fn next_closed(&self) -> Option<Time> {
        let &(since, ..) = self.idle.first()?;
        self.kept.filter(|_| self.waiting() > 0).map(|kept| since + kept)
    }

    /// Connections, in use and idle.
    pub(super) fn open(&self) -> u64 {
        self.in_use + self.idle.len() as u64
    }

    /// The server closes what has been idle for too long.
    fn close_idle(&mut self, now: Time) {
        let Some(kept) = self.kept else { return };
        while let Some(&(since, returned, process)) = self.idle.first() {
            if since + kept > now {
                return;
            }
            self.forget((process, returned, since));
        }
    }

    /// The idle connections of a process, the one that was used last at the end.
    fn kept_by(&self, process: Process) -> impl DoubleEndedIterator<Item = (Process, u64, Time)> {
        self.of_process.range((process, 0, Time::ZERO)..=(process, u64::MAX, Time::NEVER)).copied()
    }

    fn forget(&mut self, (process, returned, since): (Process, u64, Time)) {
        self.of_process.remove(&(process, returned, since));
        self.idle.remove(&(since, returned, process));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Arena, Distribution};

    const ONE: Process = Process(0, 1);
    const TWO: Process = Process(0, 2);

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn connections(limit: u32, holding: Holding) -> Connections {
        Connections::new(&DownstreamSettings {
            latency: Distribution::constant(0.1).expect("a length of time"),
            capacity: None,
            contention: 0.0,
            connections: Some(limit),
            holding,
            connection_wait: Span::from_secs(60),
            max_waiting: None,
            rate_limit: None,
            error: 0.0,
            after_commit: 0.0,
            idempotent: false,
        })
    }

    #[test]
    fn a_connection_of_a_call_is_free_when_that_is_done() {
        let mut one = connections(1, Holding::PerCall);
        assert!(one.take(at(0), ONE) && !one.take(at(0), ONE) && !one.take(at(0), TWO));
        one.give_back(at(1), ONE, true);
        assert!(one.take(at(1), TWO));
        assert_eq!(one.open(), 1);
    }

    #[test]
    fn a_process_keeps_its_connection_until_it_was_idle_for_so_long_or_the_process_ends() {
        let kept = Holding::PerEnvironment { idle: Span::from_secs(30) };
        let mut one = connections(1, kept);
        assert!(one.take(at(0), ONE));
        one.give_back(at(1), ONE, true);
        assert!(!one.take(at(30), TWO), "it is idle for 29 s");
        assert!(one.take(at(30), ONE));
        one.give_back(at(40), ONE, true);
        assert!(one.take(at(70), TWO), "it was idle for 30 s");
        one.give_back(at(71), TWO, true);
        one.process_ends(TWO);
        assert!(one.take(at(71), ONE));
        one.give_back(at(72), ONE, false);
        assert_eq!(one.open(), 0, "a broken connection is not kept");
        assert!(one.idle.is_empty() && one.of_process.is_empty());
    }

    #[test]
    fn who_waits_comes_in_order_and_who_gave_up_is_passed_over() {
        let mut one = connections(1, Holding::PerCall);
        let mut arena = Arena::new();
        let calls = [(); 4].map(|()| arena.insert(()));
        assert!(one.take(at(0), ONE));
        calls.iter().for_each(|&call| one.wait(call, ONE, Span::ZERO));
        one.give_up(calls[1]);
        one.give_up(calls[0]);
        assert_eq!(one.waiting(), 2);
        for expected in &calls[2..] {
            one.give_back(at(1), ONE, true);
            assert_eq!(one.take_for_next(at(1)).map(|next| next.call), Some(*expected));
        }
        one.give_back(at(2), ONE, true);
        assert!(one.take_for_next(at(2)).is_none() && one.waiting.is_empty());
    }
}
