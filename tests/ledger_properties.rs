//! Random small scenarios of everything that is built: none may break a law. The ledger proves conservation and Little's
//! law at the end of every run ([`RunError::Ledger`](simctl::model::RunError) if not); here the counts it leaves are held
//! against each other, and the simplest of them against a count made without a simulator.

mod common;

use common::{calm_function, figure, load};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use simctl::experiment;
use simctl::handlers::state::CounterTotals;
use simctl::model::Outcome;
use simctl::model::outcome::{CallTotals, RunTotals};
use simctl::words::{DuplicateCause, LineItem, SuppressedBy};

/// A scenario's text, and the values set on it.
#[derive(Debug, Clone)]
struct Random {
    text: String,
    sets: Vec<String>,
}

const FLOWS: [&str; 25] = [
    "events -> a",
    "s3 -> a",
    "schedule -> a",
    "schedule -> task",
    "[events -> a, schedule -> task]",
    "events -> a -> b -> c",
    "events -> [a, b]",
    "s3 -> a -> [b, c]",
    "[events -> a, schedule -> b]",
    "[schedule:first -> a, schedule:second -> b]",
    "queue:front -> ideal",
    "events -> a -> queue:front -> ideal",
    "events -> sqs:one -> a",
    "events -> sqs:one -> a -> b",
    "events -> a -> sqs:one -> b -> sqs:two -> c",
    "events -> [sqs:one -> a, sqs:two -> b]",
    "[events -> sqs:one -> a -> c, schedule -> b]",
    "api:gate -> a",
    "api:gate -> a -> b",
    "api:gate -> a -> sqs:one -> b",
    "api:gate -> sqs:one -> a",
    "[api:gate -> a, events -> b]",
    "events -> sqs-fifo:line -> a",
    "events -> a -> sqs-fifo:line -> b -> sqs:two -> c",
    "[events -> sqs-fifo:line -> a, events:other -> sqs:one -> b]",
];

fn span(most_ms: u64) -> impl Strategy<Value = String> {
    (0..=most_ms).prop_map(|ms| format!("\"{ms}ms\""))
}

/// A length of time that varies.
fn length(most_ms: u64) -> impl Strategy<Value = String> {
    prop_oneof![
        span(most_ms),
        (1..=most_ms).prop_map(|mean| format!("{{ exponential = {{ mean = \"{mean}ms\" }} }}")),
        (0..=most_ms).prop_map(|high| format!("{{ uniform = {{ low = \"0s\", high = \"{}ms\" }} }}", high + 1)),
    ]
}

/// A chance: often none, seldom certain.
fn chance() -> impl Strategy<Value = f64> {
    prop_oneof![4 => Just(0.0), 3 => 0.01..0.6, 1 => Just(1.0)]
}

fn arrivals() -> impl Strategy<Value = String> {
    let burst = (1u64..30, 0u64..3).prop_map(|(items, minute)| {
        format!("process = \"bursts\"\nbursts = [{{ items = {items}, at = \"00:0{minute}\", within = \"20s\" }}]")
    });
    let poisson = (1u64..80).prop_map(|rate| format!("process = \"poisson\"\nrate = \"{rate}/min\""));
    let steady = (500u64..20_000).prop_map(|ms| format!("process = \"deterministic\"\ninterval = \"{ms}ms\""));
    (prop_oneof![burst, poisson, steady], chance(), span(90_000), 1u32..9).prop_map(|(process, again, after, keys)| {
        format!(
            "{process}\nkeys = {{ count = {keys} }}\nsent-twice = {{ probability = {again:.3}, after = {after} }}\n"
        )
    })
}

/// Values of one Lambda function: tiny timeouts, throttles, failures of every kind.
fn function(name: &'static str) -> impl Strategy<Value = Vec<String>> {
    let times = (length(4_000), length(3_000), length(2_000), length(300), length(200));
    let failures = (chance(), chance(), chance(), chance(), 0.0..1.0);
    let limits = (
        1u64..8,
        prop_oneof![3 => Just(None), 2 => (0u32..4).prop_map(Some)],
        prop_oneof![3 => Just(0u32), 1 => 1u32..3],
        0u8..=2,
        select(vec!["60s", "90s", "10m", "6h"]),
        select(vec!["drop", "dead-letter-queue", "destination"]),
    );
    let idle = select(vec!["{ ttl = \"5s\" }", "{ ttl = \"600s\" }", "{ half-every = \"20s\" }"]);
    (times, failures, limits, idle, chance()).prop_map(move |(times, failures, limits, idle, copies)| {
        let (error, crash, after, poison, fails_at) = failures;
        let (timeout, reserved, provisioned, retries, age, on_failure) = limits;
        // Both are chances of one draw.
        let (error, crash) = if error + crash > 0.99 { (error / 2.0, crash / 2.0) } else { (error, crash) };
        let provisioned = reserved.map_or(provisioned, |reserved| provisioned.min(reserved));
        let mut values = vec![
            format!("service-time={}", times.0),
            format!("cold-start.init={}", times.1),
            format!("cold-start.unlogged={}", times.2),
            format!("async.hop={}", times.3),
            format!("warm-dispatch={}", times.4),
            format!("timeout={timeout}s"),
            format!("provisioned-concurrency={provisioned}"),
            format!("async.retries={retries}"),
            format!("async.max-event-age={age}"),
            format!("async.on-failure={on_failure}"),
            format!("async.duplicate-probability={copies:.3}"),
            format!("idle={idle}"),
            "max-life=2m".to_owned(),
            "hidden-replacement=0.5".to_owned(),
            format!("failures.error={error:.3}"),
            format!("failures.crash={crash:.3}"),
            format!("failures.after-effect={after:.3}"),
            format!("failures.poison={poison:.3}"),
            format!("failures.fails-at={fails_at:.3}"),
        ];
        values.extend(reserved.map(|reserved| format!("reserved-concurrency={reserved}")));
        values.iter().map(|value| format!("functions.{name}.{value}")).collect()
    })
}

