//! The messages of a standard queue: `delayed → visible → in flight → deleted | visible again | dead letter | expired`.
//!
//! Rules kept (sources.md §2.2; S-vis, S-dlq, S-qlim):
//! - a receive counts, hides the message for the visibility timeout and gives a new receipt (1);
//! - what is not deleted in time is visible again (2), in its old place; with a maxReceiveCount above 3, from the third
//!   receive on at the back of the queue (6);
//! - a receive that would be one more than maxReceiveCount moves the message to the dead-letter queue (5);
//! - at most 120,000 messages are in flight: a receive beyond finds nothing (9);
//! - a message is kept for the retention from its sending, in flight or not.
//!
//! A receipt that is not the latest deletes nothing. Copies are messages of their own: who sends them decides (3).
//! Left out: short polls, delays by message, fair queues.

use std::collections::VecDeque;

use super::settings::SqsSettings;
use crate::kernel::{Arena, Handle, Span, Time};

/// Most messages in flight at once (S-qlim: "about 120,000").
pub const IN_FLIGHT_LIMIT: u64 = 120_000;
/// From this receive on, a message goes to the back of a queue whose maxReceiveCount is above it (S-vis).
const BACK_AFTER: u32 = 3;

/// A standard queue of messages about `T`. Memory grows with what is in it.
#[derive(Debug, Clone)]
pub struct Queue<T> {
    visibility_timeout: Span,
    retention: Span,
    delay: Span,
    max_receive_count: Option<u32>,
    messages: Arena<Stored<T>>,
    /// Visible messages, next first. Those deleted or expired meanwhile are passed over when they are met.
    order: VecDeque<Handle>,
    visible: u64,
    in_flight: u64,
    /// Ends of the list of all stored messages, by their time of sending.
    oldest: Option<Handle>,
    newest: Option<Handle>,
}

#[derive(Debug, Clone, Copy)]
struct Stored<T> {
    content: T,
    state: State,
    sent: Time,
    receives: u32,
    /// Hidden by deliveries that failed, all together.
    hidden: Span,
    older: Option<Handle>,
    newer: Option<Handle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not in the queue yet: the send call is under way.
    OnItsWay,
    Delayed,
    Visible,
    InFlight,
}

/// What a receive gives for one delivery: it names the message and this delivery of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub(super) message: Handle,
    /// The how-manieth receive of the message, from 1 (`ApproximateReceiveCount`).
    pub receives: u32,
    /// When it was received.
    pub received: Time,
    /// When the message is visible again unless it is deleted.
    pub visible_again: Time,
}

/// What a receive takes off the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received<T> {
    /// A delivery.
    Delivered {
        /// Its receipt.
        receipt: Receipt,
        /// What the message is about.
        content: T,
        /// How long earlier deliveries that failed kept it hidden, all together.
        hidden: Span,
    },
    /// A message that was received too often already: it is in the dead-letter queue now.
    DeadLettered(T),
}

impl<T> Received<T> {
    /// The same about something else.
    pub fn map<U>(self, about: impl FnOnce(T) -> U) -> Received<U> {
        match self {
            Self::Delivered { receipt, content, hidden } => {
                Received::Delivered { receipt, content: about(content), hidden }
            }
            Self::DeadLettered(content) => Received::DeadLettered(about(content)),
        }
    }
}

impl<T: Copy> Queue<T> {
    /// An empty queue.
    #[must_use]
    pub fn new(settings: &SqsSettings) -> Self {
        Self {
            visibility_timeout: settings.visibility_timeout,
            retention: settings.retention,
            delay: settings.delay,
            max_receive_count: settings.max_receive_count,
            messages: Arena::new(),
            order: VecDeque::new(),
            visible: 0,
            in_flight: 0,
            oldest: None,
            newest: None,
        }
    }

    /// A message whose send call is under way; [`Queue::store`] puts it in.
    pub fn send(&mut self, content: T) -> Handle {
        self.messages.insert(Stored {
            content,
            state: State::OnItsWay,
            sent: Time::ZERO,
            receives: 0,
            hidden: Span::ZERO,
            older: None,
            newer: None,
        })
    }

    /// The message is in the queue from `now` on, which is never before the last one. It is visible at once, or, where
    /// the queue has a delay, at the instant returned: tell it by [`Queue::appear`].
    pub fn store(&mut self, now: Time, message: Handle) -> Option<Time> {
        let delayed = self.delay > Span::ZERO;
        let newest = self.newest.replace(message);
        let stored = &mut self.messages[message];
        stored.state = if delayed { State::Delayed } else { State::Visible };
        stored.sent = now;
        stored.older = newest;
        match newest {
            Some(newest) => self.messages[newest].newer = Some(message),
            None => self.oldest = Some(message),
        }
        if delayed {
            return Some(now + self.delay);
        }
        self.order.push_back(message);
        self.visible += 1;
        None
    }

