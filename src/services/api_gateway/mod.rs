//! Amazon API Gateway in front of a function that it invokes synchronously. It knows nothing of clients.
//!
//! Rules kept (APIG unless said otherwise):
//! - a request takes a token of its stage or route first, then one of the account, which has one bucket for all its APIs:
//!   10,000 a second and 5,000 at once;
//! - an integration is waited for up to 29 s (REST) or 30 s (HTTP); the function goes on and is billed;
//! - statuses: 429 throttled; 504 (REST) or 503 (HTTP) integration timeout; 502 (REST) or 500 (HTTP) function error; 500
//!   where Lambda refuses the invoke; 413 above 10 MB;
//! - it never invokes a function again by itself;
//! - HTTP APIs are billed by each 512 KB of a request, REST APIs by request.
//!
//! Inferred: an answer passes without delay, the overhead is before the invoke; what is refused (429, 413) is not billed.
//!
//! Left out: usage plans and their quotas, authorizers, caches, WebSocket APIs, the 10 s of a Lambda authorizer.

pub mod settings;

use super::token_bucket::TokenBucket;
use crate::kernel::{Span, Time};
use crate::words::LineItem;
use settings::{AccountSettings, GatewaySettings, Kind, Throttle};

/// The largest request, in bytes.
pub const REQUEST_BYTES_AT_MOST: u64 = 10 * 1_024 * 1_024;
/// Requests of an HTTP API are billed by so many bytes.
const BILLED_CHUNK: u64 = 512 * 1_024;

/// The HTTP statuses that an API answers with.
pub const STATUSES: [u16; 7] = [200, 413, 429, 500, 502, 503, 504];

/// Why a request does not reach its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A bucket is empty.
    Throttled,
    /// It is larger than [`REQUEST_BYTES_AT_MOST`].
    TooLarge,
}

impl Refused {
    /// The status that says so.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Throttled => 429,
            Self::TooLarge => 413,
        }
    }
}

/// What came of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// The function returned, or a service accepted the request.
    Returned,
    /// The function failed: an error, a crash, its own timeout.
    FunctionError,
    /// Lambda refused the invoke: throttled.
    InvokeRefused,
    /// Nothing, for as long as the API waits.
    TimedOut,
}

/// What the APIs of an account share.
#[derive(Debug, Clone)]
pub struct Account {
    requests: TokenBucket,
}

impl Account {
    /// An account whose bucket is full.
    #[must_use]
    pub fn new(settings: AccountSettings) -> Self {
        Self { requests: bucket(settings.throttle) }
    }
}

fn bucket(Throttle { rate, burst }: Throttle) -> TokenBucket {
    let nanos = u64::from(burst) * 1_000_000_000 / u64::from(rate.max(1));
    TokenBucket::new(u64::from(burst), Span::from_nanos(nanos))
}

/// An API at work.
#[derive(Debug, Clone)]
pub struct Gateway {
    settings: GatewaySettings,
    stage: Option<TokenBucket>,
}

