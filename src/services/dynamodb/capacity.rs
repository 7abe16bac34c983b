//! How much a table serves in a second: what was ordered, or twice the previous peak.

use std::collections::VecDeque;

use super::bucket::{Bucket, Rate};
use crate::kernel::{Span, Time};

/// Write units a second that a new table on demand counts as its previous peak: it serves twice that at once.
pub const NEW_TABLE_PEAK_WRITES: u64 = 2_000;
/// Read units a second, likewise.
pub const NEW_TABLE_PEAK_READS: u64 = 6_000;
/// Units a second, of either kind, beyond which no table on demand goes (the default quota).
pub const TABLE_QUOTA: u64 = 40_000;
/// Write units a second of one partition, and so of one key.
pub const PARTITION_WRITES: u64 = 1_000;
/// Read units a second of one partition, and so of one key.
pub const PARTITION_READS: u64 = 3_000;
/// How old a peak is when it counts as previous.
pub const PEAK_SETTLES_AFTER: Span = Span::from_secs(30 * 60);
/// How many times its previous peak a table serves.
const GROWTH: u64 = 2;
/// Seconds of unused units that a table keeps: provisioned …
const KEPT_PROVISIONED: u64 = 300;
/// … and on demand, where AWS documents none.
const KEPT_ON_DEMAND: u64 = 1;
const SECOND: u64 = 1_000_000_000;

/// The capacity of a table for reads or for writes.
#[derive(Debug, Clone)]
pub(super) struct Throughput {
    limit: Limit,
    bucket: Bucket,
}

#[derive(Debug, Clone)]
enum Limit {
    Provisioned(u64),
    OnDemand(Peaks),
}

impl Throughput {
    /// So many units a second, ordered. All counts are in the caller's units, `scale` of which are a unit of AWS's.
    pub(super) fn provisioned(units: u64, scale: u64) -> Self {
        Self::new(Limit::Provisioned(units * scale))
    }

    /// Twice the previous peak.
    pub(super) fn on_demand(peak: u64, scale: u64) -> Self {
        Self::new(Limit::OnDemand(Peaks::new(peak * scale, TABLE_QUOTA * scale)))
    }

    fn new(limit: Limit) -> Self {
        let mut limit = limit;
        let rate = limit.rate(Time::ZERO);
        Self { limit, bucket: Bucket::new(rate) }
    }

    /// Units a second that are served now.
    pub(super) fn served(&mut self, now: Time) -> u64 {
        self.limit.rate(now).units
    }

    /// Whether a call that takes so many units is served.
    pub(super) fn covers(&mut self, now: Time, units: u64) -> bool {
        let rate = self.limit.rate(now);
        self.bucket.covers(now, rate, units)
    }

    /// The call is served.
    pub(super) fn spend(&mut self, now: Time, units: u64) {
        self.bucket.spend(units);
        if let Limit::OnDemand(peaks) = &mut self.limit {
            peaks.served(now, units);
        }
    }
}

impl Limit {
    fn rate(&mut self, now: Time) -> Rate {
        match self {
            Self::Provisioned(units) => Rate { units: *units, kept: KEPT_PROVISIONED },
            Self::OnDemand(peaks) => Rate { units: peaks.limit(now), kept: KEPT_ON_DEMAND },
        }
    }
}

/// The peaks of a table on demand: the highest that settled, and higher ones that are not yet old enough.
#[derive(Debug, Clone)]
struct Peaks {
    settled: u64,
    quota: u64,
    /// Peaks of seconds, each higher than those before it: at most one for each second of half an hour.
    recent: VecDeque<(u64, u64)>,
    /// The second that units are being counted of, and how many there are.
    counting: (u64, u64),
}

impl Peaks {
    fn new(settled: u64, quota: u64) -> Self {
        Self { settled, quota, recent: VecDeque::new(), counting: (0, 0) }
    }

    fn limit(&mut self, now: Time) -> u64 {
        let second = now.as_nanos() / SECOND;
        self.close(second);
        let settles = PEAK_SETTLES_AFTER.as_nanos() / SECOND;
        while let Some(&(at, peak)) = self.recent.front()
            && at + settles <= second
        {
            self.settled = self.settled.max(peak);
            self.recent.pop_front();
        }
        (self.settled * GROWTH).min(self.quota)
    }