fn schedule(label: &'static str) -> impl Strategy<Value = String> {
    let words = (
        select(vec!["rate(1 minute)", "rate(2 minutes)", "cron(0/3 * * * ? *)"]),
        select(vec!["per-item", "at-end"]),
        select(vec!["none", "per-item", "per-page"]),
        select(vec!["allow", "allow", "claim", "skip"]),
        select(vec!["continue", "fail"]),
    );
    let numbers = (1u32..5, 1u32..8, prop::option::of(1u64..20), length(20_000), length(500));
    (words, numbers).prop_map(move |((expression, commit, marker, overlap, on_error), numbers)| {
        let (parallel, page, most, delay, list) = numbers;
        let most = most.map_or_else(String::new, |most| format!("max-items = {most}\n"));
        format!(
            "[strategy.{label}]\nexpression = \"{expression}\"\ncommit = \"{commit}\"\nmarker = \"{marker}\"\n\
             overlap = \"{overlap}\"\non-item-error = \"{on_error}\"\nparallel = {parallel}\npage-size = {page}\n\
             delay = {delay}\nlist-latency = {list}\n{most}"
        )
    })
}

/// A queue whose messages are hidden little longer than a function may run, with small batches of every kind.
fn sqs(label: &'static str) -> impl Strategy<Value = String> {
    let times = (8u64..40, select(vec!["60s", "90s", "4d"]), prop_oneof![3 => Just(0u64), 1 => 1u64..30]);
    let batches = (1u32..30, prop_oneof![3 => Just(0u64), 2 => 1u64..25], select(vec!["1KB", "70KB", "1MB"]));
    let limits =
        (prop::option::of(1u32..7), prop::option::of(2u32..8), select(vec!["off", "report-batch-item-failures"]));
    (times, batches, limits, chance(), length(2_000), length(2_000)).prop_map(
        move |(
            (visibility, retention, delay),
            (size, window, bytes),
            (receives, most, response),
            copies,
            send,
            receive,
        )| {
            let size = if window == 0 { size.min(10) } else { size };
            let receives = receives.map_or_else(String::new, |most| format!("max-receive-count = {most}\n"));
            let most = match (most, size) {
                (Some(most), _) => format!("maximum-concurrency = {most}\n"),
                (None, 1..=9) => format!("minimum-pollers = {}\n", size + 1),
                (None, _) => String::new(),
            };
            format!(
                "[strategy.{label}]\nvisibility-timeout = \"{visibility}s\"\nretention = \"{retention}\"\n\
                 delay = \"{delay}s\"\nbatch-size = {size}\nwindow = \"{window}s\"\nmessage-size = \"{bytes}\"\n\
                 partial-batch-response = \"{response}\"\nduplicate-probability = {copies:.3}\n\
                 send-latency = {send}\nreceive-latency = {receive}\n{receives}{most}"
            )
        },
    )
}

/// An API that waits for a second or two, and clients that wait for a little less or more.
fn api(label: &'static str) -> impl Strategy<Value = String> {
    let gateway = (select(vec!["http", "rest"]), 50u64..4_000, length(500), prop::option::of((1u32..10, 1u32..10)));
    let mode = select(vec!["none", "legacy", "standard", "standard-2026", "adaptive"]);
    let client = (mode, 1u64..6_000, 1u32..5, 1u32..6, length(500));
    (gateway, client).prop_map(move |((kind, wait, overhead, throttle), (mode, timeout, count, attempts, network))| {
        let throttle = throttle
            .map_or_else(String::new, |(rate, burst)| format!("throttle-rate = {rate}\nthrottle-burst = {burst}\n"));
        let attempts = if mode == "none" { 1 } else { attempts };
        format!(
            "[strategy.{label}]\nkind = \"{kind}\"\nintegration-timeout = \"{wait}ms\"\noverhead = {overhead}\n\
                 {throttle}[strategy.{label}.client]\nretry = \"{mode}\"\nattempts = {attempts}\n\
                 timeout = \"{timeout}ms\"\ncount = {count}\nnetwork = {network}\n"
        )
    })
}

