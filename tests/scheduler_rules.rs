//! The documented rules of schedules, one test each, with the times by hand: of EventBridge Scheduler, and of the `cron()`
//! and `rate()` that it shares with the scheduled rules of a bus. A calm world (`common`) has no randomness and no delay but
//! those a test sets; a function serves an item in a second.

mod common;

use common::{World, at, function, latencies, secs, world};
use jiff::Timestamp;
use simctl::handlers::BatchSettings;
use simctl::kernel::{Span, Time};
use simctl::model::design::NodeKind;
use simctl::pricing::{FreeTier, PriceBook};
use simctl::services::schedule::{Expression, Grammar};
use simctl::words::{DuplicateCause, LineItem, Usage};

/// A scheduler with this expression, by the clocks of this zone, from this start for so many days.
fn scheduler(expression: &str, zone: &str, start: &str, days: u32) -> World {
    world("scheduler -> post")
        .strategy(&format!("scheduler.expression={expression}"))
        .strategy(&format!("scheduler.time-zone={zone}"))
        .set(&format!("run.start={start}"))
        .lasts(&format!("{days}d"), "0s")
}

fn batch(world: &World) -> BatchSettings {
    let scenario = world.scenario();
    let NodeKind::Schedule(batch) = &scenario.designs[0].nodes[0].kind else { panic!("no schedule") };
    (**batch).clone()
}

/// Hours from the start to each time it fires.
fn hours(world: &World) -> Vec<f64> {
    batch(world).ticks.iter().map(|tick| tick.as_secs_f64() / 3_600.0).collect()
}

/// The times of a rule in UTC from an instant on.
fn times(expression: &str, from: &str, count: usize) -> Vec<String> {
    let rule = Expression::parse(expression).unwrap();
    let first = rule.first_at_or_after(from.parse().unwrap());
    let times = std::iter::successors(first, |&last| rule.next_after(last));
    times.take(count).map(|time: Timestamp| time.strftime("%a %F %H:%M").to_string()).collect()
}

// Clocks.

/// Rule [doc] SCH: a schedule's cron is read by the clocks of its time zone.
///
/// 02:30 in Berlin is 01:30 UTC in winter.
#[test]
fn a_cron_is_read_by_the_clocks_of_its_zone() {
    let winter = scheduler("cron(30 2 * * ? *)", "Europe/Berlin", "2026-11-23T00:00:00Z", 2);
    assert_eq!(hours(&winter), [1.5, 25.5]);
    let half_hours = scheduler("cron(0 9 * * ? *)", "Asia/Kolkata", "2026-11-23T00:00:00Z", 1);
    assert_eq!(hours(&half_hours), [3.5], "India is 5 h 30 min ahead");
}

/// Rule [doc] SCH: without a time zone it is UTC.
#[test]
fn without_a_zone_it_is_utc() {
    let utc = world("scheduler -> post").strategy("scheduler.expression=cron(30 2 * * ? *)").lasts("1d", "0s");
    assert_eq!(hours(&utc), [2.5]);
}

/// Rule [doc] SCH: a cron time that the clocks skip in spring is skipped: no run that day.
///
/// On 28 March 2027 Berlin goes from 02:00 to 03:00 at 01:00 UTC: 02:30 is 01:30 UTC the day before, and 00:30 UTC the day after.
#[test]
fn a_time_that_clocks_skip_in_spring_is_skipped() {
    let spring = scheduler("cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T00:00:00Z", 3);
    assert_eq!(hours(&spring), [1.5, 48.5]);
    // New York: from 02:00 to 03:00 on 14 March 2027; 02:30 is 07:30 UTC the day before, 06:30 UTC the day after.
    let new_york = scheduler("cron(30 2 * * ? *)", "America/New_York", "2027-03-13T00:00:00Z", 3);
    assert_eq!(hours(&new_york), [7.5, 54.5]);
}

