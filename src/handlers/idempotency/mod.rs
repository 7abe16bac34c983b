//! An idempotent handler: before its work it looks whether that is done, or being done, already. The state machine is that
//! of Powertools for AWS Lambda (I-pt), with a DynamoDB table as its store; a plain check before the work is there to be
//! compared with it.
//!
//! Rules kept:
//!
//! * A record is INPROGRESS or COMPLETED; that it has expired is seen by its time, never stored.
//! * A run claims its key by a conditional put, which succeeds where there is no record, where it has expired (in whole
//!   seconds, strictly), or where its lock has (in milliseconds, strictly). The lock lasts as long as the run may, if the
//!   handler knows the Lambda context; else there is none, and only the record's own expiry frees the key.
//! * A function that returns completes its record, one that raises deletes it, both without a condition: a slow first
//!   owner overwrites what a second one left. A crash or a timeout leaves the record INPROGRESS.
//! * A refused claim says what was there: COMPLETED gives the stored result, INPROGRESS fails the invocation, and what
//!   expired between the put and the answer is tried again, three passes in all.
//! * If payloads are validated, another payload under a known key fails the invocation.
//! * Without a key nothing is kept and nothing caught.
//!
//! Left out: the local cache of results (off by default); sort keys, hooks and several Regions.

mod record;
pub mod settings;

pub use record::{
    Check, Claim, Offer, PASSES, Record, Records, Seen, Status, check, claim, complete, withdraw, would_claim,
};

#[cfg(test)]
mod tests;
