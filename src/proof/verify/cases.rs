//! The models and what theory says of each: parameters as in the scenario of the same name, formulas from
//! [`closed_forms`](crate::proof::closed_forms).

use super::Measure::{
    ConcurrencyAbove, ConcurrencyVariance, LateShare, LatencyVariance, Metric, PerItem, RefusedShare, WaitVariance,
};
use super::{Case, Check, Measure};
use crate::proof::closed_forms::{
    DeterministicServer, FiniteQueue, GeneralServer, InfiniteServers, ManyServers, MarkovServer, ServiceMoments,
    Tandem, TimedClearing, all_attempts_fail, mean_attempts,
};

/// The text of a textbook scenario.
macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../../scenarios/textbook/", $name, ".toml"))
    };
}

/// Every model, in the order of the table.
#[must_use]
pub fn cases() -> Vec<Case> {
    vec![
        one_server(),
        ten_servers(),
        hundred_servers(),
        thousand_servers(),
        constant_service(),
        general_service(),
        lognormal_service(),
        loss_system(),
        finite_queue(),
        finite_queue_of_many(),
        infinite_servers(),
        infinite_servers_at_an_instant(),
        timed_clearing(),
        tandem(),
        retries(),
    ]
}

fn check(what: &'static str, measure: Measure, theory: f64) -> Check {
    Check { what, strategy: 0, measure, theory }
}

fn of_strategy(strategy: usize, what: &'static str, measure: Measure, theory: f64) -> Check {
    Check { what, strategy, measure, theory }
}

/// A quantity of a model; NaN where there is no such model.
fn of<M>(model: Option<&M>, quantity: impl Fn(&M) -> f64) -> f64 {
    model.map_or(f64::NAN, quantity)
}

fn one_server() -> Case {
    let queue = MarkovServer::new(8.0, 10.0);
    let of = |quantity: fn(&MarkovServer) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("mean time in the system W", Metric("latency_mean"), of(MarkovServer::mean_sojourn)),
        check("median time in the system", Metric("latency_p50"), of(|queue| queue.sojourn_quantile(0.5))),
        check("99th percentile of the time", Metric("latency_p99"), of(|queue| queue.sojourn_quantile(0.99))),
        check("mean wait Wq", Metric("wait_mean"), of(MarkovServer::mean_wait)),
        check("99th percentile of the wait", Metric("wait_p99"), of(|queue| queue.wait_quantile(0.99))),
        check("mean number in the system L", Metric("backlog_mean"), of(MarkovServer::mean_in_system)),
        check("utilisation", Metric("concurrency_mean"), of(MarkovServer::utilisation)),
    ];
    Case { model: "M/M/1", name: "mm1", text: text!("mm1"), checks }
}

fn ten_servers() -> Case {
    let queue = ManyServers::new(8.0, 1.0, 10);
    let of = |quantity: fn(&ManyServers) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("probability of waiting (Erlang C)", Metric("waited_share"), of(ManyServers::probability_of_wait)),
        check("mean wait Wq", Metric("wait_mean"), of(ManyServers::mean_wait)),
        check("95th percentile of the wait", Metric("wait_p95"), of(|queue| queue.wait_quantile(0.95))),
        check("99th percentile of the wait", Metric("wait_p99"), of(|queue| queue.wait_quantile(0.99))),
        check("99th percentile of the time", Metric("latency_p99"), of(|queue| queue.sojourn_quantile(0.99))),
    ];
    Case { model: "M/M/10", name: "mmc", text: text!("mmc"), checks }
}

fn hundred_servers() -> Case {
    let queue = ManyServers::new(95.0, 1.0, 100);
    let of = |quantity: fn(&ManyServers) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("probability of waiting (Erlang C)", Metric("waited_share"), of(ManyServers::probability_of_wait)),
        check("mean wait Wq", Metric("wait_mean"), of(ManyServers::mean_wait)),
        check("95th percentile of the wait", Metric("wait_p95"), of(|queue| queue.wait_quantile(0.95))),
    ];
    Case { model: "M/M/100", name: "mmc-100", text: text!("mmc-100"), checks }
}

