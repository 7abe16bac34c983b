//! What each fault does to each part of a design, one test each, with the arithmetic by hand. A calm world (`common`) has
//! no randomness and no delay but those a test sets; a function serves an item in a second. What the faults are shaped
//! after is inferred from AWS's documents and post-event summaries, but for the rules of retries.

mod common;

use common::{World, at, function, latencies, secs, world};
use simctl::model::Outcome;
use simctl::model::outcome::RunTotals;
use simctl::scenario::Scenario;
use simctl::services::faults::{Fault, FaultKind, Window};
use simctl::words::DuplicateCause::{self, CrashAfterEffect, ErrorAfterEffect, VisibilityTimeout};

/// One fault: its keys but the name.
fn struck(world: World, fault: &str) -> World {
    world.set(&format!("fault=[{{ name = \"f\", {fault} }}]"))
}

fn events() -> World {
    world("events -> post")
}

/// The function may run for 10 s, and messages are hidden for 30 s.
fn queued() -> World {
    world("events -> sqs -> post").post("timeout=10s").strategy("sqs.visibility-timeout=30s")
}

fn api() -> World {
    world("api -> post")
        .strategy("api.kind=rest")
        .strategy("api.overhead=0s")
        .strategy("api.client.retry=none")
        .strategy("api.client.timeout=60s")
}

/// An hourly batch on Fargate.
fn task() -> World {
    world("schedule -> post")
        .strategy("post.platform=fargate")
        .strategy("post.vcpu=1")
        .strategy("post.memory=2GB")
        .strategy("post.start-up=0s")
        .strategy("post.duplicate-probability=0.0")
}

/// Calls a downstream for 2 s after its work.
fn calling() -> World {
    events().set("downstream.db.latency=2s").post("calls=[\"db\"]")
}

fn guarded() -> World {
    events()
        .post("idempotency.mode=conditional-write")
        .post("idempotency.store.write-latency=0s")
        .post("idempotency.store.read-latency=0s")
        .post("idempotency.store.ttl-lag=0s")
}

fn runs(outcome: &Outcome) -> RunTotals {
    function(outcome, "post").runs
}

fn latency(outcome: &Outcome) -> u128 {
    latencies(outcome).0
}

fn causes(outcome: &Outcome) -> Vec<(DuplicateCause, u64)> {
    let counts = &outcome.items.duplicates_by_cause;
    DuplicateCause::ALL.map(|cause| (cause, counts.count(cause))).into_iter().filter(|&(_, count)| count > 0).collect()
}

// An Availability Zone is lost.

/// The run ends after half a second, and is tried again a second later, in a new environment.
///
/// Rule [inferred] Z-az: what ran in a lost zone comes back as its source brings it back: an asynchronous event like one that met a system error (L-async).
#[test]
fn an_event_whose_zone_is_lost_is_tried_again() {
    let zone = "kind = \"zone-lost\", start = \"500ms\", duration = \"1m\"";
    let outcome = struck(events(), &format!("{zone}, share = 1.0")).run();
    assert_eq!(latency(&outcome), secs(2.5));
    let RunTotals { invocations, cold_starts, throttles, wasted, .. } = runs(&outcome);
    assert_eq!((invocations, cold_starts, throttles, wasted), (2, 2, 0, secs(0.5)));
    assert_eq!(outcome.items.duplicates, 0);
    let spared = struck(events(), &format!("{zone}, share = 0.0")).run();
    assert_eq!((latency(&spared), runs(&spared).cold_starts), (secs(1.0), 1));
}

/// Of two items ten seconds apart the second finds the environment of the first gone.
///
/// Rule [inferred] Z-az: idle environments of a lost zone are gone, and capacity comes back by cold starts.
#[test]
fn idle_environments_of_a_lost_zone_are_gone() {
    let two = || events().items(&[(0.0, 1.0), (10.0, 1.0)]);
    assert_eq!(runs(&two().run()).cold_starts, 1);
    let lost = struck(two(), "kind = \"zone-lost\", start = \"5s\", duration = \"1m\", share = 1.0").run();
    assert_eq!((runs(&lost).cold_starts, runs(&lost).invocations), (2, 2));
}

/// A third of three hundred runs at once, by the ordinal of their environments: 100 within four standard deviations of 8.2.
///
/// Rule [inferred] Z-az: with one of three zones a third of the environments is lost.
#[test]
fn a_third_of_the_environments_is_in_the_zone() {
    let outcome = struck(events().burst(300), "kind = \"zone-lost\", start = \"500ms\", duration = \"1m\"").run();
    let again = runs(&outcome).invocations - 300;
    assert!((67..=133).contains(&again), "{again}");
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (300, 0));
}