/// A FIFO queue with small batches of every kind.
fn fifo(label: &'static str) -> impl Strategy<Value = String> {
    let times = (8u64..40, select(vec!["60s", "90s", "4d"]), prop_oneof![3 => Just(0u64), 1 => 1u64..30]);
    let limits = (1u32..=10, prop::option::of(1u32..7), prop::option::of(2u32..8), 1u32..=10);
    let words = (
        select(vec!["key", "one"]),
        select(vec!["ordinary", "high"]),
        select(vec!["off", "report-batch-item-failures"]),
    );
    (times, limits, words, length(2_000), length(2_000)).prop_map(
        move |((visibility, retention, delay), (size, receives, most, calls), words, send, receive)| {
            let (group, throughput, response) = words;
            let receives = receives.map_or_else(String::new, |most| format!("max-receive-count = {most}\n"));
            let most = most.map_or_else(String::new, |most| format!("maximum-concurrency = {most}\n"));
            format!(
                "[strategy.{label}]\ngroup = \"{group}\"\nthroughput = \"{throughput}\"\nsend-batch = {calls}\n\
                 partitions = {calls}\nvisibility-timeout = \"{visibility}s\"\nretention = \"{retention}\"\n\
                 delay = \"{delay}s\"\nbatch-size = {size}\npartial-batch-response = \"{response}\"\n\
                 send-latency = {send}\nreceive-latency = {receive}\n{receives}{most}"
            )
        },
    )
}

fn services(flow: &'static str) -> impl Strategy<Value = String> {
    let ideal = (0u64..4).prop_map(|capacity| format!("[strategy.front]\ncapacity = {capacity}\n"));
    let notify = (length(2_000), chance());
    let queues = (sqs("one"), sqs("two"), fifo("line"), api("gate"));
    (notify, schedule("schedule"), schedule("first"), schedule("second"), ideal, queues).prop_map(
        move |((latency, copies), schedule, first, second, ideal, (one, two, line, gate))| {
            let mut text = String::new();
            for source in ["s3", "events"].into_iter().filter(|source| flow.contains(source)) {
                text += &format!("[strategy.{source}]\nlatency = {latency}\nduplicate-probability = {copies:.3}\n");
            }
            let wanted = [
                ("schedule -> ", schedule),
                (":first", first),
                (":second", second),
                (":front", ideal),
                (":one", one),
                (":two", two),
                (":gate", gate),
                (":line", line),
            ];
            wanted.iter().filter(|(word, _)| flow.contains(word)).for_each(|(_, table)| text += table);
            text
        },
    )
}

/// `[run]` and `[account]`, without the account's concurrency.
fn frame() -> impl Strategy<Value = String> {
    (any::<u32>(), 0u64..60, select(vec!["0s", "30s", "5m", "1h"]), 1u64..20, select(vec!["1s", "10s"])).prop_map(
        |(seed, warm_up, drain, burst, period)| {
            format!(
                "name = \"random\"\n[run]\nduration = \"3m\"\ndrain = \"{drain}\"\nwarm-up = \"{warm_up}s\"\n\
                 replications = 1\nseed = {seed}\n\
                 [account]\nfargate-vcpus = 1\nscaling-burst = {burst}\nscaling-period = \"{period}\"\n\
                 api-rate = 5\napi-burst = 20\n"
            )
        },
    )
}

/// A function on Fargate, as [`random`] writes it, of whose tasks its account has room for two.
const TASK: &str = "[functions.task]\nplatform = \"fargate\"\nvcpu = 0.5\nmemory = \"1GB\"\nservice-time = \"1s\"\n";

/// Values of the function on Fargate.
fn task() -> impl Strategy<Value = Vec<String>> {
    (length(4_000), length(70_000), [chance(), chance(), chance(), chance(), chance()]).prop_map(
        |(service, start_up, [share, copies, refused, error, after])| {
            let (error, crash) = (error / 2.0, error / 4.0);
            let values = [
                format!("service-time={service}"),
                format!("start-up={start_up}"),
                format!("pull-share={share:.3}"),
                format!("duplicate-probability={copies:.3}"),
                format!("start-failure={refused:.3}"),
                format!("failures.error={error:.3}"),
                format!("failures.crash={crash:.3}"),
                format!("failures.after-effect={after:.3}"),
            ];
            values.iter().map(|value| format!("functions.task.{value}")).collect()
        },
    )
}

