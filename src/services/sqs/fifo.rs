//! The messages of a FIFO queue: order inside message groups, and groups that wait for each other's messages.
//!
//! Rules kept (sources.md §2.3; S-fifo, S-qlim, S-dlq):
//! - order is kept inside a group only;
//! - while a message of a group is in flight, no later one of it is given to another receive;
//! - a receive takes as many as it can from one group, then from others;
//! - a receive looks at the first 120,000 messages of the queue only: behind a large backlog of blocked groups others
//!   starve;
//! - at most 120,000 messages are in flight;
//! - a message that was received too often leaves its group, and later ones pass.
//!
//! Of the groups that are free the one whose first message is oldest comes first. A sender sends the messages of a
//! group one after the other: what reaches the queue before its turn waits at the door. Visibility, receive counts,
//! retention and delay are those of a [standard queue](super::Queue), but a message that comes back keeps its place.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

use super::queue::{IN_FLIGHT_LIMIT, Receipt, Received};
use super::settings::SqsSettings;
use crate::kernel::{Arena, Handle, Span, Time};

/// How many messages, from the oldest on, a receive looks at for groups that are free (S-fifo).
pub const SCANNED: u64 = 120_000;

/// A FIFO queue of messages about `T` in groups named by `G`. Memory grows with what is in it; each message costs a
/// few steps, whatever the number of messages, and a free group one more for each doubling of their number.
#[derive(Debug, Clone)]
pub struct FifoQueue<T, G> {
    visibility_timeout: Span,
    retention: Span,
    delay: Span,
    max_receive_count: Option<u32>,
    messages: Arena<Stored<T>>,
    groups: Arena<Group<G>>,
    /// The group of each name that has a message on its way or in the queue. Only ever looked up.
    by_name: HashMap<G, Handle>,
    /// Free groups by their first message's sequence, and some that are so no more. The first is free, or there is none.
    free: BinaryHeap<Reverse<(u64, Handle)>>,
    /// The group that the receive under way takes from, and the message it comes to next.
    taking: Option<(Handle, Option<Handle>)>,
    /// Messages stored so far.
    sequence: u64,
    in_flight: u64,
    /// Ends of the list of all stored messages.
    oldest: Option<Handle>,
    newest: Option<Handle>,
    /// The last message that a receive looks at, and how many there are up to it.
    horizon: Option<Handle>,
    scanned: u64,
}

#[derive(Debug, Clone, Copy)]
struct Stored<T> {
    content: T,
    group: Handle,
    state: State,
    sequence: u64,
    sent: Time,
    receives: u32,
    /// Hidden by deliveries that failed, all together.
    hidden: Span,
    older: Option<Handle>,
    newer: Option<Handle>,
    /// Neighbours in the group; of a message that is not stored yet, the next that the sender sends.
    before: Option<Handle>,
    after: Option<Handle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The send call is under way.
    OnItsWay,
    /// It reached the queue before its turn.
    AtTheDoor,
    Delayed,
    Visible,
    InFlight,
}

#[derive(Debug, Clone, Copy)]
struct Group<G> {
    name: G,
    /// Ends of the list of its stored messages.
    first: Option<Handle>,
    last: Option<Handle>,
    in_flight: u32,
    /// Ends of the list of its messages that are not stored yet.
    next_sent: Option<Handle>,
    last_sent: Option<Handle>,
    /// The sequence under which it stands among the free ones.
    offered: Option<u64>,
}

/// What came of a message whose turn it was at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered<R> {
    /// The result of its own.
    pub result: R,
    /// The next of its group, if it is at the door already.
    pub next: Option<Handle>,
}

impl<T: Copy, G: Copy + Eq + Hash> FifoQueue<T, G> {
    /// An empty queue.
    #[must_use]
    pub fn new(settings: &SqsSettings) -> Self {
        Self {
            visibility_timeout: settings.visibility_timeout,
            retention: settings.retention,
            delay: settings.delay,
            max_receive_count: settings.max_receive_count,
            messages: Arena::new(),
            groups: Arena::new(),
            by_name: HashMap::new(),
            free: BinaryHeap::new(),
            taking: None,
            sequence: 0,
            in_flight: 0,
            oldest: None,
            newest: None,
            horizon: None,
            scanned: 0,
        }
    }

    /// A message of a group whose send call is under way. It is stored after those of its group sent before.
    pub fn send(&mut self, content: T, name: G) -> Handle {
        let groups = &mut self.groups;
        let group = *self.by_name.entry(name).or_insert_with(|| groups.insert(Group::new(name)));
        let message = self.messages.insert(Stored {
            content,
            group,
            state: State::OnItsWay,
            sequence: 0,
            sent: Time::ZERO,
            receives: 0,
            hidden: Span::ZERO,
            older: None,
            newer: None,
            before: None,
            after: None,
        });
        let sending = &mut self.groups[group];
        match sending.last_sent.replace(message) {
            Some(last) => self.messages[last].after = Some(message),
            None => sending.next_sent = Some(message),
        }
        message
    }

