//! The books, entry by entry.

use super::*;

const NO_WAY: Path =
    Path { hop: Span::ZERO, cold: Span::ZERO, service: Span::ZERO, back_off: Span::ZERO, cause: None, sending: 0 };

fn caused(cause: DuplicateCause) -> Path {
    Path { cause: Some(cause), ..NO_WAY }
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

fn secs(secs: u64) -> u128 {
    u128::from(Span::from_secs(secs).as_nanos())
}

/// Warm-up to 10 s, window to 100 s, bounds of 5 and 20 s.
fn ledger(branches: usize) -> Ledger {
    Ledger::new(LedgerSettings {
        grid: Grid::covering(Span::from_secs(100)),
        warm_up: at(10),
        until: at(100),
        branches,
        bounds: vec![Span::from_secs(5), Span::from_secs(20)],
        watch_order: true,
    })
}

fn arrive(ledger: &mut Ledger, secs: u64, owed: Branches) -> ItemRef {
    let number = ledger.totals.arrived;
    ledger.arrive(Arrived { stream: StreamId(0), number, at: at(secs), service: None, key: 0, size: 1 }, owed)
}

fn close(ledger: Ledger, secs: u64) -> LedgerTotals {
    ledger.close(at(secs)).expect("no law is broken")
}

#[test]
fn an_effect_is_processed_once_and_then_a_duplicate() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 10, 1);
    assert!(!ledger.has_effect(item, 0));
    assert_eq!(ledger.apply(at(13), item, 0, NO_WAY), Applied::First);
    assert!(ledger.has_effect(item, 0));
    assert_eq!(ledger.apply(at(17), item, 0, caused(DuplicateCause::SentTwice)), Applied::Again);
    ledger.release(at(17), item);
    assert!(ledger.is_empty());
    let totals = close(ledger, 20);
    assert_eq!((totals.items.processed, totals.items.duplicates, totals.items.completed), (1, 1, 1));
    assert_eq!(totals.items.latency.sum(), secs(3));
    assert_eq!((totals.backlog.integral, totals.backlog.max), (secs(3), 1));
}

#[test]
fn each_way_to_end_is_counted_once_and_ends_the_backlog() {
    for end in [End::DeadLettered, End::Expired, End::Rejected] {
        let mut ledger = ledger(1);
        let item = arrive(&mut ledger, 0, 1);
        ledger.end(at(4), item, 1, end);
        ledger.end(at(6), item, 1, End::Expired);
        ledger.release(at(8), item);
        let totals = close(ledger, 10);
        let found = [totals.items.dead_lettered, totals.items.expired, totals.items.rejected, totals.items.lost];
        let expected = [End::DeadLettered, End::Expired, End::Rejected].map(|one| u64::from(one == end));
        assert_eq!(found[..3], expected, "the first end counts: {end:?}");
        assert_eq!((found[3], totals.items.processed, totals.items.latency.count()), (0, 0, 0));
        assert_eq!(totals.backlog.integral, secs(4));
    }
}

#[test]
fn what_is_let_go_without_its_effect_is_lost() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 1, 1);
    ledger.hold(item);
    ledger.release(at(5), item);
    assert!(!ledger.is_empty(), "one still holds it");
    ledger.release(at(9), item);
    assert!(ledger.is_empty());
    let totals = close(ledger, 10);
    assert_eq!((totals.items.lost, totals.items.backlog_end), (1, 0));
    assert_eq!(totals.backlog.integral, secs(8));
}

#[test]
fn what_is_still_held_at_the_end_is_in_the_backlog() {
    let mut ledger = ledger(2);
    let item = arrive(&mut ledger, 2, 0b11);
    arrive(&mut ledger, 5, 0b11);
    ledger.apply(at(6), item, 1, NO_WAY);
    let totals = close(ledger, 10);
    assert_eq!((totals.items.owed, totals.items.processed, totals.items.backlog_end), (4, 1, 3));
    // 8 and 4 s of the first item's effects, twice 5 s of the second's.
    assert_eq!(totals.backlog.integral, secs(8 + 4 + 10));
}

/// A copy of a message that was given up is still under way, and applies the effect after all.
#[test]
fn a_straggler_applies_what_was_given_up() {
    for end in [End::DeadLettered, End::Expired, End::Rejected] {
        let mut ledger = ledger(1);
        let item = arrive(&mut ledger, 10, 1);
        ledger.end(at(12), item, 1, end);
        assert_eq!(ledger.apply(at(15), item, 0, NO_WAY), Applied::First);
        ledger.release(at(15), item);
        let totals = close(ledger, 20);
        let items = &totals.items;
        assert_eq!((items.processed, items.dead_lettered + items.expired + items.rejected + items.lost), (1, 0));
        assert_eq!(items.latency.sum(), secs(5));
        assert_eq!(totals.backlog.integral, secs(2), "it left the backlog when it was given up");
    }
}