/// Rule [doc] SCH: a time that the clocks show twice in autumn fires once, the first time.
///
/// On 25 October 2026 Berlin shows 02:30 at 00:30 and again at 01:30 UTC; New York shows 01:30 at 05:30 and 06:30 UTC on 1 November.
#[test]
fn a_time_that_clocks_show_twice_fires_once_the_first_time() {
    let autumn = scheduler("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:00:00Z", 2);
    assert_eq!(hours(&autumn), [0.5, 25.5]);
    let new_york = scheduler("cron(30 1 * * ? *)", "America/New_York", "2026-11-01T00:00:00Z", 1);
    assert_eq!(hours(&new_york), [5.5]);
    // A run that starts in the second hour is too late for it.
    let late = scheduler("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:10:00Z", 2);
    assert_eq!(hours(&late), [24.0 + 1.0 / 3.0]);
}

/// Every half hour on the day of 25 hours fires 48 times: those of the hour that comes twice once.
#[test]
fn an_hour_that_comes_twice_is_one_hour_to_a_cron() {
    let autumn = scheduler("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-10-24T22:00:00Z", 1);
    let found = hours(&autumn);
    assert_eq!(found.len(), 46, "24 hours of the 25, less the repeated one");
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(!found.iter().any(|&hour| (3.0..4.0).contains(&hour)), "{found:?}");
}

/// Rule [doc] SCH: a day of a rate is 24 hours, whatever the clocks do.
#[test]
fn a_day_of_a_rate_is_24_hours() {
    let spring = scheduler("rate(1 day)", "Europe/Berlin", "2027-03-27T00:00:00Z", 3);
    assert_eq!(hours(&spring), [0.0, 24.0, 48.0]);
}

/// Rule [doc] SCH: at() fires once, at that time of its zone's clocks.
#[test]
fn at_fires_once() {
    let once = scheduler("at(2026-11-24T09:00:00)", "Europe/Berlin", "2026-11-23T00:00:00Z", 3);
    assert_eq!(hours(&once), [32.0]);
    let past = scheduler("at(2026-11-22T09:00:00)", "UTC", "2026-11-23T00:00:00Z", 3);
    assert!(past.refusal().contains("never fires"));
}

/// Rule [measured] LS: at() has a time of day and no zone.
#[test]
fn at_has_a_time_of_day_and_no_zone() {
    for text in
        ["at(2021-12-31T23:59:59Z)", "at(2021-12-31)", "at(2021-12-31 23:59:59)", "at(2021-12-31T23:59)", "at()"]
    {
        assert!(Expression::parse_by(Grammar::Scheduler, text).is_err(), "{text}");
    }
    assert!(Expression::parse_by(Grammar::Scheduler, "at(2021-12-31T23:59:59)").is_ok());
    assert!(Expression::parse("at(2021-12-31T23:59:59)").is_err(), "scheduled rules know no at()");
}

/// Rule [doc] SCH: the Scheduler's rates take a unit in the singular or the plural, which scheduled rules do not.
#[test]
fn rates_of_the_scheduler_take_both_forms() {
    for text in ["rate(1 days)", "rate(1 day)", "rate(5 minute)", "rate(5 minutes)", "rate(2 hour)"] {
        assert!(Expression::parse_by(Grammar::Scheduler, text).is_ok(), "{text}");
    }
    for text in ["rate(0 minutes)", "rate(10 MINUTES)", "rate(10 seconds)", "rate( 10 minutes )", "rate(5 minutess)"] {
        assert!(Expression::parse_by(Grammar::Scheduler, text).is_err(), "{text}");
    }
    assert!(Expression::parse("rate(1 days)").is_err() && Expression::parse("rate(5 minute)").is_err());
}

#[test]
fn a_zone_that_does_not_exist_is_refused() {
    let text = scheduler("rate(1 hour)", "Europe/Berlim", "2026-11-23T00:00:00Z", 1).refusal();
    assert!(text.contains("no time zone") && text.contains("Europe/Berlin"), "{text}");
}

// Firing.

