//! Each strategy's flow as a diagram: boxes in lists, so that it breaks with the page and is read aloud in order.

use maud::{Markup, html};

use crate::experiment::results::{Results, StrategyResults};
use crate::scenario::{Chain, Setting, Step, parse_flow};

/// What the services of flows are called, and what brings an item there. A service that is not listed is called by its word.
const SERVICES: [(&str, &str); 16] = [
    ("events", "Asynchronous invocation"),
    ("s3", "Amazon S3 notification"),
    ("schedule", "EventBridge schedule"),
    ("scheduler", "EventBridge Scheduler"),
    ("queue", "Ideal queue"),
    ("sqs", "Amazon SQS queue"),
    ("sqs-fifo", "Amazon SQS FIFO queue"),
    ("sns", "Amazon SNS topic"),
    ("eventbridge", "EventBridge bus"),
    ("kinesis", "Kinesis stream"),
    ("dynamodb-streams", "DynamoDB stream"),
    ("api", "Amazon API Gateway"),
    ("machine", "AWS Step Functions"),
    ("orchestrate", "Lambda function that runs a state machine"),
    ("durable", "Lambda durable function"),
    ("choreograph", "steps as events over a bus"),
];

/// Most settings in a box, and most letters of one of them.
const MOST_SETTINGS: usize = 7;
const LONGEST_SETTING: usize = 64;

pub(super) fn section(results: &Results) -> Markup {
    html! {
        section aria-labelledby="flows-heading" {
            h2 #flows-heading { "The designs" }
            p.note { "What an item passes through. In each box, what the scenario sets; defaults are below." }
            @for (index, strategy) in results.strategies.iter().enumerate() {
                figure.flow data-strategy=(index) {
                    figcaption {
                        h3 class={ "strategy ink-" (index % super::INKS) } { (strategy.name) }
                        p { code { (strategy.flow) } }
                    }
                    (diagram(results, strategy))
                }
            }
        }
    }
}

fn diagram(results: &Results, strategy: &StrategyResults) -> Markup {
    match parse_flow(&strategy.flow) {
        Ok(chain) => html! {
            div.diagram { (self::chain(results, strategy, &chain, true)) }
        },
        Err(_) => html! {},
    }
}

fn chain(results: &Results, strategy: &StrategyResults, chain: &Chain, first: bool) -> Markup {
    html! {
        ol.chain {
            @if first { li.node.start { span.kind { "items arrive" } } }
            @for step in &chain.steps { (node(results, strategy, step)) }
            @if chain.branches.is_empty() {
                li.node.end { span.kind { "effect" } }
            } @else {
                li.branches { ul { @for branch in &chain.branches { li { (self::chain(results, strategy, branch, false)) } } } }
            }
        }
    }
}

fn node(results: &Results, strategy: &StrategyResults, step: &Step) -> Markup {
    let label = step.label.as_ref().map_or(step.word.as_str(), |(label, _)| label.as_str());
    let service = SERVICES.iter().find(|(word, _)| *word == step.word).map(|&(_, name)| name);
    let function = results.understood.get("functions").and_then(|functions| functions.get(&step.word));
    let settings = settings(results, strategy, label, function.is_some());
    html! {
        li.node {
            span.kind {
                (service.unwrap_or_else(|| if function.is_some() { platform(&settings) } else { &step.word }))
            }
            @if service.is_none() || step.label.is_some() { span.name { (label) } }
            @let written = settings.iter().filter(|setting| !setting.0.ends_with("platform"));
            @if written.clone().count() > 0 {
                dl { @for (key, value) in written.clone().take(MOST_SETTINGS) {
                    div { dt { (key) } dd { (value) } }
                } }
                @if written.clone().count() > MOST_SETTINGS {
                    span.more { "and " (written.count() - MOST_SETTINGS) " more" }
                }
            }
        }
    }
}

/// What runs a function.
fn platform(settings: &[(String, String)]) -> &'static str {
    let platform = settings.iter().find(|(key, _)| key == "platform").map(|(_, value)| value.as_str());
    match platform {
        Some("fargate") => "Fargate task",
        Some("ideal") => "Ideal servers",
        _ => "Lambda function",
    }
}

