//! What functions call while they run: a database or a partner's interface. It knows nothing of items or functions; a
//! call is a name to it.
//!
//! A call passes three doors. The **rate limit** is a token bucket; what exceeds it is refused, as with HTTP 429. A
//! **connection** is needed for as long as the call takes; where none is free the call waits its turn, first come first
//! served, or is refused ("too many connections"). Then it is **at work**: alone it takes its own time, beyond the
//! capacity all calls share what there is. A caller that has left is not noticed: the work is done to its end, and the
//! connection is in use until then. One that leaves while it waits for a connection gives its turn up. A new connection
//! takes its time before the call; a process may open a pool of them ahead of its calls.
//!
//! No document prescribes this: it is what databases and proxies in front of them have in common. Without a capacity
//! and with waiting it is the textbook's M/G/c, with refusals M/G/c/c; with a capacity and connections enough it is
//! processor sharing.
//!
//! Left out: what one call does to another beyond sharing the machine (locks on one row, deadlocks), transactions over
//! several calls, replicas, and failures that last.

mod connections;
pub mod settings;
mod workers;

pub use connections::Process;

use crate::kernel::{Handle, Span, Time};
use connections::Connections;
use settings::{DownstreamSettings, RateLimit};
use workers::Workers;

/// What becomes of a call when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It has a connection and is at work.
    Begun,
    /// It waits for a connection.
    Waits,
    /// It is refused.
    Refused(Refused),
}

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The rate limit is exceeded.
    RateLimit,
    /// No connection is free, and none may be waited for.
    Connections,
}

/// A downstream at work.
#[derive(Debug, Clone)]
pub struct Downstream {
    settings: DownstreamSettings,
    /// When the bucket of the rate limit is full again: it lacks as many tokens as intervals lie before that.
    full_again: Time,
    connections: Connections,
    workers: Workers,
}

impl Downstream {
    /// One of which nothing is asked yet.
    #[must_use]
    pub fn new(settings: DownstreamSettings) -> Self {
        let connections = Connections::new(&settings);
        let workers = Workers::new(settings.capacity, settings.contention);
        Self { settings, full_again: Time::ZERO, connections, workers }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &DownstreamSettings {
        &self.settings
    }

    /// A process makes a call, of this much work, and so much more if it takes a new connection.
    pub fn ask(&mut self, now: Time, call: Handle, process: Process, work: Span, connect: Span) -> Asked {
        if !self.within_rate(now) {
            return Asked::Refused(Refused::RateLimit);
        }
        // Nobody is overtaken.
        let waiting = self.connections.waiting();
        if waiting == 0
            && let Some(got) = self.connections.take(now, process)
        {
            self.workers.begin(now, call, work + got.delay(connect));
            return Asked::Begun;
        }
        let DownstreamSettings { connection_wait, max_waiting, .. } = self.settings;
        if connection_wait == Span::ZERO || max_waiting.is_some_and(|most| waiting >= most) {
            return Asked::Refused(Refused::Connections);
        }
        self.connections.wait(call, process, work, connect);
        Asked::Waits
    }

    /// A call that waited for a connection waits no longer.
    pub fn give_up(&mut self, call: Handle) {
        self.connections.give_up(call);
    }

    /// A call that has been done by now, of several the one that was done first; its connection is in use until it is
    /// [given back](Self::give_back).
    pub fn take_done(&mut self, now: Time) -> Option<Handle> {
        self.workers.take_ended(now)
    }

    /// The connection of a call that is done is used no more; `whole` unless its process left before it was done.
    pub fn give_back(&mut self, now: Time, process: Process, whole: bool) {
        self.connections.give_back(now, process, whole);
    }

    /// A process opens so many connections ahead of its calls, and keeps them: all of them, or it is refused.
    pub fn open_pool(&mut self, now: Time, process: Process, count: u32) -> bool {
        self.connections.open_pool(now, process, count)
    }

    /// The server closes a connection that has been idle for too long by now. Returns when it did.
    pub fn close_idle(&mut self, now: Time) -> Option<Time> {
        self.connections.close_idle(now)
    }

    /// Connections opened so far.
    #[must_use]
    pub const fn opened(&self) -> u64 {
        self.connections.opened()
    }

    /// A process is gone, and with it the connections that it kept.
    pub fn process_ends(&mut self, process: Process) {
        self.connections.process_ends(process);
    }

    /// The next call that waits begins, if there is a connection for it.
    pub fn begin_next(&mut self, now: Time) -> Option<Handle> {
        let next = self.connections.take_for_next(now)?;
        self.workers.begin(now, next.call, next.work);
        Some(next.call)
    }

    /// When something happens here next, if nothing else does before: a call is done, or a connection can be had.
    #[must_use]
    pub fn next_event(&self) -> Option<Time> {
        self.workers.next_end().into_iter().chain(self.connections.next_closed()).min()
    }

    /// Connections, in use and kept.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.open()
    }

    /// Takes a token if there is one.
    fn within_rate(&mut self, now: Time) -> bool {
        let Some(RateLimit { interval, burst }) = self.settings.rate_limit else { return true };
        if self.full_again.since(now) > interval.times(u64::from(burst) - 1) {
            return false;
        }
        self.full_again = self.full_again.max(now) + interval;
        true
    }
}