fn thousand_servers() -> Case {
    let queue = ManyServers::new(970.0, 1.0, 1_000);
    let of = |quantity: fn(&ManyServers) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("probability of waiting (Erlang C)", Metric("waited_share"), of(ManyServers::probability_of_wait)),
        check("mean time in the system W", Metric("latency_mean"), of(ManyServers::mean_sojourn)),
        check("mean number busy", Metric("concurrency_mean"), 970.0),
    ];
    Case { model: "M/M/1000", name: "mmc-1000", text: text!("mmc-1000"), checks }
}

fn constant_service() -> Case {
    let queue = DeterministicServer::new(0.8, 1.0);
    let of = |quantity: fn(&DeterministicServer) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("mean wait Wq", Metric("wait_mean"), of(DeterministicServer::mean_wait)),
        check("variance of the wait", WaitVariance, of(DeterministicServer::wait_variance)),
        check("95th percentile of the wait", Metric("wait_p95"), of(|queue| queue.wait_quantile(0.95))),
        check("mean number in the system L", Metric("backlog_mean"), of(DeterministicServer::mean_in_system)),
    ];
    Case { model: "M/D/1", name: "md1", text: text!("md1"), checks }
}

fn general_service() -> Case {
    let steady = GeneralServer::new(0.7, ServiceMoments::erlang(4, 1.0));
    let varying = GeneralServer::new(0.7, ServiceMoments::hyperexponential(&[(0.1, 5.0), (0.9, 5.0 / 9.0)]));
    let (steady, varying) = (steady.as_ref(), varying.as_ref());
    let checks = vec![
        check("mean wait, Erlang-4 service", Metric("wait_mean"), of(steady, GeneralServer::mean_wait)),
        check("variance of the wait, Erlang-4", WaitVariance, of(steady, GeneralServer::wait_variance)),
        check("number in the system, Erlang-4", Metric("backlog_mean"), of(steady, GeneralServer::mean_in_system)),
        of_strategy(1, "mean wait, hyper-exponential", Metric("wait_mean"), of(varying, GeneralServer::mean_wait)),
        of_strategy(
            1,
            "number in the system, hyper-exponential",
            Metric("backlog_mean"),
            of(varying, GeneralServer::mean_in_system),
        ),
    ];
    Case { model: "M/G/1", name: "mg1", text: text!("mg1"), checks }
}

fn lognormal_service() -> Case {
    let queue = GeneralServer::new(5.0, ServiceMoments::lognormal(0.1, 1.0));
    let checks = vec![
        check("mean wait, log-normal service", Metric("wait_mean"), of(queue.as_ref(), GeneralServer::mean_wait)),
        check(
            "mean time in the system, log-normal",
            Metric("latency_mean"),
            of(queue.as_ref(), GeneralServer::mean_sojourn),
        ),
    ];
    Case { model: "M/G/1", name: "mg1-lognormal", text: text!("mg1-lognormal"), checks }
}

fn loss_system() -> Case {
    let queue = FiniteQueue::new(8.0, 1.0, 10, 10);
    let refused = of(queue.as_ref(), FiniteQueue::probability_of_refusal);
    let busy = of(queue.as_ref(), FiniteQueue::mean_in_system);
    let checks = vec![
        check("blocked (Erlang B), constant service", RefusedShare, refused),
        of_strategy(1, "blocked, exponential service", RefusedShare, refused),
        of_strategy(2, "blocked, log-normal service", RefusedShare, refused),
        of_strategy(1, "mean number busy", Metric("concurrency_mean"), busy),
    ];
    Case { model: "M/G/10/10", name: "mmcc", text: text!("mmcc"), checks }
}

fn finite_queue() -> Case {
    let queue = FiniteQueue::new(0.8, 1.0, 1, 10);
    let of = |quantity: fn(&FiniteQueue) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("blocked", RefusedShare, of(FiniteQueue::probability_of_refusal)),
        check("mean time of those let in", Metric("latency_mean"), of(FiniteQueue::mean_sojourn)),
        check("mean number in the system L", Metric("backlog_mean"), of(FiniteQueue::mean_in_system)),
    ];
    Case { model: "M/M/1/10", name: "mm1k", text: text!("mm1k"), checks }
}