/// What was written of a node: of a function for all strategies first, then what this strategy has instead.
fn settings(results: &Results, strategy: &StrategyResults, label: &str, function: bool) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let everywhere = format!("functions.{label}");
    // A table of the strategy belongs to the service of that label, where there is one.
    let taken = function && parse_flow(&strategy.flow).is_ok_and(|chain| is_label(&chain, label));
    for setting in results.settings.iter().filter(|setting| setting.source.is_none()) {
        let own = setting.strategy.as_ref() == Some(&strategy.name);
        let inner = match &setting.strategy {
            None if function => within(&setting.table, &everywhere),
            Some(_) if own && !taken => within(&setting.table, label),
            _ => None,
        };
        let Some(inner) = inner else { continue };
        let key = if inner.is_empty() { setting.key.clone() } else { format!("{inner}.{}", setting.key) };
        let value = plain(setting);
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => found.push((key, value)),
        }
    }
    found
}

/// Whether a service of a flow has that label.
fn is_label(chain: &Chain, name: &str) -> bool {
    let labels = chain.steps.iter().filter_map(|step| step.label.as_ref());
    labels.into_iter().any(|(label, _)| label == name) || chain.branches.iter().any(|branch| is_label(branch, name))
}

/// The rest of a table's path within another: empty where it is the same.
fn within<'a>(table: &'a str, outer: &str) -> Option<&'a str> {
    let rest = table.strip_prefix(outer)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

/// A value as people say it: without the quotes and braces of TOML, and cut where it is long.
pub(super) fn plain(setting: &Setting) -> String {
    let value = setting.value.replace('"', "").replace("{ ", "").replace(" }", "").replace(" = ", " ");
    match value.char_indices().nth(LONGEST_SETTING) {
        Some((end, _)) => format!("{}…", value[..end].trim_end()),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn setting(strategy: Option<&str>, table: &str, key: &str, value: &str, source: Option<&'static str>) -> Setting {
        let owned = str::to_owned;
        Setting { strategy: strategy.map(owned), table: owned(table), key: owned(key), value: owned(value), source }
    }

    #[test]
    fn a_box_has_what_was_written_and_a_strategys_own_value_wins() {
        let mut results = fixture::atm();
        results.understood = serde_json::json!({ "functions": { "post": {} } });
        results.settings = vec![
            setting(None, "functions.post", "memory", "\"512MB\"", None),
            setting(None, "functions.post", "service-time", "{ lognormal = { median = \"1s\" } }", None),
            setting(None, "functions.post", "timeout", "\"15m\"", Some("default")),
            setting(None, "functions.poster", "memory", "\"1MB\"", None),
            setting(Some("hourly batch"), "post", "memory", "\"4096MB\"", None),
            setting(Some("hourly batch"), "schedule", "expression", "\"rate(1 hour)\"", None),
            setting(Some("per event"), "post", "memory", "\"1024MB\"", None),
        ];
        let text = diagram(&results, &results.strategies[0]).into_string();
        for part in ["EventBridge schedule", "rate(1 hour)", "Lambda function", "4096MB", "lognormal median 1s"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for part in ["512MB", "1024MB", "15m", "<dd>1MB"] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn settings_of_a_label_are_not_those_of_a_function_of_the_same_name() {
        let mut results = fixture::atm();
        results.understood = serde_json::json!({ "functions": { "audit": {} } });
        results.strategies[0].flow = "sqs:audit -> audit".to_owned();
        results.settings = vec![setting(Some("hourly batch"), "audit", "batch-size", "7", None)];
        let text = diagram(&results, &results.strategies[0]).into_string();
        assert_eq!(text.matches("batch-size").count(), 1, "{text}");
    }

    #[test]
    fn a_fan_out_has_a_list_of_branches_and_an_unknown_word_is_shown() {
        let mut results = fixture::atm();
        results.strategies[0].flow = "sns -> [sqs:billing -> bill, machine(a.json) -> <b>]".to_owned();
        assert_eq!(diagram(&results, &results.strategies[0]).into_string(), "", "what cannot be read is not drawn");
        results.strategies[0].flow = "sns -> [sqs:billing -> bill, machine(a.json) -> b]".to_owned();
        let text = diagram(&results, &results.strategies[0]).into_string();
        assert_eq!(text.matches("<li class=\"branches\">").count(), 1);
        assert_eq!(text.matches("class=\"node end\"").count(), 2);
        assert!(text.contains(">billing<") && text.contains(">AWS Step Functions<"), "{text}");
    }
}
