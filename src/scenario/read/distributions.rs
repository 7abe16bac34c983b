//! Distributions as people write them, built.

use super::{Reader, samples};
use crate::kernel::dist::DistributionError;
use crate::kernel::{Distribution, Span};
use crate::scenario::tree::{Node, Table, Value};
use crate::scenario::units;

/// A distribution without an upper end may not exceed this at its 99.99th percentile.
const TAIL_AT_MOST: Span = Span::from_secs(30 * 86_400);

/// What a distribution is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Lengths of time, in seconds.
    Time,
    /// Sizes, in bytes.
    Size,
}

impl Unit {
    fn value(self, node: &Node) -> Option<f64> {
        match self {
            Self::Time => units::duration(node.text()?).ok().map(Span::as_secs_f64),
            Self::Size => units::size(node.text()?).ok(),
        }
    }

    /// A parameter's value as a message shows it.
    fn shown(self, parameter: &str, value: f64) -> String {
        const BARE: [&str; 8] = ["cv", "shape", "stages", "mu", "sigma", "weight", "percentile", "percentiles"];
        match self {
            _ if BARE.contains(&parameter) => value.to_string(),
            Self::Time => format!("{value} s"),
            Self::Size => format!("{value} B"),
        }
    }
}

impl Reader<'_> {
    /// A distribution of lengths of time whose tail stays within bounds.
    pub(super) fn time(&mut self, table: &Table, key: &str) -> Option<Distribution> {
        let node = table.get(key)?;
        let built = self.distribution(node, Unit::Time)?;
        let far = built.quantile(0.9999);
        if built.largest().is_none() && far > TAIL_AT_MOST.as_secs_f64() {
            let title = format!("the tail of `{key}` is too long: one in 10,000 exceeds {}", Span::from_secs_f64(far));
            self.fault(
                node,
                title,
                "expected a 99.99th percentile of at most 30 days, or a distribution with an upper end",
            );
        }
        Some(built)
    }

    /// A distribution of sizes.
    pub(super) fn bytes(&mut self, table: &Table, key: &str) -> Option<Distribution> {
        self.distribution(table.get(key)?, Unit::Size)
    }

    /// A distribution, whatever its tail.
    pub(super) fn distribution(&mut self, node: &Node, unit: Unit) -> Option<Distribution> {
        if matches!(node.value, Value::Text(_)) {
            return self.built(node, Distribution::constant(unit.value(node)?), unit);
        }
        let [entry] = node.table()?.entries.as_slice() else { return None };
        let of = &entry.node;
        let family = match entry.key.as_str() {
            "percentiles" => percentiles(of, unit)?,
            "samples" => return self.samples(of, unit),
            "mixture" => return self.mixture(of, unit),
            "shifted" => return self.shifted(of, unit),
            "exponential" => match of.table() {
                Some(table) => Distribution::exponential(unit.value(table.get("mean")?)?),
                None => Distribution::exponential(unit.value(of)?),
            },
            family => by_table(family, of.table()?, unit)?,
        };
        self.built(of, family, unit)
    }

    fn built(&mut self, node: &Node, built: Built, unit: Unit) -> Option<Distribution> {
        let refuse = |error: DistributionError| {
            let (found, expected) = found_and_expected(&error, unit);
            self.fault(node, format!("there is no such distribution: {found}"), format!("expected {expected}"));
        };
        built.map_err(refuse).ok()
    }

    fn samples(&mut self, node: &Node, unit: Unit) -> Option<Distribution> {
        let (file, column, scale) = match node.table() {
            None => (node, None, 1.0),
            Some(table) => (table.get("file")?, table.text("column"), table.number("scale")?),
        };
        let path = self.path(file)?;
        match samples::column(&path, file.text()?, column) {
            Ok(values) => {
                self.built(node, Distribution::samples(values.into_iter().map(|value| value * scale).collect()), unit)
            }
            Err(reason) => {
                self.fault(file, reason, "expected a CSV file of numbers");
                None
            }
        }
    }

    fn mixture(&mut self, node: &Node, unit: Unit) -> Option<Distribution> {
        let mut parts = Vec::new();
        for part in node.list()? {
            let table = part.table()?;
            parts.push((table.number("weight")?, self.distribution(table.get("of")?, unit)?));
        }
        self.built(node, Distribution::mixture(parts), unit)
    }

    fn shifted(&mut self, node: &Node, unit: Unit) -> Option<Distribution> {
        let table = node.table()?;
        let rest = self.distribution(table.get("of")?, unit)?;
        self.built(node, Distribution::shifted(unit.value(table.get("by")?)?, rest), unit)
    }
}

