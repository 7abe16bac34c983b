//! How settings are named, and what is told of them.

use crate::experiment::recommend::{Decision, Setting};

/// Names settings by the keys that vary.
pub(in crate::report) struct Words<'a> {
    /// The keys, dotted.
    pub keys: &'a [String],
}

impl Words<'_> {
    /// `schedule.parallel=32, schedule.expression=rate(1 hour)`: what is set, without the strategy's own name.
    pub(in crate::report) fn setting(&self, setting: &Setting) -> String {
        let given = self.keys.iter().zip(&setting.values);
        let texts = given.filter_map(|(key, value)| Some(format!("{}={}", own_part(key), value.as_ref()?)));
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { "as it is".to_owned() } else { texts.join(", ") }
    }
}

/// A key without `strategy.<name>.`.
fn own_part(key: &str) -> &str {
    let Some(rest) = key.strip_prefix("strategy.") else { return key };
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let after = match quote {
        Some(quote) => rest[1..].split_once(quote).map(|(_, after)| after.trim_start_matches('.')),
        None => rest.split_once('.').map(|(_, after)| after),
    };
    after.unwrap_or(key)
}

/// Whether a setting is shown to meet all that it must.
pub(in crate::report) fn met(setting: &Setting) -> bool {
    setting.held.iter().all(|held| held.decision == Decision::Holds)
}

/// `one`, `one and two`, `one, two and three`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_strategy_is_named_without_it() {
        for (key, own) in [
            ("strategy.\"hourly batch\".schedule.parallel", "schedule.parallel"),
            ("strategy.'a.b'.sqs.batch-size", "sqs.batch-size"),
            ("strategy.queued.sqs.batch-size", "sqs.batch-size"),
            ("functions.post.memory", "functions.post.memory"),
            ("strategy.\"unclosed", "strategy.\"unclosed"),
        ] {
            assert_eq!(own_part(key), own);
        }
    }

    #[test]
    fn lists_are_read_aloud() {
        let of = |parts: &[&str]| listed(&parts.iter().map(|&part| part.to_owned()).collect::<Vec<_>>());
        assert_eq!([of(&[]), of(&["a"]), of(&["a", "b"]), of(&["a", "b", "c"])], ["", "a", "a and b", "a, b and c"]);
    }
}