/// The first of three messages has its effect at 1 s, the zone is lost at 1.5 s; all three are visible again at 30 s.
///
/// Rule [inferred] Z-az: messages whose run is lost come back when their visibility timeout has run (S-vis), those with their effect too.
#[test]
fn messages_whose_zone_is_lost_come_back() {
    let outcome =
        struck(queued().burst(3), "kind = \"zone-lost\", start = \"1500ms\", duration = \"1m\", share = 1.0").run();
    assert_eq!(latencies(&outcome), (secs(1.0 + 32.0 + 33.0), secs(1.0), secs(33.0)));
    assert_eq!(causes(&outcome), [(CrashAfterEffect, 1)]);
    assert_eq!(runs(&outcome).wasted, secs(0.5 + 1.0), "half a second lost, a second of doing again");
}

/// The same where the function calls something: the message at work has no effect of its own.
#[test]
fn work_in_steps_is_lost_with_its_zone() {
    let zone = "kind = \"zone-lost\", start = \"1500ms\", duration = \"1m\", share = 1.0";
    let call = |world: World| world.set("downstream.db.latency=0s").post("calls=[\"db\"]");
    let batch = struck(call(queued().burst(3)), zone).run();
    assert_eq!((causes(&batch), batch.items.processed), (vec![(CrashAfterEffect, 1)], 3));
    // One event of 2 s: lost at 1.5 s, again at 2.5 s.
    let event = struck(call(events().items(&[(0.0, 2.0)])), zone).run();
    assert_eq!((latency(&event), event.items.duplicates), (secs(4.5), 0));
}

/// The effect is what the call does: it is under way when the zone is lost, and takes place although nobody waits for it.
#[test]
fn a_call_outlives_the_zone_of_its_caller() {
    let call = "calls=[{ to = \"db\", effect = \"downstream\" }]";
    let world = events().set("downstream.db.latency=2s").post(call);
    let outcome = struck(world, "kind = \"zone-lost\", start = \"2s\", duration = \"1m\", share = 1.0").run();
    // Called at 1 s, done at 3 s; begun again at 3 s, called at 4 s, done at 6 s.
    assert_eq!((latency(&outcome), causes(&outcome)), (secs(3.0), vec![(CrashAfterEffect, 1)]));
}

/// Three records of 10 s each are read at 0: the first has its effect when the zone is lost at 15 s, and all are tried
/// again.
///
/// Rule [inferred] Z-az: a batch of records whose run is lost is tried again as a whole (K-fail).
#[test]
fn records_whose_zone_is_lost_are_read_again() {
    let world = world("kinesis -> post").items(&[(0.0, 10.0); 3]);
    let outcome = struck(world, "kind = \"zone-lost\", start = \"15s\", duration = \"1m\", share = 1.0").run();
    assert_eq!((outcome.items.processed, causes(&outcome)), (3, vec![(CrashAfterEffect, 1)]));
    assert_eq!(runs(&outcome).invocations, 2);
}

/// Rule [inferred] Z-az: a client whose request ran in a lost zone hears of it at once, with an error of the service (5xx).
#[test]
fn a_client_hears_that_its_zone_is_lost() {
    let zone = "kind = \"zone-lost\", start = \"500ms\", duration = \"1m\", share = 1.0";
    let outcome = struck(api(), zone).run();
    assert_eq!((outcome.apis[0].answered(500), outcome.items.rejected), (1, 1));
    assert_eq!(outcome.apis[0].response.sum(), secs(0.5));
    let spared = struck(api(), "kind = \"zone-lost\", start = \"5s\", duration = \"1m\", share = 1.0").run();
    assert_eq!((spared.apis[0].answered(200), spared.apis[0].response.sum()), (1, secs(1.0)));
    // A client that tries again within a second finds a new environment.
    let retried = struck(api().strategy("api.client.retry=standard"), zone).run();
    assert_eq!((retried.items.processed, runs(&retried).invocations, retried.items.duplicates), (1, 2, 0));
}

/// Three items in a run: one is durable at 1 s and not marked, the second is lost at 1.5 s. The firing is tried again a
/// second later: 2.5 s, and ends at 5.5 s.
///
/// Rule [inferred] Z-az: of a batch whose zone is lost, uncommitted work is lost and committed work that is not marked is done again.
#[test]
fn a_batch_loses_what_is_not_committed_and_redoes_what_is_not_marked() {
    let zone = "kind = \"zone-lost\", start = \"1500ms\", duration = \"1m\", share = 1.0";
    let batch = || world("schedule -> post").batch_of(3, 1.0);
    let per_item = struck(batch(), zone).run();
    assert_eq!((latency(&per_item), causes(&per_item)), (secs(1.0 + 4.5 + 5.5), vec![(CrashAfterEffect, 1)]));
    let at_end = struck(batch().strategy("schedule.commit=at-end"), zone).run();
    assert_eq!((latency(&at_end), at_end.items.duplicates), (secs(3.0 * 5.5), 0));
    assert_eq!(runs(&at_end).wasted, secs(1.5));
    let marked = struck(batch().strategy("schedule.marker=per-item"), zone).run();
    assert_eq!((latency(&marked), marked.items.duplicates), (secs(1.0 + 3.5 + 4.5), 0));
}

