//! What an experiment found: everything a report shows, and nothing of how it is shown.

use serde::Serialize;

use super::compare::Pair;
use super::machines::MachineResults;
use crate::pricing::{Allowance, PriceRow};
use crate::scenario::{Location, Setting};
use crate::stats::Estimate;

/// All that a run of a scenario found.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    /// The scenario's name: the folder of its reports.
    pub scenario: String,
    /// Its one-line summary.
    pub summary: String,
    /// The program's version.
    pub program_version: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each strategy that were run.
    pub replications: u64,
    /// How narrow the intervals became, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<PrecisionResult>,
    /// The warm-up, where it was to be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpResult>,
    /// The batches that intervals come from, where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_means: Option<BatchMeansResult>,
    /// What an answer in aggregated counts is worth, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fluid: Option<FluidResult>,
    /// Quantiles that something was asked of and that are in doubt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rare_quantiles: Vec<RareQuantile>,
    /// Every strategy against every other, where there are three at least: all verdicts corrected together.
    pub pairs: Vec<Pair>,
    /// Arrivals stop here, seconds from the start.
    pub duration_s: f64,
    /// Drain after that, seconds.
    pub drain_s: f64,
    /// Start of the run, RFC 3339.
    pub start: String,
    /// Index of the strategy the others are compared with.
    pub baseline: usize,
    /// One entry a strategy, in the scenario's order.
    pub strategies: Vec<StrategyResults>,
    /// Every other strategy against the baseline, metric by metric.
    pub comparisons: Vec<Comparison>,
    /// The objectives, with each strategy they apply to.
    pub objectives: Vec<ObjectiveResult>,
    /// Over integers only: equal on every machine.
    pub fingerprint: String,
    /// What went wrong, in the order of the scenario; left out where nothing did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultWindow>,
    /// The prices that made money of counts.
    pub prices: PricesUsed,
    /// The scenario as understood, every default filled in.
    pub understood: serde_json::Value,
    /// The same key by key, with the source of each default.
    pub settings: Vec<Setting>,
    /// The same as TOML that can be read again, all strategies included.
    pub explained: String,
    /// The strategies that were asked for by name; empty: all.
    pub only: Vec<String>,
}

/// How narrow the intervals of a metric became, where that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionResult {
    /// Which metric.
    pub metric: &'static str,
    /// What was asked for: the largest half-width as a share of the mean.
    pub within: f64,
    /// The most replications that were allowed.
    pub max_replications: u64,
    /// After how many replications the widths were looked at; with the last of them the run stopped.
    pub looks: Vec<u64>,
    /// One entry a strategy, in the scenario's order.
    pub strategies: Vec<StrategyPrecision>,
}

/// How narrow the interval of one strategy became.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StrategyPrecision {
    /// Index of the strategy.
    pub strategy: usize,
    /// Half the length of the 95 % interval as a share of the mean; none where that does not exist.
    pub half_width: Option<f64>,
    /// Whether that is narrow enough.
    pub reached: PrecisionReached,
}

/// Whether an interval became narrow enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrecisionReached {
    /// It did.
    Reached,
    /// It did not: the most replications were not enough.
    Short,
    /// The metric is `never` in some replication: it has no mean, however many are added.
    Never,
    /// No replication has the metric.
    NothingMeasured,
}

impl PrecisionReached {
    /// As `run.json` and the tables write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Short => "short",
            Self::Never => "never",
            Self::NothingMeasured => "nothing-measured",
        }
    }
}

/// The start of the run that was cut, where it was to be found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WarmUpResult {
    /// The warm-up of all strategies: the longest of theirs, seconds.
    pub seconds: f64,
    /// Runs of each strategy that it was found on, none of which is measured.
    pub pilots: u64,
    /// One entry a strategy, in the scenario's order.
    pub strategies: Vec<WarmUpOf>,
}

/// What one strategy needs cut.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WarmUpOf {
    /// Index of the strategy.
    pub strategy: usize,
    /// Seconds from the start.
    pub seconds: f64,
    /// Whether no steady state was found: the rule would have cut more than half of the run, or the run has too few bins.
    pub beyond_half: bool,
}

/// What an answer in aggregated counts is worth (`mode = "fluid"`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FluidResult {
    /// The length of a step, seconds.
    pub step_s: f64,
    /// By how much each metric may be off from an event-driven run, as a share of it: for the kinds of flow that are here.
    pub stated: Vec<StatedError>,
    /// Metrics of event-driven runs that it does not tell: absent, and not zero.
    pub not_told: Vec<&'static str>,
    /// Objectives on such metrics, as written: neither met nor missed.
    pub unanswered: Vec<String>,
}

/// The stated error of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StatedError {
    /// Which metric.
    pub metric: &'static str,
    /// The largest share by which it may be off.
    pub within: f64,
}

/// The batches of the one run that intervals come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchMeansResult {
    /// How many.
    pub batches: usize,
    /// How long each is, seconds.
    pub seconds: f64,
    /// One entry a strategy, in the scenario's order.
    pub strategies: Vec<BatchMeansOf>,
}

/// The batches of one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BatchMeansOf {
    /// Index of the strategy.
    pub strategy: usize,
    /// Correlation of each batch's mean latency with the next; none where there is no such mean or it never varies.
    pub correlation: Option<f64>,
    /// Whether that is more than independent batches exceed in one of twenty cases: the batches are too short.
    pub correlated: bool,
    /// Items of the batch that has fewest.
    pub least_items: u64,
}

