//! `[strategy.api]`: an API, and the clients that call it, with AWS's limits and defaults; and what an account's APIs share.

use super::distribution::TIME;
use crate::kernel::Span;
use crate::scenario::shape::{Field, Kind, POSITIVE_DURATION, Shape, Word, default, optional, sourced};

const QUOTA_PAGE: &str = "[doc] API Gateway guide, limits";
const THROTTLE_PAGE: &str = "[doc] API Gateway guide, api-gateway-request-throttling";
const RETRY_PAGE: &str = "[doc] AWS SDKs and Tools reference, feature-retry-behavior";

const REQUESTS: Kind = Kind::Integer { min: 1, max: 10_000_000 };

/// Requests a second of an account, in `[account]`.
pub(crate) const ACCOUNT_RATE: Field = sourced(
    "api-rate",
    REQUESTS,
    "10000",
    "Requests a second of all APIs together; 2,500 in newer Regions.",
    THROTTLE_PAGE,
);

/// Requests at once of an account, in `[account]`.
pub(crate) const ACCOUNT_BURST: Field = sourced(
    "api-burst",
    REQUESTS,
    "5000",
    "Requests of all APIs together at once, before `api-rate` binds; 1,250 in newer Regions.",
    THROTTLE_PAGE,
);

/// `[strategy.api]`.
pub(crate) static API: Shape = Shape {
    name: "api",
    doc: "Amazon API Gateway, which invokes the function after it synchronously and never again by itself, and the clients that call it.",
    fields: &[
        default(
            "kind",
            Kind::Choice(&[
                Word { word: "http", doc: "an HTTP API: cheaper and quicker" },
                Word { word: "rest", doc: "a REST API" },
            ]),
            "\"http\"",
            "The kind of the API: its price, its statuses, its limits.",
        ),
        Field {
            limit: QUOTA_PAGE,
            ..optional(
                "integration-timeout",
                Kind::Duration { min: Span::from_millis(50), max: Span::from_secs(900), step: Span::from_millis(1) },
                "30s of an HTTP API, 29s of a REST API",
                "How long the API waits for the function, which goes on all the same. At most 30s of an HTTP API; a REST API may wait for longer than 29s only where AWS has raised that quota.",
            )
        },
        Field {
            source: "[inferred]: AWS publishes none; HTTP APIs were announced in 2020 with a p99 under 10 ms",
            ..optional(
                "overhead",
                TIME,
                "median 6ms and p99 25ms of an HTTP API, 12ms and 50ms of a REST API, log-normal",
                "From a request's arrival at the API to the invoke call.",
            )
        },
        Field {
            source: THROTTLE_PAGE,
            ..optional(
                "throttle-rate",
                REQUESTS,
                "the account's limit alone",
                "Requests a second of its stage or route, taken before the account's; `throttle-burst` goes with it.",
            )
        },
        Field {
            source: THROTTLE_PAGE,
            ..optional("throttle-burst", REQUESTS, "`throttle-rate`", "Requests at once of its stage or route.")
        },
        default(
            "client",
            Kind::Table(&CLIENT),
            "{}",
            "Those who call the API, once an item, and again after an error.",
        ),
    ],
};

/// `[strategy.api.client]`.
static CLIENT: Shape = Shape {
    name: "client",
    doc: "Those who call the API: how they retry, and how long they wait.",
    fields: &[
        sourced(
            "retry",
            Kind::Choice(&[
                Word { word: "none", doc: "not at all" },
                Word {
                    word: "legacy",
                    doc: "as boto3 does unless told otherwise: 5 attempts, U(0,1) × 2^i s, no quota",
                },
                Word {
                    word: "standard",
                    doc: "as AWS's SDKs do today: 3 attempts, U(0,1) × min(2^i s, 20 s), a quota",
                },
                Word {
                    word: "standard-2026",
                    doc: "as they do with AWS_NEW_RETRIES_2026=true: from 50 ms after errors, from 1 s after throttles",
                },
                Word {
                    word: "adaptive",
                    doc: "`standard`, and a rate limiter in the client that may hold back first attempts",
                },
            ]),
            "\"standard\"",
            "How a client retries after 429, 500, 502, 503, 504 and timeouts.",
            RETRY_PAGE,
        ),
        Field {
            source: RETRY_PAGE,
            ..optional(
                "attempts",
                Kind::Integer { min: 1, max: 100 },
                "the number of its `retry` mode",
                "Attempts of one call, the first included.",
            )
        },
        default(
            "timeout",
            POSITIVE_DURATION,
            "\"60s\"",
            "How long an attempt waits for its answer. What it no longer waits for goes on.",
        ),
        default(
            "count",
            Kind::Integer { min: 1, max: 1_000_000 },
            "100",
            "Client objects; which of them makes a call is told by the item's key. Each has a retry quota and a rate limiter of its own.",
        ),
        default("network", TIME, "\"0s\"", "One way between a client and the API; answers take as long as requests."),
    ],
};