fn finite_queue_of_many() -> Case {
    let queue = FiniteQueue::new(6.0, 1.0, 5, 15);
    let of = |quantity: fn(&FiniteQueue) -> f64| of(queue.as_ref(), quantity);
    let checks = vec![
        check("blocked", RefusedShare, of(FiniteQueue::probability_of_refusal)),
        check("mean wait of those let in", Metric("wait_mean"), of(FiniteQueue::mean_wait)),
    ];
    Case { model: "M/M/5/15", name: "mmck", text: text!("mmck"), checks }
}

fn infinite_servers() -> Case {
    let busy = of(InfiniteServers::new(100.0, 0.25).as_ref(), InfiniteServers::mean_busy);
    let checks = vec![
        check("mean number busy, exponential service", Metric("concurrency_mean"), busy),
        of_strategy(1, "mean number busy, log-normal service", Metric("concurrency_mean"), busy),
    ];
    Case { model: "M/G/inf", name: "mginf", text: text!("mginf"), checks }
}

fn infinite_servers_at_an_instant() -> Case {
    let servers = InfiniteServers::new(20.0, 3.0);
    let of = |quantity: fn(&InfiniteServers) -> f64| of(servers.as_ref(), quantity);
    let mean = of(InfiniteServers::mean_busy);
    let checks = vec![
        check("mean number busy at an instant", Metric("concurrency_mean"), mean),
        // Poisson: the variance is the mean.
        check("its variance", ConcurrencyVariance { about: mean }, mean),
        check("probability of more than 67 busy", ConcurrencyAbove(67), of(|servers| servers.probability_above(67))),
    ];
    Case { model: "M/D/inf", name: "mginf-instant", text: text!("mginf-instant"), checks }
}

fn timed_clearing() -> Case {
    let batch = TimedClearing::new(0.5, 60.0, 2.0, 0.1);
    let of = |quantity: fn(&TimedClearing) -> f64| of(batch.as_ref(), quantity);
    let checks = vec![
        check("mean time, item by item", Metric("latency_mean"), of(TimedClearing::mean_response_in_turn)),
        check("its variance", LatencyVariance, of(TimedClearing::response_variance_in_turn)),
        of_strategy(1, "mean time, batch by batch", Metric("latency_mean"), of(TimedClearing::mean_response_together)),
    ];
    Case { model: "cron batch", name: "timed-clearing", text: text!("timed-clearing"), checks }
}

fn tandem() -> Case {
    let queues = Tandem::new(3.0, &[5.0, 4.0]);
    let of = |quantity: fn(&Tandem) -> f64| of(queues.as_ref(), quantity);
    let checks = vec![
        check("mean time end to end", Metric("latency_mean"), of(Tandem::mean_sojourn)),
        check("its variance", LatencyVariance, of(Tandem::sojourn_variance)),
        check("probability of more than 2 s", LateShare, of(|queues| queues.sojourn_exceeds(2.0).unwrap_or(f64::NAN))),
    ];
    Case { model: "M/M/1 tandem", name: "burke-tandem", text: text!("burke-tandem"), checks }
}

fn retries() -> Case {
    let checks = vec![
        check("attempts an item, one in ten fails", PerItem("attempts"), mean_attempts(0.1, 3)),
        check("share of items lost", PerItem("lost"), all_attempts_fail(0.1, 3)),
        of_strategy(1, "attempts an item, every second fails", PerItem("attempts"), mean_attempts(0.5, 3)),
        of_strategy(1, "share of items lost", PerItem("lost"), all_attempts_fail(0.5, 3)),
    ];
    Case { model: "retries", name: "retries", text: text!("retries"), checks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::verify::bounds;

    #[test]
    fn every_case_names_its_scenario_and_only_its_strategies() {
        for case in cases() {
            let scenario = case.scenario(&[]).unwrap_or_else(|faults| panic!("{faults}"));
            assert_eq!(scenario.name, case.name);
            let opening = "#:schema ../../schema/scenario.schema.json\n";
            assert!(case.text.starts_with(opening), "{} opens with its schema", case.name);
            for check in &case.checks {
                assert!(check.strategy < scenario.designs.len(), "{}: {}", case.name, check.what);
                assert!(check.theory.is_finite(), "{}: {}", case.name, check.what);
                assert!(check.measure != LateShare || bounds(&scenario).len() == 1, "{}", case.name);
            }
        }
    }

    #[test]
    fn every_textbook_scenario_is_verified() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/textbook");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut names: Vec<String> = cases().iter().map(|case| case.name.to_owned()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }
}
