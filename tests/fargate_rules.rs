//! Fargate's rules by hand: when a task starts, how long it may take, what it costs, and what happens where none starts.
//! What a batch does inside a task is what it does inside a Lambda function: `batch_rules`.

mod common;

use std::path::Path;

use common::{World, at, latencies, secs, world};
use simctl::experiment;
use simctl::kernel::Span;
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::scenario::load_text;
use simctl::words::{DuplicateCause, LineItem};

/// An hourly batch in a task of this size, which starts at once.
fn sized(vcpu: &str, memory: &str) -> World {
    world("schedule -> post")
        .strategy("post.platform=fargate")
        .strategy(&format!("post.vcpu={vcpu}"))
        .strategy(&format!("post.memory={memory}"))
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=0.0")
}

fn task() -> World {
    sized("1", "2GB")
}

fn runs(outcome: &Outcome) -> RunTotals {
    outcome.functions[0].runs
}

/// (processed, duplicates, lost, left in the backlog).
fn counts(outcome: &Outcome) -> (u64, u64, u64, u64) {
    let items = &outcome.items;
    (items.processed, items.duplicates, items.lost, items.backlog_end)
}

/// Seconds billed to tasks of 1 vCPU and 2 GB on x86.
fn billed_seconds(outcome: &Outcome) -> u128 {
    let seconds = outcome.usage.count(LineItem::FargateX86CpuUnitS) / 1_024;
    assert_eq!(outcome.usage.count(LineItem::FargateX86MbS), seconds * 2_048);
    assert_eq!(runs(outcome).billed_mb_ms, seconds * 1_000 * 2_048);
    assert_eq!(outcome.usage.count(LineItem::LambdaRequests), 0);
    seconds
}

/// Picodollars of an hour's tasks on x86.
fn cost(outcome: &Outcome) -> i128 {
    let bill = PriceBook::embedded().cost(outcome.usage.counts(), Span::from_secs(3_600), FreeTier::Ignored);
    [LineItem::FargateX86CpuUnitS, LineItem::FargateX86MbS].map(|item| bill.line(item).picodollars()).iter().sum()
}

/// 10 s within the minute and 40 s of start-up, then three items of 10 s: done at 60, 70 and 80 s. Each felt the whole
/// start-up, and waited for the rest: 10, 20 and 30 s.
///
/// Rule [inferred] F-start: a task takes its start-up time, 35 s in the median, before it begins.
#[test]
fn a_task_takes_its_start_up_time() {
    let outcome = task().batch_of(3, 10.0).strategy("schedule.delay=10s").strategy("post.start-up=40s").run();
    assert_eq!(latencies(&outcome), (secs(210.0), secs(60.0), secs(80.0)));
    let split = outcome.items.split;
    assert_eq!((split.cold_start, split.service, split.wait), (secs(120.0), secs(30.0), secs(60.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).busy), (1, secs(70.0)));
}

/// One item before each of two ticks: 41 s after the first, and 41 s after the second, for which it waits 1,800 s.
///
/// Rule [inferred] F-start: nothing of a task is kept warm for the next one.
#[test]
fn every_task_starts_up_anew() {
    let outcome = task().items(&[(0.0, 1.0), (1_800.0, 1.0)]).strategy("post.start-up=40s").run();
    assert_eq!(latencies(&outcome), (secs(41.0 + 1_841.0), secs(41.0), secs(1_841.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).cold_starts), (2, 2));
    assert_eq!((outcome.functions[0].environments_max, outcome.end), (1, at(3_641.0)));
}

/// What a listing finds is what is there when the handler starts: an item that comes during the start-up too.
///
/// Rule [inferred] F-start: what a task finds is what is there when its start-up is over.
#[test]
fn a_task_lists_what_came_while_it_started() {
    let outcome = task().items(&[(0.0, 1.0), (39.0, 1.0)]).strategy("post.start-up=40s").run();
    assert_eq!(latencies(&outcome), (secs(41.0 + 3.0), secs(3.0), secs(41.0)));
    // The second felt 1 s of the start-up.
    assert_eq!(outcome.items.split.cold_start, secs(40.0 + 1.0));
}

