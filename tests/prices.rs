//! The prices of the embedded book, and bills worked out by hand.

use simctl::kernel::Span;
use simctl::pricing::{Bill, FreeTier, PriceBook};
use simctl::words::LineItem;

const DAY: u64 = 86_400;
/// MB-ms in a GB-s.
const GB_S: u128 = 1_024 * 1_000;

fn bill(days: u64, free: FreeTier, counts: &[(LineItem, u128)]) -> Bill {
    let mut all = [0; LineItem::ALL.len()];
    for &(item, count) in counts {
        all[item.index()] = count;
    }
    PriceBook::embedded().cost(&all, Span::from_secs(days * DAY), free)
}

/// Picodollars of one line of a 30-day run without free allowance.
fn monthly(item: LineItem, count: u128) -> i128 {
    bill(30, FreeTier::Ignored, &[(item, count)]).total().picodollars()
}

/// Rule [doc] P-list: every line of the bill has the list price of us-east-1.
#[test]
fn every_price_is_the_listed_one() {
    for (item, counts, picodollars) in [
        (LineItem::LambdaRequests, 1_000_000, 200_000_000_000),
        (LineItem::LambdaX86MbMs, GB_S, 16_666_700),
        (LineItem::LambdaArmMbMs, GB_S, 13_333_400),
        (LineItem::ProvisionedX86MbMs, GB_S, 9_722_200),
        (LineItem::ProvisionedArmMbMs, GB_S, 7_777_800),
        (LineItem::ProvisionedReadyX86MbMs, GB_S, 4_166_700),
        (LineItem::ProvisionedReadyArmMbMs, GB_S, 3_333_400),
        (LineItem::S3List, 1_000, 5_000_000_000),
        (LineItem::FargateX86CpuUnitS, 1_024, 11_244_000),
        (LineItem::FargateX86MbS, 1_024, 1_235_000),
        (LineItem::FargateArmCpuUnitS, 1_024, 8_994_400),
        (LineItem::FargateArmMbS, 1_024, 988_900),
        (LineItem::SqsRequests, 1_000_000, 400_000_000_000),
        (LineItem::SqsFifoRequests, 1_000_000, 500_000_000_000),
        (LineItem::EventPollerS, 3_600, 9_250_000_000),
        (LineItem::SnsRequests, 1_000_000, 500_000_000_000),
        (LineItem::EventBridgeEvents, 1_000_000, 1_000_000_000_000),
        (LineItem::SchedulerInvocations, 1_000_000, 1_000_000_000_000),
        (LineItem::KinesisShardS, 3_600, 15_000_000_000),
        (LineItem::KinesisPutUnits, 1_000_000, 14_000_000_000),
        (LineItem::KinesisFanOutShardS, 3_600, 15_000_000_000),
        (LineItem::KinesisFanOutKb, 1_048_576, 13_000_000_000),
        (LineItem::DynamoDbWriteUnits, 1_000_000, 625_000_000_000),
        (LineItem::DynamoDbHalfReadUnits, 2_000_000, 125_000_000_000),
        (LineItem::ApiHttpRequests, 1_000_000, 1_000_000_000_000),
        (LineItem::ApiRestRequests, 1_000_000, 3_500_000_000_000),
        (LineItem::StepTransitions, 1_000, 25_000_000_000),
        (LineItem::StepExpressRequests, 1_000_000, 1_000_000_000_000),
        (LineItem::StepExpressMbMs, GB_S, 16_670_000),
        (LineItem::DurableOperations, 1_000_000, 8_000_000_000_000),
    ] {
        assert_eq!(monthly(item, counts), picodollars, "{item:?}");
    }
}

/// Rule [doc] P-list: every price names its source and date.
#[test]
fn every_price_says_where_it_comes_from() {
    let book = PriceBook::embedded();
    assert_eq!((book.region.as_str(), book.written.as_str()), ("us-east-1", "2026-11-23"));
    for item in LineItem::ALL {
        let price = book.price(item);
        assert_eq!(price.item, item);
        assert!(!price.source.is_empty() && price.date.starts_with("2026-"));
        assert!(["doc", "measured"].contains(&price.mark.as_str()), "{item:?}");
    }
    for allowance in book.allowances() {
        assert!(!allowance.source.is_empty() && allowance.date.starts_with("2026-") && allowance.mark == "doc");
    }
}

/// Rule [doc] P-list: run time is billed by the millisecond and the megabyte.
#[test]
fn a_millisecond_of_128_megabytes_costs_2_1_nanodollars() {
    // 128 / 1,024 GB × 0.001 s × 16,666,700 = 2,083.3375 picodollars.
    assert_eq!(monthly(LineItem::LambdaX86MbMs, 128), 2_083);
}

/// Rule [doc] P-list: a run is billed as a request and as GB-seconds.
#[test]
fn a_million_runs_of_100_ms_at_512_megabytes_cost_1_03_dollars() {
    let counts = [(LineItem::LambdaRequests, 1_000_000), (LineItem::LambdaX86MbMs, 1_000_000 * 100 * 512)];
    let bill = bill(30, FreeTier::Ignored, &counts);
    // 50,000 GB-s × 0.0000166667 = 0.833335, and 0.20 for the requests.
    assert_eq!(bill.line(LineItem::LambdaX86MbMs).picodollars(), 833_335_000_000);
    assert_eq!(bill.total().picodollars(), 1_033_335_000_000);
    assert_eq!(bill.total().usd(), 1.033335);
}

