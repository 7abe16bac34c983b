//! What is drawn of a state machine: the size of each state's box, what is written on it, and how much traffic each way
//! has.

use crate::experiment::machines::{MachineResults, StateShape};
use crate::model::workflow::outcome::StateOutcome;
use crate::report::charts::canvas::{fitted, text_width};
use crate::report::{errors, number};

/// Size of a state's name.
pub(super) const NAME: f64 = 13.0;
/// Size of what stands under it.
pub(super) const SMALL: f64 = 11.0;
/// Of a line of small text.
pub(super) const LINE: f64 = 15.0;
/// Left of the text in a box: the icon.
pub(super) const ICON: f64 = 30.0;
/// Above the name in a box.
pub(super) const ABOVE: f64 = 8.0;
/// How much wider a name is than plain text of its size.
const BOLD: f64 = 1.12;
/// The widest text of a way.
const LABEL_AT_MOST: f64 = 190.0;
/// The widest text of a box.
const TEXT_AT_MOST: f64 = 250.0;

/// A machine, ready to be placed.
pub(super) struct Diagram<'a> {
    pub(super) machine: &'a MachineResults,
    /// By state.
    pub(super) blocks: Vec<Block>,
    /// Runs that the counts are of together.
    pub(super) runs: u64,
    busiest: u64,
}

/// The box of a state: of what holds others, its head.
pub(super) struct Block {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Graphs that stand in it.
    pub(super) inner: Vec<usize>,
}

/// A line under a state's name.
pub(super) struct Line {
    pub(super) text: String,
    /// Whether it tells of errors.
    pub(super) bad: bool,
}

impl<'a> Diagram<'a> {
    pub(super) fn new(machine: &'a MachineResults, replications: u64) -> Self {
        let ways = machine.outcome.ways.iter().map(|way| way.taken);
        let entered = machine.outcome.states.iter().map(|state| state.entered);
        let busiest = ways.chain(entered).max().unwrap_or(0).max(1);
        let mut diagram = Self { machine, blocks: Vec::new(), runs: replications.max(1), busiest };
        diagram.blocks = (0..machine.states.len()).map(|state| diagram.block(state)).collect();
        diagram
    }

    fn block(&self, state: usize) -> Block {
        let shape = &self.machine.states[state];
        let lines = self.lines(state);
        let texts = lines.iter().map(|line| text_width(&line.text, SMALL));
        let widest = texts.fold(text_width(&shape.name, NAME) * BOLD, f64::max);
        Block {
            width: (ICON + widest.min(TEXT_AT_MOST) + 12.0).max(96.0),
            height: ABOVE + 17.0 + lines.len() as f64 * LINE + 5.0,
            inner: shape.inner.clone(),
        }
    }

    /// A state's name as far as it fits.
    pub(super) fn name(&self, state: usize) -> String {
        fitted(&self.machine.states[state].name, TEXT_AT_MOST / BOLD, NAME)
    }

    /// What stands under a state's name: counts of one run, on average.
    pub(super) fn lines(&self, state: usize) -> Vec<Line> {
        let (shape, outcome) = (&self.machine.states[state], &self.machine.outcome.states[state]);
        let mut lines = vec![Line { text: self.first_line(shape, outcome), bad: false }];
        if !shape.work.is_empty() {
            lines.push(Line { text: fitted(&shape.work, TEXT_AT_MOST, SMALL), bad: false });
        }
        let ends = matches!(shape.kind, "Fail" | "Succeed");
        let counts = [
            (outcome.retries, "retried"),
            (outcome.timed_out, "timed out"),
            (outcome.caught, "caught"),
            (if ends { 0 } else { outcome.failed }, "failed for good"),
            (if ends { 0 } else { outcome.entered.saturating_sub(outcome.left + outcome.failed) }, "never left"),
        ];
        let said =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", self.count(*count)));
        let said: Vec<String> = said.collect();
        if !said.is_empty() {
            lines.push(Line { text: fitted(&said.join(" · "), TEXT_AT_MOST, SMALL), bad: true });
        }
        let failures = errors::of_state(self.machine, state, |error| error.executions);
        if !failures.is_empty() {
            let text = format!("ends with {}", errors::with_counts(&failures, self.runs));
            lines.push(Line { text: fitted(&text, TEXT_AT_MOST, SMALL), bad: true });
        }
        lines
    }

    fn first_line(&self, shape: &StateShape, outcome: &StateOutcome) -> String {
        let entered = match outcome.entered {
            0 => return "never entered".to_owned(),
            count => format!("{} entered", self.count(count)),
        };
        let lasts = !matches!(shape.kind, "Choice" | "Pass" | "Succeed" | "Fail");
        match outcome.latency.quantile(0.5, 0).filter(|_| lasts) {
            Some(median) => format!("{entered}, median {}", number::duration(median.as_secs_f64())),
            None => entered,
        }
    }

    /// A count of all runs together, as one of a run on average.
    pub(super) fn count(&self, count: u64) -> String {
        errors::of_one_run(count, self.runs)
    }

    /// The states that stand in a graph itself.
    pub(super) fn states_of(&self, graph: usize) -> Vec<usize> {
        (0..self.machine.states.len()).filter(|&state| self.machine.states[state].graph == graph).collect()
    }

    /// The same, with those inside of them.
    pub(super) fn states_below(&self, graph: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for state in self.states_of(graph) {
            found.push(state);
            found.extend(self.machine.states[state].inner.iter().flat_map(|&inner| self.states_below(inner)));
        }
        found
    }

    /// All graphs inside of a state.
    pub(super) fn graphs_below(&self, state: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for &graph in &self.machine.states[state].inner {
            found.push(graph);
            found.extend(self.states_of(graph).into_iter().flat_map(|state| self.graphs_below(state)));
        }
        found
    }

    /// How often a way was taken, all runs together.
    pub(super) fn taken(&self, way: usize) -> u64 {
        self.machine.outcome.ways.get(way).map_or(0, |way| way.taken)
    }

    /// The same, held against the busiest of all.
    pub(super) fn share(&self, way: usize) -> f64 {
        self.taken(way) as f64 / self.busiest as f64
    }

    /// The share of any count.
    pub(super) fn share_of(&self, count: u64) -> f64 {
        count as f64 / self.busiest as f64
    }

    /// How often a graph ended with a state.
    pub(super) fn ended(&self, state: usize) -> u64 {
        let ways = self.machine.outcome.ways.iter().filter(|way| way.from as usize == state);
        self.machine.outcome.states[state].left.saturating_sub(ways.map(|way| way.taken).sum())
    }

    /// How often a graph was begun.
    pub(super) fn begun(&self, graph: usize) -> u64 {
        let start = self.machine.graphs[graph].start;
        let ways = self.machine.outcome.ways.iter().filter(|way| way.to as usize == start);
        self.machine.outcome.states[start].entered.saturating_sub(ways.map(|way| way.taken).sum())
    }

    /// What is written on a way: its rule, and how often it was taken where others part from it.
    pub(super) fn label(&self, way: usize) -> String {
        let shape = &self.machine.ways[way];
        if shape.label.is_empty() {
            return String::new();
        }
        let count = self.count(self.taken(way));
        let room = LABEL_AT_MOST - text_width(&count, SMALL) - 12.0;
        format!("{}: {count}", fitted(&shape.label, room, SMALL))
    }

    pub(super) fn label_width(&self, way: usize) -> f64 {
        let label = self.label(way);
        if label.is_empty() { 0.0 } else { text_width(&label, SMALL) + 8.0 }
    }
}