fn functions() -> impl Strategy<Value = (Vec<String>, String)> {
    (
        function("a").boxed(),
        function("b").boxed(),
        function("c").boxed(),
        task().boxed(),
        length(3_000),
        1u32..4,
        1u32..30,
    )
        .prop_map(|(a, b, c, task, service, servers, concurrency)| {
            let mut sets = [a, b, c, task].concat();
            // What is reserved or provisioned has to leave 100 of the account to others.
            let sets_aside =
                |set: &String| set.contains("reserved") || (set.contains("provisioned") && !set.ends_with("=0"));
            let kept = if sets.iter().any(sets_aside) { 110 } else { 0 };
            sets.push(format!("account.concurrency={}", kept + concurrency));
            let ideal =
                format!("[functions.ideal]\nplatform = \"ideal\"\nconcurrency = {servers}\nservice-time = {service}\n");
            let calm: String = ["a", "b", "c"].into_iter().map(calm_function).collect();
            (sets, format!("{ideal}{TASK}{calm}"))
        })
}

/// A downstream with few connections, little capacity and every kind of failure.
fn downstream() -> impl Strategy<Value = String> {
    let limits = (
        prop::option::of(1u32..6),
        prop::option::of(1u32..4),
        select(vec!["0s", "1s", "1h"]),
        prop::option::of(1u32..5),
        prop::option::of((1u32..90, 1u32..5)),
    );
    let words =
        (select(vec!["per-call", "per-environment"]), select(vec!["2s", "10m"]), select(vec!["no", "no", "yes"]));
    (length(2_500), limits, words, chance(), chance(), 0.0..2.0).prop_map(
        |(
            latency,
            (connections, capacity, wait, waiting, rate),
            (holding, idle, idempotent),
            error,
            after,
            contention,
        )| {
            let key =
                |key: &str, value: Option<String>| value.map_or_else(String::new, |value| format!("{key} = {value}\n"));
            let optional = [
                key("connections", connections.map(|most| most.to_string())),
                key("capacity", capacity.map(|most| most.to_string())),
                key("max-waiting", waiting.map(|most| most.to_string())),
                key("rate-limit", rate.map(|(rate, _)| format!("\"{rate}/min\""))),
                key("rate-burst", rate.map(|(_, burst)| burst.to_string())),
            ];
            format!(
                "[downstream.db]\nlatency = {latency}\nconnection = \"{holding}\"\nconnection-idle = \"{idle}\"\n\
                 connection-wait = \"{wait}\"\nerror = {error:.3}\nafter-commit = {after:.3}\n\
                 contention = {contention:.3}\nidempotent = \"{idempotent}\"\n{}",
                optional.concat()
            )
        },
    )
}

/// What a function calls, twice in a run perhaps; the effect is a call's where that may be.
fn calls() -> impl Strategy<Value = Option<(String, bool)>> {
    let retries = select(vec!["none", "none", "standard", "standard-2026", "adaptive", "legacy"]);
    let call = (0.0..=1.0, 100u64..4_000, retries, any::<bool>(), any::<bool>()).prop_map(
        |(at, timeout, retries, effect, twice)| {
            let plain = if twice { "\"db\", " } else { "" };
            let call = format!("{{ to = \"db\", at = {at:.2}, timeout = \"{timeout}ms\", retries = \"{retries}\"");
            (format!("[{plain}{call}"), effect)
        },
    );
    prop::option::weighted(0.4, call)
}

/// The values of `calls` of the functions that call something.
fn called(flow: &str, services: &str, calls: [Option<(String, bool)>; 4]) -> Vec<String> {
    let at_end = services.contains("at-end");
    let set = |(name, call): (&str, Option<(String, bool)>)| {
        let (call, effect) = call?;
        let leaf = !flow.contains(&format!("{name} ->"));
        let effect = if effect && leaf && !at_end { ", effect = \"downstream\"" } else { "" };
        Some(format!("functions.{name}.calls={call}{effect} }}]"))
    };
    ["a", "b", "c", "task"].into_iter().zip(calls).filter_map(set).collect()
}

/// How a function looks whether an item is done, if it does: a small table, short records, every way to fail.
fn guard() -> impl Strategy<Value = Option<String>> {
    let words = (
        select(vec!["conditional-write", "conditional-write", "check-then-act"]),
        select(vec!["item", "item", "delivery"]),
        select(vec!["function-timeout", "none"]),
        select(vec!["eventual", "strong"]),
        select(vec!["on", "off"]),
        select(vec!["fail", "proceed"]),
    );
    let store =
        (length(400), length(2_000), length(60_000), chance(), 1u32..20, select(vec!["none", "standard", "legacy"]));
    let guard = (words, store, 1u32..90, chance(), chance()).prop_map(
        |((mode, key, lock, read, validate, on_error), (latency, lag, ttl, error, peak, retries), expires, keyless, varies)| {
            format!(
                "{{ mode = \"{mode}\", key = \"{key}\", expires-after = \"{expires}s\", in-progress-expiry = \"{lock}\", \
                 read = \"{read}\", validate-payload = \"{validate}\", on-store-error = \"{on_error}\", \
                 missing-key = {keyless:.3}, payload-varies = {varies:.3}, store = {{ write-latency = {latency}, \
                 read-latency = {latency}, eventual-lag = {lag}, ttl-lag = {ttl}, error = {error:.3}, \
                 peak-writes = {peak}, peak-reads = {peak}, sdk-retries = \"{retries}\" }} }}"
            )
        },
    );
    prop::option::weighted(0.35, guard)
}

