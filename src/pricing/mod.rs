//! (floor pricing)
