//! The vocabulary shared by every floor above: names of things, no behaviour.

mod architecture;
mod duplicate_cause;
mod ids;
mod line_item;
mod suppressed_by;
mod visible;

pub use architecture::Architecture;
pub use duplicate_cause::{DuplicateCause, DuplicatesByCause};
pub use ids::{ItemId, NodeId, ResourceId, StreamId};
pub use line_item::{LineItem, Usage};
pub use suppressed_by::{SuppressedBy, SuppressedCounts};
pub use visible::visible;

/// Counts without the zeros at their end, but with the first `least`: what came to a table later is written only where it
/// was counted.
fn trimmed<T: Copy + PartialEq + Default>(counts: &[T], least: usize) -> Vec<T> {
    let last = counts.iter().rposition(|&count| count != T::default()).map_or(0, |place| place + 1);
    counts[..last.max(least)].to_vec()
}

/// The same the other way; what is beyond the table is left out.
fn padded<T: Copy + Default, const N: usize>(counts: Vec<T>) -> [T; N] {
    let mut padded = [T::default(); N];
    padded.iter_mut().zip(counts).for_each(|(place, count)| *place = count);
    padded
}