/// Nothing starts a task again but the next firing, an hour later.
///
/// Rule [inferred] Z-az: tasks in a lost zone are stopped.
#[test]
fn tasks_of_a_lost_zone_are_stopped() {
    let zone = "kind = \"zone-lost\", start = \"1500ms\", duration = \"1m\", share = 1.0";
    let outcome = struck(task().batch_of(3, 1.0), zone).run();
    assert_eq!((latency(&outcome), causes(&outcome)), (secs(1.0 + 3_602.0 + 3_603.0), vec![(CrashAfterEffect, 1)]));
}

/// Provisioned environments start in place: the next run in one repeats Init.
#[test]
fn provisioned_environments_of_a_lost_zone_owe_an_init() {
    let world = events().items(&[(0.0, 1.0), (10.0, 1.0)]).post("provisioned-concurrency=1").post("cold-start.init=2s");
    assert_eq!(latencies(&world.run()), (secs(2.0), secs(1.0), secs(1.0)));
    let world = events().items(&[(0.0, 1.0), (10.0, 1.0)]).post("provisioned-concurrency=1").post("cold-start.init=2s");
    let lost = struck(world, "kind = \"zone-lost\", start = \"5s\", duration = \"1m\", share = 1.0").run();
    assert_eq!(latencies(&lost), (secs(1.0 + 3.0), secs(1.0), secs(3.0)));
}

// A service is unavailable.

/// Tried at 0, 1, 3, 7 and 15 s; the last is after the outage.
///
/// Rule [doc] L-async: an event that meets a system error (5xx) is tried again like one that was throttled: after 1 s, doubling up to 5 minutes, for 6 hours.
#[test]
fn an_event_waits_for_its_function_to_be_available() {
    let outcome = struck(events(), "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"post\"]").run();
    assert_eq!((latency(&outcome), outcome.items.split.back_off), (secs(16.0), secs(15.0)));
    let RunTotals { attempts, invocations, throttles, .. } = runs(&outcome);
    assert_eq!((attempts, invocations, throttles), (5, 1, 0));
}

/// At 60 s it is too old, of an outage of an hour.
///
/// Rule [doc] L-async: what outlives its largest age in an outage is lost.
#[test]
fn an_event_that_grows_too_old_in_an_outage_expires() {
    let world = events().post("async.max-event-age=60s");
    let outcome = struck(world, "kind = \"unavailable\", start = \"0s\", duration = \"1h\", on = [\"lambda\"]").run();
    assert_eq!((outcome.items.expired, outcome.items.processed, runs(&outcome).invocations), (1, 0, 0));
    assert_eq!(outcome.backlog.integral, secs(60.0));
}

/// A run that has begun is not touched by what refuses invokes.
#[test]
fn an_outage_of_invokes_lets_runs_end() {
    let outcome =
        struck(events(), "kind = \"unavailable\", start = \"500ms\", duration = \"1h\", on = [\"post\"]").run();
    assert_eq!(latency(&outcome), secs(1.0));
}

/// Two outages that overlap, up to 20 s: tried at 0, 1, 3, 7, 15 and 31 s.
#[test]
fn outages_that_overlap_are_one() {
    let one = |name: &str, start: &str, lasts: &str| {
        format!(
            "{{ name = \"{name}\", kind = \"unavailable\", start = \"{start}\", duration = \"{lasts}\", on = [\"post\"] }}"
        )
    };
    let both = format!("fault=[{}, {}]", one("f", "0s", "10s"), one("g", "5s", "15s"));
    assert_eq!(latency(&events().set(&both).run()), secs(32.0));
}

/// Half of the invokes are refused: of 4,000 events half wait for a second or more, four standard errors are 3.2 %.
#[test]
fn part_of_the_invokes_may_be_refused() {
    let world = events().burst(4_000).set("account.concurrency=5000").set("account.scaling-burst=5000");
    let fault = "kind = \"unavailable\", start = \"0s\", duration = \"500ms\", share = 0.5, on = [\"post\"]";
    let outcome = struck(world, fault).run();
    let waited = runs(&outcome).retries as f64 / 4_000.0;
    assert!((waited - 0.5).abs() < 0.032, "{waited}");
    assert_eq!(
        (outcome.items.processed, outcome.items.latency.max()),
        (4_000, Some(simctl::kernel::Span::from_secs(2)))
    );
}

/// The pollers of the queue are refused at 0, 1, 3 and 7 s, and let in at 15 s.
///
/// Rule [inferred] E-sqs: a poller that meets a system error backs off as it does when throttled, and the messages stay hidden meanwhile.
#[test]
fn pollers_wait_for_their_function_to_be_available() {
    let outcome = struck(queued(), "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"post\"]").run();
    assert_eq!((latency(&outcome), runs(&outcome).throttles, runs(&outcome).invocations), (secs(16.0), 0, 1));
}