/// Rule [doc] P-list: a thousand LIST requests cost 0.005 dollars.
#[test]
fn a_list_a_second_for_a_month_costs_about_13_dollars() {
    // 2,592,000 / 1,000 × 0.005.
    assert_eq!(monthly(LineItem::S3List, 30 * u128::from(DAY)), 12_960_000_000_000);
}

/// Rule [doc] P-list: a send, a receive and a delete of SQS are a request each, whatever the messages in it.
#[test]
fn a_message_in_batches_of_ten_is_1_2_requests() {
    // A million messages: a million sends, a tenth as many receives and deletes: 1.2 M × 0.40.
    assert_eq!(monthly(LineItem::SqsRequests, 1_200_000), 480_000_000_000);
}

/// Rule [doc] P-list: empty receives are requests of the bill.
#[test]
fn idle_pollers_of_a_queue_make_648_000_requests_a_month() {
    // Five pollers, three empty receives a minute each: 15 × 43,200 minutes, and 0.40 a million.
    assert_eq!(monthly(LineItem::SqsRequests, 15 * 43_200), 259_200_000_000);
}

/// Rule [doc] P-list: tiers are of the monthly use; a shorter run has its share of their bounds.
#[test]
fn tiers_apply_to_the_use_of_30_days() {
    // x86: 6 B at 16.6667, 9 B at 15 and 5 B at 13.3334 millionths: 100,000.2 + 135,000 + 66,667 dollars.
    assert_eq!(monthly(LineItem::LambdaX86MbMs, 20_000_000_000 * GB_S), 301_667_200_000_000_000);
    // arm64: 7.5 B at 13.3334, 11.25 B at 12.0001 and 1.25 B at 10.6667: 100,000.5 + 135,001.125 + 13,333.375.
    assert_eq!(monthly(LineItem::LambdaArmMbMs, 20_000_000_000 * GB_S), 248_335_000_000_000_000);
    // SQS: 100 B at 0.40, 100 B at 0.30 and 50 B at 0.24 a million: 40,000 + 30,000 + 12,000.
    assert_eq!(monthly(LineItem::SqsRequests, 250_000_000_000), 82_000_000_000_000_000);
    // A tenth of it in three days is as much a day.
    let days = bill(3, FreeTier::Ignored, &[(LineItem::LambdaX86MbMs, 2_000_000_000 * GB_S)]);
    assert_eq!(days.total().picodollars(), 30_166_720_000_000_000);
    // The same in 60 days stays in the first tier of 12 B, then 8 B at the second: 200,000.4 + 120,000.
    let days = bill(60, FreeTier::Ignored, &[(LineItem::LambdaX86MbMs, 20_000_000_000 * GB_S)]);
    assert_eq!(days.total().picodollars(), 320_000_400_000_000_000);
}

/// Rule [doc] P-list: one free allowance of GB-seconds serves both architectures.
#[test]
fn the_free_tier_is_off_unless_asked_for_and_shared_by_the_architectures() {
    let counts = [
        (LineItem::LambdaRequests, 1_500_000),
        (LineItem::LambdaX86MbMs, 300_000 * GB_S),
        (LineItem::LambdaArmMbMs, 300_000 * GB_S),
        (LineItem::ProvisionedX86MbMs, GB_S),
    ];
    let granted = bill(30, FreeTier::Granted, &counts);
    assert_eq!(granted.line(LineItem::LambdaRequests).picodollars(), 100_000_000_000);
    assert_eq!(granted.line(LineItem::LambdaX86MbMs).picodollars(), 0);
    // 100,000 GB-s of the pool are left for arm64: 200,000 × 13,333,400.
    assert_eq!(granted.line(LineItem::LambdaArmMbMs).picodollars(), 2_666_680_000_000);
    assert_eq!(granted.line(LineItem::ProvisionedX86MbMs).picodollars(), 9_722_200);
    // A day has a thirtieth: 33,333 requests.
    let day = bill(1, FreeTier::Granted, &[(LineItem::LambdaRequests, 33_334)]);
    assert_eq!(day.total().picodollars(), 200_000);
    assert_eq!(FreeTier::default(), FreeTier::Ignored);
}

#[test]
fn counts_beyond_all_reason_do_not_overflow() {
    let bill = PriceBook::embedded().cost(&[u128::MAX; LineItem::ALL.len()], Span::FOREVER, FreeTier::Granted);
    assert!(bill.total().picodollars() > 0);
}

/// Rule [doc] P-vt: 100,000 executions of ten transitions cost 24.90 dollars, the free 4,000 taken off.
#[test]
fn a_million_transitions_cost_24_90_dollars() {
    let bill = bill(30, FreeTier::Granted, &[(LineItem::StepTransitions, 1_000_000)]);
    assert_eq!(bill.total().picodollars(), 24_900_000_000_000);
}

/// Rule [doc] P-vt: a million Express executions of 30 s at 64 MB cost 32.26 dollars, of 200 ms 1.21.
#[test]
fn express_workflows_are_priced_by_duration() {
    let cost = |millis: u128| {
        let counts = [(LineItem::StepExpressRequests, 1_000_000), (LineItem::StepExpressMbMs, 1_000_000 * millis * 64)];
        bill(30, FreeTier::Ignored, &counts).total().picodollars()
    };
    assert_eq!((cost(30_000), cost(200)), (32_256_250_000_000, 1_208_375_000_000));
}

/// Rule [doc] P-list: a million durable executions of four operations cost 32 dollars for these.
#[test]
fn durable_operations_cost_8_dollars_a_million() {
    assert_eq!(monthly(LineItem::DurableOperations, 4_000_000), 32_000_000_000_000);
}