    /// A message's delay is over. One that has expired is no more.
    pub fn appear(&mut self, message: Handle) {
        if self.messages.contains(message) {
            self.messages[message].state = State::Visible;
            self.order.push_back(message);
            self.visible += 1;
        }
    }

    /// Visible messages.
    #[must_use]
    pub const fn visible(&self) -> u64 {
        self.visible
    }

    /// Messages in flight.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Whether a receive would find anything now.
    #[must_use]
    pub const fn is_receivable(&self) -> bool {
        self.visible > 0 && self.in_flight < IN_FLIGHT_LIMIT
    }

    /// Takes the next visible message: delivers it, or moves it to the dead-letter queue. None: there is none, or too
    /// many are in flight.
    pub fn receive(&mut self, now: Time) -> Option<Received<T>> {
        if !self.is_receivable() {
            return None;
        }
        let message = loop {
            let next = self.order.pop_front()?;
            if self.messages.contains(next) {
                break next;
            }
        };
        let stored = &mut self.messages[message];
        if self.max_receive_count.is_some_and(|most| stored.receives >= most) {
            let content = stored.content;
            self.remove(message);
            return Some(Received::DeadLettered(content));
        }
        self.visible -= 1;
        self.in_flight += 1;
        stored.state = State::InFlight;
        stored.receives += 1;
        let receives = stored.receives;
        let receipt = Receipt { message, receives, received: now, visible_again: now + self.visibility_timeout };
        Some(Received::Delivered { receipt, content: stored.content, hidden: stored.hidden })
    }

    /// What a message is about, to be changed while this delivery of it is the latest.
    pub fn content_mut(&mut self, receipt: &Receipt) -> Option<&mut T> {
        if !self.is_current(receipt) {
            return None;
        }
        Some(&mut self.messages[receipt.message].content)
    }

    /// The visibility timeouts of these deliveries, in the order of their receives, have run: the messages are visible
    /// again in that order, unless they were deleted or have expired.
    pub fn reappear(&mut self, receipts: impl DoubleEndedIterator<Item = Receipt> + Clone) {
        for receipt in receipts.clone().rev() {
            if !self.is_sent_back(&receipt) && self.show(&receipt) {
                self.order.push_front(receipt.message);
            }
        }
        for receipt in receipts {
            if self.is_sent_back(&receipt) && self.show(&receipt) {
                self.order.push_back(receipt.message);
            }
        }
    }

    /// Whether the message goes to the back of the queue, not to the front.
    fn is_sent_back(&self, receipt: &Receipt) -> bool {
        receipt.receives >= BACK_AFTER && self.max_receive_count.is_some_and(|most| most > BACK_AFTER)
    }

    /// Makes a message in flight visible. Returns whether it still was.
    fn show(&mut self, receipt: &Receipt) -> bool {
        if !self.is_current(receipt) || self.messages[receipt.message].state != State::InFlight {
            return false;
        }
        let stored = &mut self.messages[receipt.message];
        stored.state = State::Visible;
        stored.hidden += receipt.visible_again.since(receipt.received);
        self.in_flight -= 1;
        self.visible += 1;
        true
    }

    /// Deletes a message, visible again or not, and gives back what it was about. Nothing, where a later receive gave a
    /// newer receipt, or the message is gone.
    pub fn delete(&mut self, receipt: &Receipt) -> Option<T> {
        if !self.is_current(receipt) {
            return None;
        }
        let content = self.messages[receipt.message].content;
        self.remove(receipt.message);
        Some(content)
    }

    /// Takes out one message whose retention is over, if there is one.
    pub fn expire(&mut self, now: Time) -> Option<T> {
        let oldest = self.oldest?;
        let Stored { content, sent, .. } = self.messages[oldest];
        if sent + self.retention > now {
            return None;
        }
        self.remove(oldest);
        Some(content)
    }

    /// When the oldest message expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Time> {
        self.oldest.map(|oldest| self.messages[oldest].sent + self.retention)
    }

    fn is_current(&self, receipt: &Receipt) -> bool {
        self.messages.get(receipt.message).is_some_and(|stored| stored.receives == receipt.receives)
    }

    fn remove(&mut self, message: Handle) {
        let Stored { state, older, newer, .. } = self.messages[message];
        match state {
            State::Visible => self.visible -= 1,
            State::InFlight => self.in_flight -= 1,
            State::OnItsWay | State::Delayed => {}
        }
        match newer {
            Some(newer) => self.messages[newer].older = older,
            None => self.newest = older,
        }
        match older {
            Some(older) => self.messages[older].newer = newer,
            None => self.oldest = newer,
        }
        self.messages.remove(message);
    }
}

#[cfg(test)]
mod tests;
