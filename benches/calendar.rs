//! Which data structure the calendar should have: the hold model (take the soonest event, schedule another an
//! exponential time later) with a constant number of pending events. `docs/calendar.md` tells what came of it.

mod calendars;

use std::hint::black_box;
use std::time::Duration;

use calendars::Pending;
use calendars::calendar_queue::CalendarQueue;
use calendars::hole_heap::HoleHeap;
use calendars::radix_heap::RadixHeap;
use calendars::split_heap::SplitHeap;
use calendars::std_heap::StdHeap;
use calendars::wide_heap::WideHeap;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use simctl::kernel::{Calendar, Class, Distribution, Root, Span, Time};

#[expect(dead_code, reason = "the ids stand for the bytes that events carry along")]
/// As large as the model's events: a kind and two ids, 12 bytes.
#[derive(Debug, Clone, Copy)]
struct Event {
    kind: u32,
    item: u32,
    call: u32,
}

/// Holds measured at once, so that the clock and the loop do not count.
const HOLDS: usize = 1 << 14;

/// How long after an event the next one is due, in seconds, from an exponential number of mean 1.
type Model = fn(f64) -> f64;

/// The classical hold model: exponential with a mean of a second.
fn exponential(unit_mean: f64) -> f64 {
    unit_mean
}

/// Many events at one instant, as in a burst or a batch: whole seconds, one to four.
fn ties(unit_mean: f64) -> f64 {
    unit_mean.ceil().min(4.0)
}

/// Delays in ns, drawn beforehand: the draws are not what is measured.
fn delays(model: Model) -> Vec<u64> {
    let exponential = Distribution::exponential(1.0).expect("a mean of 1 is valid");
    let purpose = Root::new(1, 0).purpose("hold", "delay");
    let unit_means = (0..1 << 16).map(|item| exponential.sample(&mut purpose.draw(item, 0)));
    unit_means.map(|unit_mean| Span::from_secs_f64(model(unit_mean)).as_nanos()).collect()
}

/// A candidate with its own sequence numbers and clock.
struct Hold<'a, P> {
    pending: P,
    delays: std::iter::Cycle<std::slice::Iter<'a, u64>>,
    sequence: u64,
}

impl<'a, P: Pending<Event>> Hold<'a, P> {
    fn new(count: u32, delays: &'a [u64]) -> Self {
        let mut hold = Self { pending: P::default(), delays: delays.iter().cycle(), sequence: 0 };
        for item in 0..count {
            hold.schedule(0, Event { kind: 0, item, call: item });
        }
        // Past the first generation the pending set is in its steady state.
        (0..count * 4).for_each(|_| hold.step());
        hold
    }

    fn schedule(&mut self, now: u64, event: Event) {
        self.sequence += 1;
        let at = now + self.delays.next().expect("a cycle does not end");
        self.pending.schedule(u128::from(at) << 64 | u128::from(self.sequence), event);
    }

    fn step(&mut self) {
        let (key, event) = self.pending.pop().expect("a hold leaves as many as it finds");
        self.schedule((key >> 64) as u64, Event { kind: event.kind ^ 1, ..black_box(event) });
    }
}

/// The chosen calendar, behind the same interface.
struct Chosen(Calendar<Event>);

impl Default for Chosen {
    fn default() -> Self {
        Self(Calendar::new())
    }
}

impl Pending<Event> for Chosen {
    fn schedule(&mut self, key: u128, event: Event) {
        self.0.schedule(Time::from_nanos((key >> 64) as u64), Class(0), event);
    }
    fn pop(&mut self) -> Option<(u128, Event)> {
        self.0.pop().map(|(at, event)| (u128::from(at.as_nanos()) << 64, event))
    }
}

fn measure<P: Pending<Event>>(criterion: &mut Criterion, model: &str, name: &str, delays: &[u64], counts: &[u32]) {
    let mut group = criterion.benchmark_group(format!("{model}/{name}"));
    group.throughput(Throughput::Elements(HOLDS as u64));
    for &count in counts {
        let mut hold = Hold::<P>::new(count, delays);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| (0..HOLDS).for_each(|_| hold.step()));
        });
    }
    group.finish();
}

fn every_candidate(criterion: &mut Criterion) {
    let delays = delays(exponential);
    let counts = [100, 1_000, 10_000, 100_000];
    measure::<Chosen>(criterion, "exponential", "chosen", &delays, &counts);
    measure::<StdHeap<Event>>(criterion, "exponential", "std heap", &delays, &counts);
    measure::<WideHeap<Event, 4>>(criterion, "exponential", "plain 4-ary heap", &delays, &counts);
    measure::<HoleHeap<Event, 2>>(criterion, "exponential", "2-ary hole heap", &delays, &counts);
    measure::<HoleHeap<Event, 8>>(criterion, "exponential", "8-ary hole heap", &delays, &counts);
    measure::<SplitHeap<Event>>(criterion, "exponential", "split heap", &delays, &counts);
    measure::<RadixHeap<Event>>(criterion, "exponential", "radix heap", &delays, &counts);
    measure::<CalendarQueue<Event>>(criterion, "exponential", "calendar queue", &delays, &counts);
}

/// The fast ones again, with thousands of events at one instant.
fn unkind_delays(criterion: &mut Criterion) {
    let delays = delays(ties);
    let counts = [100, 1_000, 10_000];
    measure::<Chosen>(criterion, "ties", "chosen", &delays, &counts);
    measure::<StdHeap<Event>>(criterion, "ties", "std heap", &delays, &counts);
    measure::<HoleHeap<Event, 2>>(criterion, "ties", "2-ary hole heap", &delays, &counts);
    measure::<RadixHeap<Event>>(criterion, "ties", "radix heap", &delays, &counts);
    measure::<CalendarQueue<Event>>(criterion, "ties", "calendar queue", &delays, &counts);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500));
    targets = every_candidate, unkind_delays
}
criterion_main!(benches);