/// The values of `idempotency` of the functions: not where a batch commits at its end.
fn guarded(services: &str, guards: [Option<String>; 4]) -> Vec<String> {
    let allowed = !services.contains("at-end");
    let guards = ["a", "b", "c", "task"].into_iter().zip(guards).filter(|_| allowed);
    guards.filter_map(|(name, guard)| Some(format!("functions.{name}.idempotency={}", guard?))).collect()
}

/// What a function does before its first item, and what it keeps in its environments.
#[derive(Debug, Clone)]
struct Kept {
    initialise: Option<(String, bool)>,
    counter: Option<String>,
    cache: Option<String>,
}

/// On the heap, as its tree is large and there are four of them.
fn kept() -> BoxedStrategy<Kept> {
    let initialise = (select(vec!["environment", "invocation"]), length(2_000), any::<bool>())
        .prop_map(|(when, time, connects)| (format!("{{ when = \"{when}\", time = {time}"), connects));
    let flush = (prop::option::of(1u32..6), prop::option::of(1u32..40));
    let end = select(vec!["nothing", "invocation", "environment"]);
    let counter = (flush, end, length(300)).prop_map(|((after, every), end, write)| {
        let after = after.map_or_else(String::new, |after| format!("flush-after = {after}, "));
        let every = every.map_or_else(String::new, |every| format!("flush-every = \"{every}s\", "));
        format!("{{ {after}{every}flush-at-end-of = \"{end}\", write-time = {write} }}")
    });
    let cache = (prop::option::of(span(60_000)), length(300), 1u32..60).prop_map(|(ttl, load, every)| {
        let ttl = ttl.map_or_else(String::new, |ttl| format!("ttl = {ttl}, "));
        format!("{{ {ttl}load-time = {load}, changes-every = \"{every}s\" }}")
    });
    let of = (
        prop::option::weighted(0.3, initialise),
        prop::option::weighted(0.4, counter),
        prop::option::weighted(0.3, cache),
    );
    of.prop_map(|(initialise, counter, cache)| Kept { initialise, counter, cache }).boxed()
}

/// The values of `initialise`, `counter` and `cache` of the functions: only the last one of a branch counts effects, and
/// connections are opened to a database that keeps them.
fn keeping(flow: &str, db: &str, kept: [Kept; 4]) -> Vec<String> {
    let keeps = db.contains("per-environment");
    let of = |(name, kept): (&str, Kept)| {
        let Kept { initialise, counter, cache } = kept;
        let counter = counter.filter(|_| !flow.contains(&format!("{name} ->")));
        let initialise = initialise.map(|(text, connects)| {
            let pool = if connects && keeps { ", connects-to = \"db\"" } else { "" };
            format!("functions.{name}.initialise={text}{pool} }}")
        });
        let counter = counter.map(|text| format!("functions.{name}.counter={text}"));
        initialise.into_iter().chain(counter).chain(cache.map(|text| format!("functions.{name}.cache={text}")))
    };
    ["a", "b", "c", "task"].into_iter().zip(kept).flat_map(of).collect()
}

/// The parts are on the heap: all of their trees together are larger than the stack of a test.
fn random() -> BoxedStrategy<Random> {
    let flow = select(FLOWS.to_vec()).prop_flat_map(|flow| (Just(flow), services(flow).boxed())).boxed();
    let resources = (downstream().boxed(), [(); 4].map(|()| calls().boxed()));
    let guards = [(); 4].map(|()| guard().boxed());
    let kept = [kept(), kept(), kept(), kept()];
    let arrivals = || arrivals().boxed();
    let parts = (frame().boxed(), arrivals(), arrivals(), flow, functions().boxed(), resources, guards, kept);
    let random =
        parts.prop_map(|(frame, one, two, (flow, services), (mut sets, functions), (db, calls), guards, kept)| {
            sets.extend(called(flow, &services, calls));
            sets.extend(guarded(&services, guards));
            sets.extend(keeping(flow, &db, kept));
            let functions = format!("{functions}{db}");
            let text = format!(
                "{frame}[[arrivals]]\nname = \"one\"\n{one}[[arrivals]]\nname = \"two\"\n{two}\
             [[strategy]]\nname = \"random\"\nflow = \"{flow}\"\n{services}{functions}"
            );
            Random { text, sets }
        });
    random.boxed()
}

