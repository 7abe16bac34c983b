//! The scenarios that are measured, all of them in the program itself: it measures where there is no file at all.

use std::io;
use std::path::Path;

use super::{BenchError, Length, load};
use crate::scenario::Scenario;

/// The scenarios that are shipped, and the machine that one of them names.
const ATM: &str = include_str!("../../../scenarios/atm.toml");
const ORDERS: &str = include_str!("../../../scenarios/orders.toml");
const ORDER_MACHINE: (&str, &str) = ("order.asl.json", include_str!("../../../scenarios/order.asl.json"));

/// Hours of the ATM's day that are played, from midnight, and withdrawals a second in them on average.
const ATM_HOURS: u64 = 12;
const ATM_RATE: f64 = 193.7 / 12.0;
/// A withdrawal's mean service time over its median, and the 99th percentile over that: those of `scenarios/atm.toml`.
const MEAN_TO_MEDIAN: f64 = 0.251 / 0.18;
const P99_TO_MEDIAN: f64 = 1.2 / 0.18;

/// Messages in a queue: twenty batches at once are a tenth too few, so that every batch is full. Default latencies.
const QUEUED: &str = r#"
name = "sqs"
summary = "events -> sqs -> fn, ten messages a batch"
[run]
duration = "1000s"
replications = 1
[[arrivals]]
name = "orders"
process = "poisson"
rate = "1000/s"
[functions.post]
timeout = "30s"
service-time = { exponential = "22ms" }
[[strategy]]
name = "queued"
flow = "events -> sqs -> post"
[strategy.sqs]
batch-size = 10
maximum-concurrency = 20
"#;

/// A hundred shards, each polled once a second, with the default latencies: a hundred records a batch.
const STREAMED: &str = r#"
name = "kinesis"
summary = "kinesis -> fn, a hundred shards"
[run]
duration = "100s"
replications = 1
[[arrivals]]
name = "readings"
process = "poisson"
rate = "10000/s"
keys = { zipf = 0.5, count = 100000 }
[functions.post]
timeout = "30s"
service-time = { exponential = "2ms" }
[[strategy]]
name = "streamed"
flow = "kinesis -> post"
[strategy.kinesis]
shards = 100
"#;

/// M/M/c with a mean service time in seconds.
pub(super) fn textbook(
    length: Length,
    servers: u32,
    rate: &str,
    mean: f64,
    duration: u64,
) -> Result<Scenario, BenchError> {
    let text = format!(
        r#"
name = "mmc"
summary = "M/M/c"
[run]
duration = "{}s"
replications = 1
[[arrivals]]
name = "jobs"
process = "poisson"
rate = "{rate}"
[functions.serve]
platform = "ideal"
concurrency = {servers}
service-time = {{ exponential = "{mean}s" }}
[[strategy]]
name = "queue"
flow = "queue -> serve"
"#,
        length.of(duration)
    );
    load("mmc.toml", &text, Path::new(""), &[])
}

/// `scenarios/atm.toml` with changes.
pub(super) fn atm_with(changes: &[&str]) -> Result<Scenario, BenchError> {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    load("atm.toml", ATM, Path::new(""), &changes)
}

/// The first half of the ATM's day.
pub(super) fn atm(length: Length) -> Result<Scenario, BenchError> {
    load("atm.toml", ATM, Path::new(""), &half_a_day(length))
}

/// The same with service times so long that so many environments are busy on average.
pub(super) fn atm_day(length: Length, busy: f64) -> Result<Scenario, BenchError> {
    let mut changes = half_a_day(length);
    changes.extend(service_time(busy / ATM_RATE));
    // The busiest hour has three times the mean.
    changes.push("account.concurrency=10000".to_owned());
    load("atm.toml", ATM, Path::new(""), &changes)
}

/// The ATM's function with 2,000 withdrawals a second of 50 s each: once 50 s are over, 100,000 are in flight.
pub(super) fn atm_crowd(length: Length) -> Result<Scenario, BenchError> {
    let mut changes = vec![format!("run.duration={}s", length.of(600)), "run.replications=1".to_owned()];
    changes.extend(service_time(50.0));
    changes.extend(
        ["arrivals.withdrawals.rate=2000/s", "account.concurrency=200000", "account.scaling-burst=200000"]
            .map(str::to_owned),
    );
    load("atm.toml", ATM, Path::new(""), &changes)
}

pub(super) fn queued(length: Length) -> Result<Scenario, BenchError> {
    load("sqs.toml", QUEUED, Path::new(""), &[format!("run.duration={}s", length.of(1_000))])
}

pub(super) fn streamed(length: Length) -> Result<Scenario, BenchError> {
    load("kinesis.toml", STREAMED, Path::new(""), &[format!("run.duration={}s", length.of(100))])
}

/// `scenarios/orders.toml` for a day: 43,200 orders.
pub(super) fn orders(length: Length) -> Result<Scenario, BenchError> {
    let changes = [format!("run.duration={}s", length.of(24 * 3_600)), "run.replications=1".to_owned()];
    // A flow names its machine by a file, so it has one for as long as it is read.
    let failed = |source: io::Error| BenchError::Io { what: "write to the folder of temporary files", source };
    let folder = tempfile::tempdir().map_err(failed)?;
    std::fs::write(folder.path().join(ORDER_MACHINE.0), ORDER_MACHINE.1).map_err(failed)?;
    load("orders.toml", ORDERS, folder.path(), &changes)
}

fn half_a_day(length: Length) -> Vec<String> {
    vec![format!("run.duration={}s", length.of(ATM_HOURS * 3_600)), "run.replications=1".to_owned()]
}

/// Changes that give a withdrawal this mean service time, in seconds, with the distribution's form kept.
fn service_time(mean: f64) -> [String; 2] {
    let median = mean / MEAN_TO_MEDIAN;
    let key = "functions.post.service-time.lognormal";
    [format!("{key}.median={median:.6}s"), format!("{key}.p99={:.6}s", median * P99_TO_MEDIAN)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::simulate;

    fn busy(scenario: &Scenario) -> f64 {
        let design = scenario.designs.iter().position(|design| design.name == "per event").unwrap();
        let concurrency = simulate(scenario, 0, design).unwrap().concurrency;
        concurrency.window_integral as f64 / concurrency.window.as_nanos() as f64
    }

    /// Half a day has 697,000 withdrawals, so that the mean is known to less than a percent. Environments that start are
    /// busy too: a tenth more of two.
    #[test]
    fn as_many_environments_are_busy_as_the_name_says() {
        for wanted in [2.0, 90.0] {
            let found = busy(&atm_day(Length::Whole, wanted).unwrap());
            assert!((0.98..1.15).contains(&(found / wanted)), "{found} instead of {wanted}");
        }
    }
}
