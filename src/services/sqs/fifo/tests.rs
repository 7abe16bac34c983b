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

type Numbers = FifoQueue<u32, char>;

fn put(queue: &mut Numbers, now: Time, content: u32, group: char) -> Handle {
    let message = queue.send(content, group);
    assert!(queue.reach(message), "it is the only one of its group on its way");
    queue.store(now, message);
    message
}

/// A queue with these messages, all sent at the start, each with its group.
fn queue(settings: &SqsSettings, messages: impl IntoIterator<Item = (u32, char)>) -> Numbers {
    let mut queue = FifoQueue::new(settings);
    for (content, group) in messages {
        put(&mut queue, at(0), content, group);
    }
    queue
}

/// One receive of at most `most`: its receipts and what they are about.
fn receive(queue: &mut Numbers, now: Time, most: usize) -> (Vec<Receipt>, Vec<u32>) {
    let mut taken = (Vec::new(), Vec::new());
    while taken.0.len() < most {
        match queue.receive(now) {
            Some(Received::Delivered { receipt, content, .. }) => {
                taken.0.push(receipt);
                taken.1.push(content);
            }
            Some(Received::DeadLettered(_)) => {}
            None => break,
        }
    }
    queue.end_receive();
    taken
}

/// 1, 3 and 5 are of group a, 2 and 4 of b, 6 of c.
fn three_groups() -> Numbers {
    queue(&settings(), [(1, 'a'), (2, 'b'), (3, 'a'), (4, 'b'), (5, 'a'), (6, 'c')])
}

/// Rule [doc] S-fifo: one receive takes as many messages as it can from one group, then from others.
#[test]
fn a_receive_takes_as_many_as_it_can_from_one_group_then_from_others() {
    assert_eq!(receive(&mut three_groups(), at(0), 10).1, [1, 3, 5, 2, 4, 6]);
    assert_eq!(receive(&mut three_groups(), at(0), 4).1, [1, 3, 5, 2]);
    assert_eq!(receive(&mut three_groups(), at(0), 2).1, [1, 3]);
}

/// Rule [doc] S-fifo: while a message of a group is in flight, no later message of that group is given to another receive.
#[test]
fn a_group_with_a_message_in_flight_gives_none_to_another_receive() {
    let mut queue = three_groups();
    let (receipts, first) = receive(&mut queue, at(0), 1);
    assert_eq!((first, queue.in_flight()), (vec![1], 1));
    assert_eq!(receive(&mut queue, at(0), 10).1, [2, 4, 6]);
    assert!(!queue.is_receivable());
    assert_eq!(queue.delete(&receipts[0]), Some(1));
    assert_eq!(receive(&mut queue, at(1), 10).1, [3, 5]);
}

/// Two of group a are in flight, one of them is deleted: the other still blocks.
#[test]
fn a_group_is_free_when_the_last_of_its_messages_in_flight_is_deleted() {
    let mut queue = queue(&settings(), [(1, 'a'), (2, 'a'), (3, 'a')]);
    let (receipts, _) = receive(&mut queue, at(0), 2);
    queue.delete(&receipts[0]);
    assert!(!queue.is_receivable());
    queue.delete(&receipts[1]);
    assert_eq!(receive(&mut queue, at(1), 10).1, [3]);
}

/// Rule [doc] S-fifo: a batch that is not deleted blocks its groups till its visibility timeout has run, and comes back in its old order.
#[test]
fn what_comes_back_keeps_its_place_in_its_group() {
    let mut queue = queue(&settings(), [(1, 'a'), (2, 'a'), (3, 'b'), (4, 'a')]);
    let (receipts, _) = receive(&mut queue, at(0), 2);
    assert_eq!(receipts[0].visible_again, at(30));
    assert_eq!(receive(&mut queue, at(29), 10).1, [3]);
    queue.reappear(receipts.iter().copied());
    let (again, contents) = receive(&mut queue, at(30), 10);
    assert_eq!((contents, again[0].receives, again[2].receives), (vec![1, 2, 4], 2, 1));
    queue.reappear(receipts.iter().copied());
    assert_eq!((queue.is_receivable(), queue.delete(&receipts[0])), (false, None), "they are old receipts");
}

/// Also at the tenth receive, where a standard queue sends a message to its back.
#[test]
fn no_message_is_sent_to_the_back() {
    let mut queue = queue(&SqsSettings { max_receive_count: Some(1_000), ..settings() }, [(1, 'a'), (2, 'a')]);
    for round in 0..10 {
        let (receipts, contents) = receive(&mut queue, at(30 * round), 1);
        assert_eq!(contents, [1]);
        queue.reappear(receipts.into_iter());
    }
}