/// Counts that belong together, of one outcome.
fn relations(outcome: &Outcome) -> Result<(), TestCaseError> {
    let items = &outcome.items;
    let ended = items.processed + items.dead_lettered + items.expired + items.rejected + items.lost + items.backlog_end;
    prop_assert_eq!(items.owed, ended);
    prop_assert!(items.completed <= items.processed && items.processed <= items.owed);
    prop_assert!(items.completed <= items.arrived && items.measured <= items.arrived);
    prop_assert!(items.latency.count() <= items.completed.min(items.measured));
    prop_assert_eq!(items.wait.count(), items.latency.count());
    prop_assert_eq!(items.duplicates_by_cause.total(), items.duplicates);
    prop_assert_eq!(items.suppressed_by.total(), items.duplicates_suppressed);
    let split = items.split;
    let parts = split.wait + split.hop + split.cold_start + split.service + split.back_off;
    prop_assert_eq!(parts, items.latency.sum(), "latency is split without remainder");
    prop_assert_eq!(split.wait, items.wait.sum());
    if !outcome.branches.is_empty() {
        prop_assert_eq!(outcome.branches.iter().map(|branch| branch.processed).sum::<u64>(), items.processed);
    }
    prop_assert!(outcome.backlog.max <= items.owed);
    prop_assert!(outcome.end >= common::at(180.0));
    let share = figure(outcome, "unprocessed_share");
    prop_assert!((0.0..=1.0).contains(&share));
    api_relations(outcome)?;
    call_relations(outcome)?;
    state_relations(outcome)?;
    function_relations(outcome)
}

/// What clients saw: each request is answered once at most, each call has one final answer at most.
fn api_relations(outcome: &Outcome) -> Result<(), TestCaseError> {
    for api in &outcome.apis {
        let (answers, finals) = (api.answers.iter().sum::<u64>(), api.response.count());
        prop_assert!(answers <= api.requests && api.timeouts <= api.requests);
        prop_assert!(api.errors <= api.calls && api.errors_done <= api.errors && api.measured <= api.calls);
        prop_assert!(finals <= api.measured);
        if outcome.items.backlog_end == 0 && outcome.end > common::at(400.0) {
            prop_assert_eq!(finals, api.measured, "all is over, and everyone has an answer");
        }
    }
    Ok(())
}

/// Each call comes to one thing at most: it may be under way when the run ends.
fn call_relations(outcome: &Outcome) -> Result<(), TestCaseError> {
    for resource in &outcome.resources {
        let calls = &resource.calls;
        let over = calls.done + calls.failed + calls.refused_rate + calls.refused_connections + calls.left;
        prop_assert!(over <= calls.calls && calls.waited <= calls.calls);
        prop_assert_eq!(resource.latency.count(), calls.done);
        prop_assert!(resource.concurrency.max <= calls.connections_max);
    }
    Ok(())
}

/// A mechanism that is switched off causes nothing.
fn only_possible_causes(random: &Random, outcome: &Outcome) -> Result<(), TestCaseError> {
    let Random { text, sets } = random;
    let above_zero = |what: &str, key: &str| {
        let mut values = what.lines().filter_map(|line| line.split_once(key)).map(|(_, value)| value);
        values.any(|value| !value.starts_with("0.000"))
    };
    let set = |key: &str| sets.iter().any(|set| above_zero(set, key));
    let batch = text.contains("schedule -> ") || text.contains("schedule:");
    let queue = text.contains("sqs");
    let after_effect = set("failures.after-effect=");
    let by_call = sets.iter().any(|set| set.contains("effect = \"downstream\""));
    // Calls to its table may fail, or a run be killed over them, after the effect.
    let guarded = sets.iter().any(|set| set.contains(".idempotency="));
    let tried_again = sets.iter().any(|set| set.contains("retries = ") && !set.contains("\"none\""));
    let possible = |cause| match cause {
        DuplicateCause::SentTwice => above_zero(text, "sent-twice = { probability = "),
        DuplicateCause::AtLeastOnceDelivery => {
            above_zero(text, "duplicate-probability = ") || set("async.duplicate-probability=")
        }
        DuplicateCause::ErrorAfterEffect => after_effect && set("failures.error=") || by_call || guarded,
        DuplicateCause::CrashAfterEffect => (after_effect || by_call) && set("failures.crash="),
        DuplicateCause::TimeoutAfterEffect => {
            (batch || queue || by_call || guarded)
                && outcome.functions.iter().any(|function| function.runs.timeouts > 0)
        }
        DuplicateCause::RunFailedAfterEffect => {
            queue || batch && (set("failures.crash=") || text.contains("on-item-error = \"fail\""))
        }
        DuplicateCause::OverlappingRuns => text.contains("overlap = \"allow\""),
        DuplicateCause::VisibilityTimeout => queue,
        DuplicateCause::ClientRetry => {
            by_call && tried_again || outcome.apis.iter().any(|api| api.requests > api.calls)
        }
        DuplicateCause::IdempotencyExpired => guarded,
        // No flow made here runs a state machine.
        DuplicateCause::OrchestratorRerun | DuplicateCause::TaskRetry => false,
        DuplicateCause::StoreFailed => sets.iter().any(|set| set.contains("on-store-error = \"proceed\"")),
    };
    for cause in DuplicateCause::ALL {
        let count = outcome.items.duplicates_by_cause.count(cause);
        prop_assert!(count == 0 || possible(cause), "{} duplicates {}", count, cause.words());
    }
    Ok(())
}

