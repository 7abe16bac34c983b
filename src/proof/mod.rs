//! (floor proof)
