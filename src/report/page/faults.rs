//! What went wrong, and how each strategy came through it.

use maud::{Markup, html};

use crate::experiment::results::{Results, StrategyResults};
use crate::report::faults::{self, Column};

/// The section; nothing where nothing goes wrong.
pub(super) fn section(results: &Results) -> Markup {
    if results.faults.is_empty() {
        return html! {};
    }
    let columns = faults::columns(results);
    html! {
        section aria-labelledby="faults-heading" {
            h2 #faults-heading { "What went wrong, and who came through it" }
            ul.sentences { @for fault in faults::listed(results) { li { (fault) } } }
            (super::scrolling("How each strategy came through the faults", &table(results, &columns)))
            ul.note { @for meaning in faults::meanings(results, &columns) { li { (meaning) } } }
        }
    }
}

fn table(results: &Results, columns: &[Column]) -> Markup {
    html! {
        table.results {
            caption { "Of several faults the longest and the most; each of them is in summary.csv. The shaded bands in the charts below are when they held" }
            thead { tr {
                th scope="col" { "Strategy" }
                @for Column { heading: [upper, lower], .. } in columns { th scope="col" { (upper) br; (lower) } }
            } }
            tbody { @for (index, strategy) in results.strategies.iter().enumerate() {
                tr data-strategy=(index) {
                    th scope="row" class={ "strategy ink-" (index % super::INKS) } { (strategy.name) }
                    @for column in columns { (cell(strategy, column)) }
                }
            } }
        }
    }
}

fn cell(strategy: &StrategyResults, column: &Column) -> Markup {
    let cell = faults::cell(strategy, column);
    let text = if cell.anyway { faults::NOT_WITHOUT } else { &cell.text };
    html! { td.bad[cell.bad].words[cell.anyway] { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::results::FaultWindow;
    use crate::report::fixture;
    use crate::stats::Estimate;

    #[test]
    fn the_page_tells_of_faults_what_the_screen_tells() {
        let mut results = fixture::atm();
        assert_eq!(section(&results).into_string(), "", "nothing goes wrong");
        let name = "a < b".to_owned();
        results.faults = vec![FaultWindow { name, start_s: 21_600.0, end_s: 46_320.0, strategies: vec![0, 1] }];
        let certain = |mean: f64| Estimate { mean, interval: None, replications: 1 };
        fixture::set(&mut results, 0, "recovery_seconds", certain(7_200.0));
        fixture::set(&mut results, 0, "lost_in_fault", certain(1_234.0));
        fixture::set(&mut results, 0, "load_in_fault", certain(48.25));
        fixture::set(&mut results, 1, "recovery_seconds", certain(f64::INFINITY));
        results.strategies[2].figures.retain(|figure| figure.metric != "recovery_seconds");
        fixture::set(&mut results, 2, "latency_recovery_seconds", certain(f64::INFINITY));
        fixture::set(&mut results, 2, "latency_recovery_never_anyway", certain(1.0));
        let text = section(&results).into_string();
        assert!(text.contains("<li>a &lt; b: 06:00 to 12:52 (6 h 52 min), of 2 of 3 strategies</li>"), "{text}");
        let rows: Vec<&str> = text.split("<tr data-strategy").skip(1).collect();
        assert_eq!(rows.len(), 3, "{text}");
        assert!(rows[0].contains(">2 h</td>") && rows[0].contains(">1,234</td>"), "{text}");
        assert!(rows[0].contains(">48.2 ×</td>"), "{text}");
        assert!(rows[1].contains("<td class=\"bad\">never</td>"), "{text}");
        assert!(rows[2].contains(">-</td>") && rows[2].contains(">not held without the fault either</td>"), "{text}");
        assert!(text.contains("<li>most load: requests while a fault holds"), "{text}");
    }
}