/// What environments held: the true count is that of the ledger, and every increment is somewhere.
fn state_relations(outcome: &Outcome) -> Result<(), TestCaseError> {
    for function in &outcome.functions {
        let Some(state) = &function.state else { continue };
        if let Some(counter) = &state.counter {
            let branch = outcome.branches.iter().find(|branch| branch.label == function.label);
            prop_assert_eq!(counter.truth, branch.map_or(outcome.items.processed, |branch| branch.processed));
            prop_assert_eq!(counter.made, counter.stored + counter.lost + counter.unflushed);
            prop_assert!(counter.made - counter.again <= counter.truth && counter.writes <= counter.made);
            prop_assert!(counter.looks_off <= counter.made && (counter.looks_off > 0) == (counter.off_max > 0));
        }
        if let Some(cache) = &state.cache {
            prop_assert!(cache.loads + cache.stale <= cache.reads);
            prop_assert!(cache.staleness <= u128::from(cache.staleness_max) * u128::from(cache.stale));
        }
    }
    let pooled = outcome.resources.iter().filter_map(|resource| Some((resource, resource.connections.as_ref()?)));
    for (resource, connections) in pooled {
        prop_assert!(connections.open.max <= resource.calls.connections_max);
        prop_assert!(connections.refused >= resource.calls.refused_connections);
        prop_assert!(connections.opened >= connections.open.max);
    }
    Ok(())
}

fn function_relations(outcome: &Outcome) -> Result<(), TestCaseError> {
    let (mut busy, mut invocations) = (0, 0);
    for function in &outcome.functions {
        let runs = &function.runs;
        prop_assert_eq!(runs.attempts, runs.invocations + runs.throttles);
        prop_assert!(runs.retries <= runs.attempts && runs.timeouts <= runs.invocations);
        prop_assert!(runs.cold_starts <= runs.invocations);
        prop_assert_eq!(runs.busy, function.concurrency.integral, "each run counts once, as long as it takes");
        prop_assert!(function.environments_max >= function.concurrency.max);
        busy += runs.busy;
        invocations += if ["ideal", "task"].contains(&function.label.as_str()) { 0 } else { runs.invocations };
    }
    prop_assert_eq!(busy, outcome.concurrency.integral);
    prop_assert_eq!(u128::from(invocations), outcome.usage.count(LineItem::LambdaRequests));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_scenario_breaks_a_law(random in random()) {
        let scenario = load(&random.text, &random.sets);
        let outcome = experiment::simulate(&scenario, 0, 0).map_err(|error| TestCaseError::fail(error.to_string()))?;
        relations(&outcome)?;
        only_possible_causes(&random, &outcome)?;
        // The same run in slices, as an experiment takes it.
        let again = common::run_all(&scenario, 1);
        prop_assert_eq!(&again[0][0], &outcome);
    }
}

/// Kinds of ends that are counted, besides the causes of duplicates.
const KINDS: usize = 27;
/// The causes that flows without state machines can have: the first ones.
const CAUSES: usize = DuplicateCause::OrchestratorRerun.index();

/// What must happen somewhere among the random scenarios, or the properties above say little.
#[test]
fn random_scenarios_reach_every_end() {
    let mut runner = TestRunner::deterministic();
    let mut reached = [0u64; KINDS + CAUSES];
    for _ in 0..1_500 {
        let random = random().new_tree(&mut runner).expect("scenarios are made").current();
        let outcome = experiment::simulate(&load(&random.text, &random.sets), 0, 0).expect("no law is broken");
        let items = &outcome.items;
        let runs = |count: fn(&RunTotals) -> u64| outcome.functions.iter().map(|function| count(&function.runs)).sum();
        let calls =
            |count: fn(&CallTotals) -> u64| outcome.resources.iter().map(|resource| count(&resource.calls)).sum();
        let counters = |count: fn(&CounterTotals) -> u64| {
            let counters = outcome.functions.iter().filter_map(|function| function.state.as_ref()?.counter.as_ref());
            counters.map(count).sum()
        };
        let pools = || outcome.resources.iter().filter_map(|resource| resource.connections.as_ref());
        let counts: [u64; KINDS] = [
            items.processed,
            items.dead_lettered,
            items.expired,
            items.rejected,
            items.lost,
            items.backlog_end,
            items.duplicates,
            items.suppressed_by.count(SuppressedBy::IdempotencyRecord),
            items.arrived - items.measured,
            runs(|runs| runs.throttles),
            runs(|runs| runs.timeouts),
            runs(|runs| runs.retries),
            runs(|runs| runs.cold_starts),
            u64::try_from(outcome.usage.count(LineItem::ProvisionedX86MbMs)).unwrap_or(u64::MAX),
            u64::try_from(outcome.usage.count(LineItem::FargateX86MbS)).unwrap_or(u64::MAX),
            items.suppressed_by.count(SuppressedBy::IdempotentDownstream),
            calls(|calls| calls.waited),
            calls(|calls| calls.refused_rate),
            calls(|calls| calls.refused_connections),
            calls(|calls| calls.failed),
            calls(|calls| calls.left),
            counters(|counter| counter.lost),
            counters(|counter| counter.unflushed),
            counters(|counter| counter.again),
            counters(|counter| counter.looks_off),
            outcome.functions.iter().filter_map(|function| Some(function.state.as_ref()?.cache?.stale)).sum(),
            pools().map(|pool| pool.refused).sum(),
        ];
        let causes = DuplicateCause::ALL[..CAUSES].iter().map(|&cause| items.duplicates_by_cause.count(cause));
        reached
            .iter_mut()
            .zip(counts.into_iter().chain(causes))
            .for_each(|(reached, count)| *reached += u64::from(count > 0));
    }
    assert!(reached.iter().all(|&scenarios| scenarios >= 5), "of 1,500 scenarios: {reached:?}");
}

