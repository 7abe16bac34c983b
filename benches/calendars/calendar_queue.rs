//! A calendar queue (Brown 1988): a ring of days, each an unordered list; days as long as a few gaps between events, and
//! as many as there are events, both adapted when the number of events doubles or halves.

use super::{Entry, Pending};

const LEAST_DAYS: usize = 16;

#[derive(Debug)]
pub struct CalendarQueue<E> {
    days: Vec<Vec<Entry<E>>>,
    /// A day lasts 2^shift ns.
    shift: u32,
    /// The number of today, counted from time zero.
    today: u64,
    count: usize,
}

impl<E> Default for CalendarQueue<E> {
    fn default() -> Self {
        Self { days: (0..LEAST_DAYS).map(|_| Vec::new()).collect(), shift: 30, today: 0, count: 0 }
    }
}

impl<E: Copy> CalendarQueue<E> {
    fn place(&mut self, entry: Entry<E>) {
        let day = entry.time() >> self.shift;
        self.today = self.today.min(day);
        let place = day as usize & (self.days.len() - 1);
        self.days[place].push(entry);
    }

    fn resize(&mut self, days: usize) {
        let entries: Vec<Entry<E>> = self.days.iter_mut().flat_map(std::mem::take).collect();
        let mut times: Vec<u64> = entries.iter().map(Entry::time).collect();
        times.sort_unstable();
        // The soonest half lies closest together, and its gap is the one that pops see.
        let soonest = &times[..times.len().div_ceil(2)];
        if let (Some(first), Some(last)) = (soonest.first(), soonest.last()) {
            let gap = (last - first) / soonest.len() as u64;
            self.shift = (gap * 2).max(1).ilog2();
            self.today = first >> self.shift;
        }
        self.days.resize_with(days, Vec::new);
        entries.into_iter().for_each(|entry| self.place(entry));
    }

    fn soonest_of_today(&self) -> Option<usize> {
        let day = &self.days[self.today as usize & (self.days.len() - 1)];
        let present = day.iter().enumerate().filter(|(_, entry)| entry.time() >> self.shift == self.today);
        present.min_by_key(|(_, entry)| entry.key).map(|(place, _)| place)
    }
}

impl<E: Copy> Pending<E> for CalendarQueue<E> {
    fn schedule(&mut self, key: u128, event: E) {
        self.count += 1;
        self.place(Entry { key, event });
        if self.count > 2 * self.days.len() {
            self.resize(2 * self.days.len());
        }
    }
    fn pop(&mut self) -> Option<(u128, E)> {
        if self.count == 0 {
            return None;
        }
        let mut tried = 0;
        let place = loop {
            if let Some(place) = self.soonest_of_today() {
                break place;
            }
            self.today += 1;
            tried += 1;
            if tried > self.days.len() {
                // Nothing for a whole year: look at all of it.
                self.today = self.days.iter().flatten().map(|entry| entry.time() >> self.shift).min()?;
            }
        };
        let today = self.today as usize & (self.days.len() - 1);
        let entry = self.days[today].swap_remove(place);
        self.count -= 1;
        if self.days.len() > LEAST_DAYS && self.count < self.days.len() / 2 {
            self.resize(self.days.len() / 2);
        }
        Some((entry.key, entry.event))
    }
}
