//! What reproduces the report: command, seed, version and fingerprint, and the scenario as it was understood.

use maud::{Markup, html};

use crate::experiment::results::Results;

pub(super) fn section(results: &Results) -> Markup {
    let file = format!("{}.toml", results.scenario);
    let prices = &results.prices;
    let own_prices = !prices.changed.is_empty() || prices.free.is_some();
    html! {
        section aria-labelledby="reproduce-heading" {
            h2 #reproduce-heading { "How to get the same figures" }
            p { "With the scenario as understood (below on a screen, and in run.json) in " code { (file) } ":" }
            pre { code { (command(results, &file, own_prices)) } }
            @if own_prices {
                p.note { code { "prices.toml" } " holds the rows that run.json has under " code { "prices" } "." }
            }
            dl.facts {
                div { dt { "Version" } dd { "simctl " (results.program_version) } }
                div { dt { "Seed" } dd { (results.seed) } }
                div { dt { "Replications" } dd { (results.replications) } }
                div { dt { "Prices" } dd { (prices.region) ", " (prices.written) } }
                div { dt { "Fingerprint" } dd { code.long { (results.fingerprint) } } }
            }
            p.note {
                "The fingerprint is taken over counts and whole nanoseconds: equal inputs have the same on every machine. \
                 Every number of this page is in summary.csv, latency.csv, series.csv and run.json beside it."
            }
            details {
                summary { "The scenario as understood" }
                (super::scrolling("The scenario as understood", &html! { pre.scenario { code { (results.explained) } } }))
            }
        }
    }
}

fn command(results: &Results, file: &str, own_prices: bool) -> String {
    let mut command = format!("simctl run {file}");
    for name in &results.only {
        command.push_str(&format!(" --only {}", quoted(name)));
    }
    if own_prices {
        command.push_str(" --prices prices.toml");
    }
    command
}

/// A word as shells take it whole.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_command_names_the_strategies_that_were_asked_for() {
        let mut results = fixture::atm();
        assert_eq!(command(&results, "atm.toml", false), "simctl run atm.toml");
        results.only = vec!["per event".to_owned(), "it's".to_owned()];
        assert_eq!(
            command(&results, "atm.toml", true),
            "simctl run atm.toml --only 'per event' --only 'it'\\''s' --prices prices.toml"
        );
    }
}
