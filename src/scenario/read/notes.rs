//! What holds but may surprise: designs that cannot keep up, whose runs `drain` cuts off, and designs that never get on.

mod faults;
mod idempotency;

use super::arrivals::expected_items;
use crate::arrivals::StreamSettings;
use crate::handlers::{BatchSettings, CallSettings, Marker, Overlap};
use crate::kernel::{Span, Time};
use crate::model::design::{Design, Node, NodeKind, PolledQueue, Resource};
use crate::scenario::RunSettings;
use crate::scenario::shape::written;
use crate::services::event_source_mapping;
use crate::services::faults::Fault;
use crate::services::kinesis::RECORDS_A_SECOND;
use crate::services::kinesis::settings::StreamService;
use crate::services::lambda::settings::{FunctionSettings, Platform};
use crate::services::sqs::CALLS_A_SECOND;
use crate::services::sqs::settings::{Grouping, Throughput};

/// Notes on a scenario in which everything holds.
pub(crate) fn notes(
    streams: &[StreamSettings],
    designs: &[Design],
    struck_by: &[Fault],
    run: &RunSettings,
) -> Vec<String> {
    // How many items a trace holds is known to the trace only.
    let items: Option<f64> = streams.iter().map(|stream| expected_items(stream, run)).sum();
    let rate = items.map(|items| items / run.duration.as_secs_f64());
    let of_designs = designs.iter().flat_map(|design| of_design(design, rate, run));
    of_designs.chain(faults::notes(struck_by, streams, designs, run)).collect()
}

fn of_design(design: &Design, rate: Option<f64>, run: &RunSettings) -> Vec<String> {
    let of_node = |node: &Node| {
        let NodeKind::Function(function) = &node.kind else { return None };
        let rate = rate.map(|rate| rate * share_that_comes(design, node));
        let text = match (&function.platform, schedule_of(design, node)) {
            (Platform::Lambda(lambda), _) if lambda.reserved == Some(0) => Some(shut(design, node)),
            (Platform::Lambda(lambda), Some(batch)) => {
                let timeout = Some(lambda.timeout);
                let load = BatchLoad { batch, timeout, rate: rate?, item_s: item_seconds(design, node, function) };
                load.never_gets_on().or_else(|| load.overload(run))
            }
            (Platform::Fargate(_), Some(batch)) => {
                BatchLoad { batch, timeout: None, rate: rate?, item_s: item_seconds(design, node, function) }
                    .overload(run)
            }
            // Tasks are started by schedules only.
            (Platform::Fargate(_), None) => None,
            (Platform::Lambda(lambda), None) => {
                let own = match lambda.reserved {
                    Some(reserved) => (reserved, "its reserved concurrency"),
                    None => (design.account.concurrency, "the account's concurrency"),
                };
                let polled = queue_of(design, node).map(batches_at_most).or_else(|| lanes_of(design, node));
                let (most, whose) = polled.map_or(own, |polled| polled.min(own));
                overload(rate?, item_seconds(design, node, function), most, whose, run)
            }
            (Platform::Ideal { .. }, _) if is_bounded(design, node) => None,
            (Platform::Ideal { servers }, _) => {
                overload(rate?, item_seconds(design, node, function), (*servers)?, "its concurrency", run)
            }
        };
        text.map(|text| format!("strategy \"{}\": `{}` {text}", design.name, node.label))
    };
    let hidden = design.nodes.iter().filter_map(|node| hidden_too_briefly(design, node));
    let throttled = design.nodes.iter().filter_map(|node| sends_throttled(design, node, rate?));
    let streams = design.nodes.iter().flat_map(|node| of_stream(design, node, rate));
    let asked = rate.map_or_else(Vec::new, |rate| overloaded_downstreams(design, rate));
    let records = design.nodes.iter().filter_map(|node| idempotency::note(design, node));
    let of_nodes = design.nodes.iter().filter_map(of_node);
    of_nodes.chain(hidden).chain(throttled).chain(streams).chain(asked).chain(records).collect()
}

