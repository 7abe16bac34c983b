//! The calendar by hand, and against a sorted list.

use proptest::prelude::*;

use super::*;

const FIRST: Class = Class(0);
const LATER: Class = Class(7);

fn at(nanos: u64) -> Time {
    Time::from_nanos(nanos)
}

fn drain(calendar: &mut Calendar<u32>) -> Vec<u32> {
    std::iter::from_fn(|| calendar.pop()).map(|(_, event)| event).collect()
}

#[test]
fn events_come_by_time_then_class_then_sequence() {
    let mut calendar = Calendar::new();
    calendar.schedule(at(20), FIRST, 4);
    calendar.schedule(at(10), LATER, 2);
    calendar.schedule(at(10), LATER, 3);
    calendar.schedule(at(10), FIRST, 1);
    assert_eq!(calendar.next_time(), Some(at(10)));
    assert_eq!(drain(&mut calendar), [1, 2, 3, 4]);
    assert_eq!((calendar.pop(), calendar.next_time(), calendar.is_empty()), (None, None, true));
}

#[test]
fn a_lower_class_scheduled_within_the_instant_goes_first() {
    let mut calendar = Calendar::new();
    calendar.schedule(at(10), LATER, 1);
    calendar.schedule(at(10), LATER, 3);
    assert_eq!(calendar.pop(), Some((at(10), 1)));
    calendar.schedule(at(10), FIRST, 2);
    assert_eq!(drain(&mut calendar), [2, 3]);
}

#[test]
fn the_end_of_the_clock_is_remembered() {
    let mut calendar = Calendar::new();
    calendar.schedule(at(u64::MAX - 1), FIRST, 1);
    assert!(!calendar.overflowed());
    calendar.schedule(Time::NEVER, FIRST, 2);
    assert!(calendar.overflowed());
    drain(&mut calendar);
    assert!(calendar.overflowed());
}

#[test]
fn a_cancelled_event_does_not_happen() {
    let mut calendar = Calendar::new();
    let first = calendar.schedule(at(10), FIRST, 1);
    calendar.schedule(at(20), FIRST, 2);
    let last = calendar.schedule(at(30), FIRST, 3);
    calendar.cancel(first);
    calendar.cancel(last);
    calendar.cancel(last);
    assert_eq!((calendar.len(), calendar.next_time()), (1, Some(at(20))));
    assert_eq!(drain(&mut calendar), [2]);
}

#[test]
fn cancelling_what_has_happened_changes_nothing() {
    let mut calendar = Calendar::new();
    let first = calendar.schedule(at(10), FIRST, 1);
    calendar.schedule(at(10), FIRST, 2);
    calendar.pop();
    calendar.cancel(first);
    assert_eq!((calendar.len(), calendar.is_empty()), (1, false));
    assert_eq!(drain(&mut calendar), [2]);
    calendar.cancel(first);
    assert_eq!((calendar.len(), calendar.cancelled.len()), (0, 0));
}

#[test]
fn cancelled_events_do_not_pile_up() {
    // A timer for each of a million items, cancelled at once, behind one event that stays in front and 100 behind.
    let mut calendar = Calendar::new();
    calendar.schedule(at(1), FIRST, 0);
    (0..100).for_each(|_| _ = calendar.schedule(at(u64::MAX - 1), FIRST, 1));
    for item in 0..1_000_000 {
        let timer = calendar.schedule(at(1_000 + item), FIRST, 2);
        calendar.cancel(timer);
        assert!(calendar.heap.len() <= 2 * 101 + 2 * SWEEP_FLOOR, "{} entries", calendar.heap.len());
        assert!(calendar.cancelled.len() <= 101 + SWEEP_FLOOR);
    }
    assert_eq!(calendar.len(), 101);
}

/// Eight times the floor are pending: with half of them cancelled none is swept out, with one more all are.
#[test]
fn cancelled_events_are_swept_out_once_they_are_more_than_half() {
    let pending = 8 * SWEEP_FLOOR;
    let mut calendar = Calendar::new();
    calendar.schedule(at(1), FIRST, 0);
    let tickets: Vec<_> = (1..pending).map(|time| calendar.schedule(at(1 + time as u64), FIRST, 1)).collect();
    let (half, rest) = tickets.split_at(pending / 2);
    half.iter().for_each(|&ticket| calendar.cancel(ticket));
    assert_eq!((calendar.heap.len(), calendar.cancelled.len()), (pending, pending / 2));
    calendar.cancel(rest[0]);
    assert_eq!((calendar.heap.len(), calendar.cancelled.len()), (pending / 2 - 1, 0));
    assert_eq!(calendar.len(), pending / 2 - 1);
}

/// Below the floor no cancelled event is worth a sweep.
#[test]
fn few_cancelled_events_are_left_where_they_are() {
    let mut calendar = Calendar::new();
    calendar.schedule(at(1), FIRST, 0);
    for time in 0..SWEEP_FLOOR as u64 {
        let ticket = calendar.schedule(at(10 + time), FIRST, 1);
        calendar.cancel(ticket);
    }
    assert_eq!((calendar.heap.len(), calendar.cancelled.len(), calendar.len()), (1 + SWEEP_FLOOR, SWEEP_FLOOR, 1));
}

#[derive(Debug, Clone)]
enum Step {
    Schedule { delay: u64, class: u8 },
    Cancel { which: prop::sample::Index },
    CancelRecent { back: usize },
    Pop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..40u64, 0..3u8).prop_map(|(delay, class)| Step::Schedule { delay, class }),
        1 => any::<prop::sample::Index>().prop_map(|which| Step::Cancel { which }),
        2 => (1..20usize).prop_map(|back| Step::CancelRecent { back }),
        3 => Just(Step::Pop),
    ]
}

/// What the calendar promises, done in the simplest way: a list searched for its least (time, class, sequence).
#[derive(Default)]
struct Naive(Vec<(u64, u8, u32)>);

impl Naive {
    fn pop(&mut self) -> Option<(Time, u32)> {
        let soonest = *self.0.iter().min()?;
        self.0.retain(|&pending| pending != soonest);
        Some((at(soonest.0), soonest.2))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn it_does_what_a_sorted_list_does(steps in prop::collection::vec(step(), 1..600)) {
        let (mut calendar, mut naive, mut tickets, mut now) = (Calendar::new(), Naive::default(), Vec::new(), 0);
        for step in steps {
            let cancelled = match step {
                Step::Schedule { delay, class } => {
                    let event = tickets.len() as u32;
                    tickets.push(calendar.schedule(at(now + delay), Class(class), event));
                    naive.0.push((now + delay, class, event));
                    None
                }
                Step::Cancel { which } => (!tickets.is_empty()).then(|| which.index(tickets.len())),
                Step::CancelRecent { back } => tickets.len().checked_sub(back),
                Step::Pop => {
                    let popped = calendar.pop();
                    prop_assert_eq!(popped, naive.pop());
                    now = popped.map_or(now, |(time, _)| time.as_nanos());
                    None
                }
            };
            if let Some(event) = cancelled {
                calendar.cancel(tickets[event]);
                naive.0.retain(|pending| pending.2 != event as u32);
            }
            prop_assert_eq!(calendar.next_time(), naive.0.iter().min().map(|soonest| at(soonest.0)));
            prop_assert_eq!((calendar.len(), calendar.is_empty()), (naive.0.len(), naive.0.is_empty()));
        }
        while let Some(expected) = naive.pop() {
            prop_assert_eq!(calendar.pop(), Some(expected));
        }
        prop_assert_eq!(calendar.pop(), None);
    }
}
