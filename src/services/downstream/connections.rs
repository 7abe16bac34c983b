//! The connections of a downstream: who has one, and who waits for one.

use std::collections::VecDeque;

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
    /// What a new connection adds to that.
    pub(super) connect: Span,
    gave_up: bool,
}

/// A connection that a process has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    /// One that it kept.
    Kept,
    /// A new one.
    Opened,
}

/// Connections, in use and idle, and the calls that wait for one.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    limit: Option<u64>,
    /// How long a process keeps an idle connection; none: each call gives its own back.
    kept: Option<Span>,
    in_use: u64,
    /// Idle connections, since when and whose, in the order in which they were given back. They are few, and the one that
    /// is wanted is near the end as a rule: the environment used last is used next.
    idle: VecDeque<(Time, Process)>,
    /// In order; those that gave up are left out when their turn comes, or when they are the greater part.
    waiting: VecDeque<Waiting>,
    gave_up: usize,
    /// Connections opened so far.
    opened: u64,
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
            idle: VecDeque::new(),
            waiting: VecDeque::new(),
            gave_up: 0,
            opened: 0,
        }
    }

    /// Takes a connection for a process: one that it keeps, else a new one; none if there is none.
    pub(super) fn take(&mut self, now: Time, process: Process) -> Option<Got> {
        while self.close_idle(now).is_some() {}
        let got = if let Some(kept) = self.idle.iter().rposition(|&(_, whose)| whose == process) {
            self.idle.remove(kept);
            Got::Kept
        } else if self.limit.is_some_and(|limit| self.open() >= limit) {
            return None;
        } else {
            self.opened += 1;
            Got::Opened
        };
        self.in_use += 1;
        Some(got)
    }

    /// Opens so many connections for a process, which keeps them: all or none. Nobody who waits is overtaken.
    pub(super) fn open_pool(&mut self, now: Time, process: Process, count: u32) -> bool {
        while self.close_idle(now).is_some() {}
        let count = u64::from(count);
        if self.waiting() > 0 || self.limit.is_some_and(|limit| self.open() + count > limit) {
            return false;
        }
        self.idle.extend((0..count).map(|_| (now, process)));
        self.opened += count;
        true
    }

    /// Connections opened so far.
    pub(super) const fn opened(&self) -> u64 {
        self.opened
    }

    /// A connection is used no more: its process keeps it, if connections are kept and it is `whole`.
    pub(super) fn give_back(&mut self, now: Time, process: Process, whole: bool) {
        self.in_use -= 1;
        if self.kept.is_some() && whole {
            self.idle.push_back((now, process));
        }
    }

    /// A process is gone, and with it the connections that it kept.
    pub(super) fn process_ends(&mut self, process: Process) {
        self.idle.retain(|&(_, whose)| whose != process);
    }

    /// A call waits.
    pub(super) fn wait(&mut self, call: Handle, process: Process, work: Span, connect: Span) {
        self.waiting.push_back(Waiting { call, process, work, connect, gave_up: false });
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
            let mut next = self.waiting[index];
            if next.gave_up {
                continue;
            }
            if let Some(got) = self.take(now, next.process) {
                self.waiting.remove(index);
                next.work += got.delay(next.connect);
                return Some(next);
            }
        }
        None
    }

    /// When an idle connection is closed that a waiting call may then have in its place.
    pub(super) fn next_closed(&self) -> Option<Time> {
        let &(since, _) = self.idle.front()?;
        self.kept.filter(|_| self.waiting() > 0).map(|kept| since + kept)
    }

    /// Connections, in use and idle.
    pub(super) fn open(&self) -> u64 {
        self.in_use + self.idle.len() as u64
    }

    /// The server closes a connection that has been idle for too long by now. Returns when it did.
    pub(super) fn close_idle(&mut self, now: Time) -> Option<Time> {
        let (since, kept) = (self.idle.front()?.0, self.kept?);
        let closed = since + kept;
        (closed <= now).then(|| {
            self.idle.pop_front();
            closed
        })
    }
}

impl Got {
    /// What getting it adds to a call, if a new connection takes so long.
    pub(super) const fn delay(self, connect: Span) -> Span {
        match self {
            Self::Kept => Span::ZERO,
            Self::Opened => connect,
        }
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
            connect: Distribution::constant(0.0).expect("a length of time"),
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
        assert!(one.take(at(0), ONE).is_some() && one.take(at(0), ONE).is_none() && one.take(at(0), TWO).is_none());
        one.give_back(at(1), ONE, true);
        assert!(one.take(at(1), TWO).is_some());
        assert_eq!(one.open(), 1);
    }

    #[test]
    fn a_process_keeps_its_connection_until_it_was_idle_for_so_long_or_the_process_ends() {
        let kept = Holding::PerEnvironment { idle: Span::from_secs(30) };
        let mut one = connections(1, kept);
        assert!(one.take(at(0), ONE).is_some());
        one.give_back(at(1), ONE, true);
        assert!(one.take(at(30), TWO).is_none(), "it is idle for 29 s");
        assert!(one.take(at(30), ONE).is_some());
        one.give_back(at(40), ONE, true);
        assert!(one.take(at(70), TWO).is_some(), "it was idle for 30 s");
        one.give_back(at(71), TWO, true);
        one.process_ends(TWO);
        assert!(one.take(at(71), ONE).is_some());
        one.give_back(at(72), ONE, false);
        assert_eq!(one.open(), 0, "a broken connection is not kept");
    }

    #[test]
    fn who_waits_comes_in_order_and_who_gave_up_is_passed_over() {
        let mut one = connections(1, Holding::PerCall);
        let mut arena = Arena::new();
        let calls = [(); 4].map(|()| arena.insert(()));
        assert!(one.take(at(0), ONE).is_some());
        calls.iter().for_each(|&call| one.wait(call, ONE, Span::ZERO, Span::ZERO));
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

    /// Three of four connections are a pool's: another of two is refused whole, and one of one is not. The server closes
    /// what was idle for 30 s, one after the other; what the process opens later is opened anew.
    #[test]
    fn a_pool_is_opened_whole_or_not_at_all() {
        let mut pools = connections(4, Holding::PerEnvironment { idle: Span::from_secs(30) });
        assert!(pools.open_pool(at(0), ONE, 3) && !pools.open_pool(at(1), TWO, 2) && pools.open_pool(at(1), TWO, 1));
        assert_eq!((pools.open(), pools.opened()), (4, 4));
        assert_eq!(pools.take(at(2), ONE), Some(Got::Kept));
        pools.give_back(at(5), ONE, true);
        assert_eq!([pools.close_idle(at(31)), pools.close_idle(at(31))], [Some(at(30)), Some(at(30))]);
        assert_eq!([pools.close_idle(at(31)), pools.close_idle(at(31))], [Some(at(31)), None]);
        assert_eq!((pools.take(at(31), TWO), pools.opened()), (Some(Got::Opened), 5));
        assert_eq!(Got::Opened.delay(Span::from_millis(7)), Span::from_millis(7));
    }
}
