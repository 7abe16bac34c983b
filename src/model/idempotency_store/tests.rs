//! The store by hand, call by call.

use super::*;
use crate::handlers::idempotency::settings::OnStoreError;
use crate::handlers::idempotency::{Seen, Status};
use crate::kernel::Distribution;
use crate::metrics::Grid;
use crate::model::ledger::{Arrived, Ledger, LedgerSettings};
use crate::services::dynamodb::settings::{Capacity, TableSettings};
use crate::services::sdk_client::settings::{Callee, ClientSettings, RetryMode};
use crate::words::LineItem;

const STREAM: StreamId = StreamId(0);

fn constant(secs: f64) -> Distribution {
    Distribution::constant(secs).expect("a constant")
}

/// Writes take 5 s and reads 3 s, an eventual read is 2 s behind, an expired record is deleted after 10 s; a record has
/// 2,500 bytes and is good for 60 s.
fn settings(mode: Mode) -> IdempotencySettings {
    IdempotencySettings {
        mode,
        key: KeyOf::Item,
        expires_after: Span::from_secs(60),
        lock: true,
        missing_key: 0.0,
        payload_varies: 0.0,
        validate_payload: false,
        on_store_error: OnStoreError::Fail,
        record_bytes: 2_500,
        client: ClientSettings::new(RetryMode::None, Callee::DynamoDb),
        table: TableSettings {
            capacity: Capacity::OnDemand { peak_writes: 2_000, peak_reads: 6_000 },
            write_latency: constant(5.0),
            read_latency: constant(3.0),
            eventual_lag: constant(2.0),
            ttl_lag: constant(10.0),
            error: 0.0,
        },
    }
}