/// The share of the items that no filter keeps from a node.
fn share_that_comes(design: &Design, node: &Node) -> f64 {
    let leads_here =
        |before: &&Node| before.next.iter().any(|next| std::ptr::eq(&raw const design.nodes[next.index()], node));
    let Some(before) = design.nodes.iter().find(leads_here) else { return 1.0 };
    let own = match &before.kind {
        NodeKind::Push(settings) => {
            let place = before.next.iter().position(|next| std::ptr::eq(&raw const design.nodes[next.index()], node));
            place.and_then(|place| settings.deliveries.get(place)).map_or(1.0, |delivery| delivery.filter)
        }
        _ => 1.0,
    };
    own * share_that_comes(design, before)
}

/// A reserved concurrency of 0 is how AWS shuts a function.
fn shut(design: &Design, node: &Node) -> String {
    let what = if schedule_of(design, node).is_some() {
        "no batch of it ever runs"
    } else if queue_of(design, node).is_some() {
        "every invocation is throttled, and its messages are received again and again without a run"
    } else {
        "every event is given up at once"
    };
    format!("has a reserved concurrency of 0: {what}")
}

/// Messages that are visible again before a run that began after its window has reached its timeout.
fn hidden_too_briefly(design: &Design, node: &Node) -> Option<String> {
    let NodeKind::Sqs(queue) = &node.kind else { return None };
    let Some(NodeKind::Function(function)) = node.next.first().map(|next| &design.nodes[next.index()].kind) else {
        return None;
    };
    let Platform::Lambda(lambda) = &function.platform else { return None };
    let (hidden, window) = (queue.queue.visibility_timeout, queue.mapping.window);
    (hidden < window + lambda.timeout).then(|| {
        format!(
            "strategy \"{}\": messages of `{}` may be visible again while a run still works on them: they are hidden for \
             {}, and the window and the timeout of `{}` together are {}. AWS advises six timeouts and the window, {}",
            design.name,
            node.label,
            written(hidden),
            function.name,
            written(window + lambda.timeout),
            written(window + lambda.timeout.times(6)),
        )
    })
}

/// More sends to a FIFO queue than it takes, on average.
fn sends_throttled(design: &Design, node: &Node, rate: f64) -> Option<String> {
    let NodeKind::Sqs(queue) = &node.kind else { return None };
    let fifo = queue.fifo.filter(|fifo| fifo.throughput == Throughput::Ordinary)?;
    let taken = CALLS_A_SECOND * u64::from(fifo.send_batch);
    (rate > taken as f64).then(|| {
        format!(
            "strategy \"{}\": `{}` takes {taken} messages a second and {rate:.1} are sent: what is throttled three times \
             is rejected. `throughput = \"high\"` or a larger `send-batch` takes more",
            design.name, node.label
        )
    })
}

/// A stream that takes less than comes, and functions that hold up their shard for as long as it keeps its records.
fn of_stream(design: &Design, node: &Node, rate: Option<f64>) -> Vec<String> {
    let NodeKind::Stream(mapped) = &node.kind else { return Vec::new() };
    let (stream, mapping) = (&mapped.stream, &mapped.mapping);
    let most = u64::from(stream.shards) * RECORDS_A_SECOND;
    let crowded = rate.filter(|&rate| stream.service == StreamService::Kinesis && rate > most as f64).map(|rate| {
        let shards = if stream.shards == 1 { "shard takes" } else { "shards take" };
        format!(
            "strategy \"{}\": {rate:.1} items a second are too many for `{}`, whose {} {shards} {most} a second at most: \
             producers are throttled, and what is refused {} times is rejected",
            design.name, node.label, stream.shards, stream.attempts
        )
    });
    let endless = mapping.maximum_retry_attempts.is_none() && mapping.maximum_record_age.is_none();
    let poisoned = node.next.iter().filter_map(|next| match &design.nodes[next.index()].kind {
        NodeKind::Function(function) if endless && function.failures.poison > 0.0 => Some(&function.name),
        _ => None,
    });
    let blocked = poisoned.map(|function| {
        format!(
            "strategy \"{}\": an item that always fails at `{function}` blocks its shard of `{}` until it expires, {} after \
             its writing, as AWS's defaults have it; `maximum-retry-attempts` or `maximum-record-age` end that",
            design.name,
            node.label,
            written(stream.retention)
        )
    });
    crowded.into_iter().chain(blocked).collect()
}