/// Received twice, the first is a dead letter at the third receive, which delivers those behind it.
///
/// Rule [doc] S-dlq: with a dead-letter queue a poison message leaves its group and later ones pass, so that order is broken.
#[test]
fn a_dead_letter_leaves_its_group_and_later_ones_pass() {
    let mut queue = queue(&SqsSettings { max_receive_count: Some(2), ..settings() }, [(1, 'a'), (2, 'a'), (3, 'a')]);
    for round in 0..2 {
        let (receipts, contents) = receive(&mut queue, at(30 * round), 1);
        assert_eq!(contents, [1]);
        queue.reappear(receipts.into_iter());
    }
    assert_eq!(receive(&mut queue, at(60), 1).1, [2]);
    assert!(!queue.is_receivable(), "3 waits for 2");
}

#[test]
fn a_group_of_dead_letters_only_makes_way_for_the_next() {
    let mut queue = queue(&SqsSettings { max_receive_count: Some(1), ..settings() }, [(1, 'a'), (2, 'b')]);
    let (receipts, _) = receive(&mut queue, at(0), 1);
    queue.reappear(receipts.into_iter());
    assert_eq!(receive(&mut queue, at(30), 10).1, [2]);
    assert_eq!((queue.messages.len(), queue.groups.len(), queue.by_name.len()), (1, 1, 1));
}

/// Of group a 120,000 wait behind one in flight: b, sent after them, is not seen until one of them is gone.
///
/// Rule [doc] S-fifo: a receive scans the first 120,000 messages only, so that a large backlog of one blocked group starves the rest.
#[test]
fn behind_120_000_messages_of_a_blocked_group_others_starve() {
    let mut queue = queue(&settings(), (0..120_000).map(|number| (number, 'a')).chain([(7, 'b'), (8, 'c')]));
    let (receipts, contents) = receive(&mut queue, at(0), 1);
    assert_eq!((contents, queue.is_receivable()), (vec![0], false));
    // One more leaves the queue: b moves up, c does not.
    queue.delete(&receipts[0]);
    let (receipts, _) = receive(&mut queue, at(1), 1);
    assert_eq!((receive(&mut queue, at(1), 10).1, queue.is_receivable()), (vec![7], false));
    queue.delete(&receipts[0]);
    assert_eq!(receive(&mut queue, at(2), 1).1, [2]);
    assert_eq!(receive(&mut queue, at(2), 10).1, [8]);
}

/// Rule [doc] S-qlim: at most 120,000 messages of a FIFO queue are in flight; a receive beyond returns nothing.
#[test]
fn at_most_120_000_messages_are_in_flight() {
    let mut queue: FifoQueue<u32, u32> = FifoQueue::new(&settings());
    for number in 0..120_001 {
        let message = queue.send(number, number);
        queue.store(at(0), message);
    }
    let mut first = None;
    while let Some(Received::Delivered { receipt, .. }) = queue.receive(at(0)) {
        first = first.or(Some(receipt));
    }
    queue.end_receive();
    assert_eq!((queue.in_flight(), queue.is_receivable()), (120_000, false));
    queue.delete(&first.expect("messages were received"));
    assert!(queue.is_receivable());
}

/// Two of one group; the second send arrives first and waits at the door, also while the first is tried again.
#[test]
fn messages_of_a_group_are_stored_in_the_order_of_their_sending() {
    let mut queue: Numbers = FifoQueue::new(&settings());
    let [first, second, other] = [(1, 'a'), (2, 'a'), (3, 'b')].map(|(content, group)| queue.send(content, group));
    assert!(!queue.reach(second) && queue.reach(other) && queue.reach(first));
    queue.hold_off(first);
    assert_eq!(queue.store(at(0), other), Entered { result: None, next: None });
    assert!(queue.reach(first), "its second try");
    assert_eq!(queue.store(at(1), first), Entered { result: None, next: Some(second) });
    assert_eq!(queue.store(at(1), second), Entered { result: None, next: None });
    assert_eq!(receive(&mut queue, at(1), 10).1, [3, 1, 2]);
}

#[test]
fn what_is_refused_makes_way_for_the_next_of_its_group() {
    let mut queue: Numbers = FifoQueue::new(&settings());
    let [first, second] = [1, 2].map(|content| queue.send(content, 'a'));
    assert!(!queue.reach(second) && queue.reach(first));
    assert_eq!(queue.refuse(first), Entered { result: 1, next: Some(second) });
    assert_eq!(queue.refuse(second), Entered { result: 2, next: None });
    assert!(queue.messages.is_empty() && queue.groups.is_empty() && queue.by_name.is_empty());
}

