//! `run.json`: every number at full precision and what reproduces them. `never` is null; so is an absent interval.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::ReportError;
use crate::experiment::results::{
    BatchMeansOf, BatchMeansResult, FluidResult, ObjectiveResult, PrecisionResult, PricesUsed, RareQuantile, Results,
    SeriesFigure, StrategyResults, WarmUpOf, WarmUpResult,
};
use crate::stats::Estimate;

/// The version of the document's shape; it grows when a key changes its meaning or goes.
const FORMAT_VERSION: u32 = 1;

/// Values nested deeper than this are written on one line: a figure is a line, and so is a series.
const DEEPEST_INDENTED: usize = 4;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    program_version: &'a str,
    scenario: &'a str,
    summary: &'a str,
    seed: u64,
    replications: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<Precision<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_up: Option<WarmUp<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_means: Option<Batches<'a>>,
    /// `fluid`; left out where every item was played.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fluid: Option<&'a FluidResult>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rare_quantiles: Vec<Rare<'a>>,
    start: &'a str,
    duration_s: f64,
    drain_s: f64,
    baseline: Option<&'a str>,
    fingerprint: &'a str,
    strategies: Vec<Strategy<'a>>,
    comparisons: Vec<Compared<'a>>,
    objectives: Vec<Objective<'a>>,
    prices: &'a PricesUsed,
    understood: &'a serde_json::Value,
    /// The digest (BLAKE3, in hexadecimal) of each other file of the report, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<&'a Digests>,
}

/// Digests of files by their names.
pub(super) type Digests = BTreeMap<String, String>;

/// How narrow the intervals became, where that was asked for.
#[derive(Serialize)]
struct Precision<'a> {
    metric: &'a str,
    within: f64,
    max_replications: u64,
    looks: &'a [u64],
    strategies: Vec<Reached<'a>>,
}

#[derive(Serialize)]
struct Reached<'a> {
    strategy: Option<&'a str>,
    relative_half_width: Option<f64>,
    reached: &'static str,
}

/// The warm-up, where it was to be found.
#[derive(Serialize)]
struct WarmUp<'a> {
    seconds: f64,
    pilots: u64,
    strategies: Vec<Cut<'a>>,
}

#[derive(Serialize)]
struct Cut<'a> {
    strategy: Option<&'a str>,
    seconds: f64,
    beyond_half: bool,
}

/// The batches that intervals come from, where they do.
#[derive(Serialize)]
struct Batches<'a> {
    batches: usize,
    seconds: f64,
    strategies: Vec<BatchesOf<'a>>,
}

#[derive(Serialize)]
struct BatchesOf<'a> {
    strategy: Option<&'a str>,
    lag_one_correlation: Option<f64>,
    correlated: bool,
    least_items: u64,
}

/// A quantile that few items lie beyond.
#[derive(Serialize)]
struct Rare<'a> {
    strategy: Option<&'a str>,
    #[serde(flatten)]
    found: RareQuantile,
}

#[derive(Serialize)]
struct Strategy<'a> {
    name: &'a str,
    flow: &'a str,
    figures: Vec<Figure<'a>>,
    quantiles: Vec<Quantile<'a>>,
    latency_cdf: Distribution,
    series: Vec<Columns<'a>>,
}

#[derive(Serialize)]
struct Bounds {
    mean: f64,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    replications: usize,
}

#[derive(Serialize)]
struct Figure<'a> {
    scope: &'a str,
    metric: &'a str,
    unit: &'a str,
    estimate: Bounds,
}

#[derive(Serialize)]
struct Quantile<'a> {
    scope: &'a str,
    quantile: f64,
    seconds: Bounds,
}

#[derive(Serialize)]
struct Distribution {
    seconds: Vec<f64>,
    share: Vec<f64>,
}