/// How long an item keeps an environment or a server, on average, in seconds, if what it calls has time for it; no
/// invocation outlives its timeout.
fn item_seconds(design: &Design, node: &Node, function: &FunctionSettings) -> f64 {
    let of_call = |call: &CallSettings| design.resources[call.to.index()].settings.latency.mean();
    let calls: f64 = node.calls.iter().map(of_call).sum();
    let mean = function.service_time.mean() * function.time_factor() + calls;
    match &function.platform {
        Platform::Ideal { .. } | Platform::Fargate(_) => mean,
        Platform::Lambda(lambda) => mean.min(lambda.timeout.as_secs_f64()),
    }
}

fn overload(rate: f64, item_s: f64, most: u32, whose: &str, run: &RunSettings) -> Option<String> {
    let needed = rate * item_s;
    // The expected items of a profile are a sum of rounded parts.
    (needed >= f64::from(most) * (1.0 - 1e-9)).then(|| {
        format!(
            "cannot keep up: {rate:.1} items a second at a mean of {} keep {needed:.1} busy, and {whose} is {most}. \
             The backlog grows until arrivals end; what is left {} later is cut off",
            Span::from_secs_f64(item_s),
            written(run.drain),
        )
    })
}

/// Downstreams of which more is asked, on average, than they can do.
fn overloaded_downstreams(design: &Design, rate: f64) -> Vec<String> {
    let of_resource = |(index, resource): (usize, &Resource)| {
        let calls = design.nodes.iter().flat_map(|node| &node.calls).filter(|call| call.to.index() == index).count();
        let settings = &resource.settings;
        let needed = rate * calls as f64 * settings.latency.mean();
        let limits = [("capacity", settings.capacity), ("connections", settings.connections)];
        let (key, most) =
            limits.into_iter().filter_map(|(key, most)| Some((key, most?))).min_by_key(|limit| limit.1)?;
        (needed >= f64::from(most) * (1.0 - 1e-9)).then(|| {
            format!(
                "strategy \"{}\": the downstream `{}` cannot keep up: {rate:.1} items a second keep {needed:.1} calls at \
                 work, and its `{key}` is {most}",
                design.name, resource.label
            )
        })
    };
    design.resources.iter().enumerate().filter_map(of_resource).collect()
}

/// A batch and what it has to work off.
struct BatchLoad<'a> {
    batch: &'a BatchSettings,
    /// When a run is killed; none: never.
    timeout: Option<Span>,
    /// Items a second.
    rate: f64,
    /// Mean work of one item.
    item_s: f64,
}

impl BatchLoad<'_> {
    /// The mean time between two ticks; until the tick, of a single one.
    fn interval(&self) -> Option<Span> {
        let (first, last) = (self.batch.ticks.first()?, self.batch.ticks.last()?);
        let mean = last.since(*first).as_nanos().checked_div(self.batch.ticks.len() as u64 - 1);
        Some(mean.map_or(first.since(Time::ZERO), Span::from_nanos))
    }

    /// Work that is saved only once it is all done, and that no run can finish before its timeout.
    fn never_gets_on(&self) -> Option<String> {
        let timeout = self.timeout?;
        let new = self.rate * self.interval()?.as_secs_f64();
        let new = self.batch.max_items.map_or(new, |most| new.min(most as f64));
        let (items, what) = match self.batch.marker {
            Marker::PerItem => return None,
            Marker::PerPage => (new.min(f64::from(self.batch.page_size)), "a page"),
            Marker::None => (new, "a run"),
        };
        let work_s = items * self.item_s / f64::from(self.batch.parallel);
        (work_s > timeout.as_secs_f64()).then(|| {
            format!(
                "never gets on: {what} of {items:.0} items at a mean of {} takes about {} with `parallel` at {}, and the \
                 timeout is {}. Each run is killed before it marks its progress, and the next begins anew",
                Span::from_secs_f64(self.item_s),
                Span::from_secs_f64(work_s),
                self.batch.parallel,
                written(timeout),
            )
        })
    }

    /// More new items than one run after another can work off. Runs that claim their items share them where they overlap.
    fn overload(&self, run: &RunSettings) -> Option<String> {
        let interval = self.interval()?;
        if self.batch.overlap == Overlap::Claim && self.timeout.is_none_or(|timeout| interval < timeout) {
            return None;
        }
        overload(self.rate, self.item_s, self.batch.parallel, "`parallel`", run)
    }
}

