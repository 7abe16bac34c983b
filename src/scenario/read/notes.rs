//! What holds but may surprise: designs that cannot keep up, whose runs `drain` cuts off.

use super::arrivals::mean_rate;
use crate::arrivals::StreamSettings;
use crate::model::design::{Design, Node, NodeKind};
use crate::scenario::RunSettings;
use crate::scenario::shape::written;
use crate::services::lambda::settings::Platform;

/// Notes on a scenario in which everything holds.
pub(crate) fn notes(streams: &[StreamSettings], designs: &[Design], run: &RunSettings) -> Vec<String> {
    let rates: Option<Vec<f64>> = streams.iter().map(|stream| mean_rate(&stream.process)).collect();
    // How many items a trace holds is known to the trace only.
    let Some(rates) = rates else { return Vec::new() };
    let rate = rates.iter().sum::<f64>() * run.load;
    designs.iter().flat_map(|design| overloads(design, rate, run)).collect()
}

fn overloads(design: &Design, rate: f64, run: &RunSettings) -> Vec<String> {
    let overload = |node: &Node| {
        let NodeKind::Function(function) = &node.kind else { return None };
        let (most, whose) = match &function.platform {
            Platform::Ideal { servers } => ((*servers)?, "its concurrency"),
            Platform::Lambda(_) if is_scheduled(design, node) => return None,
            Platform::Lambda(lambda) => match lambda.reserved {
                Some(reserved) => (reserved, "its reserved concurrency"),
                None => (design.account.concurrency, "the account's concurrency"),
            },
        };
        let needed = rate * function.service_time.mean();
        (needed >= f64::from(most) && !is_bounded(design, node)).then(|| {
            format!(
                "strategy \"{}\": `{}` cannot keep up: {rate:.1} items a second at a mean of {} keep {needed:.1} busy, and \
                 {whose} is {most}. The backlog grows until arrivals end; what is left {} later is cut off",
                design.name,
                node.label,
                crate::kernel::Span::from_secs_f64(function.service_time.mean()),
                written(run.drain),
            )
        })
    };
    design.nodes.iter().filter_map(overload).collect()
}

fn feeders<'a>(design: &'a Design, node: &'a Node) -> impl Iterator<Item = &'a NodeKind> {
    let feeds = |other: &&Node| {
        other.next.iter().any(|next| design.nodes.get(usize::from(next.0)).is_some_and(|fed| fed.label == node.label))
    };
    design.nodes.iter().filter(feeds).map(|other| &other.kind)
}

/// A batch takes its items in runs of its own.
fn is_scheduled(design: &Design, node: &Node) -> bool {
    feeders(design, node).any(|kind| matches!(kind, NodeKind::Schedule(_)))
}

/// A queue with a capacity refuses what is too much.
fn is_bounded(design: &Design, node: &Node) -> bool {
    feeders(design, node).any(|kind| matches!(kind, NodeKind::Queue(queue) if queue.capacity.is_some()))
}