    fn served(&mut self, now: Time, units: u64) {
        self.close(now.as_nanos() / SECOND);
        self.counting.1 += units;
    }

    /// Notes the count of a second that is over, if it is a peak.
    fn close(&mut self, second: u64) {
        let (counted, units) = self.counting;
        if counted == second {
            return;
        }
        self.counting = (second, 0);
        let highest = self.recent.back().map_or(self.settled, |&(_, peak)| peak);
        if units > highest {
            self.recent.push_back((counted, units));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    /// How many single units are served at one instant, of those asked for.
    fn served(throughput: &mut Throughput, now: Time, asked: u64) -> u64 {
        (0..asked)
            .filter(|_| {
                let covered = throughput.covers(now, 1);
                if covered {
                    throughput.spend(now, 1);
                }
                covered
            })
            .count() as u64
    }

    /// 5,000 writes and 15,000 reads (in halves) at once: 4,000 and 12,000 units of them are served.
    ///
    /// Rule [doc] D-od: a new table on demand serves 4,000 write and 12,000 read units a second at once.
    #[test]
    fn a_new_table_serves_4_000_writes_and_12_000_reads_a_second() {
        assert_eq!(served(&mut Throughput::on_demand(NEW_TABLE_PEAK_WRITES, 1), at(5), 5_000), 4_000);
        assert_eq!(served(&mut Throughput::on_demand(NEW_TABLE_PEAK_READS, 2), at(5), 30_000), 24_000);
    }

    /// 3,000 a second from 0 s on, a peak above 2,000: 6,000 are served from 1,800 s on, not at 1,799 s.
    ///
    /// Rule [doc] D-od: a table serves twice its previous peak at once; beyond that it throttles unless growth is spread over 30 minutes.
    #[test]
    fn a_peak_counts_as_previous_after_half_an_hour() {
        let mut throughput = Throughput::on_demand(NEW_TABLE_PEAK_WRITES, 1);
        assert_eq!(served(&mut throughput, at(0), 3_000), 3_000);
        assert_eq!(served(&mut throughput, at(1_799), 9_000), 4_000, "twice 2,000");
        assert_eq!(served(&mut throughput, at(1_801), 9_000), 6_000, "twice 3,000");
        assert_eq!(served(&mut throughput, at(1_799 + 1_801), 9_000), 8_000, "twice 4,000");
    }

    /// A peak of 3,000 at 0 s, and nothing for a day: 6,000 are served.
    ///
    /// Rule [doc] D-od: a table that has grown keeps its capacity.
    #[test]
    fn a_table_that_has_grown_keeps_its_capacity() {
        let mut throughput = Throughput::on_demand(NEW_TABLE_PEAK_WRITES, 1);
        served(&mut throughput, at(0), 3_000);
        assert_eq!(served(&mut throughput, at(86_400), 9_000), 6_000);
        assert_eq!(throughput.served(at(90_000)), 12_000);
    }

    /// A table that has served 30,000 a second before would serve 60,000.
    ///
    /// Rule [doc] D-quota: no table serves more than 40,000 units a second of either kind.
    #[test]
    fn no_table_serves_more_than_the_quota() {
        assert_eq!(served(&mut Throughput::on_demand(30_000, 1), at(0), 60_000), TABLE_QUOTA);
    }

    /// 10 units a second: ten at the start; after 100 s of silence 1,000 are there and after an hour 3,000.
    ///
    /// Rule [doc] D-burst: provisioned capacity that was not used is kept for 300 s and may be used in a burst.
    #[test]
    fn unused_provisioned_capacity_is_kept_for_300_s() {
        let mut throughput = Throughput::provisioned(10, 1);
        assert_eq!(served(&mut throughput, at(0), 50), 10);
        assert_eq!(served(&mut throughput, at(100), 5_000), 1_000);
        assert_eq!(served(&mut throughput, at(3_700), 5_000), 3_000);
        assert_eq!(served(&mut throughput, at(3_701), 5_000), 10);
    }

    /// Whatever the traffic, what is remembered of half an hour is bounded.
    #[test]
    fn peaks_that_have_settled_are_forgotten() {
        let mut peaks = Peaks::new(1, 1_000_000);
        for second in 0..10_000 {
            peaks.served(at(second), second);
            peaks.limit(at(second));
        }
        assert!(peaks.recent.len() <= 1_801, "{}", peaks.recent.len());
    }
}