/// Rule [doc] SCH: the precision is a minute: a schedule of 01:00 fires between 01:00:00 and 01:00:59.
#[test]
fn it_fires_within_the_minute() {
    let text = world("scheduler -> post").text().replace("delay = \"0s\"\n", "");
    let scenario = common::load(&text, &[]);
    let NodeKind::Schedule(batch) = &scenario.designs[0].nodes[0].kind else { panic!("no schedule") };
    assert_eq!(batch.delay.largest(), Some(59.0));
}

/// Rule [doc] SCH: with a flexible window of 1 to 1,440 minutes it fires at any instant of the window.
///
/// That each is as likely is inferred: 720 firings of a window of ten minutes have a mean of 5 min, within four standard deviations
/// of 173 s / √720.
#[test]
fn a_flexible_window_spreads_the_firings() {
    let flexible = scheduler("rate(1 hour)", "UTC", "2026-11-23T00:00:00Z", 30)
        .strategy("scheduler.flexible-window=10m")
        .every("1h", "1ns")
        .set("run.drain=1h");
    assert_eq!(batch(&flexible).delay.largest(), Some(600.0));
    let outcome = flexible.run();
    // An item just after each full hour waits for the firing of that hour, wherever it is in its window.
    let mean = latencies(&outcome).0 as f64 / outcome.items.processed as f64 / 1e9 - 1.0;
    assert!((mean - 300.0).abs() < 4.0 * 173.0 / 720.0_f64.sqrt(), "{mean}");
    for window in ["59s", "90s", "1441m"] {
        let text = scheduler("rate(1 hour)", "UTC", "2026-11-23T00:00:00Z", 1)
            .strategy(&format!("scheduler.flexible-window={window}"))
            .refusal();
        assert!(text.contains("flexible-window"), "{text}");
    }
}

/// Rule [doc] SCH: delivery is at least once: a firing that comes twice makes two runs, which list the same items.
#[test]
fn a_firing_may_come_twice() {
    let outcome = world("scheduler -> post")
        .strategy("scheduler.duplicate-probability=1.0")
        .strategy("scheduler.expression=at(2026-11-23T00:10:00)")
        .run();
    assert_eq!(function(&outcome, "post").runs.invocations, 2);
    assert_eq!((outcome.items.processed, outcome.items.duplicates), (1, 1));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::OverlappingRuns), 1);
}

/// Rule [doc*] SCH: a Lambda target is invoked asynchronously: a failed run is retried after a minute, by Lambda.
///
/// Fired at 0 s; the item fails in the run of the first second, and the retry at 61 s fails too, and that at 182 s.
#[test]
fn a_lambda_target_is_invoked_asynchronously() {
    let outcome = world("scheduler -> post")
        .strategy("scheduler.on-item-error=fail")
        .strategy("scheduler.expression=at(2026-11-23T00:00:00)")
        .post("failures.error=1.0")
        .post("failures.fails-at=1.0")
        .lasts("1h", "1h")
        .run();
    assert_eq!((function(&outcome, "post").runs.invocations, outcome.items.processed), (3, 0));
}

/// Rule [doc*] SCH: a schedule may start a task, which has no wall of 15 minutes.
///
/// A task that starts in 0 s and works for 20 minutes on one item.
#[test]
fn a_schedule_may_start_a_task() {
    let text = world("scheduler -> post").text();
    let (head, tail) = text.split_once("[functions.post]").unwrap();
    let rest = tail.split_once("[functions.a]").unwrap().1;
    let task = "[functions.post]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\"\nservice-time = \"20m\"\n\
                start-up = \"0s\"\nduplicate-probability = 0.0\n[functions.a]";
    let scenario =
        common::load(&format!("{head}{task}{rest}"), &["strategy.calm.scheduler.expression=rate(1 day)".to_owned()]);
    let outcome = simctl::experiment::simulate(&scenario, 0, 0).unwrap();
    assert_eq!((outcome.items.processed, latencies(&outcome).0), (1, secs(1_200.0)));
    assert_eq!(outcome.usage.count(LineItem::SchedulerInvocations), 1);
}

