//! The items of a table that expire: there until some time after that, and then gone without a trace.

use std::collections::HashMap;
use std::hash::Hash;

use crate::kernel::Time;

/// Items by key. What its time to live has deleted is remembered, so that its absence can be explained: whoever knows that
/// nobody will ask for a key again deletes it, and memory grows with the keys that are left.
#[derive(Debug, Clone)]
pub struct Items<K, V> {
    places: HashMap<K, Place<V>>,
}

#[derive(Debug, Clone)]
struct Place<V> {
    value: V,
    /// Since when there is an item.
    since: Time,
    /// When its time to live deletes it.
    gone: Time,
}

/// What there is of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a, V> {
    /// This item, which may have expired.
    Item(&'a V),
    /// Nothing any more: its time to live has deleted it.
    Gone,
    /// Nothing.
    Nothing,
}

impl<K: Copy + Eq + Hash, V> Items<K, V> {
    /// No items.
    #[must_use]
    pub fn new() -> Self {
        Self { places: HashMap::new() }
    }

    /// What a call that is current finds.
    #[must_use]
    pub fn find(&self, now: Time, key: K) -> Found<'_, V> {
        self.find_as_of(now, key, now)
    }

    /// What a read finds that is as old as `seen`: an item that came after that is not seen.
    #[must_use]
    pub fn find_as_of(&self, now: Time, key: K, seen: Time) -> Found<'_, V> {
        match self.places.get(&key) {
            Some(place) if now >= place.gone => Found::Gone,
            Some(place) if place.since <= seen => Found::Item(&place.value),
            Some(_) | None => Found::Nothing,
        }
    }

    /// Puts an item in place of what may be there, which its time to live deletes at `gone`.
    pub fn put(&mut self, now: Time, key: K, value: V, gone: Time) {
        let since = self.places.get(&key).filter(|place| now < place.gone).map_or(now, |place| place.since);
        self.places.insert(key, Place { value, since, gone });
    }

    /// Deletes the item of a key, if there is one, and all memory of it.
    pub fn delete(&mut self, key: K) {
        self.places.remove(&key);
    }

    /// Keys that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl<K: Copy + Eq + Hash, V> Default for Items<K, V> {
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
        assert_eq!([99, 100].map(|second| items.find(at(second), 1)), [Found::Item(&'a'), Found::Gone]);
        assert_eq!(items.find(at(0), 2), Found::Nothing);
    }

    /// Put at 10 s; a read at 11 s that is two seconds behind does not see it, one that is a second behind does.
    ///
    /// Rule [doc] D-read: an eventually consistent read may miss what was just written.
    #[test]
    fn a_read_behind_the_writes_misses_the_latest() {
        let mut items = Items::new();
        items.put(at(10), 1, 'a', at(100));
        assert_eq!(items.find_as_of(at(11), 1, at(9)), Found::Nothing);
        assert_eq!(items.find_as_of(at(11), 1, at(10)), Found::Item(&'a'));
        items.put(at(11), 1, 'b', at(100));
        assert_eq!(items.find_as_of(at(11), 1, at(10)), Found::Item(&'b'), "that there is an item is known");
    }

    #[test]
    fn what_is_put_again_lives_longer_and_what_is_deleted_is_nowhere() {
        let mut items = Items::new();
        items.put(at(0), 1, 'a', at(100));
        items.put(at(50), 1, 'b', at(150));
        assert_eq!(items.find(at(120), 1), Found::Item(&'b'));
        items.delete(1);
        assert_eq!(items.find(at(120), 1), Found::Nothing);
        items.put(at(130), 1, 'c', at(230));
        assert_eq!(items.find_as_of(at(130), 1, at(129)), Found::Nothing);
        assert_eq!((items.len(), items.is_empty()), (1, false));
        items.delete(1);
        assert!(items.is_empty());
    }
}