#[test]
fn an_effect_that_was_applied_cannot_end_otherwise() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 0, 1);
    ledger.apply(at(1), item, 0, NO_WAY);
    ledger.end(at(2), item, 1, End::DeadLettered);
    ledger.release(at(3), item);
    let totals = close(ledger, 10);
    assert_eq!((totals.items.processed, totals.items.dead_lettered), (1, 0));
}

/// One effect at 14 s, one dead-lettered at 15 s, one at 19 s: processed in part, so no sojourn time. Its twin has all
/// three at 19 s.
#[test]
fn an_item_is_complete_with_the_last_effect_it_owes() {
    let mut ledger = ledger(3);
    let (torn, whole) = (arrive(&mut ledger, 12, 0b111), arrive(&mut ledger, 12, 0b111));
    for item in [torn, whole] {
        ledger.apply(at(14), item, 0, NO_WAY);
    }
    ledger.end(at(15), torn, 0b010, End::DeadLettered);
    ledger.apply(at(15), whole, 1, NO_WAY);
    for item in [torn, whole] {
        ledger.apply(at(19), item, 2, NO_WAY);
        ledger.release(at(19), item);
    }
    let totals = close(ledger, 20);
    let items = &totals.items;
    assert_eq!((items.owed, items.processed, items.completed, items.dead_lettered), (6, 5, 1, 1));
    assert_eq!((items.latency.count(), items.latency.sum()), (1, secs(7)));
    let branches: Vec<_> = totals.branches.iter().map(|branch| (branch.processed, branch.latency.sum())).collect();
    assert_eq!(branches, [(2, secs(4)), (1, secs(3)), (2, secs(14))]);
    assert_eq!(totals.backlog.integral, secs(4 + 3 + 3 + 14));
}

#[test]
fn an_end_takes_only_the_branches_it_names() {
    let mut ledger = ledger(3);
    let item = arrive(&mut ledger, 0, 0b101);
    ledger.end(at(1), item, 0b110, End::Expired);
    ledger.release(at(2), item);
    let totals = close(ledger, 3);
    assert_eq!((totals.items.expired, totals.items.lost), (1, 1));
}

/// Arrived at 9 s and 10 s, with a warm-up to 10 s: both count, the second is measured.
#[test]
fn latencies_are_taken_of_items_that_arrive_after_the_warm_up() {
    let mut ledger = ledger(1);
    let both = [9, 10].map(|secs| arrive(&mut ledger, secs, 1));
    for item in both {
        ledger.apply(at(12), item, 0, NO_WAY);
        ledger.release(at(12), item);
    }
    let totals = close(ledger, 100);
    assert_eq!((totals.items.arrived, totals.items.measured, totals.items.completed), (2, 1, 2));
    assert_eq!((totals.items.latency.count(), totals.items.latency.sum()), (1, secs(2)));
    assert_eq!((totals.backlog.integral, totals.backlog.window_integral), (secs(3 + 2), secs(4)));
}

/// Arrivals at 10, 11 and 13 s; the oldest goes at 14 s (age 4), the youngest at 16 s, the last at 21 s (age 10).
#[test]
fn the_oldest_of_the_backlog_ages_until_it_leaves() {
    let mut ledger = ledger(1);
    let [oldest, middle, youngest] = [10, 11, 13].map(|secs| arrive(&mut ledger, secs, 1));
    ledger.apply(at(14), oldest, 0, NO_WAY);
    ledger.end(at(16), youngest, 1, End::DeadLettered);
    ledger.release(at(21), middle);
    let totals = close(ledger, 30);
    assert_eq!(u128::from(totals.oldest_age.max), secs(10));
    // 0 to 4 s over 10..14, then 3 to 10 s over 14..21: 8 + 45.5 s², in ns².
    assert_eq!(totals.oldest_age.integral, 53_500_000_000_000_000_000);
}

#[test]
fn a_place_is_used_again_for_another_item() {
    let mut ledger = ledger(1);
    let first = arrive(&mut ledger, 0, 1);
    ledger.release(at(1), first);
    let second = arrive(&mut ledger, 2, 1);
    assert_eq!(first.index(), second.index());
    assert_ne!(first, second);
    assert_eq!(ledger.arrived(second).number, 1);
}

