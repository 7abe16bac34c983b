//! `report.html`: one file that answers the scenario's question to somebody who was sent it, without network, on a
//! screen of any width, in light or dark, and on paper.
//!
//! All text is escaped by the template; names of scenarios and strategies are strangers'. What is put in unescaped is
//! ours: the style, the script, the charts (whose texts their writer escaped), and the readings as JSON (see
//! [`charts`]).

mod answer;
mod assumptions;
mod caveats;
mod charts;
mod dark;
mod faults;
mod flows;
mod machines;
mod remedies;
mod reproduce;
mod tables;

pub(super) use answer::sentence as answer_sentence;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::charts::{Reading, readings, strategy_colours};
use super::{terminal, time_text};
use crate::experiment::results::Results;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page, with the charts and the state machines that were drawn of the same results.
pub(super) fn page(results: &Results, drawn: &[(&'static str, String)], machines: &[(String, String)]) -> String {
    let readings = readings(results);
    let inks: Vec<String> = strategy_colours().collect();
    let all = drawn.iter().map(|(_, svg)| svg).chain(machines.iter().map(|(_, svg)| svg)).map(String::as_str);
    let title = if results.summary.is_empty() { &results.scenario } else { &results.summary };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "simctl " (results.program_version) };
                meta name="color-scheme" content="light dark";
                title { (results.scenario) ": " (results.summary) }
                style { (PreEscaped(STYLE)) (PreEscaped(dark::rules(&inks, all))) }
            }
            body {
                a.skip href="#answer" { "Skip to the answer" }
                (header(results, title))
                main {
                    (answer::section(results))
                    (tables::section(results))
                    (faults::section(results))
                    (remedies::section(results))
                    (charts::section(drawn, &readings))
                    (machines::section(results, machines))
                    (flows::section(results))
                    (caveats::section(results))
                    (assumptions::section(results))
                    (reproduce::section(results))
                }
                footer { p { "Simulated by simctl " (results.program_version) ". Figures are of the model, not of a system." } }
                (data(&readings))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

fn header(results: &Results, title: &str) -> Markup {
    html! {
        header.page {
            p.eyebrow { "simctl report" span aria-hidden="true" { " · " } (results.scenario) }
            h1 { (title) }
            p.settings { (settings(results)) }
            div.controls hidden {
                @if results.strategies.len() > 1 {
                    fieldset {
                        legend { "Show" }
                        @for (index, strategy) in results.strategies.iter().enumerate() {
                            label class={ "strategy ink-" (index % INKS) } {
                                input type="checkbox" checked data-toggle=(index) autocomplete="off";
                                span { (strategy.name) }
                            }
                        }
                    }
                }
                button.theme type="button" { "Dark" }
            }
        }
    }
}

/// Colours that strategies take turns in.
const INKS: usize = 12;

/// `24 h of arrivals from 2026-11-23T00:00:00Z, 20 replications with 95 % intervals`.
fn settings(results: &Results) -> String {
    let spread = terminal::spread(results);
    let arrivals = time_text::short(results.duration_s);
    let mut text = format!("{arrivals} of arrivals from {}, {spread}.", results.start);
    if let Some(prices) = terminal::prices(&results.prices) {
        text.push_str(&format!(" With {prices}."));
    }
    text
}

/// What the script reads: JSON in which nothing can end its element.
fn data(readings: &[(&'static str, Reading)]) -> Markup {
    let readings: Vec<&Reading> = readings.iter().map(|(_, reading)| reading).collect();
    // Texts and finite numbers only: they are always JSON.
    let json = serde_json::to_string(&readings).unwrap_or_else(|_| "[]".to_owned());
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    html! { script #readings type="application/json" { (PreEscaped(json)) } }
}

/// A region that may be wider than the page: it scrolls, by keys too.
fn scrolling(label: &str, inner: &Markup) -> Markup {
    html! { div.scroll role="region" tabindex="0" aria-label=(label) { (inner) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{charts, fixture};

    fn drawn(results: &Results) -> String {
        page(results, &charts::all(results).expect("charts"), &charts::machine::all(results))
    }

    #[test]
    fn the_page_is_equal_bytes_each_time_and_asks_for_nothing_from_elsewhere() {
        let results = fixture::atm();
        let text = drawn(&results);
        assert_eq!(text, drawn(&results));
        assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        for outside in ["http://", "https://", "src=", "@import", "url(", "<link"] {
            let found: Vec<_> =
                text.match_indices(outside).filter(|(at, _)| !text[*at..].starts_with(NAMESPACE)).collect();
            assert!(found.is_empty(), "{outside}");
        }
        assert!(text.len() < 1_500_000, "{} bytes", text.len());
    }

    /// The name of a language, which nobody fetches.
    const NAMESPACE: &str = "http://www.w3.org/2000/svg";

    #[test]
    fn what_strangers_wrote_is_escaped_wherever_it_stands() {
        let evil = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"&";
        let mut results = fixture::atm();
        results.summary = evil.to_owned();
        results.strategies[0].name = evil.to_owned();
        results.strategies[0].flow = format!("events -> {evil}");
        results.objectives[0].text = evil.to_owned();
        results.explained = evil.to_owned();
        results.only = vec![evil.to_owned()];
        results.settings = vec![crate::scenario::Setting {
            strategy: Some(evil.to_owned()),
            table: evil.to_owned(),
            key: evil.to_owned(),
            value: evil.to_owned(),
            source: None,
        }];
        let text = drawn(&results);
        assert!(!text.contains("<img") && !text.contains("<script>alert"), "escaped");
        assert_eq!(text.matches("<script").count(), 2, "the readings and ours");
        assert_eq!(text.matches("</script>").count(), 2);
    }

    #[test]
    fn strategies_take_turns_in_as_many_colours_as_there_are() {
        assert_eq!(strategy_colours().count(), INKS);
        assert!(SCRIPT.contains(&format!("const INKS = {INKS};")));
    }

    #[test]
    fn whatever_is_asked_there_is_a_page() {
        let mut results = fixture::atm();
        fixture::never(&mut results, 0, 0.023);
        assert!(drawn(&results).contains("never"));
        fixture::single_replication(&mut results);
        assert!(drawn(&results).contains("1 replication, so no intervals"));
        fixture::only(&mut results, 2);
        results.summary.clear();
        let text = drawn(&results);
        assert!(text.contains("<h1>atm</h1>") && !text.contains("data-toggle=\"0\""), "one is not chosen from");
    }
}
