//! The values a field of a cron expression stands for.

/// A set of numbers below 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ValueSet([u64; 4]);

impl ValueSet {
    /// Numbers it can hold are below this.
    const LIMIT: u16 = 256;

    /// Adds a number; those it cannot hold are left out.
    pub(super) fn insert(&mut self, value: u16) {
        if value < Self::LIMIT {
            self.0[usize::from(value / 64)] |= 1 << (value % 64);
        }
    }

    /// Whether it has that number.
    pub(super) fn contains(&self, value: u16) -> bool {
        value < Self::LIMIT && self.0[usize::from(value / 64)] >> (value % 64) & 1 == 1
    }

    /// Its numbers from `least` up.
    pub(super) fn from(&self, least: u16) -> impl Iterator<Item = u16> + '_ {
        (least..Self::LIMIT).filter(|&value| self.contains(value))
    }
}