/// Latencies of 5, 6 and 20 s against bounds of 5 and 20 s, which are met at the bound.
#[test]
fn items_within_each_bound_are_counted_exactly() {
    let mut ledger = ledger(1);
    let items = [5, 6, 20].map(|secs| (secs, arrive(&mut ledger, 10, 1)));
    for (secs, item) in items {
        ledger.apply(at(10 + secs), item, 0, NO_WAY);
    }
    assert_eq!(close(ledger, 40).items.within, [1, 3]);
}

/// 10 s from arrival to effect, 7 s of which have a name: the rest is waiting.
#[test]
fn what_of_a_latency_has_no_other_name_is_waiting() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 10, 1);
    let [hop, cold, service, back_off] = [1, 2, 3, 1].map(Span::from_secs);
    ledger.apply(at(20), item, 0, Path { hop, cold, service, back_off, ..NO_WAY });
    let split = ledger.totals.split;
    assert_eq!([split.wait, split.hop, split.cold_start, split.service], [3, 1, 2, 3].map(secs));
    assert_eq!((split.back_off, split.waited), (secs(1), 1));
    assert_eq!(ledger.totals.wait.sum(), secs(3));
}

#[test]
fn an_effect_that_is_counted_nowhere_is_found() {
    let mut ledger = ledger(1);
    arrive(&mut ledger, 0, 1);
    ledger.totals.owed += 1;
    let error = ledger.close(at(5)).expect_err("one effect is missing");
    assert!(matches!(error, LedgerError::Conservation { owed: 2, backlog: 1, .. }), "{error}");
}

#[test]
fn an_effect_that_is_counted_twice_is_found() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 0, 1);
    ledger.apply(at(1), item, 0, NO_WAY);
    ledger.totals.lost += 1;
    assert!(matches!(ledger.close(at(5)), Err(LedgerError::Conservation { processed: 1, lost: 1, .. })));
}

#[test]
fn time_in_the_backlog_that_nobody_spent_is_found() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 0, 1);
    ledger.apply(at(1), item, 0, NO_WAY);
    ledger.times_in_backlog += 1;
    let error = ledger.close(at(5)).expect_err("a nanosecond too much");
    assert_eq!(error, LedgerError::Little { integral: secs(1), times: secs(1) + 1 });
}

/// Two copies besides the plain way, on each of two branches. On the first the plain way comes first, on the second it
/// is overtaken by the copy of the queue, and then that one's own duplicate is the plain way's.
#[test]
fn the_plain_way_has_the_cause_of_what_overtook_it() {
    let mut ledger = ledger(2);
    let item = arrive(&mut ledger, 0, 0b11);
    let [sent, copy] = [DuplicateCause::SentTwice, DuplicateCause::AtLeastOnceDelivery].map(caused);
    for (branch, way) in [(0, NO_WAY), (0, sent), (0, copy), (1, copy), (1, NO_WAY), (1, sent)] {
        ledger.apply(at(1), item, branch, way);
    }
    ledger.release(at(2), item);
    // A place used again keeps nothing of the item that had it before.
    let other = arrive(&mut ledger, 3, 0b11);
    assert_eq!(item.index(), other.index());
    ledger.apply(at(4), other, 1, NO_WAY);
    ledger.apply(at(5), other, 1, caused(DuplicateCause::ErrorAfterEffect));
    let counts = close(ledger, 6).items.duplicates_by_cause;
    let of = |cause| counts.count(cause);
    assert_eq!((of(DuplicateCause::SentTwice), of(DuplicateCause::AtLeastOnceDelivery)), (2, 2));
    assert_eq!((of(DuplicateCause::ErrorAfterEffect), counts.total()), (1, 5));
}

#[test]
fn of_two_causes_the_later_on_the_way_counts() {
    let (sent, retried) = (DuplicateCause::SentTwice, DuplicateCause::ErrorAfterEffect);
    assert_eq!(caused(sent).then(caused(retried)).cause, Some(retried));
    assert_eq!(caused(sent).then(NO_WAY).cause, Some(sent));
    assert_eq!(NO_WAY.then(caused(retried)).cause, Some(retried));
}

#[test]
fn a_duplicate_without_a_cause_is_found() {
    let mut ledger = ledger(1);
    let item = arrive(&mut ledger, 0, 1);
    ledger.apply(at(1), item, 0, NO_WAY);
    ledger.apply(at(2), item, 0, NO_WAY);
    let error = ledger.close(at(5)).expect_err("the plain way cannot be gone twice");
    assert_eq!(error, LedgerError::Causes { duplicates: 1, attributed: 0 });
}

