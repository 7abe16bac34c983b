//! A two-level (logarithmic, then linear) histogram of nanoseconds.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kernel::Span;

/// Linear sub-buckets of an octave, as a power of two.
const SUB_BITS: u32 = 8;
const SUB_BUCKETS: usize = 1 << SUB_BITS;
/// One more than the largest index: 55 shifts of the octaves above the two exact ones.
const INDEX_LIMIT: usize = (63 - SUB_BITS as usize + 2) * SUB_BUCKETS;
/// Names the rule that turns a length of time into an index. To be changed with it.
const LAYOUT: u32 = 1;

/// Counts of lengths of time; quantiles are exact to a relative error of at most [`Histogram::RELATIVE_ERROR`].
///
/// Below 512 ns a bucket holds one nanosecond; above, every octave is cut in 256 equal buckets. Number, sum, least and
/// greatest are exact. Everything is an integer, so merging is exact and its order does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Histogram {
    /// Counts up to the highest octave in use.
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

/// Why a stored histogram could not be read back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistogramError {
    /// Written with other buckets.
    #[error("bucket layout {found} is not the layout {LAYOUT} of this program")]
    Layout {
        /// The layout it was written with.
        found: u32,
    },
    /// The pairs are not what this program writes.
    #[error("bucket {index} is out of order, out of range or empty")]
    Bucket {
        /// The index of the bad pair.
        index: u32,
    },
    /// The counts add up to more than can be counted, or the extremes are not in the first and last bucket.
    #[error("the counts, least and greatest value do not belong together")]
    Inconsistent,
}

/// A histogram as written: the buckets in use only.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    layout: u32,
    sum_ns: u128,
    min_ns: Option<u64>,
    max_ns: Option<u64>,
    buckets: Vec<(u32, u64)>,
}

/// The bucket of a value: its octave's shift, then its leading nine bits.
const fn index_of(nanos: u64) -> usize {
    let shift = 63 - SUB_BITS - (nanos | SUB_BUCKETS as u64).leading_zeros();
    ((shift as usize) << SUB_BITS) + (nanos >> shift) as usize
}

/// Lowest and highest value of a bucket.
const fn bounds_of(index: usize) -> (u64, u64) {
    let shift = (index >> SUB_BITS).saturating_sub(1);
    let low = ((index - (shift << SUB_BITS)) as u64) << shift;
    (low, low + ((1 << shift) - 1))
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Vec::new(), count: 0, sum: 0, min: u64::MAX, max: 0 }
    }
}

impl Histogram {
    /// Largest relative error of a quantile.
    pub const RELATIVE_ERROR: f64 = 1.0 / 512.0;

    /// Counts one length of time.
    #[inline]
    pub fn record(&mut self, span: Span) {
        self.add(span.as_nanos(), 1);
    }

    /// Counts the same length of time `many` times.
    #[inline]
    pub fn record_many(&mut self, span: Span, many: u64) {
        if many > 0 {
            self.add(span.as_nanos(), many);
        }
    }

    #[inline]
    fn add(&mut self, nanos: u64, many: u64) {
        let index = index_of(nanos);
        if index >= self.counts.len() {
            self.grow(index);
        }
        self.counts[index] += many;
        self.count += many;
        self.sum += u128::from(nanos) * u128::from(many);
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
    }

    /// Makes room for the whole octave of `index`.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        self.counts.resize(((index >> SUB_BITS) + 1) << SUB_BITS, 0);
    }

    /// How many lengths were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in nanoseconds, exact.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Their mean in seconds; none where nothing was counted.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// The least, exact.
    #[must_use]
    pub fn min(&self) -> Option<Span> {
        (self.count > 0).then(|| Span::from_nanos(self.min))
    }

    /// The greatest, exact.
    #[must_use]
    pub fn max(&self) -> Option<Span> {
        (self.count > 0).then(|| Span::from_nanos(self.max))
    }

    /// The `q`-quantile (`q` in 0..=1, clamped) among the counted lengths and `never` more that are longer than any.
    ///
    /// It is the ⌈q·n⌉-th smallest of the n = count + never (the first for q = 0): exact where that is the least or the
    /// greatest of the counted, else read as the middle of its bucket and held between the two. None where it is one of
    /// the `never`, or where n is 0. The product is lowered by a few units in its last place first, so that a `q` that
    /// has no exact binary form (0.07 of 100) keeps the rank its decimal form means.
    #[must_use]
    pub fn quantile(&self, q: f64, never: u64) -> Option<Span> {
        let rank = rank(q, self.count.saturating_add(never));
        match rank {
            beyond if beyond > self.count => return None,
            1 => return self.min(),
            last if last == self.count => return self.max(),
            _ => {}
        }
        let mut below = 0;
        let index = self.counts.iter().position(|&count| {
            below += count;
            below >= rank
        })?;
        let (low, high) = bounds_of(index);
        let middle = low + (high - low).div_ceil(2);
        Some(Span::from_nanos(middle.clamp(self.min, self.max)))
    }

    /// How many of the lengths are at most `span`: exact at and beyond the extremes, and to the bucket of `span` (all of
    /// which counts) between them.
    #[must_use]
    pub fn count_at_most(&self, span: Span) -> u64 {
        if span.as_nanos() < self.min {
            return 0;
        }
        self.counts.iter().take(index_of(span.as_nanos()) + 1).sum()
    }

    /// Adds all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The buckets in use from the lowest up: least and greatest length that falls in it, and how many did.
    pub fn buckets(&self) -> impl Iterator<Item = (Span, Span, u64)> + '_ {
        self.counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(index, &count)| {
            let (low, high) = bounds_of(index);
            (Span::from_nanos(low), Span::from_nanos(high), count)
        })
    }
}

