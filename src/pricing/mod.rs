//! The price book: from the counts of a run to money.
//!
//! Prices are data (`us-east-1.toml`), held as whole picodollars a unit; a line of the bill is one exact product and one
//! rounding. AWS's tiers and free allowances are monthly, so a run of another length gets its share of them: a run of
//! three days has a tenth of every monthly bound, as if the month went on like the run.

mod book;
mod decimal;
mod money;
mod written;

pub use book::{Allowance, Changes, FreeTier, Price, PriceBook, PriceError, Tier};
pub use decimal::picodollars;
pub use money::{Bill, Money};
pub use written::{PriceRow, TierRow};
