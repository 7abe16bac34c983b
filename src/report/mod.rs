//! (floor report)
