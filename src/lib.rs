//! A deterministic discrete-event simulator that plays one stream of work through several serverless designs.
//!
//! The floors of the house, from the ground up; each uses only those below it:
//!
//! | floor | what it knows |
//! |---|---|
//! | [`kernel`] | time, the calendar, random streams: a discrete-event kernel that has never heard of AWS |
//! | [`words`] | the shared vocabulary: items, calls, nodes |
//! | [`stats`] | intervals, paired differences |
//! | [`metrics`] | quantiles, time-weighted series, counters |
//! | [`arrivals`] | one file a process; trace replay |
//! | [`pricing`] | the price book: line items to money |
//! | [`services`] | one file (or folder) a service, by its documented rules |
//! | [`handlers`] | what a function does with its work |
//! | [`model`] | a strategy's graph as a simulation, and the ledger of effects |
//! | [`fluid`] | `mode = "fluid"`: the same settings in aggregated counts, without events |
//! | [`scenario`] | TOML to a validated scenario, with diagnostics |
//! | [`proof`] | closed forms, and the check of the simulator against them |
//! | [`experiment`] | replications and comparison; threads live here and nowhere lower |
//! | [`report`] | terminal, CSV, JSON and charts |
//! | [`cli`] | one file a subcommand |

pub mod arrivals;
pub mod cli;
pub mod experiment;
pub mod fluid;
pub mod handlers;
pub mod kernel;
pub mod metrics;
pub mod model;
pub mod pricing;
pub mod proof;
pub mod report;
pub mod scenario;
pub mod services;
pub mod stats;
pub mod words;