/// Three items of one key: the second is first, so the first is late; its repetition is a duplicate, and not late again.
#[test]
fn effects_out_of_the_order_of_their_key_are_counted() {
    let mut ledger = ledger(1);
    let items = [0, 1, 2].map(|secs| arrive(&mut ledger, secs, 1));
    for (secs, item) in [(3, 1), (4, 0), (5, 2)] {
        ledger.apply(at(secs), items[item], 0, Path::default());
    }
    ledger.apply(at(6), items[0], 0, Path { cause: Some(DuplicateCause::SentTwice), ..Path::default() });
    for item in items {
        ledger.release(at(7), item);
    }
    assert_eq!(close(ledger, 7).items.order_inversions, Some(1));
}

#[test]
fn an_item_that_owes_nothing_is_counted_and_no_more() {
    let mut books = ledger(2);
    let free = arrive(&mut books, 20, 0);
    let other = arrive(&mut books, 21, 0b10);
    books.release(at(22), free);
    books.apply(at(25), other, 1, NO_WAY);
    books.release(at(25), other);
    let totals = close(books, 100);
    let items = &totals.items;
    assert_eq!((items.arrived, items.owed, items.completed, items.measured), (2, 1, 2, 1));
    assert_eq!((items.lost, items.latency.count(), totals.backlog.max), (0, 1, 1));
    assert_eq!(totals.branches.iter().map(|branch| branch.measured).collect::<Vec<_>>(), [0, 1]);
}

/// Two items with two branches each: places are told apart, branches are told apart, and so is what each item owes.
#[test]
fn items_and_branches_are_kept_apart() {
    let mut books = ledger(2);
    let [first, second] = [0b11, 0b01].map(|owed| arrive(&mut books, 10, owed));
    assert_eq!((first.index(), second.index()), (0, 1));
    books.apply(at(11), first, 1, caused(DuplicateCause::SentTwice));
    assert_eq!([0, 1].map(|branch| books.has_effect(first, branch)), [false, true]);
    books.apply(at(12), second, 0, NO_WAY);
    books.apply(at(13), first, 0, NO_WAY);
    // The plain way comes second on the first item's second branch only.
    assert_eq!(books.apply(at(14), first, 1, NO_WAY), Applied::Again);
    let totals = close(books, 20);
    assert_eq!(totals.items.duplicates_by_cause.count(DuplicateCause::SentTwice), 1);
    assert_eq!(totals.branches.iter().map(|branch| branch.measured).collect::<Vec<_>>(), [2, 1]);
}

/// The cause of a first effect is kept for each item and branch: a second item's is not taken for the first's.
#[test]
fn a_first_cause_is_of_its_own_item_and_branch() {
    let mut books = ledger(3);
    let items = [0b111; 3].map(|owed| arrive(&mut books, 0, owed));
    let causes = [DuplicateCause::SentTwice, DuplicateCause::AtLeastOnceDelivery, DuplicateCause::ErrorAfterEffect];
    for (item, cause) in items.into_iter().zip(causes) {
        (0..3).for_each(|branch| _ = books.apply(at(1), item, branch, caused(cause)));
    }
    for (item, expected) in items.into_iter().zip([1, 2, 3]) {
        (0..expected).for_each(|branch| _ = books.apply(at(2), item, branch, NO_WAY));
    }
    let counts = close(books, 3).items.duplicates_by_cause;
    assert_eq!(causes.map(|cause| counts.count(cause)), [1, 2, 3]);
}

#[test]
fn repetitions_that_were_kept_away_are_counted_by_what_kept_them() {
    let mut books = ledger(1);
    let item = arrive(&mut books, 0, 1);
    books.suppress(at(1), item, SuppressedBy::IdempotencyRecord);
    books.suppress(at(1), item, SuppressedBy::IdempotencyRecord);
    let items = close(books, 1).items;
    assert_eq!((items.duplicates_suppressed, items.suppressed_by.total()), (2, 2));
}

/// What is refused as it arrives was never in the backlog; what is refused later, or ends otherwise, was.
#[test]
fn only_what_is_refused_at_the_door_never_counts_in_the_peak() {
    for (end, secs, peak) in
        [(End::Rejected, 5, 0), (End::Rejected, 6, 1), (End::Expired, 5, 1), (End::DeadLettered, 5, 1)]
    {
        let mut books = ledger(1);
        let item = arrive(&mut books, 5, 1);
        books.end(at(secs), item, 1, end);
        books.release(at(secs), item);
        assert_eq!(close(books, 10).backlog.max, peak, "{end:?} at {secs} s");
    }
}
