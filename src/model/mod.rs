//! A strategy's graph as a simulation: items, the ledger of effects, routing between services.

mod batch_host;
mod batch_node;
mod build;
pub mod design;
mod fargate_node;
mod ideal_node;
mod in_hand;
mod key_order;
mod lambda_node;
pub mod ledger;
mod listing;
mod message;
mod message_batch;
mod message_run;
mod ordinals;
pub mod outcome;
mod progress;
mod simulation;
mod sqs_node;
mod stream_batch;
mod stream_node;

pub use design::{Design, MappedStream, Node, NodeKind, PolledQueue};
pub use outcome::Outcome;
pub use simulation::{RunError, Simulation, Workload};