fn store(settings: IdempotencySettings) -> IdempotencyStore {
    IdempotencyStore::new(settings, "post", ["items"].into_iter(), &Root::new(1, 0))
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

fn asker(key: RecordKey, deadline: Option<Time>, payload: u64) -> Asker {
    Asker { key, stream: STREAM, number: 0, ordinal: 0, deadline, payload }
}

/// Two items in their places.
fn items() -> [ItemRef; 2] {
    let mut ledger = Ledger::new(LedgerSettings {
        grid: Grid::covering(Span::from_secs(100)),
        warm_up: Time::ZERO,
        until: at(100),
        branches: 1,
        bounds: Vec::new(),
        watch_order: false,
    });
    [0, 1].map(|number| {
        ledger.arrive(Arrived { stream: STREAM, number, at: Time::ZERO, service: None, key: 0, size: 1 }, 1)
    })
}

fn used(store: &IdempotencyStore) -> [u128; 2] {
    [LineItem::DynamoDbWriteUnits, LineItem::DynamoDbHalfReadUnits].map(|row| store.usage().count(row))
}

#[test]
fn a_key_is_of_the_item_or_of_each_sending() {
    let [_, item] = items();
    let key = |key, missing_key| {
        let mut store = store(IdempotencySettings { key, missing_key, ..settings(Mode::ConditionalWrite) });
        let key = store.key(item, STREAM, 1, 3);
        (key, store.last_sending)
    };
    assert_eq!(key(KeyOf::Item, 0.0), (Some((1, 0)), 0));
    assert_eq!(key(KeyOf::Delivery, 0.0), (Some((1, 3)), 3));
    assert_eq!(key(KeyOf::Delivery, 1.0), (None, 0));
}

#[test]
fn a_payload_varies_from_sending_to_sending_or_not_at_all() {
    let payloads = |payload_varies| {
        let store = store(IdempotencySettings { payload_varies, ..settings(Mode::ConditionalWrite) });
        [0, 1, 2].map(|sending| store.payload(STREAM, 0, sending))
    };
    assert_eq!((payloads(0.0), payloads(1.0)), ([0, 0, 0], [0, 1, 2]));
}

/// A claim at 10 s, refused at 11 s, completed at 12 s: then the work is done until 72 s. Each write is of three units
/// (2,500 bytes), whether its condition holds or not.
#[test]
fn a_claim_is_put_once_and_completed() {
    let mut store = store(settings(Mode::ConditionalWrite));
    let own = asker((0, 0), Some(at(30)), 7);
    assert_eq!(store.ask(at(10), Ask::Look, &own), (Answer::Claimed(Claim::Fresh), Span::from_secs(5)));
    let (Answer::Claimed(Claim::Refused(there)), _) = store.ask(at(11), Ask::Look, &own) else { panic!("not refused") };
    assert_eq!((there.status(), there.expires()), (Status::InProgress, at(71)));
    assert_eq!([7, 8].map(|payload| there.seen(at(11), payload, true)), [Seen::AlreadyInProgress, Seen::OtherPayload]);
    assert_eq!(store.ask(at(12), Ask::Complete, &own), (Answer::Done, Span::from_secs(5)));
    let (Answer::Claimed(Claim::Refused(there)), _) = store.ask(at(13), Ask::Look, &own) else { panic!("not refused") };
    assert_eq!((there.status(), there.seen(at(13), 7, true)), (Status::Completed, Seen::Stored));
    assert_eq!(used(&store), [4 * 3, 0]);
    // Another item's key is free.
    assert_eq!(store.ask(at(13), Ask::Look, &asker((1, 0), None, 0)).0, Answer::Claimed(Claim::Fresh));
    // From 73 s on the record has expired; at 83 s it is deleted, and still known to have been there.
    assert_eq!(store.ask(at(73), Ask::Look, &own).0, Answer::Claimed(Claim::AfterExpiry));
}

/// The lock lasts to the run's deadline where the handler knows it and uses it; else only the expiry frees the key.
#[test]
fn a_claim_is_locked_until_its_deadline_if_at_all() {
    for (lock, deadline, claim) in
        [(true, Some(at(20)), true), (true, None, false), (false, Some(at(20)), false), (true, Some(at(40)), false)]
    {
        let mut store = store(IdempotencySettings { lock, ..settings(Mode::ConditionalWrite) });
        store.ask(at(10), Ask::Look, &asker((0, 0), deadline, 0));
        let (answer, _) = store.ask(at(25), Ask::Look, &asker((0, 0), None, 0));
        assert_eq!(answer == Answer::Claimed(Claim::AfterLock), claim, "{lock} {deadline:?}: {answer:?}");
    }
}

#[test]
fn a_withdrawn_or_forgotten_key_is_free() {
    let [first, second] = items();
    let mut store = store(IdempotencySettings { key: KeyOf::Delivery, ..settings(Mode::ConditionalWrite) });
    let keys = [(first, 0), (first, 2), (second, 1)].map(|(item, sending)| {
        let key = store.key(item, STREAM, 0, sending).expect("a key");
        assert_eq!(store.ask(at(1), Ask::Look, &asker(key, None, 0)).0, Answer::Claimed(Claim::Fresh));
        key
    });
    assert_eq!(store.ask(at(2), Ask::Withdraw, &asker(keys[2], None, 0)), (Answer::Done, Span::from_secs(5)));
    assert_eq!(store.ask(at(3), Ask::Look, &asker(keys[2], None, 0)).0, Answer::Claimed(Claim::Fresh));
    store.forget(first);
    let again = keys.map(|key| store.ask(at(4), Ask::Look, &asker(key, None, 0)).0 == Answer::Claimed(Claim::Fresh));
    assert_eq!(again, [true, true, false], "the other item's is kept");
}

/// Completed at 10 s. A strong read sees that at once, an eventual one 2 s later. A read of nothing is of one unit, one of
/// 5,000 bytes of two (of 4 KB each), and an eventual one of half of that.
#[test]
fn a_plain_read_finds_what_was_written() {
    for (consistency, found, halves) in [
        (Consistency::Strong, [Check::Nothing, Check::Done, Check::Done, Check::Expired], 2 + 3 * 4),
        (Consistency::Eventual, [Check::Nothing, Check::Nothing, Check::Done, Check::Expired], 2 + 2 * 2),
    ] {
        let mode = Mode::CheckThenAct(consistency);
        let mut store = store(IdempotencySettings { record_bytes: 5_000, ..settings(mode) });
        let own = asker((0, 0), None, 0);
        let mut look = |secs| store.ask(at(secs), Ask::Look, &own);
        let before = look(9);
        assert_eq!(before, (Answer::Checked(found[0]), Span::from_secs(3)), "a read's latency");
        assert_eq!(store.ask(at(10), Ask::Complete, &own), (Answer::Done, Span::from_secs(5)));
        for (secs, found) in [(11, found[1]), (13, found[2]), (71, found[3])] {
            assert_eq!(store.ask(at(secs), Ask::Look, &own).0, Answer::Checked(found), "{consistency:?} at {secs} s");
        }
        assert_eq!(used(&store), [5, halves]);
    }
}

#[test]
fn a_table_that_fails_does_nothing() {
    let healthy = settings(Mode::ConditionalWrite);
    let table = TableSettings { error: 1.0, ..healthy.table.clone() };
    let mut store = store(IdempotencySettings { table, ..healthy });
    let own = asker((0, 0), None, 0);
    assert_eq!(store.ask(at(1), Ask::Look, &own), (Answer::Failed, Span::from_secs(5)));
    assert_eq!(used(&store), [0, 0]);
}

/// Two write units a second, saved for 300 s: 200 writes of three units in the first instant, and the next is throttled.
#[test]
fn a_table_that_is_used_up_throttles_and_changes_nothing() {
    let healthy = settings(Mode::ConditionalWrite);
    let table = TableSettings { capacity: Capacity::Provisioned { writes: 2, reads: 1 }, ..healthy.table.clone() };
    let mut store = store(IdempotencySettings { table, ..healthy });
    let mut served = 0_u16;
    while store.ask(at(1_000), Ask::Look, &asker((0, served), None, 0)).0 != Answer::Throttled {
        served += 1;
        assert!(served < 1_000, "it never throttles");
    }
    let refused = asker((0, served), None, 0);
    assert_eq!(store.ask(at(1_000), Ask::Complete, &refused).0, Answer::Throttled);
    assert_eq!(store.ask(at(1_000), Ask::Withdraw, &refused).0, Answer::Throttled);
    assert_eq!(used(&store)[0], u128::from(served) * 3);
    assert_eq!(store.ask(at(1_010), Ask::Look, &refused).0, Answer::Claimed(Claim::Fresh), "none was put");
}

/// Each call about an item has draws of its own, and so has each pause; the same call has the same.
#[test]
fn calls_draw_by_item_and_ordinal() {
    let store = store(settings(Mode::ConditionalWrite));
    let bits = |number, ordinal| store.pause(&Asker { number, ordinal, ..asker((0, 0), None, 0) }).bits();
    assert_eq!(bits(1, 1), bits(1, 1));
    assert!(bits(1, 1) != bits(1, 2) && bits(1, 1) != bits(2, 1));
    let hash = |number, sending| store.hash(&Asker { number, ..asker((0, sending), None, 0) });
    assert_eq!(hash(1, 1), hash(1, 1));
    assert!(hash(1, 1) != hash(1, 2) && hash(1, 1) != hash(2, 1));
}
