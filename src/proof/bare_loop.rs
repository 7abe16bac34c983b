//! The bare, hand-written loop that the simulator's speed is held against.
//!
//! It does the same work with nothing around it: the same arrivals and keyed draws, one `std` `BinaryHeap` event for
//! each delay that is simulated, and a list of sojourn times. No graph, ledger, environments, quantiles, series or cost.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::arrivals::{ArrivalError, Stream};
use crate::kernel::{Distribution, Purpose, Span, Time};

/// A pending event: when, in which order, what, and for which item.
type Pending = Reverse<(Time, u64, u8, usize)>;

/// Servers in parallel behind one first-in, first-out queue.
#[derive(Debug, Clone)]
pub struct BareServers {
    /// How many.
    pub servers: usize,
    /// Time one item takes.
    pub service: Distribution,
    /// Its draws.
    pub draws: Purpose,
}

/// A delay that every item has.
#[derive(Debug, Clone)]
pub struct BareDelay {
    /// Its distribution.
    pub delay: Distribution,
    /// Its draws.
    pub draws: Purpose,
    /// A chance that is drawn with it and changes nothing (a failure that does not happen).
    pub chance: Option<f64>,
}

impl BareServers {
    /// Serves every item of a stream; sojourn times in the order of completion.
    ///
    /// # Errors
    /// What the stream cannot give.
    pub fn run(&self, mut stream: Stream) -> Result<Vec<Span>, ArrivalError> {
        const ARRIVAL: u8 = 0;
        let mut events: BinaryHeap<Pending> = BinaryHeap::new();
        let (mut arrived, mut sequence, mut number, mut busy) = (Vec::new(), 0, 0, 0);
        let mut free: Vec<usize> = Vec::new();
        let (mut waiting, mut sojourns) = (VecDeque::new(), Vec::new());
        let start = |now: Time, slot: usize, number: u64, sequence: u64| {
            Reverse((now + self.service.span(&mut self.draws.draw(number, 0)), sequence, 1, slot))
        };
        if let Some(first) = stream.next()? {
            events.push(Reverse((first.at, sequence, ARRIVAL, 0)));
        }
        while let Some(Reverse((now, _, kind, slot))) = events.pop() {
            sequence += 1;
            if kind == ARRIVAL {
                let place = free.pop().unwrap_or(arrived.len());
                if place == arrived.len() {
                    arrived.push(now);
                } else {
                    arrived[place] = now;
                }
                if busy < self.servers {
                    busy += 1;
                    events.push(start(now, place, number, sequence));
                } else {
                    waiting.push_back((place, number));
                }
                number += 1;
                if let Some(next) = stream.next()? {
                    events.push(Reverse((next.at, sequence, ARRIVAL, 0)));
                }
                continue;
            }
            sojourns.push(now.since(arrived[slot]));
            free.push(slot);
            match waiting.pop_front() {
                Some((place, number)) => events.push(start(now, place, number, sequence)),
                None => busy -= 1,
            }
        }
        Ok(sojourns)
    }
}

/// Sends every item of a stream through its delays, one event each; sojourn times in the order of completion.
///
/// # Errors
/// What the stream cannot give.
pub fn run_delays(mut stream: Stream, delays: &[BareDelay]) -> Result<Vec<Span>, ArrivalError> {
    let mut events: BinaryHeap<Pending> = BinaryHeap::new();
    let (mut items, mut free, mut sojourns) = (Vec::<(Time, u64)>::new(), Vec::<usize>::new(), Vec::new());
    let (mut sequence, mut number) = (0, 0);
    if let Some(first) = stream.next()? {
        events.push(Reverse((first.at, sequence, 0, 0)));
    }
    while let Some(Reverse((now, _, stage, mut slot))) = events.pop() {
        sequence += 1;
        if stage == 0 {
            slot = free.pop().unwrap_or(items.len());
            if slot == items.len() {
                items.push((now, number));
            } else {
                items[slot] = (now, number);
            }
            number += 1;
            if let Some(next) = stream.next()? {
                events.push(Reverse((next.at, sequence, 0, 0)));
            }
        }
        match delays.get(usize::from(stage)) {
            Some(BareDelay { delay, draws, chance }) => {
                let mut draw = draws.draw(items[slot].1, 0);
                let span = delay.span(&mut draw);
                let extra = chance.is_some_and(|chance| draw.chance(chance * f64::EPSILON));
                events.push(Reverse((now + span, sequence + u64::from(extra), stage + 1, slot)));
            }
            None => {
                sojourns.push(now.since(items[slot].0));
                free.push(slot);
            }
        }
    }
    Ok(sojourns)
}
