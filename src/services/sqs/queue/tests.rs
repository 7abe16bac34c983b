use super::*;
use crate::kernel::Distribution;

fn settings() -> SqsSettings {
    let none = Distribution::constant(0.0).expect("zero is a length of time");
    SqsSettings {
        visibility_timeout: Span::from_secs(30),
        retention: Span::from_secs(345_600),
        delay: Span::ZERO,
        max_receive_count: None,
        duplicate_probability: 0.0,
        send_latency: none.clone(),
        receive_latency: none,
        message_bytes: 1_024,
    }
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// A queue with these messages, all sent at the start.
fn queue(settings: &SqsSettings, contents: impl IntoIterator<Item = u32>) -> Queue<u32> {
    let mut queue = Queue::new(settings);
    for content in contents {
        let message = queue.send(content);
        queue.store(at(0), message);
    }
    queue
}

/// Receives one message that is delivered.
fn deliver(queue: &mut Queue<u32>, now: Time) -> (Receipt, u32) {
    match queue.receive(now) {
        Some(Received::Delivered { receipt, content, .. }) => (receipt, content),
        other => panic!("{other:?}"),
    }
}

fn reappear(queue: &mut Queue<u32>, receipts: &[Receipt]) {
    queue.reappear(receipts.iter().copied());
}

fn contents(queue: &mut Queue<u32>, now: Time) -> Vec<u32> {
    std::iter::from_fn(|| queue.is_receivable().then(|| deliver(queue, now).1)).collect()
}

/// Rule [doc] S-vis: a receive counts, hides the message for the visibility timeout from that moment on and gives a new receipt.
#[test]
fn a_receive_counts_and_hides_the_message_for_the_visibility_timeout() {
    let mut queue = queue(&settings(), [7]);
    let (first, _) = deliver(&mut queue, at(5));
    assert_eq!((first.receives, first.visible_again), (1, at(35)));
    assert_eq!((queue.visible(), queue.in_flight()), (0, 1));
    assert_eq!(queue.receive(at(6)), None);
    reappear(&mut queue, &[first]);
    match queue.receive(at(40)) {
        Some(Received::Delivered { receipt, content, hidden }) => {
            assert_eq!((receipt.receives, receipt.visible_again, content), (2, at(70), 7));
            assert_eq!(hidden, Span::from_secs(30));
        }
        other => panic!("{other:?}"),
    }
}

/// Rule [doc] S-vis: what is deleted is gone, what is not is visible again.
#[test]
fn what_is_deleted_is_gone_and_what_is_not_is_visible_again() {
    let mut queue = queue(&settings(), [1, 2]);
    let (first, _) = deliver(&mut queue, at(0));
    let (second, _) = deliver(&mut queue, at(0));
    assert_eq!(queue.delete(&first), Some(1));
    reappear(&mut queue, &[first, second]);
    assert_eq!((queue.visible(), queue.in_flight()), (1, 0));
    assert_eq!(queue.delete(&first), None, "it is gone");
}

/// Rule [doc*] S-vis: only the latest receipt deletes (that older ones do nothing is inferred).
#[test]
fn only_the_latest_receipt_deletes() {
    let mut queue = queue(&settings(), [1]);
    let (first, _) = deliver(&mut queue, at(0));
    reappear(&mut queue, &[first]);
    let (second, _) = deliver(&mut queue, at(30));
    assert_eq!((queue.delete(&first), queue.in_flight()), (None, 1));
    reappear(&mut queue, &[first]);
    assert_eq!((queue.visible(), queue.in_flight()), (0, 1), "the second delivery hides it");
    assert_eq!(queue.delete(&second), Some(1));
}

#[test]
fn a_message_that_is_visible_again_can_still_be_deleted() {
    let mut queue = queue(&settings(), [1, 2]);
    let (first, _) = deliver(&mut queue, at(0));
    reappear(&mut queue, &[first]);
    assert_eq!((queue.delete(&first), queue.visible()), (Some(1), 1));
    assert_eq!(contents(&mut queue, at(31)), [2]);
}

/// Received twice, refused at the third receive.
#[test]
fn a_receive_beyond_the_largest_count_moves_the_message_to_the_dead_letter_queue() {
    let mut queue = queue(&SqsSettings { max_receive_count: Some(2), ..settings() }, [9]);
    for round in 0..2 {
        let (receipt, _) = deliver(&mut queue, at(30 * round));
        reappear(&mut queue, &[receipt]);
    }
    assert_eq!(queue.receive(at(60)), Some(Received::DeadLettered(9)));
    assert_eq!((queue.visible(), queue.in_flight(), queue.next_expiry()), (0, 0, None));
}

/// One message is received and comes back `receives` times; is it next, before the one behind it?
fn keeps_its_place(max_receive_count: Option<u32>, receives: u32) -> bool {
    let mut queue = queue(&SqsSettings { max_receive_count, ..settings() }, [1, 2]);
    for round in 0..receives {
        let (receipt, content) = deliver(&mut queue, at(30 * u64::from(round)));
        assert_eq!(content, 1);
        reappear(&mut queue, &[receipt]);
    }
    contents(&mut queue, at(1_000))[0] == 1
}

/// Rule [doc] S-vis: with a maxReceiveCount above 3 a message goes to the back of the queue after 3 receives without a delete.
#[test]
fn after_three_receives_a_message_goes_to_the_back_if_it_may_be_received_more_often() {
    assert!(keeps_its_place(Some(4), 2));
    assert!(!keeps_its_place(Some(4), 3));
    assert!(keeps_its_place(Some(1_000), 2));
    assert!(!keeps_its_place(Some(1_000), 3));
    assert!(keeps_its_place(None, 3), "without a dead-letter queue the rule does not apply");
}

/// A batch of three that comes back is before the fourth, in its order; from the third receive on behind it.
///
/// Rule [inferred] S-std: what comes back goes to the front of the queue in its old order; AWS promises best effort only.
#[test]
fn what_comes_back_together_keeps_its_order() {
    let mut queue = queue(&SqsSettings { max_receive_count: Some(5), ..settings() }, [1, 2, 3, 4]);
    for round in 1..=3 {
        let receipts: Vec<Receipt> = (0..3).map(|_| deliver(&mut queue, at(30 * round)).0).collect();
        reappear(&mut queue, &receipts);
    }
    assert_eq!(contents(&mut queue, at(1_000)), [4, 1, 2, 3]);
}

#[test]
fn a_delayed_message_appears_after_the_delay() {
    let mut queue = Queue::new(&SqsSettings { delay: Span::from_secs(900), ..settings() });
    let message = queue.send(3);
    assert_eq!(queue.store(at(10), message), Some(at(910)));
    assert_eq!(queue.receive(at(10)), None);
    queue.appear(message);
    assert_eq!(contents(&mut queue, at(910)), [3]);
}

/// Rule [doc] S-qlim: at most about 120,000 messages are in flight; a long poll beyond returns nothing.
#[test]
fn at_most_120_000_messages_are_in_flight() {
    let mut queue = queue(&settings(), 0..120_001);
    let mut receipts = Vec::new();
    while let Some(Received::Delivered { receipt, .. }) = queue.receive(at(0)) {
        receipts.push(receipt);
    }
    assert_eq!((receipts.len(), queue.visible(), queue.is_receivable()), (120_000, 1, false));
    queue.delete(&receipts[5]);
    assert_eq!(contents(&mut queue, at(1)), [120_000]);
}

/// Sent at 0 s; the first is in flight, the second visible: both end after four days.
#[test]
fn a_message_expires_at_the_end_of_its_retention_wherever_it_is() {
    let mut queue = queue(&settings(), [1, 2]);
    let late = queue.send(3);
    queue.store(at(100), late);
    let (first, _) = deliver(&mut queue, at(345_590));
    assert_eq!((queue.expire(at(345_599)), queue.next_expiry()), (None, Some(at(345_600))));
    assert_eq!((queue.expire(at(345_600)), queue.expire(at(345_600))), (Some(1), Some(2)));
    assert_eq!((queue.expire(at(345_600)), queue.next_expiry()), (None, Some(at(345_700))));
    assert_eq!((queue.visible(), queue.in_flight()), (1, 0));
    reappear(&mut queue, &[first]);
    assert_eq!((queue.visible(), queue.delete(&first)), (1, None));
    assert_eq!(contents(&mut queue, at(345_650)), [3]);
}

#[test]
fn memory_grows_with_what_is_in_the_queue() {
    let mut queue = Queue::new(&settings());
    for round in 0..1_000 {
        let message = queue.send(round);
        queue.store(at(u64::from(round)), message);
        let (receipt, _) = deliver(&mut queue, at(u64::from(round)));
        assert_eq!(queue.delete(&receipt), Some(round));
    }
    assert!(queue.messages.is_empty() && queue.order.capacity() < 8);
}
