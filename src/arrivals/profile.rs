//! Poisson arrivals at a rate that follows the clock, by inversion of the cumulated rate.
//!
//! A period (a day, a week) is cut into cells. Item n comes when the cumulated rate has grown by the n-th unit
//! exponential, which is exact, takes one draw an item, and keeps the items of two loads in step. Within a cell of a
//! sinusoid the angle is so small that its sine and cosine are short polynomials, exact to the last bits of a double.

use std::f64::consts::TAU;

use crate::kernel::{Purpose, Root, Span, Time};

use super::clock::unit_exponential;
use super::pointed::minute_rates;
use super::settings::RateProfile;

const DAY_NS: u64 = 86_400_000_000_000;
/// 1970-01-01 was a Thursday: three days after a Monday midnight.
const EPOCH_AFTER_MONDAY_NS: i128 = 3 * DAY_NS as i128;
/// Cells of a sinusoidal day: 10 minutes each, an angle of 0.0436.
const WAVE_CELLS: u32 = 144;
/// Angular speed of the daily sinusoid, per second.
const WAVE_SPEED: f64 = TAU / 86_400.0;
/// Newton stops when what is left is below a hundredth of a nanosecond.
const STEP_S: f64 = 1e-11;

/// How far `start` is into the calendar's period: since midnight for a day, since Monday midnight for a week.
pub(super) fn phase_ns(start: jiff::Timestamp, period: u64) -> u64 {
    (start.as_nanosecond() + EPOCH_AFTER_MONDAY_NS).rem_euclid(i128::from(period)) as u64
}

/// One part of the period.
#[derive(Debug, Clone, Copy)]
struct Cell {
    shape: Shape,
    length_s: f64,
    /// Expected items in the whole cell.
    total: f64,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Items per second.
    Flat(f64),
    /// `mean + swing cos(angle)`, with the sine and cosine of the angle at the cell's start.
    Wave { mean: f64, swing: f64, sin: f64, cos: f64 },
}

impl Cell {
    fn new(shape: Shape, length_ns: u64) -> Self {
        let length_s = length_ns as f64 / 1e9;
        let mut cell = Self { shape, length_s, total: 0.0 };
        cell.total = cell.rate_and_level(length_s).1.max(0.0);
        cell
    }

    /// The rate `at` seconds into the cell, and the expected items up to there.
    fn rate_and_level(&self, at: f64) -> (f64, f64) {
        match self.shape {
            Shape::Flat(rate) => (rate, rate * at),
            Shape::Wave { mean, swing, sin, cos } => {
                let (sin_x, cosm1_x) = small_sin_cosm1(WAVE_SPEED * at);
                let rate = mean + swing * (cos * (1.0 + cosm1_x) - sin * sin_x);
                (rate, mean * at + swing / WAVE_SPEED * (sin * cosm1_x + cos * sin_x))
            }
        }
    }

    /// Where the expected items reach `level`, which is below `total`, no earlier than `from` seconds; and a rate near it.
    fn invert(&self, level: f64, from: f64, guess: f64) -> (f64, f64) {
        match self.shape {
            Shape::Flat(rate) => ((level / rate).clamp(from, self.length_s), rate),
            Shape::Wave { swing, .. } => self.solve(level, from, guess, swing * WAVE_SPEED / 2.0),
        }
    }

    /// Newton's method, kept within a bracket by bisection where the rate comes near zero. What a step leaves is the
    /// square of it, times half the slope of the rate (at most `half_slope`), by the rate.
    fn solve(&self, level: f64, from: f64, guess: f64, half_slope: f64) -> (f64, f64) {
        let (mut low, mut high, mut at) = (from, self.length_s, guess);
        let mut rate = 0.0;
        for _ in 0..64 {
            if !(at > low && at < high) {
                at = f64::midpoint(low, high);
            }
            let reached;
            (rate, reached) = self.rate_and_level(at);
            let missing = level - reached;
            if missing > 0.0 {
                low = at;
            } else {
                high = at;
            }
            let step = missing / rate;
            at += step;
            if step * step * half_slope < STEP_S * rate || high - low < STEP_S {
                break;
            }
        }
        (at.max(from).min(self.length_s), rate)
    }
}