/// The rank, from 1, of the `q`-quantile among `n`.
fn rank(q: f64, n: u64) -> u64 {
    let exact = q.clamp(0.0, 1.0) * n as f64;
    if q >= 1.0 {
        return n.max(1);
    }
    ((exact - exact * 4.0 * f64::EPSILON).ceil() as u64).clamp(1, n.max(1))
}

impl From<Histogram> for Stored {
    fn from(histogram: Histogram) -> Self {
        let used = histogram.counts.iter().enumerate().filter(|&(_, &count)| count > 0);
        Self {
            layout: LAYOUT,
            sum_ns: histogram.sum,
            min_ns: histogram.min().map(Span::as_nanos),
            max_ns: histogram.max().map(Span::as_nanos),
            buckets: used.map(|(index, &count)| (index as u32, count)).collect(),
        }
    }
}

impl TryFrom<Stored> for Histogram {
    type Error = HistogramError;

    fn try_from(stored: Stored) -> Result<Self, HistogramError> {
        if stored.layout != LAYOUT {
            return Err(HistogramError::Layout { found: stored.layout });
        }
        let mut histogram = Self { sum: stored.sum_ns, ..Self::default() };
        let mut least_index = 0;
        for &(index, count) in &stored.buckets {
            let place = index as usize;
            if place < least_index || place >= INDEX_LIMIT || count == 0 {
                return Err(HistogramError::Bucket { index });
            }
            least_index = place + 1;
            if place >= histogram.counts.len() {
                histogram.grow(place);
            }
            histogram.counts[place] = count;
            histogram.count = histogram.count.checked_add(count).ok_or(HistogramError::Inconsistent)?;
        }
        let ends = stored.buckets.first().zip(stored.buckets.last());
        match (ends, stored.min_ns, stored.max_ns) {
            (None, None, None) if stored.sum_ns == 0 => {}
            (Some((first, last)), Some(min), Some(max))
                if index_of(min) == first.0 as usize && index_of(max) == last.0 as usize && min <= max =>
            {
                (histogram.min, histogram.max) = (min, max);
            }
            _ => return Err(HistogramError::Inconsistent),
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &value in values {
            histogram.record(Span::from_nanos(value));
        }
        histogram
    }

    #[test]
    fn buckets_are_exact_below_512_and_halve_in_detail_each_octave() {
        assert_eq!([0, 255, 256, 511].map(index_of), [0, 255, 256, 511]);
        // 512..1024 in steps of 2, 1024..2048 in steps of 4.
        assert_eq!([512, 513, 514, 1_023, 1_024, 1_027, 1_028].map(index_of), [512, 512, 513, 767, 768, 768, 769]);
        assert_eq!(bounds_of(512), (512, 513));
        assert_eq!(bounds_of(769), (1_028, 1_031));
        assert_eq!(index_of(u64::MAX), INDEX_LIMIT - 1);
        assert_eq!(bounds_of(INDEX_LIMIT - 1).1, u64::MAX);
    }

    #[test]
    fn quantiles_are_the_ceiled_rank_among_the_counted_and_the_never() {
        let histogram = of(&[10, 20, 30, 40]);
        let at = |q, never| histogram.quantile(q, never).map(Span::as_nanos);
        // Ranks among 4: 0.25 is the first, just over it the second, 1.0 the last.
        assert_eq!([at(0.0, 0), at(0.25, 0), at(0.26, 0), at(1.0, 0)], [Some(10), Some(10), Some(20), Some(40)]);
        // Four more that never end: the median is the fourth of eight, 0.51 the fifth, which never is.
        assert_eq!([at(0.5, 4), at(0.51, 4), at(1.0, 1)], [Some(40), None, None]);
        assert_eq!(Histogram::default().quantile(0.5, 0), None);
        assert_eq!(Histogram::default().quantile(0.5, 3), None);
    }

    #[test]
    fn a_decimal_quantile_keeps_the_rank_it_means() {
        // In binary 0.07 × 100 is 7.000000000000001, of which the ceiling is 8.
        assert_eq!(rank(0.07, 100), 7);
        assert_eq!(rank(0.999, 1_000_000), 999_000);
        assert_eq!(rank(1.0, u64::MAX), u64::MAX);
    }

    #[test]
    fn the_first_and_the_last_rank_are_exact() {
        // From 2^20 on a bucket is 4,096 wide: all of these share one, of which 1,050,624 is the middle.
        let histogram = of(&[1_048_577, 1_048_580, 1_049_000, 1_052_000]);
        let at = |q, never| histogram.quantile(q, never).map(Span::as_nanos);
        assert_eq!([at(0.0, 0), at(0.25, 0), at(1.0, 0)], [Some(1_048_577), Some(1_048_577), Some(1_052_000)]);
        assert_eq!([at(0.26, 0), at(0.75, 0)], [Some(1_050_624); 2]);
        // One more that never ends: the fourth of five is still the longest of the counted.
        assert_eq!([at(0.8, 1), at(0.0, 1), at(1.0, 1)], [Some(1_052_000), Some(1_048_577), None]);
        let alone = of(&[1_052_000]);
        assert_eq!([0.0, 0.5, 1.0].map(|q| alone.quantile(q, 0)), [alone.max(); 3]);
    }

    #[test]
    fn totals_are_exact() {
        let mut histogram = of(&[1_000_001, 3]);
        histogram.record_many(Span::from_nanos(7), 3);
        histogram.record_many(Span::from_nanos(1), 0);
        assert_eq!((histogram.count(), histogram.sum()), (5, 1_000_025));
        assert_eq!(histogram.min().zip(histogram.max()), Some((Span::from_nanos(3), Span::from_nanos(1_000_001))));
        assert_eq!(histogram.mean(), Some(1_000_025.0 / 5.0 / 1e9));
        assert_eq!(histogram.quantile(1.0, 0), histogram.max());
        assert_eq!([2, 3, 7, 8, 1_000_001].map(|n| histogram.count_at_most(Span::from_nanos(n))), [0, 1, 4, 4, 5]);
    }

    #[test]
    fn stored_histograms_of_another_layout_or_shape_are_refused() {
        let text = serde_json::to_string(&of(&[5, 600])).unwrap();
        assert_eq!(text, r#"{"layout":1,"sum_ns":605,"min_ns":5,"max_ns":600,"buckets":[[5,1],[556,1]]}"#);
        for (from, to, reason) in [
            (r#""layout":1"#, r#""layout":2"#, "bucket layout 2"),
            ("[556,1]", "[5,1]", "bucket 5"),
            ("[556,1]", "[60000,1]", "bucket 60000"),
            (r#""min_ns":5"#, r#""min_ns":6"#, "do not belong together"),
        ] {
            let error = serde_json::from_str::<Histogram>(&text.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_stay_within_the_relative_error(
            mut values in prop::collection::vec((0u32..60).prop_flat_map(|bits| 0u64..(2 << bits)), 1..80),
            q in 0.0f64..=1.0, never in 0u64..20,
        ) {
            let histogram = of(&values);
            values.sort_unstable();
            let rank = ((q * (values.len() as u64 + never) as f64).ceil() as usize).max(1);
            match (values.get(rank - 1), histogram.quantile(q, never)) {
                (None, found) => prop_assert_eq!(found, None),
                (Some(&value), found) => {
                    let found = found.unwrap().as_nanos();
                    prop_assert!(found.abs_diff(value) as f64 <= value as f64 * Histogram::RELATIVE_ERROR);
                }
            }
        }

        #[test]
        fn merging_and_storing_lose_nothing(a: Vec<u64>, b: Vec<u64>) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let whole = of(&[a, b].concat());
            prop_assert_eq!(&merged, &whole);
            let text = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), whole);
        }

        #[test]
        fn every_value_lies_in_its_bucket(value: u64) {
            let (low, high) = bounds_of(index_of(value));
            prop_assert!(low <= value && value <= high);
            prop_assert!(u128::from(high - low) * 256 <= u128::from(low) || high == low);
        }
    }
}
