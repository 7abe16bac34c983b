//! The account's concurrency, shared by all functions of a strategy.
//!
//! Rules kept: 1,000 concurrent runs in a Region by default (L-lim); reserved and provisioned concurrency is taken
//! out of what the other functions share (L-conc); 10 requests a second for each unit of concurrency (L-lim).

use super::TokenBucket;
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

#[cfg(test)]
mod tests {
    use super::super::function::tests::settings;
    use super::*;

    fn account(concurrency: u32, functions: &[(Option<u32>, u32)]) -> Account {
        let functions: Vec<LambdaSettings> = functions
            .iter()
            .map(|&(reserved, provisioned)| LambdaSettings { reserved, provisioned, ..settings() })
            .collect();
        let scaling_period = Span::from_secs(10);
        Account::new(&AccountSettings { concurrency, scaling_burst: 1_000, scaling_period }, functions.iter())
    }

    /// 1,000 − 300 reserved − 50 provisioned of a function that reserves none. Provisioned concurrency inside a
    /// reservation is part of it.
    /// Rule [doc] L-resv, L-conc: Reserved concurrency is a cap and a guarantee.
    #[test]
    fn what_is_reserved_or_provisioned_is_taken_out_of_what_is_shared() {
        assert_eq!(account(1_000, &[]).unreserved, 1_000);
        assert_eq!(account(1_000, &[(None, 0), (Some(300), 0), (None, 50)]).unreserved, 650);
        assert_eq!(account(1_000, &[(Some(300), 200)]).unreserved, 700);
        assert_eq!(account(100, &[(Some(300), 0)]).unreserved, 0);
    }

    #[test]
    fn ten_requests_a_second_go_with_each_unit_of_concurrency() {
        let mut requests = account(3, &[]).requests;
        assert_eq!((0..100).filter(|_| requests.take(crate::kernel::Time::ZERO)).count(), 30);
    }
}
