//! Sums of money and the bill of a run.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::words::{LineItem, Usage};

/// US dollars in whole picodollars (1e-12 USD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i128);

impl Money {
    /// Picodollars in a dollar.
    pub const PER_DOLLAR: i128 = 1_000_000_000_000;

    /// A sum in picodollars.
    #[must_use]
    pub const fn from_picodollars(picodollars: i128) -> Self {
        Self(picodollars)
    }

    /// The exact sum in picodollars.
    #[must_use]
    pub const fn picodollars(self) -> i128 {
        self.0
    }

    /// Dollars, for reports only.
    #[must_use]
    pub fn usd(self) -> f64 {
        self.0 as f64 / Self::PER_DOLLAR as f64
    }
}

/// Sums stop at the largest sum of money that can be held.
impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}

/// In dollars with all twelve decimals.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let dollar = Self::PER_DOLLAR.unsigned_abs();
        write!(f, "{sign}{}.{:012} USD", size / dollar, size % dollar)
    }
}

/// What a run costs, line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// In the order of [`LineItem::ALL`].
    pub lines: [Money; LineItem::ALL.len()],
}

impl Bill {
    /// The cost of one line.
    #[must_use]
    pub fn line(&self, item: LineItem) -> Money {
        self.lines[item.index()]
    }

    /// The sum of each service's lines, in the order of the bill; they add up to the total.
    #[must_use]
    pub fn by_service(&self) -> Vec<(&'static str, Money)> {
        let mut sums: Vec<(&'static str, Money)> = Vec::new();
        for item in LineItem::ALL {
            match sums.last_mut() {
                Some((service, sum)) if *service == item.service() => *sum = *sum + self.line(item),
                _ => sums.push((item.service(), self.line(item))),
            }
        }
        sums
    }

    /// What a part of the use that it is made out for costs, in dollars: of each line the same share as of its counts, so
    /// that tiers and free allowances favour every part alike.
    #[must_use]
    pub fn share_of(&self, part: &Usage, whole: &Usage) -> f64 {
        let used = LineItem::ALL.into_iter().filter(|&item| part.count(item) > 0);
        used.map(|item| self.line(item).usd() * (part.count(item) as f64 / whole.count(item) as f64)).sum()
    }

    /// The sum of all lines.
    #[must_use]
    pub fn total(&self) -> Money {
        self.lines.iter().copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_every_picodollar() {
        assert_eq!(Money::from_picodollars(1_033_335_000_000).to_string(), "1.033335000000 USD");
        assert_eq!(Money::from_picodollars(-5).to_string(), "-0.000000000005 USD");
        assert_eq!(Money::from_picodollars(2_500_000_000_000).usd(), 2.5);
    }

    #[test]
    fn a_bill_adds_up() {
        let mut lines = [Money::default(); LineItem::ALL.len()];
        lines[LineItem::S3List.index()] = Money::from_picodollars(7);
        lines[0] = Money::from_picodollars(3);
        let bill = Bill { lines };
        assert_eq!((bill.line(LineItem::S3List).picodollars(), bill.total().picodollars()), (7, 10));
        assert_eq!(Money(i128::MAX) + Money(1), Money(i128::MAX));
        let services = bill.by_service();
        assert_eq!((services[0], services[1]), (("lambda", Money(3)), ("s3", Money(7))));
        assert_eq!(services.into_iter().map(|(_, sum)| sum).sum::<Money>(), bill.total());
    }
}
