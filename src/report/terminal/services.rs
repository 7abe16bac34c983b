//! What the money is for: a line a strategy, where it is not nearly all for one service.

use super::paint::Paint;
use super::{name_width, paint, short_name};
use crate::experiment::results::{Results, StrategyResults};
use crate::report::{lookup, number};
use crate::stats::Estimate;

/// At most so many strategies are listed.
const MOST_LISTED: usize = 12;

/// From this share of every bill on, one service has nearly all of it, and the column of costs says enough.
const NEARLY_ALL: f64 = 0.95;

/// The lines under their heading; empty where one service has nearly all of every bill.
pub(super) fn render(results: &Results, width: usize, paint: Paint) -> String {
    if !shared(results) {
        return String::new();
    }
    let names = name_width(results);
    let lines = results.strategies.iter().take(MOST_LISTED).map(|strategy| line(strategy, names, width));
    let omitted = results.strategies.len().saturating_sub(MOST_LISTED);
    let more = (omitted > 0).then(|| format!("  and {omitted} more, in summary.csv"));
    let heading = paint.bold("USD per million, by service");
    std::iter::once(heading).chain(lines).chain(more).collect::<Vec<_>>().join("\n")
}

/// Whether the service that has most of all bills together has less than nearly all of some bill.
fn shared(results: &Results) -> bool {
    let bills: Vec<_> = results.strategies.iter().map(lookup::services).collect();
    let of = |bill: &[(&str, &Estimate)], name: &str| {
        bill.iter().filter(|(service, _)| *service == name).map(|(_, cost)| cost.mean).sum::<f64>()
    };
    let total = |name: &str| bills.iter().map(|bill| of(bill, name)).sum::<f64>();
    let names = bills.iter().flatten().map(|&(name, _)| name);
    let Some(first) = names.max_by(|left, right| total(left).total_cmp(&total(right))) else { return false };
    let sum = |bill: &[(&str, &Estimate)]| bill.iter().map(|(_, cost)| cost.mean).sum::<f64>();
    bills.iter().filter(|bill| !bill.is_empty()).any(|bill| of(bill, first) < NEARLY_ALL * sum(bill))
}

/// `  queued        lambda $1.93, sqs $0.49`.
fn line(strategy: &StrategyResults, names: usize, width: usize) -> String {
    let services = lookup::services(strategy);
    let parts = services.iter().map(|(service, cost)| format!("{service} {}", number::mean(cost, "USD")));
    let parts = if services.is_empty() { "-".to_owned() } else { parts.collect::<Vec<_>>().join(", ") };
    let text = format!("  {:<names$}  {parts}", short_name(&strategy.name));
    paint::wrapped(&text, width, 4 + names)
}
