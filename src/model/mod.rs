//! A strategy's graph as a simulation.

pub mod design;