/// `sin x` and `cos x - 1` for |x| < 0.044: the first term left out is below 2e-18.
fn small_sin_cosm1(x: f64) -> (f64, f64) {
    let y = x * x;
    let sin = x * (1.0 - y * (1.0 / 6.0) * (1.0 - y * (1.0 / 20.0) * (1.0 - y * (1.0 / 42.0))));
    let cosm1 = y * -0.5 * (1.0 - y * (1.0 / 12.0) * (1.0 - y * (1.0 / 30.0) * (1.0 - y * (1.0 / 56.0))));
    (sin, cosm1)
}

/// A whole period of cells, the same for ever.
#[derive(Debug)]
pub(super) struct Cycle {
    period_ns: u64,
    cells: Vec<Cell>,
}

impl Cycle {
    /// Nothing for a constant rate, which needs no cells.
    fn new(profile: &RateProfile, load: f64) -> Option<Self> {
        match profile {
            RateProfile::Constant(_) => None,
            RateProfile::Daily { mean, peak, peak_at } if *peak > 2.0 * *mean => {
                let rates = minute_rates(*mean, *peak, *peak_at);
                Self::new(&RateProfile::Steps { rates, period: Span::from_nanos(DAY_NS) }, load)
            }
            RateProfile::Daily { mean, peak, peak_at } => Some(Self::wave(*mean * load, *peak * load, *peak_at)),
            RateProfile::Steps { rates, period } => {
                let period_ns = period.as_nanos();
                let count = rates.len() as u64;
                let length = |i| bound(period_ns, count, i + 1) - bound(period_ns, count, i);
                let cell = |(rate, i): (&f64, u64)| Cell::new(Shape::Flat(rate * load), length(i));
                Some(Self { period_ns, cells: rates.iter().zip(0..).map(cell).collect() })
            }
        }
    }

    fn wave(mean: f64, peak: f64, peak_at: Span) -> Self {
        let length_ns = DAY_NS / u64::from(WAVE_CELLS);
        let cells = (0..WAVE_CELLS).map(|i| {
            let angle = WAVE_SPEED * (f64::from(i) * length_ns as f64 / 1e9 - peak_at.as_secs_f64());
            let shape = Shape::Wave { mean, swing: peak - mean, sin: libm::sin(angle), cos: libm::cos(angle) };
            Cell::new(shape, length_ns)
        });
        Self { period_ns: DAY_NS, cells: cells.collect() }
    }

    /// Where cell `index` begins in the period.
    fn bound(&self, index: usize) -> u64 {
        bound(self.period_ns, self.cells.len() as u64, index as u64)
    }

    /// The cell that holds `phase`, and the seconds into it.
    fn locate(&self, phase: u64) -> (usize, f64) {
        let count = self.cells.len() as u128;
        let guess = (u128::from(phase) * count / u128::from(self.period_ns)) as usize;
        // Bounds are rounded down, so that the guess may be one too low.
        let index = if guess + 1 < self.cells.len() && self.bound(guess + 1) <= phase { guess + 1 } else { guess };
        (index, (phase - self.bound(index)) as f64 / 1e9)
    }
}

/// Where part `index` of `count` equal ones begins, rounded down to a nanosecond.
fn bound(period_ns: u64, count: u64, index: u64) -> u64 {
    (u128::from(period_ns) * u128::from(index) / u128::from(count)) as u64
}

/// A Poisson process under a rate profile.
#[derive(Debug)]
pub(super) struct Profile {
    cycle: Cycle,
    index: usize,
    /// Start of the current period from the start of the run; the first one may have begun before it.
    origin_ns: i128,
    cell_start_ns: i128,
    /// Seconds into the cell, the expected items up to there, and the rate near there.
    offset_s: f64,
    level: f64,
    rate: f64,
    gaps: Purpose,
    until: Time,
}

