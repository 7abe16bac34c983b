//! When the true value changes: a process of its own, the same in every strategy, of which any stretch can be asked without
//! those before it.

use crate::kernel::{Purpose, Span, Time};

/// How changes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// At random, independent of each other (Poisson).
    Random,
    /// Each the same time after the one before, the first after so long.
    Regular,
}

/// The changes of one value.
#[derive(Debug, Clone)]
pub struct Changes {
    every: Option<Span>,
    pattern: Pattern,
    draws: Purpose,
}

/// e^-1: the chance that no change falls into a stretch as long as their mean distance.
const NONE_IN_A_STRETCH: f64 = 0.367_879_441_171_442_33;

impl Changes {
    /// Changes so far apart on average; none: there are none.
    #[must_use]
    pub fn new(every: Option<Span>, pattern: Pattern, draws: Purpose) -> Self {
        Self { every: every.filter(|&every| every > Span::ZERO), pattern, draws }
    }

    /// The first change after an instant; never, if there is none.
    ///
    /// Random changes are drawn stretch by stretch, each as long as their mean distance: how many fall into it (Poisson,
    /// with mean 1), and where (uniformly).
    #[must_use]
    pub fn first_after(&self, instant: Time) -> Time {
        let Some(every) = self.every else { return Time::NEVER };
        let length = every.as_nanos();
        let mut stretch = instant.since(Time::ZERO).as_nanos() / length;
        if self.pattern == Pattern::Regular {
            return start_of(stretch + 1, length);
        }
        loop {
            let from = start_of(stretch, length);
            if from == Time::NEVER {
                return Time::NEVER;
            }
            if let Some(first) = self.in_stretch(stretch, from, every).filter(|&at| at > instant).min() {
                return first;
            }
            stretch += 1;
        }
    }

    /// The changes of a stretch, in no order.
    fn in_stretch(&self, stretch: u64, from: Time, every: Span) -> impl Iterator<Item = Time> {
        let mut draw = self.draws.draw(stretch, 0);
        let luck = draw.unit();
        let (mut count, mut chance) = (0_u32, NONE_IN_A_STRETCH);
        let mut reached = chance;
        // Beyond thirty the chance is below what a number between 0 and 1 can tell.
        while luck >= reached && count < 30 {
            count += 1;
            chance /= f64::from(count);
            reached += chance;
        }
        (0..count).map(move |_| from + every.scaled(draw.unit()))
    }
}

/// The beginning of a stretch of this length; never, past the end of the clock.
fn start_of(stretch: u64, length: u64) -> Time {
    stretch.checked_mul(length).map_or(Time::NEVER, |nanos| Time::ZERO + Span::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Root;

    fn changes(every: Option<u64>, pattern: Pattern) -> Changes {
        Changes::new(every.map(Span::from_secs), pattern, Root::new(7, 0).purpose("price", "changes"))
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn regular_changes_are_equally_far_apart() {
        let regular = changes(Some(60), Pattern::Regular);
        let next = [0, 59, 60, 119].map(|second| regular.first_after(at(second)));
        assert_eq!(next, [at(60), at(60), at(120), at(120)]);
        assert_eq!(changes(None, Pattern::Random).first_after(at(5)), Time::NEVER);
    }

    /// A million seconds of changes, one in ten on average: 100,000 ± 4 √100,000. The distances are exponential: a share
    /// e^-1 of them is longer than their mean, and e^-3 longer than three times that.
    #[test]
    fn random_changes_are_a_poisson_process() {
        let random = changes(Some(10), Pattern::Random);
        let (mut now, mut count, mut longer, mut much_longer) = (Time::ZERO, 0_u32, 0_u32, 0_u32);
        while now < at(1_000_000) {
            let next = random.first_after(now);
            assert!(next > now);
            longer += u32::from(next.since(now) > Span::from_secs(10));
            much_longer += u32::from(next.since(now) > Span::from_secs(30));
            (now, count) = (next, count + 1);
        }
        assert!(count.abs_diff(100_000) < 1_300, "{count}");
        let share = |part: u32| f64::from(part) / f64::from(count);
        assert!((share(longer) - 0.367_9).abs() < 0.007, "{}", share(longer));
        assert!((share(much_longer) - 0.049_8).abs() < 0.003, "{}", share(much_longer));
    }

    /// Whoever asks, in whatever order, learns the same.
    #[test]
    fn a_change_is_where_it_is_whatever_was_asked_before() {
        let random = changes(Some(10), Pattern::Random);
        let first = random.first_after(at(500));
        assert!(random.first_after(at(100)) <= first);
        assert_eq!((random.first_after(at(500)), random.first_after(first) > first), (first, true));
    }
}
