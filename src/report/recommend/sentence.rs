//! The answer in plain words.

use super::Asked;
use super::words::listed;
use crate::experiment::recommend::{Answer, Found, Goal, Held, Setting, Standing};
use crate::report::number;
use crate::stats::Estimate;

/// The recommendation first, then what is short of it, a sentence or two each.
pub(super) fn sentences(asked: &Asked<'_>) -> Vec<String> {
    let mut all = vec![recommended(asked)];
    all.extend(asked.found.best.map(|_| confidence(asked)));
    all.extend(asked.found.answers.iter().filter_map(|answer| short(asked, answer)));
    all
}

/// `The cheapest that meets … is …, at … per million; the next …`
fn recommended(asked: &Asked<'_>) -> String {
    let found = asked.found;
    let goals: Vec<String> = found.goals.iter().map(|goal| goal.text.clone()).collect();
    let goals = listed(&goals);
    let Some(best) = found.best else {
        return format!("No setting of any strategy is shown to meet {goals}.");
    };
    let mut others: Vec<&Setting> = found
        .answers
        .iter()
        .filter_map(|answer| answer.chosen)
        .filter(|&chosen| chosen != best)
        .map(|index| &found.settings[index])
        .collect();
    others.sort_by(|a, b| a.cost.mean.total_cmp(&b.cost.mean));
    let best = &found.settings[best];
    let first = format!("The cheapest that meets {goals} is {}", named(asked, best));
    match others.first() {
        Some(next) => format!("{first}; the next is {}{}.", named(asked, next), times(next, best)),
        None => format!("{first}."),
    }
}

/// `per event with functions.post.memory=512MB, at $2.30 per million`
fn named(asked: &Asked<'_>, setting: &Setting) -> String {
    let strategy = &asked.found.answers[setting.strategy].strategy;
    let cost = number::mean(&setting.cost, "USD");
    format!("{strategy} {}, at {cost} per million", with(asked, setting))
}

/// `with functions.post.memory=512MB`, or `as it is`.
fn with(asked: &Asked<'_>, setting: &Setting) -> String {
    let text = asked.words().setting(setting);
    if text == "as it is" { text } else { format!("with {text}") }
}

fn times(setting: &Setting, of: &Setting) -> String {
    let ratio = setting.cost.mean / of.cost.mean;
    let ratio = Estimate { mean: ratio, interval: None, replications: 1 };
    if ratio.mean.is_finite() { format!(" ({} as much)", number::times(&ratio)) } else { String::new() }
}

/// How sure that is.
fn confidence(asked: &Asked<'_>) -> String {
    let (question, found) = (asked.question, asked.found);
    let sure = percent(question.confidence);
    if found.certain {
        let less = match question.indifference {
            0.0 => "cheaper".to_owned(),
            less => format!("cheaper by more than {}", percent(less)),
        };
        return format!("With {sure} confidence it meets them, and no other setting that does is {less}.");
    }
    let rivals: Vec<String> = found
        .settings
        .iter()
        .filter(|setting| setting.standing == Standing::Open)
        .map(|setting| format!("{} {}", found.answers[setting.strategy].strategy, with(asked, setting)))
        .take(3)
        .collect();
    let which = if rivals.is_empty() {
        "that it is cheaper than the next is not shown".to_owned()
    } else {
        format!("what is not told may meet them and be cheaper, as {}", listed(&rivals))
    };
    format!("With {sure} confidence it meets them, but {which}.")
}

/// What a strategy falls short of.
fn short(asked: &Asked<'_>, answer: &Answer) -> Option<String> {
    let (name, runs) = (&answer.strategy, answer.runs);
    let lacking = lacking(asked, answer);
    let open = match answer.settings {
        1 => "its one setting".to_owned(),
        settings => format!("{} of its {settings} settings", answer.open),
    };
    match answer.found {
        Found::Cheapest => None,
        Found::Nothing if answer.settings == 1 => Some(format!("{name} misses them{lacking}.")),
        Found::Nothing => Some(format!("{name}: each of its {} settings misses{lacking}.", answer.settings)),
        Found::Unknown => Some(format!(
            "{name}: none is shown to meet them, and {open} could not be told within {runs} runs{lacking}; more \
             --replications or --budget tell more."
        )),
        Found::Budget => Some(format!(
            "{name}: the budget of {} runs is used up, and {open} could not be told; a greater --budget tells more.",
            asked.question.budget
        )),
        Found::Noise => Some(format!(
            "{name}: {open} could not be told with the most replications of each, within {runs} runs; more --replications \
             tell more."
        )),
    }
}

/// `: the nearest, schedule.parallel=124, has latency_p99 1.2 min where latency_p99 below 60s is asked`
fn lacking(asked: &Asked<'_>, answer: &Answer) -> String {
    let Some(setting) = answer.nearest.map(|index| &asked.found.settings[index]) else { return String::new() };
    let missed = setting.held.iter().filter(|held| misses(asked, held));
    let missed: Vec<String> = missed.map(|held| measured(&asked.found.goals[held.goal], held)).collect();
    match (missed.is_empty(), answer.settings) {
        (true, _) => String::new(),
        (false, 1) => format!(": it has {}", listed(&missed)),
        (false, _) => format!(": the nearest, {}, has {}", asked.words().setting(setting), listed(&missed)),
    }
}

/// Whether the mean misses.
fn misses(asked: &Asked<'_>, held: &Held) -> bool {
    let goal = &asked.found.goals[held.goal];
    !held.estimate.mean.is_nan() && !goal.side.holds(held.estimate.mean, goal.bound)
}

/// `latency_p99 1.2 min where latency_p99 below 60s is asked`
fn measured(goal: &Goal, held: &Held) -> String {
    format!("{} {} where {} is asked", goal.metric, number::mean(&held.estimate, goal.unit), goal.text)
}

/// `95 %`, `99.9 %`
fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidences_are_told_as_people_say_them() {
        assert_eq!([0.95, 0.999, 0.5, 0.01].map(percent), ["95 %", "99.9 %", "50 %", "1 %"]);
    }
}