/// A series column by column: a tenth of the size of point by point, and what plotting libraries take.
#[derive(Serialize)]
struct Columns<'a> {
    scope: &'a str,
    series: &'a str,
    unit: &'a str,
    time_s: Vec<f64>,
    mean: Vec<f64>,
    ci_low: Vec<Option<f64>>,
    ci_high: Vec<Option<f64>>,
    min: Vec<f64>,
    max: Vec<f64>,
}

#[derive(Serialize)]
struct Compared<'a> {
    strategy: Option<&'a str>,
    metric: &'a str,
    unit: &'a str,
    difference: Bounds,
    ratio: Option<Bounds>,
    variance_ratio: Option<f64>,
}

#[derive(Serialize)]
struct Objective<'a> {
    text: &'a str,
    metric: &'a str,
    strategy: Option<&'a str>,
    bound: f64,
    measured: Bounds,
    met: bool,
    certain: bool,
    undefined: bool,
    unprocessed: Option<Bounds>,
    share_within: Option<Bounds>,
}

/// The document on one line, without a line end.
///
/// # Errors
/// [`ReportError::Json`] if the scenario as understood cannot be written as JSON.
pub fn json_line(results: &Results) -> Result<String, ReportError> {
    Ok(serde_json::to_string(&document(results))?)
}

/// The document for people to look into: indented, with one line a figure.
pub(super) fn indented(results: &Results, digests: &Digests) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    let document = Document { files: Some(digests), ..document(results) };
    document.serialize(&mut Serializer::with_formatter(&mut bytes, Indented::default()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn document(results: &Results) -> Document<'_> {
    let name = |index: usize| results.strategies.get(index).map(|strategy| strategy.name.as_str());
    let compared = results.comparisons.iter().map(|comparison| Compared {
        strategy: name(comparison.strategy),
        metric: comparison.metric,
        unit: comparison.unit,
        difference: bounds(&comparison.difference),
        ratio: comparison.ratio.as_ref().map(bounds),
        variance_ratio: comparison.variance_ratio,
    });
    Document {
        format_version: FORMAT_VERSION,
        program_version: &results.program_version,
        scenario: &results.scenario,
        summary: &results.summary,
        seed: results.seed,
        replications: results.replications,
        precision: results.precision.as_ref().map(|precision| reached(precision, &name)),
        warm_up: results.warm_up.as_ref().map(|found| cut(found, &name)),
        batch_means: results.batch_means.as_ref().map(|found| batches(found, &name)),
        mode: results.fluid.as_ref().map(|_| "fluid"),
        fluid: results.fluid.as_ref(),
        rare_quantiles: results.rare_quantiles.iter().map(|found| rare(found, &name)).collect(),
        start: &results.start,
        duration_s: results.duration_s,
        drain_s: results.drain_s,
        baseline: name(results.baseline),
        fingerprint: &results.fingerprint,
        strategies: results.strategies.iter().map(strategy).collect(),
        comparisons: compared.collect(),
        objectives: results.objectives.iter().map(|result| objective(result, name(result.strategy))).collect(),
        prices: &results.prices,
        understood: &results.understood,
        files: None,
    }
}

/// The name of a strategy by its index.
type Name<'a, 'b> = &'b dyn Fn(usize) -> Option<&'a str>;

fn cut<'a>(result: &WarmUpResult, name: Name<'a, '_>) -> WarmUp<'a> {
    let &WarmUpResult { seconds, pilots, ref strategies } = result;
    let cut = |one: &WarmUpOf| Cut { strategy: name(one.strategy), seconds: one.seconds, beyond_half: one.beyond_half };
    WarmUp { seconds, pilots, strategies: strategies.iter().map(cut).collect() }
}

fn batches<'a>(result: &BatchMeansResult, name: Name<'a, '_>) -> Batches<'a> {
    let &BatchMeansResult { batches, seconds, ref strategies } = result;
    let of = |one: &BatchMeansOf| BatchesOf {
        strategy: name(one.strategy),
        lag_one_correlation: one.correlation,
        correlated: one.correlated,
        least_items: one.least_items,
    };
    Batches { batches, seconds, strategies: strategies.iter().map(of).collect() }
}

fn rare<'a>(found: &RareQuantile, name: Name<'a, '_>) -> Rare<'a> {
    Rare { strategy: name(found.strategy), found: *found }
}

fn reached<'a>(result: &'a PrecisionResult, name: Name<'a, '_>) -> Precision<'a> {
    let strategies = result.strategies.iter().map(|one| Reached {
        strategy: name(one.strategy),
        relative_half_width: one.half_width,
        reached: one.reached.word(),
    });
    Precision {
        metric: result.metric,
        within: result.within,
        max_replications: result.max_replications,
        looks: &result.looks,
        strategies: strategies.collect(),
    }
}