/// Rule [doc] P-vt: an invocation of the Scheduler is billed, one a firing; a scheduled rule is free.
///
/// In an hour and its drain of 24 h, 25 firings, until the run is drained after the first.
#[test]
fn invocations_are_billed_and_scheduled_rules_are_free() {
    let hourly = || "expression=rate(10 minutes)";
    let fired = world("scheduler -> post").strategy(&format!("scheduler.{}", hourly())).run();
    assert_eq!(fired.usage.count(LineItem::SchedulerInvocations), 6, "at 0, 10, 20, 30, 40 and 50 minutes");
    let rule = world("schedule -> post").strategy(&format!("schedule.{}", hourly())).run();
    assert_eq!(rule.usage.count(LineItem::SchedulerInvocations), 0);
    let twice = world("scheduler -> post")
        .strategy(&format!("scheduler.{}", hourly()))
        .strategy("scheduler.duplicate-probability=1.0")
        .run();
    assert_eq!(twice.usage.count(LineItem::SchedulerInvocations), 12);
}

/// Rule [doc] P-vt: a schedule every minute for 30 days costs 0.0432 dollars beyond the free tier.
#[test]
fn a_month_of_minutes_costs_four_cents() {
    let mut usage = Usage::default();
    usage.add(LineItem::SchedulerInvocations, 43_200);
    let bill = PriceBook::embedded().cost(usage.counts(), Span::from_secs(2_592_000), FreeTier::Ignored);
    assert!((bill.total().usd() - 0.0432).abs() < 1e-9, "{}", bill.total().usd());
}

/// What it works off, and how, is set as for a scheduled rule: both do the same with the same firings.
#[test]
fn the_batch_is_that_of_a_schedule() {
    let settings = ["parallel=4", "page-size=10", "marker=per-item", "overlap=skip", "expression=rate(15 minutes)"];
    let run = |service: &str| {
        let base = world(&format!("{service} -> post")).poisson("0.1/s");
        settings.iter().fold(base, |world, set| world.strategy(&format!("{service}.{set}"))).run()
    };
    let (rule, own) = (run("schedule"), run("scheduler"));
    assert_eq!((rule.items, rule.end), (own.items, own.end));
}

// cron() and rate(), which scheduled rules and the Scheduler share.

/// Rule [doc] E-sched: exactly one of day-of-month and day-of-week is `?`.
#[test]
fn exactly_one_of_the_day_fields_is_a_question_mark() {
    assert!(Expression::parse("cron(0 1 * * ? *)").is_ok() && Expression::parse("cron(0 1 ? * * *)").is_ok());
    assert!(Expression::parse("cron(0 1 * * * *)").is_err() && Expression::parse("cron(0 1 ? * ? *)").is_err());
}

/// Rule [doc] E-sched: `a/b` runs from a by b to the end of the field, and `x-y/b` steps inside the range.
#[test]
fn steps_run_to_the_end_of_the_field_or_of_the_range() {
    let found = times("cron(1/20 12 * * ? *)", "2026-11-23T00:00:00Z", 3);
    assert_eq!(found, ["Mon 2026-11-23 12:01", "Mon 2026-11-23 12:21", "Mon 2026-11-23 12:41"]);
    let inside = times("cron(0-30/15 12 * * ? *)", "2026-11-23T00:00:00Z", 4);
    assert_eq!(inside[2..], ["Mon 2026-11-23 12:30", "Tue 2026-11-24 12:00"]);
}

/// Rule [doc] E-sched: `L` is the last day of the month, `6L` its last Friday.
#[test]
fn l_is_the_last() {
    let days = times("cron(0 0 L * ? *)", "2027-02-01T00:00:00Z", 2);
    assert_eq!(days, ["Sun 2027-02-28 00:00", "Wed 2027-03-31 00:00"]);
    assert_eq!(times("cron(0 0 ? * 6L *)", "2026-11-01T00:00:00Z", 1), ["Fri 2026-11-27 00:00"]);
}