/// A quantile that something was asked of and that is in doubt: few items lie beyond it, or all items together say another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RareQuantile {
    /// Index of the strategy.
    #[serde(skip)]
    pub strategy: usize,
    /// Which metric.
    pub metric: &'static str,
    /// Items of a replication, or of a batch of the one that there is, beyond it, on average.
    #[serde(rename = "items_beyond")]
    pub beyond: f64,
    /// Whether it is taken of all of them together, as its interval is.
    pub pooled: bool,
    /// What all items together say, seconds, where it is not taken of them and they say what lies outside its interval.
    #[serde(rename = "seconds_together")]
    pub together: Option<f64>,
}

/// One occurrence of a fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultWindow {
    /// The fault's name.
    pub name: String,
    /// Its first instant, seconds from the start.
    pub start_s: f64,
    /// The first instant after it.
    pub end_s: f64,
    /// Indices of the strategies that it strikes.
    pub strategies: Vec<usize>,
}

/// The price book of a run, by what tells it from the embedded one: with these rows in a price file it is had again.
#[derive(Debug, Clone, Serialize)]
pub struct PricesUsed {
    /// Its region.
    pub region: String,
    /// When it was written.
    pub written: String,
    /// Whether the monthly free allowances were taken off.
    pub free_tier: bool,
    /// The rows that differ from those of the embedded book.
    pub changed: Vec<PriceRow>,
    /// The free allowances, where they differ.
    pub free: Option<Vec<Allowance>>,
}

/// What one strategy did.
#[derive(Debug, Clone, Serialize)]
pub struct StrategyResults {
    /// Its name.
    pub name: String,
    /// Its flow, normalised.
    pub flow: String,
    /// Figures in a fixed order: the whole strategy's first (empty scope), then by scope.
    pub figures: Vec<Figure>,
    /// Quantiles of latency, whole strategy first.
    pub quantiles: Vec<QuantileFigure>,
    /// Cumulative share of all arrived items (those never processed included) by latency, pooled over replications:
    /// (seconds, share), both ascending, at most about 1,000 points. The last share is below 1 where items were never processed.
    pub latency_cdf: Vec<(f64, f64)>,
    /// Time series.
    pub series: Vec<SeriesFigure>,
    /// The state machines that it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<MachineResults>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Empty for the whole strategy; else a branch, service, cause or state.
    pub scope: String,
    /// A stable snake_case name, e.g. `latency_p99`.
    pub metric: &'static str,
    /// `s`, `items`, `effects`, `runs`, `USD`, `GB-s`, `1` (a share) …
    pub unit: &'static str,
    /// Its value.
    pub estimate: Estimate,
}

/// One quantile of latency.
#[derive(Debug, Clone, Serialize)]
pub struct QuantileFigure {
    /// Empty for the whole strategy; else a branch.
    pub scope: String,
    /// In (0, 1].
    pub quantile: f64,
    /// Seconds; infinite is `never`.
    pub estimate: Estimate,
}

/// One series on the grid: bin by bin over the replications.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesFigure {
    /// Empty for the whole strategy; else a function's label, or a stream's.
    pub scope: String,
    /// `backlog` (items), `oldest_age` (s), `concurrency` (runs), `iterator_age` (s).
    pub series: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Points in time order.
    pub points: Vec<SeriesPoint>,
}

/// One bin of a series.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SeriesPoint {
    /// Start of the bin, seconds.
    pub time_s: f64,
    /// Mean over the replications of the bin's time mean, with its interval.
    pub estimate: Estimate,
    /// Lowest level seen in the bin in any replication.
    pub min: f64,
    /// Highest.
    pub max: f64,
}

/// One strategy against the baseline, on one metric, replication by replication.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Index of the strategy.
    pub strategy: usize,
    /// Which metric.
    pub metric: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Strategy minus baseline, paired.
    pub difference: Estimate,
    /// Baseline over strategy as a paired geometric mean (how many times smaller the strategy's figure is), where both
    /// are above zero and finite in every replication.
    pub ratio: Option<Estimate>,
    /// The variance of the difference over the sum of both variances: what common random numbers leave of the variance
    /// that independent runs would have had; none where neither varies or one is `never`.
    pub variance_ratio: Option<f64>,
}

/// An objective held against one strategy.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectiveResult {
    /// As written, e.g. `latency_p99 below 60s`.
    pub text: String,
    /// Where its bound was written.
    pub location: Option<Location>,
    /// The metric it speaks of.
    pub metric: &'static str,
    /// Index of the strategy.
    pub strategy: usize,
    /// The bound, in the metric's unit.
    pub bound: f64,
    /// What was measured.
    pub measured: Estimate,
    /// Whether the mean meets it.
    pub met: bool,
    /// Whether the interval lies wholly on that side of the bound.
    pub certain: bool,
    /// Whether nothing was measured, as no item arrived at all: it is met, and says nothing.
    pub undefined: bool,
    /// For a mean or greatest latency, which are of the processed items only: the share of the arrived items that were
    /// not, where there are any. The objective is missed then, whatever was measured.
    pub unprocessed: Option<Estimate>,
    /// For a bound on latency: the share of all arrived items within it.
    pub share_within: Option<Estimate>,
}
