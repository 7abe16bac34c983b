//! An arena: values in one flat block, named by place and generation, their places used again.

use std::ops::{Index, IndexMut};

/// Names a value in an [`Arena`]; stale once that value is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    index: u32,
    generation: u32,
}

impl Handle {
    /// The place, for tables kept beside the arena.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

#[derive(Debug, Clone)]
struct Slot<T> {
    generation: u32,
    live: bool,
    value: T,
}

/// Values that come and go. Memory grows with the most that were ever live at once; nothing is allocated after that.
#[derive(Debug, Clone)]
pub struct Arena<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Arena<T> {
    /// An empty arena.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// Puts a value in.
    ///
    /// # Panics
    /// With 2^32 values live at once, which no machine this runs on can hold.
    #[inline]
    pub fn insert(&mut self, value: T) -> Handle {
        if let Some(index) = self.free.pop() {
            let slot = &mut self.slots[index as usize];
            slot.value = value;
            slot.live = true;
            return Handle { index, generation: slot.generation };
        }
        let index = u32::try_from(self.slots.len()).expect("fewer than 2^32 live values");
        self.slots.push(Slot { generation: 0, live: true, value });
        Handle { index, generation: 0 }
    }

    /// Whether the value is still there.
    #[inline]
    #[must_use]
    pub fn contains(&self, handle: Handle) -> bool {
        self.slots.get(handle.index()).is_some_and(|slot| slot.live && slot.generation == handle.generation)
    }

    /// The value, unless it is gone.
    #[inline]
    #[must_use]
    pub fn get(&self, handle: Handle) -> Option<&T> {
        self.slots
            .get(handle.index())
            .filter(|slot| slot.live && slot.generation == handle.generation)
            .map(|slot| &slot.value)
    }

    /// Frees the value's place; its handle is stale from now on. Removing a stale handle does nothing.
    #[inline]
    pub fn remove(&mut self, handle: Handle) {
        if self.contains(handle) {
            let slot = &mut self.slots[handle.index()];
            slot.live = false;
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(handle.index);
        }
    }

    /// How many values are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The live values with their handles, by place.
    pub fn entries(&self) -> impl Iterator<Item = (Handle, &T)> {
        let of_slot = |(index, slot)| (index, slot);
        self.slots
            .iter()
            .enumerate()
            .map(of_slot)
            .filter(|(_, slot): &(usize, &Slot<T>)| slot.live)
            .map(|(index, slot)| (Handle { index: index as u32, generation: slot.generation }, &slot.value))
    }

    /// The live values, by place.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter(|slot| slot.live).map(|slot| &slot.value)
    }
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// # Panics
/// With a stale handle, which is a mistake of the program.
impl<T> Index<Handle> for Arena<T> {
    type Output = T;
    #[inline]
    fn index(&self, handle: Handle) -> &T {
        let slot = &self.slots[handle.index()];
        assert!(slot.live && slot.generation == handle.generation, "stale handle");
        &slot.value
    }
}

impl<T> IndexMut<Handle> for Arena<T> {
    #[inline]
    fn index_mut(&mut self, handle: Handle) -> &mut T {
        let slot = &mut self.slots[handle.index()];
        assert!(slot.live && slot.generation == handle.generation, "stale handle");
        &mut slot.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_used_again_makes_the_old_handle_stale() {
        let mut arena = Arena::new();
        let first = arena.insert('a');
        arena.remove(first);
        let second = arena.insert('b');
        assert_eq!(first.index(), second.index());
        assert_eq!(arena.get(first), None);
        assert_eq!(arena.get(second), Some(&'b'));
        arena.remove(first);
        assert_eq!((arena.len(), arena[second]), (1, 'b'));
    }

    #[test]
    fn values_are_listed_by_place_without_those_that_are_gone() {
        let mut arena = Arena::new();
        let handles = ['a', 'b', 'c'].map(|value| arena.insert(value));
        assert_eq!(handles.map(Handle::index), [0, 1, 2]);
        arena.remove(handles[1]);
        arena[handles[2]] = 'd';
        assert_eq!(arena.iter().collect::<String>(), "ad");
        assert_eq!((arena.len(), arena.is_empty()), (2, false));
        assert_eq!(handles.map(|handle| arena.contains(handle)), [true, false, true]);
    }

    #[test]
    #[should_panic(expected = "stale handle")]
    fn a_stale_handle_reads_nothing() {
        let mut arena = Arena::new();
        let handle = arena.insert('a');
        arena.remove(handle);
        let _ = arena[handle];
    }

    #[test]
    #[should_panic(expected = "stale handle")]
    fn a_stale_handle_writes_nothing() {
        let mut arena = Arena::new();
        let handle = arena.insert('a');
        arena.remove(handle);
        arena.insert('b');
        arena[handle] = 'c';
    }

    #[test]
    fn memory_grows_with_what_is_live_at_once() {
        let mut arena = Arena::new();
        for round in 0..1_000 {
            let handle = arena.insert(round);
            arena.remove(handle);
        }
        assert_eq!(arena.slots.len(), 1);
        assert!(arena.is_empty());
    }
}
