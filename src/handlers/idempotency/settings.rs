//! What can be set on an idempotent handler, validated. Defaults are those of Powertools where it has one.

use crate::kernel::Span;
use crate::services::dynamodb::Consistency;
use crate::services::dynamodb::settings::TableSettings;
use crate::services::sdk_client::settings::ClientSettings;

/// An idempotent handler and its store.
#[derive(Debug, Clone, PartialEq)]
pub struct IdempotencySettings {
    /// How it finds out that the work is done.
    pub mode: Mode,
    /// What its key is made of.
    pub key: KeyOf,
    /// How long a record is good for, in whole seconds, from the claim and again from the end of the work.
    pub expires_after: Span,
    /// Whether a claim is locked for as long as its run may last: the handler knows the Lambda context.
    pub lock: bool,
    /// Chance that an item has no key, so that nothing is kept or caught, in [0, 1].
    pub missing_key: f64,
    /// Chance that a delivery has another payload than the others of its item, in [0, 1].
    pub payload_varies: f64,
    /// Whether another payload under a known key is an error.
    pub validate_payload: bool,
    /// What a run does when the store fails.
    pub on_store_error: OnStoreError,
    /// Size of a record in bytes, at least 1.
    pub record_bytes: u64,
    /// What the handler's SDK does about throttled calls.
    pub client: ClientSettings,
    /// The table that keeps the records.
    pub table: TableSettings,
}

/// How a handler finds out that its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It puts a record on the condition that there is none, as Powertools does.
    ConditionalWrite,
    /// It reads, works if there is no record, and then writes one: two runs at once both find nothing.
    CheckThenAct(Consistency),
}

/// What the key of a record is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOf {
    /// The item's own: whatever is sent or delivered of it again has the same.
    Item,
    /// A new one for each sending: what the sender sends twice is not recognised.
    Delivery,
}

/// What a run does when the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStoreError {
    /// It fails too, before its work: nothing is done twice, but nothing is done.
    Fail,
    /// It works without a record.
    Proceed,
}