/// Sent at 0 and 40 s into an outage of 60 s: with 20 s to catch up at 60 and 70 s; else both at 60 s.
///
/// Rule [inferred] Z-pes: what cannot be sent to a service stays with its sender, who sends it in its order after the outage.
#[test]
fn senders_keep_what_they_cannot_send() {
    let two = || queued().items(&[(0.0, 1.0), (40.0, 1.0)]);
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"60s\", on = [\"sqs\"]";
    let caught_up = struck(two(), &format!("{down}, catch-up = \"20s\"")).run();
    assert_eq!(latencies(&caught_up), (secs(61.0 + 31.0), secs(31.0), secs(61.0)));
    assert_eq!(caught_up.items.split.back_off, secs(60.0 + 30.0));
    let at_once = struck(two(), &format!("{down}, catch-up = \"0s\"")).run();
    assert_eq!(latencies(&at_once).0, secs(61.0 + 22.0), "one batch of both");
    let refused = struck(two(), &format!("{down}, sends = \"rejected\"")).run();
    assert_eq!((refused.items.rejected, refused.items.processed), (2, 0));
}

/// Rule [inferred] Z-pes: deliveries of a service that is unavailable stop, and its backlog comes back at once.
#[test]
fn what_a_queue_has_taken_is_delivered_after_the_outage() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"60s\", on = [\"sqs\"], sends = \"taken\"";
    let outcome = struck(queued().burst(10), down).run();
    assert_eq!(latencies(&outcome), (secs(10.0 * 60.0 + 55.0), secs(61.0), secs(70.0)));
    assert_eq!((runs(&outcome).invocations, outcome.items.split.back_off), (1, 0));
}

/// The run ends at 1 s; the queue is unavailable from 0.5 s on. Visible again at 30 s, received again when it can be.
///
/// Rule [inferred] S-vis: what cannot be deleted in an outage is delivered again, if its visibility timeout runs out in it.
#[test]
fn what_cannot_be_deleted_is_delivered_again() {
    let down = "kind = \"unavailable\", start = \"500ms\", on = [\"sqs\"]";
    let long = struck(queued(), &format!("{down}, duration = \"60s\"")).run();
    assert_eq!((causes(&long), runs(&long).invocations), (vec![(VisibilityTimeout, 1)], 2));
    assert_eq!(long.items.latency.sum(), secs(1.0));
    let short = struck(queued(), &format!("{down}, duration = \"20s\"")).run();
    assert_eq!((short.items.duplicates, runs(&short).invocations), (0, 1));
}

/// The messages of a group are held back and sent in their order.
#[test]
fn a_fifo_queue_keeps_its_order_through_an_outage() {
    let world = world("events -> sqs-fifo -> post").every("4s", "0s").lasts("2m", "1h").stream("keys={ count = 2 }");
    let outcome = struck(world, "kind = \"unavailable\", start = \"20s\", duration = \"40s\", on = [\"sqs-fifo\"]")
        .run_in_order();
    assert_eq!((outcome.items.processed, outcome.items.order_inversions), (30, Some(0)));
    let (_, _, longest) = latencies(&outcome);
    assert!(longest >= secs(41.0), "{longest}");
}

/// Written at 0, read when the stream can be, at 10.5 s.
#[test]
fn a_stream_that_is_unavailable_is_read_later() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10500ms\", on = [\"kinesis\"]";
    let taken = struck(world("kinesis -> post"), &format!("{down}, sends = \"taken\"")).run();
    assert_eq!(latency(&taken), secs(11.5));
    // Written at 10.5 s, and read with the next poll at 11 s.
    let held = struck(world("kinesis -> post"), down).run();
    assert_eq!((latency(&held), held.items.split.back_off), (secs(12.0), secs(10.5)));
}

/// The topic takes the message and delivers it after the outage.
#[test]
fn a_topic_delivers_after_its_outage() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"sns\"], sends = \"taken\"";
    assert_eq!(latency(&struck(world("sns -> post"), down).run()), secs(11.0));
}

/// The first try and three retries fail at 0, the next at 1 and 2 s; the queue is there at 3 s.
///
/// Rule [doc] SNSR: a subscriber that fails is tried again as the policy says: here a queue that is unavailable.
#[test]
fn a_topic_tries_a_queue_that_is_unavailable_again() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"2500ms\", on = [\"sqs\"], catch-up = \"0s\"";
    assert_eq!(latency(&struck(world("sns -> sqs -> post"), down).run()), secs(4.0));
}