/// Rule [doc] E-sched: `15W` is the weekday nearest to the 15th, inside its month.
///
/// 15 November 2026 is a Sunday, 15 August a Saturday; 1 August is a Saturday and its Friday is in July.
#[test]
fn w_is_the_nearest_weekday() {
    assert_eq!(times("cron(0 0 15W * ? *)", "2026-11-01T00:00:00Z", 1), ["Mon 2026-11-16 00:00"]);
    assert_eq!(times("cron(0 0 15W * ? *)", "2026-08-01T00:00:00Z", 1), ["Fri 2026-08-14 00:00"]);
    assert_eq!(times("cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", 1), ["Mon 2026-08-03 00:00"]);
}

/// Rule [doc] E-sched: `3#2` is the second Tuesday of the month; a fifth that does not exist is no run.
#[test]
fn a_hash_is_the_nth_weekday() {
    assert_eq!(times("cron(0 0 ? * 3#2 *)", "2026-11-01T00:00:00Z", 1), ["Tue 2026-11-10 00:00"]);
    assert_eq!(times("cron(0 0 ? * 2#5 *)", "2026-11-01T00:00:00Z", 1), ["Mon 2026-11-30 00:00"]);
    assert_eq!(times("cron(0 0 ? * 1#5 *)", "2026-12-01T00:00:00Z", 1), ["Sun 2027-01-31 00:00"], "December has four");
    assert!(Expression::parse("cron(0 0 ? * 3#1,6#3 *)").is_err(), "one expression with `#`");
}

/// Rule [doc] E-sched: a range may wrap: hours 20-2 of MON-FRI fire at 00 to 02 of Monday too, and not of Saturday.
#[test]
fn a_range_of_hours_may_wrap() {
    let found = times("cron(0 20-2 ? * MON-FRI *)", "2026-11-23T00:00:00Z", 35);
    assert_eq!(
        found[..4],
        ["Mon 2026-11-23 00:00", "Mon 2026-11-23 01:00", "Mon 2026-11-23 02:00", "Mon 2026-11-23 20:00"]
    );
    assert_eq!(found[34], "Fri 2026-11-27 23:00", "seven hours of five days");
    let after = times("cron(0 20-2 ? * MON-FRI *)", "2026-11-28T00:00:00Z", 1);
    assert_eq!(after, ["Mon 2026-11-30 00:00"]);
}

/// Rule [inferred] E-sched: a day that does not exist is no run: 31 in April, 29 February but in leap years.
#[test]
fn days_that_do_not_exist_are_skipped() {
    assert_eq!(times("cron(0 0 31 * ? *)", "2027-04-01T00:00:00Z", 1), ["Mon 2027-05-31 00:00"]);
    assert_eq!(times("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00Z", 1), ["Tue 2028-02-29 00:00"]);
}

/// Rule [doc] E-sched: a rate starts when its rule is created, the start of the run, and is not aligned to the clock.
#[test]
fn a_rate_starts_with_its_rule() {
    let outcome = scheduler("rate(1 hour)", "UTC", "2026-11-23T00:17:00Z", 1);
    let ticks = batch(&outcome).ticks;
    assert_eq!((ticks[0], ticks[1], ticks.len()), (Time::ZERO, at(3_600.0), 24));
}

/// Rule [doc] EBQ: an expression has at most 256 characters.
#[test]
fn an_expression_has_at_most_256_characters() {
    let minutes = (0..59).map(|minute| minute.to_string()).collect::<Vec<_>>().join(",");
    let long =
        format!("cron({minutes} {} * * ? *)", (0..24).map(|hour| hour.to_string()).collect::<Vec<_>>().join(","));
    assert!(long.len() < 256 && Expression::parse(&long).is_ok(), "{}", long.len());
    let longer = format!("cron({minutes},{minutes} * * * ? *)");
    assert!(longer.len() > 256 && Expression::parse(&longer).is_err());
}
