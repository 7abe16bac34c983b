//! A strategy's graph as a simulation: items, the ledger of effects, routing between services.

mod api_node;
mod batch_host;
mod batch_node;
mod build;
mod clients;
pub mod design;
mod fargate_node;
mod fifo_node;
mod filters;
mod ideal_node;
mod idempotency_store;
mod in_hand;
mod item_work;
mod key_order;
mod lambda_node;
pub mod ledger;
mod listing;
mod message;
mod message_batch;
mod message_run;
mod object_put;
mod ordinals;
pub mod outcome;
mod progress;
mod push_node;
mod resource_call;
mod resource_node;
mod simulation;
mod sqs_node;
mod sqs_queue;
mod stream_batch;
mod stream_node;
mod table_source;

pub use design::{CalledApi, Design, MappedStream, Node, NodeKind, PolledQueue, Resource};
pub use outcome::Outcome;
pub use simulation::{RunError, Simulation, Workload};