impl Profile {
    /// A profile aligned with the calendar; nothing for a constant rate.
    pub(super) fn new(
        profile: &RateProfile,
        start: jiff::Timestamp,
        until: Time,
        load: f64,
        root: &Root,
        stream: &str,
    ) -> Option<Self> {
        let cycle = Cycle::new(profile, load)?;
        let phase = phase_ns(start, cycle.period_ns);
        let (index, offset_s) = cycle.locate(phase);
        let origin_ns = -i128::from(phase);
        let cell_start_ns = origin_ns + i128::from(cycle.bound(index));
        let (rate, level) = cycle.cells[index].rate_and_level(offset_s);
        let gaps = root.purpose(stream, "gap");
        Some(Self { cycle, index, origin_ns, cell_start_ns, offset_s, level, rate, gaps, until })
    }

    /// When item `number` arrives; [`Time::NEVER`] past the end of the stream.
    pub(super) fn next(&mut self, number: u64) -> Time {
        let mut owed = unit_exponential(&mut self.gaps.draw(number, 0));
        while self.level + owed >= self.cycle.cells[self.index].total {
            owed -= self.cycle.cells[self.index].total - self.level;
            self.next_cell();
            if self.cell_start_ns >= i128::from(self.until.as_nanos()) {
                return Time::NEVER;
            }
        }
        let cell = &self.cycle.cells[self.index];
        self.level += owed;
        (self.offset_s, self.rate) = cell.invert(self.level, self.offset_s, self.offset_s + owed / self.rate);
        let nanos = self.cell_start_ns + i128::from((self.offset_s * 1e9) as u64);
        // Below the run's start only by the rounding of the first offset.
        Time::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
    }

    fn next_cell(&mut self) {
        self.index += 1;
        if self.index == self.cycle.cells.len() {
            self.index = 0;
            self.origin_ns += i128::from(self.cycle.period_ns);
        }
        self.cell_start_ns = self.origin_ns + i128::from(self.cycle.bound(self.index));
        self.offset_s = 0.0;
        (self.rate, self.level) = self.cycle.cells[self.index].rate_and_level(0.0);
    }
}

/// Expected number of arrivals from the start of the run up to `until`, exclusive.
pub(super) fn expected(profile: &RateProfile, start: jiff::Timestamp, until: Time, load: f64) -> f64 {
    Cumulated::new(profile, start, load).upto(until)
}

/// The expected items of a profile up to any instant, for who asks for many of them.
#[derive(Debug)]
pub(super) enum Cumulated {
    /// Items per second.
    Flat(f64),
    /// A period, the expected items before each of its cells and in the whole, and how far the run's start is into it.
    Cycle { cycle: Cycle, before: Vec<f64>, whole: f64, phase: u64 },
}

impl Cumulated {
    /// A profile aligned with the calendar.
    pub(super) fn new(profile: &RateProfile, start: jiff::Timestamp, load: f64) -> Self {
        let Some(cycle) = Cycle::new(profile, load) else {
            let RateProfile::Constant(rate) = profile else { return Self::Flat(0.0) };
            return Self::Flat(rate * load);
        };
        let mut whole = 0.0;
        let sum_before = |cell: &Cell| {
            let before = whole;
            whole += cell.total;
            before
        };
        let before = cycle.cells.iter().map(sum_before).collect();
        Self::Cycle { phase: phase_ns(start, cycle.period_ns), cycle, before, whole }
    }