/// 1,200 MB are 1,000 MB more than the start-up includes: 20 s.
///
/// Rule [inferred] F-start: each 500 MB of image above 200 MB add 10 s.
#[test]
fn a_larger_image_takes_longer_to_pull() {
    let outcome = task().strategy("post.start-up=40s").strategy("post.image=1200MB").run();
    assert_eq!(latencies(&outcome).0, secs(61.0));
    // Half of 40 s, and all of what the image adds, is billed: 20 + 20 + 1 s, and so a minute.
    assert_eq!(billed_seconds(&outcome), 60);
    let outcome = task().strategy("post.start-up=80s").strategy("post.image=1200MB").run();
    assert_eq!(billed_seconds(&outcome), 40 + 20 + 1);
}

/// 950 s, and three items of two hours each: Lambda kills both.
///
/// Rule [doc] F-task: a task has no longest duration, no 15-minute timeout.
#[test]
fn a_task_has_no_longest_duration() {
    for (items, service) in [(10, 95.0), (3, 7_200.0)] {
        let outcome = task().batch_of(items, service).strategy("schedule.expression=rate(1 day)").run();
        assert_eq!((counts(&outcome), runs(&outcome).timeouts), ((items as u64, 0, 0, 0), 0));
        assert_eq!(latencies(&outcome).2, secs(items as f64 * service));
        assert_eq!((runs(&outcome).invocations, runs(&outcome).wasted), (1, 0));
    }
}

/// 0.5 vCPU and 1 GB for 600 s: 300 × 0.000011244 + 600 × 0.000001235 = 0.0041142 dollars.
///
/// Rule [doc] F-bill: processor and memory of a task are billed by the second.
#[test]
fn processor_and_memory_are_billed_by_the_second() {
    let outcome = sized("0.5", "1GB").batch_of(1, 600.0).run();
    assert_eq!(cost(&outcome), 4_114_200_000);
    assert_eq!(outcome.usage.count(LineItem::FargateX86CpuUnitS), 600 * 512);
    assert_eq!(outcome.usage.count(LineItem::FargateX86MbS), 600 * 1_024);
    // Any part of a second is a second.
    assert_eq!(billed_seconds(&task().batch_of(1, 100.001).run()), 101);
    assert_eq!(billed_seconds(&task().batch_of(1, 101.0).run()), 101);
}

/// 20 s of work cost a minute: 0.00041142 dollars for 0.5 vCPU and 1 GB.
///
/// Rule [doc] F-bill: a task is billed for a minute at least.
#[test]
fn a_minute_is_billed_at_least() {
    assert_eq!(cost(&sized("0.5", "1GB").batch_of(1, 20.0).run()), 411_420_000);
    for (service, seconds) in [(0.001, 60), (59.0, 60), (60.0, 60), (60.5, 61)] {
        assert_eq!(billed_seconds(&task().batch_of(1, service).run()), seconds, "{service} s");
    }
}

/// Of 100 s of start-up the last quarter is the pull: 25 + 75 s are billed, of 175 s that the task takes.
///
/// Rule [doc] F-bill: a task is billed from the start of the image pull to its end.
#[test]
fn billing_begins_with_the_image_pull() {
    let outcome = task().batch_of(1, 75.0).strategy("post.start-up=100s").strategy("post.pull-share=0.25").run();
    assert_eq!((billed_seconds(&outcome), runs(&outcome).busy), (100, secs(175.0)));
}

/// Rule [doc] F-bill: x86 and arm64 tasks have prices of their own.
#[test]
fn arm_has_its_own_prices() {
    let outcome = task().batch_of(1, 600.0).strategy("post.architecture=arm64").run();
    assert_eq!(outcome.usage.count(LineItem::FargateArmCpuUnitS), 600 * 1_024);
    assert_eq!(outcome.usage.count(LineItem::FargateArmMbS), 600 * 2_048);
    assert_eq!((cost(&outcome), runs(&outcome).billed_mb_ms), (0, 600_000 * 2_048));
}

