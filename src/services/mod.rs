//! The services, one file or folder each, by their documented rules. No service names another.

pub mod event_source_mapping;
pub mod fargate;
pub mod lambda;
pub mod notification;
pub mod queue;
pub mod schedule;
pub mod sqs;
pub mod step_functions;