/// Every delivery fails for 2 s: tried at 0, 1 and 3 s.
///
/// Rule [doc] EBR: a delivery that fails is tried again with exponential waits (of 1 s, doubling, inferred).
#[test]
fn deliveries_of_a_bus_may_fail() {
    let fault = "kind = \"errors\", start = \"0s\", duration = \"2s\", on = [\"eventbridge\"]";
    assert_eq!(latency(&struck(world("eventbridge -> post"), fault).run()), secs(4.0));
}

/// Hourly, but not at 1 h: an item of 10 s is done at 2 h; if firings are made up for, at 1.5 h.
///
/// Rule [inferred] Z-pes: a schedule that is unavailable does not fire, or fires late.
#[test]
fn a_schedule_misses_its_firings() {
    let two = || world("schedule -> post").items(&[(0.0, 1.0), (10.0, 1.0)]).lasts("3h", "1h");
    let down = "kind = \"unavailable\", start = \"30m\", duration = \"1h\", on = [\"schedule\"]";
    let missed = struck(two(), down).run();
    assert_eq!(latencies(&missed).2, secs(7_201.0 - 10.0));
    let late = struck(two(), &format!("{down}, missed-firings = \"late\"")).run();
    assert_eq!(latencies(&late).2, secs(5_401.0 - 10.0));
}

/// The listing fails, and with it the run, which is tried again after a minute.
#[test]
fn a_batch_finds_its_bucket_unavailable() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"30s\", on = [\"s3\"]";
    let outcome = struck(world("schedule -> post"), down).run();
    assert_eq!((latency(&outcome), runs(&outcome).invocations), (secs(61.0), 2));
}

/// S3 takes nothing in for 10 s, or takes it in and notifies of it later.
#[test]
fn a_bucket_notifies_after_its_outage() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"s3\"]";
    let held = struck(world("s3 -> post"), down).run();
    assert_eq!((latency(&held), held.items.split.back_off), (secs(11.0), secs(10.0)));
    let taken = struck(world("s3 -> post"), &format!("{down}, sends = \"taken\"")).run();
    assert_eq!((latency(&taken), taken.items.split.back_off), (secs(11.0), 0));
}

/// Rule [doc] APIG: a client of an API that is unavailable hears 503, of a function that is 500.
#[test]
fn a_client_hears_of_an_outage() {
    let down = |on: &str| format!("kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"{on}\"]");
    for (on, status) in [("api", 503), ("post", 500)] {
        let outcome = struck(api(), &down(on)).run();
        assert_eq!((outcome.apis[0].answered(status), outcome.items.rejected), (1, 1), "{on}");
    }
    let behind = world("api -> sqs -> post").strategy("api.kind=rest").strategy("api.client.retry=none");
    let outcome = struck(behind, &down("sqs")).run();
    assert_eq!((outcome.apis[0].answered(500), outcome.items.rejected), (1, 1));
}

/// No firing before the end of the outage starts a task but the next.
#[test]
fn no_task_starts_in_an_outage() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"fargate\"]";
    let outcome = struck(task(), down).run();
    assert_eq!((latency(&outcome), runs(&outcome).throttles), (secs(3_601.0), 1));
}

/// The call at 1 s fails at once, the event is tried again after a minute: called at 62 s, and answered at 64 s.
///
/// Rule [inferred] Z-pes: a downstream that is unavailable refuses every call at once.
#[test]
fn a_downstream_is_unavailable() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"db\"]";
    let outcome = struck(calling(), down).run();
    assert_eq!((latency(&outcome), outcome.resources[0].calls.failed), (secs(64.0), 1));
}

/// The handler cannot claim its item and fails; or goes on without.
///
/// Rule [doc] PT: where the store is down a guarded handler fails, and its event is tried again.
#[test]
fn the_table_of_an_idempotent_function_is_unavailable() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"dynamodb\"]";
    assert_eq!(latency(&struck(guarded(), down).run()), secs(61.0));
    let open = guarded().post("idempotency.on-store-error=proceed");
    assert_eq!(latency(&struck(open, down).run()), secs(1.0));
}

// Throttles.

/// Two run, the third is throttled and tried again after a second.
///
/// Rule [inferred] Z-pes: a throttle storm leaves a number or a share of a function's concurrency; what exceeds that meets 429.
#[test]
fn a_throttle_leaves_part_of_the_concurrency() {
    let storm = |left: &str| format!("kind = \"throttled\", start = \"0s\", duration = \"10s\", left = {left}");
    for left in ["{ concurrency = 2 }", "{ share = 0.002 }"] {
        let outcome = struck(events().burst(3), &storm(left)).run();
        assert_eq!(latencies(&outcome), (secs(1.0 + 1.0 + 2.0), secs(1.0), secs(2.0)), "{left}");
        assert_eq!(runs(&outcome).throttles, 1, "{left}");
    }
}

