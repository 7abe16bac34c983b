//! A queue built by oneself, a DynamoDB table that a scheduled function polls: what its reads and writes cost and take,
//! by hand. A calm world (`common`) has no randomness and no delay but those a test sets.

mod common;

use common::{World, at, latencies, secs, world};
use simctl::model::Outcome;
use simctl::words::{DuplicateCause, LineItem};

/// An hourly run over a table, sequential, without claims, whose calls take no time.
fn table() -> World {
    world("schedule -> post")
        .strategy("schedule.source=table")
        .strategy("schedule.query-latency=0s")
        .strategy("schedule.write-latency=0s")
}

/// Write units, and halves of read units.
fn units(outcome: &Outcome) -> (u128, u128) {
    let count = |row| outcome.usage.count(row);
    assert_eq!(count(LineItem::S3List), 0, "nothing is listed in a bucket");
    (count(LineItem::DynamoDbWriteUnits), count(LineItem::DynamoDbHalfReadUnits))
}

/// Four rows of 1,025 bytes: two units for each put and each delete. Their 4,100 bytes are two halves of 4,096 to read.
///
/// Rule [doc] DDB: a write takes a unit for each 1 KB of the row, a delete as much as a put.
#[test]
fn a_put_and_a_delete_are_writes_by_the_size_of_the_row() {
    let outcome = table().burst(4).stream("size=1025B").run();
    assert_eq!((outcome.items.processed, units(&outcome)), (4, (16, 2)));
    let small = table().burst(4).stream("size=1KB").run();
    assert_eq!(units(&small), (8, 1));
}

/// Sixty firings, of which the first finds one row: sixty queries of half a unit each.
///
/// Rule [inferred] DDB: a query reads half a unit for each 4 KB of its rows together, and at least one half: empty polls cost too.
#[test]
fn polling_costs_reads_though_nothing_is_there() {
    let outcome = table().burst(1).lasts("59m30s", "1h").strategy("schedule.expression=rate(1 minute)").run();
    assert_eq!((outcome.functions[0].runs.invocations, units(&outcome)), (60, (2, 60)));
}

/// Ten rows of 300 KB, three to a page: 225 halves each for three pages, 75 for the last. 300 units a write. A second a
/// query and a millisecond a row: the last is done at 4.010 s.
///
/// Rule [doc] DDB: a query returns at most 1 MB, what exceeds that is on the next page.
#[test]
fn a_page_of_a_query_holds_a_megabyte() {
    let outcome =
        table().burst(10).stream("size=300KB").post("service-time=1ms").strategy("schedule.query-latency=1s").run();
    assert_eq!(units(&outcome), (2 * 10 * 300, 3 * 225 + 75));
    assert_eq!(latencies(&outcome).2, secs(4.010));
    assert_eq!(outcome.items.processed, 10);
}

/// A row larger than a page is a page of its own.
#[test]
fn a_page_holds_one_row_at_least() {
    let outcome = table().burst(2).stream("size=2MB").run();
    assert_eq!((outcome.items.processed, units(&outcome)), (2, (4 * 2_048, 2 * 512)));
}

/// Two rows of a second: each waits a second for its claim, so they are done at 2 s and 4 s. Two puts, two claims, two
/// deletes.
///
/// Rule [doc] DDB: a claim is a conditional write, a unit for each 1 KB of the row, and takes a write's time.
#[test]
fn a_claim_is_a_write_before_the_work() {
    let claims = table().burst(2).strategy("schedule.overlap=claim").strategy("schedule.write-latency=1s").run();
    assert_eq!((latencies(&claims), units(&claims)), ((secs(6.0), secs(2.0), secs(4.0)), (6, 1)));
    let without = table().burst(2).strategy("schedule.write-latency=1s").run();
    assert_eq!((latencies(&without), units(&without)), ((secs(3.0), secs(1.0), secs(2.0)), (4, 1)));
}

/// With a marker for each item its worker waits for the delete.
///
/// Rule [inferred] DDB: a row that is deleted by itself keeps its worker for a write's time.
#[test]
fn a_delete_for_each_row_takes_a_writes_time() {
    let outcome = table().burst(2).strategy("schedule.marker=per-item").strategy("schedule.write-latency=1s").run();
    assert_eq!((latencies(&outcome), units(&outcome)), ((secs(6.0), secs(2.0), secs(4.0)), (4, 1)));
}

/// One row of 90 s. The run at 60 s reads it, fails to claim it and ends. A put, a claim, the claim that failed, a delete.
///
/// Rule [doc] DDB: a conditional write whose condition fails takes its units all the same.
#[test]
fn a_claim_that_fails_is_charged() {
    let outcome = table()
        .burst(1)
        .post("service-time=90s")
        .lasts("30s", "1h")
        .strategy("schedule.expression=rate(1 minute)")
        .strategy("schedule.overlap=claim")
        .run();
    assert_eq!((outcome.items.processed, outcome.items.duplicates, outcome.end), (1, 0, at(90.0)));
    assert_eq!((outcome.functions[0].runs.invocations, units(&outcome)), (2, (4, 2)));
}

/// The same without claims: the run at 60 s does the row again, to 150 s, and deletes what is gone since 90 s; the one at
/// 120 s finds nothing. A put, two deletes, three queries.
///
/// Rule [inferred] DDB: a delete of a row that is gone takes a unit.
#[test]
fn without_claims_overlapping_runs_do_a_row_twice() {
    let outcome = table()
        .burst(1)
        .post("service-time=90s")
        .lasts("30s", "1h")
        .strategy("schedule.expression=rate(1 minute)")
        .run();
    assert_eq!((outcome.items.duplicates, outcome.end), (1, at(150.0)));
    assert_eq!(outcome.items.duplicates_by_cause.count(DuplicateCause::OverlappingRuns), 1);
    assert_eq!((outcome.functions[0].runs.invocations, units(&outcome)), (3, (3, 3)));
}

/// A task polls as a Lambda function does.
#[test]
fn a_task_polls_a_table_too() {
    let outcome = table()
        .burst(4)
        .set("functions.post={ platform = \"fargate\", vcpu = 1, memory = \"2GB\", service-time = \"1s\", start-up = \"0s\", duplicate-probability = 0.0 }")
        .run();
    assert_eq!((outcome.items.processed, units(&outcome)), (4, (8, 1)));
}
