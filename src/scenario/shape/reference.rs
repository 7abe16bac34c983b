//! The reference page.

/// The whole page.
pub(crate) fn document() -> String {
    String::new()
}