fn feeders<'a>(design: &'a Design, node: &'a Node) -> impl Iterator<Item = &'a NodeKind> {
    let feeds = |other: &&Node| {
        other.next.iter().any(|next| design.nodes.get(usize::from(next.0)).is_some_and(|fed| std::ptr::eq(fed, node)))
    };
    design.nodes.iter().filter(feeds).map(|other| &other.kind)
}

/// The schedule that wakes a function, whose batches take their items in runs of their own.
fn schedule_of<'a>(design: &'a Design, node: &'a Node) -> Option<&'a BatchSettings> {
    feeders(design, node).find_map(|kind| match kind {
        NodeKind::Schedule(batch) => Some(&**batch),
        _ => None,
    })
}

/// The SQS queue whose mapping invokes a function.
fn queue_of<'a>(design: &'a Design, node: &'a Node) -> Option<&'a PolledQueue> {
    feeders(design, node).find_map(|kind| match kind {
        NodeKind::Sqs(queue) => Some(&**queue),
        _ => None,
    })
}

/// How many batches a mapping works on at once, at most, and what says so.
fn batches_at_most(queue: &PolledQueue) -> (u32, &'static str) {
    if queue.fifo.is_some_and(|fifo| fifo.grouping == Grouping::One) {
        return (1, "the concurrency of its one message group");
    }
    if let Some(pollers) = queue.mapping.provisioned {
        return (pollers.maximum * event_source_mapping::BATCHES_A_POLLER, "ten times its `maximum-pollers`");
    }
    match queue.mapping.maximum_concurrency {
        Some(most) => (most, "its `maximum-concurrency`"),
        None => (event_source_mapping::CEILING, "the ceiling of an event source mapping"),
    }
}

/// How many batches a stream's mapping works on at once, and what says so.
fn lanes_of(design: &Design, node: &Node) -> Option<(u32, &'static str)> {
    feeders(design, node).find_map(|kind| match kind {
        NodeKind::Stream(mapped) => {
            let lanes = mapped.stream.shards.saturating_mul(mapped.mapping.parallelization_factor);
            Some((lanes, "its stream's shards times the parallelization factor"))
        }
        _ => None,
    })
}

