//! The table of the screen, and behind it every figure of whole strategies.

use maud::{Markup, html};

use crate::experiment::results::{Figure, Results, StrategyResults};
use crate::metrics::catalogue;
use crate::report::lookup;
use crate::report::number::{self, Shown};
use crate::report::overview::{self, COLUMNS, Column};

pub(super) fn section(results: &Results) -> Markup {
    html! {
        section aria-labelledby="results-heading" {
            h2 #results-heading { "Results" }
            (super::scrolling("Results by strategy", &overview(results)))
            @if results.replications > 1 {
                p.note {
                    "± is the half-width of a 95 % interval of the simulated mean over " (results.replications)
                    " replications, in the unit of the value: it says how sure the simulation is, not how much single \
                     items differ."
                    @if overview::holds_unknown(results) {
                        " ±? is more than the value itself, for there are too few replications."
                    }
                }
            }
            details {
                summary { "Every figure" }
                (super::scrolling("Every figure by strategy", &everything(results)))
            }
        }
    }
}

fn overview(results: &Results) -> Markup {
    html! {
        table.results {
            caption { "Latency is from an item's arrival until its effect; duplicates are effects applied again; lost are effects that nothing works towards any more" }
            thead { tr {
                th scope="col" { "Strategy" }
                @for (heading, ..) in &COLUMNS { th scope="col" { (heading.replace('\n', " ").trim()) } }
            } }
            tbody { @for (index, strategy) in results.strategies.iter().enumerate() {
                tr data-strategy=(index) {
                    th scope="row" class={ "strategy ink-" (index % super::INKS) } {
                        (strategy.name)
                        @if index == results.baseline && results.strategies.len() > 1 { " " span.tag { "baseline" } }
                    }
                    @for column in &COLUMNS { (cell(strategy, column)) }
                }
            } }
        }
    }
}

fn cell(strategy: &StrategyResults, column: &Column) -> Markup {
    match overview::cell(strategy, column) {
        Some(cell) => html! { td.bad[cell.bad] { (shown(&cell.shown)) } },
        None => html! { td { "–" } },
    }
}

pub(super) fn shown(shown: &Shown) -> Markup {
    html! {
        (shown.value)
        @if let Some(half) = &shown.half_width { " " span.half { "±" (half) } }
    }
}

/// Figures of whole strategies, those that are zero everywhere left out.
fn everything(results: &Results) -> Markup {
    let says_something = |metric: &&catalogue::Metric| {
        results.strategies.iter().any(|strategy| lookup::figure(strategy, metric.name).is_some_and(|e| e.mean != 0.0))
    };
    html! {
        table.results {
            caption { "Figures that are zero with every strategy are left out; summary.csv has them, and those of parts" }
            thead { tr {
                th scope="col" { "Figure" }
                @for (index, strategy) in results.strategies.iter().enumerate() {
                    th scope="col" data-strategy=(index) { (strategy.name) }
                }
            } }
            tbody { @for metric in catalogue::ALL.iter().filter(says_something) {
                tr {
                    th scope="row" { code { (metric.name) } }
                    @for (index, strategy) in results.strategies.iter().enumerate() {
                        td data-strategy=(index) { (whole(strategy, metric.name)) }
                    }
                }
            } }
        }
    }
}

fn whole(strategy: &StrategyResults, metric: &str) -> Markup {
    let found = lookup::scoped(strategy, "", metric);
    let value = |figure: &Figure| number::estimate(&figure.estimate, figure.unit);
    found.map_or_else(|| html! { "–" }, |figure| shown(&value(figure)))
}
