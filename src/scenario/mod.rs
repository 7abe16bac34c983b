//! (floor scenario)
