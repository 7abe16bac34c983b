//! What was assumed: the defaults that filled the scenario, each with its source, and what was written in it.

use maud::{Markup, html};

use super::caveats;
use crate::experiment::results::Results;
use crate::scenario::Setting;

/// A setting, and the strategies that have it alike; none where it holds for all.
struct Row<'a> {
    setting: &'a Setting,
    strategies: Vec<&'a str>,
}

/// What the marks of sources mean.
const MARKS: [(&str, &str); 4] = [
    ("[doc]", "AWS documents it"),
    ("[doc*]", "AWS documented it on a page that has since changed or gone"),
    ("[measured]", "others measured and published it"),
    ("[inferred]", "nobody publishes it: it is concluded from what is known, and worth checking with your own figures"),
];

pub(super) fn section(results: &Results) -> Markup {
    let rows = rows(results);
    let sourced: Vec<&Row<'_>> = rows.iter().filter(|row| row.setting.source.is_some_and(is_source)).collect();
    let own: Vec<&Row<'_>> = rows.iter().filter(|row| row.setting.source.is_some_and(|s| !is_source(s))).collect();
    let written: Vec<&Row<'_>> = rows.iter().filter(|row| row.setting.source.is_none()).collect();
    let used = |mark: &str| sourced.iter().any(|row| row.setting.source.is_some_and(|source| source.starts_with(mark)));
    html! {
        section aria-labelledby="assumptions-heading" {
            h2 #assumptions-heading { "What was assumed" }
            p.note {
                (written.len())
                " values are written in the scenario; the rest was filled in."
            }
            dl.marks {
                @for (mark, meaning) in MARKS.iter().filter(|(mark, _)| used(mark)) {
                    div { dt { (mark) } dd { (meaning) } }
                }
            }
            (block(&format!("Defaults with a source ({})", sourced.len()), &sourced, true))
            (block(&format!("Defaults of simctl ({})", own.len()), &own, false))
            (block(&format!("Written in the scenario ({})", written.len()), &written, false))
        }
    }
}

/// Whether the reason of a default names where it comes from.
fn is_source(reason: &str) -> bool {
    reason.starts_with('[')
}

/// The settings that matter, equal ones of several strategies once.
fn rows(results: &Results) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let account = |setting: &&Setting| {
        setting.table != "account" || setting.source.is_none() || caveats::account_key_matters(results, &setting.key)
    };
    for setting in results.settings.iter().filter(account) {
        let same = |row: &&mut Row<'_>| {
            let known = row.setting;
            known.strategy.is_some() == setting.strategy.is_some()
                && (&known.table, &known.key, &known.value, known.source)
                    == (&setting.table, &setting.key, &setting.value, setting.source)
        };
        match (rows.iter_mut().find(same), &setting.strategy) {
            (Some(row), Some(strategy)) => row.strategies.push(strategy),
            (Some(_), None) => {}
            (None, strategy) => rows.push(Row { setting, strategies: strategy.iter().map(String::as_str).collect() }),
        }
    }
    rows
}

fn block(title: &str, rows: &[&Row<'_>], sources: bool) -> Markup {
    let several = rows.iter().any(|row| !row.strategies.is_empty());
    let table = html! {
        table.settings {
            caption { (title) }
            thead { tr {
                th scope="col" { "Key" }
                th scope="col" { "Value" }
                @if sources { th scope="col" { "Source" } }
                @if several { th scope="col" { "Strategies" } }
            } }
            tbody { @for row in rows { tr {
                th scope="row" { code { (path(row.setting)) } }
                td { (value(&row.setting.value)) }
                @if sources { td { (row.setting.source.unwrap_or_default()) } }
                @if several {
                    td { @if row.strategies.is_empty() { "all" } @else { (row.strategies.join(", ")) } }
                }
            } } }
        }
    };
    html! {
        @if !rows.is_empty() {
            details data-print[sources] { summary { (title) } (super::scrolling(title, &table)) }
        }
    }
}

fn path(setting: &Setting) -> String {
    if setting.table.is_empty() { setting.key.clone() } else { format!("{}.{}", setting.table, setting.key) }
}

/// Most letters of a value: a week of hourly rates is in the scenario below.
const LONGEST: usize = 240;

fn value(value: &str) -> Markup {
    let cut = value.char_indices().nth(LONGEST).map(|(end, _)| &value[..end]);
    html! {
        code { (cut.unwrap_or(value)) @if cut.is_some() { "…" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn equal_defaults_of_several_strategies_are_one_row_and_what_plays_no_part_is_none() {
        let mut results = fixture::atm();
        let setting = |strategy: Option<&str>, table: &str, key: &str| Setting {
            strategy: strategy.map(str::to_owned),
            table: table.to_owned(),
            key: key.to_owned(),
            value: "1".to_owned(),
            source: Some("[doc] a page"),
        };
        results.settings = vec![
            setting(None, "account", "fargate-vcpus"),
            setting(None, "account", "concurrency"),
            setting(Some("hourly batch"), "schedule", "page-size"),
            setting(Some("5-minute batch"), "schedule", "page-size"),
        ];
        let rows = rows(&results);
        let shown: Vec<_> = rows.iter().map(|row| (path(row.setting), row.strategies.join("+"))).collect();
        let expected = [("account.concurrency", ""), ("schedule.page-size", "hourly batch+5-minute batch")];
        assert_eq!(shown, expected.map(|(path, strategies)| (path.to_owned(), strategies.to_owned())));
    }
}