/// A queue with a capacity refuses what is too much.
fn is_bounded(design: &Design, node: &Node) -> bool {
    feeders(design, node).any(|kind| matches!(kind, NodeKind::Queue(queue) if queue.capacity.is_some()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::{Override, load_text, starter};

    /// The notes on the starter: 2 items a second; an hourly batch with `parallel` at 16, and one invocation an event.
    fn notes(overrides: &[&str]) -> Vec<String> {
        let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
        let scenario = load_text("starter.toml", starter(), Path::new(""), &overrides);
        scenario.unwrap_or_else(|faults| panic!("{faults}")).notes
    }

    fn assert_notes(overrides: &[&str], expected: &[&str]) {
        let notes = notes(overrides);
        assert_eq!(notes.len(), expected.len(), "{overrides:?}: {notes:?}");
        for (note, part) in notes.iter().zip(expected) {
            assert!(note.contains(part), "{note} lacks {part}");
        }
    }

    #[test]
    fn memory_makes_items_faster_and_the_timeout_ends_them() {
        // Twice the memory halves 2 s: 2 items a second keep 2 busy.
        let doubled = [
            "functions.handle.service-time=2s",
            "functions.handle.cpu-share=1",
            "functions.handle.measured-at=512MB",
            "functions.handle.memory=1024MB",
        ];
        assert_notes(&[&doubled[..], &["functions.handle.reserved-concurrency=3"]].concat(), &[]);
        assert_notes(&[&doubled[..], &["functions.handle.reserved-concurrency=2"]].concat(), &["keep 2.0 busy"]);
        // 1,000 items of 20 s are killed at 8 s: 16 busy of 17. A page of 1,000 takes 1,000 * 8 s / 16 = 500 s.
        let killed = ["functions.handle.service-time=20s", "functions.handle.timeout=8s"];
        let page = "a page of 1000 items at a mean of 8 s";
        assert_notes(&[&killed[..], &["functions.handle.reserved-concurrency=17"]].concat(), &[page]);
        assert_notes(&[&killed[..], &["functions.handle.reserved-concurrency=16"]].concat(), &[page, "keep 16.0 busy"]);
    }

    #[test]
    fn a_stream_says_what_is_too_much_for_it_and_what_blocks_it() {
        let streamed = ["strategy.\"per event\".flow=kinesis -> handle", "strategy.\"per event\".kinesis.shards=2"];
        assert_notes(&streamed, &[]);
        // 2 items a second are 2,200 at 1,100 times the load; two shards take 2,000.
        let crowded = notes(&[&streamed[..], &["run.load=1100"]].concat());
        assert!(crowded.iter().any(|note| note.contains("whose 2 shards take 2000 a second at most")), "{crowded:?}");
        // 2 items a second of 1 s keep 2 busy, as many as there are lanes.
        assert_notes(
            &[&streamed[..], &["functions.handle.service-time=1s"]].concat(),
            &["parallelization factor is 2"],
        );
        let poisoned = [&streamed[..], &["functions.handle.failures.poison=0.001"]].concat();
        assert_notes(&poisoned, &["until it expires, 1d after"]);
        assert_notes(&[&poisoned[..], &["strategy.\"per event\".kinesis.maximum-retry-attempts=3"]].concat(), &[]);
    }

    #[test]
    fn a_queue_that_cannot_keep_up_says_so() {
        // 2 items a second of 1 s keep 2 busy; behind a queue with a MaximumConcurrency of 2 that is all there is.
        let queued = [
            "strategy.\"per event\".flow=events -> sqs -> handle",
            "strategy.\"per event\".sqs.visibility-timeout=15m",
            "functions.handle.service-time=1s",
        ];
        let limit = |most: u32| format!("strategy.\"per event\".sqs.maximum-concurrency={most}");
        assert_notes(&queued, &[]);
        assert_notes(&[&queued[..], &[&limit(3)]].concat(), &[]);
        assert_notes(&[&queued[..], &[&limit(2)]].concat(), &["keep 2.0 busy, and its `maximum-concurrency` is 2"]);
        // 1,300 s of work a second: more than 1,250 batches at once, in an account that would have room.
        let many = ["run.load=650", "account.concurrency=2000", "strategy.\"hourly batch\".schedule.parallel=1024"];
        let notes = notes(&[&queued[..], &many].concat());
        assert!(notes.iter().any(|note| note.contains("ceiling of an event source mapping is 1250")), "{notes:?}");
        let shut = ["no batch of it ever runs", "its messages are received again and again without a run"];
        assert_notes(&[&queued[..], &["functions.handle.reserved-concurrency=0"]].concat(), &shut);
    }

    /// 2 items a second of 1 s in one group keep 2 busy, and there is one batch at a time; 302 items a second are more than 300
    /// sends, and not in calls of two, nor in high-throughput mode.
    #[test]
    fn a_fifo_queue_that_takes_too_little_says_so() {
        let flow = "strategy.\"per event\".flow=events -> sqs-fifo -> handle";
        let slow = "functions.handle.service-time=1s";
        let set = |text: &str| format!("strategy.\"per event\".sqs-fifo.{text}");
        let hidden = set("visibility-timeout=15m");
        let expect = |more: &[&str], expected: &[&str]| {
            assert_notes(&[&[flow, &hidden], more].concat(), expected);
        };
        expect(&[slow], &[]);
        let one = "keep 2.0 busy, and the concurrency of its one message group is 1";
        expect(&[slow, &set("group=one")], &[one]);
        let many =
            ["run.load=151", "functions.handle.service-time=10ms", "strategy.\"hourly batch\".schedule.parallel=1024"];
        expect(&many, &["takes 300 messages a second and 302.0 are sent"]);
        expect(&[&many[..], &[&set("send-batch=2")]].concat(), &[]);
        expect(&[&many[..], &[&set("throughput=high")]].concat(), &[]);
    }

    /// 2 items a second, each with two calls of half a second, keep two at work. The batch's workers wait for them, too.
    #[test]
    fn a_downstream_that_cannot_keep_up_says_so() {
        let calling = ["downstream.db.latency=500ms", "functions.handle.calls=[\"db\", \"db\"]"];
        let with = |setting| notes(&[&calling[..], &["downstream.db.connections=9", setting]].concat());
        assert_eq!(with("downstream.db.capacity=3"), Vec::<String>::new());
        let notes = with("downstream.db.capacity=2");
        assert_eq!(notes.len(), 2, "one a strategy: {notes:?}");
        assert!(notes.iter().all(|note| note.contains("keep 2.0 calls at work, and its `capacity` is 2")), "{notes:?}");
    }

    /// 15 min of timeout and 1 min of window; six times 15 min and the window are 91 min.
    #[test]
    fn a_visibility_timeout_that_a_run_may_outlive_says_so() {
        let queued = |window: &str, hidden: &str| {
            let set = |key: &str, value: &str| format!("strategy.\"per event\".{key}={value}");
            let sets =
                [("flow", "events -> sqs -> handle"), ("sqs.window", window), ("sqs.visibility-timeout", hidden)];
            sets.map(|(key, value)| set(key, value))
        };
        let notes_of = |window, hidden| {
            let sets = queued(window, hidden);
            notes(&sets.each_ref().map(String::as_str))
        };
        assert!(notes_of("0s", "15m").is_empty() && notes_of("1m", "16m").is_empty());
        let notes = notes_of("1m", "959s");
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains("hidden for 959s") && notes[0].contains("advises six timeouts and the window, 91m"));
    }

    #[test]
    fn a_function_that_is_shut_says_so() {
        let shut = ["no batch of it ever runs", "every event is given up at once"];
        assert_notes(&["functions.handle.reserved-concurrency=0"], &shut);
    }

    #[test]
    fn batches_that_cannot_keep_up_or_get_on_say_so() {
        // 2 a second at 10 s keep 20 busy; a page takes 625 s of the 900 s.
        assert_notes(&["functions.handle.service-time=7s"], &[]);
        assert_notes(&["functions.handle.service-time=10s"], &["keep 20.0 busy, and `parallel` is 16"]);
        // 1,000 * 15 s / 16 = 937.5 s. Pages of 900 items take 843.75 s.
        let slow = "functions.handle.service-time=15s";
        assert_notes(&[slow], &["never gets on: a page of 1000 items"]);
        assert_notes(&[slow, "strategy.\"hourly batch\".schedule.page-size=900"], &["keep 30.0 busy"]);
        // An hour brings 7,200 items: 7,200 * 3 s / 16 = 1,350 s, all of which is one unit of work without a marker.
        let none = "strategy.\"hourly batch\".schedule.marker=none";
        assert_notes(&["functions.handle.service-time=3s"], &[]);
        assert_notes(&["functions.handle.service-time=3s", none], &["never gets on: a run of 7200 items"]);
        assert_notes(&["functions.handle.service-time=1s", none], &[]);
    }
}
