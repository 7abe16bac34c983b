//! The items of a table that expire: there until some time after that, and then gone without a trace.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

use crate::kernel::Time;

/// Items by key. Memory grows with the items that are there; what was deleted by its owner counts until its time to live
/// would have deleted it.
#[derive(Debug, Clone)]
pub struct Items<K, V> {
    places: HashMap<K, Place<V>>,
    /// When the time to live deletes what is at a place, or looks again: one entry for each place.
    due: BinaryHeap<Reverse<(Time, K)>>,
}

#[derive(Debug, Clone)]
struct Place<V> {
    /// Nothing, where its owner deleted it.
    value: Option<V>,
    /// Since when there is an item.
    since: Time,
    /// When its time to live deletes it.
    gone: Time,
}

impl<K: Copy + Eq + Hash + Ord, V> Items<K, V> {
    /// No items.
    #[must_use]
    pub fn new() -> Self {
        Self { places: HashMap::new(), due: BinaryHeap::new() }
    }

    /// The item of a key, expired or not, unless its time to live has deleted it.
    #[must_use]
    pub fn get(&self, now: Time, key: K) -> Option<&V> {
        self.places.get(&key).filter(|place| now < place.gone)?.value.as_ref()
    }

    /// The item of a key for a read that is as old as `seen`: what was put after that is not seen.
    #[must_use]
    pub fn get_as_of(&self, now: Time, key: K, seen: Time) -> Option<&V> {
        let place = self.places.get(&key).filter(|place| now < place.gone && place.since <= seen)?;
        place.value.as_ref()
    }

    /// Puts an item in place of what may be there, which its time to live deletes at `gone`.
    pub fn put(&mut self, now: Time, key: K, value: V, gone: Time) {
        self.delete_due(now);
        match self.places.entry(key) {
            Entry::Occupied(mut occupied) => {
                let place = occupied.get_mut();
                if place.value.is_none() || place.gone <= now {
                    place.since = now;
                }
                (place.value, place.gone) = (Some(value), gone);
            }
            Entry::Vacant(vacant) => {
                vacant.insert(Place { value: Some(value), since: now, gone });
                self.due.push(Reverse((gone, key)));
            }
        }
    }

    /// Deletes the item of a key, if there is one.
    pub fn delete(&mut self, key: K) {
        if let Some(place) = self.places.get_mut(&key) {
            place.value = None;
        }
    }

    /// Places that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn delete_due(&mut self, now: Time) {
        while let Some(&Reverse((due, key))) = self.due.peek()
            && due <= now
        {
            self.due.pop();
            if let Entry::Occupied(place) = self.places.entry(key) {
                let gone = place.get().gone;
                if gone <= now {
                    place.remove();
                } else {
                    self.due.push(Reverse((gone, key)));
                }
            }
        }
    }
}

impl<K: Copy + Eq + Hash + Ord, V> Default for Items<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    /// Deleted at 100 s: still found at 99 s, whenever it expired.
    ///
    /// Rule [doc] D-ttl: until the time to live has deleted an expired item, reads and conditions find it.
    #[test]
    fn an_item_is_found_until_its_time_to_live_deletes_it() {
        let mut items = Items::new();
        items.put(at(0), 1, 'a', at(100));
        assert_eq!((items.get(at(99), 1), items.get(at(100), 1)), (Some(&'a'), None));
    }

    /// Put at 10 s; a read at 11 s that is two seconds behind does not see it, one that is a second behind does.
    ///
    /// Rule [doc] D-read: an eventually consistent read may miss what was just written.
    #[test]
    fn a_read_behind_the_writes_misses_the_latest() {
        let mut items = Items::new();
        items.put(at(10), 1, 'a', at(100));
        assert_eq!(items.get_as_of(at(11), 1, at(9)), None);
        assert_eq!(items.get_as_of(at(11), 1, at(10)), Some(&'a'));
        items.put(at(11), 1, 'b', at(100));
        assert_eq!(items.get_as_of(at(11), 1, at(10)), Some(&'b'), "that there is an item is known");
    }

    #[test]
    fn what_is_put_again_lives_longer_and_what_is_deleted_is_gone() {
        let mut items = Items::new();
        items.put(at(0), 1, 'a', at(100));
        items.put(at(50), 1, 'b', at(150));
        assert_eq!(items.get(at(120), 1), Some(&'b'));
        items.delete(1);
        assert_eq!(items.get(at(120), 1), None);
        items.put(at(130), 1, 'c', at(230));
        assert_eq!((items.get_as_of(at(130), 1, at(129)), items.get(at(229), 1)), (None, Some(&'c')));
    }

    /// A hundred thousand items over time, each put, deleted and put again, ten seconds of life each: hardly more than
    /// ten are kept at once.
    #[test]
    fn memory_grows_with_what_is_there() {
        let mut items = Items::new();
        for second in 0..100_000 {
            items.put(at(second), second, (), at(second + 10));
            items.delete(second);
            items.put(at(second), second, (), at(second + 10));
            assert!(items.len() <= 12 && items.due.len() <= 12);
        }
        assert!(!items.is_empty());
    }
}
