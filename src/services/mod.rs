//! The services, one file or folder each, by their documented rules. No service names another.

pub mod api_gateway;
pub mod circuit_breaker;
pub mod downstream;
pub mod dynamodb;
pub mod event_source_mapping;
pub mod fargate;
pub mod faults;
pub mod kinesis;
pub mod lambda;
pub mod notification;
pub mod push_delivery;
pub mod queue;
pub mod rate;
pub mod s3;
pub mod schedule;
pub mod sdk_client;
pub mod sqs;
pub mod step_functions;
mod token_bucket;