fn bounds(estimate: &Estimate) -> Bounds {
    Bounds {
        mean: estimate.mean,
        ci_low: estimate.interval.map(|(low, _)| low),
        ci_high: estimate.interval.map(|(_, high)| high),
        replications: estimate.replications,
    }
}

fn strategy(results: &StrategyResults) -> Strategy<'_> {
    let figures = results.figures.iter().map(|figure| Figure {
        scope: &figure.scope,
        metric: figure.metric,
        unit: figure.unit,
        estimate: bounds(&figure.estimate),
    });
    let quantiles = results.quantiles.iter().map(|figure| Quantile {
        scope: &figure.scope,
        quantile: figure.quantile,
        seconds: bounds(&figure.estimate),
    });
    let (seconds, share) = results.latency_cdf.iter().copied().unzip();
    Strategy {
        name: &results.name,
        flow: &results.flow,
        figures: figures.collect(),
        quantiles: quantiles.collect(),
        latency_cdf: Distribution { seconds, share },
        series: results.series.iter().map(columns).collect(),
    }
}

fn columns(series: &SeriesFigure) -> Columns<'_> {
    let points = || series.points.iter();
    Columns {
        scope: &series.scope,
        series: series.series,
        unit: series.unit,
        time_s: points().map(|point| point.time_s).collect(),
        mean: points().map(|point| point.estimate.mean).collect(),
        ci_low: points().map(|point| point.estimate.interval.map(|(low, _)| low)).collect(),
        ci_high: points().map(|point| point.estimate.interval.map(|(_, high)| high)).collect(),
        min: points().map(|point| point.min).collect(),
        max: points().map(|point| point.max).collect(),
    }
}

fn objective<'a>(result: &'a ObjectiveResult, strategy: Option<&'a str>) -> Objective<'a> {
    Objective {
        text: &result.text,
        metric: result.metric,
        strategy,
        bound: result.bound,
        measured: bounds(&result.measured),
        met: result.met,
        certain: result.certain,
        undefined: result.undefined,
        unprocessed: result.unprocessed.as_ref().map(bounds),
        share_within: result.share_within.as_ref().map(bounds),
    }
}

/// Indents down to [`DEEPEST_INDENTED`] and writes what is deeper on one line.
struct Indented {
    depth: usize,
    outer: PrettyFormatter<'static>,
    inner: CompactFormatter,
}

impl Default for Indented {
    fn default() -> Self {
        Self { depth: 0, outer: PrettyFormatter::new(), inner: CompactFormatter }
    }
}

/// Hands each call to the formatter of the depth it happens at.
macro_rules! by_depth {
    ($($name:ident($($argument:ident: $type:ty),*) $enters:literal;)*) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W, $($argument: $type),*) -> io::Result<()> {
            self.depth += usize::from($enters == 1);
            let deep = self.depth > DEEPEST_INDENTED;
            self.depth -= usize::from($enters == -1);
            if deep { self.inner.$name(writer, $($argument),*) } else { self.outer.$name(writer, $($argument),*) }
        })*
    };
}

impl Formatter for Indented {
    by_depth! {
        begin_array() 1;
        end_array() -1;
        begin_array_value(first: bool) 0;
        end_array_value() 0;
        begin_object() 1;
        end_object() -1;
        begin_object_key(first: bool) 0;
        begin_object_value() 0;
        end_object_value() 0;
    }
}
