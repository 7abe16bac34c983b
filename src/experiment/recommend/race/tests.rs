//! The procedure on made-up settings, whose true means are known.

use std::convert::Infallible;

use super::*;
use crate::kernel::Root;

/// A setting of normal samples: mean cost, mean metric.
type Truth = (f64, f64);

const COST_DEVIATION: f64 = 5.0;
const METRIC_DEVIATION: f64 = 0.1;

fn rules(budget: u64) -> Rules {
    let goals = vec![Condition::parse("latency_p99 <= 1s").unwrap()];
    Rules { confidence: 0.95, indifference: 0.02, budget, first: 10, goals }
}

/// A standard normal number, by Box and Muller.
fn normal(seed: u64, what: &str, setting: usize, replication: u64) -> f64 {
    let mut draw = Root::new(seed, replication).purpose(what, "race").draw(setting as u64, 0);
    let (radius, angle) = (draw.unit(), draw.unit());
    libm::sqrt(-2.0 * libm::log(1.0 - radius)) * libm::cos(2.0 * std::f64::consts::PI * angle)
}

/// All settings of a replication share half of the variance of their costs, as common random numbers make them.
fn play(seed: u64, truths: &[Truth], setting: usize, replication: u64) -> Draw {
    let (shared, own) = (normal(seed, "shared", 0, replication), normal(seed, "own", setting + 1, replication));
    let (cost, metric) = truths[setting];
    let value = metric + METRIC_DEVIATION * normal(seed, "metric", setting, replication);
    Draw {
        cost: cost + COST_DEVIATION * (shared + own) * std::f64::consts::FRAC_1_SQRT_2,
        latency: value,
        metrics: vec![value],
        past: vec![None],
    }
}

/// One strategy after another, with its settings, before anything is played.
fn lined_up(budget: u64, strategies: &[&[Truth]]) -> Race {
    let of = strategies.iter().enumerate().flat_map(|(index, settings)| settings.iter().map(move |_| index));
    Race::new(rules(budget), &of.collect::<Vec<_>>(), &vec![vec![0]; strategies.len()])
}

fn run(mut race: Race, seed: u64, strategies: &[&[Truth]]) -> Race {
    let truths: Vec<Truth> = strategies.concat();
    let played = |jobs: &[(usize, u64)], _| -> Result<Vec<Draw>, Infallible> {
        Ok(jobs.iter().map(|&(setting, replication)| play(seed, &truths, setting, replication)).collect())
    };
    race.run(played).expect("nothing fails");
    race
}

fn raced(seed: u64, budget: u64, strategies: &[&[Truth]]) -> Race {
    run(lined_up(budget, strategies), seed, strategies)
}

/// The best is the fourth: the first is dearer by half as much again as the indifference, the second misses by half a
/// deviation, the third is far dearer, the last both.
const HARD: &[Truth] = &[(103.0, 0.9), (90.0, 1.05), (120.0, 0.5), (100.0, 0.9), (130.0, 1.5)];

/// Of the seeds from 0 on: how many chose the best, and how many settled on anything else. `level` of the intervals that
/// decide, where it is not the procedure's own.
fn chosen(seeds: u64, level: Option<f64>) -> (u64, u64) {
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..seeds {
        let mut race = lined_up(5_000, &[HARD]);
        race.level = level.unwrap_or(race.level);
        let lane = run(race, seed, &[HARD]).lanes[0].clone();
        right += u64::from(lane.chosen == Some(3));
        wrong += u64::from(lane.found == Some(Found::Cheapest) && lane.chosen != Some(3));
    }
    (right, wrong)
}

#[test]
fn the_best_is_chosen_at_least_as_often_as_is_stated() {
    let (right, wrong) = chosen(2_000, None);
    println!("{right} of 2,000 chose the best, {wrong} settled on another");
    assert!(right >= 1_800 && wrong <= 100, "{right} right, {wrong} wrong");
}