    /// The send call reaches the queue. Returns whether it is its turn; if not, it waits at the door until
    /// [`Entered::next`] names it.
    pub fn reach(&mut self, message: Handle) -> bool {
        let group = self.messages[message].group;
        let turn = self.groups[group].next_sent == Some(message);
        if !turn {
            self.messages[message].state = State::AtTheDoor;
        }
        turn
    }

    /// What a message is about that is not stored yet, to be changed.
    pub fn sending_mut(&mut self, message: Handle) -> &mut T {
        &mut self.messages[message].content
    }

    /// The message whose turn it is will reach the queue again later; those after it wait.
    pub fn hold_off(&mut self, message: Handle) {
        self.messages[message].state = State::OnItsWay;
    }

    /// The message whose turn it is is not stored. Gives back what it was about.
    pub fn refuse(&mut self, message: Handle) -> Entered<T> {
        let Stored { content, group, .. } = self.messages[message];
        let next = self.leave_door(message);
        self.messages.remove(message);
        self.forget_if_empty(group);
        Entered { result: content, next }
    }

    /// The message whose turn it is is in the queue from `now` on, which is never before the last one. The result is when
    /// its delay is over, to be told by [`FifoQueue::appear`]; none: it is visible at once.
    pub fn store(&mut self, now: Time, message: Handle) -> Entered<Option<Time>> {
        let next = self.leave_door(message);
        let delayed = self.delay > Span::ZERO;
        self.sequence += 1;
        let newest = self.newest.replace(message);
        let group = self.messages[message].group;
        let before = self.groups[group].last.replace(message);
        let stored = &mut self.messages[message];
        stored.state = if delayed { State::Delayed } else { State::Visible };
        (stored.sequence, stored.sent, stored.older, stored.before) = (self.sequence, now, newest, before);
        match newest {
            Some(newest) => self.messages[newest].newer = Some(message),
            None => self.oldest = Some(message),
        }
        match before {
            Some(before) => self.messages[before].after = Some(message),
            None => self.groups[group].first = Some(message),
        }
        if self.scanned < SCANNED {
            self.scanned += 1;
            self.horizon = Some(message);
        }
        self.offer(group);
        Entered { result: delayed.then(|| now + self.delay), next }
    }

    /// A message's delay is over. One that has expired is no more.
    pub fn appear(&mut self, message: Handle) {
        if self.messages.contains(message) {
            self.messages[message].state = State::Visible;
            self.offer(self.messages[message].group);
        }
    }

    /// Messages in flight.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Whether a message of a free group waits where a receive looks.
    #[must_use]
    pub fn has_free_group(&self) -> bool {
        self.free.peek().is_some_and(|Reverse((sequence, _))| *sequence <= self.horizon_sequence())
    }

    /// Whether a receive would find anything now.
    #[must_use]
    pub fn is_receivable(&self) -> bool {
        self.in_flight < IN_FLIGHT_LIMIT && self.has_free_group()
    }

    /// Takes the next message of the receive under way, or begins one: delivers it, or moves it to the dead-letter
    /// queue. None: there is none, or too many are in flight. [`FifoQueue::end_receive`] ends the receive.
    pub fn receive(&mut self, now: Time) -> Option<Received<T>> {
        if self.in_flight >= IN_FLIGHT_LIMIT {
            return None;
        }
        let message = self.next_of_group().or_else(|| self.first_of_next_group())?;
        let after = self.messages[message].after;
        let stored = &mut self.messages[message];
        self.taking = Some((stored.group, after));
        if self.max_receive_count.is_some_and(|most| stored.receives >= most) {
            let content = stored.content;
            self.remove(message);
            return Some(Received::DeadLettered(content));
        }
        stored.state = State::InFlight;
        stored.receives += 1;
        self.in_flight += 1;
        let Stored { content, group, receives, hidden, .. } = *stored;
        self.groups[group].in_flight += 1;
        let receipt = Receipt { message, receives, received: now, visible_again: now + self.visibility_timeout };
        Some(Received::Delivered { receipt, content, hidden })
    }

    /// The receive under way is over: the groups it took from are blocked.
    pub fn end_receive(&mut self) {
        if let Some((group, _)) = self.taking.take() {
            self.offer(group);
        }
    }

    /// The next message of the group that the receive under way takes from.
    fn next_of_group(&mut self) -> Option<Handle> {
        let next = self.taking?.1?;
        let Stored { state, sequence, .. } = self.messages[next];
        (state == State::Visible && sequence <= self.horizon_sequence()).then_some(next)
    }

    fn first_of_next_group(&mut self) -> Option<Handle> {
        self.end_receive();
        if !self.has_free_group() {
            return None;
        }
        let Reverse((_, group)) = self.free.pop()?;
        let chosen = &mut self.groups[group];
        chosen.offered = None;
        let first = chosen.first;
        self.taking = Some((group, first));
        self.settle();
        first
    }

