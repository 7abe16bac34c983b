//! The story of one item, and the items worth one: a replication is played again with somebody listening.

use rayon::prelude::*;

use super::run::{ExperimentError, Options, REPORTS_A_RUN, failed, pool, run_one, workload};
use crate::kernel::{Root, Time};
use crate::model::Simulation;
use crate::model::story::{Fate, Found, Moment, Recorder, Verdict, Wanted, What, boundaries};
use crate::model::workflow::errors::ErrorNames;
use crate::scenario::Scenario;
use crate::words::ItemId;

/// Events between two looks at whether enough was heard, and at the request to stop.
const EVENTS_BETWEEN_LOOKS: u64 = 1 << 12;

/// Which runs of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runs {
    /// The strategy; none: all.
    pub design: Option<usize>,
    /// The replication, from 0; none: all.
    pub replication: Option<u64>,
}

/// An item that was looked for, and the run it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The strategy.
    pub design: usize,
    /// The replication, from 0.
    pub replication: u64,
    /// The item, and by what it is the one.
    pub found: Found,
}

/// What happened to one item in one run.
#[derive(Debug, Clone)]
pub struct Story {
    /// The strategy.
    pub design: usize,
    /// The replication, from 0.
    pub replication: u64,
    /// The item.
    pub item: ItemId,
    /// What happened, in order.
    pub moments: Vec<Moment>,
    /// Moments that had no room.
    pub left_out: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// How many items of its stream had arrived when the run was left: all, if the item never came.
    pub arrived: u64,
    /// When the run was left: at the item's end, or at its own.
    pub until: Time,
    /// The names of the errors that executions of state machines had up to then.
    pub errors: ErrorNames,
}

/// Looks for an item in these runs: the one that is most what is wanted, or the first run's first where there is no more or less.
/// None: there is no such item.
///
/// # Errors
/// The first run, in the scenario's order, that failed; or the request to stop.
pub fn search(
    scenario: &Scenario,
    wanted: Wanted,
    runs: Runs,
    options: Options<'_>,
) -> Result<Option<Candidate>, ExperimentError> {
    let jobs = runs.jobs(scenario);
    let one = |&(replication, design): &(u64, usize)| {
        let heard = listen(scenario, replication, design, Recorder::search(wanted), options)?;
        Ok(heard.recorder.into_found().map(|found| Candidate { design, replication, found }))
    };
    let pool = pool(options.threads)?;
    if let Wanted::Fate(_) = wanted {
        // The first in the order of the runs, so that those after it need not be played.
        let first = pool.install(|| jobs.par_iter().map(one).find_map_first(Result::transpose));
        return first.transpose();
    }
    let found: Vec<Result<Option<Candidate>, ExperimentError>> = pool.install(|| jobs.par_iter().map(one).collect());
    let mut best: Option<Candidate> = None;
    for candidate in found {
        let Some(candidate) = candidate? else { continue };
        if best.is_none_or(|best| candidate.found.measure > best.found.measure) {
            best = Some(candidate);
        }
    }
    Ok(best)
}

/// How many effects ended badly in these runs, by how; where none did so, it is left out.
///
/// # Errors
/// As [`search`].
pub fn bad_ends(scenario: &Scenario, runs: Runs, options: Options<'_>) -> Result<Vec<(Fate, u64)>, ExperimentError> {
    let options = Options { progress: None, ..options };
    let one = |(replication, design)| run_one(scenario, replication, design, REPORTS_A_RUN, options);
    let outcomes: Vec<_> = pool(options.threads)?.install(|| runs.jobs(scenario).into_par_iter().map(one).collect());
    let mut counts = [Fate::Lost, Fate::DeadLettered, Fate::Expired, Fate::Rejected].map(|fate| (fate, 0));
    for outcome in outcomes {
        let items = outcome?.items;
        let ended = [items.lost, items.dead_lettered, items.expired, items.rejected];
        counts.iter_mut().zip(ended).for_each(|((_, count), more)| *count += more);
    }
    Ok(counts.into_iter().filter(|&(_, count)| count > 0).collect())
}

/// Plays one replication of one strategy up to the end of an item, and tells what happened to it.
///
/// # Errors
/// What stopped the run.
pub fn tell(
    scenario: &Scenario,
    replication: u64,
    design: usize,
    item: ItemId,
    options: Options<'_>,
) -> Result<Story, ExperimentError> {
    let Heard { recorder, until, errors } = listen(scenario, replication, design, Recorder::of_item(item), options)?;
    let Some(record) = recorder.into_record() else { unreachable!("a recorder of an item keeps a record") };
    let (left_out, verdict, arrived) = (record.left_out, record.verdict.clone(), record.arrived);
    let mut moments = record.in_order(until);
    if let Some(arrived) = verdict.arrived {
        moments.extend(boundaries(&scenario.designs[design], arrived, verdict.folded.unwrap_or(until)));
        moments.sort_by_key(|moment| (moment.at, place_at_instant(&moment.what)));
    }
    Ok(Story { design, replication, item, moments, left_out, verdict, arrived, until, errors })
}

/// At one instant an item arrives first, and then finds what faults do.
const fn place_at_instant(what: &What) -> u8 {
    match what {
        What::Arrived { .. } => 0,
        What::FaultBegins { .. } | What::FaultEnds { .. } => 1,
        _ => 2,
    }
}

impl Runs {
    /// Replications vary slowest, as in an experiment.
    fn jobs(self, scenario: &Scenario) -> Vec<(u64, usize)> {
        let replications = self.replication.map_or(0..scenario.run.replications, |one| one..one + 1);
        let designs = self.design.map_or(0..scenario.designs.len(), |one| one..one + 1);
        replications.flat_map(|replication| designs.clone().map(move |design| (replication, design))).collect()
    }
}

/// What was heard of a run, and when it was left.
pub(super) struct Heard {
    pub recorder: Recorder,
    pub until: Time,
    pub errors: ErrorNames,
}

/// Plays one replication of one strategy until the recorder has heard enough, or to its end.
pub(super) fn listen(
    scenario: &Scenario,
    replication: u64,
    design: usize,
    recorder: Recorder,
    options: Options<'_>,
) -> Result<Heard, ExperimentError> {
    let failed = failed(scenario, replication, design);
    let workload = workload(scenario, design, &[]);
    let root = Root::new(scenario.run.seed, replication);
    let mut simulation = Simulation::new(&scenario.designs[design], &workload, &root).map_err(&failed)?;
    simulation.listen(recorder);
    while !simulation.recorder().is_none_or(Recorder::is_done) {
        options.look()?;
        if !simulation.advance_some(Time::NEVER, EVENTS_BETWEEN_LOOKS).map_err(&failed)? {
            break;
        }
    }
    let until = simulation.now();
    let Some(recorder) = simulation.stop_listening() else { unreachable!("somebody listens since the start") };
    Ok(Heard { recorder, until, errors: simulation.error_names().clone() })
}
