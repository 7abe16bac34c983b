//! A fingerprint over integers only: equal for equal runs, on every machine.

use crate::model::Outcome;

/// The first 16 bytes, in hexadecimal, of the BLAKE3 digest of all outcomes' integers in order.
pub(super) fn of(outcomes: &[Vec<Outcome>]) -> String {
    let mut hasher = blake3::Hasher::new();
    for outcome in outcomes.iter().flatten() {
        // An outcome holds integers and labels only, and its fields have one order: its JSON is canonical.
        serde_json::to_writer(&mut hasher, outcome).expect("integers and labels can be written");
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
