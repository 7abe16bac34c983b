//! A strategy's graph as a simulation: items, the ledger of effects, routing between services.

mod batch_host;
mod batch_node;
mod build;
mod clients;
pub mod design;
mod fargate_node;
mod ideal_node;
mod idempotency_store;
mod item_work;
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
mod resource_call;
mod resource_node;
mod simulation;
mod sqs_node;

pub use design::{Design, Node, NodeKind, PolledQueue, Resource};
pub use outcome::Outcome;
pub use simulation::{RunError, Simulation, Workload};
