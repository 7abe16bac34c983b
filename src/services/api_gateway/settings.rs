//! What can be set on an API and on the account it is in, validated.

use crate::kernel::{Distribution, Span};

/// The two kinds of API that stand in front of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An HTTP API: cheaper, quicker, plainer.
    Http,
    /// A REST API.
    Rest,
}

impl Kind {
    /// How long it waits for an integration unless set otherwise: 29 s (REST), 30 s (HTTP).
    #[must_use]
    pub const fn integration_timeout(self) -> Span {
        match self {
            Self::Http => Span::from_secs(30),
            Self::Rest => Span::from_secs(29),
        }
    }
}

/// An API.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewaySettings {
    /// Its kind.
    pub kind: Kind,
    /// How long it waits for the function: 50 ms to 30 s; a REST API may wait for longer where AWS has raised its quota.
    pub integration_timeout: Span,
    /// From a request's arrival to the invoke call.
    pub overhead: Distribution,
    /// The limit of its stage or route; none: the account's alone.
    pub throttle: Option<Throttle>,
}

/// A limit on requests: a bucket that is full at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Requests a second, at least 1.
    pub rate: u32,
    /// Requests at once, at least 1.
    pub burst: u32,
}

/// What all APIs of an account and Region share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// One bucket for all of them; 10,000 a second and 5,000 at once by default.
    pub throttle: Throttle,
}