    /// What a message is about, to be changed while this delivery of it is the latest.
    pub fn content_mut(&mut self, receipt: &Receipt) -> Option<&mut T> {
        if !self.is_current(receipt) {
            return None;
        }
        Some(&mut self.messages[receipt.message].content)
    }

    /// The visibility timeouts of these deliveries have run: the messages are visible again, each in its old place.
    pub fn reappear(&mut self, receipts: impl Iterator<Item = Receipt>) {
        for receipt in receipts {
            if !self.is_current(&receipt) || self.messages[receipt.message].state != State::InFlight {
                continue;
            }
            let stored = &mut self.messages[receipt.message];
            stored.state = State::Visible;
            stored.hidden += receipt.visible_again.since(receipt.received);
            let group = stored.group;
            self.in_flight -= 1;
            self.groups[group].in_flight -= 1;
            self.offer(group);
        }
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

    fn horizon_sequence(&self) -> u64 {
        self.horizon.map_or(0, |horizon| self.messages[horizon].sequence)
    }

    /// Takes the message whose turn it is from the list of those not stored. Returns the next one, if it is at the door.
    fn leave_door(&mut self, message: Handle) -> Option<Handle> {
        let Stored { group, after, .. } = self.messages[message];
        self.messages[message].after = None;
        let sending = &mut self.groups[group];
        sending.next_sent = after;
        if after.is_none() {
            sending.last_sent = None;
        }
        after.filter(|&next| self.messages[next].state == State::AtTheDoor)
    }

    /// Puts a group among the free ones if it is free.
    fn offer(&mut self, group: Handle) {
        if self.taking.is_some_and(|(taking, _)| taking == group) {
            return;
        }
        if let Some(sequence) = self.free_from(group)
            && self.groups[group].offered != Some(sequence)
        {
            self.groups[group].offered = Some(sequence);
            self.free.push(Reverse((sequence, group)));
        }
        self.settle();
    }

    /// The sequence of a group's first message if that is visible and none of the group is in flight.
    fn free_from(&self, group: Handle) -> Option<u64> {
        let group = self.groups.get(group).filter(|group| group.in_flight == 0)?;
        let first = &self.messages[group.first?];
        (first.state == State::Visible).then_some(first.sequence)
    }

    /// Drops what stands first among the free groups without being so.
    fn settle(&mut self) {
        while let Some(&Reverse((sequence, group))) = self.free.peek() {
            if self.free_from(group) == Some(sequence) {
                return;
            }
            self.free.pop();
            if self.groups.get(group).is_some_and(|group| group.offered == Some(sequence)) {
                self.groups[group].offered = None;
            }
        }
    }

    fn remove(&mut self, message: Handle) {
        let Stored { state, group, before, after, .. } = self.messages[message];
        if state == State::InFlight {
            self.in_flight -= 1;
            self.groups[group].in_flight -= 1;
        }
        self.leave_queue(message);
        let left = &mut self.groups[group];
        if left.first == Some(message) {
            left.first = after;
        }
        if left.last == Some(message) {
            left.last = before;
        }
        if let Some(before) = before {
            self.messages[before].after = after;
        }
        if let Some(after) = after {
            self.messages[after].before = before;
        }
        if let Some((_, next)) = &mut self.taking
            && *next == Some(message)
        {
            *next = after;
        }
        self.messages.remove(message);
        self.forget_if_empty(group);
        self.offer(group);
    }

    /// Takes a message out of the list of all, and lets receives look one message farther if they looked at it.
    fn leave_queue(&mut self, message: Handle) {
        let Stored { sequence, older, newer, .. } = self.messages[message];
        let was_scanned = sequence <= self.horizon_sequence();
        match newer {
            Some(newer) => self.messages[newer].older = older,
            None => self.newest = older,
        }
        match older {
            Some(older) => self.messages[older].newer = newer,
            None => self.oldest = newer,
        }
        if !was_scanned {
            return;
        }
        self.scanned -= 1;
        if self.horizon == Some(message) {
            self.horizon = older;
        }
        let next = self.horizon.map_or(self.oldest, |horizon| self.messages[horizon].newer);
        if next.is_some() {
            self.horizon = next;
            self.scanned += 1;
        }
    }

    fn forget_if_empty(&mut self, group: Handle) {
        let Group { name, first, next_sent, .. } = self.groups[group];
        if first.is_none() && next_sent.is_none() {
            self.by_name.remove(&name);
            self.groups.remove(group);
            if self.taking.is_some_and(|(taking, _)| taking == group) {
                self.taking = None;
            }
        }
    }
}

impl<G> Group<G> {
    const fn new(name: G) -> Self {
        Self { name, first: None, last: None, in_flight: 0, next_sent: None, last_sent: None, offered: None }
    }
}

#[cfg(test)]
mod tests;
