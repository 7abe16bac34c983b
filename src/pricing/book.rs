//! The price book: one row a line item, read from TOML.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::decimal::picodollars;
use super::money::{Bill, Money};
use crate::kernel::Span;
use crate::words::LineItem;

const EMBEDDED: &str = include_str!("us-east-1.toml");

/// The month of the tiers and free allowances: 30 days.
const MONTH_NANOS: u128 = 30 * 86_400 * 1_000_000_000;

/// The prices of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    /// The region, e.g. `us-east-1`.
    pub region: String,
    /// When the book was written, as a date.
    pub written: String,
    /// In the order of [`LineItem::ALL`].
    prices: Vec<Price>,
    free: Vec<Allowance>,
}

/// The price of one line item and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What is priced.
    pub item: LineItem,
    /// The unit that is priced, e.g. `GB-s`.
    pub unit: String,
    /// How many counts of the line item make one such unit.
    pub counts_per_unit: u64,
    /// By monthly use; the last has no bound.
    pub tiers: Vec<Tier>,
    /// Where it holds, e.g. `us-east-1`.
    pub region: String,
    /// Where the price was read.
    pub source: String,
    /// When it was read or published.
    pub date: String,
    /// How sure it is: `doc`, `measured`, `inferred`, or `own` for a price of the user's.
    pub mark: String,
}

/// What a price file changes of a book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Another region.
    pub region: Option<String>,
    /// Another date.
    pub written: Option<String>,
    /// Rows that replace those of the same line of the bill.
    pub prices: Vec<Price>,
    /// All allowances there are.
    pub free: Option<Vec<Allowance>>,
}

/// A price up to a monthly use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The monthly use, in units, up to which it holds; none for the last tier.
    pub up_to: Option<u64>,
    /// Picodollars a unit.
    pub picodollars: u64,
}

/// Whether the monthly free allowances count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FreeTier {
    /// Everything is charged: the account has used them elsewhere.
    #[default]
    Ignored,
    /// The run has them to itself, in proportion to its length.
    Granted,
}

/// A free monthly allowance that some line items share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Whom it serves, in the order in which they draw on it; their units are the same.
    pub items: Vec<LineItem>,
    /// How much is free, in units of its items.
    pub units: u64,
    /// Where it was read.
    pub source: String,
    /// When it was read or published.
    pub date: String,
    /// How sure it is: `doc`, `measured` or `inferred`.
    pub mark: String,
}

/// Why a price book is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PriceError {
    /// Not TOML of the right shape.
    #[error("cannot read the price book: {0}")]
    Toml(#[from] toml::de::Error),
    /// A price that is no decimal number of dollars with at most twelve decimals.
    #[error("price `{text}` of {item:?}: expected dollars with at most 12 decimals, as in \"0.20\"")]
    Price {
        /// The row.
        item: LineItem,
        /// What it says.
        text: String,
    },
    /// A line item with no row, or with two.
    #[error("{item:?} has {rows} prices in the price book, expected 1")]
    Rows {
        /// The line item.
        item: LineItem,
        /// How many rows it has.
        rows: usize,
    },
    /// Bounds of tiers that do not rise.
    #[error("the tiers of {item:?} must have rising bounds")]
    Tiers {
        /// The row.
        item: LineItem,
    },
    /// A unit of no counts.
    #[error("the unit of {item:?} must be made of at least one count")]
    Unit {
        /// The row.
        item: LineItem,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBook {
    region: String,
    written: String,
    price: Vec<RawPrice>,
    #[serde(default)]
    free: Vec<Allowance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrice {
    item: LineItem,
    unit: String,
    counts: u64,
    price: String,
    #[serde(default)]
    tiers: Vec<RawTier>,
    source: String,
    date: String,
    mark: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    up_to: u64,
    price: String,
}

impl PriceBook {
    /// The book that comes with the program: us-east-1.
    ///
    /// # Panics
    ///
    /// Never: the book is part of the program and every test of prices reads it.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("the embedded price book is valid")
    }

    /// Reads a book of the same form as the embedded one.
    ///
    /// # Errors
    ///
    /// [`PriceError`] where the text is not TOML of that form, or a line item has not exactly one valid row.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let raw: RawBook = toml::from_str(text)?;
        let read = |row| Price::from_raw(row, &raw.region);
        let mut prices = raw.price.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        for item in LineItem::ALL {
            let rows = prices.iter().filter(|price| price.item == item).count();
            if rows != 1 {
                return Err(PriceError::Rows { item, rows });
            }
        }
        prices.sort_by_key(|price| price.item.index());
        Ok(Self { region: raw.region, written: raw.written, prices, free: raw.free })
    }

    /// The same book with some of it replaced.
    #[must_use]
    pub fn with(&self, changes: Changes) -> Self {
        let Changes { region, written, prices, free } = changes;
        let mut book = self.clone();
        book.region = region.unwrap_or(book.region);
        book.written = written.unwrap_or(book.written);
        for price in prices {
            let index = price.item.index();
            book.prices[index] = price;
        }
        book.free = free.unwrap_or(book.free);
        book
    }

    /// The rows in which it differs from another book, in the order of the bill.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&Price> {
        self.prices.iter().zip(&other.prices).filter(|(own, other)| own != other).map(|(own, _)| own).collect()
    }

    /// The price of a line item.
    #[must_use]
    pub fn price(&self, item: LineItem) -> &Price {
        &self.prices[item.index()]
    }

    /// What is free each month, where [`FreeTier::Granted`].
    #[must_use]
    pub fn allowances(&self) -> &[Allowance] {
        &self.free
    }

    /// What a run of that length costs. `counts` are in the units of [`LineItem`], in the order of [`LineItem::ALL`].
    ///
    /// Monthly bounds are cut to the run's share of 30 days, down to a whole count; a run of no length has the bounds of
    /// the month. Each line is rounded once, to the nearest picodollar, and stops at the largest sum that can be held.
    #[must_use]
    pub fn cost(&self, counts: &[u128; LineItem::ALL.len()], run: Span, free_tier: FreeTier) -> Bill {
        let mut charged = *counts;
        if free_tier == FreeTier::Granted {
            for allowance in &self.free {
                self.grant(allowance, run, &mut charged);
            }
        }
        let mut lines = [Money::default(); LineItem::ALL.len()];
        for (line, (price, &count)) in lines.iter_mut().zip(self.prices.iter().zip(&charged)) {
            *line = price.cost(count, run);
        }
        Bill { lines }
    }

    /// Takes an allowance off the counts, item by item until it is used up.
    fn grant(&self, allowance: &Allowance, run: Span, charged: &mut [u128; LineItem::ALL.len()]) {
        let mut left: Option<u128> = None;
        for &item in &allowance.items {
            let available = left.unwrap_or_else(|| self.price(item).monthly(allowance.units, run));
            let taken = available.min(charged[item.index()]);
            charged[item.index()] -= taken;
            left = Some(available - taken);
        }
    }
}