/// The run ends at 600 s in the midst of a task, or, with an hour of start-up, before its image is pulled.
///
/// Rule [doc] F-bill: a task is billed as long as it runs, from its image pull on.
#[test]
fn a_task_still_alive_at_the_end_is_billed_as_far_as_it_came() {
    let cut_off = || task().batch_of(1, 2_000.0).lasts("10m", "0s");
    let outcome = cut_off().run();
    assert_eq!((billed_seconds(&outcome), runs(&outcome).busy), (600, secs(600.0)));
    assert_eq!(counts(&outcome), (0, 0, 0, 1));
    let outcome = cut_off().strategy("post.start-up=1h").run();
    assert_eq!((billed_seconds(&outcome), runs(&outcome).busy), (0, secs(600.0)));
}

/// Ten items of 70 s: 700 s, but the next tick comes after 600 s.
fn overlapping(task: World) -> World {
    task.batch_of(10, 70.0).lasts("25m", "0s").strategy("schedule.expression=rate(10 minutes)")
}

/// 6 vCPU hold one task of 4: the call at 600 s is refused and not made again; that at 1,200 s finds the first task gone.
///
/// Rule [doc] F-quota: the account's on-demand vCPUs, 6 in a new account, bound the tasks at once.
#[test]
fn a_task_beyond_the_accounts_processors_is_refused_until_the_next_tick() {
    let outcome = overlapping(sized("4", "8GB")).run();
    assert_eq!(counts(&outcome), (10, 0, 0, 0));
    assert_eq!((runs(&outcome).attempts, runs(&outcome).throttles, runs(&outcome).invocations), (3, 1, 2));
    assert_eq!((runs(&outcome).retries, outcome.concurrency.max), (0, 1));
    let outcome = overlapping(sized("4", "8GB")).set("account.fargate-vcpus=8").run();
    assert_eq!((counts(&outcome), runs(&outcome).throttles), ((10, 10, 0, 0), 0));
    assert_eq!((outcome.concurrency.max, outcome.functions[0].environments_max), (2, 2));
}

/// Without capacity nothing ever starts, and nothing is billed but the hope.
///
/// Rule [doc] F-task: RunTask may find no capacity, and then starts nothing.
#[test]
fn a_call_that_finds_no_capacity_starts_nothing() {
    let outcome = task().lasts("3h", "0s").strategy("post.start-failure=1.0").run();
    assert_eq!((counts(&outcome), billed_seconds(&outcome)), ((0, 0, 0, 1), 0));
    assert_eq!((runs(&outcome).attempts, runs(&outcome).throttles, runs(&outcome).invocations), (3, 3, 0));
}

/// Two tasks list the same item, and both process it.
///
/// Rule [doc] F-task: a schedule starts its task at least once, so two tasks may run.
#[test]
fn a_schedule_starts_a_task_at_least_once() {
    let outcome = task().batch_of(1, 10.0).strategy("post.duplicate-probability=1.0").run();
    assert_eq!((counts(&outcome), runs(&outcome).invocations), ((1, 1, 0, 0), 2));
    assert_eq!((runs(&outcome).wasted, billed_seconds(&outcome)), (secs(10.0), 2 * 60));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::OverlappingRuns), 1);
    let claimed = task().batch_of(1, 10.0).strategy("post.duplicate-probability=1.0");
    assert_eq!(counts(&claimed.strategy("schedule.overlap=claim").run()), (1, 0, 0, 0));
}

