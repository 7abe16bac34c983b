//! The simulator against experiments on the real AWS Lambda: how many environments, how many cold starts, how many left
//! after an idle gap. What is compared, and where the two disagree and why, is told in `docs/fidelity.md`, whose tables
//! `examples/replay_measurements.rs` prints.

#[path = "aws_measurements/mod.rs"]
mod measurements;

use measurements::{Failure, folder, pacs, parallelism, sebs};
use simctl::kernel::Span;
use simctl::services::lambda::settings::IdlePolicy;

/// Where the replays of a choice are found.
fn index_of(choice: pacs::Choice) -> usize {
    pacs::CHOICES.iter().position(|&other| other == choice).expect("a choice that is replayed")
}

/// The pooled counts of the experiments that are sparse, or not: measured, and simulated with a choice of settings.
fn pooled(experiments: &[pacs::Experiment], sparse: bool, choice: pacs::Choice) -> (pacs::Counts, pacs::Counts) {
    let index = index_of(choice);
    let of = || experiments.iter().filter(|experiment| experiment.is_sparse() == sparse);
    (pacs::pooled(of().map(|one| one.measured)), pacs::pooled(of().map(|one| one.simulated[index])))
}

fn agree(measured: f64, simulated: f64) -> bool {
    (measured - simulated).abs() <= pacs::tolerance(measured)
}

/// Poisson requests at constant rates for 28 h each, from one in 350 s to one in 10 s.
/// Rule [measured] M-pacs 620 to 655 s; default 600 s inferred: An idle environment is given up a fixed time after its last use (`ttl`).
#[test]
fn steady_requests_cold_start_as_often_as_measured() -> Result<(), Failure> {
    let Some(folder) = folder("aws-lambda-pacs") else { return Ok(()) };
    let experiments = pacs::experiments(&folder)?;
    assert_eq!(experiments.len(), 6);
    for experiment in experiments.iter().filter(|experiment| experiment.is_sparse()) {
        let (name, measured, simulated) = (&experiment.name, experiment.measured, experiment.simulated[0]);
        assert!(agree(measured.environments, simulated.environments), "{name}: {measured:?} {simulated:?}");
        assert!(agree(measured.felt, simulated.felt), "{name}: {measured:?} {simulated:?}");
        assert!((measured.at_once - simulated.at_once).abs() <= 1.0, "{name}: {measured:?} {simulated:?}");
    }
    let (measured, simulated) = pooled(&experiments, true, pacs::DEFAULT);
    assert!(agree(measured.environments, simulated.environments), "{measured:?} {simulated:?}");
    assert!(agree(measured.felt, simulated.felt), "{measured:?} {simulated:?}");
    for wrong in ["ttl = \"360s\"", "ttl = \"1800s\""] {
        let (measured, simulated) = pooled(&experiments, true, pacs::Choice { idle: wrong, hidden: 0.45 });
        assert!(!agree(measured.environments, simulated.environments), "{wrong}: {simulated:?}");
        assert!(!agree(measured.felt, simulated.felt), "{wrong}: {simulated:?}");
    }
    spare_environments_are_given_up_too_early(&experiments);
    Ok(())
}

/// A known disagreement, held in its bounds so that its end is noticed: in the busier experiments AWS kept the spare
/// environments longer than their own idle time allows, and the simulation starts up to 1.7 times as many.
fn spare_environments_are_given_up_too_early(experiments: &[pacs::Experiment]) {
    for experiment in experiments.iter().filter(|experiment| !experiment.is_sparse()) {
        let (name, measured, simulated) = (&experiment.name, experiment.measured, experiment.simulated[0]);
        assert!(experiment.late_reuses > 0, "{name}");
        let ratio = simulated.environments / measured.environments;
        assert!((1.0..1.7).contains(&ratio), "{name}: {ratio}");
        assert!((measured.at_once - simulated.at_once).abs() <= 1.0, "{name}: {measured:?} {simulated:?}");
    }
}

/// With a timer that counts from the function's last run all six experiments agree.
/// Rule [measured] M-pacs: Idle environments are given up all together after a rest of the function (`function-ttl`).
#[test]
fn a_busy_function_keeps_its_spare_environments() -> Result<(), Failure> {
    let Some(folder) = folder("aws-lambda-pacs") else { return Ok(()) };
    let experiments = pacs::experiments(&folder)?;
    assert_eq!(experiments.len(), 6);
    let choice = index_of(pacs::OF_THE_FUNCTION);
    for experiment in experiments {
        let (name, measured, simulated) = (&experiment.name, experiment.measured, experiment.simulated[choice]);
        assert!(agree(measured.environments, simulated.environments), "{name}: {measured:?} {simulated:?}");
        assert!(agree(measured.felt, simulated.felt), "{name}: {measured:?} {simulated:?}");
    }
    Ok(())
}

/// Pools of 2 to 20 warmed environments, looked at again after 1 s to 22 minutes.
/// Rule [measured] M-sebs: Half of the idle pool is given up every 380 s (`half-every`).
#[test]
fn idle_pools_shrink_by_halves_as_measured() -> Result<(), Failure> {
    let Some(folder) = folder("aws-lambda-sebs") else { return Ok(()) };
    let cells = sebs::cells(&folder, IdlePolicy::HalfEvery(sebs::PERIOD))?;
    assert_eq!(cells.len(), 20, "five files, gaps of 0 to 3 whole periods");
    let disagree: Vec<_> = cells.iter().filter(|cell| !cell.agrees()).map(|cell| (&*cell.name, cell.periods)).collect();
    // Of these pools AWS lost a twelfth before the first period was over, which no documented rule explains.
    assert_eq!(disagree, [("eviction-python_sleep_1_1536_1536_10", 0)], "{cells:#?}");
    Ok(())
}

#[test]
fn idle_pools_do_not_shrink_by_a_fixed_time_to_live() -> Result<(), Failure> {
    let Some(folder) = folder("aws-lambda-sebs") else { return Ok(()) };
    for ttl_secs in [360, 600, 1_800] {
        let cells = sebs::cells(&folder, IdlePolicy::FixedTtl(Span::from_secs(ttl_secs)))?;
        let wrong = cells.iter().filter(|cell| !cell.agrees()).count();
        assert!(wrong >= 10, "{ttl_secs} s: only {wrong} of 20 cells disagree");
    }
    Ok(())
}

/// 10 to 500 invocations at one instant. Every run outlasts the spread of their starts, so nothing is left to chance.
/// Rule [doc] L-conc: One request at a time in an environment; a request takes an idle one or gets a new one; busy environments queue nothing.
#[test]
fn simultaneous_invocations_get_an_environment_each() -> Result<(), Failure> {
    let Some(folder) = folder("aws-lambda-parallelism") else { return Ok(()) };
    for bursts in parallelism::bursts(&folder)? {
        assert_eq!(bursts.simulated, bursts.environments, "{bursts:?}");
        assert_eq!(bursts.simulated_at_once, bursts.at_once, "{bursts:?}");
        assert_eq!(bursts.throttles, 0, "{bursts:?}");
        assert_eq!(bursts.invocations.iter().max(), Some(&bursts.environments), "{bursts:?}");
    }
    Ok(())
}