/// Rule [inferred] Z-pes: Lambda throttled asynchronous and mapped invokes to protect synchronous ones.
#[test]
fn a_throttle_may_spare_those_who_wait() {
    let storm = "kind = \"throttled\", start = \"0s\", duration = \"10s\", left = { share = 0.0 }, on = [\"post\"]";
    let spared = struck(api(), &format!("{storm}, calls = \"asynchronous\"")).run();
    assert_eq!((latency(&spared), spared.items.rejected), (secs(1.0), 0));
    assert_eq!(struck(api(), storm).run().items.rejected, 1);
    let event = struck(events(), &format!("{storm}, calls = \"asynchronous\"")).run();
    assert_eq!((latency(&event), runs(&event).throttles), (secs(16.0), 4));
}

/// Nothing is left of the calls of an API, of a downstream, of a table.
#[test]
fn calls_are_throttled() {
    let storm = |on: &str| {
        format!("kind = \"throttled\", start = \"0s\", duration = \"10s\", left = {{ share = 0.0 }}, on = [\"{on}\"]")
    };
    assert_eq!(struck(api(), &storm("api")).run().apis[0].answered(429), 1);
    let downstream = struck(calling(), &storm("db")).run();
    assert_eq!((downstream.resources[0].calls.refused_rate, latency(&downstream)), (1, secs(64.0)));
    assert!(latency(&struck(guarded(), &storm("dynamodb")).run()) >= secs(61.0));
}

// Brown-outs, errors, slow starts.

/// Rule [inferred] Z-pes: in a brown-out work and calls take several times as long.
#[test]
fn a_brown_out_makes_work_and_calls_slow() {
    let slow = |on: &str| format!("kind = \"slow\", start = \"0s\", duration = \"10s\", factor = 3, on = [\"{on}\"]");
    assert_eq!(latency(&struck(events(), &slow("post")).run()), secs(3.0));
    assert_eq!(latency(&struck(calling(), &slow("db")).run()), secs(1.0 + 6.0));
    let table = guarded().post("idempotency.store.write-latency=1s");
    assert_eq!(latency(&struck(table, &slow("dynamodb")).run()), secs(3.0 + 1.0));
    let after = events().items(&[(0.0, 1.0), (10.0, 1.0)]);
    assert_eq!(latencies(&struck(after, &slow("post")).run()), (secs(4.0), secs(1.0), secs(3.0)));
}

/// The first try fails at 1 s, before or after its effect; the next is made at 61 s.
#[test]
fn attempts_fail_before_or_after_their_effect() {
    let errors = "kind = \"errors\", start = \"0s\", duration = \"10s\", on = [\"post\"]";
    let world = || events().post("failures.fails-at=1.0");
    assert_eq!(latency(&struck(world(), errors).run()), secs(62.0));
    let after = struck(world(), &format!("{errors}, after-effect = 1.0")).run();
    assert_eq!((latency(&after), causes(&after)), (secs(1.0), vec![(ErrorAfterEffect, 1)]));
}

/// The call does what it is for, and is answered as failed.
#[test]
fn calls_fail_before_or_after_they_are_done() {
    let errors = "kind = \"errors\", start = \"0s\", duration = \"10s\", on = [\"db\"]";
    assert_eq!(latency(&struck(calling(), errors).run()), secs(3.0 + 60.0 + 3.0));
    let effect = || calling().post("calls=[{ to = \"db\", effect = \"downstream\" }]");
    let after = struck(effect(), &format!("{errors}, after-effect = 1.0")).run();
    assert_eq!((latency(&after), after.items.duplicates), (secs(3.0), 1));
}

/// Init takes 2 s, and four times as long in the fault.
#[test]
fn cold_starts_are_slow() {
    let slow = "kind = \"slow-start\", start = \"0s\", duration = \"10s\", factor = 4";
    assert_eq!(latency(&struck(events().post("cold-start.init=2s"), slow).run()), secs(9.0));
    assert_eq!(latency(&struck(task().strategy("post.start-up=10s"), slow).run()), secs(41.0));
}

// A bad deploy, poison.

/// Rolled out at 10 s and back at 20 s: the items of 10 and 15 s fail and are done a minute later. Environments begin with
/// the items of 0, 10 and 25 s.
///
/// Rule [inferred] L-env: new code comes with new environments, at the roll-out and at the roll-back.
#[test]
fn a_bad_deploy_fails_and_replaces_every_environment_twice() {
    let world = events().items(&[(0.0, 1.0), (10.0, 1.0), (15.0, 1.0), (25.0, 1.0)]).post("failures.fails-at=1.0");
    let outcome = struck(world, "kind = \"bad-deploy\", start = \"10s\", duration = \"10s\"").run();
    assert_eq!(latencies(&outcome), (secs(1.0 + 62.0 + 62.0 + 1.0), secs(1.0), secs(62.0)));
    assert_eq!((runs(&outcome).invocations, runs(&outcome).cold_starts), (6, 3));
}

