//! The runs of a replication, for a timeline: each strategy is played again with somebody listening.

use rayon::prelude::*;

use super::run::{ExperimentError, Options, pool};
use super::story::{Heard, listen};
use crate::kernel::{Span, Time};
use crate::model::story::{Moment, Recorder};
use crate::scenario::Scenario;

/// How often the backlog is drawn while items arrive: every change of it would leave no room for the runs.
const BACKLOGS: u64 = 1_000;

/// What was heard of one strategy.
#[derive(Debug, Clone)]
pub struct Track {
    /// The strategy.
    pub design: usize,
    /// Moments of its runs and of its backlog, in order.
    pub moments: Vec<Moment>,
    /// When it was left: at its end, or when the limit was reached.
    pub until: Time,
    /// Whether that was the limit.
    pub is_cut: bool,
}

/// Plays one replication of these strategies, each for `limit` moments at most.
///
/// # Errors
/// The first run, in the order given, that failed; or the request to stop.
pub fn record(
    scenario: &Scenario,
    replication: u64,
    designs: &[usize],
    limit: usize,
    options: Options<'_>,
) -> Result<Vec<Track>, ExperimentError> {
    let every = Span::from_nanos(scenario.run.duration.as_nanos() / BACKLOGS);
    let one = |&design: &usize| {
        let recorder = Recorder::of_runs(limit, every);
        let Heard { recorder, until, .. } = listen(scenario, replication, design, recorder, options)?;
        let is_cut = recorder.is_done();
        let Some(record) = recorder.into_record() else { unreachable!("a recorder of runs keeps a record") };
        Ok(Track { design, moments: record.in_order(until), until, is_cut })
    };
    let tracks: Vec<Result<Track, ExperimentError>> =
        pool(options.threads)?.install(|| designs.par_iter().map(one).collect());
    tracks.into_iter().collect()
}