impl Price {
    fn from_raw(raw: RawPrice, region: &str) -> Result<Self, PriceError> {
        let RawPrice { item, unit, counts, price, tiers: raw_tiers, source, date, mark } = raw;
        let dollars = |text: String| picodollars(&text).ok_or(PriceError::Price { item, text });
        if counts == 0 {
            return Err(PriceError::Unit { item });
        }
        if !raw_tiers.is_sorted_by(|lower, upper| lower.up_to < upper.up_to) {
            return Err(PriceError::Tiers { item });
        }
        let mut tiers = Vec::new();
        for tier in raw_tiers {
            tiers.push(Tier { up_to: Some(tier.up_to), picodollars: dollars(tier.price)? });
        }
        tiers.push(Tier { up_to: None, picodollars: dollars(price)? });
        Ok(Self { item, unit, counts_per_unit: counts, tiers, region: region.to_owned(), source, date, mark })
    }

    /// A run's share of a monthly use, in counts.
    fn monthly(&self, units: u64, run: Span) -> u128 {
        let counts = u128::from(units) * u128::from(self.counts_per_unit);
        match u128::from(run.as_nanos()) {
            0 => counts,
            // Whole months first, so that the product stays in range.
            run => (counts / MONTH_NANOS).saturating_mul(run).saturating_add(counts % MONTH_NANOS * run / MONTH_NANOS),
        }
    }

    fn cost(&self, count: u128, run: Span) -> Money {
        let (mut below, mut sum) = (0u128, 0u128);
        for tier in &self.tiers {
            let bound = tier.up_to.map_or(count, |units| self.monthly(units, run).min(count));
            let inside = bound.saturating_sub(below);
            sum = sum.saturating_add(inside.saturating_mul(u128::from(tier.picodollars)));
            below = below.max(bound);
        }
        let unit = u128::from(self.counts_per_unit);
        let rounded = sum.saturating_add(unit / 2) / unit;
        Money::from_picodollars(i128::try_from(rounded).unwrap_or(i128::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(from: &str, to: &str) -> String {
        assert!(EMBEDDED.contains(from));
        PriceBook::parse(&EMBEDDED.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn a_book_with_a_bad_row_is_refused_with_its_reason() {
        for (from, to, reason) in [
            ("\"0.20\"", "\"0,20\"", "price `0,20` of LambdaRequests"),
            ("\"s3_list\"", "\"lambda_requests\"", "LambdaRequests has 2 prices"),
            ("\"s3_list\"", "\"s3_lists\"", "unknown variant `s3_lists`"),
            ("up_to = 6_000_000_000", "up_to = 16_000_000_000", "LambdaX86MbMs must have rising bounds"),
            ("counts = 1_000_000", "counts = 0", "unit of LambdaRequests"),
            ("counts = 1_000_000", "count = 1_000_000", "unknown field `count`"),
        ] {
            let error = refused(from, to);
            assert!(error.contains(reason), "{error}");
        }
        let start = EMBEDDED.find("[[price]]\nitem = \"s3_list\"").unwrap();
        let end = start + 1 + EMBEDDED[start + 1..].find("[[price]]").unwrap();
        let without = format!("{}{}", &EMBEDDED[..start], &EMBEDDED[end..]);
        assert_eq!(PriceBook::parse(&without), Err(PriceError::Rows { item: LineItem::S3List, rows: 0 }));
    }

    #[test]
    fn the_month_is_shared_out_by_the_length_of_the_run() {
        let book = PriceBook::embedded();
        let price = book.price(LineItem::LambdaX86MbMs);
        assert_eq!(price.monthly(400_000, Span::ZERO), 400_000 * 1_024_000);
        assert_eq!(price.monthly(400_000, Span::from_secs(86_400)), 400_000 * 1_024_000 / 30);
        assert_eq!(price.monthly(15_000_000_000, Span::from_secs(60 * 86_400)), 30_000_000_000 * 1_024_000);
    }
}
