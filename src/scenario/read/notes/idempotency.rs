//! Records that are gone before what they should catch can come.

use super::queue_of;
use crate::kernel::Span;
use crate::model::design::{Design, Node, NodeKind};
use crate::scenario::shape::written;
use crate::services::lambda::settings::{LambdaSettings, Platform};

/// A note on a function whose records are good for less time than it takes until its source delivers again.
pub(super) fn note(design: &Design, node: &Node) -> Option<String> {
    let expires_after = node.idempotency.as_ref()?.expires_after;
    let NodeKind::Function(function) = &node.kind else { return None };
    let Platform::Lambda(lambda) = &function.platform else { return None };
    let (again, what) = delivered_again(design, node, lambda)?;
    (expires_after < again).then(|| {
        format!(
            "strategy \"{}\": records of `{}` are good for {}, and {what} comes back after {}: what was done is done again",
            design.name,
            node.label,
            written(expires_after),
            written(again),
        )
    })
}

/// The longest time until the source of a function delivers again what failed, as far as that is known beforehand.
fn delivered_again(design: &Design, node: &Node, lambda: &LambdaSettings) -> Option<(Span, &'static str)> {
    if let Some(queue) = queue_of(design, node) {
        return Some((queue.queue.visibility_timeout, "a message"));
    }
    match lambda.asynchronous.max_retries {
        0 => None,
        1 => Some((Span::from_secs(60), "an event that failed")),
        _ => Some((Span::from_secs(120), "an event that failed")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::{Override, load_text};

    fn notes(flow: &str, overrides: &[&str]) -> Vec<String> {
        let text = format!(
            "name = \"notes\"\n[run]\nduration = \"1h\"\n[[arrivals]]\nname = \"items\"\nprocess = \"poisson\"\nrate = \"1/s\"\n\
             [functions.post]\nservice-time = \"100ms\"\ntimeout = \"10s\"\n[functions.post.idempotency]\nexpires-after = \"100s\"\n\
             [[strategy]]\nname = \"one\"\nflow = \"{flow}\"\n"
        );
        let overrides: Vec<Override> =
            overrides.iter().map(|text| Override::parse(text).expect("an override")).collect();
        load_text("notes.toml", &text, Path::new(""), &overrides).expect("it loads").notes
    }

    #[test]
    fn records_that_expire_before_a_message_is_back_say_so() {
        let queued =
            |hidden: &str| notes("events -> sqs -> post", &[&format!("strategy.one.sqs.visibility-timeout={hidden}")]);
        assert!(queued("100s").is_empty());
        assert_eq!(
            queued("2m"),
            [
                "strategy \"one\": records of `post` are good for 100s, and a message comes back after 2m: what was done is \
              done again"
            ]
        );
    }

    #[test]
    fn records_that_expire_before_a_retry_say_so() {
        assert_eq!(notes("events -> post", &[]).len(), 1);
        for quiet in ["functions.post.async.retries=1", "functions.post.idempotency.expires-after=2m"] {
            assert!(notes("events -> post", &[quiet]).is_empty(), "{quiet}");
        }
    }
}
