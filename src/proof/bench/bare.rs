//! The bare loops of the works that have one.

use super::{BenchError, arrivals};
use crate::kernel::{Distribution, Root};
use crate::model::NodeKind;
use crate::proof::bare_loop::{BareDelay, BareServers, run_delays};
use crate::scenario::Scenario;
use crate::services::lambda::settings::Platform;

/// A textbook queue with a mean service time in seconds.
pub(super) fn textbook(scenario: &Scenario, servers: usize, mean: f64) -> Result<u64, BenchError> {
    let root = Root::new(scenario.run.seed, 0);
    let service = Distribution::exponential(mean).map_err(|_| BenchError::Missing("mean"))?;
    let servers = BareServers { servers, service, draws: root.purpose("jobs/serve", "service") };
    Ok(servers.run(arrivals(scenario, &root)?)?.len() as u64)
}

/// An asynchronous invocation: hop, dispatch, service.
pub(super) fn per_event(scenario: &Scenario, design: usize) -> Result<u64, BenchError> {
    let root = Root::new(scenario.run.seed, 0);
    let nodes = &scenario.designs[design].nodes;
    let function = nodes.iter().find_map(|node| match &node.kind {
        NodeKind::Function(function) => Some(function),
        _ => None,
    });
    let function = function.ok_or(BenchError::Missing("function"))?;
    let Platform::Lambda(lambda) = &function.platform else { return Err(BenchError::Missing("Lambda function")) };
    let stream = scenario.streams.first().ok_or(BenchError::Missing("stream"))?;
    let owner = format!("{}/{}", stream.name, function.name);
    let delay = |distribution: &Distribution, purpose: &str, chance| BareDelay {
        delay: distribution.clone(),
        draws: root.purpose(&owner, purpose),
        chance,
    };
    let delays = [
        delay(&lambda.asynchronous.hop, "hop", Some(lambda.asynchronous.duplicate_probability)),
        delay(&lambda.environments.warm_dispatch, "dispatch", None),
        delay(&function.service_time, "service", Some(function.failures.error)),
    ];
    Ok(run_delays(arrivals(scenario, &root)?, &delays)?.len() as u64)
}