/// Rule [doc] S-delay: a FIFO queue's delay hides each new message, and with it those of its group behind it.
#[test]
fn a_delayed_message_appears_after_the_delay_and_holds_up_its_group() {
    let mut queue: Numbers = FifoQueue::new(&SqsSettings { delay: Span::from_secs(900), ..settings() });
    let [first, second] = [1, 2].map(|content| queue.send(content, 'a'));
    assert_eq!(queue.store(at(10), first).result, Some(at(910)));
    assert_eq!(queue.store(at(20), second).result, Some(at(920)));
    assert!(!queue.is_receivable());
    queue.appear(first);
    assert_eq!(receive(&mut queue, at(910), 10).1, [1]);
    queue.appear(second);
    assert!(!queue.is_receivable(), "the first is in flight");
}

#[test]
fn a_message_expires_wherever_it_is_and_frees_its_group() {
    let mut queue = queue(&settings(), [(1, 'a'), (2, 'b')]);
    put(&mut queue, at(100), 3, 'a');
    let (receipts, _) = receive(&mut queue, at(345_590), 1);
    assert_eq!((queue.expire(at(345_599)), queue.next_expiry()), (None, Some(at(345_600))));
    assert_eq!([(); 3].map(|()| queue.expire(at(345_600))), [Some(1), Some(2), None]);
    queue.reappear(receipts.iter().copied());
    assert_eq!((queue.in_flight(), queue.delete(&receipts[0])), (0, None));
    assert_eq!(receive(&mut queue, at(345_650), 10).1, [3]);
}

/// Every way of a message and of a group ends with nothing kept.
#[test]
fn memory_grows_with_what_is_in_the_queue() {
    let mut queue: FifoQueue<u32, u32> = FifoQueue::new(&settings());
    for round in 0..10_000 {
        let message = queue.send(round, round);
        queue.store(at(u64::from(round)), message);
        let Some(Received::Delivered { receipt, .. }) = queue.receive(at(u64::from(round))) else {
            panic!("it is free")
        };
        queue.end_receive();
        assert_eq!(queue.delete(&receipt), Some(round));
    }
    assert!(queue.messages.is_empty() && queue.groups.is_empty() && queue.free.capacity() < 8);
    assert!(queue.by_name.capacity() < 64 && queue.scanned == 0);
}

/// A thousand steps drawn by chance, against a queue written down as a list: what a receive gives is the same.
#[test]
fn it_does_what_a_plain_list_does() {
    let purpose = crate::kernel::Root::new(1, 0).purpose("fifo", "steps");
    for case in 0..20 {
        let mut queue: FifoQueue<u32, u64> = FifoQueue::new(&settings());
        let mut list: Vec<(u32, u64, Option<Receipt>)> = Vec::new();
        for step in 0..1_000 {
            let mut draw = purpose.draw(case, step);
            match draw.below(4) {
                0 | 1 => {
                    let group = draw.below(6);
                    let message = queue.send(step, group);
                    queue.store(at(0), message);
                    list.push((step, group, None));
                }
                2 => {
                    let expected = plain_receive(&list, 3);
                    let mut got = Vec::new();
                    while got.len() < 3
                        && let Some(Received::Delivered { receipt, content, .. }) = queue.receive(at(u64::from(step)))
                    {
                        got.push(content);
                        list.iter_mut().find(|entry| entry.0 == content).expect("it was sent").2 = Some(receipt);
                    }
                    queue.end_receive();
                    assert_eq!(got, expected, "case {case}, step {step}");
                }
                _ => {
                    let flying: Vec<usize> = (0..list.len()).filter(|&index| list[index].2.is_some()).collect();
                    let Some(&index) = flying.get(draw.below(flying.len() as u64) as usize) else { continue };
                    let receipt = list[index].2.take().expect("it is in flight");
                    if draw.chance(0.3) {
                        queue.reappear([receipt].into_iter());
                    } else {
                        assert_eq!(queue.delete(&receipt), Some(list[index].0));
                        list.remove(index);
                    }
                }
            }
        }
    }
}

/// What a receive of at most `most` takes off a list of (content, group, in flight), by going through it.
fn plain_receive(list: &[(u32, u64, Option<Receipt>)], most: usize) -> Vec<u32> {
    let mut groups: Vec<u64> = list.iter().map(|entry| entry.1).collect();
    let mut seen = Vec::new();
    groups.retain(|&group| {
        !seen.contains(&group) && {
            seen.push(group);
            true
        }
    });
    let blocked = |group: u64| list.iter().any(|entry| entry.1 == group && entry.2.is_some());
    let free = groups.into_iter().filter(|&group| !blocked(group));
    free.flat_map(|group| list.iter().filter(move |entry| entry.1 == group).map(|entry| entry.0)).take(most).collect()
}
