//! Scheduled bursts: so many items from a time of day, uniformly within a length of time.
//!
//! Each burst happens every day of the run. One that would have begun before the start of the run is left out. Its
//! items are drawn in ascending order, so nothing is stored however large it is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::kernel::{Purpose, Root, Span, Time};

use super::profile::phase_ns;
use super::settings::Burst;
use super::spread::{Ascending, whole_count};

pub(super) const DAY: Span = Span::from_secs(86_400);

/// All bursts of a stream, merged; at one instant the earlier in the list comes first.
#[derive(Debug)]
pub(super) struct Bursts {
    days: Vec<Daily>,
    pending: BinaryHeap<Reverse<(Time, usize)>>,
}

impl Bursts {
    /// `at` is below a day and `within` at most one.
    pub(super) fn new(
        bursts: &[Burst],
        start: jiff::Timestamp,
        until: Time,
        load: f64,
        root: &Root,
        stream: &str,
    ) -> Self {
        let open = |(i, burst)| Daily::new(burst, first_day(burst, start), until, load, root, stream, i);
        let mut days: Vec<_> = bursts.iter().enumerate().map(open).collect();
        let pending = days.iter_mut().enumerate().map(|(i, daily)| Reverse((daily.next(), i))).collect();
        Self { days, pending }
    }

    /// The next arrival; [`Time::NEVER`] past the end of the stream.
    pub(super) fn next(&mut self) -> Time {
        let Some(mut soonest) = self.pending.peek_mut() else { return Time::NEVER };
        let Reverse((at, index)) = *soonest;
        *soonest = Reverse((self.days[index].next(), index));
        at
    }

    /// Expected items before `until`; a burst cut by the end counts in part.
    pub(super) fn expected(bursts: &[Burst], start: jiff::Timestamp, until: Time, load: f64) -> f64 {
        bursts.iter().map(|burst| burst.items as f64 * load * days_within(burst, first_day(burst, start), until)).sum()
    }
}

/// When a burst begins for the first time.
fn first_day(burst: &Burst, start: jiff::Timestamp) -> Time {
    let day = DAY.as_nanos();
    let since_midnight = phase_ns(start, day);
    Time::from_nanos((burst.at.as_nanos() + day - since_midnight) % day)
}

/// How many times a burst happens, the last perhaps in part.
fn days_within(burst: &Burst, first: Time, until: Time) -> f64 {
    if until <= first {
        return 0.0;
    }
    let left = until.since(first).as_nanos();
    let last = left.saturating_sub(1) / DAY.as_nanos();
    let into_last = Span::from_nanos(left - last * DAY.as_nanos());
    let part = if burst.within > into_last { into_last.as_secs_f64() / burst.within.as_secs_f64() } else { 1.0 };
    last as f64 + part
}

/// One burst, day after day.
#[derive(Debug)]
struct Daily {
    start: Time,
    day: u32,
    within_ns: f64,
    /// Items a day, perhaps with a fraction, which is a chance of one more.
    items: f64,
    points: Ascending,
    counts: Purpose,
    offsets: Purpose,
    until: Time,
}

impl Daily {
    fn new(burst: &Burst, first: Time, until: Time, load: f64, root: &Root, stream: &str, index: usize) -> Self {
        let counts = root.purpose(stream, &format!("burst {index} count"));
        let offsets = root.purpose(stream, &format!("burst {index} offset"));
        let items = burst.items as f64 * load;
        let points = Ascending::new(whole_count(items, &mut counts.draw(0, 0)));
        let within_ns = burst.within.as_nanos() as f64;
        Self { start: first, day: 0, within_ns, items, points, counts, offsets, until }
    }

    fn next(&mut self) -> Time {
        while self.start < self.until {
            let mut draw = self.offsets.draw(self.points.left(), self.day);
            if let Some(point) = self.points.next(&mut draw) {
                return self.start + Span::from_nanos((point * self.within_ns) as u64);
            }
            self.start += DAY;
            self.day = self.day.saturating_add(1);
            self.points = Ascending::new(whole_count(self.items, &mut self.counts.draw(u64::from(self.day), 0)));
        }
        Time::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(items: u64, at_s: u64, within_s: u64) -> Burst {
        Burst { items, at: Span::from_secs(at_s), within: Span::from_secs(within_s) }
    }

    fn civil(text: &str) -> jiff::Timestamp {
        text.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    fn all(bursts: &[Burst], start: &str, days: u64, load: f64) -> Vec<Time> {
        let until = Time::ZERO + DAY.times(days);
        let mut bursts = Bursts::new(bursts, civil(start), until, load, &Root::new(5, 0), "s");
        std::iter::from_fn(|| Some(bursts.next()).filter(|&at| at < until)).collect()
    }

    #[test]
    fn every_day_has_its_items_in_order_and_within() {
        let times = all(&[burst(3_000, 7_200, 300)], "2026-11-23T00:00:00Z", 3, 1.0);
        assert_eq!(times.len(), 9_000);
        assert!(times.is_sorted());
        for (i, &at) in times.iter().enumerate() {
            let begin = Time::ZERO + Span::from_secs(7_200 + i as u64 / 3_000 * 86_400);
            assert!(at >= begin && at < begin + Span::from_secs(300), "{i}");
        }
    }

    #[test]
    fn a_burst_of_no_length_comes_all_at_once() {
        let times = all(&[burst(50, 3_600, 0)], "2026-11-23T00:00:00Z", 1, 1.0);
        assert_eq!(times, vec![Time::ZERO + Span::from_secs(3_600); 50]);
    }

    #[test]
    fn bursts_that_overlap_are_merged() {
        let times = all(&[burst(100, 600, 600), burst(100, 900, 600)], "2026-11-23T00:00:00Z", 1, 1.0);
        assert_eq!(times.len(), 200);
        assert!(times.is_sorted());
    }

    #[test]
    fn times_of_day_are_civil() {
        // The run starts at 20:00: the burst of 02:00 comes 6 hours later, that of 19:00 only the day after.
        let times = all(&[burst(1, 7_200, 0), burst(1, 68_400, 0)], "2026-11-23T20:00:00Z", 1, 1.0);
        assert_eq!(times, [6 * 3_600, 23 * 3_600].map(|s| Time::ZERO + Span::from_secs(s)));
    }

    #[test]
    fn load_multiplies_the_items_and_keeps_fractions_on_average() {
        assert_eq!(all(&[burst(100, 0, 60)], "2026-11-23T00:00:00Z", 1, 2.5).len(), 250);
        // 3 * 0.5 = 1.5 items a day: Binomial(400, 1/2) above 400; sd 10, 3.9 sd is 1e-4 two-sided.
        let count = all(&[burst(3, 0, 60)], "2026-11-23T00:00:00Z", 400, 0.5).len() as f64;
        assert!((count - 600.0).abs() < 39.0, "{count}");
    }

    #[test]
    fn the_expected_count_is_of_what_happens_before_the_end() {
        let start = civil("2026-11-23T00:00:00Z");
        let bursts = [burst(1_000, 7_200, 300)];
        let at = |seconds| Bursts::expected(&bursts, start, Time::ZERO + Span::from_secs(seconds), 2.0);
        assert_eq!(at(7_200), 0.0);
        assert_eq!(at(7_200 + 75), 500.0);
        assert_eq!(at(86_400), 2_000.0);
        assert_eq!(at(2 * 86_400), 4_000.0);
        assert_eq!(Bursts::expected(&[burst(10, 0, 0)], start, Time::ZERO + DAY, 1.0), 10.0);
    }
}
