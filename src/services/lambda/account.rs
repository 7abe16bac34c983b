//! The account's concurrency, shared by all functions of a strategy.
//!
//! Rules kept: 1,000 concurrent runs in a Region by default (L-lim); reserved and provisioned concurrency is taken
//! out of what the other functions share (L-conc); 10 requests a second for each unit of concurrency (L-lim).

use super::bucket::TokenBucket;
use super::settings::{AccountSettings, LambdaSettings};
use crate::kernel::Span;

/// Requests a second that one unit of concurrency admits (L-lim).
pub(super) const REQUESTS_PER_UNIT: u64 = 10;

/// What functions without reserved concurrency share.
#[derive(Debug, Clone)]
pub struct Account {
    /// Concurrency left for functions that reserve none.
    pub(super) unreserved: u32,
    /// Of that, in use.
    pub(super) in_use: u32,
    /// The requests-per-second limit of the account.
    pub(super) requests: TokenBucket,
}

impl Account {
    /// The account as these functions leave it: unreserved = limit − Σ reserved − Σ provisioned of functions that
    /// reserve none.
    #[must_use]
    pub fn new<'a>(settings: &AccountSettings, functions: impl Iterator<Item = &'a LambdaSettings>) -> Self {
        let set_aside: u32 = functions.map(|function| function.reserved.unwrap_or(function.provisioned)).sum();
        Self {
            unreserved: settings.concurrency.saturating_sub(set_aside),
            in_use: 0,
            requests: request_bucket(settings.concurrency),
        }
    }
}

/// The requests-per-second limit that goes with a concurrency.
pub(super) fn request_bucket(concurrency: u32) -> TokenBucket {
    TokenBucket::new(u64::from(concurrency) * REQUESTS_PER_UNIT, Span::from_secs(1))
}