/// A run that began before the roll-out ends with its old code, and its environment with it.
#[test]
fn a_run_keeps_the_code_it_began_with() {
    let world = events().items(&[(0.0, 1.0), (25.0, 1.0)]);
    let outcome = struck(world, "kind = \"bad-deploy\", start = \"500ms\", duration = \"10s\"").run();
    assert_eq!((latency(&outcome), runs(&outcome).cold_starts), (secs(2.0), 2));
}

/// Of items at 0, 10 and 20 s the second is poison: it fails three times and is lost.
#[test]
fn items_that_arrive_in_a_poison_burst_fail_at_every_attempt() {
    let world = events().items(&[(0.0, 1.0), (10.0, 1.0), (20.0, 1.0)]);
    let outcome = struck(world, "kind = \"poison\", start = \"5s\", duration = \"15s\"").run();
    assert_eq!((outcome.items.processed, outcome.items.lost, runs(&outcome).invocations), (2, 1, 5));
}

/// A third of 300 items, as luck has it: the same in every design.
#[test]
fn the_same_items_are_poison_in_every_strategy() {
    let poison = "kind = \"poison\", start = \"0s\", duration = \"1h\", probability = 0.3";
    let lost = struck(events().burst(300), poison).run().items.lost;
    assert!((58..=122).contains(&lost), "{lost}");
    let dead =
        struck(queued().burst(300).strategy("sqs.batch-size=1").strategy("sqs.max-receive-count=2"), poison).run();
    assert_eq!(dead.items.dead_lettered, lost);
}

// When, and whom.

/// A Sunday at 3 in Berlin is 2 in UTC in winter; the run begins on a Monday.
#[test]
fn maintenance_comes_by_the_clock() {
    let weekly =
        "kind = \"unavailable\", schedule = \"cron(0 3 ? * SUN *)\", time-zone = \"Europe/Berlin\", duration = \"2h\"";
    let scenario = struck(events().lasts("14d", "1d"), weekly).scenario();
    let window = |hours: f64| Window { start: at(hours * 3_600.0), end: at((hours + 2.0) * 3_600.0) };
    assert_eq!(scenario.faults[0].windows, [window(6.0 * 24.0 + 2.0), window(13.0 * 24.0 + 2.0)]);
    assert_eq!(scenario.designs[0].faults.len(), 1);
}

/// Rule [doc] Z-pes: on 30 July 2024 Kinesis was disrupted for 6 h 52 min (that nothing got in or out is inferred).
#[test]
fn an_incident_has_the_length_of_the_published_one() {
    let world = world("kinesis -> post").lasts("1h", "12h");
    let outcome = incident(world, "kinesis-2024", "0s").run();
    assert_eq!(latency(&outcome), secs(6.0 * 3_600.0 + 52.0 * 60.0 + 1.0));
}

/// Shaped like a published one, from this instant on.
fn incident(world: World, word: &str, start: &str) -> World {
    struck(world, &format!("kind = \"incident\", incident = \"{word}\", start = \"{start}\""))
}

/// The phases of an incident: name, kind, and in minutes their start and their length.
fn phases(scenario: &Scenario) -> Vec<(&str, &str, f64, f64)> {
    let phase = |fault: &'_ Fault| {
        let Window { start, end } = fault.windows[0];
        (fault.kind.word(), start.as_secs_f64() / 60.0, end.since(start).as_secs_f64() / 60.0)
    };
    let named = scenario.faults.iter().map(|fault| (fault.name.as_str(), phase(fault)));
    named.map(|(name, (kind, start, lasts))| (name, kind, start, lasts)).collect()
}

/// The waits of an event after each refusal, 1, 2, 4 s and so on, together.
fn waits(outcome: &Outcome) -> f64 {
    f64::from((1_u32 << (runs(outcome).attempts - 1)) - 1)
}

/// Those of them that strike the strategy.
fn striking(scenario: &Scenario) -> Vec<&str> {
    scenario.designs[0].faults.iter().map(|fault| fault.fault.name.as_str()).collect()
}

/// From 05:15 on. A record is put when Kinesis is back, 17 h 8 min later, and read at once. Of an event of 06:15, when half
/// of the invokes are refused, each refusal doubles a wait of 1 s.
///
/// Rule [doc*] Z-pes: on 25 November 2020 Kinesis was disrupted for 17 h 8 min, EventBridge from the start on for 11 h, and invokes of Lambda failed from 06:15 to 10:36, an hour after it began (how many is inferred).
#[test]
fn the_incident_of_2020_begins_with_kinesis_and_reaches_lambda_an_hour_later() {
    let streamed = incident(world("kinesis -> post").lasts("1h", "24h"), "kinesis-2020", "0s");
    let scenario = streamed.scenario();
    assert_eq!(
        phases(&scenario),
        [
            ("f: Kinesis", "unavailable", 0.0, 17.0 * 60.0 + 8.0),
            ("f: EventBridge", "errors", 0.0, 660.0),
            ("f: Lambda", "unavailable", 60.0, 4.0 * 60.0 + 21.0),
        ]
    );
    assert_eq!(striking(&scenario), ["f: Kinesis", "f: Lambda"], "this strategy has no bus");
    assert_eq!(latency(&streamed.run()), secs(17.0 * 3_600.0 + 8.0 * 60.0 + 1.0));
    let invoked = incident(events().every("2h", "1h").lasts("2h", "24h"), "kinesis-2020", "0s").run();
    assert_eq!(latency(&invoked), secs(waits(&invoked) + 1.0));
}