/// What is wrong with parameters, and what would have been right.
fn found_and_expected(error: &DistributionError, unit: Unit) -> (String, String) {
    use DistributionError as E;
    let one = |parameter: &str, value: f64| format!("{parameter} is {}", unit.shown(parameter, value));
    match *error {
        E::NotPositive { parameter, value } => (one(parameter, value), format!("a finite {parameter} above 0")),
        E::Negative { parameter, value } => (one(parameter, value), format!("a finite {parameter} of at least 0")),
        E::NotFinite { parameter, value } => (one(parameter, value), format!("a finite {parameter}")),
        E::OutOfRange { parameter, low, high, value } => {
            let (low, high) = (unit.shown(parameter, low), unit.shown(parameter, high));
            (one(parameter, value), format!("{parameter} from {low} to {high}"))
        }
        E::NotBelow { lower, upper, low, high } => {
            (format!("{} and {}", one(lower, low), one(upper, high)), format!("{lower} below {upper}"))
        }
        E::TooFew { parameter, least, count } => {
            (format!("the number of {parameter} is {count}"), format!("at least {least}"))
        }
        E::NotAscending { parameter, before, after } => {
            let (before, after) = (unit.shown(parameter, before), unit.shown(parameter, after));
            (format!("{parameter} go from {before} to {after}"), format!("{parameter} to ascend"))
        }
        E::Weights { sum } => (format!("the sum of the weights is {sum}"), "a finite sum above 0".to_owned()),
        E::Moments { mean, variance } => (
            format!("{} with a variance of {variance}", one("mean", mean)),
            "parameters with a finite mean and variance".to_owned(),
        ),
    }
}

type Built = Result<Distribution, DistributionError>;

/// The families whose parameters stand in one table; none where a parameter was refused.
fn by_table(family: &str, table: &Table, unit: Unit) -> Option<Built> {
    let value = |key: &str| unit.value(table.get(key)?);
    let number = |key: &str| table.number(key);
    let mean_and_cv = value("mean").zip(number("cv"));
    Some(match family {
        "lognormal" => match (value("median"), mean_and_cv) {
            (Some(median), _) => Distribution::log_normal_median_p99(median, value("p99")?),
            (None, Some((mean, cv))) => Distribution::log_normal_mean_cv(mean, cv),
            (None, None) => Distribution::log_normal(number("mu")?, number("sigma")?),
        },
        "gamma" => match mean_and_cv {
            Some((mean, cv)) => Distribution::gamma_mean_cv(mean, cv),
            None => Distribution::gamma(number("shape")?, value("scale")?),
        },
        "weibull" => match mean_and_cv {
            Some((mean, cv)) => Distribution::weibull_mean_cv(mean, cv),
            None => Distribution::weibull(number("shape")?, value("scale")?),
        },
        "hyperexponential" => match mean_and_cv {
            Some((mean, cv)) => Distribution::hyper_exponential_mean_cv(mean, cv),
            None => Distribution::hyper_exponential(&branches(table, unit)?),
        },
        "erlang" => Distribution::erlang(table.integer("stages")?, value("mean")?),
        "uniform" => Distribution::uniform(value("low")?, value("high")?),
        "pareto" => Distribution::pareto(number("shape")?, value("low")?, value("high")?),
        "triangular" => Distribution::triangular(value("low")?, value("mode")?, value("high")?),
        _ => return None,
    })
}

fn branches(table: &Table, unit: Unit) -> Option<Vec<(f64, f64)>> {
    let branches = table.get("branches")?.list()?.iter().map(|branch| {
        let branch = branch.table()?;
        Some((branch.number("weight")?, unit.value(branch.get("mean")?)?))
    });
    branches.collect()
}

fn percentiles(node: &Node, unit: Unit) -> Option<Built> {
    let points =
        node.table()?.entries.iter().map(|entry| Some((units::percentile(&entry.key)?, unit.value(&entry.node)?)));
    let mut points = points.collect::<Option<Vec<_>>>()?;
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(Distribution::percentiles(&points))
}