/// Arrivals and service times in milliseconds, the first arrival at 0.
fn trace() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0u64..120_000, 1u64..2_000), 1..25).prop_map(|mut items| {
        items[0].0 = 0;
        items.sort_by_key(|item| item.0);
        items
    })
}

fn in_seconds(items: &[(u64, u64)]) -> Vec<(f64, f64)> {
    items.iter().map(|&(at, service)| (at as f64 / 1e3, service as f64 / 1e3)).collect()
}

/// Most intervals [from, until) that share an instant.
fn most_at_once(intervals: &[(u64, u64)]) -> u64 {
    let at = |instant: u64| intervals.iter().filter(|&&(from, until)| from <= instant && instant < until).count();
    intervals.iter().map(|&(from, _)| at(from)).max().unwrap_or(0) as u64
}

/// When a batch of `workers` on pages of `page` has done each item, with a tick each minute: the plain way, item by item.
fn batch_by_hand(items: &[(u64, u64)], workers: usize, page: usize) -> Vec<u64> {
    let mut done = vec![0; items.len()];
    let mut from = 0;
    for tick in (0..).map(|minute| minute * 60_000) {
        let until = items.iter().position(|item| item.0 > tick).unwrap_or(items.len());
        let mut page_start = tick;
        for first in (from..until).step_by(page) {
            let mut free = vec![page_start; workers];
            for item in first..until.min(first + page) {
                let worker = (0..workers).min_by_key(|&worker| free[worker]).unwrap_or(0);
                free[worker] += items[item].1;
                done[item] = free[worker];
            }
            page_start = free.into_iter().max().unwrap_or(page_start);
        }
        from = until;
        if from == items.len() {
            return done;
        }
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// One invocation for each event, with nothing in its way: every figure is a sum or a sweep over the items.
    #[test]
    fn one_invocation_for_each_event_agrees_with_a_count_by_hand(items in trace()) {
        let outcome = common::world("events -> post").items(&in_seconds(&items)).run();
        let nanos = 1_000_000;
        let total: u64 = items.iter().map(|item| item.1).sum();
        let intervals: Vec<_> = items.iter().map(|&(at, service)| (at, at + service)).collect();
        prop_assert_eq!(outcome.items.processed, items.len() as u64);
        prop_assert_eq!(outcome.items.latency.sum(), u128::from(total) * nanos);
        prop_assert_eq!(outcome.backlog.integral, u128::from(total) * nanos);
        prop_assert_eq!((outcome.backlog.max, outcome.concurrency.max), (most_at_once(&intervals), most_at_once(&intervals)));
        prop_assert_eq!(outcome.functions[0].runs.cold_starts, most_at_once(&intervals));
        prop_assert_eq!(outcome.functions[0].runs.billed_mb_ms, u128::from(total) * 1_024);
    }

    /// A batch each minute, whose runs never overlap (25 items of 2 s at most).
    #[test]
    fn a_batch_agrees_with_a_count_by_hand(items in trace(), workers in 1usize..4, page in 1usize..9) {
        let outcome = common::world("schedule -> post")
            .items(&in_seconds(&items))
            .strategy("schedule.expression=rate(1 minute)")
            .strategy(&format!("schedule.parallel={workers}"))
            .strategy(&format!("schedule.page-size={page}"))
            .run();
        let done = batch_by_hand(&items, workers, page);
        let latency: u64 = done.iter().zip(&items).map(|(done, item)| done - item.0).sum();
        let longest = done.iter().zip(&items).map(|(done, item)| done - item.0).max();
        // At one instant items arrive before the batch takes its step.
        let owed: Vec<_> = items.iter().zip(&done).map(|(item, &done)| (item.0, done + 1)).collect();
        prop_assert_eq!(outcome.items.latency.sum(), u128::from(latency) * 1_000_000);
        prop_assert_eq!(outcome.items.latency.max().map(|span| span.as_nanos() / 1_000_000), longest);
        prop_assert_eq!(outcome.backlog.max, most_at_once(&owed));
        prop_assert_eq!((outcome.items.duplicates, outcome.functions[0].runs.wasted), (0, 0));
    }
}
