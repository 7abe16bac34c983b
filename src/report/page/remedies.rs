//! What the remedies of strategies did against failures.

use maud::{Markup, html};

use super::tables::shown;
use crate::experiment::results::Results;
use crate::report::{lookup, number};

/// The section; nothing where no remedy did anything.
pub(super) fn section(results: &Results) -> Markup {
    let mut used: Vec<&str> = Vec::new();
    for (words, _) in results.strategies.iter().flat_map(lookup::remedies) {
        if !used.contains(&words) {
            used.push(words);
        }
    }
    if used.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="remedies-heading" {
            h2 #remedies-heading { "What the remedies did" }
            (super::scrolling("What the remedies of each strategy did", &table(results, &used)))
        }
    }
}

fn table(results: &Results, used: &[&str]) -> Markup {
    let cell = |index: usize, words: &str| {
        let found = lookup::remedies(&results.strategies[index]).into_iter().find(|(known, _)| *known == words);
        html! { td { @match found { Some((_, count)) => (shown(&number::estimate(count, "uses"))), None => "–" } } }
    };
    html! {
        table.results {
            caption { "How often circuit breakers, retry quotas, redrives, load shedding and on-failure destinations stepped in" }
            thead { tr {
                th scope="col" { "Strategy" }
                @for words in used { th scope="col" { (words) } }
            } }
            tbody { @for (index, strategy) in results.strategies.iter().enumerate() {
                tr data-strategy=(index) {
                    th scope="row" class={ "strategy ink-" (index % super::INKS) } { (strategy.name) }
                    @for words in used { (cell(index, words)) }
                }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn there_is_a_column_for_each_remedy_that_did_something() {
        let mut results = fixture::atm();
        assert_eq!(section(&results).into_string(), "", "no remedy is used");
        fixture::set(&mut results, 2, "redriven", fixture::around(3_120.0, 0.0));
        let text = section(&results).into_string();
        assert!(
            text.contains("<th scope=\"col\">messages redriven</th>") && !text.contains("breaker openings"),
            "{text}"
        );
        assert_eq!(text.matches("<td>–</td>").count(), 2, "{text}");
        assert!(text.contains("<td>3,120</td>"), "{text}");
    }
}