/// So the count above can tell a procedure that is sure too early.
#[test]
fn a_race_that_is_sure_too_early_is_noticed() {
    let (right, wrong) = chosen(1_000, Some(0.0));
    println!("decided by bare means, {wrong} of 1,000 settled on another");
    assert!(wrong > 50, "{right} right, {wrong} wrong");
}

#[test]
fn what_became_of_each_setting_is_told() {
    let race = raced(7, 5_000, &[HARD]);
    let standings: Vec<Standing> = (0..5).map(|index| race.standing(index)).collect();
    assert_eq!(standings[1..], [Standing::Misses, Standing::Dearer, Standing::Chosen, Standing::Misses]);
    assert!(matches!(standings[0], Standing::Dearer | Standing::NoCheaper), "{standings:?}");
    // What is told early is not played on.
    assert!(race.runners[2].draws.len() == 10 && race.runners[3].draws.len() > 20);
    assert_eq!(race.runs(), race.runners.iter().map(|runner| runner.draws.len() as u64).sum::<u64>());
}

#[test]
fn a_strategy_that_cannot_meet_the_objective_ends_with_nothing() {
    let race = raced(1, 5_000, &[HARD, &[(10.0, 1.5), (20.0, 1.3)]]);
    assert_eq!((race.lanes[1].found, race.lanes[1].chosen), (Some(Found::Nothing), None));
    assert_eq!(race.lanes[0].found, Some(Found::Cheapest));
    // The strategies beside it change how sure each statement is, but not what is played.
    assert_eq!(race.statements, 2 + 3 * 7);
}

#[test]
fn a_budget_is_kept_and_its_end_is_told() {
    // Equal means: it takes more than a hundred replications to show that neither is cheaper by a fiftieth.
    for budget in [20, 50] {
        let race = raced(3, budget, &[&[(100.0, 0.5), (100.0, 0.5)]]);
        assert_eq!(race.lanes[0].found, Some(Found::Budget), "{budget}");
        assert!(race.runs() <= budget && race.lanes[0].chosen.is_some());
        assert!((0..2).any(|index| race.standing(index) == Standing::Open));
    }
}

/// On its bound nothing can be told of an objective, however often it is played.
#[test]
fn what_cannot_be_told_stays_open() {
    let race = raced(3, 5_000, &[&[(100.0, 0.5), (90.0, 1.0)], &[(100.0, 1.0)]]);
    assert_eq!((race.lanes[0].found, race.lanes[0].chosen), (Some(Found::Noise), Some(0)));
    assert_eq!((race.lanes[1].found, race.lanes[1].chosen), (Some(Found::Unknown), None));
    assert_eq!([1, 2].map(|index| race.standing(index)), [Standing::Open; 2]);
    assert_eq!(race.runners[1].draws.len(), 10 << (LOOKS - 1));
}

#[test]
fn equal_costs_are_settled_by_their_order() {
    let mut race = Race::new(rules(1_000), &[0, 0], &[vec![]]);
    let flat = |jobs: &[(usize, u64)], _| -> Result<Vec<Draw>, Infallible> {
        Ok(jobs.iter().map(|_| Draw { cost: 0.0, latency: 1.0, metrics: vec![1.0], past: vec![None] }).collect())
    };
    race.run(flat).expect("nothing fails");
    assert_eq!((race.lanes[0].found, race.lanes[0].chosen), (Some(Found::Cheapest), Some(0)));
    assert_eq!(race.standing(1), Standing::NoCheaper);
}

/// The bounds are those of the printed tables, also as far out as many statements push them: t(0.9999) at 9 degrees is
/// 6.010.
#[test]
fn the_bound_of_a_statement_is_students() {
    let samples: Vec<f64> = (0..10).map(f64::from).collect();
    let (low, _) = Estimate::with_level(&samples, 1.0 - 2.0 * 1e-4).interval.unwrap();
    let error = libm::sqrt(82.5 / 9.0 / 10.0);
    assert!(((4.5 - low) / error - 6.010).abs() < 1e-3, "{}", (4.5 - low) / error);
}