/// As in Lambda: allowed, both tasks do the same ten items; a claim leaves the second and third nothing; so does a lock,
/// and tasks that end at once are billed for a minute all the same.
///
/// Rule [doc] F-task: nothing keeps the tasks of one schedule apart.
#[test]
fn tasks_that_overlap_share_the_listing_as_runs_in_lambda_do() {
    for (overlap, duplicates, billed) in [("allow", 10, 700 + 700 + 60), ("claim", 0, 820), ("skip", 0, 820)] {
        let outcome = overlapping(task()).strategy(&format!("schedule.overlap={overlap}")).run();
        assert_eq!(counts(&outcome), (10, duplicates, 0, 0), "{overlap}");
        assert_eq!((runs(&outcome).invocations, billed_seconds(&outcome)), (3, billed), "{overlap}");
    }
}

/// The process dies, or gives up, half-way through its first item: in Lambda two retries follow within minutes, a task is
/// started again by the next tick only.
///
/// Rule [inferred] F-task: a task whose process fails stops and is not started again.
#[test]
fn a_task_that_fails_is_not_started_again_before_the_next_tick() {
    for failure in ["crash", "error"] {
        let failing = |duration| {
            task()
                .batch_of(3, 2.0)
                .lasts(duration, "0s")
                .strategy("schedule.on-item-error=fail")
                .post(&format!("failures.{failure}=1.0"))
        };
        let outcome = failing("59m").run();
        assert_eq!((counts(&outcome), runs(&outcome).busy), ((0, 0, 0, 3), secs(1.0)), "{failure}");
        assert_eq!((runs(&outcome).invocations, runs(&outcome).retries, billed_seconds(&outcome)), (1, 0, 60));
        let outcome = failing("61m").run();
        assert_eq!((runs(&outcome).invocations, runs(&outcome).wasted), (2, secs(2.0)), "{failure}");
    }
}

/// Every item fails after its effect, and the task goes on: none is recorded, and after an hour all ten are done again.
///
/// Rule [inferred] F-task: what a task did not record is left to the next one.
#[test]
fn what_a_task_did_not_record_the_next_one_does_again() {
    let outcome = task()
        .batch_of(10, 1.0)
        .lasts("61m", "0s")
        .strategy("schedule.marker=per-page")
        .post("failures.error=1.0")
        .post("failures.after-effect=1.0")
        .run();
    assert_eq!((counts(&outcome), runs(&outcome).invocations), ((10, 10, 0, 0), 2));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::ErrorAfterEffect), 10);
}

/// A second of service at one whole processor (1,769 MB of Lambda), half of it the work of one thread: 0.5 + 0.5 / 0.25 s
/// on a quarter of a processor, and no less than a second on four. Measured on half a processor: 0.5 + 0.5 × 2 s.
///
/// Rule [inferred] F-size: one thread of a task gains up to one vCPU.
#[test]
fn one_threads_work_takes_as_long_as_its_processor_makes_it() {
    let on = |vcpu, memory| sized(vcpu, memory).post("memory=1769MB").post("cpu-share=0.5");
    for (vcpu, memory, seconds) in [("0.25", "512MB", 2.5), ("0.5", "1GB", 1.5), ("1", "2GB", 1.0), ("4", "8GB", 1.0)] {
        assert_eq!(latencies(&on(vcpu, memory).run()).0, secs(seconds), "{vcpu} vCPU");
    }
    let measured_on_half = on("0.25", "512MB").strategy("post.measured-at=0.5");
    assert_eq!(latencies(&measured_on_half.run()).0, secs(1.5));
}

/// A function may bear the platform's name, and so the flow reads as people say it.
#[test]
fn a_schedule_may_feed_a_function_named_fargate() {
    let text = "name = \"named\"\n[run]\nduration = \"1h\"\n[[arrivals]]\nname = \"items\"\nprocess = \"deterministic\"\n\
                interval = \"1m\"\n[functions.fargate]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\"\n\
                service-time = \"1s\"\n[[strategy]]\nname = \"task\"\nflow = \"schedule -> fargate\"\n\
                [strategy.schedule]\nexpression = \"rate(10 minutes)\"\n";
    let scenario = load_text("test.toml", text, Path::new(""), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let outcome = experiment::simulate(&scenario, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (outcome.items.arrived, outcome.items.processed, outcome.functions[0].label.as_str()),
        (60, 60, "fargate")
    );
}