    /// Expected items from the start of the run up to an instant.
    pub(super) fn upto(&self, until: Time) -> f64 {
        match self {
            Self::Flat(rate) => rate * until.as_secs_f64(),
            Self::Cycle { cycle, before, whole, phase } => {
                let level = |phase: u64| {
                    let (index, offset) = cycle.locate(phase);
                    before[index] + cycle.cells[index].rate_and_level(offset).1
                };
                let end = u128::from(*phase) + u128::from(until.as_nanos());
                let period = u128::from(cycle.period_ns);
                (end / period) as f64 * whole + level((end % period) as u64) - level(*phase)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(text: &str) -> jiff::Timestamp {
        text.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// 10 + 5 sin(2 pi t / day): the peak is a quarter of a day in.
    fn nhpp_1() -> RateProfile {
        RateProfile::Daily { mean: 10.0, peak: 15.0, peak_at: Span::from_secs(21_600) }
    }

    #[test]
    fn polynomials_are_as_good_as_the_library() {
        for x in [0.0, 1e-9, 0.01, 0.03, 0.0437] {
            let (sin, cosm1) = small_sin_cosm1(x);
            assert!((sin - libm::sin(x)).abs() <= 1e-17, "sin {x}");
            assert!((cosm1 - (libm::cos(x) - 1.0)).abs() <= 2.3e-16, "cos {x}");
        }
    }

    #[test]
    fn the_expected_count_of_a_sinusoid_is_its_integral() {
        // 10 * 21,600 + 5 * 86,400 / (2 pi) = 216,000 + 68,754.93541569878.
        let start = civil("2026-11-23T00:00:00Z");
        let quarter = expected(&nhpp_1(), start, Time::ZERO + Span::from_secs(21_600), 1.0);
        assert!((quarter - 284_754.935_415_698_8).abs() < 1e-6, "{quarter}");
        let half = expected(&nhpp_1(), start, Time::ZERO + Span::from_secs(43_200), 1.0);
        assert!((half - 569_509.870_831_397_6).abs() < 1e-6, "{half}");
        // A run from 06:00 sees the falling half: 3 days and 6 hours give 3 * 864,000 + 284,754.9….
        let long = expected(&nhpp_1(), civil("2026-11-23T06:00:00Z"), Time::ZERO + Span::from_secs(280_800), 2.0);
        assert!((long - 2.0 * (2_592_000.0 + 284_754.935_415_698_8)).abs() < 1e-4, "{long}");
    }

    #[test]
    fn the_expected_count_of_steps_is_their_sum() {
        let rates = vec![2.0, 2.0, 2.0, 2.0, 2.0, 10.0, 10.0, 10.0, 2.0, 2.0];
        let steps = RateProfile::Steps { rates, period: Span::from_secs(200) };
        let until = Time::ZERO + Span::from_secs(200);
        // 100 s * 2 + 60 s * 10 + 40 s * 2 = 880; midnight is a whole number of periods after Monday's.
        assert!((expected(&steps, civil("2026-11-24T00:00:00Z"), until, 1.0) - 880.0).abs() < 1e-9);
        let half = Time::ZERO + Span::from_secs(110);
        assert!((expected(&steps, civil("2026-11-24T00:00:00Z"), half, 1.0) - 300.0).abs() < 1e-9);
    }

    #[test]
    fn weeks_start_on_monday_and_days_at_midnight() {
        // 2026-11-23 is a Monday.
        assert_eq!(phase_ns(civil("2026-11-23T00:00:00Z"), 7 * DAY_NS), 0);
        assert_eq!(phase_ns(civil("2026-11-22T23:00:00Z"), 7 * DAY_NS), 7 * DAY_NS - 3_600_000_000_000);
        assert_eq!(phase_ns(civil("2026-11-25T06:00:00Z"), DAY_NS), 21_600_000_000_000);
        assert_eq!(phase_ns(civil("1969-12-31T23:59:59Z"), DAY_NS), DAY_NS - 1_000_000_000);
    }

    #[test]
    fn inversion_undoes_the_integral_even_where_the_rate_touches_zero() {
        // Peak twice the mean: the rate is zero at midnight, 12 hours from the peak.
        let cycle = Cycle::wave(10.0, 20.0, Span::from_secs(43_200));
        for cell in cycle.cells.iter().take(3) {
            for part in 1..100 {
                let level = cell.total * f64::from(part) / 100.0;
                let (at, _) = cell.invert(level, 0.0, cell.length_s / 2.0);
                assert!((cell.rate_and_level(at).1 - level).abs() < 1e-9, "{part}");
            }
        }
    }

    #[test]
    fn steps_that_do_not_divide_the_period_cover_it() {
        let steps = RateProfile::Steps { rates: vec![1.0; 7], period: Span::from_nanos(DAY_NS) };
        let cycle = Cycle::new(&steps, 1.0);
        let cells =
            cycle.map(|cycle| (cycle.bound(7), (0..7).map(|i| cycle.locate(cycle.bound(i))).collect::<Vec<_>>()));
        let Some((end, located)) = cells else { panic!("steps have cells") };
        assert_eq!(end, DAY_NS);
        assert_eq!(located, (0..7).map(|i| (i, 0.0)).collect::<Vec<_>>());
    }
}
