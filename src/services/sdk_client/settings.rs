//! What can be set on a client object, with the defaults of the SDKs.

/// How a client object retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryMode {
    /// Not at all.
    None,
    /// As boto3 does unless told otherwise.
    Legacy,
    /// As the SDKs do today.
    Standard,
    /// As they do with `AWS_NEW_RETRIES_2026=true`.
    Standard2026,
    /// `Standard`, with a rate limiter in the client.
    Adaptive,
}

/// Whom it calls: SDKs treat DynamoDB in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Callee {
    /// DynamoDB and its Streams.
    DynamoDb,
    /// Any other service.
    Other,
}

/// How a client object retries, and whom it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientSettings {
    /// How it retries.
    pub mode: RetryMode,
    /// Whom it calls.
    pub callee: Callee,
    /// Attempts of one call, the first included; at least 1.
    pub max_attempts: u32,
}

impl ClientSettings {
    /// A mode with its own number of attempts.
    #[must_use]
    pub const fn new(mode: RetryMode, callee: Callee) -> Self {
        Self { mode, callee, max_attempts: mode.max_attempts(callee) }
    }
}

impl RetryMode {
    /// Attempts of one call unless set otherwise (SDKR).
    #[must_use]
    pub const fn max_attempts(self, callee: Callee) -> u32 {
        match (self, callee) {
            (Self::None, _) => 1,
            (Self::Legacy, Callee::DynamoDb) => 10,
            (Self::Legacy, Callee::Other) => 5,
            (Self::Standard2026, Callee::DynamoDb) => 4,
            (Self::Standard | Self::Standard2026 | Self::Adaptive, _) => 3,
        }
    }
}