/// From 07:30 on. What is put on the bus at 12:40 is delivered at 14:35, and a firing of 13:30 comes then too.
///
/// Rule [doc*] Z-pes: on 7 December 2021 API Gateway and EventBridge had errors for 6 h 52 min, deliveries of EventBridge were switched off from 12:35 to 14:35 and came late, and Lambda went on (how many errors is inferred).
#[test]
fn the_incident_of_2021_switches_deliveries_off_and_leaves_lambda_at_work() {
    let once = |flow: &str, at: &str| incident(world(flow).every("8h", at).lasts("8h", "24h"), "network-2021", "0s");
    let bus = once("eventbridge -> post", "310m");
    let scenario = bus.scenario();
    assert_eq!(
        phases(&scenario),
        [
            ("f: API Gateway", "unavailable", 0.0, 6.0 * 60.0 + 52.0),
            ("f: EventBridge errors", "errors", 0.0, 5.0 * 60.0 + 5.0),
            ("f: EventBridge off", "unavailable", 5.0 * 60.0 + 5.0, 120.0),
        ]
    );
    assert_eq!(striking(&scenario), ["f: EventBridge errors", "f: EventBridge off"], "its function is at work");
    assert_eq!(latency(&bus.run()), secs((425.0 - 310.0) * 60.0 + 1.0));
    assert_eq!(latency(&once("schedule -> post", "330m").run()), secs((425.0 - 330.0) * 60.0 + 1.0));
}

/// Init takes 2 s, and five times as long. Of the invokes three in five are refused; each refusal doubles a wait of 1 s.
///
/// Rule [doc] Z-pes: on 13 June 2023 Lambda could not use new environments for 1 h 56 min: invokes met errors and delays, and EventBridge was affected (how much is inferred).
#[test]
fn the_incident_of_2023_refuses_invokes_and_slows_starts() {
    let struck = incident(events().post("cold-start.init=2s"), "lambda-2023", "0s");
    let scenario = struck.scenario();
    assert_eq!(
        phases(&scenario),
        [
            ("f: Lambda", "unavailable", 0.0, 116.0),
            ("f: Lambda starts", "slow-start", 0.0, 116.0),
            ("f: EventBridge", "errors", 0.0, 116.0),
        ]
    );
    assert_eq!(striking(&scenario), ["f: Lambda", "f: Lambda starts"]);
    let outcome = struck.run();
    assert_eq!(latency(&outcome), secs(waits(&outcome) + 10.0 + 1.0));
    // Two hours later all is well.
    let after = incident(events().post("cold-start.init=2s").every("3h", "2h").lasts("3h", "1h"), "lambda-2023", "0s");
    assert_eq!(latency(&after.run()), secs(2.0 + 1.0));
}

/// Rule [doc] Z-pes: on 20 October 2025 DynamoDB was down for 2 h 52 min, polls of SQS for 4 h 49 min, and asynchronous and mapped invokes were throttled from 7:04 to 11:27.
#[test]
fn an_incident_has_its_phases() {
    let scenario = incident(queued(), "dynamodb-2025", "1h").scenario();
    assert_eq!(
        phases(&scenario),
        [
            ("f: DynamoDB", "unavailable", 60.0, 172.0),
            ("f: SQS polls", "unavailable", 63.0, 289.0),
            ("f: launches", "unavailable", 217.0, 685.0),
            ("f: Lambda throttled", "throttled", 496.0, 263.0),
        ]
    );
    let expected = ["f: SQS polls", "f: Lambda throttled"];
    assert_eq!(striking(&scenario), expected, "this strategy has no table and no task");
    assert!(matches!(scenario.faults[0].kind, FaultKind::Unavailable { .. }));
}

/// A fault may be for some strategies only, and is set by its name.
#[test]
fn a_fault_is_set_by_its_name() {
    let down = "kind = \"unavailable\", start = \"0s\", duration = \"10s\", on = [\"post\"]";
    let longer = struck(events(), down).set("fault.f.duration=20s");
    assert_eq!(latency(&longer.run()), secs(32.0));
    let named = struck(events(), &format!("{down}, strategies = [\"calm\"]"));
    assert_eq!(latency(&named.run()), secs(16.0));
}