impl Gateway {
    /// An API that had no request.
    #[must_use]
    pub fn new(settings: GatewaySettings) -> Self {
        Self { stage: settings.throttle.map(bucket), settings }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &GatewaySettings {
        &self.settings
    }

    /// Lets a request of so many bytes through.
    ///
    /// # Errors
    /// What stands against it, in AWS's order: the stage's or route's limit, then the account's.
    pub fn admit(&mut self, account: &mut Account, now: Time, bytes: u64) -> Result<(), Refused> {
        if bytes > REQUEST_BYTES_AT_MOST {
            return Err(Refused::TooLarge);
        }
        let within_stage = self.stage.as_mut().is_none_or(|stage| stage.take(now));
        if within_stage && account.requests.take(now) { Ok(()) } else { Err(Refused::Throttled) }
    }

    /// The status of an answer.
    #[must_use]
    pub const fn status(&self, integration: Integration) -> u16 {
        match (integration, self.settings.kind) {
            (Integration::Returned, _) => 200,
            (Integration::FunctionError, Kind::Rest) => 502,
            (Integration::FunctionError, Kind::Http) | (Integration::InvokeRefused, _) => 500,
            (Integration::TimedOut, Kind::Rest) => 504,
            (Integration::TimedOut, Kind::Http) => 503,
        }
    }

    /// What a request of so many bytes adds to the bill.
    #[must_use]
    pub const fn billed(&self, bytes: u64) -> (LineItem, u64) {
        match self.settings.kind {
            Kind::Http if bytes > BILLED_CHUNK => (LineItem::ApiHttpRequests, bytes.div_ceil(BILLED_CHUNK)),
            Kind::Http => (LineItem::ApiHttpRequests, 1),
            Kind::Rest => (LineItem::ApiRestRequests, 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Distribution;

    fn gateway(kind: Kind, throttle: Option<Throttle>) -> Gateway {
        let overhead = Distribution::constant(0.0).expect("a length of time");
        Gateway::new(GatewaySettings { kind, integration_timeout: kind.integration_timeout(), overhead, throttle })
    }

    fn account(rate: u32, burst: u32) -> Account {
        Account::new(AccountSettings { throttle: Throttle { rate, burst } })
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn admitted(gateway: &mut Gateway, account: &mut Account, now: Time, of: u32) -> usize {
        (0..of).filter(|_| gateway.admit(account, now, 0).is_ok()).count()
    }

    /// Rule [doc] APIG: an account takes 5,000 requests at once and 10,000 a second after that, for all its APIs together; the rest gets 429.
    #[test]
    fn an_account_has_one_bucket_for_all_its_apis() {
        let mut account = account(10_000, 5_000);
        let (mut one, mut other) = (gateway(Kind::Http, None), gateway(Kind::Rest, None));
        assert_eq!(admitted(&mut one, &mut account, at(0), 3_000), 3_000);
        assert_eq!(admitted(&mut other, &mut account, at(0), 3_000), 2_000);
        assert_eq!(one.admit(&mut account, at(0), 0), Err(Refused::Throttled));
        // 10 a millisecond come back, at most 5,000 of them.
        assert_eq!(admitted(&mut one, &mut account, at(7), 1_000), 70);
        assert_eq!(admitted(&mut one, &mut account, at(10_000), 10_000), 5_000);
        assert_eq!(Refused::Throttled.status(), 429);
    }

    /// Rule [doc] APIG: the limit of the stage or route stands before the account's; what it refuses takes nothing of the account.
    #[test]
    fn the_stage_comes_before_the_account() {
        let mut account = account(100, 10);
        let mut limited = gateway(Kind::Rest, Some(Throttle { rate: 1, burst: 4 }));
        assert_eq!(admitted(&mut limited, &mut account, at(0), 100), 4);
        assert_eq!(admitted(&mut gateway(Kind::Rest, None), &mut account, at(0), 100), 6);
        // After a second the stage has one more token, the account ten.
        assert_eq!(admitted(&mut limited, &mut account, at(1_000), 100), 1);
    }

    /// Rule [doc] APIG: a REST API answers 504 to an integration timeout, 502 to a function error and 500 to a throttled invoke.
    #[test]
    fn statuses_of_a_rest_api() {
        use Integration::{FunctionError, InvokeRefused, Returned, TimedOut};
        let statuses =
            [Returned, FunctionError, InvokeRefused, TimedOut].map(|came| gateway(Kind::Rest, None).status(came));
        assert_eq!(statuses, [200, 502, 500, 504]);
        assert!(statuses.iter().all(|status| STATUSES.contains(status)));
    }

    /// Rule [doc*] APIG: an HTTP API answers 503 to an integration timeout, 500 to a function error and to a throttled invoke.
    #[test]
    fn statuses_of_an_http_api() {
        use Integration::{FunctionError, InvokeRefused, Returned, TimedOut};
        let statuses =
            [Returned, FunctionError, InvokeRefused, TimedOut].map(|came| gateway(Kind::Http, None).status(came));
        assert_eq!(statuses, [200, 500, 500, 503]);
        assert!(statuses.iter().all(|status| STATUSES.contains(status)));
    }

    /// Rule [doc] APIG: a request above 10 MB gets 413, and takes no token.
    #[test]
    fn a_request_above_10_mb_is_refused() {
        let (mut gateway, mut account) = (gateway(Kind::Http, None), account(1, 1));
        assert_eq!(gateway.admit(&mut account, at(0), 10 * 1_048_576 + 1), Err(Refused::TooLarge));
        assert_eq!(gateway.admit(&mut account, at(0), 10 * 1_048_576), Ok(()));
        assert_eq!(Refused::TooLarge.status(), 413);
    }

    /// Rule [doc*] APIG: an HTTP API is billed by each 512 KB of a request, a REST API by request.
    #[test]
    fn http_apis_are_billed_by_512_kb() {
        let http = gateway(Kind::Http, None);
        let units = [0, 1, 524_288, 524_289, 10 * 1_048_576].map(|bytes| http.billed(bytes));
        assert_eq!(units, [1, 1, 1, 2, 20].map(|count| (LineItem::ApiHttpRequests, count)));
        assert_eq!(gateway(Kind::Rest, None).billed(10 * 1_048_576), (LineItem::ApiRestRequests, 1));
    }

    /// Rule [doc] APIG: an integration may take 29 s behind a REST API, 30 s behind an HTTP API.
    #[test]
    fn integrations_time_out() {
        assert_eq!(Kind::Rest.integration_timeout(), Span::from_secs(29));
        assert_eq!(Kind::Http.integration_timeout(), Span::from_secs(30));
    }
}
